//! Answers to the questions of an audit, whole, as an officer reads them: of a unit that has only taken submissions in, of one
//! that has linked and released, and of one whose log was tampered with.

use std::collections::BTreeMap;

use tallystick::accounts::Role;
use tallystick::agreements::{
    self, Day, Decision, Dul, EndReason, Interval, Irb, MinimumCell, NewAgreement, Protocol,
    Purpose, Terms,
};
use tallystick::audit::answers::{self, Answer, Log, Material, Status};
use tallystick::audit::{Actor, Event, EventKind};
use tallystick::ids::{AccountId, AgreementId, RunId};
use tallystick::web;

use crate::police::{Police, police, submission, uploader};
use crate::unit::Caller;

fn export(police: &Police) -> String {
    let officer = police.service.enrol("the.exporter", &[Role::Compliance]);
    police.service.signed_in(&officer).get("/api/v1/audit/export").text
}

fn all(police: &Police, export: &str) -> Vec<Answer> {
    let key = police.service.unit.store.key().public();
    let log = Log::read(export.as_bytes(), Some(key), &[], true).unwrap();
    let project = police.project.to_string();
    // A few addresses: the goldens are not to change with each new one.
    let reach: Vec<_> = web::reach()
        .into_iter()
        .filter(|it| it.path.contains("/audit/head") || it.method == "PUT")
        .collect();
    let material = Material { log: &log, project: &project, reach: &reach, accounts: None };
    answers::codes().map(|code| answers::answer(code, &material).unwrap()).collect()
}

/// Ids and hashes are numbered as they first stand in the log; agreements of an entry are put in the order of their numbers.
fn numbered(text: &str, export: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = |word: &str| match word.split_once('_') {
        Some((prefix, rest)) if rest.len() == 32 && is_hex(rest) => Some(prefix.to_owned()),
        None if word.len() == 64 && is_hex(word) => Some("hash".to_owned()),
        _ => None,
    };
    let mut numbers: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in export.split(|letter| !is_part(letter)).chain(text.split(|letter| !is_part(letter)))
    {
        if let Some(prefix) = name(word) {
            numbers.entry(word.to_owned()).or_insert_with(|| {
                // Those of agreements begin with the entries that record them.
                let count = counts.entry(prefix.clone()).or_default();
                *count += 1;
                (prefix, *count)
            });
        }
    }
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for (word, (prefix, number)) in &numbers {
            let shown =
                if prefix == "hash" { "HASH".to_owned() } else { format!("{prefix}_{number:02}") };
            line = line.replace(word, &shown);
        }
        if let Some(at) = line.find("agr_") {
            let (before, list) = line.split_at(at);
            let mut words: Vec<&str> = list.split(' ').collect();
            let end =
                words.iter().position(|word| !word.starts_with("agr_")).unwrap_or(words.len());
            let last = words[end - 1];
            let comma =
                last.find(|letter: char| !is_part(letter)).map_or("", |place| &last[place..]);
            words[end - 1] = last.trim_end_matches(comma);
            words[..end].sort_unstable();
            let rest = words[end..].iter().map(|word| format!(" {word}")).collect::<String>();
            line = format!("{before}{}{comma}{rest}", words[..end].join(" "));
        }
        lines.push(line);
    }
    lines.join("\n")
}

fn golden(police: &Police) -> String {
    let export = export(police);
    let texts: Vec<String> = all(police, &export).iter().map(Answer::text).collect();
    let version = concat!("the program ", env!("CARGO_PKG_VERSION"));
    numbered(&texts.join("\n").replace(version, "the program VERSION"), &export)
}

/// Two submissions, one of them withdrawn, refusals of several kinds, and a snapshot of consents.
fn taken_in() -> Police {
    let police = police();
    let service = &police.service;
    let receipt = police.put(&submission());
    assert_eq!(receipt.status, 201);
    let provider = service.agency("provider");
    service.agree(provider, police.project);
    let caller = uploader(service, "the.provider", provider);
    let consents =
        "handle,basis,valid_until,revoked\n000102030405060708090a0b0c0d0e0f,consent,,true\n";
    let path = format!("/api/v1/projects/{}/consents", police.project);
    let headers = [("content-type", "text/csv")];
    assert_eq!(caller.send_bytes("PUT", &path, &headers, consents.as_bytes()).status, 200);
    assert_eq!(police.put(b"SUSPECT,DOB\n").code(), "submission-not-recognised");
    assert_eq!(police.caller.get("/api/v1/audit/head").status, 403);
    let nobody = serde_json::json!({"name": "nobody", "password": "x", "code": "1"});
    let refused = service.anonymous().send("POST", "/api/v1/sessions", Some(&nobody));
    assert_eq!(refused.status, 401);
    service.clock.advance_seconds(8 * 86_400);
    agreements::end(&service.unit.store, None, police.agreements[1], EndReason::Withdrawn).unwrap();
    let later = uploader(service, "police.two", police.agency);
    let answer = later.send_bytes("PUT", "/api/v1/submissions", &[], &submission());
    assert_eq!(answer.code(), "dsa-ended");
    police
}

fn withdraw(caller: &Caller, receipt: &serde_json::Value) {
    let path = format!("/api/v1/submissions/{}", receipt["receipt"].as_str().unwrap());
    assert_eq!(caller.send("DELETE", &path, None).status, 204);
}

#[test]
fn a_unit_that_has_only_taken_submissions_in() {
    insta::assert_snapshot!(golden(&taken_in()));
}

fn person(role: Role, account: AccountId) -> Actor {
    Actor::Account { account, role: role.as_str(), agency: None, session: None }
}

#[test]
fn a_unit_that_has_linked_and_released() {
    let police = police();
    let service = &police.service;
    let store = &service.unit.store;
    let receipt = police.put(&submission()).body;
    service.agree(service.agency("provider"), police.project);
    let account = |name: &str, role| service.enrol(name, &[role]).account;
    let (operator, preparer) = (account("oper", Role::Operator), account("prep", Role::Preparer));
    let (approver, evaluator) = (account("app", Role::Approver), account("eval", Role::Evaluator));
    let today = Day::of(service.unit.store.now());
    let record = |terms| {
        let interval = Interval::new(today, Day::of_days(today.days() + 30).unwrap()).unwrap();
        agreements::record(store, None, &NewAgreement { document: [3; 32], interval, terms })
            .unwrap()
    };
    let irb = record(Terms::Irb(Irb {
        project: police.project,
        protocol: Protocol::new("2018-17").unwrap(),
        decision: Decision::Approved,
    }));
    let dul = record(Terms::Dul(Dul {
        project: police.project,
        recipients: [evaluator].into(),
        purposes: [Purpose::Evaluation].into(),
        minimum_cell: MinimumCell::new(11).unwrap(),
        retention_until: Day::LAST,
    }));
    let [mou, dsa] = police.agreements;
    let run = RunId::random().unwrap();
    let digest = receipt["digest"].as_str().unwrap();
    let digest = tallystick::ids::unhex::<32>(digest).unwrap();
    let event = |kind, actor, under: &[AgreementId]| {
        service.clock.advance_seconds(60);
        Event::new(kind, actor).project(police.project).under(under.iter().copied())
    };
    let inputs = [mou, dsa, irb];
    let everything = [mou, dsa, irb, dul];
    let operator = person(Role::Operator, operator);
    let started = event(EventKind::RunStarted, operator, &inputs).object("run", run);
    store.record(&started.digest("input_1", digest).digest("settings", [4; 32])).unwrap();
    let finished = event(EventKind::RunFinished, operator, &inputs).object("run", run);
    let finished = finished.count("links_strict", 40).count("pairs_near_threshold", 7);
    let finished = finished.count("expected_precision_permille", 991).count("excluded", 1);
    store.record(&finished.digest("result", [5; 32])).unwrap();
    let judged = |actor, code| {
        event(EventKind::ReviewDecided, actor, &[]).object("pair", "pair_1").because(code)
    };
    store.record(&judged(operator, "match")).unwrap();
    store.record(&judged(person(Role::Operator, approver), "match")).unwrap();
    let release = |kind, role, account, under: &[AgreementId]| {
        event(kind, person(role, account), under).object("release", "rel_1")
    };
    let prepared = release(EventKind::ReleasePrepared, Role::Preparer, preparer, &everything);
    store
        .record(
            &prepared
                .digest("profile", [6; 32])
                .digest("notice", [7; 32])
                .digest("bundle", [8; 32]),
        )
        .unwrap();
    let checked = release(EventKind::ReleaseChecked, Role::Preparer, preparer, &everything);
    store.record(&checked.count("rows", 900).count("k", 11).count("suppressed_cells", 3)).unwrap();
    store
        .record(&release(EventKind::ReleaseApproved, Role::Approver, approver, &everything))
        .unwrap();
    let download = |account, under: &[AgreementId]| {
        release(EventKind::ReleaseDownloaded, Role::Evaluator, account, under)
            .from_address(Some("127.0.0.1".parse().unwrap()))
    };
    let bytes = |event: Event| event.bytes(None, Some(4_096)).sha256([8; 32]);
    store.record(&bytes(download(evaluator, &[irb, dul]))).unwrap();
    store.record(&download(approver, &[]).denied("dul-recipient")).unwrap();
    // Under a licence that is over: the service would refuse it, and the answer would not believe the service.
    service.clock.advance_seconds(40 * 86_400);
    store.record(&bytes(download(evaluator, &[irb, dul]))).unwrap();
    store.record(&event(EventKind::PersonsChanged, operator, &[]).object("run", run)).unwrap();
    withdraw(&uploader(service, "police.two", police.agency), &receipt);
    let destroyed =
        event(EventKind::DataDestroyed, Actor::Unit, &[]).object("certificate", "cert_1");
    store.record(&destroyed.count("segments", 4)).unwrap();
    insta::assert_snapshot!(golden(&police));
}

#[test]
fn no_address_shows_an_agency_more_than_its_own() {
    let log = b"{\"end\":0,\"key\":\"7777777777777777777777777777777777777777777777777777777777777777\"}\n";
    let log = Log::read(log, None, &[], true).unwrap();
    let mut reach = web::reach();
    let ask = |reach: &[answers::Reach]| {
        let material = Material { log: &log, project: "", reach, accounts: None };
        answers::answer("A17", &material).unwrap()
    };
    let found = ask(&reach);
    assert_eq!(found.status, Status::Answered, "{}", found.text());
    reach.push(answers::Reach {
        method: "GET",
        path: "/api/v1/persons",
        roles: vec![Role::Uploader],
    });
    assert_eq!(ask(&reach).status, Status::Attention);
}

#[test]
fn a_log_that_was_tampered_with_says_so() {
    let police = taken_in();
    let export = export(&police);
    let edited = export.replacen("\"rows_read\":", "\"rows_read\":1", 1);
    let found = all(&police, &edited);
    let whole = found.iter().find(|answer| answer.code == "A23").unwrap();
    assert_eq!(whole.status, Status::Attention);
    assert!(whole.summary.contains("NOT whole (audit-edited)"), "{}", whole.summary);
    let cut: String = export.lines().take(5).map(|line| format!("{line}\n")).collect();
    let whole = all(&police, &cut).into_iter().find(|answer| answer.code == "A23").unwrap();
    assert!(whole.summary.contains("audit-truncated"), "{}", whole.summary);
    let good = all(&police, &export).into_iter().find(|answer| answer.code == "A23").unwrap();
    assert_eq!(good.status, Status::Answered);
}

#[test]
fn the_service_and_the_program_give_the_same_answers() {
    let police = taken_in();
    let service = &police.service;
    let holder = service.enrol("the.officer", &[Role::Compliance]);
    let officer = service.signed_in(&holder);
    let path = |code: &str| format!("/api/v1/audit/answers/{code}?project={}", police.project);
    assert_eq!(officer.get(&path("A27")).status, 404);
    assert_eq!(officer.get("/api/v1/audit/answers/A1").code(), "request-malformed");
    let answer = |options: &[&str]| {
        let (project, key) = (police.project.to_string(), service.unit.store.key().public());
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_tallystick"))
            .args([
                "audit",
                "answer",
                "all",
                "--json",
                "--project",
                &project,
                "--key",
                &key.to_string(),
            ])
            .args(options)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Vec<serde_json::Value>>(&output.stdout).unwrap()
    };
    // Looks are logged: what is asked of both is what a look does not change.
    let data = service.unit.store.directory().to_str().unwrap().to_owned();
    let by_data = answer(&["--data", &data]);
    let file = service.unit.store.directory().join("export.jsonl");
    std::fs::write(&file, officer.get("/api/v1/audit/export").text).unwrap();
    let by_export = answer(&["--export", file.to_str().unwrap()]);
    assert_eq!((by_data.len(), by_export.len()), (26, 26));
    for code in ["A1", "A3", "A4", "A5", "A20"] {
        let shown = officer.get(&path(code)).body;
        for other in [&by_data, &by_export] {
            let other = other.iter().find(|answer| answer["code"] == code).unwrap();
            for field in ["status", "evidence"] {
                assert_eq!(shown[field], other[field], "{code}");
            }
        }
    }
    let accounts = |found: &[serde_json::Value]| found[23]["status"].clone();
    assert_eq!(
        (accounts(&by_data), accounts(&by_export)),
        ("attention".into(), "not recorded".into())
    );
    let looks = officer.get("/api/v1/audit/entries?kind=audit-read&object_kind=question").body;
    assert_eq!(looks["entries"].as_array().unwrap().len(), 5);
}
