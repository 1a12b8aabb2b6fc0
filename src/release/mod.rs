//! The release tables: what evaluators get.
//!
//! Takes the linkage and each source's opened content, gives a person table, one event table for
//! each content table and source, tables of the events' parts, and a codebook, as CSV and as Parquet. Refuses content that looks
//! like an identifier, before anything is written.
//!
//! Whoever reads the tables learns no handle, token or calendar date: persons carry keyed ids,
//! dates are days since the person's first event beside the quarter of each event, and rows are sorted by
//! the keyed ids, so the order of the exports does not survive. What the tables do not promise is
//! that rare combinations are hidden; that is the disclosure check's part.

mod codebook;
pub mod contract;
mod day;
pub mod desk;
mod error;
mod events;
mod growing;
mod ids;
mod limits;
mod load;
mod parts;
mod people;
pub mod requests;
pub mod study;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use tallystick_wire::{ColumnLabel, SourceLabel};

use contract::Linked;
pub use error::ReleaseError;
pub use limits::ReleaseLimits;
use load::LoadedTable;
use people::People;
pub use tallystick_dataset::FileWritten;
use tallystick_dataset::column::{Table, row_count};
use tallystick_dataset::describe::{TableDescribed, describe};
use tallystick_dataset::file::Ticker;
use tallystick_dataset::{csv_file, parquet_file};

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableSummary {
    /// Rows of the person table.
    pub persons: u64,
    /// The event tables, by file name.
    pub tables: Vec<TableWritten>,
    /// Content rows of records that are in no table.
    pub rows_left_out: u64,
    /// Every file with its digest, the codebook last.
    pub files: Vec<FileWritten>,
}

/// One event table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableWritten {
    /// File name without its ending.
    pub file: String,
    /// Name of the content table.
    pub table: ColumnLabel,
    /// Where it comes from.
    pub source: SourceLabel,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: usize,
}

/// Writes the release tables into `dir`, which exists and is empty.
///
/// `contents` are opened content sections with the index of their source in `linked`; their order
/// does not matter; rows of records that the linkage leaves out are counted and not written.
/// `study_id_key` belongs to one project, so ids of two projects do not join.
/// `progress` gets the rows done so far: each content row counts once when read and once when
/// written, each person once. Where this fails or `cancel` says so, `dir` may hold part of the
/// files; the caller removes it.
///
/// Memory: about `16 + 4 * columns` bytes for each content row, and the distinct codes.
///
/// # Errors
/// Content that is damaged, does not belong to the linkage, passes a limit or looks like an
/// identifier; a linkage that breaks its contract; a disk that fails.
pub fn write_tables(
    linked: &Linked,
    contents: Vec<(usize, Box<dyn Read + '_>)>,
    study_id_key: &[u8; 32],
    limits: &ReleaseLimits,
    dir: &Path,
    progress: &dyn Fn(u64),
    cancel: &dyn Fn() -> bool,
) -> Result<TableSummary, ReleaseError> {
    let io = |cause| ReleaseError::Io { file: ".".to_owned(), cause };
    if fs::read_dir(dir).map_err(io)?.next().is_some() {
        return Err(ReleaseError::DirectoryNotEmpty);
    }
    let mut ticker = Ticker::new(progress, cancel);
    let mut people = People::new(linked, study_id_key)?;
    let loaded = load::load(linked, contents, limits, &mut ticker)?;
    people.observe(linked, &loaded);

    let mut written = Written::default();
    let persons = people.table(linked);
    let person_rows = written.add(dir, &persons, limits, &mut ticker)?;
    let names = table_names(linked, &loaded);
    let rows_left_out = loaded.iter().map(|table| table.rows_left_out).sum();
    let mut tables = Vec::new();
    for (loaded, names) in loaded.into_iter().zip(names) {
        let labels: Vec<(ColumnLabel, usize)> = loaded.labels().collect();
        for ((table, source), events) in
            labels.into_iter().zip(events::tables(linked, &people, loaded, names))
        {
            let rows = written.add(dir, &events, limits, &mut ticker)?;
            let (source, columns) = (linked.sources[source].source, events.columns.len());
            tables.push(TableWritten { file: events.name, table, source, rows, columns });
        }
    }
    written.files.push(codebook::write(dir, &written.described, &written.files)?);
    Ok(TableSummary { persons: person_rows, tables, rows_left_out, files: written.files })
}

#[derive(Default)]
struct Written {
    described: Vec<TableDescribed>,
    files: Vec<FileWritten>,
}

impl Written {
    fn add(
        &mut self,
        dir: &Path,
        table: &Table,
        limits: &ReleaseLimits,
        ticker: &mut Ticker<'_>,
    ) -> Result<u64, ReleaseError> {
        self.files.push(csv_file::write(dir, table, ticker)?);
        self.files.push(parquet_file::write(dir, table, limits.parquet_group_rows, ticker)?);
        self.described.push(describe(table));
        Ok(row_count(table.rows))
    }
}

/// File names: the table's own, with its source where several sources have such a table.
fn table_names(linked: &Linked, loaded: &[LoadedTable]) -> Vec<Vec<String>> {
    let mut taken = BTreeSet::from(["persons".to_owned(), "codebook".to_owned()]);
    let labels: Vec<ColumnLabel> =
        loaded.iter().flat_map(LoadedTable::labels).map(|(label, _)| label).collect();
    let mut name = |(label, source): (ColumnLabel, usize)| {
        let shared = labels.iter().filter(|other| **other == label).count() > 1;
        let source = linked.sources[source].source;
        let wanted = if shared { format!("{label}_{source}") } else { label.to_string() };
        free_name(wanted, &mut taken)
    };
    loaded.iter().map(|table| table.labels().map(&mut name).collect()).collect()
}

/// The name, or with the first number from 2 that makes it one of its own.
fn free_name(wanted: String, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}
