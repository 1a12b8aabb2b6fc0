//! Contents and linkages made up for tests, and ways to read what was written.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use parquet::file::reader::SerializedFileReader;
use parquet::record::Field;
use tallystick_wire::content::{Cell, Code, ColumnType, ContentSchema, ContentWriter, Part};
use tallystick_wire::{ColumnLabel, Handle, SourceLabel, SourceType};

use crate::release::contract::{Linked, LinkedSource};
use crate::release::{ReleaseError, ReleaseLimits, TableSummary, write_tables};

pub(super) const KEY: [u8; 32] = [7; 32];

pub(super) type Row = (u8, Vec<Option<Cell>>);
pub(super) type RowWithParts = (u8, Vec<Option<Cell>>, Vec<Part>);
pub(super) type Contents = Vec<(usize, Box<dyn Read>)>;

pub(super) fn label(text: &str) -> ColumnLabel {
    ColumnLabel::parse(text).unwrap()
}

pub(super) fn code(text: &str) -> Option<Cell> {
    Some(Cell::Code(Code::parse(text).unwrap()))
}

pub(super) fn day(day: i32) -> Option<Cell> {
    Some(Cell::Date(day))
}

pub(super) fn number(number: i64) -> Option<Cell> {
    Some(Cell::Integer(number))
}

pub(super) fn handle(number: u8) -> Handle {
    Handle([number; 16])
}

pub(super) fn source(
    name: &str,
    source_type: SourceType,
    records: &[(u8, u32, u32, u32)],
) -> LinkedSource {
    LinkedSource {
        source: SourceLabel::parse(name).unwrap(),
        source_type,
        handles: records.iter().map(|record| handle(record.0)).collect(),
        row_counts: vec![1; records.len()],
        person: records.iter().map(|record| record.1).collect(),
        strict: records.iter().map(|record| record.2).collect(),
        loose: records.iter().map(|record| record.3).collect(),
        imputed: vec![records.iter().map(|record| record.2).collect()],
    }
}

/// Person 0: court and police, two strict persons. 1: police. 2: provider, loosely person 1.
pub(super) fn linked() -> Linked {
    Linked {
        sources: vec![
            source("court", SourceType::Court, &[(5, 0, 0, 0)]),
            source("police", SourceType::Police, &[(1, 0, 3, 0), (2, 1, 1, 1)]),
            source("shelter", SourceType::Provider, &[(9, 2, 2, 1)]),
        ],
        person_count: 3,
        link_permille_min: vec![987, 1000, 1000],
        flagged: vec![true, false, false],
    }
}

pub(super) fn content(
    table: &str,
    event_date: Option<u16>,
    columns: &[(&str, ColumnType)],
    rows: &[Row],
) -> Vec<u8> {
    let columns = columns.iter().map(|(name, kind)| (label(name), *kind)).collect();
    let schema = ContentSchema { table: label(table), event_date, columns };
    let mut writer = ContentWriter::new(Vec::new(), &schema).unwrap();
    for (record, cells) in rows {
        writer.write_row(handle(*record), cells).unwrap();
    }
    writer.finish().unwrap()
}

/// Content with one further table; the first column dates the events.
pub(super) fn content_with_parts(
    table: &str,
    columns: &[(&str, ColumnType)],
    (further, further_columns): (&str, &[(&str, ColumnType)]),
    rows: &[RowWithParts],
) -> Vec<u8> {
    let schema = |table, event_date, columns: &[(&str, ColumnType)]| ContentSchema {
        table: label(table),
        event_date,
        columns: columns.iter().map(|(name, kind)| (label(name), *kind)).collect(),
    };
    let further = [schema(further, None, further_columns)];
    let main = schema(table, Some(0), columns);
    let mut writer = ContentWriter::with_further(Vec::new(), &main, &further).unwrap();
    for (record, cells, parts) in rows {
        writer.write_parts(handle(*record), cells, std::slice::from_ref(parts)).unwrap();
    }
    writer.finish().unwrap()
}

pub(super) const ARREST: [(&str, ColumnType); 6] = [
    ("arrest_date", ColumnType::Date),
    ("statute", ColumnType::Code),
    ("counts", ColumnType::Integer),
    ("warrant", ColumnType::Flag),
    ("release_date", ColumnType::Date),
    ("age_band", ColumnType::Code),
];

pub(super) fn arrests() -> Vec<Row> {
    let flag = |flag| Some(Cell::Flag(flag));
    vec![
        (2, vec![None, code("PC 647(f)"), number(1), flag(false), day(17_700), None]),
        (1, vec![day(17_720), code("THEFT, PETTY"), number(2), flag(true), None, code("25-34")]),
        (1, vec![day(17_713), code("11350(a)"), None, None, day(17_713), code("18-24")]),
        (1, vec![day(17_720), code("THEFT, PETTY"), number(-1), flag(true), None, None]),
    ]
}

pub(super) const CASE: [(&str, ColumnType); 3] =
    [("filed", ColumnType::Date), ("source", ColumnType::Code), ("offence_date", ColumnType::Date)];

pub(super) fn cases() -> Vec<Row> {
    vec![(5, vec![day(17_713), code("say \"no\""), day(17_690)])]
}

pub(super) fn boxed(bytes: Vec<u8>) -> Box<dyn Read> {
    Box::new(io::Cursor::new(bytes))
}

pub(super) fn contents() -> Contents {
    vec![
        (1, boxed(content("arrest", Some(0), &ARREST, &arrests()))),
        (0, boxed(content("case", Some(0), &CASE, &cases()))),
        (
            2,
            boxed(content(
                "stay",
                None,
                &[("nights", ColumnType::Integer)],
                &[(9, vec![number(3)])],
            )),
        ),
    ]
}

pub(super) fn write(
    linked: &Linked,
    contents: Contents,
    dir: &Path,
) -> Result<TableSummary, ReleaseError> {
    write_limited(linked, contents, &ReleaseLimits::default(), dir)
}

pub(super) fn write_limited(
    linked: &Linked,
    contents: Contents,
    limits: &ReleaseLimits,
    dir: &Path,
) -> Result<TableSummary, ReleaseError> {
    write_tables(linked, contents, &KEY, limits, dir, &|_| (), &|| false)
}

pub(super) fn refused(contents: Contents) -> ReleaseError {
    let dir = tempfile::tempdir().unwrap();
    let error = write(&linked(), contents, dir.path()).unwrap_err();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is written");
    error
}

/// Rows of a CSV file, without the head.
pub(super) fn rows(dir: &Path, file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(dir.join(file)).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Cells of one column, by its name.
pub(super) fn column(dir: &Path, file: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(dir.join(file)).unwrap();
    let place = reader.headers().unwrap().iter().position(|head| head == name).unwrap();
    rows(dir, file).into_iter().map(|row| row[place].clone()).collect()
}

pub(super) fn parquet(dir: &Path, file: &str) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(dir.join(file)).unwrap()).unwrap()
}

/// A Parquet cell as CSV would have it.
pub(super) fn as_text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Bool(flag) => u8::from(*flag).to_string(),
        Field::Int(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::Str(text) => text.clone(),
        Field::Decimal(decimal) => {
            let bytes: [u8; 4] = decimal.data().try_into().unwrap();
            let permille = i32::from_be_bytes(bytes);
            assert_eq!((decimal.scale(), decimal.precision()), (3, 5));
            format!("{}.{:03}", permille / 1000, permille % 1000)
        }
        other => panic!("no such type is written: {other:?}"),
    }
}
