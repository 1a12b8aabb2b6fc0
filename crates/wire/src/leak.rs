//! Content that looks like an identifier: the last look before it is sealed, and again when opened.
//!
//! Takes the cells of a content section row by row, gives nothing or the columns to refuse.
//! Catches a mapping that sends a name, a number or a date of birth as content. It judges shapes,
//! so it does not promise that text without such a shape names nobody.

mod shape;

use std::collections::BTreeSet;

use crate::content::{Cell, ColumnType, ContentSchema};
use crate::types::{ColumnLabel, Handle};

pub use shape::looks_like_identifier;

/// Fewest cells with a value before a share of a column says anything.
const CELLS_MIN: u64 = 20;
/// Fewest distinct values that can be identifiers of people rather than a list of codes.
const DISTINCT_MIN: u64 = 11;
/// A date this many days before the event (15 years), in most rows, is a date of birth.
const BIRTH_DAYS_MIN: i32 = 5_479;
/// Years by which an event number may be older than the event that cites it.
const EVENT_NUMBER_YEARS_MAX: i32 = 2;
/// Hashes a sketch keeps; exact below, about 2 % off above.
const SKETCH_HASHES_MAX: usize = 2_048;

/// What a column looks like.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum LeakKind {
    /// `ddd-dd-dddd`.
    Ssn = 0,
    /// `(ddd) ddd-dddd`, `ddd-ddd-dddd`, `ddd.ddd.dddd`, `+1...`.
    Phone = 1,
    /// `x@y.z`.
    Email = 2,
    /// `LAST, FIRST`.
    NameLike = 3,
    /// Nine digits in most rows, as of a social security number.
    NineDigits = 4,
    /// Ten digits in most rows, as of a telephone number.
    TenDigits = 5,
    /// Dates many years before the event in most rows, as of birth.
    BirthDate = 6,
}

impl LeakKind {
    const ALL: [Self; 7] = [
        Self::Ssn,
        Self::Phone,
        Self::Email,
        Self::NameLike,
        Self::NineDigits,
        Self::TenDigits,
        Self::BirthDate,
    ];

    /// The kind in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ssn => "social security number",
            Self::Phone => "telephone number",
            Self::Email => "e-mail address",
            Self::NameLike => "name of a person",
            Self::NineDigits => "nine-digit number",
            Self::TenDigits => "ten-digit number",
            Self::BirthDate => "date of birth",
        }
    }

    /// Whether one cell is enough; the other kinds count by their share of a column.
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Ssn | Self::Phone | Self::Email)
    }
}

/// A column that looks like an identifier. Never holds a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LeakFound {
    /// Table of the column.
    pub table: ColumnLabel,
    /// The column.
    pub column: ColumnLabel,
    /// What it looks like.
    pub kind: LeakKind,
    /// Rows with such a cell.
    pub rows: u64,
    /// First of them, from 0.
    pub first_row: u64,
}

/// Looks at every cell of a content section; refuses at the end.
///
/// - One SSN, telephone number or e-mail address refuses its column.
/// - `LAST, FIRST` refuses if at least 20 rows and more than 20 % of the column have it.
/// - Nine or ten digits refuse if more than half of at least 20 values have them, unless three in
///   four begin with the event's year or one of the two before: those are incident and case numbers.
/// - For both, more than half of the values must be distinct, a value that a handle repeats counted
///   once: a person's name returns with each of the person's events, a charge with other persons.
/// - Dates refuse if more than half of at least 20 lie 15 years or more before the event.
#[derive(Debug)]
pub struct LeakGuard {
    table: ColumnLabel,
    event_date: Option<usize>,
    columns: Vec<ColumnState>,
    row: u64,
}

#[derive(Debug)]
struct ColumnState {
    label: ColumnLabel,
    column_type: ColumnType,
    /// Cells that could have been of a kind: values, or for dates those beside an event date.
    cells: u64,
    tallies: [Tally; LeakKind::ALL.len()],
}

#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    first_row: u64,
    /// Rows whose number begins with a year near the event's.
    event_numbers: u64,
    values: Sketch,
    /// Values with the handle that has them.
    held: Sketch,
}

impl LeakGuard {
    /// A guard for one content section.
    pub fn new(schema: &ContentSchema) -> Self {
        let columns = schema.columns.iter().map(|(label, column_type)| ColumnState {
            label: *label,
            column_type: *column_type,
            cells: 0,
            tallies: Default::default(),
        });
        Self {
            table: schema.table,
            event_date: schema.event_date.map(usize::from),
            columns: columns.collect(),
            row: 0,
        }
    }

    /// Looks at the next row.
    ///
    /// # Panics
    /// If the row has another number of cells than the schema has columns.
    pub fn feed_row(&mut self, handle: Handle, cells: &[Option<Cell>]) {
        self.feed_part(handle, (self.row, self.event_day(cells)), cells);
        self.row += 1;
    }

    /// The day of a row's event, since 1970-01-01.
    pub fn event_day(&self, cells: &[Option<Cell>]) -> Option<i32> {
        match cells[self.event_date?] {
            Some(Cell::Date(day)) => Some(day),
            _ => None,
        }
    }

    /// Looks at a row of a table whose rows are parts of events: `row` is the number of the event's
    /// row from 0, by which a finding is named, and `event_day` its day.
    ///
    /// # Panics
    /// If the row has another number of cells than the schema has columns.
    pub fn feed_part(
        &mut self,
        handle: Handle,
        (row, event_day): (u64, Option<i32>),
        cells: &[Option<Cell>],
    ) {
        assert_eq!(cells.len(), self.columns.len(), "a row has one cell per column");
        for (place, (state, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            let is_event_date = self.event_date == Some(place);
            match cell {
                Some(Cell::Date(day)) if !is_event_date => {
                    state.feed_date(*day, event_day, row);
                }
                Some(Cell::Code(code)) => {
                    state.feed_code(handle, code.as_str(), event_day, row);
                }
                Some(Cell::Integer(number)) => {
                    state.feed_integer(handle, *number, event_day, row);
                }
                _ => {}
            }
        }
    }

    /// The columns to refuse, in the order of the schema; one finding for each.
    pub fn finish(self) -> Vec<LeakFound> {
        let table = self.table;
        let found = self.columns.iter().filter_map(|state| {
            let kind = LeakKind::ALL.into_iter().find(|kind| state.refuses(*kind))?;
            let Tally { rows, first_row, .. } = state.tallies[kind as usize];
            Some(LeakFound { table, column: state.label, kind, rows, first_row })
        });
        found.collect()
    }
}

impl ColumnState {
    fn feed_date(&mut self, day: i32, event_day: Option<i32>, row: u64) {
        let Some(event_day) = event_day else { return };
        self.cells += 1;
        if event_day.saturating_sub(day) >= BIRTH_DAYS_MIN {
            self.tallies[LeakKind::BirthDate as usize].count(row);
        }
    }

    fn feed_code(&mut self, handle: Handle, text: &str, event_day: Option<i32>, row: u64) {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // Ten digits always fit; longer numbers are of no kind.
            self.feed_number(handle, text.len(), text.parse().unwrap_or(0), event_day, row);
            return;
        }
        self.cells += 1;
        if let Some(kind) = looks_like_identifier(text) {
            self.tallies[kind as usize].count(row);
            if !kind.is_certain() {
                self.tallies[kind as usize].sketch(handle, text.as_bytes());
            }
        }
    }

    fn feed_integer(&mut self, handle: Handle, number: i64, event_day: Option<i32>, row: u64) {
        let number = u64::try_from(number).unwrap_or(0);
        let digits = usize::try_from(number.checked_ilog10().unwrap_or(0) + 1).unwrap_or(0);
        self.feed_number(handle, digits, number, event_day, row);
    }

    fn feed_number(
        &mut self,
        handle: Handle,
        digits: usize,
        number: u64,
        event_day: Option<i32>,
        row: u64,
    ) {
        self.cells += 1;
        let kind = match digits {
            9 => LeakKind::NineDigits,
            10 => LeakKind::TenDigits,
            _ => return,
        };
        let tally = &mut self.tallies[kind as usize];
        tally.count(row);
        tally.sketch(handle, &number.to_le_bytes());
        tally.event_numbers += u64::from(event_day.is_some_and(|day| {
            let near = |year: u64, of_century: bool| {
                (0..=EVENT_NUMBER_YEARS_MAX).any(|back| {
                    let wanted = year_of(day) - back;
                    u64::try_from(if of_century { wanted.rem_euclid(100) } else { wanted })
                        == Ok(year)
                })
            };
            // A telephone number may well begin with 20 or 21, never with 2018 in most rows.
            match kind {
                LeakKind::NineDigits => {
                    near(number / 10_000_000, true) || near(number / 100_000, false)
                }
                _ => near(number / 1_000_000, false),
            }
        }));
    }

    fn refuses(&self, kind: LeakKind) -> bool {
        let tally = &self.tallies[kind as usize];
        let most = tally.rows * 2 > self.cells && self.cells >= CELLS_MIN;
        match kind {
            LeakKind::Ssn | LeakKind::Phone | LeakKind::Email => tally.rows > 0,
            LeakKind::NameLike => {
                tally.rows >= CELLS_MIN && tally.rows * 5 > self.cells && tally.is_mostly_distinct()
            }
            LeakKind::NineDigits | LeakKind::TenDigits => {
                most && tally.is_mostly_distinct() && tally.event_numbers * 4 < tally.rows * 3
            }
            LeakKind::BirthDate => self.column_type == ColumnType::Date && most,
        }
    }
}

impl Tally {
    fn count(&mut self, row: u64) {
        if self.rows == 0 {
            self.first_row = row;
        }
        self.rows += 1;
    }

    fn sketch(&mut self, handle: Handle, value: &[u8]) {
        self.values.insert(hash(&[value]));
        self.held.insert(hash(&[&handle.0, value]));
    }

    fn is_mostly_distinct(&self) -> bool {
        let distinct = self.values.distinct();
        distinct >= DISTINCT_MIN && distinct * 2 > self.held.distinct()
    }
}

/// Estimates distinct values from the smallest of their hashes (Bar-Yossef et al. 2002,
/// DOI 10.1007/3-540-45726-7_1): `(k - 1) * 2^64 / k-th smallest`.
#[derive(Debug, Default)]
struct Sketch(BTreeSet<u64>);

impl Sketch {
    fn insert(&mut self, hash: u64) {
        if self.0.len() < SKETCH_HASHES_MAX {
            self.0.insert(hash);
        } else if self.0.last().is_some_and(|largest| hash < *largest) && self.0.insert(hash) {
            self.0.pop_last();
        }
    }

    fn distinct(&self) -> u64 {
        let kept = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        match self.0.last() {
            Some(largest) if self.0.len() == SKETCH_HASHES_MAX => {
                let scaled = (u128::from(kept - 1) << 64) / u128::from(*largest).max(1);
                u64::try_from(scaled).unwrap_or(u64::MAX)
            }
            _ => kept,
        }
    }
}

/// FNV-1a over the parts, then the finaliser of SplitMix64 to spread it over all bits.
fn hash(parts: &[&[u8]]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let folded = parts
        .iter()
        .flat_map(|part| part.iter())
        .fold(start, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (folded ^ (folded >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Year of a day since 1970-01-01, right but for a day or two around New Year.
fn year_of(day: i32) -> i32 {
    let years = (i64::from(day) * 400).div_euclid(146_097);
    1970 + i32::try_from(years).expect("a day count divided by 365 fits")
}

#[cfg(test)]
mod tests;
