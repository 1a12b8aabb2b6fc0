//! The entry of the fuzz target `container` and of the test that replays its corpus.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use crate::content::ContentReader;
use crate::header::HEADER_BYTES;
use crate::layout::{DIGEST_BYTES, ENTRY_BYTES, PREFIX_BYTES};
use crate::read::Submission;

/// Reads any bytes as a submission, first as they are, then with checksums that fit, since a fuzzer
/// cannot guess those; and as the inner form of content.
///
/// # Panics
/// If a law of the reader is broken.
pub fn fuzz_container(bytes: &[u8]) {
    read_everything(bytes.to_vec());
    let mut sealed = bytes.to_vec();
    reseal(&mut sealed);
    read_everything(sealed);
    if let Ok(mut reader) = ContentReader::new(bytes) {
        let mut cells = Vec::new();
        while let Ok(Some(_)) = reader.read_row(&mut cells) {
            assert_eq!(cells.len(), reader.schema().columns.len(), "a row has one cell per column");
        }
    }
}

/// Whatever is accepted can be read to the last column, and its rows are the header's.
fn read_everything(bytes: Vec<u8>) {
    let len = bytes.len() as u64;
    let Ok(submission) = Submission::open(bytes) else { return };
    assert_eq!(submission.layout().file_bytes(), len, "a submission is exactly its sections");
    if submission.verify(&|_| ()).is_err() {
        return;
    }
    let records = submission.record_count();
    let readable = "an accepted submission can be read";
    assert_eq!(submission.handles().expect(readable).len(), records);
    assert_eq!(submission.continuity_tokens().expect(readable).len(), records);
    assert_eq!(submission.row_counts().expect(readable).len(), records);
    for (pass, rows) in submission.layout().passes() {
        assert_eq!(submission.tokens(pass).expect(readable).len() as u64, rows);
        let numbers = submission.pass_records(pass.number).expect(readable);
        assert!(numbers.iter().all(|number| (*number as usize) < records));
    }
    submission.levels().expect(readable);
    if let Some(mut content) = submission.content() {
        content.read_to_end(&mut Vec::new()).expect(readable);
    }
}

/// Makes the checksums of sections and head fit the bytes, as far as head and sections lie in them.
pub fn reseal(bytes: &mut [u8]) {
    let Some(sections) = bytes.get(16..20) else { return };
    let sections = u32::from_le_bytes(sections.try_into().expect("4 bytes")) as usize;
    // More sections than a submission can have are refused before any checksum is looked at.
    let head_bytes = PREFIX_BYTES + HEADER_BYTES + sections.min(64) * ENTRY_BYTES;
    if bytes.len() < head_bytes + DIGEST_BYTES {
        return;
    }
    for entry in (PREFIX_BYTES + HEADER_BYTES..head_bytes).step_by(ENTRY_BYTES) {
        let number = |at: usize| -> Option<usize> {
            let word = bytes[entry + at..entry + at + 8].try_into().expect("8 bytes");
            usize::try_from(u64::from_le_bytes(word)).ok()
        };
        let section = number(16).zip(number(24)).and_then(|(offset, count)| {
            bytes.get(offset..offset.checked_add(count)?).map(Sha256::digest)
        });
        if let Some(digest) = section {
            bytes[entry + 32..entry + 64].copy_from_slice(&digest);
        }
    }
    let digest = Sha256::digest(&bytes[..head_bytes]);
    bytes[head_bytes..head_bytes + DIGEST_BYTES].copy_from_slice(&digest);
}
