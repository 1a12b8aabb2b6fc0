//! Takes what a source is to hold, gives the bytes of its submission.

use std::io::Cursor;

use tallystick_wire::levels::{self, LevelCounts};
use tallystick_wire::schema::{FIELDS, config_hash};
use tallystick_wire::{
    BlockToken, Column, ContinuityToken, Field, FieldSet, Handle, Header, KeyCheck, Profile,
    ProjectId, SectionKind, SourceLabel, SourceType, Submission, SubmissionWriter,
};

/// A source without its filters.
pub(crate) struct Outline<'a> {
    pub(crate) label: &'a str,
    pub(crate) profile: Profile,
    pub(crate) fields: FieldSet,
    pub(crate) attributes: [&'a str; 4],
    /// By record: the fields that it has, and row flags.
    pub(crate) presence: Vec<u32>,
    /// By record: the agency's own person number.
    pub(crate) local: Vec<ContinuityToken>,
    /// Passes, ascending, with their rows in the order of tokens.
    pub(crate) passes: Vec<(u8, Vec<(BlockToken, u32)>)>,
}

/// Gives the filter of a field, of a row of a pass or of a record.
pub(crate) type FilterOf<'a> = &'a mut dyn FnMut(SectionKind, usize, Field) -> Vec<u64>;

impl Outline<'_> {
    /// The submission; filters are asked for of the fields that rows have, field by field.
    pub(crate) fn submission(&self, filter: FilterOf<'_>) -> Submission<Vec<u8>> {
        let pass_rows: Vec<(u8, u64)> =
            self.passes.iter().map(|(pass, rows)| (*pass, rows.len() as u64)).collect();
        let out = Cursor::new(Vec::new());
        let mut writer = SubmissionWriter::new(out, self.header(), &pass_rows, None).unwrap();
        for (pass, rows) in &self.passes {
            let tokens: Vec<u8> = rows.iter().flat_map(|(token, _)| token.0).collect();
            let records: Vec<u8> = rows.iter().flat_map(|(_, it)| it.to_le_bytes()).collect();
            writer.write_column(SectionKind::Pass(*pass), Column::Token, 0, &tokens).unwrap();
            let column = Column::Record(*pass);
            writer.write_column(SectionKind::Assembler, column, 0, &records).unwrap();
            if self.profile.is_salted() {
                let presence = rows.iter().map(|(_, it)| self.presence[*it as usize]);
                let presence: Vec<u32> = presence.collect();
                write_filters(&mut writer, SectionKind::Pass(*pass), &presence, filter);
            }
        }
        if !self.profile.is_salted() {
            write_filters(&mut writer, SectionKind::Filters, &self.presence, filter);
        }
        let kind = SectionKind::Assembler;
        let handles: Vec<u8> = (0..self.presence.len() as u128)
            .flat_map(|record| Handle((record + 1).to_be_bytes()).0)
            .collect();
        let local: Vec<u8> = self.local.iter().flat_map(|it| it.0).collect();
        let row_counts: Vec<u8> = self.presence.iter().flat_map(|_| 1u32.to_le_bytes()).collect();
        writer.write_column(kind, Column::Handle, 0, &handles).unwrap();
        writer.write_column(kind, Column::Continuity, 0, &local).unwrap();
        writer.write_column(kind, Column::RowCount, 0, &row_counts).unwrap();
        let mut counts = LevelCounts { pairs: 100_000, ..LevelCounts::default() };
        counts.cells[levels::LAST.start + 1] = 90_000;
        counts.cells[levels::DOB.start + 1] = 90_000;
        writer.write_levels(&counts).unwrap();
        Submission::open(writer.finish().unwrap().0.into_inner()).unwrap()
    }

    fn header(&self) -> Header {
        let records = self.presence.len() as u64;
        let present = FIELDS.map(|(field, _)| {
            self.presence.iter().filter(|it| FieldSet(**it).contains(field)).count() as u64
        });
        let attributes = self.attributes.map(|name| SourceLabel::parse(name).unwrap_or_default());
        Header {
            config_hash: config_hash(),
            key_check: KeyCheck([1; 8]),
            project: ProjectId([2; 16]),
            epoch: 0,
            profile: self.profile,
            source_type: SourceType::Other,
            source: SourceLabel::parse(self.label).unwrap(),
            fields: self.fields,
            attributes,
            rows_read: records,
            rows_accepted: records,
            rows_rejected: 0,
            aliases: 0,
            rows_collapsed: 0,
            records,
            content_rows: 0,
            present,
        }
    }
}

fn write_filters(
    writer: &mut SubmissionWriter<Cursor<Vec<u8>>>,
    kind: SectionKind,
    presence: &[u32],
    filter: FilterOf<'_>,
) {
    for field in writer.layout().filter_fields(kind).fields().collect::<Vec<_>>() {
        let words = presence.iter().enumerate().flat_map(|(row, bits)| {
            if FieldSet(*bits).contains(field) {
                filter(kind, row, field)
            } else {
                vec![0; field.words()]
            }
        });
        let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        writer.write_column(kind, Column::Filter(field), 0, &bytes).unwrap();
    }
    let presence: Vec<u8> = presence.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    writer.write_column(kind, Column::Presence, 0, &presence).unwrap();
}
