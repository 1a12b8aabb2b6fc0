//! A release table as CSV: RFC 4180, UTF-8; a missing cell is an empty field or its kind, such as `.b`.

use std::io;
use std::path::Path;

use crate::column::{Table, row_count};
use crate::file::{ReleaseFile, Ticker, failed};
use crate::{DatasetError, FileWritten};

/// Writes `<table>.csv` into a directory.
///
/// # Errors
/// A disk that fails; a wish to stop.
pub fn write(
    dir: &Path,
    table: &Table,
    ticker: &mut Ticker<'_>,
) -> Result<FileWritten, DatasetError> {
    let name = format!("{}.csv", table.name);
    write_to(ReleaseFile::create(dir, &name)?, &name, table, ticker)?.finish()
}

/// Writes to a file of that name, and gives it back.
pub(crate) fn write_to<W: io::Write>(
    out: W,
    name: &str,
    table: &Table,
    ticker: &mut Ticker<'_>,
) -> Result<W, DatasetError> {
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1 << 16)
        .from_writer(out);
    let failed = |cause: csv::Error| failed(name, io::Error::other(cause));
    out.write_record(table.columns.iter().map(|column| &column.name)).map_err(failed)?;
    let mut cell = Vec::new();
    for row in 0..table.rows {
        for column in &table.columns {
            cell.clear();
            column.values.write_cell(row, &mut cell);
            out.write_field(&cell).map_err(failed)?;
        }
        out.write_record(None::<&[u8]>).map_err(failed)?;
        if (row + 1).is_multiple_of(Ticker::STEP) {
            ticker.tick(row_count(Ticker::STEP))?;
        }
    }
    ticker.tick(row_count(table.rows % Ticker::STEP))?;
    out.into_inner().map_err(|error| failed(error.into_error().into()))
}
