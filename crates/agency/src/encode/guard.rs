//! Watches content for identifiers: a column whose cells equal the row's own name, or look like a
//! social security number, a telephone number or an e-mail address, never leaves.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tallystick_encoder::normalise::NormalisedRecord;
use tallystick_wire::Handle;
use tallystick_wire::content::{Cell, ContentSchema, Part};
use tallystick_wire::leak::LeakGuard;

use super::EncodeError;

/// Rows whose cell equals the row's own name before a column is refused; below, it is chance.
const OWN_NAME_ROWS_MIN: u64 = 3;
/// Share of such rows among all, in percent, from which a column is refused.
const OWN_NAME_PERCENT_MIN: u64 = 1;
/// Distinct values of a column of which it is known how many rows have them. Lists of codes have fewer.
const VALUES_MAX: usize = 1_024;

/// Rows with one value.
#[derive(Clone, Debug, Default)]
struct Value {
    rows: u64,
    own_name: u64,
    first_own_name: u64,
}

/// Rows whose cell equals the row's own name.
///
/// A code that is also a surname (`WHITE`) stands with few of those who have it by chance; a name stands with its own
/// person nearly always. So the rows of a value count where most of all that have it are such.
#[derive(Clone, Debug, Default)]
struct Suspicion {
    /// By a hash of the value; further values are in `rows` alone.
    values: HashMap<u64, Value>,
    rows: u64,
    first_row: Option<u64>,
}

impl Suspicion {
    fn meet(&mut self, code: &str, row: u64, is_own_name: bool) {
        let mut hasher = DefaultHasher::new();
        code.hash(&mut hasher);
        let (key, has_room) = (hasher.finish(), self.values.len() < VALUES_MAX);
        if !has_room && !self.values.contains_key(&key) {
            if is_own_name {
                self.rows += 1;
                self.first_row.get_or_insert(row);
            }
            return;
        }
        let value = self.values.entry(key).or_default();
        if is_own_name && value.own_name == 0 {
            value.first_own_name = row;
        }
        value.rows += 1;
        value.own_name += u64::from(is_own_name);
    }

    /// Rows that are no chance, and the first of them.
    fn rows(&self) -> (u64, u64) {
        let names = self.values.values().filter(|value| value.own_name * 2 > value.rows);
        let (rows, first) = names.fold((self.rows, self.first_row), |(rows, first), value| {
            let known = first.unwrap_or(u64::MAX);
            (rows + value.own_name, Some(known.min(value.first_own_name)))
        });
        (rows, first.unwrap_or_default())
    }
}

/// Watches the content tables of one export.
#[derive(Debug)]
pub(super) struct ContentGuard {
    main: TableGuard,
    further: Vec<TableGuard>,
    rows: u64,
}

/// Watches the columns of one table.
#[derive(Debug)]
struct TableGuard {
    names: Vec<String>,
    own_name: Vec<Suspicion>,
    rows: u64,
    shapes: LeakGuard,
}

impl ContentGuard {
    pub(super) fn new(schema: &ContentSchema, further: &[ContentSchema]) -> Self {
        let named = |schema: &ContentSchema| TableGuard::new(schema, &format!("{}.", schema.table));
        Self {
            main: TableGuard::new(schema, ""),
            further: further.iter().map(named).collect(),
            rows: 0,
        }
    }

    /// Looks at a row with its parts; `records` are the row's own and those of its aliases.
    pub(super) fn row<'r>(
        &mut self,
        handle: Handle,
        records: impl Iterator<Item = &'r NormalisedRecord> + Clone,
        cells: &[Option<Cell>],
        parts: &[Vec<Part>],
    ) {
        let event_day = self.main.shapes.event_day(cells);
        self.main.row(handle, (self.rows, event_day), records.clone(), cells);
        for (guard, parts) in self.further.iter_mut().zip(parts) {
            for part in parts {
                guard.row(handle, (self.rows, event_day), records.clone(), &part.cells);
            }
        }
        self.rows += 1;
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        self.main.finish()?;
        self.further.into_iter().try_for_each(TableGuard::finish)
    }
}

impl TableGuard {
    fn new(schema: &ContentSchema, prefix: &str) -> Self {
        let names = schema.columns.iter().map(|(label, _)| format!("{prefix}{label}"));
        Self {
            names: names.collect(),
            own_name: vec![Suspicion::default(); schema.columns.len()],
            rows: 0,
            shapes: LeakGuard::new(schema),
        }
    }

    fn row<'r>(
        &mut self,
        handle: Handle,
        (row, event_day): (u64, Option<i32>),
        records: impl Iterator<Item = &'r NormalisedRecord> + Clone,
        cells: &[Option<Cell>],
    ) {
        self.rows += 1;
        self.shapes.feed_part(handle, (row, event_day), cells);
        for (suspicion, cell) in self.own_name.iter_mut().zip(cells) {
            let Some(Cell::Code(code)) = cell else { continue };
            let is_own = records.clone().any(|record| is_own_name(code.as_str(), record));
            suspicion.meet(code.as_str(), row + 1, is_own);
        }
    }

    fn finish(self) -> Result<(), EncodeError> {
        for (name, suspicion) in self.names.iter().zip(&self.own_name) {
            let (rows, first_row) = suspicion.rows();
            if rows >= OWN_NAME_ROWS_MIN && rows * 100 >= self.rows * OWN_NAME_PERCENT_MIN {
                return Err(EncodeError::ContentLooksLikeIdentifier {
                    column: name.clone(),
                    looks_like: "name, the row's own",
                    rows,
                    first_row,
                });
            }
        }
        match self.shapes.finish().first() {
            None => Ok(()),
            Some(found) => {
                let label = found.column.as_str();
                let is_it = |name: &&String| name.rsplit('.').next() == Some(label);
                Err(EncodeError::ContentLooksLikeIdentifier {
                    column: self.names.iter().find(is_it).map_or(label, String::as_str).to_owned(),
                    looks_like: found.kind.as_str(),
                    rows: found.rows,
                    first_row: found.first_row + 1,
                })
            }
        }
    }
}

/// Whether the letters of a cell are those of the row's first or last name, or of both.
fn is_own_name(cell: &str, record: &NormalisedRecord) -> bool {
    let (first, last) = (record.first().as_bytes(), record.last().as_bytes());
    let letters =
        || cell.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase());
    let count = letters().count();
    let equals = |parts: [&[u8]; 2]| {
        count >= 3
            && count == parts[0].len() + parts[1].len()
            && letters().eq(parts[0].iter().chain(parts[1]).copied())
    };
    equals([first, &[]]) || equals([last, &[]]) || equals([last, first]) || equals([first, last])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met<'v>(cells: impl Iterator<Item = (&'v str, bool)>) -> (u64, u64) {
        let mut suspicion = Suspicion::default();
        (1..).zip(cells).for_each(|(row, (code, is_own))| suspicion.meet(code, row, is_own));
        suspicion.rows()
    }

    #[test]
    fn a_code_that_is_some_peoples_surname_is_no_name() {
        let white = (0..1_000).map(|row| ("WHITE", row % 10 == 3));
        assert_eq!(met(white.clone()), (0, 0));
        // A name stands with its own person.
        let names = (0..100).map(|row| ("GARCIA", row % 10 != 3));
        assert_eq!(met(white.chain(names)), (90, 1_001));
    }

    #[test]
    fn names_count_however_many_there_are() {
        let texts: Vec<String> = (0..5_000).map(|number| format!("NAME{number}")).collect();
        let found = met(texts.iter().map(|text| (text.as_str(), true)));
        assert_eq!(found, (5_000, 1));
    }
}
