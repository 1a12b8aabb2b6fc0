//! Takes opened content, gives its rows with their parts, refuses anything that no writer writes.

use std::io::{self, Read};

use super::{
    CODE_BYTES_MAX, Cell, Code, ColumnType, ContentError, ContentSchema, MAGIC, MAGIC_PARTS, Part,
    TABLES_MAX,
};
use crate::types::{ColumnLabel, Handle};

/// Reads content row by row.
#[derive(Debug)]
pub struct ContentReader<R> {
    input: R,
    schema: ContentSchema,
    /// The further tables, each with its parts so far.
    further: Vec<(ContentSchema, u64)>,
    row: u64,
    ended: bool,
}

impl<R: Read> ContentReader<R> {
    /// Reads the head.
    pub fn new(mut input: R) -> Result<Self, ContentError> {
        let magic = take::<16>(&mut input)?;
        let count = if magic == MAGIC {
            0
        } else if magic == MAGIC_PARTS {
            let [count] = take(&mut input)?;
            usize::from(count)
        } else {
            return Err(head("not the content of this version"));
        };
        if count > TABLES_MAX || (count == 0 && magic == MAGIC_PARTS) {
            return Err(head("number of tables"));
        }
        let schema = read_schema(&mut input)?;
        let mut further: Vec<(ContentSchema, u64)> = Vec::new();
        for _ in 0..count {
            let next = read_schema(&mut input)?;
            let mut tables = further.iter().map(|(schema, _)| schema.table);
            if next.table == schema.table || tables.any(|table| table == next.table) {
                return Err(head("table name"));
            }
            further.push((next, 0));
        }
        Ok(Self { input, schema, further, row: 0, ended: false })
    }

    /// What the main table holds.
    pub fn schema(&self) -> &ContentSchema {
        &self.schema
    }

    /// What the further tables hold.
    pub fn further(&self) -> impl Iterator<Item = &ContentSchema> {
        self.further.iter().map(|(schema, _)| schema)
    }

    /// Reads the next row into `cells`; `None` at the end, after which nothing may follow.
    pub fn read_row(
        &mut self,
        cells: &mut Vec<Option<Cell>>,
    ) -> Result<Option<Handle>, ContentError> {
        self.read_parts(cells, &mut Vec::new())
    }

    /// The same, with the row's parts in each further table.
    pub fn read_parts(
        &mut self,
        cells: &mut Vec<Option<Cell>>,
        parts: &mut Vec<Vec<Part>>,
    ) -> Result<Option<Handle>, ContentError> {
        if self.ended {
            return Ok(None);
        }
        match take::<1>(&mut self.input)? {
            [1] => {}
            [0] => {
                self.read_end()?;
                return Ok(None);
            }
            _ => return Err(self.invalid("row mark")),
        }
        let handle = Handle(take(&mut self.input)?);
        read_cells(&mut self.input, &self.schema, self.row, cells)?;
        parts.resize_with(self.further.len(), Vec::new);
        for ((schema, all), parts) in self.further.iter_mut().zip(parts) {
            let count = u16::from_le_bytes(take(&mut self.input)?);
            parts.clear();
            let mut last = None;
            for _ in 0..count {
                let seq = u16::from_le_bytes(take(&mut self.input)?);
                if last.is_some_and(|last| last >= seq) {
                    return Err(ContentError::Invalid { row: self.row, what: "order of parts" });
                }
                last = Some(seq);
                let mut part = Part { seq, cells: Vec::new() };
                read_cells(&mut self.input, schema, self.row, &mut part.cells)?;
                parts.push(part);
            }
            *all += u64::from(count);
        }
        self.row += 1;
        Ok(Some(handle))
    }

    fn read_end(&mut self) -> Result<(), ContentError> {
        if u64::from_le_bytes(take(&mut self.input)?) != self.row {
            return Err(self.invalid("number of rows"));
        }
        for (_, count) in &self.further {
            if u64::from_le_bytes(take(&mut self.input)?) != *count {
                return Err(self.invalid("number of parts"));
            }
        }
        if self.input.read(&mut [0u8; 1])? != 0 {
            return Err(self.invalid("bytes left over"));
        }
        self.ended = true;
        Ok(())
    }

    fn invalid(&self, what: &'static str) -> ContentError {
        ContentError::Invalid { row: self.row, what }
    }
}

const fn head(what: &'static str) -> ContentError {
    ContentError::Invalid { row: 0, what }
}

fn read_schema(input: &mut impl Read) -> Result<ContentSchema, ContentError> {
    let table = ColumnLabel::from_bytes(take(input)?).ok_or_else(|| head("table name"))?;
    let count = u16::from_le_bytes(take(input)?);
    let event_date = u16::from_le_bytes(take(input)?);
    let mut columns = Vec::new();
    for _ in 0..count {
        let label = ColumnLabel::from_bytes(take(input)?).ok_or_else(|| head("column name"))?;
        let [number] = take(input)?;
        columns.push((label, ColumnType::from_u8(number).ok_or_else(|| head("column type"))?));
    }
    let event_date = (event_date != u16::MAX).then_some(event_date);
    if event_date.is_some_and(|column| {
        columns.get(usize::from(column)).is_none_or(|(_, kind)| *kind != ColumnType::Date)
    }) {
        return Err(head("event date column"));
    }
    Ok(ContentSchema { table, event_date, columns })
}

fn read_cells(
    input: &mut impl Read,
    schema: &ContentSchema,
    row: u64,
    cells: &mut Vec<Option<Cell>>,
) -> Result<(), ContentError> {
    cells.clear();
    for (_, column_type) in &schema.columns {
        cells.push(match take::<1>(input)? {
            [0] => None,
            [1] => Some(read_cell(input, *column_type, row)?),
            _ => return Err(ContentError::Invalid { row, what: "cell mark" }),
        });
    }
    Ok(())
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
