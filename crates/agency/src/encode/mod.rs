//! Takes an export, a mapping and keys, gives a submission file and a report, refuses exports that
//! cannot be read and content that looks like identifiers.
//!
//! Rows are read one by one; memory holds about 80 bytes per identity, 64 MiB of encodings and a
//! sample of 20,000 identities for level counts. Everything else is in the output or an unnamed
//! scratch file of encodings beside it. A raw value is never written anywhere.

mod alias;
pub(crate) mod content;
mod content_file;
mod error;
mod fields;
mod guard;
mod handles;
mod identities;
mod json;
mod planted;
pub(crate) mod report;
mod spool;
mod steps;
mod submission;

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
#[cfg(feature = "program")]
use std::sync::atomic::{AtomicBool, Ordering};

use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::keys::EncodingKeys;
use tallystick_encoder::mapping::{BoundMapping, Mapping};
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, RawFields};
use tallystick_encoder::number::Pseudonyms;
use tallystick_wire::content::ContentWriter;
use tallystick_wire::{Handle, Profile, ProjectId, SourceLabel};

use crate::export::{Export, Input, RawRow, ReadLimits};
use crate::files::Files;
use crate::keys::KeyFile;
use alias::Aliases;
use content::ContentColumns;
pub use content::{ContentCounts, GroupCounts};
use content_file::ContentFile;
pub use error::EncodeError;
pub(crate) use fields::{attributes, fields, mapped_fields};
use guard::ContentGuard;
use handles::HandlesFile;
pub use handles::is_sealed;
use identities::{Identities, Identity};
pub use planted::{CANARIES_MAX, Canaries};
use planted::{Labels, Planter};
use report::reject;
pub use report::{AliasCounts, AliasFileCounts, EncodeReport, Places, Rejections, RowPlace};
pub use steps::Encoding;
pub(crate) use steps::file_of;
use submission::Assembly;

/// What to encode, and how.
#[derive(Debug)]
pub struct EncodeRequest<'a> {
    /// The export.
    pub export: &'a Input,
    /// Which column is what.
    pub mapping: &'a Mapping,
    /// The second file with names of the persons, as the mapping's `[aliases]` says.
    pub aliases: Option<&'a Input>,
    /// The agency's keys.
    pub keys: &'a KeyFile,
    /// Trust profile.
    pub profile: Profile,
    /// Where the submission goes.
    pub output: &'a Path,
    /// Where the handles file goes, if one is wanted, and the column with the agency's row id;
    /// without one the line number stands for it. See [`is_sealed`].
    pub handles: Option<(&'a Path, Option<&'a str>)>,
    /// Synthetic persons to plant.
    pub canaries: Option<Canaries<'a>>,
    /// Limits of reading.
    pub limits: ReadLimits,
    /// Births after this year are implausible.
    pub year_max: u16,
}

/// Rows between two looks at whether to go on.
#[cfg(feature = "program")]
const STEP_ROWS: u64 = 1_000;

/// Encodes an export on the disk. `progress` gets bytes read and, where known, bytes in all; when `cancel`
/// becomes true, everything written so far is removed.
#[cfg(feature = "program")]
pub fn encode(
    request: &EncodeRequest<'_>,
    progress: &mut dyn FnMut(u64, Option<u64>),
    cancel: &AtomicBool,
) -> Result<EncodeReport, EncodeError> {
    let disk: Arc<dyn Files> = Arc::new(crate::files::Disk);
    let mut encoding = Encoding::start(request, &disk)?;
    while encoding.step(STEP_ROWS)? {
        if cancel.load(Ordering::Relaxed) {
            return Err(EncodeError::Cancelled);
        }
        progress(encoding.bytes_read(), encoding.total_bytes());
    }
    progress(encoding.bytes_read(), encoding.total_bytes());
    encoding.finish()
}

impl RawFields for RawRow {
    fn expose(&self, column: usize) -> &str {
        if column < self.len() { Self::expose(self, column) } else { "" }
    }

    fn is_date(&self, column: usize) -> bool {
        Self::is_date(self, column)
    }
}

/// Synthetic persons to be planted when the export's rows are through.
struct Planting {
    count: u32,
    planter: Planter,
    labels: Labels,
}

struct Job {
    bound: BoundMapping,
    project: ProjectId,
    epoch: u32,
    output: PathBuf,
    normaliser: Normaliser,
    encoder: SourceEncoder,
    assembly: Assembly,
    identities: Identities,
    handles: Option<HandlesFile>,
    planting: Option<Planting>,
    content: Option<ContentFile>,
    aliases: Aliases,
    rejections: BTreeMap<&'static str, Rejections>,
    rows_accepted: u64,
}

impl Job {
    fn start(
        request: &EncodeRequest<'_>,
        files: &Arc<dyn Files>,
        bound: BoundMapping,
        export: &Export,
    ) -> Result<Self, EncodeError> {
        let source = SourceLabel::parse(request.mapping.source()).expect("mappings are checked");
        let attributes = attributes(bound.fields());
        let schema =
            SourceSchema { fields: fields(bound.fields()), attributes, profile: request.profile };
        let keys = EncodingKeys::derive(&request.keys.keys, source);
        // Rows with aliases and without a number of the person get one.
        let has_numbers = bound.fields().local_id.is_some() || !bound.aliases().is_empty();
        let encoder = SourceEncoder::new(keys, schema, has_numbers);
        let handles = match request.handles {
            None => None,
            Some((path, column)) => {
                let row_id = match column {
                    Some(name) => {
                        let refused = |source| EncodeError::export(request.export, source);
                        Some(export.column(name).map_err(refused)?)
                    }
                    None => bound.row_id(),
                };
                Some(HandlesFile::create(&**files, path, row_id, request.keys)?)
            }
        };
        let content = Self::content(request, &**files, &bound)?;
        let mut aliases = Aliases::new(&bound, request.year_max);
        match (request.aliases, request.mapping.alias_file()) {
            (Some(input), Some(file)) => {
                let reading = (&request.limits, request.year_max);
                aliases.read_file(files, (input, file), &encoder, reading)?;
            }
            (Some(_), None) => return Err(EncodeError::AliasesNotMapped),
            (None, Some(_)) => return Err(EncodeError::AliasesMissing),
            (None, None) => {}
        }
        let assembly = Assembly::new(files, request.output, &encoder, schema);
        Ok(Self {
            project: request.keys.keys.project,
            epoch: request.keys.keys.epoch,
            output: request.output.to_owned(),
            normaliser: Normaliser::new(&bound, request.year_max),
            planting: Self::planting(request, &**files, &bound)?,
            bound,
            encoder,
            assembly,
            identities: Identities::default(),
            handles,
            content,
            aliases,
            rejections: BTreeMap::new(),
            rows_accepted: 0,
        })
    }

    fn planting(
        request: &EncodeRequest<'_>,
        files: &dyn Files,
        bound: &BoundMapping,
    ) -> Result<Option<Planting>, EncodeError> {
        let Some(canaries) = &request.canaries else { return Ok(None) };
        let labels = Labels::create(files, canaries.labels, bound.mapping().source())?;
        let planter = Planter::new(&request.keys.keys, bound, request.year_max);
        Ok(Some(Planting { count: canaries.count, planter, labels }))
    }

    fn content(
        request: &EncodeRequest<'_>,
        files: &dyn Files,
        bound: &BoundMapping,
    ) -> Result<Option<ContentFile>, EncodeError> {
        let pseudonyms = Pseudonyms::new(&request.keys.keys);
        let Some(columns) = ContentColumns::new(bound, pseudonyms) else { return Ok(None) };
        let recipient =
            request.keys.release_recipient.as_ref().ok_or(EncodeError::RecipientMissing)?;
        let io = |source| EncodeError::io(request.output, source);
        let scratch = files.scratch(request.output).map_err(io)?;
        let recipient: &dyn age::Recipient = recipient;
        let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))
            .expect("one recipient is enough");
        let sealed = encryptor.wrap_output(BufWriter::new(scratch)).map_err(io)?;
        let writer =
            ContentWriter::with_further(sealed, columns.schema(), columns.further()).map_err(io)?;
        let guard = ContentGuard::new(columns.schema(), columns.further());
        Ok(Some(ContentFile { columns, guard, writer, cells: Vec::new() }))
    }

    fn row(
        &mut self,
        row: &RawRow,
        record: &mut NormalisedRecord,
        file: Option<(u32, &str)>,
    ) -> Result<(), EncodeError> {
        let place = RowPlace { file: file.map(|(file, _)| file), line: row.line() };
        if let Err(rejection) = self.normaliser.normalise(row, record) {
            reject(&mut self.rejections, rejection.code(), place);
            return Ok(());
        }
        self.aliases.of_row(row, record, &self.encoder, place)?;
        self.rows_accepted += 1;
        let handle = self.encoder.handle(record);
        self.identity(handle, record)?;
        if let Some(handles) = &mut self.handles {
            handles.write(handle, row, file)?;
        }
        if let Some(content) = &mut self.content {
            content.row((handle, record), self.aliases.in_row(), row, place, &self.output)?;
        }
        self.alias_identities((handle, record), row, file)
    }

    /// Encodes the aliases of a row, each counted like a row.
    fn alias_identities(
        &mut self,
        (handle, record): (Handle, &NormalisedRecord),
        row: &RawRow,
        file: Option<(u32, &str)>,
    ) -> Result<(), EncodeError> {
        let token = self.encoder.continuity(record);
        let mut aliases = std::mem::take(&mut self.aliases);
        let mut count = 0;
        let mut visit = |alias: &NormalisedRecord| -> Result<(), EncodeError> {
            let handle = self.encoder.handle(alias);
            self.identity(handle, alias)?;
            if let Some(handles) = &mut self.handles {
                handles.write(handle, row, file)?;
            }
            count += 1;
            Ok(())
        };
        aliases.in_row().try_for_each(&mut visit)?;
        aliases.of_person((handle, token), record, visit)?;
        aliases.counts.aliases += count;
        self.aliases = aliases;
        Ok(())
    }

    /// Encodes an identity when it is met for the first time, and counts its rows.
    fn identity(&mut self, handle: Handle, record: &NormalisedRecord) -> Result<(), EncodeError> {
        if let Some(known) = self.identities.find(handle) {
            known.rows = known.rows.saturating_add(1);
            return Ok(());
        }
        let index = u32::try_from(self.identities.len())
            .map_err(|_| EncodeError::TooManyIdentities { records_max: u32::MAX })?;
        let continuity = self.encoder.continuity(record);
        let presence = self
            .assembly
            .encode(&mut self.encoder, handle, record, index)
            .map_err(|source| EncodeError::io(&self.output, source))?;
        self.identities.push(index, Identity { handle, continuity, rows: 1, presence });
        Ok(())
    }

    /// Encodes planted persons; gives the number of their rows, and their labels.
    fn plant(&mut self) -> Result<(u64, Option<Labels>), EncodeError> {
        let Some(planting) = self.planting.take() else { return Ok((0, None)) };
        let Planting { count, mut planter, mut labels } = planting;
        let (mut rows, mut record) = (0, NormalisedRecord::default());
        for person in 0..count {
            for copy in 0..planter.copies(person) {
                planter.fill(person, copy, &mut record);
                let handle = self.encoder.handle(&record);
                let is_new = self.identities.find(handle).is_none();
                if !is_new && !labels.has(handle) {
                    // Someone in the export has all these identifiers: no label would be true.
                    continue;
                }
                self.identity(handle, &record)?;
                labels.write(handle, &planter.label(person))?;
                if let Some(handles) = &mut self.handles {
                    handles.write_id(handle, &format!("planted {person}.{copy}"))?;
                }
                rows += 1;
            }
        }
        Ok((rows, Some(labels)))
    }

    fn finish(mut self, rows_read: u64, export: &Export) -> Result<EncodeReport, EncodeError> {
        if self.rows_accepted == 0 {
            return Err(EncodeError::NothingAccepted { rows_read });
        }
        let (rows_planted, labels) = self.plant()?;
        let io = |source| EncodeError::io(&self.output, source);
        let (mut content_counts, mut groups) = (Vec::new(), Vec::new());
        let sealed = match self.content {
            None => None,
            Some(content) => {
                content.guard.finish()?;
                (content_counts, groups) =
                    (content.columns.counts(), content.columns.group_counts());
                let rows = content.writer.rows();
                let stream = content.writer.finish().map_err(io)?;
                let file = stream.finish().map_err(io)?;
                let file = file.into_inner().map_err(|error| io(error.into_error()))?;
                Some((file, rows))
            }
        };
        let records = self.identities.len() as u64;
        let aliases = self.aliases.finish();
        let mut report = EncodeReport {
            source: self.bound.mapping().source().to_owned(),
            files: if export.has_several_files() { export.files().to_vec() } else { Vec::new() },
            rows_read,
            error_cells: export.error_cells(),
            rows_accepted: self.rows_accepted,
            rejections: self.rejections,
            rows_planted,
            rows_collapsed: self.rows_accepted + rows_planted + aliases.aliases - records,
            aliases,
            records,
            fields: self.normaliser.counts().clone(),
            mapped: mapped_fields(self.bound.fields()),
            content: content_counts,
            groups,
            passes: Vec::new(),
            submission_bytes: 0,
            digest: tallystick_wire::Digest::default(),
        };
        let parts = submission::Parts {
            mapping: self.bound.mapping(),
            project: self.project,
            epoch: self.epoch,
            encoder: &self.encoder,
            identities: self.identities.into_vec(),
            sealed,
        };
        self.assembly.write(parts, &mut report)?;
        if let Some(handles) = self.handles {
            handles.finish()?;
        }
        if let Some(labels) = labels {
            labels.finish()?;
        }
        Ok(report)
    }
}
