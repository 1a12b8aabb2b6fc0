//! What every format gives: rows one after the other, each with its place in the file.

use super::error::ExportError;

/// A row just read; its bytes stand in its [`RowSource`] until the next one.
pub(super) struct Record {
    /// Where it starts, from 1: a line of text, a row of a sheet. Where a format keeps its names
    /// elsewhere, its first row is 2, as if they stood in the first line.
    pub(super) line: u64,
    /// Cells beyond the expected columns were seen; `fields` is then meaningless.
    pub(super) more_fields: bool,
    pub(super) bytes: usize,
    pub(super) fields: usize,
}

/// The rows of one file, blank ones left out.
pub(super) trait RowSource: Send {
    /// The next row; `None` at the end.
    fn next(&mut self) -> Result<Option<Record>, ExportError>;

    /// The cells' bytes one after the other, and where each ends.
    fn parts(&self, record: &Record) -> (&[u8], &[usize]);

    /// Which cells of the present row the file calls dates; may be empty.
    fn dates(&self) -> &[bool] {
        &[]
    }

    /// Names of the columns, where they are not in the first row.
    fn names(&self) -> Option<Vec<String>> {
        None
    }

    /// From now on a row with more cells than `columns` has `more_fields`.
    fn expect_columns(&mut self, columns: usize);

    /// Cells so far that hold an error, such as `#N/A`, in place of a value.
    fn error_cells(&self) -> u64 {
        0
    }

    /// Bytes of the file taken so far.
    fn bytes_read(&self) -> u64;
}
