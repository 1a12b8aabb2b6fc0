//! Takes an export some rows at a time, so that whoever asks can do something else in between: show how
//! far it is, wait, or give up by dropping it.

use std::fmt;
use std::sync::Arc;

use tallystick_encoder::normalise::NormalisedRecord;

use super::report::{RowPlace, reject};
use super::{EncodeError, EncodeReport, EncodeRequest, Job};
use crate::export::{Export, Input, RawRow, ReadSpec, RowOutcome};
use crate::files::Files;

/// An encoding on its way. Nothing is left of it unless it is finished.
pub struct Encoding {
    input: Input,
    export: Export,
    row: RawRow,
    record: NormalisedRecord,
    rows: u64,
    job: Job,
}

impl Encoding {
    /// Opens the export, and everything that is to be written.
    ///
    /// # Errors
    /// An export that cannot be read, or that mapping and keys do not fit.
    pub fn start(request: &EncodeRequest<'_>, files: &Arc<dyn Files>) -> Result<Self, EncodeError> {
        let spec = ReadSpec::of(request.mapping);
        let export = Export::open_input(files, request.export, &spec, &request.limits)
            .map_err(|source| EncodeError::export(request.export, source))?;
        let bound = request.mapping.bind(export.header())?;
        let job = Job::start(request, files, bound, &export)?;
        let (row, record) = (RawRow::new(), NormalisedRecord::default());
        Ok(Self { input: request.export.clone(), export, row, record, rows: 0, job })
    }

    /// Encodes up to so many rows; `false` when there are no more.
    ///
    /// # Errors
    /// If the export cannot be read on, or something not be written.
    pub fn step(&mut self, rows_max: u64) -> Result<bool, EncodeError> {
        let Self { input, export, row, record, rows, job } = self;
        for _ in 0..rows_max {
            let outcome =
                export.read_row(row).map_err(|source| EncodeError::export(input, source))?;
            let Some(outcome) = outcome else { return Ok(false) };
            *rows += 1;
            match outcome {
                RowOutcome::Row => job.row(row, record, file_of(export))?,
                RowOutcome::Rejected { line, code } => {
                    let file = file_of(export).map(|(file, _)| file);
                    reject(&mut job.rejections, code.code(), RowPlace { file, line });
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

    /// Sorts what was encoded and writes the submission. To be called when there are no more rows.
    ///
    /// # Errors
    /// If no row was accepted, if content looks like identifiers, or if something cannot be written.
    pub fn finish(self) -> Result<EncodeReport, EncodeError> {
        self.job.finish(self.rows, &self.export)
    }
}

/// Shows the progress, no value.
impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoding").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// The number, from 1, and the name of the file being read, where there are several.
pub(crate) fn file_of(export: &Export) -> Option<(u32, &str)> {
    if !export.has_several_files() {
        return None;
    }
    let file = export.files().last()?;
    Some((u32::try_from(export.files().len()).unwrap_or(u32::MAX), file.name.as_str()))
}
