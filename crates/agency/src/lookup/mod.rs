//! Takes a list of handles and the agency's handles file, gives the agency's own rows behind them,
//! refuses lists without handles and files that are not this agency's.
//!
//! For clerical review and withdrawals. The list is held in memory; the handles file, which may be
//! large, is read once from start to end. Rows come out in its order, which is the export's.

mod error;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use tallystick_wire::Handle;

pub use error::LookupError;

use crate::encode::is_sealed;

/// Lines listed at most; all are counted.
const LINES_LISTED_MAX: usize = 20;

/// What to look up, and where.
pub struct LookupRequest<'a> {
    /// The handles file, plain or sealed.
    pub handles: &'a Path,
    /// Opens a sealed handles file.
    pub identity: Option<&'a age::x25519::Identity>,
    /// CSV with a column `handle`; further columns are handed through. Without a list, every row.
    pub list: Option<&'a Path>,
    /// The source whose handles are meant, where the list has a column `source`.
    pub source: Option<&'a str>,
}

impl fmt::Debug for LookupRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupRequest").finish_non_exhaustive()
    }
}

/// What a look-up came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LookupReport {
    /// Rows of the list.
    pub listed: u64,
    /// Rows of the list that are another source's.
    pub other_sources: u64,
    /// Rows written.
    pub rows: u64,
    /// Rows of the list whose handle the handles file does not have.
    pub unknown: u64,
    /// Their first lines.
    pub unknown_lines: Vec<u64>,
}

impl fmt::Display for LookupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "listed           {}", self.listed)?;
        writeln!(f, "  other sources  {}", self.other_sources)?;
        write!(f, "  unknown        {}", self.unknown)?;
        if self.unknown > 0 {
            let lines: Vec<String> = self.unknown_lines.iter().map(u64::to_string).collect();
            let more = if self.unknown > self.unknown_lines.len() as u64 { ", ..." } else { "" };
            write!(f, " (lines {}{more})", lines.join(", "))?;
        }
        write!(f, "\nown rows         {}", self.rows)
    }
}

/// One row of the list.
struct Wanted {
    line: u64,
    cells: Vec<String>,
    is_found: bool,
}

/// The rows of a list by handle, in its order.
struct List {
    /// Columns that are handed through.
    columns: Vec<String>,
    wanted: Vec<Wanted>,
    by_handle: HashMap<Handle, Vec<usize>>,
}

/// Looks handles up; writes CSV to `out`.
pub fn lookup(
    request: &LookupRequest<'_>,
    out: &mut dyn Write,
) -> Result<LookupReport, LookupError> {
    let mut report = LookupReport::default();
    let mut list = request.list.map(|path| List::read(path, request, &mut report)).transpose()?;
    let path = request.handles;
    let form = |line, what| LookupError::form(path, line, what);
    let write = |error: csv::Error| LookupError::io(Path::new("output"), error.into());
    let mut reader = csv::Reader::from_reader(open(request)?);
    let header = reader.headers().map_err(|error| read_error(path, &error))?;
    if header.iter().ne(["handle", "row_id"]) {
        return Err(form(1, "the header of a handles file is handle,row_id"));
    }
    let mut writer = csv::Writer::from_writer(out);
    let further = list.iter().flat_map(|list| list.columns.iter().map(String::as_str));
    writer.write_record(["handle", "row_id"].into_iter().chain(further)).map_err(write)?;
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| read_error(path, &error))? {
        let line = row.position().map_or(0, csv::Position::line);
        let handle = Handle::from_hex(&row[0]).ok_or_else(|| form(line, "not a handle"))?;
        let Some(list) = &mut list else {
            writer.write_record(&row).map_err(write)?;
            report.rows += 1;
            continue;
        };
        for index in list.by_handle.get(&handle).map_or(&[][..], Vec::as_slice) {
            let wanted = &mut list.wanted[*index];
            wanted.is_found = true;
            let cells = row.iter().chain(wanted.cells.iter().map(String::as_str));
            writer.write_record(cells).map_err(write)?;
            report.rows += 1;
        }
    }
    writer.flush().map_err(|source| LookupError::io(Path::new("output"), source))?;
    for unknown in list.iter().flat_map(|list| &list.wanted).filter(|one| !one.is_found) {
        report.unknown += 1;
        if report.unknown_lines.len() < LINES_LISTED_MAX {
            report.unknown_lines.push(unknown.line);
        }
    }
    Ok(report)
}

impl List {
    fn read(
        path: &Path,
        request: &LookupRequest<'_>,
        report: &mut LookupReport,
    ) -> Result<Self, LookupError> {
        let file = File::open(path).map_err(|source| LookupError::io(path, source))?;
        let mut reader = csv::Reader::from_reader(BufReader::new(file));
        let header = reader.headers().map_err(|error| read_error(path, &error))?.clone();
        let place = |name: &str| header.iter().position(|column| column == name);
        let handle =
            place("handle").ok_or_else(|| LookupError::form(path, 1, "no column handle"))?;
        let source = match (place("source"), request.source) {
            (Some(_), None) => return Err(LookupError::SourceMissing { path: path.to_owned() }),
            (Some(column), Some(name)) => Some((column, name)),
            (None, _) => None,
        };
        let further = |row: &csv::StringRecord| -> Vec<String> {
            let cells = row.iter().enumerate().filter(|(column, _)| *column != handle);
            cells.map(|(_, cell)| cell.to_owned()).collect()
        };
        let mut list =
            Self { columns: further(&header), wanted: Vec::new(), by_handle: HashMap::new() };
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).map_err(|error| read_error(path, &error))? {
            report.listed += 1;
            if source.is_some_and(|(column, name)| &row[column] != name) {
                report.other_sources += 1;
                continue;
            }
            let line = row.position().map_or(0, csv::Position::line);
            let key = Handle::from_hex(&row[handle])
                .ok_or_else(|| LookupError::form(path, line, "not a handle"))?;
            list.by_handle.entry(key).or_default().push(list.wanted.len());
            list.wanted.push(Wanted { line, cells: further(&row), is_found: false });
        }
        Ok(list)
    }
}

/// `csv`'s own errors may show what they read.
fn read_error(path: &Path, error: &csv::Error) -> LookupError {
    match error.kind() {
        csv::ErrorKind::Io(source) => LookupError::io(path, source.kind().into()),
        _ => {
            let line = error.position().map_or(0, csv::Position::line);
            LookupError::form(path, line, "not CSV in UTF-8 with the header's number of cells")
        }
    }
}

/// The text of a handles file, opened if it is sealed.
fn open<'a>(request: &LookupRequest<'a>) -> Result<Box<dyn Read + 'a>, LookupError> {
    let path = request.handles;
    let file = File::open(path).map_err(|source| LookupError::io(path, source))?;
    if !is_sealed(path) {
        return Ok(Box::new(BufReader::new(file)));
    }
    let identity = request.identity.ok_or(LookupError::IdentityMissing)?;
    let identity: &dyn age::Identity = identity;
    let not_opened = || LookupError::NotOpened { path: path.to_owned() };
    let decryptor = age::Decryptor::new_buffered(BufReader::new(file)).map_err(|_| not_opened())?;
    let reader = decryptor.decrypt(std::iter::once(identity)).map_err(|_| not_opened())?;
    Ok(Box::new(reader))
}
