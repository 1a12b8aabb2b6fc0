//! Takes an export, a mapping and keys, gives a submission file and a report, refuses exports that
//! cannot be read and content that looks like identifiers.
//!
//! Rows are read one by one; memory holds about 80 bytes per identity, 64 MiB of encodings and a
//! sample of 20,000 identities for level counts. Everything else is in the output or an unnamed
//! scratch file of encodings beside it. A raw value is never written anywhere.

pub(crate) mod content;
mod error;
mod guard;
pub(crate) mod report;
mod spool;
mod submission;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::keys::EncodingKeys;
use tallystick_encoder::mapping::{
    AttributeCompare, BoundMapping, Fields, Mapping, NameColumns, TextEncoding,
};
use tallystick_encoder::normalise::{Field, NormalisedRecord, Normaliser, RawFields};
use tallystick_encoder::tokens::{AttributeSchema, Attributes};
use tallystick_wire::content::{Cell, ContentWriter};
use tallystick_wire::schema::{ATTRIBUTES_MAX, Field as WireField, FieldSet};
use tallystick_wire::{Handle, Profile, SourceLabel};

use crate::export::{Encoding, Export, RawRow, ReadLimits, ReadSpec, RowOutcome};
use crate::keys::KeyFile;
use content::ContentColumns;
pub use content::ContentCounts;
pub use error::EncodeError;
use guard::ContentGuard;
use report::reject;
pub use report::{EncodeReport, Rejections};
use submission::{Assembly, Identity};

/// What to encode, and how.
#[derive(Debug)]
pub struct EncodeRequest<'a> {
    /// The export.
    pub export: &'a Path,
    /// Which column is what.
    pub mapping: &'a Mapping,
    /// The agency's keys.
    pub keys: &'a KeyFile,
    /// Trust profile.
    pub profile: Profile,
    /// Where the submission goes.
    pub output: &'a Path,
    /// Where the handles file goes, if one is wanted, and the column with the agency's row id;
    /// without one the line number stands for it.
    pub handles: Option<(&'a Path, Option<&'a str>)>,
    /// Limits of reading.
    pub limits: ReadLimits,
    /// Births after this year are implausible.
    pub year_max: u16,
}

/// Encodes an export. `progress` gets bytes read and, where known, bytes in all; when `cancel`
/// becomes true, everything written so far is removed.
pub fn encode(
    request: &EncodeRequest<'_>,
    progress: &mut dyn FnMut(u64, Option<u64>),
    cancel: &AtomicBool,
) -> Result<EncodeReport, EncodeError> {
    let refused = |source| EncodeError::export(request.export, source);
    let mut export = Export::open(request.export, &read_spec(request.mapping), &request.limits)
        .map_err(refused)?;
    let bound = request.mapping.bind(export.header())?;
    let mut job = Job::start(request, &bound, &export)?;
    let mut row = RawRow::new();
    let mut rows = 0u64;
    while let Some(outcome) = export.read_row(&mut row).map_err(refused)? {
        rows += 1;
        match outcome {
            RowOutcome::Row => job.row(&row)?,
            RowOutcome::Rejected { line, code } => reject(&mut job.rejections, code.code(), line),
        }
        if rows.is_multiple_of(1_000) {
            if cancel.load(Ordering::Relaxed) {
                return Err(EncodeError::Cancelled);
            }
            progress(export.bytes_read(), export.total_bytes());
        }
    }
    progress(export.bytes_read(), export.total_bytes());
    job.finish(rows)
}

impl RawFields for RawRow {
    fn expose(&self, column: usize) -> &str {
        if column < self.len() { Self::expose(self, column) } else { "" }
    }
}

pub(crate) fn read_spec(mapping: &Mapping) -> ReadSpec {
    let read = mapping.read();
    ReadSpec {
        header: read.header,
        delimiter: read.delimiter,
        encoding: read.encoding.map(|encoding| match encoding {
            TextEncoding::Utf8 => Encoding::Utf8,
            TextEncoding::Utf16 => Encoding::Utf16,
            TextEncoding::Windows1252 => Encoding::Windows1252,
        }),
    }
}

/// The handles file: which handle was which row. Stays at the agency.
struct HandlesFile {
    writer: csv::Writer<BufWriter<tempfile::NamedTempFile>>,
    path: PathBuf,
    row_id: Option<usize>,
}

impl HandlesFile {
    fn create(path: &Path, row_id: Option<usize>) -> Result<Self, EncodeError> {
        let io = |source| EncodeError::io(path, source);
        let file = tempfile::NamedTempFile::new_in(parent(path)).map_err(io)?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(["handle", "row_id"]).map_err(|error| io(error.into()))?;
        Ok(Self { writer, path: path.to_owned(), row_id })
    }

    fn write(&mut self, handle: Handle, row: &RawRow) -> Result<(), EncodeError> {
        let line;
        let row_id = match self.row_id {
            Some(column) => RawFields::expose(row, column),
            None => {
                line = row.line().to_string();
                &line
            }
        };
        self.writer
            .write_record([handle.to_string().as_str(), row_id])
            .map_err(|error| EncodeError::io(&self.path, error.into()))
    }

    fn finish(self) -> Result<(), EncodeError> {
        let path = self.path;
        let io = |source| EncodeError::io(&path, source);
        let buffer = self.writer.into_inner().map_err(|error| io(error.into_error()))?;
        let file = buffer.into_inner().map_err(|error| io(error.into_error()))?;
        file.persist(&path).map_err(|error| io(error.error))?;
        Ok(())
    }
}

/// Sealed content, spooled until the submission is put together.
struct ContentFile {
    columns: ContentColumns,
    guard: ContentGuard,
    writer: ContentWriter<age::stream::StreamWriter<BufWriter<File>>>,
    cells: Vec<Option<Cell>>,
}

struct Job<'a> {
    request: &'a EncodeRequest<'a>,
    bound: &'a BoundMapping,
    normaliser: Normaliser,
    encoder: SourceEncoder,
    assembly: Assembly,
    identities: Vec<Identity>,
    known: HashMap<Handle, u32>,
    handles: Option<HandlesFile>,
    content: Option<ContentFile>,
    record: NormalisedRecord,
    rejections: BTreeMap<&'static str, Rejections>,
    rows_accepted: u64,
}

impl<'a> Job<'a> {
    fn start(
        request: &'a EncodeRequest<'a>,
        bound: &'a BoundMapping,
        export: &Export,
    ) -> Result<Self, EncodeError> {
        let source = SourceLabel::parse(request.mapping.source()).expect("mappings are checked");
        let attributes = attributes(bound.fields());
        let schema =
            SourceSchema { fields: fields(bound.fields()), attributes, profile: request.profile };
        let keys = EncodingKeys::derive(&request.keys.keys, source);
        let encoder = SourceEncoder::new(keys, schema, bound.fields().local_id.is_some());
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
                Some(HandlesFile::create(path, row_id)?)
            }
        };
        let content = Self::content(request, bound)?;
        let assembly = Assembly::new(request.output, &encoder, schema);
        Ok(Self {
            request,
            bound,
            normaliser: Normaliser::new(bound, request.year_max),
            encoder,
            assembly,
            identities: Vec::new(),
            known: HashMap::new(),
            handles,
            content,
            record: NormalisedRecord::default(),
            rejections: BTreeMap::new(),
            rows_accepted: 0,
        })
    }

    fn content(
        request: &EncodeRequest<'_>,
        bound: &BoundMapping,
    ) -> Result<Option<ContentFile>, EncodeError> {
        let Some(content) = bound.content() else { return Ok(None) };
        let recipient =
            request.keys.release_recipient.as_ref().ok_or(EncodeError::RecipientMissing)?;
        let missing = &request.mapping.read().missing;
        let columns = ContentColumns::new(content, missing, bound.fields().dob.is_some());
        let io = |source| EncodeError::io(request.output, source);
        let scratch = tempfile::tempfile_in(parent(request.output)).map_err(io)?;
        let recipient: &dyn age::Recipient = recipient;
        let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))
            .expect("one recipient is enough");
        let sealed = encryptor.wrap_output(BufWriter::new(scratch)).map_err(io)?;
        let writer = ContentWriter::new(sealed, columns.schema()).map_err(io)?;
        let guard = ContentGuard::new(columns.schema(), columns.sources().collect());
        Ok(Some(ContentFile { columns, guard, writer, cells: Vec::new() }))
    }

    fn row(&mut self, row: &RawRow) -> Result<(), EncodeError> {
        if let Err(rejection) = self.normaliser.normalise(row, &mut self.record) {
            reject(&mut self.rejections, rejection.code(), row.line());
            return Ok(());
        }
        self.rows_accepted += 1;
        let handle = self.encoder.handle(&self.record);
        self.identity(handle)?;
        if let Some(handles) = &mut self.handles {
            handles.write(handle, row)?;
        }
        if let Some(content) = &mut self.content {
            content.columns.read(row, &self.record, &mut content.cells);
            content.guard.row(handle, row, &self.record, &content.cells);
            content
                .writer
                .write_row(handle, &content.cells)
                .map_err(|source| EncodeError::io(self.request.output, source))?;
        }
        Ok(())
    }

    /// Encodes an identity when it is met for the first time, and counts its rows.
    fn identity(&mut self, handle: Handle) -> Result<(), EncodeError> {
        if let Some(index) = self.known.get(&handle) {
            let rows = &mut self.identities[*index as usize].rows;
            *rows = rows.saturating_add(1);
            return Ok(());
        }
        let index = u32::try_from(self.identities.len())
            .map_err(|_| EncodeError::TooManyIdentities { records_max: u32::MAX })?;
        self.known.insert(handle, index);
        let continuity = self.encoder.continuity(&self.record);
        let presence = self
            .assembly
            .encode(&mut self.encoder, handle, &self.record, index)
            .map_err(|source| EncodeError::io(self.request.output, source))?;
        self.identities.push(Identity { handle, continuity, rows: 1, presence });
        Ok(())
    }

    fn finish(self, rows_read: u64) -> Result<EncodeReport, EncodeError> {
        let io = |source| EncodeError::io(self.request.output, source);
        if self.rows_accepted == 0 {
            return Err(EncodeError::NothingAccepted { rows_read });
        }
        let mut content_counts = Vec::new();
        let sealed = match self.content {
            None => None,
            Some(content) => {
                content.guard.finish()?;
                content_counts = content.columns.counts;
                let rows = content.writer.rows();
                let stream = content.writer.finish().map_err(io)?;
                let file = stream.finish().map_err(io)?;
                let file = file.into_inner().map_err(|error| io(error.into_error()))?;
                Some((file, rows))
            }
        };
        let records = self.identities.len() as u64;
        let mut report = EncodeReport {
            source: self.request.mapping.source().to_owned(),
            rows_read,
            rows_accepted: self.rows_accepted,
            rejections: self.rejections,
            rows_collapsed: self.rows_accepted - records,
            records,
            fields: self.normaliser.counts().clone(),
            mapped: mapped_fields(self.bound.fields()),
            content: content_counts,
            passes: Vec::new(),
            submission_bytes: 0,
            digest: tallystick_wire::Digest::default(),
        };
        let parts = submission::Parts {
            request: self.request,
            encoder: &self.encoder,
            identities: self.identities,
            sealed,
        };
        self.assembly.write(parts, &mut report)?;
        if let Some(handles) = self.handles {
            handles.finish()?;
        }
        Ok(report)
    }
}

/// The directory in which a file lies.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

pub(crate) fn attributes(fields: &Fields<usize>) -> Attributes {
    let mut out: Attributes = [None; ATTRIBUTES_MAX];
    for (slot, attribute) in out.iter_mut().zip(&fields.attributes) {
        *slot = Some(AttributeSchema {
            name: SourceLabel::parse(&attribute.name).expect("mappings have checked names"),
            qgrams: attribute.compare == AttributeCompare::QGrams,
        });
    }
    out
}

/// Fields of the linkage schema that a mapping has.
pub(crate) fn fields(fields: &Fields<usize>) -> FieldSet {
    let (first, last, middle, suffix) = match &fields.name {
        NameColumns::Whole { .. } => (true, true, true, true),
        NameColumns::Parts { first, last, middle, suffix } => {
            (first.is_some(), last.is_some(), middle.is_some(), suffix.is_some())
        }
    };
    let mapped = [
        (WireField::First, first),
        (WireField::Roots, first),
        (WireField::Last, last),
        // An initial may stand behind a first name, a suffix behind a last one.
        (WireField::Middle, middle || first),
        (WireField::Suffix, suffix || last),
        (WireField::Dob, fields.dob.is_some()),
        (WireField::Ssn4, fields.ssn.is_some()),
        (WireField::Phone, fields.phone.is_some()),
        (WireField::Address, !fields.address.is_empty()),
        (WireField::Zip, fields.zip.is_some()),
        (WireField::City, fields.city.is_some()),
        (WireField::Sex, fields.sex.is_some()),
    ];
    let mut set = mapped
        .into_iter()
        .filter(|(_, mapped)| *mapped)
        .fold(FieldSet::default(), |set, (field, _)| set.with(field));
    for index in 0..fields.attributes.len() {
        set = set.with(WireField::attribute(index));
    }
    set
}

pub(crate) fn mapped_fields(bound: &Fields<usize>) -> Vec<Field> {
    let set = fields(bound);
    let by_wire = [
        (Field::First, WireField::First),
        (Field::Last, WireField::Last),
        (Field::Middle, WireField::Middle),
        (Field::Suffix, WireField::Suffix),
        (Field::Dob, WireField::Dob),
        (Field::Sex, WireField::Sex),
        (Field::Ssn, WireField::Ssn4),
        (Field::Phone, WireField::Phone),
        (Field::Address, WireField::Address),
        (Field::City, WireField::City),
        (Field::Zip, WireField::Zip),
    ];
    let mut mapped: Vec<Field> = by_wire
        .into_iter()
        .filter(|(_, wire)| set.contains(*wire))
        .map(|(field, _)| field)
        .collect();
    mapped.extend(bound.local_id.map(|_| Field::LocalId));
    mapped.extend(
        (0..bound.attributes.len())
            .filter_map(|index| u8::try_from(index).ok())
            .map(Field::Attribute),
    );
    mapped
}

/// Flushes a file written so far and syncs it.
pub(crate) fn sync(mut file: &File) -> std::io::Result<()> {
    file.flush()?;
    file.sync_all()
}
