//! Takes a mapping and a header, gives the mapping with indices for names.

use super::error::nearest;
use super::{
    Attribute, Content, ContentColumn, DobColumns, Fields, Mapping, MappingError, NameColumns,
};

/// Content columns of one export, by index.
pub type BoundContent = Content<usize>;

/// A mapping that fits one export; columns are indices into its rows, from 0.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BoundMapping {
    mapping: Mapping,
    row_id: Option<usize>,
    fields: Fields<usize>,
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

    /// Columns for evaluators.
    pub fn content(&self) -> Option<&BoundContent> {
        self.content.as_ref()
    }
}

pub(super) fn bind<S: AsRef<str>>(
    mapping: &Mapping,
    header: &[S],
) -> Result<BoundMapping, MappingError> {
    let header: Vec<&str> =
        header.iter().map(|name| name.as_ref().trim_start_matches('\u{feff}').trim()).collect();
    let find = |key: &str, column: &str| find(&header, key, column);
    let row_id = mapping.row_id().map(|column| find("row_id", column)).transpose()?;
    let fields = bind_fields(mapping.fields(), &find)?;
    let content = mapping.content().map(|content| bind_content(content, &find)).transpose()?;
    Ok(BoundMapping { mapping: mapping.clone(), row_id, fields, content })
}

fn find(header: &[&str], key: &str, column: &str) -> Result<usize, MappingError> {
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

fn bind_fields(
    fields: &Fields<String>,
    find: &impl Fn(&str, &str) -> Result<usize, MappingError>,
) -> Result<Fields<usize>, MappingError> {
    let one = |key: &str, column: &String| find(&format!("fields.{key}"), column);
    let some = |key: &str, column: &Option<String>| {
        column.as_ref().map(|column| one(key, column)).transpose()
    };
    let name = match &fields.name {
        NameColumns::Whole { column, format } => {
            NameColumns::Whole { column: one("name", column)?, format: *format }
        }
        NameColumns::Parts { first, last, middle, suffix } => NameColumns::Parts {
            first: some("first", first)?,
            last: some("last", last)?,
            middle: some("middle", middle)?,
            suffix: some("suffix", suffix)?,
        },
    };
    let dob = match &fields.dob {
        Some(DobColumns::Whole { column, formats }) => {
            Some(DobColumns::Whole { column: one("dob", column)?, formats: formats.clone() })
        }
        Some(DobColumns::Parts { year, month, day }) => Some(DobColumns::Parts {
            year: one("dob.year", year)?,
            month: one("dob.month", month)?,
            day: one("dob.day", day)?,
        }),
        None => None,
    };
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

fn bind_content(
    content: &Content<String>,
    find: &impl Fn(&str, &str) -> Result<usize, MappingError>,
) -> Result<BoundContent, MappingError> {
    let column = |column: &ContentColumn<String>| {
        let index = find(&format!("content.columns.{}", column.name), &column.column)?;
        Ok(ContentColumn { name: column.name.clone(), column: index, kind: column.kind.clone() })
    };
    Ok(Content {
        table: content.table.clone(),
        event_date: content.event_date.clone(),
        columns: content.columns.iter().map(column).collect::<Result<_, _>>()?,
    })
}
