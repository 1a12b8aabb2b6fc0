//! Takes `[content]` as written, gives its tables, refuses what contradicts itself.

use std::collections::BTreeMap;

use super::codes::{CODE_BYTES_MAX, CODES_MAX, Others};
use super::raw::{RawColumn, RawContent, RawGroup};
use super::{
    At, CONTENT_COLUMNS_MAX, CellSource, CodeList, Content, ContentColumn, ContentKind,
    GROUP_NUMBER, GROUP_REPEATS_MAX, GROUPS_MAX, Gives, Group, Lookup, Numbering, Repetition,
};
use crate::mapping::MappingError;
use crate::mapping::check::{check_formats, column, is_name, value};
use crate::mapping::raw::TextOr;
use crate::number;

const MISSING_VALUES_MAX: usize = 64;
/// Most columns of a one-column-per-code list.
const ONE_OF_MAX: usize = 64;
/// Most prefixes of a numbering, and most letters and digits of each.
const PREFIXES_MAX: usize = 8;
const PREFIX_CHARS_MAX: usize = 16;
/// Most characters that part the entries of a cell.
const SPLIT_CHARS_MAX: usize = 8;

pub(in crate::mapping) fn check(raw: RawContent) -> Result<Content<String>, MappingError> {
    if !is_name(&raw.table, 32) {
        return Err(value("content.table", "takes 1 to 32 of a-z, 0-9 and underscore"));
    }
    let columns = check_columns("content.columns", raw.columns, &[], None)?;
    if raw.event_date.as_ref().is_some_and(|name| !is_date(&columns, name)) {
        return Err(MappingError::EventDate);
    }
    if raw.group.len() > GROUPS_MAX {
        return Err(value("content.group", "stands at most 8 times"));
    }
    let mut groups: Vec<Group<String>> = Vec::new();
    for group in raw.group {
        let group = check_group(group, &columns)?;
        if group.table == raw.table || groups.iter().any(|other| other.table == group.table) {
            return Err(value("content.group.table", "takes a name that no other table has"));
        }
        groups.push(group);
    }
    Ok(Content { table: raw.table, event_date: raw.event_date, columns, groups })
}

/// Whether a column of this name is a date.
pub(in crate::mapping) fn is_date(columns: &[ContentColumn<String>], name: &str) -> bool {
    columns.iter().any(|column| column.name == *name && matches!(column.kind, ContentKind::Date(_)))
}

fn check_group(
    raw: RawGroup,
    main: &[ContentColumn<String>],
) -> Result<Group<String>, MappingError> {
    if !is_name(&raw.table, 32) {
        return Err(value("content.group.table", "takes 1 to 32 of a-z, 0-9 and underscore"));
    }
    let key = format!("content.group.{}", raw.table);
    let (from, to) = match (&raw.split, raw.from, raw.to) {
        (Some(split), None, None) => {
            check_split(&format!("{key}.split"), split)?;
            (0, 0)
        }
        (None, from, Some(to)) => (from.unwrap_or(1), to),
        _ => return Err(value(key, "takes to (and from), or split")),
    };
    if raw.split.is_none() && !(1..=to).contains(&from) || to > GROUP_REPEATS_MAX {
        return Err(value(key, "counts from 1 or more to 100 or fewer"));
    }
    let rule = if raw.split.is_some() { Repeats::Split } else { Repeats::Numbered };
    let columns = check_columns(&format!("{key}.columns"), raw.columns, main, Some(rule))?;
    let repeats = |column: &ContentColumn<String>| {
        matches!(column.source, CellSource::Column { repeats: true, .. })
    };
    if !columns.iter().any(repeats) {
        return Err(value(key, "needs a column that repeats: with {n} in its name, or split"));
    }
    let repetitions = (from..=to)
        .map(|seq| Repetition {
            seq,
            columns: columns.iter().map(|column| numbered(column, seq)).collect(),
        })
        .collect();
    Ok(Group { table: raw.table, split: raw.split, repetitions })
}

/// Checks what parts the entries of a cell.
pub(in crate::mapping) fn check_split(key: &str, split: &str) -> Result<(), MappingError> {
    let fits = (1..=SPLIT_CHARS_MAX).contains(&split.chars().count());
    if fits && !split.contains(char::is_alphanumeric) && !split.trim().is_empty() || split == "\n" {
        return Ok(());
    }
    Err(value(key, r#"takes 1 to 8 characters that are no letters or digits, such as ";""#))
}

/// The column of one repetition.
fn numbered(column: &ContentColumn<String>, seq: u16) -> ContentColumn<String> {
    let mut column = column.clone();
    if let CellSource::Column { column: name, .. } = &mut column.source {
        *name = name.replace(GROUP_NUMBER, &seq.to_string());
    }
    column
}

/// How the columns of a group repeat.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Repeats {
    Numbered,
    Split,
}

fn check_columns(
    key: &str,
    raw: BTreeMap<String, RawColumn>,
    main: &[ContentColumn<String>],
    group: Option<Repeats>,
) -> Result<Vec<ContentColumn<String>>, MappingError> {
    if !(1..=CONTENT_COLUMNS_MAX).contains(&raw.len()) {
        return Err(value(key, "takes 1 to 64 columns"));
    }
    let names: Vec<String> = raw.keys().cloned().collect();
    let mut columns = Vec::new();
    let mut lookups = Vec::new();
    for (name, raw) in raw {
        if !is_name(&name, 32) {
            let rule = "a content column is named by 1 to 32 of a-z, 0-9 and underscore";
            return Err(value(key, rule));
        }
        let key = format!("{key}.{name}");
        if raw.from.is_some() {
            lookups.push((columns.len(), key.clone(), raw.at.clone()));
        }
        columns.push(check_column(&key, name, raw, &names, group)?);
    }
    for (place, key, at) in lookups {
        let at = at.map(|at| date_place(&key, &at, &columns, main)).transpose()?;
        let from = match &mut columns[place].source {
            CellSource::Lookup(lookup) => {
                lookup.at = at;
                lookup.from
            }
            _ => continue,
        };
        let code = matches!(columns[from].kind, ContentKind::Code);
        if !code || matches!(columns[from].source, CellSource::Lookup(_)) {
            return Err(value(format!("{key}.from"), "names a column of type code with a code"));
        }
    }
    Ok(columns)
}

/// The date of a lookup: in its own table, or in the row of a group.
fn date_place(
    key: &str,
    at: &str,
    here: &[ContentColumn<String>],
    main: &[ContentColumn<String>],
) -> Result<At, MappingError> {
    let place = |columns: &[ContentColumn<String>]| {
        let found = columns.iter().position(|column| column.name == at);
        found.filter(|_| is_date(columns, at))
    };
    place(here)
        .map(At::Here)
        .or_else(|| place(main).map(At::Main))
        .ok_or_else(|| value(format!("{key}.at"), "names a content column of type date"))
}

fn check_column(
    key: &str,
    name: String,
    raw: RawColumn,
    names: &[String],
    group: Option<Repeats>,
) -> Result<ContentColumn<String>, MappingError> {
    let missing = missing_words(&format!("{key}.missing"), &raw.missing)?;
    let kind = check_kind(key, &raw)?;
    let codes = if raw.from.is_none() { check_codes(key, &raw, &kind)? } else { None };
    let source = check_source(key, raw, names, group)?;
    if !matches!(source, CellSource::Column { .. }) && !missing.is_empty() {
        return Err(value(format!("{key}.missing"), "goes with column only"));
    }
    if matches!(source, CellSource::Lookup(_) | CellSource::OneOf { .. })
        && (!matches!(kind, ContentKind::Code) || codes.is_some())
    {
        return Err(value(key, "one_of and from give a column of type code"));
    }
    Ok(ContentColumn { name, source, missing, codes, kind })
}

/// Words that mean missing, trimmed and in upper case.
pub(in crate::mapping) fn missing_words(
    key: &str,
    words: &[String],
) -> Result<Vec<String>, MappingError> {
    let words: Vec<String> = words.iter().map(|text| text.trim().to_uppercase()).collect();
    let short = |text: &String| !text.is_empty() && text.chars().count() <= 64;
    if words.len() > MISSING_VALUES_MAX || !words.iter().all(short) {
        return Err(value(key, "takes at most 64 values of 1 to 64 characters"));
    }
    Ok(words)
}

fn check_kind(key: &str, raw: &RawColumn) -> Result<ContentKind, MappingError> {
    let dated = raw.formats.is_some() || raw.pivot_year.is_some();
    let kind = match raw.kind.as_deref() {
        // Only what is read from a column can be of several types.
        None if raw.column.is_none() => "code",
        kind => kind.unwrap_or(""),
    };
    let numbered = raw.of.is_some() || raw.prefixes.is_some();
    match kind {
        "number" if !dated => Ok(ContentKind::Number(check_numbering(key, raw)?)),
        _ if numbered => Err(value(key, "of and prefixes belong to type number")),
        "date" => Ok(ContentKind::Date(check_formats(key, raw.formats.clone(), raw.pivot_year)?)),
        _ if dated => Err(value(key, "formats and pivot_year belong to type date")),
        "code" => Ok(ContentKind::Code),
        "integer" => Ok(ContentKind::Integer),
        "flag" => Ok(ContentKind::Flag),
        _ => Err(value(format!("{key}.type"), "takes date, code, integer, flag or number")),
    }
}

fn check_numbering(key: &str, raw: &RawColumn) -> Result<Numbering, MappingError> {
    if raw.column.is_none() {
        return Err(value(key, "type number goes with column only"));
    }
    let of = raw.of.clone().filter(|of| is_name(of, 32)).ok_or_else(|| {
        let rule = "names the numbering, 1 to 32 of a-z, 0-9 and underscore, such as incident";
        value(format!("{key}.of"), rule)
    })?;
    let prefixes = raw.prefixes.as_deref().unwrap_or_default();
    let mut prefixes: Vec<String> =
        prefixes.iter().map(|prefix| number::fold(prefix).to_string()).collect();
    let fits = |prefix: &String| (1..=PREFIX_CHARS_MAX).contains(&prefix.len());
    if prefixes.len() > PREFIXES_MAX || !prefixes.iter().all(fits) {
        let rule = "takes at most 8 texts with 1 to 16 letters and digits";
        return Err(value(format!("{key}.prefixes"), rule));
    }
    prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
    Ok(Numbering { of, prefixes })
}

fn check_codes(
    key: &str,
    raw: &RawColumn,
    kind: &ContentKind,
) -> Result<Option<CodeList>, MappingError> {
    let others = match raw.others.as_deref() {
        None | Some("refuse") => Others::Refuse,
        Some("keep") => Others::Keep,
        Some("missing") => Others::Missing,
        Some(_) => return Err(value(format!("{key}.others"), "takes keep, missing or refuse")),
    };
    let list = match &raw.codes {
        None if raw.others.is_some() => {
            return Err(value(format!("{key}.others"), "goes with codes only"));
        }
        None => return Ok(None),
        Some(TextOr::Text(name)) => CodeList::known(name, others),
        Some(TextOr::Other(list)) => {
            let short = |text: &String| text.len() <= CODE_BYTES_MAX;
            if !(1..=CODES_MAX).contains(&list.len()) || !list.values().all(short) {
                let rule = "takes 1 to 1,000 codes of at most 200 bytes";
                return Err(value(format!("{key}.codes"), rule));
            }
            CodeList::written(list.clone(), others)
        }
    };
    let rule = "takes \"sex\", \"race\" or a table of texts, no two the same but for case";
    let list = list.ok_or_else(|| value(format!("{key}.codes"), rule))?;
    if matches!(kind, ContentKind::Date(_) | ContentKind::Number(_)) {
        return Err(value(format!("{key}.codes"), "does not go with types date and number"));
    }
    Ok(Some(list))
}

fn check_source(
    key: &str,
    raw: RawColumn,
    names: &[String],
    group: Option<Repeats>,
) -> Result<CellSource<String>, MappingError> {
    if raw.several.is_some() && raw.one_of.is_none() {
        return Err(value(format!("{key}.several"), "goes with one_of only"));
    }
    if raw.from.is_none() && (raw.at.is_some() || raw.gives.is_some()) {
        return Err(value(key, "at and gives go with from only"));
    }
    match (raw.column, raw.constant, raw.one_of, raw.from) {
        (Some(name), None, None, None) => {
            let column = column(&format!("{key}.column"), name)?;
            let has_number = column.contains(GROUP_NUMBER);
            let repeats = match group {
                None => false,
                Some(Repeats::Numbered) => has_number,
                Some(Repeats::Split) => true,
            };
            Ok(CellSource::Column { column, repeats })
        }
        (None, Some(text), None, None) => {
            let text = text.trim().to_owned();
            if text.is_empty() || text.len() > CODE_BYTES_MAX || text.chars().any(char::is_control)
            {
                return Err(value(format!("{key}.constant"), "takes 1 to 200 bytes of text"));
            }
            Ok(CellSource::Constant(text))
        }
        (None, None, Some(columns), None) if group.is_none() => {
            check_one_of(key, columns, raw.several)
        }
        (None, None, None, Some(from)) => {
            let from = names.iter().position(|name| *name == from).ok_or_else(|| {
                value(format!("{key}.from"), "names a content column of the same table")
            })?;
            let codes = match raw.codes {
                Some(TextOr::Text(name)) if is_table(&name) => name,
                _ => {
                    let rule = "names a table of codes: 1 to 64 of a-z, 0-9, hyphen and underscore";
                    return Err(value(format!("{key}.codes"), rule));
                }
            };
            let gives = match raw.gives.as_deref() {
                Some("severity") => Gives::Severity,
                Some("group") => Gives::Group,
                _ => return Err(value(format!("{key}.gives"), "takes severity or group")),
            };
            if raw.others.is_some() {
                return Err(value(format!("{key}.others"), "goes with a list of codes only"));
            }
            Ok(CellSource::Lookup(Lookup { from, at: None, codes, gives }))
        }
        _ if group.is_some() => {
            Err(value(key, "in a group takes one of column, constant and from"))
        }
        _ => Err(value(key, "takes one of column, constant, one_of and from")),
    }
}

fn is_table(name: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

fn check_one_of(
    key: &str,
    columns: BTreeMap<String, String>,
    several: Option<String>,
) -> Result<CellSource<String>, MappingError> {
    let key = format!("{key}.one_of");
    let plain = |code: &str| {
        !code.trim().is_empty() && code.len() <= 32 && !code.chars().any(char::is_control)
    };
    if !(2..=ONE_OF_MAX).contains(&columns.len())
        || !columns.keys().chain(&several).all(|code| plain(code))
    {
        return Err(value(key, "takes 2 to 64 codes of at most 32 bytes, a column each"));
    }
    let columns = columns
        .into_iter()
        .map(|(code, name)| Ok((code.trim().to_owned(), column(&key, name)?)))
        .collect::<Result<_, MappingError>>()?;
    Ok(CellSource::OneOf { columns, several })
}
