//! One content table, seen through the fields of its kind.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tallystick_dataset::Values;
use tallystick_dataset::column::{DAY_MISSING, INTEGER_MISSING};

use super::words::{Numbered, WordsBuilder};
use super::{NO_DAY, NO_PERSON, NO_WORD, Number};
use crate::StudyError;
use crate::definition::{FieldType, Kind, RecordDefinition};
use crate::input::RecordTable;

/// A field's cells.
#[derive(Debug)]
enum Cells<'a> {
    Day(&'a [i32]),
    Integer(&'a [i64]),
    Flag(&'a [u8]),
    /// Codes of rows, texts of codes, words of codes.
    Code(&'a [u32], Vec<String>, Vec<u32>),
    /// Codes of rows, numbers of codes.
    Number(&'a [u32], Vec<Number>),
}

/// A linkage other than the main one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Linkage {
    Strict,
    /// By number, from 0.
    Imputed(usize),
}

/// A table with its fields.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    kind: Kind,
    /// Whose table it is, and which; one may be bound several times.
    pub(super) place: (&'a str, &'a str),
    /// Word of the source's name.
    source: u32,
    pub(super) persons: Cow<'a, [u32]>,
    /// Person of each row in the main linkage.
    main: &'a [u32],
    /// Person of each row in the strict linkage.
    strict: &'a [u32],
    /// Person of each row in each imputed linkage.
    imputed: Vec<&'a [u32]>,
    fields: BTreeMap<&'static str, Cells<'a>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        number: usize,
        record: &RecordDefinition,
        table: &RecordTable<'a>,
        shared: &BTreeMap<String, BTreeMap<String, String>>,
        words: &mut WordsBuilder,
    ) -> Result<Self, StudyError> {
        let mut fields = BTreeMap::new();
        for field in record.kind.fields().iter().chain(crate::definition::PERSON) {
            let column = record.column(field.name);
            let is_named = record.columns.contains_key(field.name);
            let Some(values) = table.column(column).filter(|_| !column.is_empty()) else {
                if field.required || (is_named && !column.is_empty()) {
                    return Err(StudyError::ColumnUnknown {
                        number,
                        field: field.name,
                        source_label: record.source.clone(),
                        table: record.table.clone(),
                        column: column.to_owned(),
                    });
                }
                continue;
            };
            let cells = match (field.field_type, values) {
                (FieldType::Day, Values::Day(days)) => Cells::Day(days),
                (FieldType::Integer, Values::Integer(numbers)) => Cells::Integer(numbers),
                (FieldType::Flag, Values::Flag(flags)) => Cells::Flag(flags),
                (FieldType::Number, Values::Text(codes, texts)) => {
                    let numbers = (0..).take(texts.len()).map(|code| Number::of(texts.text(code)));
                    Cells::Number(codes, numbers.collect())
                }
                (FieldType::Code, Values::Text(codes, texts)) => {
                    let listed = record.codes.get(field.name).or_else(|| shared.get(field.name));
                    let canonical =
                        (0..).take(texts.len()).map(|code| stands_for(texts.text(code), listed));
                    let canonical: Vec<String> = canonical.collect();
                    canonical.iter().for_each(|text| words.add(text));
                    Cells::Code(codes, canonical, Vec::new())
                }
                // A column of another type is a mistake where it was asked for, else another column.
                _ if field.required || is_named => {
                    return Err(StudyError::ColumnType {
                        number,
                        field: field.name,
                        column: column.to_owned(),
                        wanted: field.field_type.as_str(),
                    });
                }
                _ => continue,
            };
            fields.insert(field.name, cells);
        }
        words.add(&table.source.to_uppercase());
        let place = (table.source, table.table);
        Ok(Self {
            kind: record.kind,
            place,
            source: NO_WORD,
            persons: Cow::Borrowed(table.persons),
            main: table.persons,
            strict: table.strict,
            imputed: table.imputed.clone(),
            fields,
        })
    }

    /// Person of each row in a linkage.
    fn linked(&self, linkage: Linkage) -> &'a [u32] {
        match linkage {
            Linkage::Strict => self.strict,
            // Only a table without rows has fewer.
            Linkage::Imputed(number) => self.imputed.get(number).copied().unwrap_or_default(),
        }
    }

    /// Gives each row to another person, or to none; `person` takes those of the main linkage and of another.
    pub(super) fn regroup(&mut self, linkage: Linkage, person: impl Fn(u32, u32) -> u32) {
        let rows = self.main.iter().zip(self.linked(linkage));
        self.persons = Cow::Owned(rows.map(|(main, other)| person(*main, *other)).collect());
    }

    /// By row: persons in the main linkage and in another, and the day.
    pub(crate) fn linked_rows(&self, linkage: Linkage) -> impl Iterator<Item = (u32, u32, i32)> {
        let persons = self.main.iter().zip(self.linked(linkage));
        persons
            .enumerate()
            .map(|(row, (main, other))| (*main, *other, self.day(self.dated_by(), row)))
    }

    /// Gives the codes their numbers among all words.
    pub(super) fn renumber(&mut self, words: &Numbered) {
        self.source = words.words.number(&self.place.0.to_uppercase()).unwrap_or(NO_WORD);
        for cells in self.fields.values_mut() {
            if let Cells::Code(_, texts, numbers) = cells {
                let number = |text: &String| match text.as_str() {
                    "" => NO_WORD,
                    text => words.words.number(text).expect("every text was added"),
                };
                *numbers = texts.drain(..).as_slice().iter().map(number).collect();
            }
        }
    }

    /// The field that dates records of the kind.
    pub(super) const fn dated_by(&self) -> &'static str {
        match self.kind {
            Kind::Case => "filed",
            Kind::Jail => "booked",
            _ => "date",
        }
    }

    /// First and last day of the records.
    pub(super) fn span(&self) -> Option<(i32, i32)> {
        let days = (0..self.persons.len()).map(|row| self.day(self.dated_by(), row));
        let known = days.filter(|day| *day != NO_DAY).map(|day| (day, day));
        known.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Word of the source's name, which stands in for an agency that is not told.
    pub(super) const fn source(&self) -> u32 {
        self.source
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Rows that belong to a person.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.persons.len()).filter(|row| self.persons[*row] != NO_PERSON)
    }

    /// How many rows belong to a person.
    pub(super) fn row_count(&self) -> usize {
        self.rows().count()
    }

    pub(super) fn day(&self, field: &str, row: usize) -> i32 {
        match self.fields.get(field) {
            Some(Cells::Day(days)) if days[row] != DAY_MISSING => days[row],
            _ => NO_DAY,
        }
    }

    pub(super) fn integer(&self, field: &str, row: usize) -> Option<i64> {
        match self.fields.get(field) {
            Some(Cells::Integer(numbers)) => Some(numbers[row]).filter(|n| *n != INTEGER_MISSING),
            _ => None,
        }
    }

    pub(super) fn flag(&self, field: &str, row: usize) -> Option<bool> {
        match self.fields.get(field) {
            Some(Cells::Flag(flags)) if flags[row] <= 1 => Some(flags[row] == 1),
            _ => None,
        }
    }

    pub(super) fn word(&self, field: &str, row: usize) -> u32 {
        match self.fields.get(field) {
            Some(Cells::Code(codes, _, words)) => {
                words.get(codes[row] as usize).copied().unwrap_or(NO_WORD)
            }
            _ => NO_WORD,
        }
    }

    pub(super) fn number(&self, field: &str, row: usize) -> Number {
        match self.fields.get(field) {
            Some(Cells::Number(codes, numbers)) => {
                numbers.get(codes[row] as usize).copied().unwrap_or_default()
            }
            _ => Number::NONE,
        }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

/// What a source's code stands for; upper case, without outer spaces.
fn stands_for(text: &str, listed: Option<&BTreeMap<String, String>>) -> String {
    let plain = text.trim().to_uppercase();
    let found = listed.and_then(|listed| {
        listed
            .iter()
            .find(|(code, _)| code.trim().to_uppercase() == plain)
            .map(|(_, to)| to.clone())
    });
    found.unwrap_or(plain)
}
