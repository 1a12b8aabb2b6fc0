//! `verify-store`: what is whole has no finding, and each thing that can be wrong has its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rusqlite::Connection;
use tallystick::audit::verify::Anchor;
use tallystick::clock::SystemClock;
use tallystick::config::Config;
use tallystick::link::Observer;
use tallystick::operate::{Report, Verification, verify_store};
use tallystick::unit::Unit;

use crate::police::{police, submission};
use crate::unit::Stopped;

/// Watches nothing.
pub(crate) struct Quiet;

impl Observer for Quiet {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

pub(crate) fn verified(stopped: &Stopped, data: &Path, anchors: &[Anchor]) -> Report {
    let keys = stopped.keys();
    let asked = Verification { directory: data, keys: Some(&keys), anchors };
    verify_store(&asked, &Quiet).unwrap()
}

/// A service that took in a submission, has one upload on its way, one that was withdrawn, and was stopped.
pub(crate) fn stopped() -> Stopped {
    let police = police();
    let first = police.put(&submission());
    assert_eq!(first.status, 201, "{}", first.text);
    let path = format!("/api/v1/submissions/{}", first.body["receipt"].as_str().unwrap());
    assert_eq!(police.caller.send("DELETE", &path, None).status, 204);
    let bytes = submission();
    assert_eq!(police.put(&bytes).status, 201);
    let long = [bytes.clone(), vec![0; 200_000]].concat();
    let place = police.begin(long.len());
    assert_eq!(police.patch(&place, 0, &long[..150_000], &[]).status, 204);
    police.service.stop()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

fn largest_segment(data: &Path) -> PathBuf {
    let paths = fs::read_dir(data.join("segments")).unwrap().map(|entry| entry.unwrap().path());
    paths.max_by_key(|path| (fs::metadata(path).unwrap().len(), path.clone())).unwrap()
}

#[test]
fn a_sound_store_has_no_finding_and_is_not_written_to() {
    let stopped = stopped();
    let before: Vec<_> =
        fs::read_dir(stopped.data()).unwrap().map(|it| it.unwrap().path()).collect();
    let records = fs::read(stopped.data().join("unit.db")).unwrap();
    let report = verified(&stopped, &stopped.data(), &[]);
    assert_eq!(report.findings, []);
    assert_eq!((report.submissions, report.segments), (1, 3));
    assert!(report.erased >= 3, "two of a submission and one upload");
    assert!(report.entries > 5 && report.head.is_some());
    let keyless = Verification { directory: &stopped.data(), keys: None, anchors: &[] };
    let keyless = verify_store(&keyless, &Quiet).unwrap();
    assert_eq!((keyless.findings.len(), keyless.bytes_opened), (0, 0));
    let after: Vec<_> =
        fs::read_dir(stopped.data()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(before, after);
    assert!(records == fs::read(stopped.data().join("unit.db")).unwrap());
}

#[test]
fn a_store_in_use_is_not_looked_at() {
    let police = police();
    let data = police.service.unit.store.directory().to_owned();
    let asked = Verification { directory: &data, keys: None, anchors: &[] };
    assert_eq!(verify_store(&asked, &Quiet).unwrap_err().code(), "store-in-use");
}

/// Something that is done to a data directory.
type Harm<'a> = &'a dyn Fn(&Path);

#[test]
fn what_is_wrong_with_a_file_is_said_of_it() {
    let stopped = stopped();
    let data = stopped.path("harmed");
    let flip = |path: &Path, at: usize| {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 0x10;
        fs::write(path, bytes).unwrap();
    };
    let cut = |path: &Path, bytes: u64| {
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
    };
    let orphan = format!("segments/seg_{}", "0".repeat(32));
    let harms: [(&str, Harm<'_>); 6] = [
        ("segment-damaged", &|data| flip(&largest_segment(data), 70_000)),
        ("segment-damaged", &|data| flip(&largest_segment(data), 3)),
        ("segment-length", &|data| cut(&largest_segment(data), 65_000)),
        ("segment-missing", &|data| fs::remove_file(largest_segment(data)).unwrap()),
        ("file-orphan", &|data| fs::write(data.join(&orphan), b"x").unwrap()),
        ("file-foreign", &|data| fs::write(data.join("segments/Jane Doe.csv"), b"x").unwrap()),
    ];
    for (code, harm) in harms {
        copy(&stopped.data(), &data);
        harm(&data);
        let report = verified(&stopped, &data, &[]);
        assert_eq!(codes(&report), [code], "{:?}", report.findings);
        assert!(!format!("{report:?}").contains("Doe"), "a foreign name is not shown");
        fs::remove_dir_all(&data).unwrap();
    }
}

/// Whoever can write to the file can take its triggers away first.
const FREE: &str = "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = OFF;
    DROP TRIGGER audit_entry_is_never_changed; DROP TRIGGER audit_entry_is_never_deleted;
    DROP TRIGGER audit_checkpoint_is_never_deleted; DROP TRIGGER audit_checkpoint_is_never_changed;";

#[test]
fn what_is_wrong_with_a_record_is_said_of_it() {
    let stopped = stopped();
    let data = stopped.path("harmed");
    let harms: &[(&[&str], &str)] = &[
        (&["database-schema"], ""),
        (
            &["database-schema", "audit-edited"],
            "UPDATE audit_entry SET body = replace(body, 'ok', 'on') WHERE seq = 3",
        ),
        (
            &["database-schema", "audit-truncated"],
            "DELETE FROM audit_checkpoint; DELETE FROM audit_entry WHERE kind = 'upload-opened' AND seq = (SELECT max(seq) FROM audit_entry)",
        ),
        (
            &["database-schema", "database-reference", "submission-lost"],
            "DELETE FROM submission WHERE state = 'accepted'",
        ),
        (
            &["database-schema", "submission-differs", "receipt-differs", "submission-digest"],
            "UPDATE submission SET sha256 = zeroblob(32) WHERE state = 'accepted'",
        ),
        (
            &["database-schema", "submission-revived", "segment-erased"],
            "DELETE FROM submission WHERE state = 'accepted'; UPDATE submission SET state = 'accepted', ended_at = NULL",
        ),
        (
            &["database-schema", "receipt-signature"],
            "UPDATE submission SET signature = zeroblob(64)",
        ),
        (
            &["database-schema", "segment-key"],
            "UPDATE segment SET wrapped_key = zeroblob(60) WHERE kind = 'content' AND shredded_at IS NULL",
        ),
        (
            &["database-schema", "upload-tail"],
            "UPDATE upload SET tail = zeroblob(length(tail)) WHERE state = 'receiving'",
        ),
        (
            &["database-schema", "segment-length"],
            "UPDATE segment SET bytes = bytes + 1 WHERE kind = 'encodings' AND shredded_at IS NULL",
        ),
    ];
    let good = verified(&stopped, &stopped.data(), &[]);
    let anchor = Anchor::parse(good.head.as_deref().unwrap()).unwrap();
    for (expected, sql) in harms {
        copy(&stopped.data(), &data);
        let records = Connection::open(data.join("unit.db")).unwrap();
        records.execute_batch(&format!("{FREE}{sql}")).unwrap();
        drop(records);
        let report = verified(&stopped, &data, &[anchor]);
        for code in *expected {
            assert!(codes(&report).contains(code), "{sql}: {code} of {:?}", report.findings);
        }
        fs::remove_dir_all(&data).unwrap();
    }
}

#[test]
fn a_service_does_not_start_on_a_log_that_is_not_whole() {
    let stopped = stopped();
    let data = stopped.path("harmed");
    let open = |config| Unit::open(&data, stopped.keys(), config, Arc::new(SystemClock));
    let harms = [
        ("audit-edited", "UPDATE audit_entry SET body = replace(body, 'ok', 'on') WHERE seq = 3"),
        ("audit-removed", "DELETE FROM audit_entry WHERE seq = 3"),
        (
            "audit-signature",
            "INSERT INTO audit_checkpoint (seq, body, signature) SELECT seq, json_object('checkpoint', seq, 'at', at, \
             'hash', lower(hex(hash)), 'key', ''), zeroblob(64) FROM audit_entry WHERE seq = 3",
        ),
    ];
    for (code, sql) in harms {
        copy(&stopped.data(), &data);
        let count = |records: &Connection| {
            let sql = "SELECT count(*) FROM audit_entry";
            records.query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap()
        };
        let records = Connection::open(data.join("unit.db")).unwrap();
        records.execute_batch(&format!("{FREE}{sql}")).unwrap();
        let before = count(&records);
        drop(records);
        let found = codes(&verified(&stopped, &data, &[]));
        assert!(found.contains(&code), "{found:?}");
        let started = Command::new(env!("CARGO_BIN_EXE_tallystick"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .arg("--keys")
            .arg(stopped.path("unit.keys"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&started.stderr);
        assert!(!started.status.success() && started.stdout.is_empty(), "{said}");
        assert!(said.contains(&format!("error[{code}]: the log: line ")), "{said}");
        assert!(said.contains("verify-store"), "it says what to do: {said}");
        let mut config = Config::load(None).unwrap();
        assert_eq!(open(config.clone()).unwrap_err().code(), code);
        let records = Connection::open(data.join("unit.db")).unwrap();
        assert_eq!(count(&records), before, "nothing was added to it");
        drop(records);
        config.audit.verify_at_start = false;
        assert!(open(config).is_ok(), "who leaves the check out is not stopped by it");
        fs::remove_dir_all(&data).unwrap();
    }
}

#[test]
fn keys_of_another_unit_open_nothing() {
    let (stopped, other) = (stopped(), police().service.stop());
    let report = verified(&other, &stopped.data(), &[]);
    let found = codes(&report);
    assert_eq!(found, ["receipt-signature", "segment-key"], "{:?}", report.findings);
}
