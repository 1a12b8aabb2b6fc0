//! How fast the log is written, synced, and verified. `cargo bench -p tallystick --bench audit [-- ENTRIES]`.

#![expect(clippy::unwrap_used, reason = "a measurement that fails shows where")]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use tallystick::audit::{self, Actor, AuditKey, Event, EventKind, verify};
use tallystick::clock::SystemClock;
use tallystick::store::{Store, StoreError};

/// Entries that are written one by one, each synced before the next.
const SYNCED: u32 = 2_000;
/// Entries of one transaction while the log is filled for verification.
const TOGETHER: u64 = 10_000;
/// Entries between two checkpoints, as shipped.
const CHECKPOINT_ENTRIES: u64 = 1_000;

fn event(count: u64) -> Event {
    Event::new(EventKind::SubmissionReceived, Actor::Unit)
        .object("submission", "sub_00000000000000000000000000000000")
        .sha256([7; 32])
        .bytes(Some(50_000_000), None)
        .count("rows_read", count)
}

fn main() {
    let entries: u64 = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let directory = tempfile::tempdir().unwrap();
    let key = Arc::new(AuditKey::from_seed(&[7; 32]).unwrap());
    let path = directory.path().join("data");
    let store = Store::open(&path, key, Arc::new(SystemClock), CHECKPOINT_ENTRIES).unwrap();
    let start = Instant::now();
    for count in 0..SYNCED {
        store.record(&event(u64::from(count))).unwrap();
    }
    let each = start.elapsed().as_secs_f64() / f64::from(SYNCED);
    println!("one by one, each synced: {:.0} entries/s, {:.2} ms each", 1.0 / each, each * 1e3);
    let mut written = u64::from(SYNCED);
    while written < entries {
        let some = TOGETHER.min(entries - written);
        let filled: Result<(), StoreError> =
            store.act(|act| (0..some).try_for_each(|count| act.record(&event(count)).map(|_| ())));
        filled.unwrap();
        written += some;
    }
    let file = directory.path().join("audit.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    let start = Instant::now();
    let (now, signer) = (store.now(), store.key());
    let exported: Result<u64, StoreError> =
        store.read(|connection| Ok(audit::export(connection, 1, now, signer, &mut out).unwrap()));
    out.flush().unwrap();
    let exported = exported.unwrap();
    println!("exported: {exported} entries in {:.2} s", start.elapsed().as_secs_f64());
    let bytes = std::fs::metadata(&file).unwrap().len();
    let start = Instant::now();
    let mut lines = std::io::BufReader::new(std::fs::File::open(&file).unwrap());
    let found = verify::verify(&mut lines, &store.key().public(), 1, &[]).unwrap();
    assert!(found.is_ok_and(|found| found.last == entries), "the log is whole");
    let seconds = start.elapsed().as_secs_f64();
    println!("verified: {entries} entries, {} MB, in {seconds:.2} s", bytes / 1_000_000);
}
