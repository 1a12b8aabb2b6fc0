//! The inner form of the content section: typed cells, opened by the release desk only.
//!
//! ```text
//! magic 16 | in version 2: further tables u8
//! per table: label 32 | columns u16 | event date column u16 | per column: label 32, type u8
//! rows: 1, handle 16, per column: 0 (missing) or 1 and the value
//!       in version 2 per further table: parts u16, of each: seq u16, per column as above
//! end:  0, rows u64, in version 2 per further table: parts u64
//! ```
//! A part belongs to the row it stands in, so no number of a row is needed to say so. Content without
//! further tables is of version 1. Values: date i32 (days since 1970-01-01), integer i64, flag u8, code u8 length and bytes.

use std::io::{self, Write};

use crate::types::{ColumnLabel, Handle};

mod reader;
#[cfg(test)]
mod tests;

pub use reader::ContentReader;

const MAGIC: [u8; 16] = *b"tally-content\0\0\x01";
/// With further tables.
const MAGIC_PARTS: [u8; 16] = *b"tally-content\0\0\x02";

/// Longest code in bytes; longer text is not a code and is refused where it is read.
pub const CODE_BYTES_MAX: usize = 200;

/// Most tables besides the main one.
pub const TABLES_MAX: usize = 8;

/// Type of a content column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum ColumnType {
    /// A calendar day.
    Date = 0,
    /// A code or category.
    Code = 1,
    /// A whole number.
    Integer = 2,
    /// Yes or no.
    Flag = 3,
}

impl ColumnType {
    /// The type with this wire number.
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Date),
            1 => Some(Self::Code),
            2 => Some(Self::Integer),
            3 => Some(Self::Flag),
            _ => None,
        }
    }

    /// The configured name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Code => "code",
            Self::Integer => "integer",
            Self::Flag => "flag",
        }
    }
}

/// A code of at most [`CODE_BYTES_MAX`] bytes, UTF-8 without control characters.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Code {
    bytes: [u8; CODE_BYTES_MAX],
    len: u8,
}

impl Code {
    /// Parses a code; `None` if it is empty, too long or holds control characters.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > CODE_BYTES_MAX || text.chars().any(char::is_control) {
            return None;
        }
        let mut bytes = [0u8; CODE_BYTES_MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self { bytes, len: u8::try_from(text.len()).ok()? })
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("parsed from text")
    }
}

impl core::fmt::Debug for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Code").finish_non_exhaustive()
    }
}

/// One cell; `None` in a row is a missing value.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Cell {
    /// Days since 1970-01-01.
    Date(i32),
    /// A code.
    Code(Code),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
}

/// What a table of a content section holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContentSchema {
    /// Name of the table.
    pub table: ColumnLabel,
    /// Which column dates the event.
    pub event_date: Option<u16>,
    /// Columns in order.
    pub columns: Vec<(ColumnLabel, ColumnType)>,
}

/// A row of a further table, part of a row of the main one.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Part {
    /// Its number within the row.
    pub seq: u16,
    /// Its cells.
    pub cells: Vec<Option<Cell>>,
}

/// Why opened content cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// Not the inner form of a content section, or damaged.
    #[error("content row {row}: {what}")]
    Invalid {
        /// Row from 0; 0 for the head.
        row: u64,
        /// Which rule is broken.
        what: &'static str,
    },
    /// Reading failed.
    #[error("content cannot be read")]
    Io(#[from] io::Error),
}

/// Writes content.
#[derive(Debug)]
pub struct ContentWriter<W> {
    out: W,
    columns: usize,
    rows: u64,
    /// Columns of each further table, and its parts so far.
    further: Vec<(usize, u64)>,
}

impl<W: Write> ContentWriter<W> {
    /// Writes the head of one table alone.
    ///
    /// # Panics
    /// If there are more than 65,534 columns.
    pub fn new(out: W, schema: &ContentSchema) -> io::Result<Self> {
        Self::with_further(out, schema, &[])
    }

    /// Writes the head of a table and of those whose rows are parts of its rows.
    ///
    /// # Panics
    /// If there are more than 65,534 columns, or more than [`TABLES_MAX`] further tables.
    pub fn with_further(
        mut out: W,
        schema: &ContentSchema,
        further: &[ContentSchema],
    ) -> io::Result<Self> {
        if further.is_empty() {
            out.write_all(&MAGIC)?;
        } else {
            assert!(further.len() <= TABLES_MAX, "further tables are limited");
            out.write_all(&MAGIC_PARTS)?;
            out.write_all(&[u8::try_from(further.len()).expect("a few")])?;
        }
        for schema in core::iter::once(schema).chain(further) {
            write_schema(&mut out, schema)?;
        }
        let further = further.iter().map(|schema| (schema.columns.len(), 0)).collect();
        Ok(Self { out, columns: schema.columns.len(), rows: 0, further })
    }

    /// Writes one row without parts.
    ///
    /// # Panics
    /// If the row has another number of cells than the schema has columns.
    pub fn write_row(&mut self, handle: Handle, cells: &[Option<Cell>]) -> io::Result<()> {
        let none = vec![Vec::new(); self.further.len()];
        self.write_parts(handle, cells, &none)
    }

    /// Writes one row with its parts in each further table.
    ///
    /// # Panics
    /// If cells or tables are more or fewer than the schemas have, or one row has more than 65,535
    /// parts of a table.
    pub fn write_parts(
        &mut self,
        handle: Handle,
        cells: &[Option<Cell>],
        parts: &[Vec<Part>],
    ) -> io::Result<()> {
        assert_eq!(cells.len(), self.columns, "a row has one cell per column");
        assert_eq!(parts.len(), self.further.len(), "a row has parts of each table, perhaps none");
        self.out.write_all(&[1])?;
        self.out.write_all(&handle.0)?;
        write_cells(&mut self.out, cells)?;
        for (parts, (columns, count)) in parts.iter().zip(&mut self.further) {
            let some = u16::try_from(parts.len()).expect("parts of a row are limited");
            self.out.write_all(&some.to_le_bytes())?;
            for part in parts {
                assert_eq!(part.cells.len(), *columns, "a part has one cell per column");
                self.out.write_all(&part.seq.to_le_bytes())?;
                write_cells(&mut self.out, &part.cells)?;
            }
            *count += u64::from(some);
        }
        self.rows += 1;
        Ok(())
    }

    /// Rows written so far, without parts.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Parts of each further table so far.
    pub fn parts(&self) -> impl Iterator<Item = u64> + '_ {
        self.further.iter().map(|(_, count)| *count)
    }

    /// Writes the end and gives the inner writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0])?;
        self.out.write_all(&self.rows.to_le_bytes())?;
        for (_, count) in &self.further {
            self.out.write_all(&count.to_le_bytes())?;
        }
        Ok(self.out)
    }
}

fn write_schema(out: &mut impl Write, schema: &ContentSchema) -> io::Result<()> {
    let columns = u16::try_from(schema.columns.len()).expect("columns are limited");
    out.write_all(&schema.table.to_bytes())?;
    out.write_all(&columns.to_le_bytes())?;
    out.write_all(&schema.event_date.unwrap_or(u16::MAX).to_le_bytes())?;
    for (label, column_type) in &schema.columns {
        out.write_all(&label.to_bytes())?;
        out.write_all(&[*column_type as u8])?;
    }
    Ok(())
}

fn write_cells(out: &mut impl Write, cells: &[Option<Cell>]) -> io::Result<()> {
    for cell in cells {
        match cell {
            None => out.write_all(&[0])?,
            Some(cell) => {
                out.write_all(&[1])?;
                write_cell(out, cell)?;
            }
        }
    }
    Ok(())
}

fn write_cell(out: &mut impl Write, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Date(days) => out.write_all(&days.to_le_bytes()),
        Cell::Integer(number) => out.write_all(&number.to_le_bytes()),
        Cell::Flag(flag) => out.write_all(&[u8::from(*flag)]),
        Cell::Code(code) => {
            out.write_all(&[code.len])?;
            out.write_all(&code.bytes[..usize::from(code.len)])
        }
    }
}
