//! Small submissions, column by column.

#![expect(dead_code, reason = "each program uses a part")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub(crate) mod vectors;

use std::io::{Cursor, Read};

use tallystick_wire::levels::{self, LevelCounts};
use tallystick_wire::schema::FIELDS;
use tallystick_wire::{
    BlockToken, Column, ConfigHash, ContinuityToken, Field, FieldSet, Handle, Header, KeyCheck,
    PASSES, Profile, ProjectId, ReadAt, Rejection, SectionKind, SourceLabel, SourceType,
    Submission, SubmissionWriter,
};

/// Bytes of the prefix before the header.
pub(crate) const PREFIX_BYTES: usize = 24;
/// First byte of the directory.
pub(crate) const DIRECTORY: usize = 400;

/// Rows of a table of filters.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Rows {
    pub(crate) presence: Vec<u32>,
    /// One column per field that stands in the section.
    pub(crate) filters: Vec<(Field, Vec<u64>)>,
}

/// One pass; `rows` is empty where filters are not salted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pass {
    pub(crate) number: u8,
    pub(crate) tokens: Vec<BlockToken>,
    pub(crate) records: Vec<u32>,
    pub(crate) rows: Rows,
}

/// Every column of a submission.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Draft {
    pub(crate) header: Header,
    pub(crate) passes: Vec<Pass>,
    pub(crate) filters: Rows,
    pub(crate) handles: Vec<Handle>,
    pub(crate) continuity: Vec<ContinuityToken>,
    pub(crate) row_counts: Vec<u32>,
    pub(crate) levels: LevelCounts,
    pub(crate) content: Option<Vec<u8>>,
}

const RECORDS: usize = 5;
/// Fields of each record: two full ones, a default date, no date, and a family name alone.
const PRESENCE: [u32; RECORDS] = {
    let all = bit(Field::First) | bit(Field::Roots) | bit(Field::Last) | bit(Field::Dob);
    let more = bit(Field::Sex) | bit(Field::Attribute0);
    [
        all | more,
        all | bit(Field::Sex) | FieldSet::DOB_IS_DEFAULT,
        (all | bit(Field::Attribute0)) & !bit(Field::Dob),
        bit(Field::Last),
        all | more,
    ]
};
/// Passes with the token and the record of each row; a compound name has two rows in one pass.
const PASS_ROWS: [(u8, &[(u8, u32)]); 3] = [
    (0, &[(0x20, 4), (0x20, 0)]),
    (3, &[(0x11, 1), (0x30, 4), (0x42, 1), (0x90, 0)]),
    (14, &[(0x01, 2), (0x50, 0), (0x50, 4), (0xF0, 1)]),
];

const fn bit(field: Field) -> u32 {
    1 << field as u32
}

/// SplitMix64: filler that is the same everywhere.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn opaque<const N: usize>(seed: u64) -> [u8; N] {
    core::array::from_fn(|index| mix(seed * 64 + index as u64).to_le_bytes()[0])
}

/// Filters with a third of their bits set where the field is present.
fn rows(fields: FieldSet, presence: Vec<u32>, seed: u64) -> Rows {
    let filters = fields.fields().map(|field| {
        let words = presence.iter().zip(0u64..).flat_map(|(bits, row)| {
            let present = FieldSet(*bits).contains(field);
            (0..field.words() as u64).map(move |word| {
                let at = seed << 32 | row << 16 | (field as u64) << 8 | word << 1;
                if present { mix(at) & (mix(at + 1) | 0x1111_1111_1111_1111) } else { 0 }
            })
        });
        (field, words.collect())
    });
    let filters = filters.collect();
    Rows { presence, filters }
}

impl Draft {
    /// Five records in three passes, profile `standard`.
    pub(crate) fn standard() -> Self {
        Self::of(Profile::Standard)
    }

    /// The same where two of the rows have an alias each: the third record is one, and another
    /// joined the first.
    pub(crate) fn with_aliases() -> Self {
        let draft = Self::standard();
        let header = Header { aliases: 2, rows_collapsed: 3, ..draft.header };
        Self { header, row_counts: vec![3, 1, 2, 1, 1], ..draft }
    }

    /// The same with one filter per record, and no content.
    pub(crate) fn trusted() -> Self {
        let draft = Self::of(Profile::Trusted);
        let header = Header { content_rows: 0, ..draft.header };
        Self { header, content: None, ..draft }
    }

    fn of(profile: Profile) -> Self {
        let header = header(profile);
        let passes = PASS_ROWS.map(|(number, pass)| {
            let records: Vec<u32> = pass.iter().map(|(_, record)| *record).collect();
            let presence = records.iter().map(|record| PRESENCE[*record as usize]).collect();
            let fixed = PASSES[usize::from(number)].fixed_fields();
            let fields = FieldSet(header.fields.0 & !fixed.0);
            let salted = profile.is_salted();
            Pass {
                number,
                tokens: pass.iter().map(|(first, _)| token(number, *first)).collect(),
                records,
                rows: if salted {
                    rows(fields, presence, u64::from(number))
                } else {
                    Rows::default()
                },
            }
        });
        let filters = if profile.is_salted() {
            Rows::default()
        } else {
            rows(header.fields, PRESENCE.to_vec(), 99)
        };
        let mut handles: Vec<Handle> = (0..5).map(|record| Handle(opaque(500 + record))).collect();
        handles.sort_unstable();
        let mut continuity: Vec<ContinuityToken> =
            (0..5).map(|record| ContinuityToken(opaque(600 + record))).collect();
        continuity[3] = ContinuityToken::default();
        let mut levels = LevelCounts { pairs: 40, ..LevelCounts::default() };
        levels.cells[levels::LAST.start + 1] = 40;
        levels.cells[levels::DOB.start + 1] = 20;
        Self {
            header,
            passes: passes.to_vec(),
            filters,
            handles,
            continuity,
            row_counts: vec![2, 1, 1, 1, 1],
            levels,
            content: Some((0..100).map(|index| mix(700 + index).to_le_bytes()[0]).collect()),
        }
    }

    /// The bytes of the submission.
    pub(crate) fn write(&self) -> Vec<u8> {
        let pass_rows: Vec<(u8, u64)> =
            self.passes.iter().map(|pass| (pass.number, pass.records.len() as u64)).collect();
        let content_bytes = self.content.as_ref().map(|content| content.len() as u64);
        let buffer = Cursor::new(Vec::new());
        let mut writer =
            SubmissionWriter::new(buffer, self.header.clone(), &pass_rows, content_bytes).unwrap();
        for pass in &self.passes {
            let kind = SectionKind::Pass(pass.number);
            let tokens: Vec<u8> = pass.tokens.iter().flat_map(|token| token.0).collect();
            writer.write_column(kind, Column::Token, 0, &tokens).unwrap();
            write_rows(&mut writer, kind, &pass.rows);
            let column = Column::Record(pass.number);
            writer.write_column(SectionKind::Assembler, column, 0, &le(&pass.records)).unwrap();
        }
        write_rows(&mut writer, SectionKind::Filters, &self.filters);
        let handles: Vec<u8> = self.handles.iter().flat_map(|handle| handle.0).collect();
        let continuity: Vec<u8> = self.continuity.iter().flat_map(|token| token.0).collect();
        let kind = SectionKind::Assembler;
        writer.write_column(kind, Column::Handle, 0, &handles).unwrap();
        writer.write_column(kind, Column::Continuity, 0, &continuity).unwrap();
        writer.write_column(kind, Column::RowCount, 0, &le(&self.row_counts)).unwrap();
        writer.write_levels(&self.levels).unwrap();
        if let Some(content) = &self.content {
            writer.write_content(&mut content.as_slice()).unwrap();
        }
        writer.finish().unwrap().0.into_inner()
    }

    /// Reads every column back.
    pub(crate) fn read<R: ReadAt>(submission: &Submission<R>) -> Result<Self, Rejection> {
        let mut passes = Vec::new();
        for (pass, rows) in submission.layout().passes() {
            passes.push(Pass {
                number: pass.number,
                tokens: submission.tokens(pass)?,
                records: submission.pass_records(pass.number)?,
                rows: read_rows(submission, SectionKind::Pass(pass.number), rows)?,
            });
        }
        let mut content = None;
        if let Some(mut sealed) = submission.content() {
            sealed.read_to_end(content.insert(Vec::new()))?;
        }
        Ok(Self {
            header: submission.header().clone(),
            passes,
            filters: read_rows(submission, SectionKind::Filters, submission.header().records)?,
            handles: submission.handles()?,
            continuity: submission.continuity_tokens()?,
            row_counts: submission.row_counts()?,
            levels: submission.levels()?,
            content,
        })
    }
}

/// That of encoding 1: the container is the same whatever is encoded in it.
const CONFIG_HASH: &str = "d48cc7af1f6dee1c132e4b2c28398e536cc1a03e52d6548654c10f8cf5fe6e61";

fn header(profile: Profile) -> Header {
    let mut attributes = [SourceLabel::default(); 4];
    attributes[0] = SourceLabel::parse("county").unwrap();
    let present = FIELDS.map(|(field, _)| {
        PRESENCE.iter().filter(|bits| FieldSet(**bits).contains(field)).count() as u64
    });
    Header {
        config_hash: ConfigHash::from_hex(CONFIG_HASH).unwrap(),
        key_check: KeyCheck(opaque(1)),
        project: ProjectId(opaque(2)),
        epoch: 1,
        profile,
        source_type: SourceType::Jail,
        source: SourceLabel::parse("jail").unwrap(),
        fields: FieldSet(PRESENCE[0]),
        attributes,
        rows_read: 8,
        rows_accepted: 6,
        rows_rejected: 2,
        aliases: 0,
        rows_collapsed: 1,
        records: RECORDS as u64,
        content_rows: 6,
        present,
    }
}

fn token(pass: u8, first: u8) -> BlockToken {
    let mut token = opaque(u64::from(pass) * 256 + u64::from(first));
    token[0] = first;
    BlockToken(token)
}

fn le(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn write_rows(writer: &mut SubmissionWriter<Cursor<Vec<u8>>>, kind: SectionKind, rows: &Rows) {
    for (field, words) in &rows.filters {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        writer.write_column(kind, Column::Filter(*field), 0, &bytes).unwrap();
    }
    if !rows.presence.is_empty() {
        writer.write_column(kind, Column::Presence, 0, &le(&rows.presence)).unwrap();
    }
}

fn read_rows<R: ReadAt>(
    submission: &Submission<R>,
    kind: SectionKind,
    count: u64,
) -> Result<Rows, Rejection> {
    let mut rows = Rows::default();
    let fields = submission.layout().filter_fields(kind);
    if fields == FieldSet::default() || submission.layout().section(kind).is_none() {
        return Ok(rows);
    }
    submission.presence(kind, 0..count, &mut rows.presence)?;
    for field in fields.fields() {
        let mut words = Vec::new();
        submission.filters(kind, field, 0..count, &mut words)?;
        rows.filters.push((field, words));
    }
    Ok(rows)
}

/// Opens and verifies; the code of the rejection, or `accepted`.
pub(crate) fn outcome(bytes: Vec<u8>) -> &'static str {
    let checked = Submission::open(bytes).and_then(|submission| submission.verify(&|_| ()));
    checked.map_or_else(|rejection| rejection.code(), |()| "accepted")
}
