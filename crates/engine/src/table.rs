//! Takes columns of whole numbers, gives Parquet files, and takes those of an engine back; refuses cells that are missing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader as _, RowGroupReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

use crate::error::EngineError;

/// Stands in every file; a version here would change bytes that mean the same.
const CREATED_BY: &str = "tallystick engine export";
/// Cells read at once.
const BATCH: usize = 1 << 16;

/// What is known of a column before it is written.
#[derive(Clone, Debug)]
pub(crate) struct ColumnForm {
    pub(crate) name: String,
    /// Whether it has 64 bits.
    pub(crate) is_long: bool,
    pub(crate) shape: Shape,
}

/// How its cells follow each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// Ascending: as differences.
    Ascending,
    /// Few values: by a dictionary.
    Few,
    /// Without any order.
    Random,
}

/// The cells of a column.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    Int(Vec<i32>),
    Long(Vec<i64>),
}

/// Writes a file, row group by row group.
pub(crate) struct TableWriter<W: Write + Send> {
    path: PathBuf,
    out: SerializedFileWriter<W>,
}

impl TableWriter<File> {
    pub(crate) fn create(path: &Path, columns: &[ColumnForm]) -> Result<Self, EngineError> {
        let file = new_file(path)?;
        let failed = |cause| EngineError::io(path, io_error(cause));
        let fields = columns.iter().map(|column| {
            let physical = if column.is_long { Physical::INT64 } else { Physical::INT32 };
            let of = Type::primitive_type_builder(&column.name, physical);
            of.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema =
            Type::group_type_builder("rows").with_fields(fields).build().map_err(failed)?;
        let mut properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk);
        for column in columns {
            let path = ColumnPath::from(column.name.as_str());
            properties =
                properties.set_column_dictionary_enabled(path.clone(), column.shape == Shape::Few);
            if column.shape == Shape::Ascending {
                properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
            }
        }
        let out = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties.build()))
            .map_err(failed)?;
        Ok(Self { path: path.to_owned(), out })
    }

    /// Writes a row group, column by column.
    pub(crate) fn write(&mut self, cells: impl Iterator<Item = Cells>) -> Result<(), EngineError> {
        let path = &self.path;
        let failed = |cause| EngineError::io(path, io_error(cause));
        let mut group = self.out.next_row_group().map_err(failed)?;
        for cells in cells {
            let column = group.next_column().map_err(failed)?;
            let mut column = column.expect("the caller writes the columns of the file");
            match cells {
                Cells::Int(cells) => column.typed::<Int32Type>().write_batch(&cells, None, None),
                Cells::Long(cells) => column.typed::<Int64Type>().write_batch(&cells, None, None),
            }
            .map_err(failed)?;
            column.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), EngineError> {
        let path = self.path;
        let failed = |source| EngineError::io(&path, source);
        let file = self.out.into_inner().map_err(|cause| failed(io_error(cause)))?;
        file.sync_all().map_err(failed)
    }
}

/// A new folder that nobody but its owner may look into.
pub(crate) fn make_folder(path: &Path) -> Result<(), EngineError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| EngineError::io(path, source))
}

/// A new file that nobody but its owner may read.
pub(crate) fn new_file(path: &Path) -> Result<File, EngineError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| EngineError::io(path, source))
}

/// The library's messages may describe what was written; only a failing disk's is passed on.
fn io_error(cause: ParquetError) -> io::Error {
    match cause {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(_) => io::Error::other("not as Parquet"),
        },
        _ => io::Error::other("not as Parquet"),
    }
}

/// A small table in memory: names of columns, and their cells.
pub type Table = Vec<(&'static str, Vec<i64>)>;

/// Writes a small table as one row group of 64-bit numbers.
///
/// # Errors
/// The disk's.
pub fn write_table(path: &Path, table: Table) -> Result<(), EngineError> {
    let form = |(name, _): &(&str, Vec<i64>)| ColumnForm {
        name: (*name).to_owned(),
        is_long: true,
        shape: Shape::Random,
    };
    let columns: Vec<ColumnForm> = table.iter().map(form).collect();
    let mut out = TableWriter::create(path, &columns)?;
    out.write(table.into_iter().map(|(_, cells)| Cells::Long(cells)))?;
    out.finish()
}

/// Reads columns of a table by name, row by row: of a file, or of all Parquet files of a folder in the order of their names.
///
/// # Errors
/// A table that has no such columns of whole numbers, or cells that are missing.
pub fn read_table<const N: usize>(
    path: &Path,
    names: [&str; N],
    each: &mut dyn FnMut([i64; N]) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    for file in files(path)? {
        let failed = |_| EngineError::table(&file, "no Parquet file");
        let open = File::open(&file).map_err(|source| EngineError::io(&file, source))?;
        let reader = SerializedFileReader::new(open).map_err(failed)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let position = |name: &&str| {
            let mut columns = schema.columns().iter();
            columns.position(|column| column.name() == *name)
        };
        let columns = names.iter().map(position).collect::<Option<Vec<_>>>();
        let columns = columns.ok_or_else(|| EngineError::table(&file, "a column is missing"))?;
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(failed)?;
            read_group(&file, group.as_ref(), &columns, &mut |cells, row| {
                each(core::array::from_fn(|column| cells[column][row]))
            })?;
        }
    }
    Ok(())
}

/// What wrote a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Engine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Key under which Spark writes its version into each file; Parquet's own field names a library of it only.
const SPARK_VERSION: &str = "org.apache.spark.version";
/// Bytes of a version that are taken.
const VERSION_BYTES_MAX: usize = 32;

/// What wrote a table, as its files say.
pub(crate) fn engine_of(path: &Path) -> Result<Engine, EngineError> {
    let file = files(path)?.into_iter().next().expect("a folder without files is refused");
    let open = File::open(&file).map_err(|source| EngineError::io(&file, source))?;
    let reader = SerializedFileReader::new(open)
        .map_err(|_| EngineError::table(&file, "no Parquet file"))?;
    let metadata = reader.metadata().file_metadata();
    let mut pairs = metadata.key_value_metadata().into_iter().flatten();
    if let Some(pair) = pairs.find(|pair| pair.key == SPARK_VERSION) {
        let version = plain(pair.value.as_deref().unwrap_or_default());
        return Ok(Engine { name: "Apache Spark".to_owned(), version });
    }
    // As Parquet has it: NAME version VERSION (build BUILD).
    let by = metadata.created_by().unwrap_or_default();
    let (name, version) = by.split_once(" version ").unwrap_or((by, ""));
    let version = version.split_whitespace().next().unwrap_or_default();
    Ok(Engine { name: plain(name), version: plain(version) })
}

/// Text of a foreign file as it may stand in a report.
fn plain(text: &str) -> String {
    let is_plain = |it: &char| it.is_ascii_alphanumeric() || " .-+_".contains(*it);
    text.chars().filter(is_plain).take(VERSION_BYTES_MAX).collect()
}

fn files(path: &Path) -> Result<Vec<PathBuf>, EngineError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir().map_err(|source| EngineError::io(path, source))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|source| EngineError::io(path, source))?.path();
        let hidden = file.file_name().is_some_and(|name| {
            let name = name.as_encoded_bytes();
            name.starts_with(b".") || name.starts_with(b"_")
        });
        if !hidden && file.extension().is_some_and(|extension| extension == "parquet") {
            files.push(file);
        }
    }
    if files.is_empty() {
        // Engines write a file for a table without rows too.
        return Err(EngineError::table(path, "no Parquet file in the folder"));
    }
    files.sort_unstable();
    Ok(files)
}

/// Takes the cells of columns, and a row of them.
type EachRow<'a> = &'a mut dyn FnMut(&[Vec<i64>], usize) -> Result<(), EngineError>;

fn read_group(
    file: &Path,
    group: &dyn RowGroupReader,
    columns: &[usize],
    each: EachRow<'_>,
) -> Result<(), EngineError> {
    let rows = usize::try_from(group.metadata().num_rows())
        .map_err(|_| EngineError::table(file, "the number of rows"))?;
    let readers = columns.iter().map(|column| group.get_column_reader(*column));
    let readers = readers.collect::<Result<Vec<_>, _>>();
    let mut readers = readers.map_err(|_| EngineError::table(file, "a column cannot be read"))?;
    let mut cells = vec![Vec::new(); columns.len()];
    for start in (0..rows).step_by(BATCH) {
        let count = BATCH.min(rows - start);
        for (reader, cells) in readers.iter_mut().zip(&mut cells) {
            cells.clear();
            match reader {
                ColumnReader::Int32ColumnReader(reader) => {
                    read_cells::<Int32Type>(file, reader, count, cells)?;
                }
                ColumnReader::Int64ColumnReader(reader) => {
                    read_cells::<Int64Type>(file, reader, count, cells)?;
                }
                _ => return Err(EngineError::table(file, "a column is not of whole numbers")),
            }
        }
        (0..count).try_for_each(|row| each(&cells, row))?;
    }
    Ok(())
}

fn read_cells<T: DataType>(
    file: &Path,
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    out: &mut Vec<i64>,
) -> Result<(), EngineError>
where
    i64: From<T::T>,
{
    let mut values = Vec::new();
    while out.len() < count {
        values.clear();
        let mut levels = Vec::new();
        let (rows, read, _) = reader
            .read_records(count - out.len(), Some(&mut levels), None, &mut values)
            .map_err(|_| EngineError::table(file, "a column cannot be read"))?;
        if read < rows {
            return Err(EngineError::table(file, "a cell is missing"));
        }
        if rows == 0 {
            return Err(EngineError::table(file, "columns of different lengths"));
        }
        out.extend(values.drain(..).map(i64::from));
    }
    Ok(())
}
