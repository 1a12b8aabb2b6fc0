//! Releases over HTTPS: asked for, looked at, decided, refused. What becomes of their tables is tested where both sides are seen.

use std::collections::BTreeSet;

use serde_json::json;
use tallystick::accounts::{NewAccount, Role, Roles};
use tallystick::agreements::{self, Day, Dul, Interval, MinimumCell, NewAgreement, Purpose, Terms};

use tallystick::release::desk;
use tallystick::runs;

use crate::runs::taken_in;
use crate::unit::{Caller, Holder, Service};

pub(crate) const STUDY: &str = include_str!("../../config/studies/lead-sf.toml");

pub(crate) struct Desk {
    pub(crate) service: Service,
    preparer: Caller,
    approver: Caller,
    evaluator: Caller,
    compliance: Caller,
    pub(crate) run: String,
    /// Preparer, approver, evaluator and compliance officer.
    pub(crate) holders: [Holder; 4],
}

/// A unit with a finished run of one source, and a licence to release it.
pub(crate) fn desk() -> Desk {
    let service = Service::start();
    let (project, _) = taken_in(&service);
    let store = &service.unit.store;
    let operator = service.enrol("the.operator", &[Role::Operator]);
    let operator = service.signed_in(&operator);
    let queued =
        operator.send("POST", "/api/v1/runs", Some(&json!({"project": project.to_string()})));
    let run = queued.body["run"].as_str().unwrap().to_owned();
    runs::work(&service.unit, &|_| false).unwrap().expect("there is a run");
    let evaluator = service.enrol_as(NewAccount {
        name: "the.evaluator".to_owned(),
        roles: Roles::new([Role::Evaluator]).unwrap(),
        agency: None,
        projects: vec![project],
        trained_until: None,
    });
    let dul = Dul {
        project,
        recipients: BTreeSet::from([evaluator.account]),
        purposes: BTreeSet::from([Purpose::Evaluation]),
        minimum_cell: MinimumCell::new(11).unwrap(),
        retention_until: Day::LAST,
    };
    let interval = Interval::new(Day::of(store.now()), Day::LAST).unwrap();
    let new = NewAgreement { document: [9; 32], interval, terms: Terms::Dul(dul) };
    agreements::record(store, None, &new).unwrap();
    let of = |name: &str, role| service.enrol(name, &[role]);
    let holders = [
        of("the.preparer", Role::Preparer),
        of("the.approver", Role::Approver),
        evaluator,
        of("the.officer", Role::Compliance),
    ];
    let [preparer, approver, evaluator, compliance] =
        holders.each_ref().map(|holder| service.signed_in(holder));
    Desk { preparer, approver, evaluator, compliance, run, holders, service }
}

#[test]
fn a_release_is_asked_for_checked_and_refused_with_its_reasons() {
    let desk = desk();
    let wanted = json!({"run": desk.run, "study": STUDY});
    let made = desk.preparer.send("POST", "/api/v1/releases", Some(&wanted));
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.body["state"], &made.body["is_open"]), (&json!("queued"), &json!(false)));
    let address = made.header("location").to_owned();

    let decide = json!({"decision": "approve"});
    let early = desk.approver.send("POST", &format!("{address}/decision"), Some(&decide));
    assert_eq!((early.status, early.code()), (409, "release-wrong-state"));
    let odd =
        desk.approver.send("POST", &format!("{address}/decision"), Some(&json!({"decision": "x"})));
    assert_eq!((odd.status, odd.code()), (400, "request-malformed"));
    for odd in [
        json!({"decision": "approve", "points": ["x"]}),
        json!({"decision": "reject", "reason": "x"}),
        json!({"decision": "approve", "reason": "recipients"}),
    ] {
        let odd = desk.approver.send("POST", &format!("{address}/decision"), Some(&odd));
        assert_eq!((odd.status, odd.code()), (400, "request-malformed"));
    }

    // The content of this submission was not sealed to this unit.
    desk::work(&desk.service.unit, &|| false).unwrap().expect("there is a release");
    let shown = desk.approver.get(&address);
    assert_eq!(shown.body["state"], "failed", "{}", shown.text);
    assert_eq!(shown.body["failure"], "content-sealed");
    assert_eq!(shown.body["report"]["refusals"][0]["code"], "content-sealed");

    // An evaluator learns nothing of what was not released.
    assert_eq!(desk.evaluator.get(&address).status, 404);
    assert_eq!(desk.evaluator.get("/api/v1/releases").body["releases"], json!([]));
    let bundle = desk.evaluator.get(&format!("{address}/bundle?terms=accepted"));
    assert_eq!((bundle.status, bundle.code()), (404, "unknown-id"));
    let all = desk.compliance.get("/api/v1/releases").body;
    assert_eq!(all["releases"].as_array().map(Vec::len), Some(1));
    let revoked = desk.compliance.send("DELETE", &address, None);
    assert_eq!((revoked.status, revoked.code()), (409, "release-wrong-state"));
}

#[test]
fn studies_and_runs_that_cannot_be_are_refused_at_once() {
    let desk = desk();
    let ask = |path: &str, run: &str, study: &str| {
        let answer = desk.preparer.send("POST", path, Some(&json!({"run": run, "study": study})));
        (answer.status, answer.code().to_owned())
    };
    let nobody = format!("run_{}", "0".repeat(32));
    for path in ["/api/v1/releases", "/api/v1/releases/dry-run"] {
        assert_eq!(ask(path, &nobody, STUDY), (404, "unknown-id".to_owned()));
        assert_eq!(ask(path, &desk.run, "x"), (422, "study-syntax".to_owned()));
        let odd =
            STUDY.replacen("k = 11", "k = 0", 1).replacen("[disclosure]", "[disclosure]\nx = 1", 1);
        assert_eq!(ask(path, &desk.run, &odd), (422, "study-disclosure".to_owned()));
        let long = " ".repeat(desk.service.unit.config.release.study_bytes_max + 1);
        assert_eq!(ask(path, &desk.run, &long), (413, "request-too-large".to_owned()));
    }
    let tried = ask("/api/v1/releases/dry-run", &desk.run, STUDY);
    assert_eq!(tried, (422, "content-sealed".to_owned()));
}

#[test]
fn what_a_run_linked_is_destroyed_once_and_certified() {
    let desk = desk();
    let address = format!("/api/v1/runs/{}/destruction", desk.run);
    let destroyed = desk.compliance.send("POST", &address, None);
    assert_eq!(destroyed.status, 201, "{}", destroyed.text);
    let text = |name: &str| destroyed.body[name].as_str().unwrap().to_owned();
    let key = tallystick::audit::AuditPublicKey::parse(&text("key")).unwrap();
    let signature: [u8; 64] = tallystick::ids::unhex(&text("signature")).unwrap();
    let certificate = text("certificate");
    let signed = tallystick::audit::Signed::Destruction;
    assert!(key.verifies(signed, certificate.as_bytes(), &signature));
    let again = desk.compliance.send("POST", &address, None);
    assert_eq!((again.status, again.code()), (422, "release-run-unfit"));
    // The project goes on.
    let unit = &desk.service.unit;
    let run = unit.store.read(|c| runs::find(c, tallystick::ids::RunId::parse(&desk.run).unwrap()));
    let operator = desk.service.enrol("another.operator", &[Role::Operator]);
    let operator = desk.service.signed_in(&operator);
    let project = run.unwrap().project.to_string();
    let queued = operator.send("POST", "/api/v1/runs", Some(&json!({"project": project})));
    assert_eq!(queued.status, 201, "{}", queued.text);
    runs::work(unit, &|_| false).unwrap().expect("there is a run");
    let shown = operator.get(queued.header("location"));
    assert_eq!(shown.body["state"], "finished", "{}", shown.text);
}
