//! Takes an agency's export (text, workbook or Parquet, packed or not, in one file or several), gives its
//! header and its rows of raw values one by one, refuses what cannot be read as one table.
//!
//! Stages, each with buffers of bounded size that are overwritten when dropped: `unpack` (what is in a
//! file, by its content), for text `source` (bytes, counted, brought to UTF-8) and `records` or `fixed`
//! (bytes to cells), for others `workbook` and `parquet` (typed cells to text), then `table` (the
//! header's rules) and [`Export`] (one file after the other, the verdict on each row).
//!
//! A bad row is a [`RowOutcome::Rejected`] and the reading goes on; a bad file is an [`ExportError`].
//! Neither ever holds a data value. Column names are shown in errors; an export without a header line
//! therefore has its first row shown there in part, which no reader can tell from a header.

#[cfg(any(feature = "parquet", feature = "workbook"))]
mod cells;
mod delimiter;
mod encoding;
mod error;
mod file_error;
mod fixed;
mod fuzz;
mod guard;
mod header;
mod input;
#[cfg(feature = "workbook")]
mod ods;
#[cfg(feature = "parquet")]
mod parquet;
mod queue;
mod records;
mod row;
mod rows;
mod source;
mod spec;
mod table;
mod unpack;
#[cfg(feature = "workbook")]
mod workbook;

use std::collections::VecDeque;
use std::fmt;
use std::io::Read;
#[cfg(feature = "program")]
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "program")]
pub use self::encoding::find_encoding;
pub use self::encoding::find_encoding_of;
pub use self::error::{ExportError, Mismatch};
pub use self::file_error::FileError;
#[doc(hidden)]
pub use self::fuzz::fuzz_export;
pub use self::input::Input;
pub use self::row::{RawRow, RowCode};
pub use self::spec::{Encoding, ReadLimits, ReadSpec};
pub use tallystick_encoder::mapping::{Format, HeaderRow};

use self::header::most_similar;
use self::queue::{Place, open_next};
use self::table::Table;
use self::unpack::open_stream;
use crate::files::Files;

/// What [`Export::read_row`] found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RowOutcome {
    /// The row given to `read_row` now holds as many values as the header has columns.
    Row,
    /// The row cannot be used and was left empty; reading goes on.
    Rejected {
        /// Where the record starts, from 1.
        line: u64,
        /// Why.
        code: RowCode,
    },
}

/// A file of an export, and its rows so far.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileRows {
    /// Its name, with that of the archive it is in.
    pub name: String,
    /// Rows read from it, rejected ones included.
    pub rows: u64,
}

/// An open export: its header is read, its rows are read one by one.
pub struct Export {
    keeper: Option<Arc<dyn Files>>,
    table: Table,
    spec: ReadSpec,
    limits: ReadLimits,
    queue: VecDeque<Place>,
    files: Vec<FileRows>,
    /// More than one file, so that errors say which.
    several: bool,
    rows: u64,
    error_cells: u64,
    /// Bytes of the files before this one, and of all.
    bytes_before: u64,
    total_bytes: Option<u64>,
    failed: Option<ExportError>,
}

impl Export {
    /// Opens a file of the disk and reads its header.
    ///
    /// # Errors
    /// Everything that [`ExportError`] says about a file and its header.
    #[cfg(feature = "program")]
    pub fn open(path: &Path, spec: &ReadSpec, limits: &ReadLimits) -> Result<Self, ExportError> {
        let disk: Arc<dyn Files> = Arc::new(crate::files::Disk);
        Self::open_input(&disk, &Input::file(path), spec, limits)
    }

    /// Opens the first file, and the others when their rows are due; all have the same header.
    ///
    /// # Errors
    /// Everything that [`ExportError`] says about a file and its header.
    pub fn open_input(
        keeper: &Arc<dyn Files>,
        input: &Input,
        spec: &ReadSpec,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        let Input::Files(files) = input else {
            return Self::from_reader(std::io::stdin(), None, spec, limits);
        };
        let total_bytes = files.iter().map(|path| keeper.bytes(path)).sum::<Option<u64>>();
        let mut queue: VecDeque<Place> = files.iter().cloned().map(Place::File).collect();
        let mut several = queue.len() > 1;
        let mut files = Vec::new();
        let table = open_next(&**keeper, &mut queue, &mut several, &mut files, spec, limits)?;
        let table = table.ok_or(FileError::NothingMatches)?;
        let keeper = Some(Arc::clone(keeper));
        Ok(Self { keeper, total_bytes, queue, files, several, ..Self::of(table, spec, limits) })
    }

    /// Reads text, perhaps gzipped, from any source; `total_bytes` is its length where known.
    ///
    /// # Errors
    /// As [`Export::open_input`]; and of workbooks, archives and Parquet, which are read from their end.
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        total_bytes: Option<u64>,
        spec: &ReadSpec,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        if total_bytes.is_some_and(|total| total > limits.bytes_max) {
            return Err(ExportError::TooLarge { limit: "bytes_max", max: limits.bytes_max });
        }
        let source = open_stream(Box::new(reader), limits)?;
        let table = Table::text(source, spec, limits)?;
        Ok(Self { total_bytes, ..Self::of(table, spec, limits) })
    }

    fn of(table: Table, spec: &ReadSpec, limits: &ReadLimits) -> Self {
        Self {
            keeper: None,
            table,
            spec: spec.clone(),
            limits: *limits,
            queue: VecDeque::new(),
            files: vec![FileRows { name: String::new(), rows: 0 }],
            several: false,
            rows: 0,
            error_cells: 0,
            bytes_before: 0,
            total_bytes: None,
            failed: None,
        }
    }

    /// Column names in file order, trimmed. Some may be empty; the others differ from each other.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.table.header
    }

    /// The position of the column with exactly this name.
    ///
    /// # Errors
    /// [`ExportError::ColumnUnknown`], with the most similar name the header has. The empty name is
    /// always unknown.
    pub fn column(&self, name: &str) -> Result<usize, ExportError> {
        let header = self.header();
        let found = header.iter().position(|column| !name.is_empty() && column == name);
        found.ok_or_else(|| ExportError::ColumnUnknown {
            name: name.to_owned(),
            similar: most_similar(header, name).map(str::to_owned),
        })
    }

    /// Reads the next record into `row`; `None` at the end of the export.
    ///
    /// # Errors
    /// [`ExportError`] when the file as a whole cannot be read on; every later call repeats it.
    pub fn read_row(&mut self, row: &mut RawRow) -> Result<Option<RowOutcome>, ExportError> {
        row.clear();
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.advance(row).inspect_err(|error| self.failed = Some(error.clone()))
    }

    /// Files opened so far, with their rows; the last is being read. One without a name where no name
    /// is known.
    #[must_use]
    pub fn files(&self) -> &[FileRows] {
        &self.files
    }

    /// Whether a line number alone does not say where a row is.
    #[must_use]
    pub fn has_several_files(&self) -> bool {
        self.several
    }

    /// Cells so far that hold an error, such as `#N/A`; they are read as empty.
    #[must_use]
    pub fn error_cells(&self) -> u64 {
        self.error_cells + self.table.rows.error_cells()
    }

    /// Bytes taken from the files so far, for progress; runs ahead of the rows by one buffer.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes_before + self.table.rows.bytes_read()
    }

    /// Length of the files in bytes, where known.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// What the present file is.
    #[must_use]
    pub fn format(&self) -> Format {
        self.table.style.format
    }

    /// The delimiter given or found; a comma where there is none.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.table.style.delimiter
    }

    /// The encoding given or found; UTF-8 where the format is not text.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.table.style.encoding
    }

    /// The sheet of a workbook.
    #[must_use]
    pub fn sheet(&self) -> Option<&str> {
        self.table.style.sheet.as_deref()
    }

    fn advance(&mut self, row: &mut RawRow) -> Result<Option<RowOutcome>, ExportError> {
        loop {
            let outcome = self.advance_in_file(row).map_err(|error| self.located(error))?;
            if outcome.is_some() {
                return Ok(outcome);
            }
            let Self { keeper, queue, several, files, spec, limits, .. } = self;
            let next = match keeper {
                None => None,
                Some(keeper) => open_next(&**keeper, queue, several, files, spec, limits)?,
            };
            let Some(next) = next else {
                return if self.rows == 0 {
                    Err(ExportError::HeaderOnly { line: self.table.header_line })
                } else {
                    Ok(None)
                };
            };
            if let Some(column) = first_difference(&self.table.header, &next.header) {
                return Err(self.located(FileError::HeaderDiffers { column }.into()));
            }
            self.bytes_before += self.table.rows.bytes_read();
            self.error_cells += self.table.rows.error_cells();
            self.table = next;
        }
    }

    fn advance_in_file(&mut self, row: &mut RawRow) -> Result<Option<RowOutcome>, ExportError> {
        let table = &mut self.table;
        if let Some(first) = table.waiting.take() {
            *row = first;
            self.count()?;
            return Ok(Some(RowOutcome::Row));
        }
        let Some(record) = table.rows.next()? else { return Ok(None) };
        let (text, ends) = table.rows.parts(&record);
        let loaded = row.load(record.line, text, ends);
        let code = match loaded {
            Err(code) => Some(code),
            Ok(()) if record.more_fields || ends.len() != table.header.len() => {
                Some(RowCode::Ragged)
            }
            Ok(()) => None,
        };
        row.mark_dates(table.rows.dates());
        if let Err(error) = self.count() {
            row.clear();
            return Err(error);
        }
        let Some(code) = code else { return Ok(Some(RowOutcome::Row)) };
        row.clear();
        Ok(Some(RowOutcome::Rejected { line: record.line, code }))
    }

    fn count(&mut self) -> Result<(), ExportError> {
        if self.rows == self.limits.rows_max {
            let max = self.limits.rows_max;
            return Err(ExportError::TooLarge { limit: "rows_max", max });
        }
        self.rows += 1;
        if let Some(file) = self.files.last_mut() {
            file.rows += 1;
        }
        Ok(())
    }

    /// With the name of the file, where there are several.
    fn located(&self, error: ExportError) -> ExportError {
        match self.files.last() {
            Some(file) if self.several => ExportError::in_file(&file.name, error),
            _ => error,
        }
    }
}

/// The first column, from 1, in which two headers differ.
fn first_difference(a: &[String], b: &[String]) -> Option<usize> {
    let differs = a.iter().zip(b).position(|(a, b)| a != b);
    let shorter = (a.len() != b.len()).then_some(a.len().min(b.len()));
    differs.or(shorter).map(|column| column + 1)
}

/// Shows the shape and the progress, no value.
impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("columns", &self.header().len())
            .field("encoding", &self.encoding())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
