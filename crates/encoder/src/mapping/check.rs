//! Takes the tables of a mapping as written, gives a [`Mapping`], refuses what contradicts itself.

use std::collections::BTreeMap;

use super::alias;
use super::content;
use super::date::{DateFormatRefusal, DateFormats};
use super::fixed;
use super::raw::{RawAddress, RawAttribute, RawDob, RawFieldColumn, RawFields, RawMapping};
use super::raw::{RawLayout, RawName, RawRead, TextOr, TextOrTable};
use super::sentinels::Sentinels;
use super::{
    ATTRIBUTES_MAX, Alias, Attribute, AttributeCompare, COLUMN_CHARS_MAX, Content, DobColumns,
    Fields, Format, HeaderRow, Layout, LayoutSource, Mapping, MappingError, NameColumns,
    NameFormat, ReadOptions, SourceType, TextEncoding,
};
use crate::codes;

const ADDRESS_COLUMNS_MAX: usize = 8;
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
    let mut sentinels = Sentinels::default();
    let fields = check_fields(raw.fields, &mut sentinels)?;
    let aliases = alias::check(raw.alias, &mut sentinels)?;
    let content = raw.content.map(content::check).transpose()?;
    if let Some(content) = &content {
        refuse_identifiers(&fields, &aliases, content)?;
    }
    let alias_file = raw.aliases.map(alias::check_file).transpose()?;
    if alias_file.is_some() && fields.local_id.is_none() {
        return Err(value("aliases", "needs fields.local_id, by which the files are joined"));
    }
    let mut mapping = Mapping {
        source: raw.source,
        source_type,
        row_id: raw.row_id.map(|name| column("row_id", name)).transpose()?,
        layout: raw.layout.map(check_layout).transpose()?,
        read: check_read(raw.read)?,
        fields,
        aliases,
        alias_file,
        sentinels,
        content,
        code_tables: BTreeMap::new(),
    };
    let wanted = mapping.content.as_ref().map_or_else(Vec::new, Content::code_tables);
    let known: Vec<(String, &str)> =
        wanted.iter().filter_map(|name| Some(((*name).to_owned(), codes::known(name)?))).collect();
    for (name, text) in known {
        mapping.set_codes(&name, text)?;
    }
    Ok(mapping)
}

pub(super) fn value(key: impl Into<String>, rule: &'static str) -> MappingError {
    MappingError::Value { key: key.into(), rule }
}

/// The name of a column, without spaces around it.
pub(super) fn column(key: &str, name: String) -> Result<String, MappingError> {
    let trimmed = name.trim();
    if trimmed.is_empty() || trimmed.chars().count() > COLUMN_CHARS_MAX {
        return Err(value(key, "takes the name of a column, 1 to 128 characters"));
    }
    Ok(if trimmed.len() == name.len() { name } else { trimmed.to_owned() })
}

pub(super) fn is_name(name: &str, len_max: usize) -> bool {
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

pub(super) fn check_read(raw: RawRead) -> Result<ReadOptions, MappingError> {
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
    let missing = content::missing_words("read.missing", &raw.missing)?;
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

fn check_fields(
    mut raw: RawFields,
    sentinels: &mut Sentinels,
) -> Result<Fields<String>, MappingError> {
    let mut single = Singles::new("fields", std::mem::take(&mut raw.single));
    let name = check_name("fields", raw.name, &mut single, sentinels)?;
    let mut take = |key: &'static str| single.take(key, sentinels);
    let [sex, ssn, phone] = [take("sex")?, take("ssn")?, take("phone")?];
    let [city, zip, local_id] = [take("city")?, take("zip")?, take("local_id")?];
    let fields = Fields {
        name,
        dob: raw.dob.map(|dob| check_dob("fields.dob", dob, sentinels)).transpose()?,
        sex,
        ssn,
        phone,
        address: check_address(raw.address, sentinels)?,
        city,
        zip,
        local_id,
        attributes: check_attributes(raw.attributes, sentinels)?,
    };
    Ok(fields)
}

/// Fields of one column each, as they are written in one table of the mapping.
pub(super) struct Singles {
    table: &'static str,
    columns: BTreeMap<&'static str, TextOrTable<RawFieldColumn>>,
}

impl Singles {
    pub(super) fn new(
        table: &'static str,
        columns: BTreeMap<&'static str, TextOrTable<RawFieldColumn>>,
    ) -> Self {
        Self { table, columns }
    }

    /// Takes the column of a field, and what means missing in it.
    pub(super) fn take(
        &mut self,
        key: &'static str,
        sentinels: &mut Sentinels,
    ) -> Result<Option<String>, MappingError> {
        let Some(raw) = self.columns.remove(key) else { return Ok(None) };
        let key = format!("{}.{key}", self.table);
        match raw {
            TextOrTable::Text(name) => column(&key, name).map(Some),
            TextOrTable::Table(raw) => {
                let name = column(&key, raw.column)?;
                sentinels.add(&key, &name, &raw.missing)?;
                Ok(Some(name))
            }
        }
    }
}

pub(super) fn check_name(
    table: &'static str,
    name: Option<RawName>,
    single: &mut Singles,
    sentinels: &mut Sentinels,
) -> Result<NameColumns<String>, MappingError> {
    let Some(name) = name else {
        let first = single.take("first", sentinels)?;
        let last = single.take("last", sentinels)?;
        if first.is_none() && last.is_none() {
            return Err(MappingError::NoName { table });
        }
        let middle = single.take("middle", sentinels)?;
        let suffix = single.take("suffix", sentinels)?;
        return Ok(NameColumns::Parts { first, last, middle, suffix });
    };
    let mut parts = ["first", "last", "middle", "suffix"].into_iter();
    if let Some(other) = parts.find(|key| single.columns.contains_key(key)) {
        return Err(MappingError::NameExclusive { table, other });
    }
    let key = |part: &str| format!("{table}.name.{part}");
    let format = match name.format.as_str() {
        "LAST, FIRST MIDDLE" => NameFormat::LastFirstMiddle,
        "FIRST MIDDLE LAST" => NameFormat::FirstMiddleLast,
        _ => {
            let rule = r#"takes "LAST, FIRST MIDDLE" or "FIRST MIDDLE LAST""#;
            return Err(value(key("format"), rule));
        }
    };
    let column = column(&key("column"), name.column)?;
    sentinels.add(&key("missing"), &column, &name.missing)?;
    Ok(NameColumns::Whole { column, format })
}

pub(super) fn check_dob(
    key: &str,
    raw: TextOr<RawDob>,
    sentinels: &mut Sentinels,
) -> Result<DobColumns<String>, MappingError> {
    let raw = match raw {
        TextOr::Text(name) => {
            let column = column(key, name)?;
            return Ok(DobColumns::Whole { column, formats: DateFormats::iso() });
        }
        TextOr::Other(raw) => raw,
    };
    match (raw.column, raw.year, raw.month, raw.day) {
        (Some(name), None, None, None) => {
            let column = column(&format!("{key}.column"), name)?;
            sentinels.add(&format!("{key}.missing"), &column, &raw.missing)?;
            let formats = check_formats(key, raw.formats, raw.pivot_year)?;
            Ok(DobColumns::Whole { column, formats })
        }
        (None, Some(year), Some(month), Some(day))
            if raw.formats.is_none() && raw.pivot_year.is_none() =>
        {
            let part = |part: &str, name| column(&format!("{key}.{part}"), name);
            let parts = [part("year", year)?, part("month", month)?, part("day", day)?];
            for column in &parts {
                sentinels.add(&format!("{key}.missing"), column, &raw.missing)?;
            }
            let [year, month, day] = parts;
            Ok(DobColumns::Parts { year, month, day })
        }
        _ => Err(value(key, "takes column (and formats), or year, month and day")),
    }
}

pub(super) fn check_formats(
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

fn check_address(
    raw: Option<TextOr<RawAddress>>,
    sentinels: &mut Sentinels,
) -> Result<Vec<String>, MappingError> {
    let key = "fields.address";
    let raw = match raw {
        None => return Ok(Vec::new()),
        Some(TextOr::Text(name)) => RawAddress { columns: vec![name], missing: Vec::new() },
        Some(TextOr::Other(raw)) => raw,
    };
    if !(1..=ADDRESS_COLUMNS_MAX).contains(&raw.columns.len()) {
        return Err(value(key, "takes a column or a list of 1 to 8 columns"));
    }
    let columns = raw.columns.into_iter().map(|name| column(key, name));
    let columns: Vec<String> = columns.collect::<Result<_, _>>()?;
    for column in &columns {
        sentinels.add("fields.address.missing", column, &raw.missing)?;
    }
    Ok(columns)
}

fn check_attributes(
    raw: BTreeMap<String, TextOr<RawAttribute>>,
    sentinels: &mut Sentinels,
) -> Result<Vec<Attribute<String>>, MappingError> {
    if raw.len() > ATTRIBUTES_MAX {
        return Err(MappingError::AttributeLimit { attributes_max: ATTRIBUTES_MAX });
    }
    let mut check = |(name, raw): (String, TextOr<RawAttribute>)| {
        if !is_name(&name, 16) {
            let rule = "an attribute is named by 1 to 16 of a-z, 0-9 and underscore";
            return Err(value("fields.attribute", rule));
        }
        let key = format!("fields.attribute.{name}");
        let (header, compare, missing) = match raw {
            TextOr::Text(header) => (header, None, Vec::new()),
            TextOr::Other(raw) => (raw.column, raw.compare, raw.missing),
        };
        let compare = match compare.as_deref() {
            None | Some("exact") => AttributeCompare::Exact,
            Some("qgrams") => AttributeCompare::QGrams,
            Some(_) => return Err(value(format!("{key}.compare"), "takes exact or qgrams")),
        };
        let column = column(&key, header)?;
        sentinels.add(&format!("{key}.missing"), &column, &missing)?;
        Ok(Attribute { column, name, compare })
    };
    raw.into_iter().map(&mut check).collect()
}

fn refuse_identifiers(
    fields: &Fields<String>,
    aliases: &[Alias<String>],
    content: &Content<String>,
) -> Result<(), MappingError> {
    let mut identifiers: Vec<(&'static str, &String)> = Vec::new();
    fields.each(&mut |field, column| identifiers.push((field, column)));
    for alias in aliases {
        alias.each(&mut |field, column| identifiers.push((field, column)));
    }
    identifiers.retain(|(field, _)| !CONTENT_FIELDS.contains(field));
    let mut found = None;
    content.each(&mut |column| {
        for mapped in column.columns() {
            let identifier = identifiers.iter().find(|(_, identifier)| *identifier == mapped);
            if let (None, Some((field, _))) = (&found, identifier) {
                found = Some((column.name.clone(), *field));
            }
        }
    });
    match found {
        Some((name, field)) => Err(MappingError::IdentifierAsContent { name, field }),
        None => Ok(()),
    }
}
