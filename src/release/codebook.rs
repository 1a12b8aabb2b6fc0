//! The codebook: what each file and column holds, for programs and for people.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::{FileWritten, ReleaseError};
use tallystick_dataset::describe::{ColumnDescribed, Shown, TableDescribed};
use tallystick_dataset::file::ReleaseFile;

const NOTES: [&str; 8] = [
    "study_id joins all tables of this release. It cannot be joined to another project's.",
    "rel_day counts days from the person's first dated event over all tables; that event has day \
     0. Columns ending in _rel_day count from the same day and may be negative.",
    "event_quarter and first_event_quarter are calendar quarters, such as 2018Q3. No calendar date \
     is released.",
    "A missing value is an empty field in CSV and null in Parquet. Not observed is missing, never \
     0; a source without an event of a person says nothing outside of its coverage.",
    "in_<source> and records_<source> speak of the submission only.",
    "strict_id splits persons, loose_group_id joins them: repeat an analysis with either to see \
     how much it depends on the linkage.",
    "Rows are sorted by study_id, rel_day and all columns; order carries no other meaning.",
    "Counts below 11 are shown as <11. Where one count alone would follow from the others, the \
     next smallest is shown as suppressed.",
];

#[derive(Serialize)]
struct Codebook<'a> {
    format: &'static str,
    notes: [&'static str; NOTES.len()],
    tables: Vec<TableShown<'a>>,
    files: Vec<FileShown<'a>>,
}

#[derive(Serialize)]
struct FileShown<'a> {
    file: &'a str,
    sha256: String,
    bytes: u64,
}

#[derive(Serialize)]
struct TableShown<'a> {
    table: &'a str,
    label: &'a str,
    files: [String; 2],
    rows: u64,
    columns: Vec<ColumnShown<'a>>,
}

#[derive(Serialize)]
struct ColumnShown<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    label: &'a str,
    derivation: &'a str,
    disclosure_class: &'static str,
    /// Share of rows, rounded to thousandths.
    missing_share: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<ValueShown<'a>>>,
}

#[derive(Serialize)]
struct ValueShown<'a> {
    value: &'a str,
    count: String,
}

fn table(table: &TableDescribed) -> TableShown<'_> {
    TableShown {
        table: &table.name,
        label: &table.label,
        files: ["csv", "parquet"].map(|ending| format!("{}.{ending}", table.name)),
        rows: table.rows,
        columns: table.columns.iter().map(column).collect(),
    }
}

fn column(column: &ColumnDescribed) -> ColumnShown<'_> {
    ColumnShown {
        name: &column.name,
        kind: column.kind.as_str(),
        label: &column.label,
        derivation: &column.derivation,
        disclosure_class: column.class.as_str(),
        missing_share: &column.missing_share,
        values: column.values.as_ref().map(|values| values.iter().map(value_shown).collect()),
    }
}

fn value_shown((value, shown): &(String, Shown)) -> ValueShown<'_> {
    ValueShown { value, count: shown.text() }
}

/// Writes `codebook.json`.
pub(super) fn write(
    dir: &Path,
    tables: &[TableDescribed],
    files: &[FileWritten],
) -> Result<FileWritten, ReleaseError> {
    let name = "codebook.json";
    let files = files.iter().map(|file| FileShown {
        file: &file.name,
        sha256: file.sha256.to_string(),
        bytes: file.bytes,
    });
    let codebook = Codebook {
        format: "tallystick-codebook-1",
        notes: NOTES,
        tables: tables.iter().map(table).collect(),
        files: files.collect(),
    };
    let failed = |cause| ReleaseError::Io { file: name.to_owned(), cause };
    let mut file = ReleaseFile::create(dir, name)?;
    serde_json::to_writer_pretty(&mut file, &codebook)
        .map_err(|cause| failed(io::Error::from(cause)))?;
    io::Write::write_all(&mut file, b"\n").map_err(failed)?;
    Ok(file.finish()?)
}
