//! Takes an ODS workbook, gives nothing, refuses encrypted ones, and those whose cells, written once and
//! counted, would be more than the limits.
//!
//! `table:number-rows-repeated="1000000"` makes a row a million rows, and the library makes them all
//! before it gives the first. What it would make is counted here by the same XML reader, in the same
//! steps, so that nothing is a cell for one and none for the other. A sheet that does not end is refused
//! as well; the library would wait for its end for ever.

use std::io::{BufRead, BufReader};

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use zip::ZipArchive;

use super::ReadLimits;
use super::error::ExportError;
use super::unpack::{Book, workbook_too_large};
use super::workbook::{damaged, encrypted};

const TABLE: QName<'_> = QName("table:table");
const ROW: QName<'_> = QName("table:table-row");
const CELL: QName<'_> = QName("table:table-cell");
const COVERED: QName<'_> = QName("table:covered-table-cell");
const ANNOTATION: QName<'_> = QName("office:annotation");
const SPACES: QName<'_> = QName("text:s");
/// Of one in UTF-8.
const CHARACTER_BYTES_MAX: u64 = 4;

/// Reads the whole content once.
pub(super) fn check(book: &mut dyn Book, limits: &ReadLimits) -> Result<(), ExportError> {
    let mut archive = ZipArchive::new(book).map_err(|_| damaged())?;
    let manifest = archive.by_name("META-INF/manifest.xml").map_err(|_| damaged())?;
    if Scan::new(BufReader::new(manifest), limits).finds(QName("manifest:encryption-data"))? {
        return Err(encrypted());
    }
    let content = archive.by_name("content.xml").map_err(|_| damaged())?;
    Scan::new(BufReader::new(content), limits).tables()
}

/// What a cell's tag says of it.
struct Tag {
    name: QName<'static>,
    columns: u64,
    /// Has a value or a formula. Others make no cell, unless one that has follows in the row.
    filled: bool,
    /// Its text is its value.
    spelt: bool,
    /// Of the value and the formula that stand in the tag.
    bytes: u64,
}

struct Scan<'a, R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    limits: &'a ReadLimits,
    /// Of all sheets so far, every row as long as the longest.
    cells: u64,
    /// Bytes of text of the filled ones.
    bytes: u64,
}

impl<'a, R: BufRead> Scan<'a, R> {
    fn new(reader: R, limits: &'a ReadLimits) -> Self {
        let mut reader = Reader::from_reader(reader);
        // As the library has them.
        let config = reader.config_mut();
        config.check_end_names = false;
        config.check_comments = false;
        config.expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), limits, cells: 0, bytes: 0 }
    }

    /// Whether there is such an element.
    fn finds(mut self, name: QName<'_>) -> Result<bool, ExportError> {
        loop {
            match next(&mut self.reader, &mut self.buffer)? {
                Event::Start(e) if e.name() == name => return Ok(true),
                Event::Eof => return Ok(false),
                _ => {}
            }
        }
    }

    fn tables(mut self) -> Result<(), ExportError> {
        loop {
            match next(&mut self.reader, &mut self.buffer)? {
                Event::Start(e) if e.name() == TABLE && value(&e, "table:name")?.is_some() => {
                    self.table()?;
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn table(&mut self) -> Result<(), ExportError> {
        // Rows from the first filled one to the last; those after it, as far as they are known.
        let (mut rows, mut empty_rows) = (0u64, 0u64);
        let (mut columns_max, mut held) = (0, 0u64);
        loop {
            match next(&mut self.reader, &mut self.buffer)? {
                Event::Start(e) if e.name() == ROW => {
                    let repeated = count(&e, "table:number-rows-repeated")?;
                    let columns = self.row(repeated)?;
                    if columns > 0 {
                        let between = if rows > 0 { empty_rows } else { 0 };
                        rows = rows.saturating_add(between).saturating_add(repeated);
                        empty_rows = 0;
                    } else {
                        empty_rows = empty_rows.saturating_add(repeated);
                    }
                    columns_max = columns.max(columns_max);
                    held = held.saturating_add(columns);
                    self.check_cells(held)?;
                }
                Event::End(e) if e.name() == TABLE => break,
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
        self.cells = self.cells.saturating_add(rows.saturating_mul(columns_max));
        self.check_cells(self.cells)
    }

    /// Columns to the last filled one.
    fn row(&mut self, repeated: u64) -> Result<u64, ExportError> {
        let (mut columns, mut filled) = (0u64, 0);
        loop {
            match next(&mut self.reader, &mut self.buffer)? {
                Event::Start(e) if e.name() == CELL || e.name() == COVERED => {
                    let tag = tag(&e)?;
                    let bytes = self.cell(&tag)?.saturating_add(tag.bytes);
                    columns = columns.saturating_add(tag.columns);
                    if tag.filled {
                        filled = columns;
                        let times = tag.columns.saturating_mul(repeated);
                        self.add_bytes(bytes.saturating_mul(times))?;
                    }
                }
                Event::End(e) if e.name() == ROW => return Ok(filled),
                // The library refuses it too.
                _ => return Err(damaged()),
            }
        }
    }

    /// Reads to the cell's end, and gives the bytes of its text. Spaces may be written as a number.
    fn cell(&mut self, tag: &Tag) -> Result<u64, ExportError> {
        if !tag.spelt {
            let end = self.reader.read_to_end_into(tag.name, &mut self.buffer);
            return end.map(|_| 0).map_err(|_| damaged());
        }
        let mut bytes = 0u64;
        let mut annotated = false;
        loop {
            let more = match next(&mut self.reader, &mut self.buffer)? {
                Event::Start(e) if e.name() == ANNOTATION => {
                    annotated = true;
                    0
                }
                Event::End(e) if e.name() == ANNOTATION => {
                    annotated = false;
                    0
                }
                Event::Start(e) if e.name() == SPACES && !annotated => count(&e, "text:c")?,
                // A paragraph, a tab.
                Event::Start(_) => 1,
                Event::Text(text) => text.len() as u64,
                Event::GeneralRef(_) => CHARACTER_BYTES_MAX,
                Event::End(e) if !annotated && (e.name() == CELL || e.name() == COVERED) => {
                    return Ok(bytes);
                }
                Event::Eof => return Err(damaged()),
                _ => 0,
            };
            bytes = bytes.saturating_add(more);
        }
    }

    fn check_cells(&self, cells: u64) -> Result<(), ExportError> {
        let max = self.limits.cells_max;
        if cells > max { Err(ExportError::TooLarge { limit: "cells_max", max }) } else { Ok(()) }
    }

    fn add_bytes(&mut self, bytes: u64) -> Result<(), ExportError> {
        self.bytes = self.bytes.saturating_add(bytes);
        let too_large = self.bytes > self.limits.workbook_bytes_max;
        if too_large { Err(workbook_too_large(self.limits)) } else { Ok(()) }
    }
}

fn next<'b>(
    reader: &mut Reader<impl BufRead>,
    buffer: &'b mut Vec<u8>,
) -> Result<Event<'b>, ExportError> {
    buffer.clear();
    reader.read_event_into(buffer).map_err(|_| damaged())
}

/// The value of an attribute; one that stands twice is refused.
fn value(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, ExportError> {
    let mut found = None;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| damaged())?;
        if attribute.key == QName(name) {
            found = Some(unescape(&attribute.value).map_err(|_| damaged())?.into_owned());
        }
    }
    Ok(found)
}

/// A count, which is 1 where it is not said.
fn count(start: &BytesStart<'_>, name: &str) -> Result<u64, ExportError> {
    value(start, name)?.map_or(Ok(1), |text| text.parse().map_err(|_| damaged()))
}

fn tag(start: &BytesStart<'_>) -> Result<Tag, ExportError> {
    let name = if start.name() == CELL { CELL } else { COVERED };
    let columns = count(start, "table:number-columns-repeated")?;
    let mut tag = Tag { name, columns, filled: false, spelt: false, bytes: 0 };
    let (mut valued, mut string, mut error, mut empty) = (false, false, false, false);
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| damaged())?;
        let QName(key) = attribute.key;
        match key {
            "office:value-type" if !valued => string = attribute.value == "string",
            "office:string-value" if !valued => {
                (valued, empty) = (true, attribute.value.is_empty());
            }
            "office:value" | "office:date-value" | "office:time-value" | "office:boolean-value" => {
                valued = true;
            }
            "calcext:value-type" => error = attribute.value == "error",
            _ => {}
        }
        if key.starts_with("office:") || key == "table:formula" {
            tag.filled = true;
            let text = if key == "office:value-type" { "" } else { &*attribute.value };
            tag.bytes += text.len() as u64;
        }
    }
    tag.spelt = (!valued && string) || (error && empty);
    Ok(tag)
}
