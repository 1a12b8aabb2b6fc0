//! Consents of a provider: who may send them, what is logged, and whom a run leaves out.

use serde_json::json;
use tallystick::agreements::consents::{self, Excluded};
use tallystick::agreements::{self, Basis, EndReason, Terms};
use tallystick::ids::AgencyId;
use tallystick_wire::Handle;

use crate::police::{Police, police, uploader};
use crate::unit::Caller;

const CSV: &str = "handle,basis,valid_until,revoked\n\
                   000102030405060708090a0b0c0d0e01,consent,2018-12-31,false\n\
                   000102030405060708090a0b0c0d0e02,consent,,true\n\
                   000102030405060708090a0b0c0d0e03,audit,2018-07-03,false\n";

fn handle(last: u8) -> Handle {
    Handle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, last])
}

fn put(caller: &Caller, police: &Police, media_type: &str, body: &str) -> crate::unit::Answer {
    let path = format!("/api/v1/projects/{}/consents", police.project);
    caller.send_bytes("PUT", &path, &[("content-type", media_type)], body.as_bytes())
}

/// The provider's clients that a run leaves out, of five.
fn left_out(police: &Police, provider: AgencyId) -> Vec<u8> {
    let store = &police.service.unit.store;
    let look = |c: &rusqlite::Connection| consents::excluded(c, police.project, store.now());
    let excluded: Excluded = store.read(look).unwrap();
    (1..=5).filter(|last| excluded.clause(provider, handle(*last)).is_some()).collect()
}

#[test]
fn a_snapshot_takes_the_place_of_the_one_before_and_decides_who_is_left_out() {
    let police = police();
    let service = &police.service;
    let provider = service.agency("provider");
    let [_, dsa] = service.agree(provider, police.project);
    let caller = uploader(service, "the.provider", provider);
    assert_eq!(left_out(&police, provider), [1, 2, 3, 4, 5], "nobody has consented yet");
    let answer = put(&caller, &police, "text/csv", CSV);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let counts = json!({"consents": 3, "basis_consent": 2, "basis_research": 0, "basis_audit": 1,
                        "revoked": 1, "expired": 1});
    assert_eq!(answer.body["counts"], counts);
    assert_eq!(left_out(&police, provider), [2, 3, 4, 5]);
    let officer =
        service.signed_in(&service.enrol("the.officer", &[tallystick::accounts::Role::Compliance]));
    let logged = officer.get("/api/v1/audit/entries?kind=consent-recorded").body;
    let logged = &logged["entries"][0];
    let mut all = counts.clone();
    let of_runs = json!({"taken_back": 0, "runs_outdated": 0, "runs_failed": 0});
    all.as_object_mut().unwrap().extend(of_runs.as_object().unwrap().clone());
    assert_eq!((&logged["counts"], &logged["digests"]["snapshot"]), (&all, &answer.body["sha256"]));
    assert_eq!(logged["agreements"].as_array().unwrap().len(), 2);
    assert!(!officer.get("/api/v1/audit/export").text.contains("000102030405"));

    // By research all but the named are in.
    let store = &service.unit.store;
    let found = store.read(|connection| agreements::find(connection, dsa)).unwrap();
    agreements::end(store, None, dsa, EndReason::Replaced).unwrap();
    let Terms::Dsa(mut terms) = found.terms else { panic!("it is a DSA") };
    terms.basis = Some(Basis::Research);
    let new = agreements::NewAgreement {
        document: [9; 32],
        interval: found.interval,
        terms: Terms::Dsa(terms),
    };
    agreements::record(store, None, &new).unwrap();
    assert_eq!(left_out(&police, provider), [2, 3]);
    let later = json!([{"handle": "000102030405060708090a0b0c0d0e05", "basis": "research", "revoked": true}]);
    let answer = put(&caller, &police, "application/json", &later.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(left_out(&police, provider), [5], "the one before is gone");
    assert!(put(&caller, &police, "text/csv", CSV).status == 200);
    service.clock.advance_seconds(365 * 86_400);
    assert_eq!(left_out(&police, provider), [1, 2, 3], "a term is over");
}

#[test]
fn only_a_provider_under_an_agreement_sends_consents_and_errors_show_no_value() {
    let police = police();
    let service = &police.service;
    let answer = put(&police.caller, &police, "text/csv", CSV);
    assert_eq!((answer.status, answer.code()), (403, "consents-not-provider"));
    let provider = service.agency("provider");
    let caller = uploader(service, "the.provider", provider);
    let answer = put(&caller, &police, "text/csv", CSV);
    assert_eq!((answer.status, answer.code()), (403, "mou-missing"));
    service.agree(provider, police.project);
    let bad = CSV.replace("2018-12-31", "CANARYBIRD");
    let answer = put(&caller, &police, "text/csv", &bad);
    assert_eq!((answer.status, answer.code()), (422, "consents-malformed"));
    assert!(answer.text.contains("line 2") && !answer.text.contains("CANARY"));
    let answer = put(&caller, &police, "application/json", "[{\"handle\": \"CANARYBIRD\"}]");
    assert_eq!((answer.status, answer.code()), (400, "request-malformed"));
    assert_eq!(put(&caller, &police, "text/plain", CSV).code(), "consents-media-type");
    let officer =
        service.signed_in(&service.enrol("the.officer", &[tallystick::accounts::Role::Compliance]));
    let denied = officer.get("/api/v1/audit/entries?kind=consent-recorded&outcome=denied").body;
    let reasons: Vec<&str> = denied["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["mou-missing", "consents-not-provider"]);
}
