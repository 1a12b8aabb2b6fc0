//! Bytes that flip on the disk: in sealed files and in pages of the records. Refused, or found; never taken for what they were.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tallystick::clock::SystemClock;
use tallystick::ids::{SubmissionId, UploadId};
use tallystick::intake;
use tallystick::store::Store;
use tallystick_wire::ReadAt as _;

use crate::police::{police, submission};
use crate::verify::{stopped, verified};

/// Bytes of a page of the records.
const PAGE_BYTES: usize = 4_096;
/// Flips in each page.
const FLIPS: usize = 4;

/// Columns that nothing else bears witness to: a flipped bit in them is not found, because SQLite's pages have no checksums. None of them
/// says what was sent or whose it is, and none is a result; SECURITY.md says so.
const UNSEEN: &[(&str, &[&str])] = &[
    (
        "account",
        &[
            "created_at",
            "disabled_at",
            "trained_until",
            "password",
            "second_factor",
            "second_factor_step",
            "failures",
            "locked_until",
        ],
    ),
    ("agency", &["created_at"]),
    ("project", &["created_at"]),
    ("enrolment", &["expires_at", "used_at", "password", "second_factor"]),
    ("recovery_code", &["used_at"]),
    ("session", &["csrf", "opened_at", "used_at", "ends_at", "closed_at", "address"]),
    ("token", &["role", "created_at", "expires_at", "used_at", "revoked_at"]),
    // Of a segment that stands, key and length are looked at.
    ("segment", &["bytes", "created_at", "shredded_at"]),
    ("upload", &["length", "received", "reason", "created_at", "used_at"]),
    // The header in the sealed file says these again, and is what a run reads.
    ("submission", &["epoch", "key_check", "config_hash", "ended_at"]),
];

type Dump = BTreeMap<String, BTreeSet<String>>;

/// All rows, by table and column; `None` if they cannot be read.
fn dump(path: &Path) -> Option<Dump> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let records = Connection::open_with_flags(path, flags).ok()?;
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = records.prepare(sql).ok()?;
    let tables = statement.query_map([], |row| row.get(0)).ok()?;
    let tables: Vec<String> = tables.collect::<Result<_, _>>().ok()?;
    let mut dump = Dump::new();
    for table in tables {
        let mut statement = records.prepare(&format!("SELECT * FROM {table}")).ok()?;
        let columns: Vec<String> =
            statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([]).ok()?;
        while let Some(row) = rows.next().ok()? {
            let first: Value = row.get(0).ok()?;
            for (at, column) in columns.iter().enumerate() {
                let value: Value = row.get(at).ok()?;
                let key = format!("{table}.{column}");
                dump.entry(key).or_default().insert(format!("{first:?} {value:?}"));
            }
        }
    }
    Some(dump)
}

#[test]
fn a_flipped_byte_in_any_page_of_the_records_is_found_or_harmless() {
    let stopped = stopped();
    let (data, path) = (stopped.data(), stopped.data().join("unit.db"));
    let good = fs::read(&path).unwrap();
    let expected = dump(&path).unwrap();
    let (mut found, mut harmless, mut unseen) = (0, 0, BTreeSet::new());
    let mut state = 7_u64;
    for page in 0..good.len() / PAGE_BYTES {
        for _ in 0..FLIPS {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = page * PAGE_BYTES + usize::try_from(state >> 33).unwrap() % PAGE_BYTES;
            let mut bad = good.clone();
            bad[at] ^= 1 << (state % 7);
            fs::write(&path, bad).unwrap();
            let keys = stopped.keys();
            let asked = tallystick::operate::Verification {
                directory: &data,
                keys: Some(&keys),
                anchors: &[],
            };
            match tallystick::operate::verify_store(&asked, &crate::verify::Quiet) {
                Err(error) => {
                    assert!(error.code().starts_with("store-"), "{error}");
                    found += 1;
                    continue;
                }
                Ok(report) if !report.is_sound() => {
                    found += 1;
                    continue;
                }
                Ok(_) => {}
            }
            let dumped = dump(&path).expect("what is sound can be read");
            let differs: Vec<&String> =
                expected.keys().filter(|key| expected[*key] != dumped[*key]).collect();
            if differs.is_empty() {
                harmless += 1;
            }
            unseen.extend(differs.into_iter().cloned());
        }
    }
    println!("{found} found, {harmless} harmless, unseen in {unseen:?}");
    let known: BTreeSet<String> = UNSEEN
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |it| format!("{table}.{it}")))
        .collect();
    let news: Vec<&String> = unseen.difference(&known).collect();
    assert!(news.is_empty(), "{news:?}");
    // Most of a small file is room for more.
    assert!(found >= 20, "{found} found, {harmless} harmless");
}

#[test]
fn a_service_does_not_start_on_damaged_pages() {
    let stopped = stopped();
    let path = stopped.data().join("unit.db");
    let good = fs::read(&path).unwrap();
    let mut refused = BTreeSet::new();
    for page in 0..good.len() / PAGE_BYTES {
        let mut bad = good.clone();
        bad[page * PAGE_BYTES..page * PAGE_BYTES + 512].fill(0xA5);
        fs::write(&path, bad).unwrap();
        let _ = fs::remove_file(path.with_extension("db-wal"));
        let key = Arc::clone(&stopped.keys().audit);
        match Store::open(&stopped.data(), key, Arc::new(SystemClock), 1_000) {
            Err(error) => drop(refused.insert(error.code())),
            // A page that nothing is on.
            Ok(_) => assert!(good[page * PAGE_BYTES..][..512].iter().all(|byte| *byte == 0)),
        }
    }
    assert!(refused.contains("store-damaged"), "{refused:?}");
    assert!(
        refused.iter().all(|code| ["store-damaged", "store-newer"].contains(code)),
        "{refused:?}"
    );
}

#[test]
fn a_flipped_byte_of_a_submission_is_never_read() {
    let police = police();
    let bytes = submission();
    let answer = police.put(&bytes);
    let id = SubmissionId::parse(answer.body["receipt"].as_str().unwrap()).unwrap();
    let read = || {
        let stored = intake::open_stored(&police.service.unit, id).unwrap();
        let mut found = vec![0; bytes.len()];
        stored.read_exact_at(&mut found, 0).map(|()| found)
    };
    assert!(read().unwrap() == bytes);
    for entry in fs::read_dir(police.service.unit.store.segments()).unwrap() {
        let path = entry.unwrap().path();
        let good = fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(good.len() / 60 + 1) {
            let mut bad = good.clone();
            bad[at] ^= 4;
            fs::write(&path, bad).unwrap();
            assert_eq!(read().unwrap_err().kind(), std::io::ErrorKind::InvalidData, "byte {at}");
        }
        fs::write(&path, good).unwrap();
    }
    assert!(read().unwrap() == bytes);
}

#[test]
fn an_upload_that_changed_on_the_disk_is_not_taken_in() {
    let police = police();
    let bytes = [submission(), vec![0; 100_000]].concat();
    let place = police.begin(bytes.len());
    assert_eq!(police.patch(&place, 0, &bytes[..80_000], &[]).status, 204);
    let segments = police.service.unit.store.segments();
    let path = fs::read_dir(segments).unwrap().next().unwrap().unwrap().path();
    let mut sealed = fs::read(&path).unwrap();
    sealed[1_000] ^= 1;
    fs::write(&path, sealed).unwrap();
    assert_eq!(police.patch(&place, 80_000, &bytes[80_000..], &[]).status, 204);
    let id = UploadId::parse(place.rsplit('/').next().unwrap()).unwrap();
    let error = (0..1_000_000)
        .map(|_| intake::take(&police.service.unit, id).unwrap_err())
        .find(|error| error.code() != "upload-busy")
        .expect("the service's own try ends");
    assert_eq!(error.code(), "store-io");
    let shown = police.caller.get(&place).body;
    assert_eq!(shown["state"], "complete", "it waits for the operator; nothing was accepted");
    let stopped = police.service.stop();
    let report = verified(&stopped, &stopped.data(), &[]);
    let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["segment-damaged"]);
}
