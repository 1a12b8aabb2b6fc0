//! The files of `tests/vectors/submission_v1` and what reading each must say.

use tallystick_wire::fuzz::reseal;
use tallystick_wire::{Field, FieldSet};

use super::{DIRECTORY, Draft, PREFIX_BYTES, Rows};

/// A named file and what reading it must say.
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) outcome: &'static str,
}

/// Every file of `tests/vectors/submission_v1`, in the order of its index.
pub(crate) fn all() -> Vec<Vector> {
    let mut out = vec![
        vector("good_standard.tally", "accepted", Draft::standard().write()),
        vector("good_trusted.tally", "accepted", Draft::trusted().write()),
        vector("good_aliases.tally", "accepted", Draft::with_aliases().write()),
        vector("empty.tally", "submission-not-recognised", Vec::new()),
        vector(
            "not_a_submission.csv",
            "submission-not-recognised",
            b"FIRST,LAST\r\nA,B\r\n".into(),
        ),
    ];
    out.extend(damaged());
    out.extend(patched());
    out.extend(drafted());
    out.extend(miscounted_aliases());
    out
}

fn vector(name: &'static str, outcome: &'static str, bytes: Vec<u8>) -> Vector {
    Vector { name, bytes, outcome }
}

/// Files that changed on their way: their checksums or lengths do not fit.
fn damaged() -> Vec<Vector> {
    let good = Draft::standard().write();
    let change = |name, outcome, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        vector(name, outcome, bytes)
    };
    vec![
        change("bad_truncated.tally", "submission-truncated", &|bytes| {
            bytes.truncate(bytes.len() - 64);
        }),
        change("bad_truncated_header.tally", "submission-truncated", &|bytes| bytes.truncate(300)),
        change("bad_overlong.tally", "submission-overlong", &|bytes| bytes.push(0)),
        change("bad_text_mode.tally", "submission-not-recognised", &|bytes| {
            bytes.remove(5);
        }),
        // Version 2 came to be since this file was written; now its digest is what is wrong.
        change("bad_newer_version.tally", "submission-header-checksum", &|bytes| bytes[8] = 2),
        change("bad_newer_version_3.tally", "submission-newer-version", &|bytes| bytes[8] = 3),
        change("bad_bit_flip_header.tally", "submission-header-checksum", &|bytes| {
            bytes[PREFIX_BYTES + 40] ^= 1;
        }),
        change("bad_bit_flip_section.tally", "submission-section-checksum", &|bytes| {
            let at = first_section(bytes);
            bytes[at + 3] ^= 0x10;
        }),
        change("bad_bit_flip_head_padding.tally", "submission-section-invalid", &|bytes| {
            let at = first_section(bytes);
            bytes[at - 1] ^= 1;
        }),
        change("bad_bit_flip_last_padding.tally", "submission-section-invalid", &|bytes| {
            *bytes.last_mut().unwrap() ^= 0x80;
        }),
    ]
}

/// Heads that contradict themselves under a checksum that fits.
fn patched() -> Vec<Vector> {
    let good = Draft::standard().write();
    let patch = |name, outcome, patch: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        patch(&mut bytes);
        reseal(&mut bytes);
        vector(name, outcome, bytes)
    };
    let invalid = "submission-section-invalid";
    vec![
        patch("bad_reserved_header.tally", "submission-header-invalid", &|bytes| {
            bytes[DIRECTORY - 1] = 1;
        }),
        patch("bad_profile.tally", "submission-header-unknown", &|bytes| {
            bytes[PREFIX_BYTES + 60] = 9;
        }),
        patch("bad_reserved_directory.tally", invalid, &|bytes| bytes[DIRECTORY + 2] = 1),
        patch("bad_section_order.tally", invalid, &|bytes| {
            let (first, second) = bytes[DIRECTORY..DIRECTORY + 128].split_at_mut(64);
            first.swap_with_slice(second);
        }),
        patch("bad_section_overlap.tally", invalid, &|bytes| {
            bytes.copy_within(DIRECTORY + 16..DIRECTORY + 24, DIRECTORY + 64 + 16);
        }),
        patch("bad_version_2_without_aliases.tally", "submission-header-invalid", &|bytes| {
            bytes[8] = 2;
        }),
        patch("bad_huge_rows.tally", invalid, &|bytes| {
            bytes[DIRECTORY + 8..DIRECTORY + 16].copy_from_slice(&(1u64 << 60).to_le_bytes());
        }),
        patch("bad_huge_records.tally", "submission-header-invalid", &|bytes| {
            // Rows read, accepted, rejected, collapsed, records: they agree, but are too many.
            for (count, at) in [(1u64 << 60, 0), (1 << 60, 8), (0, 16), (0, 24), (1 << 60, 32)] {
                let at = PREFIX_BYTES + 152 + at;
                bytes[at..at + 8].copy_from_slice(&count.to_le_bytes());
            }
        }),
    ]
}

/// Files that only a false encoder writes: every checksum fits.
fn drafted() -> Vec<Vector> {
    let draft = |name, outcome, change: &dyn Fn(&mut Draft)| {
        let mut draft = Draft::standard();
        change(&mut draft);
        vector(name, outcome, draft.write())
    };
    let invalid = "submission-section-invalid";
    let mismatch = "submission-presence-mismatch";
    vec![
        draft("bad_row_counts.tally", "submission-header-invalid", &|d| {
            d.header.rows_rejected += 1
        }),
        draft("bad_row_counts_column.tally", invalid, &|d| d.row_counts[0] += 1),
        draft("bad_row_counts_zero.tally", invalid, &|d| d.row_counts = vec![3, 0, 1, 1, 1]),
        draft("bad_presence_counts.tally", "submission-header-invalid", &|d| {
            d.header.present[Field::Sex as usize] -= 1;
        }),
        draft("bad_content_rows.tally", "submission-header-invalid", &|d| d.content = None),
        draft("bad_attribute_twice.tally", "submission-header-invalid", &|d| {
            d.header.fields = d.header.fields.with(Field::Attribute1);
            d.header.attributes[1] = d.header.attributes[0];
            let absent = |rows: &mut Rows| {
                rows.filters.push((Field::Attribute1, vec![0; 2 * rows.presence.len()]));
            };
            d.passes.iter_mut().for_each(|pass| absent(&mut pass.rows));
        }),
        draft("bad_pass_without_field.tally", invalid, &|d| {
            d.header.fields = d.header.fields.without(Field::Dob);
            d.header.present[Field::Dob as usize] = 0;
            d.passes.iter_mut().for_each(|p| p.rows.filters.retain(|(f, _)| *f != Field::Dob));
        }),
        draft("bad_tokens_unordered.tally", "submission-tokens-unordered", &|d| {
            d.passes[1].tokens.swap(0, 1);
        }),
        draft("bad_record_out_of_range.tally", "submission-record-out-of-range", &|d| {
            d.passes[2].records[3] = 5;
        }),
        draft("bad_handles_unordered.tally", invalid, &|d| d.handles.swap(1, 2)),
        draft("bad_handle_twice.tally", invalid, &|d| d.handles[1] = d.handles[0]),
        draft("bad_reserved_bits.tally", "submission-unused-bits", &|d| {
            d.passes[0].rows.presence[0] |= 1 << 20;
        }),
        draft("bad_default_without_date.tally", "submission-unused-bits", &|d| {
            d.passes[2].rows.presence[0] |= FieldSet::DOB_IS_DEFAULT;
        }),
        draft("bad_presence_mismatch.tally", mismatch, &|d| {
            d.passes[0].rows.presence[0] &= !(1 << Field::Sex as u32);
        }),
        draft("bad_presence_of_other_pass.tally", mismatch, &|d| {
            // The date has no filter in pass 0, so only its other rows tell that this is no default.
            d.passes[0].rows.presence[1] |= FieldSet::DOB_IS_DEFAULT;
        }),
        draft("bad_presence_without_key.tally", mismatch, &|d| {
            d.passes[0].rows.presence[1] &= !(1 << Field::Dob as u32);
        }),
        draft("bad_popcount.tally", "submission-popcount-implausible", &|d| {
            d.passes[0].rows.filters[0].1[..4].fill(u64::MAX);
        }),
        draft("bad_popcount_low.tally", "submission-popcount-implausible", &|d| {
            d.passes[0].rows.filters[0].1[..4].copy_from_slice(&[1, 0, 0, 0]);
        }),
        draft("bad_levels_not_rounded.tally", invalid, &|d| d.levels.cells[7] = 11),
        draft("bad_levels_too_many.tally", invalid, &|d| d.levels.cells[7] = 50),
    ]
}

/// Files whose aliases are not what the rows add up to.
fn miscounted_aliases() -> Vec<Vector> {
    let mut uncounted = Draft::standard();
    uncounted.header.aliases += 1;
    let mut column = Draft::with_aliases();
    column.row_counts[2] -= 1;
    vec![
        vector("bad_aliases_uncounted.tally", "submission-header-invalid", uncounted.write()),
        vector("bad_aliases_column.tally", "submission-section-invalid", column.write()),
    ]
}

/// The index: a line per file with its name and outcome.
pub(crate) fn index() -> Vec<u8> {
    let mut out = b"file\toutcome\n".to_vec();
    for vector in all() {
        for part in [vector.name, "\t", vector.outcome, "\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out
}

fn first_section(bytes: &[u8]) -> usize {
    let offset = bytes[DIRECTORY + 16..DIRECTORY + 24].try_into().unwrap();
    usize::try_from(u64::from_le_bytes(offset)).unwrap()
}
