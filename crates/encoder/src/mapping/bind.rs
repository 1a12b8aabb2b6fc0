//! Takes a mapping and a header, gives the mapping with indices for names.

use super::error::nearest;
use super::sentinels::BoundSentinels;
use super::{
    Alias, Attribute, Content, DobColumns, Fields, Mapping, MappingError, NameColumns, content,
};

/// Content columns of one export, by index.
pub type BoundContent = Content<usize>;

/// A mapping that fits one export; columns are indices into its rows, from 0.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BoundMapping {
    mapping: Mapping,
    row_id: Option<usize>,
    fields: Fields<usize>,
    aliases: Vec<Alias<usize>>,
    sentinels: BoundSentinels,
    content: Option<BoundContent>,
}

impl BoundMapping {
    /// The mapping it was made from.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Column of the agency's own row key.
    pub fn row_id(&self) -> Option<usize> {
        self.row_id
    }

    /// Columns that identify people.
    pub fn fields(&self) -> &Fields<usize> {
        &self.fields
    }

    /// Further names of the person in the same row.
    pub fn aliases(&self) -> &[Alias<usize>] {
        &self.aliases
    }

    /// What means missing in single columns.
    pub(crate) fn sentinels(&self) -> &BoundSentinels {
        &self.sentinels
    }

    /// Columns for evaluators.
    pub fn content(&self) -> Option<&BoundContent> {
        self.content.as_ref()
    }
}

pub(super) fn bind<S: AsRef<str>>(
    mapping: &Mapping,
    header: &[S],
) -> Result<BoundMapping, MappingError> {
    let header = names(header);
    let find = |key: &str, column: &str| find(&header, key, column);
    let wanted = mapping.content().map_or_else(Vec::new, Content::code_tables);
    if let Some(name) = wanted.into_iter().find(|name| mapping.codes(name).is_none()) {
        return Err(MappingError::CodesMissing { name: name.to_owned() });
    }
    let row_id = mapping.row_id().map(|column| find("row_id", column)).transpose()?;
    let fields = bind_fields(mapping.fields(), &find)?;
    let aliases = mapping.aliases().iter().map(|alias| bind_alias("alias", alias, &find));
    let aliases = aliases.collect::<Result<_, _>>()?;
    let sentinels = mapping.sentinels.bind(&find)?;
    let content = mapping.content().map(|content| content::bind(content, &find)).transpose()?;
    Ok(BoundMapping { mapping: mapping.clone(), row_id, fields, aliases, sentinels, content })
}

/// Names of a header as mappings write them.
pub(super) fn names<S: AsRef<str>>(header: &[S]) -> Vec<&str> {
    header.iter().map(|name| name.as_ref().trim_start_matches('\u{feff}').trim()).collect()
}

/// The place of a column in a header.
pub(super) fn find(header: &[&str], key: &str, column: &str) -> Result<usize, MappingError> {
    let mut found = header.iter().enumerate().filter(|(_, name)| **name == column);
    let (key, named) = (|| key.to_owned(), || column.to_owned());
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => Err(MappingError::ColumnAmbiguous { key: key(), column: named() }),
        (None, _) => Err(MappingError::ColumnMissing {
            key: key(),
            column: named(),
            suggestion: nearest(column, header.iter().copied()).map(String::from),
        }),
    }
}

fn bind_fields(fields: &Fields<String>, find: &Find<'_>) -> Result<Fields<usize>, MappingError> {
    let one = |key: &str, column: &String| find(&format!("fields.{key}"), column);
    let some = |key: &str, column: &Option<String>| {
        column.as_ref().map(|column| one(key, column)).transpose()
    };
    let name = bind_name("fields", &fields.name, find)?;
    let dob = bind_dob("fields", fields.dob.as_ref(), find)?;
    let attribute = |attribute: &Attribute<String>| {
        let key = format!("attribute.{}", attribute.name);
        let column = one(&key, &attribute.column)?;
        Ok(Attribute { name: attribute.name.clone(), column, compare: attribute.compare })
    };
    Ok(Fields {
        name,
        dob,
        sex: some("sex", &fields.sex)?,
        ssn: some("ssn", &fields.ssn)?,
        phone: some("phone", &fields.phone)?,
        address: fields
            .address
            .iter()
            .map(|column| one("address", column))
            .collect::<Result<_, _>>()?,
        city: some("city", &fields.city)?,
        zip: some("zip", &fields.zip)?,
        local_id: some("local_id", &fields.local_id)?,
        attributes: fields.attributes.iter().map(attribute).collect::<Result<_, _>>()?,
    })
}

type Find<'a> = dyn Fn(&str, &str) -> Result<usize, MappingError> + 'a;

/// `table` names the alias in errors.
pub(super) fn bind_alias(
    table: &str,
    alias: &Alias<String>,
    find: &Find<'_>,
) -> Result<Alias<usize>, MappingError> {
    let sex = alias.sex.as_ref().map(|column| find(&format!("{table}.sex"), column));
    Ok(Alias {
        name: bind_name(table, &alias.name, find)?,
        dob: bind_dob(table, alias.dob.as_ref(), find)?,
        sex: sex.transpose()?,
        split: alias.split.clone(),
    })
}

fn bind_name(
    table: &str,
    name: &NameColumns<String>,
    find: &Find<'_>,
) -> Result<NameColumns<usize>, MappingError> {
    let one = |key: &str, column: &String| find(&format!("{table}.{key}"), column);
    let some = |key: &str, column: &Option<String>| {
        column.as_ref().map(|column| one(key, column)).transpose()
    };
    Ok(match name {
        NameColumns::Whole { column, format } => {
            NameColumns::Whole { column: one("name", column)?, format: *format }
        }
        NameColumns::Parts { first, last, middle, suffix } => NameColumns::Parts {
            first: some("first", first)?,
            last: some("last", last)?,
            middle: some("middle", middle)?,
            suffix: some("suffix", suffix)?,
        },
    })
}

fn bind_dob(
    table: &str,
    dob: Option<&DobColumns<String>>,
    find: &Find<'_>,
) -> Result<Option<DobColumns<usize>>, MappingError> {
    let one = |key: &str, column: &String| find(&format!("{table}.{key}"), column);
    Ok(match dob {
        Some(DobColumns::Whole { column, formats }) => {
            Some(DobColumns::Whole { column: one("dob", column)?, formats: formats.clone() })
        }
        Some(DobColumns::Parts { year, month, day }) => Some(DobColumns::Parts {
            year: one("dob.year", year)?,
            month: one("dob.month", month)?,
            day: one("dob.day", day)?,
        }),
        None => None,
    })
}
