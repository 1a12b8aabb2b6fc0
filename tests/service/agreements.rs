//! Agreements over HTTPS, and what the service refuses without them.

use serde_json::{Value, json};
use tallystick::accounts::{NewAccount, Role, Roles};
use tallystick::agreements::{self, EndReason};

use crate::police::{police, submission};
use crate::unit::{Caller, Service};

fn officer(service: &Service) -> Caller {
    let holder = service.enrol("the.officer", &[Role::Compliance]);
    service.signed_in(&holder)
}

fn agreement(kind: &str, terms: Value) -> Value {
    json!({ "kind": kind, "document_sha256": "5a".repeat(32), "valid_from": "2018-07-04",
            "valid_until": "2019-07-03", "terms": terms })
}

/// Kinds, outcomes and reasons of the last entries, oldest first.
fn entries(officer: &Caller, query: &str) -> Vec<Value> {
    let found = officer.get(&format!("/api/v1/audit/entries?{query}")).body;
    found["entries"].as_array().unwrap().iter().rev().cloned().collect()
}

#[test]
fn each_kind_is_recorded_listed_and_ended() {
    let service = Service::start();
    let officer = officer(&service);
    let agency = service.agency("police").to_string();
    let number = "ab".repeat(16);
    let store = &service.unit.store;
    let project = tallystick::accounts::record_project(store, None, "study", &number).unwrap();
    let project = project.to_string();
    let evaluator = service.enrol_as(NewAccount {
        name: "the.evaluator".to_owned(),
        roles: Roles::new([Role::Evaluator]).unwrap(),
        agency: None,
        projects: Vec::new(),
        trained_until: None,
    });
    let wanted = [
        agreement("mou", json!({ "partners": [agency] })),
        agreement(
            "dsa",
            json!({ "agency": agency, "projects": [project], "purposes": ["evaluation"],
            "content": ["arrest_date"], "retention_until": "2020-07-03" }),
        ),
        agreement(
            "dul",
            json!({ "project": project, "recipients": [evaluator.account.to_string()],
            "purposes": ["evaluation"], "minimum_cell": 11, "retention_until": "2020-07-03" }),
        ),
        agreement(
            "irb",
            json!({ "project": project, "protocol": "2018-17", "decision": "exempt" }),
        ),
    ];
    for wanted in &wanted {
        let made = officer.send("POST", "/api/v1/agreements", Some(wanted));
        assert_eq!(made.status, 201, "{}", made.text);
        let path = format!("/api/v1/agreements/{}", made.body["agreement"].as_str().unwrap());
        let shown = officer.get(&path).body;
        for field in ["kind", "document_sha256", "valid_from", "valid_until", "terms"] {
            assert_eq!(shown[field], wanted[field]);
        }
        assert_eq!(shown["is_in_force"], true);
    }
    let listed = |query: &str| {
        let answer = officer.get(&format!("/api/v1/agreements?{query}"));
        let mut kinds: Vec<String> = answer.body["agreements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.sort_unstable();
        kinds.join(" ")
    };
    assert_eq!(listed(""), "dsa dul irb mou");
    assert_eq!(listed(&format!("project={project}")), "dsa dul irb");
    assert_eq!(listed(&format!("agency={agency}")), "dsa mou");
    assert_eq!(listed("expiring_before=2019-07-03"), "");
    assert_eq!(listed("expiring_before=2019-07-04"), "dsa dul irb mou");
    let first = officer.get("/api/v1/agreements?limit=3").body;
    let after = first["next_after"].as_str().unwrap();
    let rest = officer.get(&format!("/api/v1/agreements?limit=3&after={after}")).body;
    assert_eq!(
        (rest["agreements"].as_array().unwrap().len(), &rest["next_after"]),
        (1, &Value::Null)
    );
    let path = format!("/api/v1/agreements/{after}");
    assert_eq!(officer.send("DELETE", &path, None).code(), "request-malformed");
    let ended = format!("{path}?reason=suspended");
    assert_eq!(officer.send("DELETE", &ended, None).status, 204);
    assert_eq!(officer.send("DELETE", &ended, None).code(), "agreement-ended");
    let shown = officer.get(&path).body;
    assert_eq!((&shown["is_in_force"], &shown["end_reason"]), (&json!(false), &json!("suspended")));
    let kinds = entries(&officer, "kind=agreement-recorded");
    let kinds: Vec<_> = kinds.iter().map(|it| it["object_kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["mou", "dsa", "dul", "irb"]);
    assert_eq!(entries(&officer, "kind=agreement-ended&reason=suspended").len(), 1);
}

#[test]
fn what_no_agreement_can_say_is_refused_by_its_name() {
    let service = Service::start();
    let officer = officer(&service);
    let police = service.agency("police").to_string();
    let provider = service.agency("provider").to_string();
    let nobody = format!("prj_{}", "0".repeat(32));
    let dsa = |agency: &str, more: Value| {
        let mut terms = json!({ "agency": agency, "projects": [nobody], "purposes": ["audit"],
            "content": [], "retention_until": "2020-07-03" });
        terms.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        agreement("dsa", terms)
    };
    let mut backwards = agreement("mou", json!({ "partners": [police] }));
    backwards["valid_until"] = json!("2018-07-03");
    for (wanted, status, code) in [
        (backwards, 422, "agreement-interval"),
        (agreement("mou", json!({ "partners": [] })), 422, "agreement-malformed"),
        (
            agreement("mou", json!({ "partners": [police], "decision": "waived" })),
            422,
            "agreement-malformed",
        ),
        (dsa(&police, json!({ "retention_until": "2019-07-02" })), 422, "agreement-retention"),
        (dsa(&police, json!({ "purposes": ["curiosity"] })), 422, "agreement-malformed"),
        (dsa(&police, json!({})), 404, "unknown-id"),
        (agreement("treaty", json!({})), 422, "agreement-malformed"),
        (agreement("mou", json!({ "partner": [police] })), 400, "request-malformed"),
    ] {
        let answer = officer.send("POST", "/api/v1/agreements", Some(&wanted));
        assert_eq!((answer.status, answer.code()), (status, code), "{wanted}");
    }
    let store = &service.unit.store;
    let number = "ab".repeat(16);
    let study = tallystick::accounts::record_project(store, None, "study", &number).unwrap();
    let study = json!([study.to_string()]);
    for (agency, basis, status) in [
        (&police, json!({ "basis": "research" }), 422),
        (&police, json!({}), 201),
        (&provider, json!({}), 422),
        (&provider, json!({ "basis": "consent" }), 201),
    ] {
        let mut wanted = dsa(agency, basis);
        wanted["terms"]["projects"] = study.clone();
        assert_eq!(officer.send("POST", "/api/v1/agreements", Some(&wanted)).status, status);
    }
}

#[test]
fn nothing_is_uploaded_without_agreements_and_the_log_names_the_clause() {
    let police = police();
    let officer = officer(&police.service);
    let bytes = submission();
    let [mou, dsa] = police.agreements;
    assert_eq!(police.put(&bytes).status, 201);
    let received = entries(&officer, "kind=submission-received&limit=1").pop().unwrap();
    let mut under = [mou.to_string(), dsa.to_string()];
    under.sort_unstable();
    assert_eq!(received["agreements"], json!(under));
    assert_eq!(received["purpose"], "evaluation");
    // Begun under an agreement that ends before the last byte comes.
    let place = police.begin(bytes.len());
    agreements::end(&police.service.unit.store, None, dsa, EndReason::Withdrawn).unwrap();
    assert_eq!(police.patch(&place, 0, &bytes, &[]).status, 204);
    police.settle();
    let shown = police.caller.get(&place).body;
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("refused"), &json!("dsa-ended")));
    let refused = entries(&officer, "kind=submission-received&outcome=denied").pop().unwrap();
    assert_eq!(refused["reason"], "dsa-ended");
    assert_eq!(refused["project"], police.project.to_string());
    // And before any byte is sent.
    let before = police.segments();
    let answer = police.put(&bytes);
    assert_eq!((answer.status, answer.code()), (403, "dsa-ended"));
    assert!(answer.body["help"].as_str().unwrap().contains("docs/agreements.md"));
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", "100")];
    let answer = police.caller.send_bytes("POST", "/api/v1/uploads", &headers, &[]);
    assert_eq!((answer.status, answer.code()), (403, "dsa-ended"));
    assert_eq!(police.segments(), before);
    assert_eq!(entries(&officer, "kind=upload-opened&outcome=denied&reason=dsa-ended").len(), 2);
}

#[test]
fn content_that_the_agreement_does_not_permit_is_refused() {
    let police = police();
    let [_, dsa] = police.agreements;
    let store = &police.service.unit.store;
    let found = store.read(|connection| agreements::find(connection, dsa)).unwrap();
    agreements::end(store, None, dsa, EndReason::Replaced).unwrap();
    let agreements::Terms::Dsa(mut terms) = found.terms else { panic!("it is a DSA") };
    terms.content = agreements::Content::new(&[]).unwrap();
    let new = agreements::NewAgreement {
        document: [8; 32],
        interval: found.interval,
        terms: agreements::Terms::Dsa(terms),
    };
    agreements::record(store, None, &new).unwrap();
    let answer = police.put(&submission());
    assert_eq!(answer.body["reason"], "dsa-content");
    assert_eq!(police.segments(), 0);
}
