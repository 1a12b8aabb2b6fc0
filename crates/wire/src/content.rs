//! The inner form of the content section: typed cells, opened by the release desk only.
//!
//! ```text
//! magic 16 | table label 32 | columns u16 | event date column u16 | per column: label 32, type u8
//! rows: 1, handle 16, per column: 0 (missing) or 1 and the value
//! end:  0, rows u64
//! ```
//! Values: date i32 (days since 1970-01-01), integer i64, flag u8, code u8 length and bytes.

use std::io::{self, Read, Write};

use crate::types::{ColumnLabel, Handle};

const MAGIC: [u8; 16] = *b"tally-content\0\0\x01";

/// Longest code in bytes; longer text is not a code and is refused where it is read.
pub const CODE_BYTES_MAX: usize = 200;

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

/// What a content section holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContentSchema {
    /// Name of the table.
    pub table: ColumnLabel,
    /// Which column dates the event.
    pub event_date: Option<u16>,
    /// Columns in order.
    pub columns: Vec<(ColumnLabel, ColumnType)>,
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
}

impl<W: Write> ContentWriter<W> {
    /// Writes the head.
    ///
    /// # Panics
    /// If there are more than 65,534 columns.
    pub fn new(mut out: W, schema: &ContentSchema) -> io::Result<Self> {
        let columns = u16::try_from(schema.columns.len()).expect("columns are limited");
        out.write_all(&MAGIC)?;
        out.write_all(&schema.table.to_bytes())?;
        out.write_all(&columns.to_le_bytes())?;
        out.write_all(&schema.event_date.unwrap_or(u16::MAX).to_le_bytes())?;
        for (label, column_type) in &schema.columns {
            out.write_all(&label.to_bytes())?;
            out.write_all(&[*column_type as u8])?;
        }
        Ok(Self { out, columns: schema.columns.len(), rows: 0 })
    }

    /// Writes one row.
    ///
    /// # Panics
    /// If the row has another number of cells than the schema has columns.
    pub fn write_row(&mut self, handle: Handle, cells: &[Option<Cell>]) -> io::Result<()> {
        assert_eq!(cells.len(), self.columns, "a row has one cell per column");
        self.out.write_all(&[1])?;
        self.out.write_all(&handle.0)?;
        for cell in cells {
            match cell {
                None => self.out.write_all(&[0])?,
                Some(cell) => {
                    self.out.write_all(&[1])?;
                    write_cell(&mut self.out, cell)?;
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes the end and gives the inner writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0])?;
        self.out.write_all(&self.rows.to_le_bytes())?;
        Ok(self.out)
    }
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

/// Reads content row by row.
#[derive(Debug)]
pub struct ContentReader<R> {
    input: R,
    schema: ContentSchema,
    row: u64,
    ended: bool,
}

impl<R: Read> ContentReader<R> {
    /// Reads the head.
    pub fn new(mut input: R) -> Result<Self, ContentError> {
        let head = |what| ContentError::Invalid { row: 0, what };
        if take::<16>(&mut input)? != MAGIC {
            return Err(head("not the content of this version"));
        }
        let table = ColumnLabel::from_bytes(take(&mut input)?).ok_or_else(|| head("table name"))?;
        let count = u16::from_le_bytes(take(&mut input)?);
        let event_date = u16::from_le_bytes(take(&mut input)?);
        let mut columns = Vec::new();
        for _ in 0..count {
            let label =
                ColumnLabel::from_bytes(take(&mut input)?).ok_or_else(|| head("column name"))?;
            let [number] = take(&mut input)?;
            columns.push((label, ColumnType::from_u8(number).ok_or_else(|| head("column type"))?));
        }
        let event_date = (event_date != u16::MAX).then_some(event_date);
        if event_date.is_some_and(|column| {
            columns.get(usize::from(column)).is_none_or(|(_, kind)| *kind != ColumnType::Date)
        }) {
            return Err(head("event date column"));
        }
        let schema = ContentSchema { table, event_date, columns };
        Ok(Self { input, schema, row: 0, ended: false })
    }

    /// What the section holds.
    pub fn schema(&self) -> &ContentSchema {
        &self.schema
    }

    /// Reads the next row into `cells`; `None` at the end, after which nothing may follow.
    pub fn read_row(
        &mut self,
        cells: &mut Vec<Option<Cell>>,
    ) -> Result<Option<Handle>, ContentError> {
        if self.ended {
            return Ok(None);
        }
        let invalid = |what| ContentError::Invalid { row: self.row, what };
        match take::<1>(&mut self.input)? {
            [1] => {}
            [0] => {
                if u64::from_le_bytes(take(&mut self.input)?) != self.row {
                    return Err(invalid("number of rows"));
                }
                if self.input.read(&mut [0u8; 1])? != 0 {
                    return Err(invalid("bytes left over"));
                }
                self.ended = true;
                return Ok(None);
            }
            _ => return Err(invalid("row mark")),
        }
        let handle = Handle(take(&mut self.input)?);
        cells.clear();
        for (_, column_type) in &self.schema.columns {
            cells.push(match take::<1>(&mut self.input)? {
                [0] => None,
                [1] => Some(read_cell(&mut self.input, *column_type, self.row)?),
                _ => return Err(invalid("cell mark")),
            });
        }
        self.row += 1;
        Ok(Some(handle))
    }
}

fn read_cell(
    input: &mut impl Read,
    column_type: ColumnType,
    row: u64,
) -> Result<Cell, ContentError> {
    let invalid = |what| ContentError::Invalid { row, what };
    Ok(match column_type {
        ColumnType::Date => Cell::Date(i32::from_le_bytes(take(input)?)),
        ColumnType::Integer => Cell::Integer(i64::from_le_bytes(take(input)?)),
        ColumnType::Flag => match take::<1>(input)? {
            [0] => Cell::Flag(false),
            [1] => Cell::Flag(true),
            _ => return Err(invalid("flag")),
        },
        ColumnType::Code => {
            let [len] = take(input)?;
            let mut bytes = [0u8; CODE_BYTES_MAX];
            let used = bytes.get_mut(..usize::from(len)).ok_or_else(|| invalid("code length"))?;
            input.read_exact(used)?;
            let text = core::str::from_utf8(used).map_err(|_| invalid("code text"))?;
            Cell::Code(Code::parse(text).ok_or_else(|| invalid("code text"))?)
        }
    })
}

fn take<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0u8; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> ContentSchema {
        ContentSchema {
            table: ColumnLabel::parse("arrest").unwrap(),
            event_date: Some(0),
            columns: vec![
                (ColumnLabel::parse("arrest_date").unwrap(), ColumnType::Date),
                (ColumnLabel::parse("statute").unwrap(), ColumnType::Code),
                (ColumnLabel::parse("counts").unwrap(), ColumnType::Integer),
                (ColumnLabel::parse("warrant").unwrap(), ColumnType::Flag),
            ],
        }
    }

    fn encoded() -> Vec<u8> {
        let mut writer = ContentWriter::new(Vec::new(), &schema()).unwrap();
        let full = [
            Some(Cell::Date(17_000)),
            Some(Cell::Code(Code::parse("HS 11350(a)").unwrap())),
            Some(Cell::Integer(-3)),
            Some(Cell::Flag(true)),
        ];
        writer.write_row(Handle([1; 16]), &full).unwrap();
        writer.write_row(Handle([2; 16]), &[None; 4]).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn rows_round_trip() {
        let bytes = encoded();
        let mut reader = ContentReader::new(bytes.as_slice()).unwrap();
        assert_eq!(*reader.schema(), schema());
        let mut cells = Vec::new();
        assert_eq!(reader.read_row(&mut cells).unwrap(), Some(Handle([1; 16])));
        assert_eq!(cells[2], Some(Cell::Integer(-3)));
        assert_eq!(reader.read_row(&mut cells).unwrap(), Some(Handle([2; 16])));
        assert_eq!(cells, [None; 4]);
        assert_eq!(reader.read_row(&mut cells).unwrap(), None);
    }

    #[test]
    fn bytes_left_over_and_cut_files_are_refused() {
        let mut long = encoded();
        long.push(0);
        let mut short = encoded();
        short.pop();
        for bytes in [long, short] {
            let mut reader = ContentReader::new(bytes.as_slice()).unwrap();
            let mut cells = Vec::new();
            let result = (0..3).try_for_each(|_| reader.read_row(&mut cells).map(|_| ()));
            assert!(result.is_err());
        }
    }

    #[test]
    fn codes_are_short_printable_text() {
        assert!(Code::parse("").is_none());
        assert!(Code::parse("a\nb").is_none());
        assert!(Code::parse(&"x".repeat(CODE_BYTES_MAX + 1)).is_none());
        assert_eq!(Code::parse("PC 647(f)").unwrap().as_str(), "PC 647(f)");
    }
}
