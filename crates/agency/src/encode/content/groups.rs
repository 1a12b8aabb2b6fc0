//! Takes the repetitions that stand in one row, gives a row of a further table for each that holds
//! anything; none is lost.

use std::collections::BTreeMap;

use tallystick_encoder::mapping::{CellSource, ContentColumn, Group};
use tallystick_encoder::normalise::RawFields;
use tallystick_wire::content::{Cell, Part};

use super::cells::{Outcome, Shared};
use super::{ContentCounts, Counter};
use crate::encode::report::{Places, RowPlace};

/// Most entries of a cell that is split.
pub(crate) const GROUP_ENTRIES_MAX: usize = 1_000;

/// A row whose cells hold more entries than are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooManyEntries {
    pub(crate) place: RowPlace,
}

/// Reads one further table.
#[derive(Debug)]
pub(super) struct GroupReader {
    group: Group<usize>,
    pub(super) counts: Vec<Counter>,
    pub(super) uneven: Places,
    pub(super) rows: u64,
}

/// A row whose cells are read entry by entry.
struct Entries<'a, R> {
    row: &'a R,
    entries: BTreeMap<usize, Vec<&'a str>>,
    at: usize,
}

impl<R: RawFields> RawFields for Entries<'_, R> {
    fn expose(&self, column: usize) -> &str {
        match self.entries.get(&column) {
            Some(entries) => entries.get(self.at).copied().unwrap_or(""),
            None => self.row.expose(column),
        }
    }
}

impl GroupReader {
    pub(super) fn new(group: &Group<usize>) -> Self {
        let columns = group.repetitions.first().map_or(&[][..], |first| &first.columns);
        let name = |column: &ContentColumn<usize>| format!("{}.{}", group.table, column.name);
        let counts = columns.iter().map(|column| Counter::new(name(column))).collect();
        Self { group: group.clone(), counts, uneven: Places::default(), rows: 0 }
    }

    /// The counts of its columns.
    pub(super) fn counts(&self) -> impl Iterator<Item = &ContentCounts> {
        self.counts.iter().map(|counter| &counter.counts)
    }

    /// Refills `parts` with the repetitions of a row; `main` are the cells of the row itself.
    pub(super) fn read(
        &mut self,
        shared: &Shared,
        row: &impl RawFields,
        main: &[Option<Cell>],
        place: RowPlace,
        parts: &mut Vec<Part>,
    ) -> Result<(), TooManyEntries> {
        parts.clear();
        let Self { group, counts, uneven, .. } = self;
        match &group.split {
            None => {
                for repetition in &group.repetitions {
                    let columns = &repetition.columns;
                    if let Some(cells) = cells(shared, columns, row, main, place, counts) {
                        parts.push(Part { seq: repetition.seq, cells });
                    }
                }
            }
            Some(split) => {
                let columns = &group.repetitions[0].columns;
                let mut entries = split_cells(shared, columns, row, split);
                let lengths = || entries.entries.values().map(Vec::len);
                let longest = lengths().max().unwrap_or(0);
                if longest > GROUP_ENTRIES_MAX {
                    return Err(TooManyEntries { place });
                }
                if lengths().any(|length| length != longest) {
                    uneven.add(place);
                }
                for at in 0..longest {
                    entries.at = at;
                    if let Some(cells) = cells(shared, columns, &entries, main, place, counts) {
                        let seq = u16::try_from(at + 1).expect("entries are limited");
                        parts.push(Part { seq, cells });
                    }
                }
            }
        }
        self.rows += parts.len() as u64;
        Ok(())
    }
}

/// The cells of one repetition; `None`, uncounted, if all that repeats is missing.
fn cells(
    shared: &Shared,
    columns: &[ContentColumn<usize>],
    row: &impl RawFields,
    main: &[Option<Cell>],
    place: RowPlace,
    counts: &mut [Counter],
) -> Option<Vec<Option<Cell>>> {
    let is_empty = columns.iter().all(|column| match &column.source {
        CellSource::Column { column: index, repeats: true } => {
            shared.is_missing(column, row.expose(*index).trim())
        }
        _ => true,
    });
    if is_empty {
        return None;
    }
    let mut cells = Vec::with_capacity(columns.len());
    shared.read(columns, row, main, &mut cells, &mut |column, outcome: Outcome| {
        counts[column].count(outcome, place);
    });
    Some(cells)
}

/// The entries of each column that is split. A cell that is missing as a whole has none, and what is
/// empty at the end of a cell is no entry.
fn split_cells<'a, R: RawFields>(
    shared: &Shared,
    columns: &[ContentColumn<usize>],
    row: &'a R,
    split: &str,
) -> Entries<'a, R> {
    let mut entries = BTreeMap::new();
    for column in columns {
        let CellSource::Column { column: index, .. } = &column.source else { continue };
        let text = row.expose(*index).trim();
        let mut found: Vec<&str> = Vec::new();
        if !shared.is_missing(column, text) {
            found.extend(text.split(split).map(str::trim));
        }
        while found.last().is_some_and(|entry| entry.is_empty()) {
            found.pop();
        }
        entries.insert(*index, found);
    }
    Entries { row, entries, at: 0 }
}

#[cfg(test)]
mod tests;
