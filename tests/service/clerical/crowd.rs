//! Submissions of people who stand in them once or twice.

use tallystick_wire::schema::FIELDS;
use tallystick_wire::{
    BlockToken, ConfigHash, ContinuityToken, Field, FieldSet, Handle, SourceLabel, SourceType,
    schema,
};

use crate::container::{Draft, Pass, Rows};

/// People; each has two records, in one block by names, and those with an even number in one by birth date.
const PEOPLE: u32 = 30;

fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn opaque<const N: usize>(seed: u64) -> [u8; N] {
    core::array::from_fn(|index| mix(seed * 64 + index as u64).to_le_bytes()[0])
}

/// The people of a source; the same in every source but for their handles.
pub(super) fn crowd(kind: SourceType) -> Draft {
    let mut draft = Draft::standard();
    let records = 2 * PEOPLE;
    let fields = draft.header.fields;
    let presence = FieldSet(fields.0 & !FieldSet::DOB_IS_DEFAULT);
    let count = u64::from(records);
    let header = &mut draft.header;
    header.config_hash = ConfigHash(schema::config_hash().0);
    header.source = SourceLabel::parse(kind.as_str()).unwrap();
    header.source_type = kind;
    header.records = count;
    (header.rows_read, header.rows_accepted, header.rows_rejected) = (count, count, 0);
    (header.rows_collapsed, header.content_rows) = (0, count);
    header.present = FIELDS.map(|(field, _)| if presence.contains(field) { count } else { 0 });
    draft.passes.retain(|pass| [0, 14].contains(&pass.number));
    for pass in &mut draft.passes {
        *pass = filled(pass, presence);
    }
    let seed = 1_000 * (1 + kind as u64);
    let mut handles: Vec<Handle> = (0..count).map(|it| Handle(opaque(seed + it))).collect();
    handles.sort_unstable();
    draft.handles = handles;
    draft.continuity = (0..count).map(|it| ContinuityToken(opaque(seed + 500 + it))).collect();
    draft.row_counts = vec![1; records as usize];
    draft
}

fn filled(pass: &Pass, presence: FieldSet) -> Pass {
    let people = (0..PEOPLE).filter(|person| pass.number == 14 || person % 2 == 0);
    let mut rows: Vec<(BlockToken, u32)> = people
        .flat_map(|person| {
            let token = BlockToken(opaque(u64::from(pass.number) * 1_000 + u64::from(person)));
            [(token, 2 * person), (token, 2 * person + 1)]
        })
        .collect();
    rows.sort_unstable_by_key(|(token, record)| (token.0, *record));
    let filters = pass.rows.filters.iter().map(|(field, _)| {
        let words = rows.iter().flat_map(|(_, record)| filter(*field, *record));
        (*field, words.collect())
    });
    let filters = filters.collect();
    Pass {
        number: pass.number,
        tokens: rows.iter().map(|(token, _)| *token).collect(),
        records: rows.iter().map(|(_, record)| *record).collect(),
        rows: Rows { presence: vec![presence.0; rows.len()], filters },
    }
}

/// Two records of a person have the same filters, but for the second of every third.
fn filter(field: Field, record: u32) -> impl Iterator<Item = u64> {
    let (person, other) =
        (record / 2, u64::from(record % 2 == 1 && (record / 2).is_multiple_of(3)));
    (0..field.words() as u64).map(move |word| {
        let at = u64::from(person) << 40 | other << 32 | (field as u64) << 8 | word << 1;
        mix(at) & (mix(at + 1) | 0x1111_1111_1111_1111)
    })
}
