//! A release table as Parquet: optional columns, dictionaries, Snappy, the same bytes each time.
//!
//! Parquet has one kind of missing. In a bundle, where a cell is missing for a reason, the reason stands
//! as in CSV in a column beside it, `<name>_missing`.

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::column::{Table, Values};
use crate::dictionary::Texts;
use crate::file::{ReleaseFile, Ticker, failed};
use crate::missing::Missing;
use crate::{DatasetError, FileWritten};

/// Stands in every file; a version here would change bytes that mean the same.
const CREATED_BY: &str = "tallystick release tables";
/// Of the largest number of thousandths, 65.529.
const PERMILLE_DIGITS: i32 = 5;
/// Cells handed over at once.
const BATCH_ROWS: usize = 8_192;

/// Writes `<table>.parquet` into a directory, `group_rows` rows a row group.
///
/// # Errors
/// A disk that fails; a wish to stop.
pub fn write(
    dir: &Path,
    table: &Table,
    group_rows: usize,
    ticker: &mut Ticker<'_>,
) -> Result<FileWritten, DatasetError> {
    let name = format!("{}.parquet", table.name);
    let options = Options { group_rows, with_kinds: false, metadata: None };
    write_to(ReleaseFile::create(dir, &name)?, &name, table, options, ticker)?.finish()
}

/// How a table is put into Parquet.
#[derive(Debug)]
pub(crate) struct Options {
    /// Rows of a row group.
    pub(crate) group_rows: usize,
    /// Whether kinds of missing have columns of their own.
    pub(crate) with_kinds: bool,
    /// What stands beside the schema.
    pub(crate) metadata: Option<(String, String)>,
}

/// Name of the column with the kinds of missing of another.
pub(crate) fn kinds_name(column: &str) -> String {
    format!("{column}_missing")
}

/// Whether a cell is missing for a reason.
pub(crate) fn has_kinds(values: &Values) -> bool {
    (0..values.len())
        .any(|row| values.missing(row).is_some_and(|kind| kind != Missing::Unspecified))
}

/// Writes to a file of that name, and gives it back.
pub(crate) fn write_to<W: Write + Send>(
    out: W,
    name: &str,
    table: &Table,
    options: Options,
    ticker: &mut Ticker<'_>,
) -> Result<W, DatasetError> {
    let failed = |cause: ParquetError| failed(name, io_error(cause));
    let metadata = options.metadata.map(|(key, value)| vec![KeyValue::new(key, value)]);
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(true)
        .set_key_value_metadata(metadata)
        .build();
    let columns = columns(table, options.with_kinds);
    let schema = Arc::new(schema(&columns).map_err(failed)?);
    let mut out = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(failed)?;
    let group_rows = options.group_rows.max(1);
    for start in (0..table.rows).step_by(group_rows) {
        let rows = start..table.rows.min(start + group_rows);
        let mut group = out.next_row_group().map_err(failed)?;
        for column in &columns {
            ticker.check()?;
            let writer = group.next_column().map_err(failed)?;
            let mut writer = writer.expect("the schema has these columns");
            let (writer_of, rows) = (&mut writer, rows.clone());
            match column {
                Written::Cells(_, values) => write_column(writer_of, values, rows),
                Written::Kinds(_, values) => write_kinds(writer_of, values, rows),
            }
            .map_err(failed)?;
            writer.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    out.into_inner().map_err(failed)
}

/// A column of the file.
enum Written<'a> {
    Cells(String, &'a Values),
    Kinds(String, &'a Values),
}

/// The table's columns, each followed by its kinds of missing if they are wanted and there are any.
fn columns(table: &Table, with_kinds: bool) -> Vec<Written<'_>> {
    let mut columns = Vec::new();
    for column in &table.columns {
        columns.push(Written::Cells(column.name.clone(), &column.values));
        if with_kinds && has_kinds(&column.values) {
            columns.push(Written::Kinds(kinds_name(&column.name), &column.values));
        }
    }
    columns
}

/// The library's messages may describe what was written; only a failing disk's is passed on.
fn io_error(cause: ParquetError) -> io::Error {
    match cause {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(_) => io::Error::other("the table cannot be put into Parquet"),
        },
        _ => io::Error::other("the table cannot be put into Parquet"),
    }
}

fn schema(columns: &[Written<'_>]) -> Result<Type, ParquetError> {
    let fields: Result<Vec<_>, _> = columns.iter().map(|c| field(c).map(Arc::new)).collect();
    Type::group_type_builder("table").with_fields(fields?).build()
}

fn field(column: &Written<'_>) -> Result<Type, ParquetError> {
    let (name, values) = match column {
        Written::Cells(name, values) => (name, Some(values)),
        Written::Kinds(name, _) => (name, None),
    };
    let of = |physical| {
        Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL)
    };
    match values {
        Some(Values::Day(_)) => of(Physical::INT32).build(),
        Some(Values::Integer(_)) => of(Physical::INT64).build(),
        Some(Values::Flag(_)) => of(Physical::BOOLEAN).build(),
        Some(Values::Permille(_)) => of(Physical::INT32)
            .with_logical_type(Some(LogicalType::decimal(3, PERMILLE_DIGITS)))
            .with_precision(PERMILLE_DIGITS)
            .with_scale(3)
            .build(),
        Some(Values::Text(..)) | None => {
            of(Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build()
        }
    }
}

/// The reasons why cells are missing; null where one is not, or for no reason known.
fn write_kinds(
    writer: &mut SerializedColumnWriter<'_>,
    values: &Values,
    rows: Range<usize>,
) -> Result<(), ParquetError> {
    let texts = Texts::new(Missing::ALL.iter().map(|kind| kind.as_str()));
    let kind = |row| values.missing(row).unwrap_or(Missing::Unspecified);
    let missing = |row| kind(row) == Missing::Unspecified;
    let value = |row| texts.value(kind(row) as u32);
    write_cells(writer.typed::<ByteArrayType>(), rows, missing, value)
}

fn write_column(
    writer: &mut SerializedColumnWriter<'_>,
    values: &Values,
    rows: Range<usize>,
) -> Result<(), ParquetError> {
    let missing = |row| values.is_missing(row);
    match values {
        Values::Day(cells) => {
            write_cells(writer.typed::<Int32Type>(), rows, missing, |row| cells[row])
        }
        Values::Integer(cells) => {
            write_cells(writer.typed::<Int64Type>(), rows, missing, |row| cells[row])
        }
        Values::Flag(cells) => {
            write_cells(writer.typed::<BoolType>(), rows, missing, |row| cells[row] == 1)
        }
        Values::Permille(cells) => {
            write_cells(writer.typed::<Int32Type>(), rows, missing, |row| cells[row].into())
        }
        Values::Text(cells, texts) => {
            let value = |row: usize| texts.value(cells[row]);
            write_cells(writer.typed::<ByteArrayType>(), rows, missing, value)
        }
    }
}

fn write_cells<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    rows: Range<usize>,
    missing: impl Fn(usize) -> bool,
    value: impl Fn(usize) -> T::T,
) -> Result<(), ParquetError> {
    let (mut cells, mut levels) = (Vec::new(), Vec::new());
    for start in rows.clone().step_by(BATCH_ROWS) {
        cells.clear();
        levels.clear();
        for row in start..rows.end.min(start + BATCH_ROWS) {
            let present = !missing(row);
            levels.push(i16::from(present));
            if present {
                cells.push(value(row));
            }
        }
        writer.write_batch(&cells, Some(&levels), None)?;
    }
    Ok(())
}
