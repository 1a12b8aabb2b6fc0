//! Takes an export and a mapping, gives a report on how well the export can be linked, refuses exports
//! that cannot be read.
//!
//! No key is needed and nothing leaves: the report is read by those who made the export, before they
//! encode it. It holds counts, shares, lines of the export and words of our own lists. Values are
//! hashed under a key drawn anew, but for the bounded sample that the forecast corrupts in memory,
//! which is overwritten when done.

mod changes;
mod draw;
mod error;
mod forecast;
pub mod html;
mod identities;
mod never;
mod place;
mod placeholders;
mod report;
mod steps;
mod tally;
mod text;
mod warnings;

use std::path::Path;
#[cfg(feature = "program")]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tallystick_encoder::mapping::{BoundMapping, Mapping};
use tallystick_encoder::normalise::{FieldCount, NormalisedRecord, Normaliser};
use tallystick_encoder::number::Pseudonyms;
use tallystick_wire::content::Cell;
use tallystick_wire::schema::FieldSet;

use crate::encode::content::ContentColumns;
use crate::encode::report::field_name;
use crate::encode::{fields, mapped_fields};
use crate::export::{Input, RawRow, ReadLimits};
use crate::files::Files;
pub use changes::read_earlier;
pub use error::CheckError;
pub use place::Place;
pub use report::*;
pub use steps::Checking;

use forecast::Sample;
use identities::Identities;
use never::NeverFile;
use placeholders::Placeholders;
use tally::{Groups, Outcomes};

/// What to check.
#[derive(Debug)]
pub struct CheckRequest<'a> {
    /// The export.
    pub export: &'a Input,
    /// Which column is what.
    pub mapping: &'a Mapping,
    /// Where the lines of rows that can never link go, if they are wanted.
    pub never: Option<&'a Path>,
    /// An earlier report of the same source.
    pub earlier: Option<&'a CheckReport>,
    /// Limits of reading.
    pub limits: ReadLimits,
    /// Births after this year are implausible.
    pub year_max: u16,
}

/// Rows between two looks at whether to go on.
#[cfg(feature = "program")]
const STEP_ROWS: u64 = 1_000;

/// Checks an export on the disk. `progress` gets bytes read and, where known, bytes in all; when `cancel` becomes
/// true, no file is left.
#[cfg(feature = "program")]
pub fn check(
    request: &CheckRequest<'_>,
    progress: &mut dyn FnMut(u64, Option<u64>),
    cancel: &AtomicBool,
) -> Result<CheckReport, CheckError> {
    let disk: Arc<dyn Files> = Arc::new(crate::files::Disk);
    let mut checking = Checking::start(request, &disk)?;
    while checking.step(STEP_ROWS)? {
        if cancel.load(Ordering::Relaxed) {
            return Err(CheckError::Cancelled);
        }
        progress(checking.bytes_read(), checking.total_bytes());
    }
    progress(checking.bytes_read(), checking.total_bytes());
    checking.finish_unless(request.earlier, &|| cancel.load(Ordering::Relaxed))
}

/// One check on its way.
struct Job {
    bound: BoundMapping,
    year_max: u16,
    normaliser: Normaliser,
    outcomes: Outcomes,
    placeholders: Placeholders,
    groups: Groups,
    identities: Identities,
    content: Option<ContentColumns>,
    cells: Vec<Option<Cell>>,
    never: NeverFile,
    record: NormalisedRecord,
    sample: Sample,
    rows_accepted: u64,
    attributes: usize,
    mapped: FieldSet,
}

impl Job {
    fn new(
        request: &CheckRequest<'_>,
        files: &dyn Files,
        bound: BoundMapping,
    ) -> Result<Self, CheckError> {
        let content = ContentColumns::new(&bound, Pseudonyms::throw_away());
        let has_age = content.as_ref().is_some_and(ContentColumns::has_age_band);
        Ok(Self {
            year_max: request.year_max,
            normaliser: Normaliser::new(&bound, request.year_max),
            outcomes: Outcomes::new(mapped_fields(bound.fields())),
            placeholders: Placeholders::new(bound.fields()),
            groups: Groups::new(bound.content(), has_age),
            identities: Identities::default(),
            content,
            cells: Vec::new(),
            never: NeverFile::create(files, request.never)?,
            record: NormalisedRecord::default(),
            sample: Sample::default(),
            rows_accepted: 0,
            attributes: bound.fields().attributes.len(),
            mapped: fields(bound.fields()),
            bound,
        })
    }

    fn row(&mut self, row: &RawRow, line: Place) -> Result<(), CheckError> {
        let before = self.normaliser.counts().clone();
        let rejected = self.normaliser.normalise(row, &mut self.record).err();
        self.outcomes.fill(&before, self.normaliser.counts());
        let reason = match rejected {
            Some(rejection) => Some(rejection.code()),
            None => never::reason(&self.record, self.attributes, self.mapped),
        };
        if let Some(code) = reason {
            self.never.add(code, line)?;
        }
        self.cells.clear();
        if let Some(content) = &mut self.content {
            content.read(row, &self.record, line.into(), &mut self.cells);
            content.parts(row, line.into(), &self.cells)?;
        }
        self.placeholders.row(row, &self.record, &self.outcomes, line);
        self.groups.row(&self.record, &self.cells, &self.outcomes, (reason.is_some(), line));
        if rejected.is_none() {
            self.rows_accepted += 1;
            if self.identities.add(&self.record, line) {
                self.sample.offer(&self.record);
            }
        }
        Ok(())
    }

    fn finish(
        mut self,
        rows_read: u64,
        files: Vec<FileReport>,
        earlier: Option<&CheckReport>,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<CheckReport, CheckError> {
        let counts = self.normaliser.counts();
        let mut report = CheckReport {
            version: REPORT_VERSION,
            source: self.bound.mapping().source().to_owned(),
            files,
            rows_read,
            rows_accepted: self.rows_accepted,
            identities: self.identities.count(),
            fields: (self.outcomes.fields().iter())
                .map(|field| FieldReport {
                    field: field_name(*field),
                    cells: cells(counts.field(*field)),
                })
                .collect(),
            content: self.content.map_or_else(Vec::new, |content| content_fields(&content)),
            groups: self.groups.finish(),
            placeholders: self.placeholders.finish(),
            hot: self.identities.hot(),
            heaping: self.identities.heaping(),
            repeats: self.identities.repeats_found(),
            never: Vec::new(),
            forecast: forecast::forecast(self.sample, &self.bound, self.year_max, is_cancelled),
            warnings: Vec::new(),
            changes: Vec::new(),
        };
        if is_cancelled() {
            return Err(CheckError::Cancelled);
        }
        report.never = self.never.finish()?;
        report.warnings = warnings::warnings(&report);
        if let Some(earlier) = earlier {
            report.changes = changes::changes(earlier, &report);
            report.warnings.extend(warnings::of_changes(&report.changes));
        }
        Ok(report)
    }
}

fn cells(count: FieldCount) -> Cells {
    Cells { present: count.present, missing: count.missing, unreadable: count.invalid }
}

fn content_fields(content: &ContentColumns) -> Vec<FieldReport> {
    content
        .counts()
        .into_iter()
        .map(|count| FieldReport {
            field: count.column,
            cells: Cells {
                present: count.present,
                missing: count.missing,
                unreadable: count.invalid,
            },
        })
        .collect()
}
