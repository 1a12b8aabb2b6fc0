//! Puts a submission together: spools encoded rows, sorts them, writes the container.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::filters::Filters;
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::normalise::NormalisedRecord;
use tallystick_wire::schema::{FIELDS, Field, FieldSet};
use tallystick_wire::{
    Column, Handle, Header, PASSES, ProjectId, SectionKind, SourceLabel, SourceType,
    SubmissionWriter, schema,
};

use super::EncodeError;
use super::identities::Identity;
use super::report::EncodeReport;
use super::spool::{KEY_BYTES, Spool};
use crate::files::{Files, NewFile, Scratch};

/// Encodings kept in memory before they go to the scratch file.
const BUFFERED_BYTES_MAX: usize = 64 << 20;
/// Key, record number, presence word; the filters follow.
const HEAD_BYTES: usize = KEY_BYTES + 8;

/// What the submission is made of besides the spooled rows.
pub(super) struct Parts<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) project: ProjectId,
    pub(super) epoch: u32,
    pub(super) encoder: &'a SourceEncoder,
    pub(super) identities: Vec<Identity>,
    pub(super) sealed: Option<(Box<dyn Scratch>, u64)>,
}

/// Spools the rows of all passes, and the unsalted filters in profile `trusted`.
#[derive(Debug)]
pub(super) struct Assembly {
    files: Arc<dyn Files>,
    output: PathBuf,
    spool: Spool,
    schema: SourceSchema,
    /// Passes with the fields that their rows carry.
    passes: Vec<(u8, FieldSet)>,
    row: Vec<u8>,
}

impl Assembly {
    pub(super) fn new(
        files: &Arc<dyn Files>,
        output: &Path,
        encoder: &SourceEncoder,
        schema: SourceSchema,
    ) -> Self {
        let salted = schema.profile.is_salted();
        let carried = |fixed: FieldSet| {
            if salted { FieldSet(schema.fields.0 & !fixed.0) } else { FieldSet::default() }
        };
        let passes: Vec<(u8, FieldSet)> = encoder
            .passes()
            .iter()
            .map(|pass| (pass.number, carried(pass.fixed_fields())))
            .collect();
        let mut widths: Vec<usize> = passes.iter().map(|(_, fields)| row_bytes(*fields)).collect();
        if !salted {
            widths.push(row_bytes(schema.fields));
        }
        let spool = Spool::new(files, output, &widths, BUFFERED_BYTES_MAX);
        let (files, output) = (Arc::clone(files), output.to_owned());
        Self { files, output, spool, schema, passes, row: Vec::new() }
    }

    /// Encodes one identity into the spool; gives its presence word.
    pub(super) fn encode(
        &mut self,
        encoder: &mut SourceEncoder,
        handle: Handle,
        record: &NormalisedRecord,
        index: u32,
    ) -> io::Result<u32> {
        let mut result = Ok(());
        let Self { spool, passes, row, schema, .. } = self;
        let (unsalted, presence) = encoder.encode(handle, record, |pass_row| {
            let table = passes
                .iter()
                .position(|(pass, _)| *pass == pass_row.pass)
                .expect("rows come from the source's passes");
            let (pass, fields) = passes[table];
            let head = (pass_row.token.0, tie_break(handle, pass), index, pass_row.presence);
            fill_row(row, head, pass_row.filters, fields);
            if result.is_ok() {
                result = spool.push(table, row);
            }
        });
        if let Some(filters) = unsalted {
            fill_row(row, (handle.0, 0, index, presence), Some(&filters), schema.fields);
            result = result.and_then(|()| spool.push(passes.len(), row));
        }
        result.map(|()| presence)
    }

    /// Writes the submission and completes the report.
    pub(super) fn write(
        mut self,
        mut parts: Parts<'_>,
        report: &mut EncodeReport,
    ) -> Result<(), EncodeError> {
        let output = std::mem::take(&mut self.output);
        let io = |source| EncodeError::io(&output, source);
        let mut order: Vec<u32> = (0..).take(parts.identities.len()).collect();
        order.sort_unstable_by_key(|index| parts.identities[*index as usize].handle);
        let mut record_of = vec![0u32; order.len()];
        for (record, index) in (0u32..).zip(&order) {
            record_of[*index as usize] = record;
        }
        let header = self.header(&parts, report);
        let pass_rows: Vec<(u8, u64)> = self
            .passes
            .iter()
            .enumerate()
            .map(|(table, (pass, _))| (*pass, self.spool.rows(table)))
            .collect();
        let content_bytes = match &mut parts.sealed {
            Some((file, _)) => Some(file.seek(SeekFrom::End(0)).map_err(io)?),
            None => None,
        };
        let file = self.files.create(&output).map_err(io)?;
        let mut writer =
            SubmissionWriter::new(file, header, &pass_rows, content_bytes).map_err(io)?;
        report.submission_bytes = writer.layout().file_bytes();
        self.write_rows(&mut writer, &record_of).map_err(io)?;
        write_identities(&mut writer, &parts.identities, &order).map_err(io)?;
        writer.write_levels(&parts.encoder.level_counts()).map_err(io)?;
        if let Some((sealed, _)) = &mut parts.sealed {
            sealed.seek(SeekFrom::Start(0)).map_err(io)?;
            writer.write_content(sealed).map_err(io)?;
        }
        let (written, digest) = writer.finish().map_err(io)?;
        report.digest = digest;
        report.passes =
            pass_rows.iter().map(|(pass, rows)| (PASSES[usize::from(*pass)].name, *rows)).collect();
        written.keep().map_err(io)
    }

    fn header(&self, parts: &Parts<'_>, report: &EncodeReport) -> Header {
        let mapping = parts.mapping;
        let mut attributes = [SourceLabel::default(); schema::ATTRIBUTES_MAX];
        for (label, attribute) in attributes.iter_mut().zip(&self.schema.attributes) {
            *label = attribute.map_or_else(SourceLabel::default, |attribute| attribute.name);
        }
        let present = core::array::from_fn(|field| {
            let bit = FIELDS[field].0;
            let identities = parts.identities.iter();
            identities.filter(|one| FieldSet(one.presence).contains(bit)).count() as u64
        });
        Header {
            config_hash: schema::config_hash(),
            key_check: parts.encoder.key_check(),
            project: parts.project,
            epoch: parts.epoch,
            profile: self.schema.profile,
            source_type: SourceType::ALL
                .into_iter()
                .find(|kind| kind.as_str() == mapping.source_type().as_str())
                .expect("mapping and wire know the same kinds of agencies"),
            source: SourceLabel::parse(mapping.source()).expect("mappings have checked names"),
            fields: self.schema.fields,
            attributes,
            // The format has no place for planted rows of their own; to say how many there are
            // would help nobody but a guesser.
            rows_read: report.rows_read + report.rows_planted,
            rows_accepted: report.rows_accepted + report.rows_planted,
            rows_rejected: report.rows_rejected(),
            aliases: report.aliases.aliases,
            rows_collapsed: report.rows_collapsed,
            records: report.records,
            content_rows: parts.sealed.as_ref().map_or(0, |(_, rows)| *rows),
            present,
        }
    }

    fn write_rows(
        &mut self,
        writer: &mut SubmissionWriter<Box<dyn NewFile>>,
        record_of: &[u32],
    ) -> io::Result<()> {
        for table in 0..self.passes.len() {
            let (pass, fields) = self.passes[table];
            let kind = SectionKind::Pass(pass);
            let salted = self.schema.profile.is_salted();
            let mut at = 0u64;
            self.spool.drain_sorted(table, |rows| {
                writer.write_column(kind, Column::Token, at, &column(rows, 0..16))?;
                if salted {
                    write_filters(writer, kind, fields, at, rows)?;
                }
                let records = records(rows, record_of);
                let assembler = SectionKind::Assembler;
                writer.write_column(assembler, Column::Record(pass), at, &records)?;
                at += rows.len() as u64;
                Ok(())
            })?;
        }
        if !self.schema.profile.is_salted() {
            let (table, fields) = (self.passes.len(), self.schema.fields);
            let mut at = 0u64;
            self.spool.drain_sorted(table, |rows| {
                write_filters(writer, SectionKind::Filters, fields, at, rows)?;
                at += rows.len() as u64;
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Orders the rows of one block: by handle, scrambled differently in every pass, so that the order
/// of rows in one pass says nothing about their order in another.
fn tie_break(handle: Handle, pass: u8) -> u64 {
    let low = u64::from_le_bytes(handle.0[..8].try_into().expect("8 of 16 bytes"));
    let odd = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(2 * u64::from(pass) + 1) | 1;
    low.wrapping_mul(odd).rotate_left(31).wrapping_mul(odd)
}

fn row_bytes(fields: FieldSet) -> usize {
    HEAD_BYTES + fields.fields().map(|field| field.words() * 8).sum::<usize>()
}

/// A spooled row: key (16 bytes and tie-break), record number, presence word, filters.
fn fill_row(
    row: &mut Vec<u8>,
    (key, tie, index, presence): ([u8; 16], u64, u32, u32),
    filters: Option<&Filters>,
    fields: FieldSet,
) {
    row.clear();
    row.extend_from_slice(&key);
    row.extend_from_slice(&tie.to_be_bytes());
    row.extend_from_slice(&index.to_le_bytes());
    row.extend_from_slice(&presence.to_le_bytes());
    if let Some(filters) = filters {
        for word in fields.fields().flat_map(|field| filters.field(field)) {
            row.extend_from_slice(&word.to_le_bytes());
        }
    }
}

fn column(rows: &[&[u8]], bytes: core::ops::Range<usize>) -> Vec<u8> {
    let mut column = Vec::with_capacity(rows.len() * bytes.len());
    for row in rows {
        column.extend_from_slice(&row[bytes.clone()]);
    }
    column
}

fn records(rows: &[&[u8]], record_of: &[u32]) -> Vec<u8> {
    rows.iter()
        .flat_map(|row| {
            let index = &row[KEY_BYTES..KEY_BYTES + 4];
            let index = u32::from_le_bytes(index.try_into().expect("4 bytes"));
            record_of[index as usize].to_le_bytes()
        })
        .collect()
}

fn write_filters(
    writer: &mut SubmissionWriter<Box<dyn NewFile>>,
    kind: SectionKind,
    fields: FieldSet,
    at: u64,
    rows: &[&[u8]],
) -> io::Result<()> {
    let mut start = HEAD_BYTES;
    for field in fields.fields() {
        let bytes = Field::words(field) * 8;
        let filters = column(rows, start..start + bytes);
        writer.write_column(kind, Column::Filter(field), at, &filters)?;
        start += bytes;
    }
    let presence = column(rows, KEY_BYTES + 4..HEAD_BYTES);
    writer.write_column(kind, Column::Presence, at, &presence)
}

fn write_identities(
    writer: &mut SubmissionWriter<Box<dyn NewFile>>,
    identities: &[Identity],
    order: &[u32],
) -> io::Result<()> {
    let sorted = || order.iter().map(|index| &identities[*index as usize]);
    let handles: Vec<u8> = sorted().flat_map(|identity| identity.handle.0).collect();
    let continuity: Vec<u8> = sorted().flat_map(|identity| identity.continuity.0).collect();
    let rows: Vec<u8> = sorted().flat_map(|identity| identity.rows.to_le_bytes()).collect();
    let kind = SectionKind::Assembler;
    writer.write_column(kind, Column::Handle, 0, &handles)?;
    writer.write_column(kind, Column::Continuity, 0, &continuity)?;
    writer.write_column(kind, Column::RowCount, 0, &rows)
}
