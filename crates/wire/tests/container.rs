//! Laws of the container: what is written is read, and nothing else is.

mod common;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use tallystick_wire::fuzz::{fuzz_container, reseal};
use tallystick_wire::{ReadAt, Submission};

use common::{DIRECTORY, Draft, PREFIX_BYTES, outcome};

#[test]
fn every_column_comes_back() {
    for draft in [Draft::standard(), Draft::trusted()] {
        let submission = Submission::open(draft.write()).unwrap();
        submission.verify(&|_| ()).unwrap();
        assert_eq!(Draft::read(&submission).unwrap(), draft);
    }
}

#[test]
fn progress_counts_the_bytes_of_all_sections() {
    let submission = Submission::open(Draft::standard().write()).unwrap();
    let bytes: u64 = submission.layout().sections().iter().map(|section| section.bytes).sum();
    let seen = AtomicU64::new(0);
    submission
        .verify(&|count| {
            seen.fetch_add(count, Ordering::Relaxed);
        })
        .unwrap();
    assert_eq!(seen.into_inner(), bytes);
}

#[test]
fn the_digest_names_the_file() {
    let digest = |draft: &Draft| Submission::open(draft.write()).unwrap().digest();
    let mut other = Draft::standard();
    assert_eq!(digest(&other), digest(&Draft::standard()));
    other.content.as_mut().unwrap()[99] ^= 1;
    assert_ne!(digest(&other), digest(&Draft::standard()));
}

#[test]
fn a_submission_without_records_is_one() {
    let mut draft = Draft::standard();
    let header = &mut draft.header;
    (header.rows_read, header.rows_accepted, header.rows_collapsed, header.records) = (2, 0, 0, 0);
    (header.content_rows, header.present) = (0, [0; 16]);
    draft.passes.clear();
    draft.handles.clear();
    draft.continuity.clear();
    draft.row_counts.clear();
    draft.content = None;
    assert_eq!(outcome(draft.write()), "accepted");
}

#[test]
fn every_flipped_bit_is_seen() {
    for draft in [Draft::standard(), Draft::trusted()] {
        let good = draft.write();
        for position in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[position / 8] ^= 1 << (position % 8);
            assert_ne!(outcome(bytes), "accepted", "byte {}", position / 8);
        }
    }
}

#[test]
fn every_cut_is_seen() {
    for draft in [Draft::standard(), Draft::trusted()] {
        let good = draft.write();
        for len in 0..good.len() {
            let expected =
                if len < 8 { "submission-not-recognised" } else { "submission-truncated" };
            assert_eq!(outcome(good[..len].to_vec()), expected, "{len} bytes");
        }
    }
}

#[test]
fn every_byte_added_is_seen() {
    let good = Draft::standard().write();
    for count in [1, 63, 64, 65, 4096] {
        let mut bytes = good.clone();
        bytes.resize(good.len() + count, 0);
        assert_eq!(outcome(bytes), "submission-overlong", "{count} bytes");
    }
}

/// Says it has as many bytes as it is told, and notes how much is asked of it.
struct Boundless {
    head: Vec<u8>,
    len: u64,
    asked: AtomicU64,
}

impl ReadAt for &Boundless {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.len)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.asked.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        buffer.fill(0);
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.head.len());
        let count = buffer.len().min(self.head.len() - start);
        buffer[..count].copy_from_slice(&self.head[start..start + count]);
        Ok(())
    }
}

/// Some 64-bit counts of a head: those of the header, and each entry's rows, offset and bytes.
fn counts_at() -> impl Strategy<Value = usize> {
    let header = (0usize..22).prop_map(|count| PREFIX_BYTES + 152 + 8 * count);
    let directory =
        (0usize..6, 1usize..4).prop_map(|(entry, part)| DIRECTORY + 64 * entry + 8 * part);
    prop_oneof![header, directory]
}

fn large() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0u32..64).prop_map(|bit| 1 << bit),
        (0u32..64).prop_map(|bit| { u64::MAX >> bit })
    ]
}

proptest! {
    #[test]
    fn announced_counts_cost_nothing(
        changes in prop::collection::vec((counts_at(), large()), 0..6),
        len in large(),
    ) {
        let mut head = Draft::standard().write();
        for (at, count) in changes {
            head[at..at + 8].copy_from_slice(&count.to_le_bytes());
        }
        reseal(&mut head);
        let reader = Boundless { head, len, asked: AtomicU64::new(0) };
        let _ = Submission::open(&reader);
        prop_assert!(reader.asked.into_inner() < 4096);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        fuzz_container(&bytes);
    }

    #[test]
    fn any_change_under_fitting_checksums_is_survived(
        trusted in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        head_only in any::<bool>(),
    ) {
        let draft = if trusted { Draft::trusted() } else { Draft::standard() };
        let mut bytes = draft.write();
        let reach = if head_only { DIRECTORY + 6 * 64 } else { bytes.len() };
        for (index, byte) in changes {
            bytes[index.index(reach)] = byte;
        }
        fuzz_container(&bytes);
    }
}

#[test]
fn records_in_the_billions_are_refused_before_they_are_read() {
    let mut head = Draft::standard().write();
    let counts = u64::from(u32::MAX);
    for (count, at) in [(counts, 0), (counts, 8), (0, 16), (0, 24), (counts, 32)] {
        let at = PREFIX_BYTES + 152 + at;
        head[at..at + 8].copy_from_slice(&count.to_le_bytes());
    }
    reseal(&mut head);
    let reader = Boundless { len: head.len() as u64, head, asked: AtomicU64::new(0) };
    assert!(Submission::open(&reader).is_err());
    assert!(reader.asked.into_inner() < 4096);
}
