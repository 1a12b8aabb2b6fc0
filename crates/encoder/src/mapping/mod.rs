//! Takes the text of a mapping (TOML), gives which column of an export is which field, refuses
//! unknown keys, identifiers mapped as content, and headers that lack a mapped column.
//!
//! A mapping holds names of columns and formats, no values of people. Its errors still show only
//! keys and column names, since any file may be given in its place.

use std::collections::BTreeMap;

use crate::codes::CodeTable;

mod alias;
mod bind;
mod check;
mod civil;
mod content;
mod date;
mod error;
mod fixed;
mod raw;
mod read;
mod sentinels;
#[cfg(test)]
mod tests;

pub use alias::{ALIASES_MAX, Alias, AliasFile, BoundAliasFile};
pub use bind::{BoundContent, BoundMapping};
pub use civil::{CivilDate, YEAR_MAX, YEAR_MIN};
pub use content::{
    At, CONTENT_COLUMNS_MAX, CellSource, CodeList, Coded, Content, ContentColumn, ContentKind,
    GROUP_NUMBER, GROUP_REPEATS_MAX, GROUPS_MAX, Gives, Group, Lookup, Numbering, Repetition,
};
pub use date::{DateFormats, typed_date};
pub use error::MappingError;
pub use fixed::{FixedColumn, FixedLayout, LayoutSource};
pub use read::{Format, HeaderRow, ReadOptions, TextEncoding};
pub(crate) use sentinels::BoundSentinels;
use sentinels::Sentinels;

/// Most bytes of a mapping file.
pub const MAPPING_BYTES_MAX: usize = 64 * 1024;
/// Most attributes of a record.
pub const ATTRIBUTES_MAX: usize = 4;
/// Most characters of a column name.
pub const COLUMN_CHARS_MAX: usize = 128;

/// What an export's columns mean; made by [`Mapping::parse`] only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mapping {
    source: String,
    source_type: SourceType,
    row_id: Option<String>,
    layout: Option<Layout>,
    read: ReadOptions,
    fields: Fields<String>,
    aliases: Vec<Alias<String>>,
    alias_file: Option<AliasFile>,
    sentinels: Sentinels,
    content: Option<Content<String>>,
    code_tables: BTreeMap<String, CodeTable>,
}

/// The layout that a mapping was written for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    /// What writes such exports, in words.
    pub name: String,
    /// All columns of its header, in order.
    pub header: Vec<String>,
}

impl Mapping {
    /// Parses and checks a mapping.
    ///
    /// # Errors
    /// See [`MappingError`]; every variant but those about columns of an export.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        check::check(raw::parse(text)?)
    }

    /// Name of the source: 1 to 16 of a-z, 0-9 and hyphen.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Kind of agency.
    pub fn source_type(&self) -> SourceType {
        self.source_type
    }

    /// Column of the agency's own row key.
    pub fn row_id(&self) -> Option<&str> {
        self.row_id.as_deref()
    }

    /// The known layout that this mapping is for; nothing but recognising it depends on this.
    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// How to read the file.
    pub fn read(&self) -> &ReadOptions {
        &self.read
    }

    /// Takes the text of the layout file that `[read]` names.
    ///
    /// # Errors
    /// As [`Mapping::parse`], about keys of the layout.
    pub fn set_layout(&mut self, text: &str) -> Result<(), MappingError> {
        self.read.layout = Some(LayoutSource::Here(FixedLayout::parse(text)?));
        Ok(())
    }

    /// Takes another sheet than the mapping names.
    pub fn set_sheet(&mut self, sheet: &str) {
        self.read.sheet = Some(sheet.to_owned());
    }

    /// Columns that identify people.
    pub fn fields(&self) -> &Fields<String> {
        &self.fields
    }

    /// Further names of the person in the same row.
    pub fn aliases(&self) -> &[Alias<String>] {
        &self.aliases
    }

    /// The second file with further names of the persons.
    pub fn alias_file(&self) -> Option<&AliasFile> {
        self.alias_file.as_ref()
    }

    /// Columns for evaluators.
    pub fn content(&self) -> Option<&Content<String>> {
        self.content.as_ref()
    }

    /// Takes the text of a table of codes that `[content]` names, in place of a known one.
    ///
    /// # Errors
    /// [`MappingError::Codes`].
    pub fn set_codes(&mut self, name: &str, text: &str) -> Result<(), MappingError> {
        let table = CodeTable::parse(text).map_err(|error| MappingError::Codes {
            name: name.to_owned(),
            line: error.line,
            rule: error.rule,
        })?;
        self.code_tables.insert(name.to_owned(), table);
        Ok(())
    }

    /// A table of codes; every one that `[content]` names is there once the mapping is bound.
    pub fn codes(&self, name: &str) -> Option<&CodeTable> {
        self.code_tables.get(name)
    }

    /// Names of all columns that the header must have, each once, in byte order.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.row_id.iter().map(String::as_str).collect();
        self.fields.each(&mut |_, column| columns.push(column));
        for alias in &self.aliases {
            alias.each(&mut |_, column| columns.push(column));
        }
        if let Some(content) = &self.content {
            content.each(&mut |column| columns.extend(column.columns().map(String::as_str)));
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Finds each mapped column in a header. Spaces around names and a byte-order mark are ignored.
    ///
    /// # Errors
    /// [`MappingError::ColumnMissing`], [`MappingError::ColumnAmbiguous`] and
    /// [`MappingError::CodesMissing`].
    pub fn bind<S: AsRef<str>>(&self, header: &[S]) -> Result<BoundMapping, MappingError> {
        bind::bind(self, header)
    }
}

/// Kind of agency that a source belongs to.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SourceType {
    /// Police or sheriff.
    Police,
    /// Court.
    Court,
    /// Prosecutor.
    Prosecutor,
    /// Jail.
    Jail,
    /// Service provider; its clients are protected by 42 CFR Part 2.
    Provider,
    /// Anything else.
    Other,
}

impl SourceType {
    /// The word of the mapping.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Court => "court",
            Self::Prosecutor => "prosecutor",
            Self::Jail => "jail",
            Self::Provider => "provider",
            Self::Other => "other",
        }
    }
}

/// Columns of the fields that identify people; `C` is a name before binding, an index after.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fields<C> {
    /// First, last and middle name, suffix.
    pub name: NameColumns<C>,
    /// Date of birth.
    pub dob: Option<DobColumns<C>>,
    /// Sex.
    pub sex: Option<C>,
    /// Social security number, whole or its last four digits.
    pub ssn: Option<C>,
    /// Telephone number.
    pub phone: Option<C>,
    /// Street address; columns are joined by a space. Empty when not mapped.
    pub address: Vec<C>,
    /// City of residence.
    pub city: Option<C>,
    /// Postal code.
    pub zip: Option<C>,
    /// The agency's own number of the person.
    pub local_id: Option<C>,
    /// Further attributes, by name in byte order, at most [`ATTRIBUTES_MAX`].
    pub attributes: Vec<Attribute<C>>,
}

/// Where the name stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NameColumns<C> {
    /// In one column.
    Whole {
        /// The column.
        column: C,
        /// Order of the parts.
        format: NameFormat,
    },
    /// In a column for each part; first or last is there.
    Parts {
        /// First name.
        first: Option<C>,
        /// Last name.
        last: Option<C>,
        /// Middle name or initial.
        middle: Option<C>,
        /// Jr, Sr, II and so on.
        suffix: Option<C>,
    },
}

/// Order of the parts of a name in one column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NameFormat {
    /// `"LAST, FIRST MIDDLE"`.
    LastFirstMiddle,
    /// `"FIRST MIDDLE LAST"`.
    FirstMiddleLast,
}

/// Where the date of birth stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DobColumns<C> {
    /// In one column.
    Whole {
        /// The column.
        column: C,
        /// Formats, in order of trial.
        formats: DateFormats,
    },
    /// In three columns of numbers.
    Parts {
        /// Year, four digits.
        year: C,
        /// Month, 1 to 12.
        month: C,
        /// Day of the month.
        day: C,
    },
}

/// A further attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute<C> {
    /// Name: 1 to 16 of a-z, 0-9 and underscore.
    pub name: String,
    /// The column.
    pub column: C,
    /// How two values are compared.
    pub compare: AttributeCompare,
}

/// How two values of an attribute are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttributeCompare {
    /// Equal or different.
    Exact,
    /// By common q-grams.
    QGrams,
}

impl<C> NameColumns<C> {
    fn each<'a>(&'a self, visit: &mut impl FnMut(&'static str, &'a C)) {
        match self {
            NameColumns::Whole { column, .. } => visit("name", column),
            NameColumns::Parts { first, last, middle, suffix } => {
                for (key, column) in
                    [("first", first), ("last", last), ("middle", middle), ("suffix", suffix)]
                {
                    column.iter().for_each(|column| visit(key, column));
                }
            }
        }
    }
}

impl<C> DobColumns<C> {
    fn each<'a>(&'a self, visit: &mut impl FnMut(&'static str, &'a C)) {
        match self {
            DobColumns::Whole { column, .. } => visit("dob", column),
            DobColumns::Parts { year, month, day } => {
                [year, month, day].into_iter().for_each(|column| visit("dob", column));
            }
        }
    }
}

impl<C> Fields<C> {
    /// Calls `visit` with the key and column of each mapped field, in a fixed order.
    fn each<'a>(&'a self, visit: &mut impl FnMut(&'static str, &'a C)) {
        self.name.each(visit);
        self.dob.iter().for_each(|dob| dob.each(visit));
        for (key, column) in [("sex", &self.sex), ("ssn", &self.ssn), ("phone", &self.phone)] {
            column.iter().for_each(|column| visit(key, column));
        }
        self.address.iter().for_each(|column| visit("address", column));
        for (key, column) in
            [("city", &self.city), ("zip", &self.zip), ("local_id", &self.local_id)]
        {
            column.iter().for_each(|column| visit(key, column));
        }
        self.attributes.iter().for_each(|attribute| visit("attribute", &attribute.column));
    }
}

/// Entry of the fuzzer: parses any bytes as a mapping and binds the result to its own columns.
#[doc(hidden)]
pub fn fuzz_mapping(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Mapping::parse(text) {
        Ok(mapping) => {
            let header: Vec<String> = mapping.columns().into_iter().map(String::from).collect();
            let refused = mapping.bind(&header).err().map(|error| error.code());
            assert!(
                refused.is_none_or(|code| code == "mapping-codes-missing"),
                "a mapping binds to a header of its own columns"
            );
        }
        Err(error) => {
            let said = format!("{error} {} {}", error.code(), error.help());
            assert!(said.len() < 2_048, "an error never quotes the file");
        }
    }
}
