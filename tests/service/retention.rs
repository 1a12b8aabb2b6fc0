//! Superseded submissions: kept for some days, then erased, with an entry, and nothing else with them.

use std::sync::Arc;

use serde_json::json;
use tallystick::accounts::Role;
use tallystick::audit::Actor;
use tallystick::clock::{Clock as _, SetClock};
use tallystick::ids::SubmissionId;
use tallystick::intake;
use tallystick::operate::{Asker, Restoration, backup, restore};
use tallystick::runs;

use crate::agreed;
use crate::police::{Police, made, police, submission};
use crate::verify::{Quiet, verified};

const DAY: i64 = 86_400;

fn put(police: &Police, bytes: &[u8]) -> String {
    let answer = police.put(bytes);
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.body["receipt"].as_str().unwrap().to_owned()
}

/// A submission, and another that takes its place.
fn superseded(police: &Police) -> (String, String) {
    let first = put(police, &submission());
    (first, put(police, &made(|draft| draft.header.epoch += 1)))
}

fn is_kept(police: &Police, id: &str) -> bool {
    intake::open_stored(&police.service.unit, SubmissionId::parse(id).unwrap()).is_ok()
}

fn erase(police: &Police) -> u64 {
    intake::erase_superseded(&police.service.unit).unwrap()
}

#[test]
fn a_superseded_submission_is_erased_when_its_days_are_over() {
    let police = police();
    let (first, second) = superseded(&police);
    let days = i64::from(police.service.unit.config.retention.superseded_days);
    assert_eq!(days, 30);
    police.service.clock.advance_seconds(days * DAY);
    assert_eq!((erase(&police), is_kept(&police, &first)), (0, true), "to the last second");
    police.service.clock.advance_seconds(1);
    let sealed = police.segments();
    assert_eq!(erase(&police), 1);
    assert_eq!(police.segments(), sealed - 2, "encodings and content");
    assert_eq!(erase(&police), 0, "once");
    assert!(!is_kept(&police, &first) && is_kept(&police, &second));
    let receipt = format!("/api/v1/submissions/{first}/receipt");
    let caller = police.service.anonymous();
    assert_eq!(caller.get(&receipt).status, 401);
    let unit = &police.service.unit;
    let sql = "SELECT count(*) FROM submission WHERE state = 'superseded' AND receipt IS NOT NULL";
    let look = |c: &rusqlite::Connection| c.query_row(sql, [], |row| row.get::<_, u64>(0));
    let kept = unit.store.read(|c| Ok::<_, tallystick::store::StoreError>(look(c)?)).unwrap();
    assert_eq!(kept, 1, "record and receipt stay");
    let holder = police.service.enrol("the.officer", &[Role::Compliance]);
    let officer = police.service.signed_in(&holder);
    let entry = &officer.get("/api/v1/audit/entries?kind=data-destroyed").body["entries"][0];
    assert_eq!((&entry["object"], &entry["object_kind"]), (&json!(first), &json!("submission")));
    assert_eq!((&entry["reason"], &entry["actor"]), (&json!("superseded"), &json!("unit")));
    assert_eq!(entry["counts"]["segments_erased"], 2);
    let stopped = police.service.stop();
    assert_eq!(verified(&stopped, &stopped.data(), &[]).findings, []);
}

#[test]
fn what_a_run_waits_for_is_not_erased_and_what_is_erased_is_in_no_run() {
    let police = police();
    let (first, _) = superseded(&police);
    agreed::to_link(&police.service.unit.store, [police.agency], police.project);
    let holder = police.service.enrol("the.operator", &[Role::Operator]);
    let wanted = json!({ "project": police.project.to_string(), "submissions": [first] });
    police.service.clock.advance_seconds(31 * DAY);
    let operator = police.service.signed_in(&holder);
    let run = operator.send("POST", "/api/v1/runs", Some(&wanted));
    assert_eq!(run.status, 201, "{}", run.text);
    assert_eq!((erase(&police), is_kept(&police, &first)), (0, true));
    runs::work(&police.service.unit, &|_| false).unwrap().expect("there is a run");
    let path = run.header("location").to_owned();
    assert_eq!(operator.get(&path).body["state"], "finished");
    assert_eq!(erase(&police), 1);
    for place in ["/api/v1/runs", "/api/v1/runs/estimate"] {
        let again = operator.send("POST", place, Some(&wanted));
        assert_eq!((again.status, again.code()), (404, "unknown-id"), "{}", again.text);
    }
    assert_eq!(operator.get(&path).body["outdated_at"], json!(null), "it stands");
    assert_eq!(operator.get(&format!("{path}/report")).status, 200);
}

#[test]
fn what_was_erased_after_a_backup_is_erased_again() {
    for superseded_before in [true, false] {
        let police = police();
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("backup"), directory.path().join("new"));
        let first = put(&police, &submission());
        let copy = || {
            let by = Asker { actor: Actor::Console, address: None };
            backup(&police.service.unit.store, by, &from, &Quiet).unwrap();
        };
        if !superseded_before {
            copy();
        }
        put(&police, &made(|draft| draft.header.epoch += 1));
        if superseded_before {
            copy();
        }
        police.service.clock.advance_seconds(31 * DAY);
        assert_eq!(erase(&police), 1);
        let holder = police.service.enrol("the.officer", &[Role::Compliance]);
        let export = police.service.signed_in(&holder).get("/api/v1/audit/export").text;
        let log = directory.path().join("audit.jsonl");
        std::fs::write(&log, export).unwrap();
        let now = police.service.clock.now();
        let stopped = police.service.stop();
        let asked = Restoration {
            from: &from,
            data: &to,
            keys: stopped.keys(),
            log: Some(&log),
            checkpoint_entries: 1_000,
            clock: Arc::new(SetClock::new(now)),
        };
        let done = restore(&asked, &Quiet).unwrap();
        assert_eq!(done.submissions_erased, [first]);
        assert!(!done.not_repeated.contains_key("data-destroyed"), "{:?}", done.not_repeated);
        assert_eq!(done.report.findings, [], "superseded before: {superseded_before}");
    }
}
