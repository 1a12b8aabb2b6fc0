//! Reads opened content into compact columns and looks for identifiers in it.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};

use tallystick_wire::content::{ContentError, ContentReader, ContentSchema};
use tallystick_wire::leak::{LeakFound, LeakGuard};
use tallystick_wire::{ColumnLabel, Handle, SourceLabel};

use super::contract::{LEFT_OUT, Linked, LinkedSource};
use super::growing::Growing;
use super::parts::{GrowingParts, LoadedParts};
use super::{ReleaseError, ReleaseLimits};
use tallystick_dataset::column::{Values, row_count};
use tallystick_dataset::file::Ticker;

/// One content section in memory.
#[derive(Debug)]
pub(super) struct LoadedTable {
    /// Index of the source in the linkage.
    pub(super) source: usize,
    pub(super) schema: ContentSchema,
    /// By row: index of the record in the source.
    pub(super) records: Vec<u32>,
    /// Cells; days since 1970-01-01.
    pub(super) columns: Vec<Values>,
    /// Further tables, whose rows are parts of these.
    pub(super) further: Vec<LoadedParts>,
    /// Rows of records that are in no table, parts included.
    pub(super) rows_left_out: u64,
}

impl LoadedTable {
    /// Names of its tables, the main one first, with the source.
    pub(super) fn labels(&self) -> impl Iterator<Item = (ColumnLabel, usize)> + '_ {
        let further = self.further.iter().map(|parts| parts.schema.table);
        std::iter::once(self.schema.table).chain(further).map(|table| (table, self.source))
    }

    /// Days of the events since 1970-01-01, if the table dates them.
    pub(super) fn event_days(&self) -> Option<&[i32]> {
        match &self.columns[usize::from(self.schema.event_date?)] {
            Values::Day(days) => Some(days),
            _ => None,
        }
    }
}

/// Reads all content; the tables come sorted by name and source, whatever the order given.
pub(super) fn load(
    linked: &Linked,
    contents: Vec<(usize, Box<dyn Read + '_>)>,
    limits: &ReleaseLimits,
    ticker: &mut Ticker<'_>,
) -> Result<Vec<LoadedTable>, ReleaseError> {
    if contents.len() > limits.tables_max {
        return Err(ReleaseError::TooManyTables { limit: limits.tables_max });
    }
    let (mut rows_left, mut tables_count) = (limits.rows_max, 0);
    let (mut tables, mut leaks) = (Vec::new(), Vec::new());
    for (index, input) in contents {
        let sources = linked.sources.len();
        let source =
            linked.sources.get(index).ok_or(ReleaseError::SourceUnknown { index, sources })?;
        let reader = ContentReader::new(BufReader::with_capacity(1 << 16, input))
            .map_err(|cause| ReleaseError::ContentInvalid { source_label: source.source, cause })?;
        tables_count += 1 + reader.further().count();
        if tables_count > limits.tables_max {
            return Err(ReleaseError::TooManyTables { limit: limits.tables_max });
        }
        let loader = Loader::new(index, source, &reader, limits)?;
        let (table, found) = loader.read(reader, &mut rows_left, ticker)?;
        tables.push(table);
        leaks.extend(found.into_iter().map(|found| (source.source, found)));
    }
    refuse_leaks(leaks)?;
    tables.sort_by_key(|table| (table.schema.table, table.source));
    let mut seen = BTreeSet::new();
    for loaded in &tables {
        for (table, source) in loaded.labels() {
            if !seen.insert((table, source)) {
                let source_label = linked.sources[source].source;
                return Err(ReleaseError::TableRepeated { source_label, table });
            }
        }
    }
    Ok(tables)
}

fn refuse_leaks(mut leaks: Vec<(SourceLabel, LeakFound)>) -> Result<(), ReleaseError> {
    leaks.sort_by_key(|(source, found)| (*source, found.table));
    match leaks.first() {
        None => Ok(()),
        Some((source_label, found)) => Err(ReleaseError::LooksLikeIdentifier {
            source_label: *source_label,
            found: *found,
            others: leaks.len() - 1,
        }),
    }
}

struct Loader<'a> {
    index: usize,
    source: &'a LinkedSource,
    limits: &'a ReleaseLimits,
    main: Growing,
    further: Vec<GrowingParts>,
    records: Vec<u32>,
    /// Rows read so far, without parts.
    row: u64,
    rows_left_out: u64,
    /// Record of the last row; a person's rows often come together.
    last: Option<(Handle, u32)>,
}

impl<'a> Loader<'a> {
    fn new<R: Read>(
        index: usize,
        source: &'a LinkedSource,
        reader: &ContentReader<R>,
        limits: &'a ReleaseLimits,
    ) -> Result<Self, ReleaseError> {
        let label = source.source;
        let growing = |schema: &ContentSchema| Growing::new(schema, label, limits);
        let further = reader.further().map(|schema| growing(schema).map(GrowingParts::new));
        Ok(Self {
            index,
            source,
            limits,
            main: growing(reader.schema())?,
            further: further.collect::<Result<_, _>>()?,
            records: Vec::new(),
            row: 0,
            rows_left_out: 0,
            last: None,
        })
    }

    fn read<R: Read>(
        mut self,
        mut reader: ContentReader<R>,
        rows_left: &mut u64,
        ticker: &mut Ticker<'_>,
    ) -> Result<(LoadedTable, Vec<LeakFound>), ReleaseError> {
        let label = self.source.source;
        let invalid =
            |cause: ContentError| ReleaseError::ContentInvalid { source_label: label, cause };
        let mut guard = LeakGuard::new(self.main.schema());
        let (mut cells, mut parts) = (Vec::new(), Vec::new());
        while let Some(handle) = reader.read_parts(&mut cells, &mut parts).map_err(invalid)? {
            let rows = self.limits.rows_max;
            let more = 1 + parts.iter().map(|parts| row_count(parts.len())).sum::<u64>();
            *rows_left = rows_left
                .checked_sub(more)
                .filter(|_| self.records.len() < u32::MAX as usize)
                .ok_or_else(|| passed(label, "rows", "rows_max", rows))?;
            let record = self.record(handle)?;
            let row = self.row;
            self.row += 1;
            if self.source.person[record as usize] == LEFT_OUT {
                self.rows_left_out += more;
                ticker.tick(more)?;
                continue;
            }
            guard.feed_row(handle, &cells);
            self.main.push(&cells, row)?;
            for (further, parts) in self.further.iter_mut().zip(&parts) {
                further.push(parts, handle, (row, guard.event_day(&cells)))?;
            }
            self.records.push(record);
            if self.records.len().is_multiple_of(Ticker::STEP) {
                ticker.tick(row_count(Ticker::STEP))?;
            }
        }
        let parts: u64 = self.further.iter().map(GrowingParts::count).sum();
        ticker.tick(row_count(self.records.len() % Ticker::STEP) + parts)?;
        let mut found = guard.finish();
        let further = self.further.into_iter().map(|further| {
            let (parts, leaks) = further.finish();
            found.extend(leaks);
            parts
        });
        let further = further.collect();
        let (schema, columns) = self.main.finish();
        let table = LoadedTable {
            source: self.index,
            schema,
            records: self.records,
            columns,
            further,
            rows_left_out: self.rows_left_out,
        };
        Ok((table, found))
    }

    fn record(&mut self, handle: Handle) -> Result<u32, ReleaseError> {
        if let Some((_, record)) = self.last.filter(|(last, _)| *last == handle) {
            return Ok(record);
        }
        let place = self.source.handles.binary_search(&handle);
        let place = place.map_err(|_| ReleaseError::HandleUnknown {
            source_label: self.source.source,
            table: self.main.schema().table,
            row: self.row,
        })?;
        let record = u32::try_from(place).expect("a linkage has fewer than 2^32 records");
        self.last = Some((handle, record));
        Ok(record)
    }
}

pub(super) fn passed(
    source_label: SourceLabel,
    what: &'static str,
    name: &'static str,
    limit: u64,
) -> ReleaseError {
    ReleaseError::LimitPassed { source_label, what, name, limit }
}
