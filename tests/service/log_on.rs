//! Log-on, sessions and tokens over HTTPS.

use serde_json::json;
use tallystick::accounts::Role;
use tallystick::audit::{Actor, Event, EventKind};
use tallystick::clock::Clock as _;

use crate::unit::{PASSWORD, Service, code};

#[test]
fn the_whole_way_from_a_link_to_a_session_and_out() {
    let service = Service::start();
    let link = service.unit.first_link().unwrap().unwrap().to_string();
    let anonymous = service.anonymous();
    let wrong = json!({"link": "0".repeat(64), "password": PASSWORD});
    assert_eq!(anonymous.send("POST", "/api/v1/enrolment", Some(&wrong)).code(), "enrolment-ended");
    let weak = json!({"link": link, "password": "aaaaaaaaaaaa"});
    assert_eq!(anonymous.send("POST", "/api/v1/enrolment", Some(&weak)).code(), "password-weak");
    let good = json!({"link": link, "password": PASSWORD});
    let prepared = anonymous.send("POST", "/api/v1/enrolment", Some(&good));
    let uri = prepared.body["uri"].as_str().unwrap().to_owned();
    let shown = code(&uri, service.clock.now());
    let confirm = json!({"link": link, "code": shown});
    let done = anonymous.send("POST", "/api/v1/enrolment/confirm", Some(&confirm));
    assert_eq!(done.status, 201);
    assert_eq!(done.body["recovery_codes"].as_array().unwrap().len(), 10);
    assert!(service.unit.first_link().unwrap().is_none(), "there is an administrator now");

    service.clock.advance_seconds(60);
    let shown = code(&uri, service.clock.now());
    let credentials = json!({"name": "administrator", "password": PASSWORD, "code": shown});
    let opened = anonymous.send("POST", "/api/v1/sessions", Some(&credentials));
    assert_eq!(opened.status, 201);
    let cookie = opened.header("set-cookie");
    for part in ["__Host-tallystick=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(part), "{part}");
    }
    let again = anonymous.send("POST", "/api/v1/sessions", Some(&credentials));
    assert_eq!((again.status, again.code()), (401, "sign-in-refused"));
}

#[test]
fn a_request_of_another_site_changes_nothing() {
    let service = Service::start();
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let caller = service.signed_in(&holder);
    let close = |caller: &crate::unit::Caller| {
        let answer = caller.send("DELETE", "/api/v1/sessions/current", None);
        (answer.status, answer.code().to_owned())
    };
    let foreign = |code: &str| (403, code.to_owned());
    assert_eq!(close(&caller.with("origin", "https://example.org")), foreign("origin-foreign"));
    assert_eq!(close(&caller.with("origin", "null")), foreign("origin-foreign"));
    assert_eq!(close(&caller.with("sec-fetch-site", "cross-site")), foreign("origin-foreign"));
    assert_eq!(close(&caller.without("x-csrf-token")), (401, "session-ended".to_owned()));
    assert_eq!(
        close(&caller.with("x-csrf-token", &"0".repeat(64))),
        (401, "session-ended".to_owned())
    );
    assert_eq!(caller.get("/api/v1/sessions/current").status, 200);
    let own = format!("https://{}", service.address);
    assert_eq!(close(&caller.with("origin", &own).with("sec-fetch-site", "same-origin")).0, 204);
    assert_eq!(caller.get("/api/v1/sessions/current").code(), "session-ended");
    let code = code(&holder.uri, service.clock.now());
    let from_elsewhere = service.anonymous().with("origin", "https://example.org");
    let answer = from_elsewhere.send("POST", "/api/v1/sessions", Some(&holder.credentials(&code)));
    assert_eq!(answer.code(), "origin-foreign");
}

#[test]
fn a_program_comes_with_a_token() {
    let service = Service::start();
    let holder = service.enrol("officer", &[Role::Compliance]);
    let caller = service.signed_in(&holder);
    let wanted = json!({"role": "compliance", "days": 30});
    let made = caller.send("POST", "/api/v1/tokens", Some(&wanted));
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
    let bearer = format!("Bearer {}", made.body["secret"].as_str().unwrap());
    let program = service.anonymous().with("authorization", &bearer);
    let entries = program.get("/api/v1/audit/entries?kind=token-issued&limit=5");
    assert_eq!(entries.status, 200);
    let entries = entries.body["entries"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["actor"].as_str().unwrap(), holder.account.to_string());
    assert_eq!(program.send("POST", "/api/v1/tokens", Some(&wanted)).code(), "not-allowed");
    let path = format!("/api/v1/tokens/{}", made.body["token"].as_str().unwrap());
    assert_eq!(caller.send("DELETE", &path, None).status, 204);
    assert_eq!(program.get("/api/v1/sessions/current").code(), "token-ended");
}

#[test]
fn what_is_not_of_its_form_is_refused_without_being_shown() {
    let service = Service::start();
    let anonymous = service.anonymous();
    let secret = json!({"name": "x", "password": "CANARY", "code": "x", "more": "CANARY"});
    let answer = anonymous.send("POST", "/api/v1/sessions", Some(&secret));
    assert_eq!((answer.status, answer.code()), (400, "request-malformed"));
    assert!(!answer.text.contains("CANARY"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let long = json!({"name": "x".repeat(100_000), "password": "", "code": ""});
    let answer = anonymous.send("POST", "/api/v1/sessions", Some(&long));
    assert_eq!((answer.status, answer.code()), (413, "request-too-large"));
    assert_eq!(anonymous.get("/api/v1/CANARY").code(), "not-found");
    for answer in [anonymous.get("/api/v1/health/live"), anonymous.get("/nothing")] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(answer.header("x-request-id").starts_with("req_"));
    }
}

#[test]
fn too_many_log_ons_from_one_address_are_refused_unseen() {
    let service =
        Service::start_with(|config| config.service.sign_ins_per_minute = 2.try_into().unwrap());
    let anonymous = service.anonymous();
    let body = json!({"name": "x", "password": "x", "code": "x"});
    let codes: Vec<String> = (0..3)
        .map(|_| anonymous.send("POST", "/api/v1/sessions", Some(&body)).code().to_owned())
        .collect();
    assert_eq!(codes, ["sign-in-refused", "sign-in-refused", "sign-ins-too-many"]);
}

#[test]
fn an_answer_that_did_not_change_is_not_sent_again() {
    let service = Service::start();
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let caller = service.signed_in(&holder);
    let first = caller.get("/api/v1/sessions/current");
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 10);
    let second = caller.with("if-none-match", &tag).get("/api/v1/sessions/current");
    assert_eq!((second.status, second.text.as_str()), (304, ""));
    let other = caller.with("if-none-match", "\"other\"").get("/api/v1/sessions/current");
    assert_eq!(other.status, 200);
}

#[test]
fn an_export_of_the_log_is_verified_with_the_key_alone() {
    let service = Service::start();
    let holder = service.enrol("officer", &[Role::Compliance]);
    let caller = service.signed_in(&holder);
    let export = caller.get("/api/v1/audit/export");
    let head = caller.get("/api/v1/audit/head").body;
    let key = tallystick::audit::AuditPublicKey::parse(head["key"].as_str().unwrap()).unwrap();
    let verify = |text: &str| tallystick::audit::verify::verify(&mut text.as_bytes(), &key, 1, &[]);
    let found = verify(&export.text).unwrap().unwrap();
    assert_eq!(found.first, 1);
    assert!(export.text.lines().rev().nth(1).unwrap().contains("audit-exported"));
    assert!(verify(&export.text.replacen("\"ok\"", "\"no\"", 1)).unwrap().is_err());
}

#[test]
fn whoever_lost_a_device_is_signed_out_everywhere() {
    let service = Service::start();
    let holder = service.enrol("officer", &[Role::Compliance]);
    let (here, elsewhere) = (service.signed_in(&holder), service.signed_in(&holder));
    let wanted = json!({"role": "compliance", "days": 30});
    let made = here.send("POST", "/api/v1/tokens", Some(&wanted));
    let bearer = format!("Bearer {}", made.body["secret"].as_str().unwrap());
    let program = service.anonymous().with("authorization", &bearer);
    let listed = here.get("/api/v1/sessions").body;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(listed["tokens"][0]["token"], made.body["token"]);
    let shown = listed.to_string();
    assert!(!shown.contains(made.body["secret"].as_str().unwrap()), "secrets are shown once");
    let current = elsewhere.get("/api/v1/sessions/current").body["session"].clone();
    let path = format!("/api/v1/sessions/{}", current.as_str().unwrap());
    assert_eq!(here.send("DELETE", &path, None).status, 204);
    assert_eq!(elsewhere.get("/api/v1/sessions/current").code(), "session-ended");
    let stranger = service.enrol("operator.one", &[Role::Operator]);
    let stranger = service.signed_in(&stranger);
    let own = here.get("/api/v1/sessions/current").body["session"].clone();
    let path = format!("/api/v1/sessions/{}", own.as_str().unwrap());
    assert_eq!(stranger.send("DELETE", &path, None).code(), "unknown-id");
    let keeper = service.enrol("keeper", &[Role::Administrator]);
    let keeper = service.signed_in(&keeper);
    let path = format!("/api/v1/accounts/{}/sign-ins", holder.account);
    let seen = keeper.get(&path).body;
    assert_eq!(seen["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(keeper.send("DELETE", &path, None).status, 204);
    assert_eq!(here.get("/api/v1/sessions/current").code(), "session-ended");
    assert_eq!(program.get("/api/v1/sessions/current").code(), "token-ended");
    assert_eq!(keeper.get(&path).body, json!({"sessions": [], "tokens": []}));
}

#[test]
fn an_export_longer_than_a_piece_is_whole() {
    let service = Service::start();
    for _ in 0..2_500 {
        let event = Event::new(EventKind::AuditRead, Actor::Console);
        service.unit.store.record(&event).unwrap();
    }
    let holder = service.enrol("officer", &[Role::Compliance]);
    let caller = service.signed_in(&holder);
    let export = caller.get("/api/v1/audit/export?from=7").text;
    let key = service.unit.store.key().public();
    let found = tallystick::audit::verify::verify(&mut export.as_bytes(), &key, 7, &[]);
    let found = found.unwrap().unwrap();
    assert_eq!((found.first, found.last > 2_500), (7, true));
    let beyond = caller.get(&format!("/api/v1/audit/export?from={}", u64::MAX));
    assert_eq!((beyond.status, beyond.text.lines().count()), (200, 1));
    let entries = caller.get(&format!("/api/v1/audit/entries?below={}&limit=1", u64::MAX));
    assert_eq!(entries.body["entries"].as_array().unwrap().len(), 1);
}
