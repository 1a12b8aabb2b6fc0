//! Takes the `[content]` of a mapping, gives where the cells of each table for evaluators stand and
//! what becomes of them, refuses columns that contradict themselves.

mod bind;
mod check;
mod codes;
mod raw;
#[cfg(test)]
mod tests;

pub(super) use bind::bind;
pub(super) use check::{check, check_split, missing_words};
pub use codes::{CodeList, Coded};
pub(super) use raw::RawContent;

use super::date::DateFormats;

/// Most columns of a content table.
pub const CONTENT_COLUMNS_MAX: usize = 64;
/// Most repetitions of a numbered group, `{n}` from 1 to this.
pub const GROUP_REPEATS_MAX: u16 = 100;
/// Most tables besides the main one.
pub const GROUPS_MAX: usize = 8;
/// Where the number of the repetition stands in a column's name.
pub const GROUP_NUMBER: &str = "{n}";

/// Columns for evaluators, sealed to the release key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Content<C> {
    /// Name of the table: 1 to 32 of a-z, 0-9 and underscore.
    pub table: String,
    /// Name of the content column that dates the row.
    pub event_date: Option<String>,
    /// Columns, by name in byte order.
    pub columns: Vec<ContentColumn<C>>,
    /// Further tables from the same row, in the order of the mapping.
    pub groups: Vec<Group<C>>,
}

/// One column for evaluators.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContentColumn<C> {
    /// Name in the table: 1 to 32 of a-z, 0-9 and underscore.
    pub name: String,
    /// Where its text comes from.
    pub source: CellSource<C>,
    /// Further values that mean missing in this column, trimmed and in upper case.
    pub missing: Vec<String>,
    /// What stands for what.
    pub codes: Option<CodeList>,
    /// What its cells are.
    pub kind: ContentKind,
}

impl<C> ContentColumn<C> {
    /// Columns of the export that it is read from.
    pub fn columns(&self) -> impl Iterator<Item = &C> {
        let (one, many) = match &self.source {
            CellSource::Column { column, .. } => (Some(column), &[][..]),
            CellSource::OneOf { columns, .. } => (None, &columns[..]),
            CellSource::Constant(_) | CellSource::Lookup(_) => (None, &[][..]),
        };
        one.into_iter().chain(many.iter().map(|(_, column)| column))
    }
}

/// Where the text of a content column comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CellSource<C> {
    /// A column of the export.
    Column {
        /// The column.
        column: C,
        /// In a group: whether each repetition has a cell of its own.
        repeats: bool,
    },
    /// The same text in every row.
    Constant(String),
    /// A column for each code, of which those that apply are marked.
    OneOf {
        /// Code and column, by code in byte order.
        columns: Vec<(String, C)>,
        /// The code of rows with several marks; without it, their codes joined by `+`.
        several: Option<String>,
    },
    /// What a table of codes says of another column.
    Lookup(Lookup),
}

/// What a table of codes says of another content column of the same table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lookup {
    /// Place of the column with the code among the columns of the table.
    pub from: usize,
    /// Place of the date at which the code counts, among the columns of the table.
    pub at: Option<At>,
    /// Name of the table of codes.
    pub codes: String,
    /// What is wanted of it.
    pub gives: Gives,
}

/// Where the date of a lookup stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum At {
    /// In the same table.
    Here(usize),
    /// In the row that the group belongs to.
    Main(usize),
}

/// What is wanted of a table of codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gives {
    /// How severe the offence is.
    Severity,
    /// The group of offences.
    Group,
}

/// A further table whose rows stand in the cells of one row of the export.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group<C> {
    /// Name of the table.
    pub table: String,
    /// What parts the entries of a cell; without it, each repetition has columns of its own.
    pub split: Option<String>,
    /// The repetitions; one, numbered 0, where cells are split.
    pub repetitions: Vec<Repetition<C>>,
}

/// One repetition of a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repetition<C> {
    /// Its number.
    pub seq: u16,
    /// Its columns, in the same order in each.
    pub columns: Vec<ContentColumn<C>>,
}

/// What the cells of a content column are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ContentKind {
    /// A calendar date.
    Date(DateFormats),
    /// A short code.
    Code,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// The number of an event, of which a pseudonym leaves.
    Number(Numbering),
}

/// Numbers of events that agencies write alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Numbering {
    /// Its name, the same at all agencies that use these numbers: 1 to 32 of a-z, 0-9 and underscore.
    pub of: String,
    /// What may stand before a number and is no part of it, as [`crate::number`] folds it, the
    /// longest first.
    pub prefixes: Vec<String>,
}

impl<C> Content<C> {
    /// Every content column of every table, with the table it is named by in keys.
    pub fn each<'a>(&'a self, visit: &mut impl FnMut(&'a ContentColumn<C>)) {
        self.columns.iter().for_each(&mut *visit);
        for group in &self.groups {
            for repetition in &group.repetitions {
                repetition.columns.iter().for_each(&mut *visit);
            }
        }
    }

    /// Names of the tables of codes that are wanted, each once, in byte order.
    pub fn code_tables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.each(&mut |column| {
            if let CellSource::Lookup(lookup) = &column.source {
                names.push(lookup.codes.as_str());
            }
        });
        names.sort_unstable();
        names.dedup();
        names
    }
}
