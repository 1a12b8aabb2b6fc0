//! Takes an agency's export (delimited text), gives its header and its rows of raw values one by one,
//! refuses what cannot be read as one table.
//!
//! Three stages, each with buffers of bounded size that are overwritten when dropped:
//! `source` (bytes, counted, brought to UTF-8), `records` (bytes to fields, by the state machine of
//! the `csv` crate) and [`Export`] (the header's rules and the verdict on each row).
//!
//! A bad row is a [`RowOutcome::Rejected`] and the reading goes on; a bad file is an [`ExportError`].
//! Neither ever holds a data value. Column names are shown in errors; an export without a header line
//! therefore has its first row shown there in part, which no reader can tell from a header.

mod delimiter;
mod encoding;
mod error;
mod fuzz;
mod records;
mod row;
mod source;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use self::encoding::find_encoding;
pub use self::error::{ExportError, Mismatch};
#[doc(hidden)]
pub use self::fuzz::fuzz_export;
pub use self::row::{RawRow, RowCode};
pub use tallystick_encoder::mapping::HeaderRow;

use self::delimiter::Head;
use self::records::Records;
use self::source::{Source, Transcoder};

/// How an export is written; `None` means "find out".
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReadSpec {
    /// One of `,` tab `|` `;`. Found from the header: the one that splits it in most columns.
    pub delimiter: Option<u8>,
    /// Found from the byte order mark; UTF-8 without one. Never guessed from the contents.
    pub encoding: Option<Encoding>,
    /// What the first row is.
    pub header: HeaderRow,
}

/// Encodings agencies export in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// With or without a byte order mark.
    Utf8,
    /// The byte order is taken from the mark, or else from the side the zero bytes are on.
    Utf16,
    /// Microsoft's code page 1252. Its five unassigned bytes are invalid: they are the sign of
    /// UTF-8 read as Windows-1252.
    Windows1252,
}

/// Upper bounds for one export.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadLimits {
    /// Bytes of one record as UTF-8, quotes and delimiters included, line end excluded. Memory
    /// stays within a small multiple of it.
    pub line_bytes_max: u64,
    /// Columns of the header.
    pub columns_max: u32,
    /// Rows after the header, rejected ones included.
    pub rows_max: u64,
    /// Bytes of the whole export as stored.
    pub bytes_max: u64,
}

impl Default for ReadLimits {
    /// 1 MiB a record, 2048 columns, a thousand million rows, 1 TiB.
    fn default() -> Self {
        Self {
            line_bytes_max: 1 << 20,
            columns_max: 2048,
            rows_max: 1_000_000_000,
            bytes_max: 1 << 40,
        }
    }
}

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

/// An open export: its header is read, its rows are read one by one.
pub struct Export {
    records: Records,
    header: Vec<String>,
    header_line: u64,
    delimiter: u8,
    encoding: Encoding,
    /// The first row, where it is data.
    waiting: Option<RawRow>,
    rows: u64,
    rows_max: u64,
    failed: Option<ExportError>,
}

impl Export {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// As [`Export::from_reader`], and [`ExportError::Io`] if the file cannot be opened.
    pub fn open(path: &Path, spec: &ReadSpec, limits: &ReadLimits) -> Result<Self, ExportError> {
        let io = |e: std::io::Error| ExportError::Io { offset: 0, kind: e.kind() };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        let total_bytes = metadata.is_file().then_some(metadata.len());
        Self::from_reader(file, total_bytes, spec, limits)
    }

    /// Reads the header from any source; `total_bytes` is its length where known.
    ///
    /// # Errors
    /// Everything that [`ExportError`] says about the file's size, encoding, delimiter and header.
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        total_bytes: Option<u64>,
        spec: &ReadSpec,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        let source = Source::new(Box::new(reader), total_bytes, limits.bytes_max)?;
        let transcoder = Transcoder::new(source, spec.encoding)?;
        let encoding = transcoder.encoding();
        let head = Head::read(transcoder, limits.line_bytes_max)?;
        let delimiter = head.delimiter(spec.delimiter)?;
        let columns_max = usize::try_from(limits.columns_max).unwrap_or(usize::MAX);
        let mut records = Records::new(head, delimiter, limits.line_bytes_max, columns_max);
        let first = read_first(&mut records, encoding, limits.columns_max)?;
        let header = header_of(&first, spec.header)?;
        records.expect_columns(header.len());
        let header_line = first.line();
        let waiting = (spec.header == HeaderRow::None).then_some(first);
        Ok(Self {
            records,
            header,
            header_line,
            delimiter,
            encoding,
            waiting,
            rows: 0,
            rows_max: limits.rows_max,
            failed: None,
        })
    }

    /// Column names in file order, trimmed. Some may be empty; the others differ from each other.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The position of the column with exactly this name.
    ///
    /// # Errors
    /// [`ExportError::ColumnUnknown`], with the most similar name the header has. The empty name is
    /// always unknown.
    pub fn column(&self, name: &str) -> Result<usize, ExportError> {
        let found = self.header.iter().position(|column| !name.is_empty() && column == name);
        found.ok_or_else(|| ExportError::ColumnUnknown {
            name: name.to_owned(),
            similar: most_similar(&self.header, name).map(str::to_owned),
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

    /// Bytes taken from the source so far, for progress; runs ahead of the rows by one buffer.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    /// Length of the source in bytes, where known.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.records.total_bytes()
    }

    /// The delimiter given or found.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The encoding given or found.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    fn advance(&mut self, row: &mut RawRow) -> Result<Option<RowOutcome>, ExportError> {
        if let Some(first) = self.waiting.take() {
            *row = first;
            self.rows += 1;
            return Ok(Some(RowOutcome::Row));
        }
        let Some(record) = self.records.next()? else {
            return if self.rows == 0 {
                Err(ExportError::HeaderOnly { line: self.header_line })
            } else {
                Ok(None)
            };
        };
        if self.rows == self.rows_max {
            return Err(ExportError::TooLarge { limit: "rows_max", max: self.rows_max });
        }
        self.rows += 1;
        let (text, ends) = self.records.parts(&record);
        let loaded = row.load(record.line, text, ends);
        let code = match loaded {
            Err(code) => code,
            Ok(()) if record.more_fields || ends.len() != self.header.len() => RowCode::Ragged,
            Ok(()) => return Ok(Some(RowOutcome::Row)),
        };
        row.clear();
        Ok(Some(RowOutcome::Rejected { line: record.line, code }))
    }
}

/// Shows the shape and the progress, no value.
impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("columns", &self.header.len())
            .field("encoding", &self.encoding)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn read_first(
    records: &mut Records,
    encoding: Encoding,
    columns_max: u32,
) -> Result<RawRow, ExportError> {
    let record = records.next()?.ok_or(ExportError::Empty)?;
    if record.more_fields {
        return Err(ExportError::TooManyColumns { line: record.line, max: columns_max });
    }
    let mut row = RawRow::new();
    let (text, ends) = records.parts(&record);
    row.load(record.line, text, ends).map_err(|code| ExportError::EncodingMismatch {
        read_as: encoding,
        found: if code == RowCode::Nul { Mismatch::Nul } else { Mismatch::Invalid },
    })?;
    Ok(row)
}

/// Names of the columns, from the first row or by their place.
fn header_of(first: &RawRow, rule: HeaderRow) -> Result<Vec<String>, ExportError> {
    let place = |column: usize| format!("column {}", column + 1);
    if rule == HeaderRow::None {
        return Ok((0..first.len()).map(place).collect());
    }
    let name = |column: usize| first.expose(column).trim().to_owned();
    let header: Vec<String> = (0..first.len()).map(name).collect();
    if header.iter().all(String::is_empty) {
        return Err(ExportError::EmptyHeader { line: first.line() });
    }
    let mut seen = BTreeSet::new();
    let mut names = Vec::with_capacity(header.len());
    for (column, name) in header.into_iter().enumerate() {
        let name =
            if rule == HeaderRow::Numbered && name.is_empty() { place(column) } else { name };
        if name.is_empty() || seen.insert(name.clone()) {
            names.push(name);
            continue;
        }
        if rule == HeaderRow::Names {
            return Err(ExportError::DuplicateColumn { line: first.line(), name });
        }
        let numbered = |number: usize| format!("{name} ({number})");
        let free = (2..).map(numbered).find(|name| !seen.contains(name));
        let free = free.expect("there are more numbers than columns");
        seen.insert(free.clone());
        names.push(free);
    }
    Ok(names)
}

/// The header's name nearest to `name`, if any is near: Jaro-Winkler of 0.8 without regard to case.
fn most_similar<'a>(header: &'a [String], name: &str) -> Option<&'a str> {
    let wanted = name.trim().to_lowercase();
    let mut best = None;
    let mut best_similarity = 0.8;
    for column in header.iter().filter(|column| !column.is_empty()) {
        let similarity = strsim::jaro_winkler(&wanted, &column.to_lowercase());
        if similarity > best_similarity {
            best = Some(column.as_str());
            best_similarity = similarity;
        }
    }
    best
}
