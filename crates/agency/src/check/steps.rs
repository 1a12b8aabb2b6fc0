//! Takes an export some rows at a time, so that whoever asks can do something else in between.

use std::fmt;
use std::sync::Arc;

use super::{CheckError, CheckReport, CheckRequest, FileReport, Job};
use crate::encode::file_of;
use crate::encode::report::RowPlace;
use crate::export::{Export, Input, RawRow, ReadSpec, RowOutcome};
use crate::files::Files;

/// A check on its way.
pub struct Checking {
    input: Input,
    export: Export,
    row: RawRow,
    rows: u64,
    job: Job,
}

impl Checking {
    /// Opens the export.
    ///
    /// # Errors
    /// An export that cannot be read, or that the mapping does not fit.
    pub fn start(request: &CheckRequest<'_>, files: &Arc<dyn Files>) -> Result<Self, CheckError> {
        let spec = ReadSpec::of(request.mapping);
        let export = Export::open_input(files, request.export, &spec, &request.limits)
            .map_err(|source| CheckError::export(request.export, source))?;
        let bound = request.mapping.bind(export.header())?;
        let job = Job::new(request, &**files, bound)?;
        Ok(Self { input: request.export.clone(), export, row: RawRow::new(), rows: 0, job })
    }

    /// Looks at up to so many rows; `false` when there are no more.
    ///
    /// # Errors
    /// If the export cannot be read on, or the lines of rows that never link not be written.
    pub fn step(&mut self, rows_max: u64) -> Result<bool, CheckError> {
        let Self { input, export, row, rows, job } = self;
        let refused = |source| CheckError::export(input, source);
        for _ in 0..rows_max {
            let Some(outcome) = export.read_row(row).map_err(refused)? else { return Ok(false) };
            *rows += 1;
            let file = file_of(export).map(|(file, _)| file);
            match outcome {
                RowOutcome::Row => job.row(row, RowPlace { file, line: row.line() }.into())?,
                RowOutcome::Rejected { line, code } => {
                    job.never.add(code.code(), RowPlace { file, line }.into())?;
                }
            }
        }
        Ok(true)
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of the export read so far.
    pub fn bytes_read(&self) -> u64 {
        self.export.bytes_read()
    }

    /// Bytes of the export, where known.
    pub fn total_bytes(&self) -> Option<u64> {
        self.export.total_bytes()
    }

    /// The report, compared with an earlier one of the same source if there is one. To be called when
    /// there are no more rows; forecasts take the longest here.
    ///
    /// # Errors
    /// If the lines of rows that never link cannot be written.
    pub fn finish(self, earlier: Option<&CheckReport>) -> Result<CheckReport, CheckError> {
        self.finish_unless(earlier, &|| false)
    }

    /// The same, which also looks at whether to go on while it forecasts.
    ///
    /// # Errors
    /// As [`Checking::finish`]; [`CheckError::Cancelled`].
    pub fn finish_unless(
        self,
        earlier: Option<&CheckReport>,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<CheckReport, CheckError> {
        let several = self.export.has_several_files();
        let files = if several { self.export.files() } else { &[] };
        let files =
            files.iter().map(|file| FileReport { name: file.name.clone(), rows: file.rows });
        self.job.finish(self.rows, files.collect(), earlier, is_cancelled)
    }
}

/// Shows the progress, no value.
impl fmt::Debug for Checking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checking").field("rows", &self.rows).finish_non_exhaustive()
    }
}
