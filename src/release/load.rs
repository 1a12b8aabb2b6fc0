//! Reads opened content into compact columns and looks for identifiers in it.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};

use tallystick_wire::content::{Cell, ColumnType, ContentError, ContentReader, ContentSchema};
use tallystick_wire::leak::{LeakFound, LeakGuard};
use tallystick_wire::{Handle, SourceLabel};

use super::column::{DAY_MISSING, FLAG_MISSING, INTEGER_MISSING, TEXT_MISSING, Values, row_count};
use super::contract::{LEFT_OUT, Linked, LinkedSource};
use super::dictionary::Dictionary;
use super::file::Ticker;
use super::people::AGE_BAND;
use super::{ReleaseError, ReleaseLimits};

/// 0001-01-01 to 9999-12-31: years have four digits, and differences of days fit.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

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
    /// Rows of records that are in no table.
    pub(super) rows_left_out: u64,
}

impl LoadedTable {
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
    let mut rows_left = limits.rows_max;
    let (mut tables, mut leaks) = (Vec::new(), Vec::new());
    for (index, input) in contents {
        let sources = linked.sources.len();
        let source =
            linked.sources.get(index).ok_or(ReleaseError::SourceUnknown { index, sources })?;
        let reader = ContentReader::new(BufReader::with_capacity(1 << 16, input))
            .map_err(|cause| ReleaseError::ContentInvalid { source_label: source.source, cause })?;
        let (table, found) = Loader::new(index, source, reader.schema(), limits)?.read(
            reader,
            &mut rows_left,
            ticker,
        )?;
        tables.push(table);
        leaks.extend(found.into_iter().map(|found| (source.source, found)));
    }
    refuse_leaks(leaks)?;
    tables.sort_by_key(|table| (table.schema.table, table.source));
    let mut seen = BTreeSet::new();
    for LoadedTable { source, schema, .. } in &tables {
        if !seen.insert((schema.table, *source)) {
            let source_label = linked.sources[*source].source;
            return Err(ReleaseError::TableRepeated { source_label, table: schema.table });
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

/// A column while it grows.
enum Growing {
    Day(Vec<i32>),
    Integer(Vec<i64>),
    Flag(Vec<u8>),
    Code(Vec<u32>, Dictionary),
}

struct Loader<'a> {
    index: usize,
    source: &'a LinkedSource,
    schema: ContentSchema,
    limits: &'a ReleaseLimits,
    records: Vec<u32>,
    columns: Vec<Growing>,
    rows_left_out: u64,
    /// Record of the last row; a person's rows often come together.
    last: Option<(Handle, u32)>,
}

impl<'a> Loader<'a> {
    fn new(
        index: usize,
        source: &'a LinkedSource,
        schema: &ContentSchema,
        limits: &'a ReleaseLimits,
    ) -> Result<Self, ReleaseError> {
        let (schema, label) = (schema.clone(), source.source);
        if schema.columns.len() > limits.columns_max {
            return Err(passed(label, "columns", "columns_max", row_count(limits.columns_max)));
        }
        let columns = schema.columns.iter().map(|(_, column_type)| match column_type {
            ColumnType::Date => Growing::Day(Vec::new()),
            ColumnType::Integer => Growing::Integer(Vec::new()),
            ColumnType::Flag => Growing::Flag(Vec::new()),
            ColumnType::Code => Growing::Code(Vec::new(), Dictionary::new()),
        });
        let columns = columns.collect();
        let records = Vec::new();
        Ok(Self { index, source, schema, limits, records, columns, rows_left_out: 0, last: None })
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
        let mut guard = LeakGuard::new(&self.schema);
        let mut cells = Vec::new();
        while let Some(handle) = reader.read_row(&mut cells).map_err(invalid)? {
            let rows = self.limits.rows_max;
            *rows_left = rows_left
                .checked_sub(1)
                .filter(|_| self.records.len() < u32::MAX as usize)
                .ok_or_else(|| passed(label, "rows", "rows_max", rows))?;
            let record = self.record(handle)?;
            if self.source.person[record as usize] == LEFT_OUT {
                self.rows_left_out += 1;
                ticker.tick(1)?;
                continue;
            }
            guard.feed_row(handle, &cells);
            self.push(record, &cells)?;
            if self.records.len().is_multiple_of(Ticker::STEP) {
                ticker.tick(row_count(Ticker::STEP))?;
            }
        }
        ticker.tick(row_count(self.records.len() % Ticker::STEP))?;
        Ok((self.finish(), guard.finish()))
    }

    fn push(&mut self, record: u32, cells: &[Option<Cell>]) -> Result<(), ReleaseError> {
        for (place, cell) in cells.iter().enumerate() {
            self.push_cell(place, cell.as_ref())?;
        }
        self.records.push(record);
        Ok(())
    }

    fn record(&mut self, handle: Handle) -> Result<u32, ReleaseError> {
        if let Some((_, record)) = self.last.filter(|(last, _)| *last == handle) {
            return Ok(record);
        }
        let place = self.source.handles.binary_search(&handle);
        let place = place.map_err(|_| ReleaseError::HandleUnknown {
            source_label: self.source.source,
            table: self.schema.table,
            row: row_count(self.records.len()) + self.rows_left_out,
        })?;
        let record = u32::try_from(place).expect("a linkage has fewer than 2^32 records");
        self.last = Some((handle, record));
        Ok(record)
    }

    fn push_cell(&mut self, place: usize, cell: Option<&Cell>) -> Result<(), ReleaseError> {
        let out_of_range = |what| ReleaseError::CellOutOfRange {
            source_label: self.source.source,
            table: self.schema.table,
            column: self.schema.columns[place].0,
            row: row_count(self.records.len()) + self.rows_left_out,
            what,
        };
        match (&mut self.columns[place], cell) {
            (Growing::Day(days), None) => days.push(DAY_MISSING),
            (Growing::Day(days), Some(Cell::Date(day))) => {
                let allowed = self.limits.date_day_min..=self.limits.date_day_max;
                if !allowed.contains(day) || !DAYS.contains(day) {
                    return Err(out_of_range("date outside date_day_min to date_day_max"));
                }
                days.push(*day);
            }
            (Growing::Integer(numbers), None) => numbers.push(INTEGER_MISSING),
            (Growing::Integer(numbers), Some(Cell::Integer(number))) => {
                if *number == INTEGER_MISSING {
                    return Err(out_of_range("number too large"));
                }
                numbers.push(*number);
            }
            (Growing::Flag(flags), None) => flags.push(FLAG_MISSING),
            (Growing::Flag(flags), Some(Cell::Flag(flag))) => flags.push((*flag).into()),
            (Growing::Code(codes, _), None) => codes.push(TEXT_MISSING),
            (Growing::Code(codes, dictionary), Some(Cell::Code(code))) => {
                let (limit, name) = match self.schema.columns[place].0.as_str() {
                    AGE_BAND => (self.limits.age_bands_max, "age_bands_max"),
                    _ => (self.limits.code_distinct_max, "code_distinct_max"),
                };
                let number = dictionary.number(code.as_str()).filter(|number| *number < limit);
                codes.push(number.ok_or_else(|| {
                    passed(self.source.source, "distinct codes in a column", name, limit.into())
                })?);
            }
            _ => return Err(out_of_range("not of the column's type")),
        }
        Ok(())
    }

    fn finish(self) -> LoadedTable {
        let columns = self.columns.into_iter().map(|column| match column {
            Growing::Day(days) => Values::Day(days),
            Growing::Integer(numbers) => Values::Integer(numbers),
            Growing::Flag(flags) => Values::Flag(flags),
            Growing::Code(mut codes, dictionary) => {
                let (texts, places) = dictionary.into_sorted();
                for code in codes.iter_mut().filter(|code| **code != TEXT_MISSING) {
                    *code = places[*code as usize];
                }
                Values::Text(codes, texts)
            }
        });
        let columns = columns.collect();
        LoadedTable {
            source: self.index,
            schema: self.schema,
            records: self.records,
            columns,
            rows_left_out: self.rows_left_out,
        }
    }
}

fn passed(
    source_label: SourceLabel,
    what: &'static str,
    name: &'static str,
    limit: u64,
) -> ReleaseError {
    ReleaseError::LimitPassed { source_label, what, name, limit }
}
