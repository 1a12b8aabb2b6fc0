//! Takes the tables of a mapping as written, gives a [`Mapping`], refuses what contradicts itself.

use std::collections::BTreeMap;

use super::date::{DateFormatRefusal, DateFormats};
use super::fixed;
use super::raw::{RawAttribute, RawContent, RawContentColumn, RawDob, RawFields, RawMapping};
use super::raw::{RawLayout, RawName, RawRead, TextOr};
use super::{
    ATTRIBUTES_MAX, Attribute, AttributeCompare, COLUMN_CHARS_MAX, Content, ContentColumn,
    ContentKind, DobColumns, Fields, Format, HeaderRow, Layout, LayoutSource, Mapping,
    MappingError, NameColumns, NameFormat, ReadOptions, SourceType, TextEncoding,
};

const ADDRESS_COLUMNS_MAX: usize = 8;
const CONTENT_COLUMNS_MAX: usize = 64;
const MISSING_VALUES_MAX: usize = 64;
const LAYOUT_COLUMNS_MAX: usize = 2048;

/// Fields whose columns may be content too: they say little alone and evaluators need them.
const CONTENT_FIELDS: [&str; 4] = ["sex", "zip", "city", "attribute"];

pub(super) fn check(raw: RawMapping) -> Result<Mapping, MappingError> {
    let source_ok = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=16).contains(&raw.source.len()) || !raw.source.bytes().all(source_ok) {
        return Err(value("source", "takes 1 to 16 of a-z, 0-9 and hyphen"));
    }
    let source_type = match raw.source_type.as_str() {
        "police" => SourceType::Police,
        "court" => SourceType::Court,
        "prosecutor" => SourceType::Prosecutor,
        "jail" => SourceType::Jail,
        "provider" => SourceType::Provider,
        "other" => SourceType::Other,
        _ => return Err(value("type", "takes police, court, prosecutor, jail, provider or other")),
    };
    let fields = check_fields(raw.fields)?;
    let content = raw.content.map(check_content).transpose()?;
    if let Some(content) = &content {
        refuse_identifiers(&fields, content)?;
    }
    Ok(Mapping {
        source: raw.source,
        source_type,
        row_id: raw.row_id.map(|name| column("row_id", name)).transpose()?,
        layout: raw.layout.map(check_layout).transpose()?,
        read: check_read(raw.read)?,
        fields,
        content,
    })
}

fn value(key: impl Into<String>, rule: &'static str) -> MappingError {
    MappingError::Value { key: key.into(), rule }
}

/// The name of a column, without spaces around it.
fn column(key: &str, name: String) -> Result<String, MappingError> {
    let trimmed = name.trim();
    if trimmed.is_empty() || trimmed.chars().count() > COLUMN_CHARS_MAX {
        return Err(value(key, "takes the name of a column, 1 to 128 characters"));
    }
    Ok(if trimmed.len() == name.len() { name } else { trimmed.to_owned() })
}

fn is_name(name: &str, len_max: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=len_max).contains(&name.len()) && name.bytes().all(plain)
}

fn check_layout(raw: RawLayout) -> Result<Layout, MappingError> {
    if raw.name.is_empty() || raw.name.chars().count() > COLUMN_CHARS_MAX {
        return Err(value("layout.name", "takes 1 to 128 characters"));
    }
    let header: Vec<String> = raw.header.iter().map(|name| name.trim().to_owned()).collect();
    let short = |name: &String| name.chars().count() <= COLUMN_CHARS_MAX;
    if header.is_empty() || header.len() > LAYOUT_COLUMNS_MAX || !header.iter().all(short) {
        return Err(value("layout.header", "takes 1 to 2048 names of at most 128 characters"));
    }
    Ok(Layout { name: raw.name, header })
}

fn check_read(raw: RawRead) -> Result<ReadOptions, MappingError> {
    let delimiter = match raw.delimiter.as_deref() {
        None => None,
        Some("," | ";" | "|" | "\t") => raw.delimiter.map(|text| text.as_bytes()[0]),
        Some(_) => return Err(value("read.delimiter", r#"takes ",", ";", "|" or "\t""#)),
    };
    let encoding = match raw.encoding.as_deref() {
        None => None,
        Some("utf-8") => Some(TextEncoding::Utf8),
        Some("utf-16") => Some(TextEncoding::Utf16),
        Some("windows-1252") => Some(TextEncoding::Windows1252),
        Some(_) => return Err(value("read.encoding", "takes utf-8, utf-16 or windows-1252")),
    };
    let header = match raw.header.as_deref() {
        None | Some("names") => HeaderRow::Names,
        Some("numbered") => HeaderRow::Numbered,
        Some("none") => HeaderRow::None,
        Some(_) => return Err(value("read.header", "takes names, numbered or none")),
    };
    let missing: Vec<String> = raw.missing.iter().map(|text| text.trim().to_uppercase()).collect();
    let short = |text: &String| !text.is_empty() && text.chars().count() <= 64;
    if missing.len() > MISSING_VALUES_MAX || !missing.iter().all(short) {
        return Err(value("read.missing", "takes at most 64 values of 1 to 64 characters"));
    }
    let format = match raw.format.as_deref() {
        None => None,
        Some("text") => Some(Format::Text),
        Some("fixed") => Some(Format::Fixed),
        Some("workbook") => Some(Format::Workbook),
        Some("parquet") => Some(Format::Parquet),
        Some(_) => return Err(value("read.format", "takes text, fixed, workbook or parquet")),
    };
    let sheet = raw.sheet;
    if sheet.as_ref().is_some_and(|name| !(1..=COLUMN_CHARS_MAX).contains(&name.chars().count())) {
        return Err(value("read.sheet", "takes the name of a sheet, 1 to 128 characters"));
    }
    let layout = match raw.layout {
        None => None,
        Some(TextOr::Other(raw)) => Some(LayoutSource::Here(fixed::check(raw, "read.layout.")?)),
        Some(TextOr::Text(file)) if !file.trim().is_empty() => Some(LayoutSource::File(file)),
        Some(TextOr::Text(_)) => {
            return Err(value("read.layout", "takes the name of a file, or a table of columns"));
        }
    };
    if layout.is_some() && format.is_some_and(|format| format != Format::Fixed) {
        return Err(value("read.layout", "goes with format = \"fixed\" only"));
    }
    Ok(ReadOptions { format, sheet, layout, delimiter, encoding, header, missing })
}

fn check_fields(mut raw: RawFields) -> Result<Fields<String>, MappingError> {
    let mut single = std::mem::take(&mut raw.single);
    let name = check_name(raw.name, &mut single)?;
    let mut take = |key: &'static str| take_column(&mut single, key);
    let fields = Fields {
        name,
        dob: raw.dob.map(check_dob).transpose()?,
        sex: take("sex")?,
        ssn: take("ssn")?,
        phone: take("phone")?,
        address: check_address(raw.address)?,
        city: take("city")?,
        zip: take("zip")?,
        local_id: take("local_id")?,
        attributes: check_attributes(raw.attributes)?,
    };
    Ok(fields)
}

fn take_column(
    single: &mut BTreeMap<&'static str, String>,
    key: &'static str,
) -> Result<Option<String>, MappingError> {
    single.remove(key).map(|name| column(&format!("fields.{key}"), name)).transpose()
}

fn check_name(
    name: Option<RawName>,
    single: &mut BTreeMap<&'static str, String>,
) -> Result<NameColumns<String>, MappingError> {
    let Some(name) = name else {
        let first = take_column(single, "first")?;
        let last = take_column(single, "last")?;
        if first.is_none() && last.is_none() {
            return Err(MappingError::NoName);
        }
        let middle = take_column(single, "middle")?;
        return Ok(NameColumns::Parts {
            first,
            last,
            middle,
            suffix: take_column(single, "suffix")?,
        });
    };
    let part =
        ["first", "last", "middle", "suffix"].into_iter().find(|key| single.contains_key(key));
    if let Some(other) = part {
        return Err(MappingError::NameExclusive { other });
    }
    let format = match name.format.as_str() {
        "LAST, FIRST MIDDLE" => NameFormat::LastFirstMiddle,
        "FIRST MIDDLE LAST" => NameFormat::FirstMiddleLast,
        _ => {
            let rule = r#"takes "LAST, FIRST MIDDLE" or "FIRST MIDDLE LAST""#;
            return Err(value("fields.name.format", rule));
        }
    };
    Ok(NameColumns::Whole { column: column("fields.name.column", name.column)?, format })
}

fn check_dob(raw: TextOr<RawDob>) -> Result<DobColumns<String>, MappingError> {
    let raw = match raw {
        TextOr::Text(name) => {
            let column = column("fields.dob", name)?;
            return Ok(DobColumns::Whole { column, formats: DateFormats::iso() });
        }
        TextOr::Other(raw) => raw,
    };
    match (raw.column, raw.year, raw.month, raw.day) {
        (Some(name), None, None, None) => Ok(DobColumns::Whole {
            column: column("fields.dob.column", name)?,
            formats: check_formats("fields.dob", raw.formats, raw.pivot_year)?,
        }),
        (None, Some(year), Some(month), Some(day))
            if raw.formats.is_none() && raw.pivot_year.is_none() =>
        {
            Ok(DobColumns::Parts {
                year: column("fields.dob.year", year)?,
                month: column("fields.dob.month", month)?,
                day: column("fields.dob.day", day)?,
            })
        }
        _ => Err(value("fields.dob", "takes column (and formats), or year, month and day")),
    }
}

fn check_formats(
    key: &str,
    formats: Option<Vec<String>>,
    pivot_year: Option<u16>,
) -> Result<DateFormats, MappingError> {
    let formats = match formats {
        None => Ok(DateFormats::iso()),
        Some(formats) => DateFormats::new(&formats, pivot_year),
    };
    formats.map_err(|refusal| match refusal {
        DateFormatRefusal::Rule(rule) => {
            MappingError::DateFormat { key: format!("{key}.formats"), rule }
        }
        DateFormatRefusal::PivotYearMissing => {
            MappingError::PivotYear { key: format!("{key}.formats") }
        }
    })
}

fn check_address(raw: Option<TextOr<Vec<String>>>) -> Result<Vec<String>, MappingError> {
    let key = "fields.address";
    let names = match raw {
        None => return Ok(Vec::new()),
        Some(TextOr::Text(name)) => vec![name],
        Some(TextOr::Other(names)) => names,
    };
    if !(1..=ADDRESS_COLUMNS_MAX).contains(&names.len()) {
        return Err(value(key, "takes a column or a list of 1 to 8 columns"));
    }
    names.into_iter().map(|name| column(key, name)).collect()
}

fn check_attributes(
    raw: BTreeMap<String, TextOr<RawAttribute>>,
) -> Result<Vec<Attribute<String>>, MappingError> {
    if raw.len() > ATTRIBUTES_MAX {
        return Err(MappingError::AttributeLimit { attributes_max: ATTRIBUTES_MAX });
    }
    let check = |(name, raw): (String, TextOr<RawAttribute>)| {
        if !is_name(&name, 16) {
            let rule = "an attribute is named by 1 to 16 of a-z, 0-9 and underscore";
            return Err(value("fields.attribute", rule));
        }
        let key = format!("fields.attribute.{name}");
        let (header, compare) = match raw {
            TextOr::Text(header) => (header, None),
            TextOr::Other(raw) => (raw.column, raw.compare),
        };
        let compare = match compare.as_deref() {
            None | Some("exact") => AttributeCompare::Exact,
            Some("qgrams") => AttributeCompare::QGrams,
            Some(_) => return Err(value(format!("{key}.compare"), "takes exact or qgrams")),
        };
        Ok(Attribute { column: column(&key, header)?, name, compare })
    };
    raw.into_iter().map(check).collect()
}

fn check_content(raw: RawContent) -> Result<Content<String>, MappingError> {
    if !is_name(&raw.table, 32) {
        return Err(value("content.table", "takes 1 to 32 of a-z, 0-9 and underscore"));
    }
    if !(1..=CONTENT_COLUMNS_MAX).contains(&raw.columns.len()) {
        return Err(value("content.columns", "takes 1 to 64 columns"));
    }
    let columns =
        raw.columns.into_iter().map(check_content_column).collect::<Result<Vec<_>, _>>()?;
    let is_date = |name: &String| {
        columns
            .iter()
            .any(|column| column.name == *name && matches!(column.kind, ContentKind::Date(_)))
    };
    if raw.event_date.as_ref().is_some_and(|name| !is_date(name)) {
        return Err(MappingError::EventDate);
    }
    Ok(Content { table: raw.table, event_date: raw.event_date, columns })
}

fn check_content_column(
    (name, raw): (String, RawContentColumn),
) -> Result<ContentColumn<String>, MappingError> {
    if !is_name(&name, 32) {
        let rule = "a content column is named by 1 to 32 of a-z, 0-9 and underscore";
        return Err(value("content.columns", rule));
    }
    let key = format!("content.columns.{name}");
    let dated = raw.formats.is_some() || raw.pivot_year.is_some();
    let kind = match raw.kind.as_str() {
        "date" => ContentKind::Date(check_formats(&key, raw.formats, raw.pivot_year)?),
        _ if dated => return Err(value(key, "formats and pivot_year belong to type date")),
        "code" => ContentKind::Code,
        "integer" => ContentKind::Integer,
        "flag" => ContentKind::Flag,
        _ => return Err(value(format!("{key}.type"), "takes date, code, integer or flag")),
    };
    Ok(ContentColumn { column: column(&format!("{key}.column"), raw.column)?, name, kind })
}

fn refuse_identifiers(
    fields: &Fields<String>,
    content: &Content<String>,
) -> Result<(), MappingError> {
    let mut found = None;
    fields.each(&mut |field, identifier| {
        if CONTENT_FIELDS.contains(&field) || found.is_some() {
            return;
        }
        found = content
            .columns
            .iter()
            .find(|column| column.column == *identifier)
            .map(|column| (column.name.clone(), field));
    });
    match found {
        Some((name, field)) => Err(MappingError::IdentifierAsContent { name, field }),
        None => Ok(()),
    }
}
