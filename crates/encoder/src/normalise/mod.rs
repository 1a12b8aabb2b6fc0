//! Takes the raw cells of a row, gives a [`NormalisedRecord`] by the rules of norm/v1, refuses rows
//! that identify nobody.
//!
//! Encodings of two agencies agree only if their normalisation does, to the byte: any change of a
//! rule or a word list is a new [`NORM_VERSION`]. The vectors in `tests/vectors/norm_v1` hold it still.

mod address;
mod alias;
mod counts;
mod names;
mod numbers;
mod record;
mod text;
mod words;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use alias::{AliasNormaliser, AliasOutcome};
pub use counts::{Field, FieldCount, FieldCounts};
pub use record::{
    ATTRIBUTE_BYTES_MAX, BirthDate, CITY_BYTES_MAX, LOCAL_ID_BYTES_MAX, MIDDLE_BYTES_MAX,
    NAME_BYTES_MAX, NAME_PARTS_MAX, NUMBER_BYTES_MAX, NormalisedRecord, STREET_BYTES_MAX, Sex,
    Suffix, ZIP_BYTES_MAX,
};

use self::counts::Outcome;
use self::names::{NameCells, NameOutcomes};
pub(crate) use self::numbers::without_float_tail;
use self::text::{Marks, fold};
use crate::mapping::{
    BoundMapping, BoundSentinels, CivilDate, DobColumns, Fields, NameColumns, YEAR_MIN, typed_date,
};

/// Version of the rules; part of what agencies agree on.
pub const NORM_VERSION: u16 = tallystick_wire::schema::NORM_VERSION;

/// One raw row.
pub trait RawFields {
    /// The text of a cell by its index in the header; empty when the row is too short.
    fn expose(&self, column: usize) -> &str;

    /// Whether the file itself says that the cell is a date, so that it is `2018-07-04`, perhaps with
    /// a time behind it, whatever the mapping's formats.
    fn is_date(&self, column: usize) -> bool {
        let _ = column;
        false
    }
}

/// Why a row was not normalised.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RowRejection {
    /// Neither name, and no date of birth, number, telephone, address or local number either.
    #[error("the row has no field that could identify anyone")]
    NoIdentifier,
}

impl RowRejection {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoIdentifier => "row-no-identifier",
        }
    }
}

/// Normalises the rows of one export and counts what it meets; one for each thread.
#[derive(Clone, Debug)]
pub struct Normaliser {
    fields: Fields<usize>,
    /// Further values that mean missing, in upper case.
    missing: Vec<String>,
    /// The same for single columns.
    sentinels: BoundSentinels,
    today_year_max: u16,
    counts: FieldCounts,
}

impl Normaliser {
    /// Normaliser of exports that `mapping` fits. Births after `today_year_max` are implausible.
    pub fn new(mapping: &BoundMapping, today_year_max: u16) -> Self {
        Self {
            fields: mapping.fields().clone(),
            missing: mapping.mapping().read().missing.clone(),
            sentinels: mapping.sentinels().clone(),
            today_year_max,
            counts: FieldCounts::default(),
        }
    }

    /// Counts of the rows so far.
    pub fn counts(&self) -> &FieldCounts {
        &self.counts
    }

    /// Replaces the contents of `out` with the identifiers of `row`.
    ///
    /// # Errors
    /// [`RowRejection::NoIdentifier`]; `out` is then empty of linking fields.
    pub fn normalise<R: RawFields>(
        &mut self,
        row: &R,
        out: &mut NormalisedRecord,
    ) -> Result<(), RowRejection> {
        out.clear();
        self.name(row, out);
        self.dob(row, out);
        self.numbers(row, out);
        self.places(row, out);
        out.first.find_codes();
        out.last.find_codes();
        let identifies = !out.first().is_empty()
            || !out.last().is_empty()
            || out.dob.is_some()
            || out.ssn4.is_some()
            || out.phone.is_some()
            || !out.address_street().is_empty()
            || !out.local_id().is_empty();
        self.counts.add_row(!identifies, out.dob_is_default());
        if identifies { Ok(()) } else { Err(RowRejection::NoIdentifier) }
    }

    fn name<R: RawFields>(&mut self, row: &R, out: &mut NormalisedRecord) {
        let cell = |column: &Option<usize>| column.and_then(|column| self.cell(row, column));
        let (outcomes, mapped) = match &self.fields.name {
            NameColumns::Whole { column, format } => {
                (names::from_whole(self.cell(row, *column), *format, out), [true; 4])
            }
            NameColumns::Parts { first, last, middle, suffix } => {
                let cells = NameCells {
                    first: cell(first),
                    last: cell(last),
                    middle: cell(middle),
                    suffix: cell(suffix),
                };
                let mapped = [first, last, middle, suffix].map(Option::is_some);
                (names::from_parts(&cells, out), mapped)
            }
        };
        let NameOutcomes { first, last, middle, suffix } = outcomes;
        for ((field, outcome), mapped) in [
            (Field::First, first),
            (Field::Last, last),
            (Field::Middle, middle),
            (Field::Suffix, suffix),
        ]
        .into_iter()
        .zip(mapped)
        {
            if mapped {
                self.counts.add(field, outcome);
            }
        }
    }

    fn dob<R: RawFields>(&mut self, row: &R, out: &mut NormalisedRecord) {
        let outcome = match &self.fields.dob {
            None => return,
            Some(DobColumns::Whole { column, formats }) => match self.cell(row, *column) {
                Some(cell) if !is_zero_date(cell) => {
                    out.dob =
                        if row.is_date(*column) { typed_date(cell) } else { formats.parse(cell) };
                    Outcome::Invalid
                }
                _ => Outcome::Missing,
            },
            Some(DobColumns::Parts { year, month, day }) => {
                let cells = [*year, *month, *day]
                    .map(|column| self.cell(row, column).filter(|cell| !is_zero_date(cell)));
                if cells.iter().all(Option::is_none) {
                    Outcome::Missing
                } else {
                    out.dob = date_of_parts(cells);
                    Outcome::Invalid
                }
            }
        };
        out.dob = out.dob.filter(|dob| (YEAR_MIN..=self.today_year_max).contains(&dob.year()));
        let outcome = if out.dob.is_some() { Outcome::Present } else { outcome };
        self.counts.add(Field::Dob, outcome);
    }

    fn numbers<R: RawFields>(&mut self, row: &R, out: &mut NormalisedRecord) {
        if let Some(column) = self.fields.ssn {
            let cell = self.cell(row, column);
            out.ssn4 = cell.and_then(numbers::ssn4);
            self.counts.add(Field::Ssn, of_option(cell, out.ssn4.is_some()));
        }
        if let Some(column) = self.fields.phone {
            let cell = self.cell(row, column);
            out.phone = cell.and_then(numbers::phone);
            self.counts.add(Field::Phone, of_option(cell, out.phone.is_some()));
        }
        if let Some(column) = self.fields.sex {
            let found = self.cell(row, column).map(|cell| numbers::sex(cell, &mut out.scratch));
            let outcome = match found {
                None | Some(Some(Sex::Missing)) => Outcome::Missing,
                Some(None) => Outcome::Invalid,
                Some(Some(sex)) => {
                    out.sex = sex;
                    Outcome::Present
                }
            };
            self.counts.add(Field::Sex, outcome);
        }
        if let Some(column) = self.fields.local_id {
            let outcome = self.cell(row, column).map_or(Outcome::Missing, |cell| {
                numbers::local_id(cell, &mut out.scratch, &mut out.local_id)
            });
            self.counts.add(Field::LocalId, outcome);
        }
    }

    fn places<R: RawFields>(&mut self, row: &R, out: &mut NormalisedRecord) {
        let NormalisedRecord { scratch, address_number, address_street, .. } = out;
        if !self.fields.address.is_empty() {
            scratch.clear();
            for column in &self.fields.address {
                if let Some(cell) = self.cell(row, *column) {
                    fold(cell, Marks::Address, scratch);
                }
            }
            let outcome = address::split(scratch.as_str(), address_number, address_street);
            self.counts.add(Field::Address, outcome);
        }
        if let Some(column) = self.fields.city {
            let outcome = self.cell(row, column).map_or(Outcome::Missing, |cell| {
                numbers::joined(cell, &mut out.scratch, &mut out.city)
            });
            self.counts.add(Field::City, outcome);
        }
        if let Some(column) = self.fields.zip {
            let cell = self.cell(row, column);
            let outcome = cell.map_or(Outcome::Missing, |cell| numbers::zip(cell, &mut out.zip));
            self.counts.add(Field::Zip, outcome);
        }
        for (index, attribute) in (0..).zip(&self.fields.attributes) {
            let value = &mut out.attributes[usize::from(index)];
            let outcome = self
                .cell(row, attribute.column)
                .map_or(Outcome::Missing, |cell| numbers::joined(cell, &mut out.scratch, value));
            self.counts.add(Field::Attribute(index), outcome);
        }
    }

    /// The trimmed text of a cell, unless it means missing.
    fn cell<'r, R: RawFields>(&self, row: &'r R, column: usize) -> Option<&'r str> {
        let cell = row.expose(column).trim();
        let is_missing = cell.is_empty()
            || words::is_missing_cell(cell)
            || self.missing.iter().any(|missing| equals_without_case(missing, cell))
            || self.sentinels.of(column).iter().any(|word| equals_without_case(word, cell));
        (!is_missing).then_some(cell)
    }
}

fn of_option(cell: Option<&str>, usable: bool) -> Outcome {
    match (cell, usable) {
        (None, _) => Outcome::Missing,
        (Some(_), true) => Outcome::Present,
        (Some(_), false) => Outcome::Invalid,
    }
}

/// Whether `cell` in upper case is `upper`.
fn equals_without_case(upper: &str, cell: &str) -> bool {
    if cell.is_ascii() {
        upper.eq_ignore_ascii_case(cell)
    } else {
        cell.chars().flat_map(char::to_uppercase).eq(upper.chars())
    }
}

/// Whether a date is all zeros, as databases write an absent one.
fn is_zero_date(cell: &str) -> bool {
    !cell.bytes().any(|byte| byte.is_ascii_alphabetic() || (b'1'..=b'9').contains(&byte))
        && cell.is_ascii()
}

fn date_of_parts(cells: [Option<&str>; 3]) -> Option<CivilDate> {
    let [year, month, day] = cells.map(|cell| {
        let cell = cell?;
        let whole = cell.strip_suffix(".0").unwrap_or(cell);
        let digits = (1..=4).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit());
        if digits { whole.parse::<u16>().ok() } else { None }
    });
    CivilDate::new(year?, u8::try_from(month?).ok()?, u8::try_from(day?).ok()?)
}
