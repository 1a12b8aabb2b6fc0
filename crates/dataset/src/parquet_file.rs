//! A release table as Parquet: optional columns, dictionaries, Snappy, the same bytes each time.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::column::{Column, Table, Values};
use crate::file::{ReleaseFile, Ticker, failed};
use crate::{DatasetError, FileWritten};

/// Stands in every file; a version here would change bytes that mean the same.
const CREATED_BY: &str = "tallystick release tables";
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
    let failed = |cause: ParquetError| failed(&name, io_error(cause));
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(true)
        .build();
    let schema = Arc::new(schema(table).map_err(failed)?);
    let file = ReleaseFile::create(dir, &name)?;
    let mut out = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
    let group_rows = group_rows.max(1);
    for start in (0..table.rows).step_by(group_rows) {
        let rows = start..table.rows.min(start + group_rows);
        let mut group = out.next_row_group().map_err(failed)?;
        for column in &table.columns {
            ticker.check()?;
            let writer = group.next_column().map_err(failed)?;
            let mut writer = writer.expect("the schema has these columns");
            write_column(&mut writer, &column.values, rows.clone()).map_err(failed)?;
            writer.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    out.into_inner().map_err(failed)?.finish()
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

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let fields: Result<Vec<_>, _> = table.columns.iter().map(|c| field(c).map(Arc::new)).collect();
    Type::group_type_builder("table").with_fields(fields?).build()
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let of = |physical| {
        Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::OPTIONAL)
    };
    match column.values {
        Values::Day(_) => of(Physical::INT32).build(),
        Values::Integer(_) => of(Physical::INT64).build(),
        Values::Flag(_) => of(Physical::BOOLEAN).build(),
        Values::Permille(_) => of(Physical::INT32)
            .with_logical_type(Some(LogicalType::decimal(3, 4)))
            .with_precision(4)
            .with_scale(3)
            .build(),
        Values::Text(..) => {
            of(Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build()
        }
    }
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
