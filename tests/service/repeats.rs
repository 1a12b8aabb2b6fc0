//! Requests that are sent again with the same key.

use serde_json::json;
use tallystick::accounts::Role;
use tallystick::web;

use crate::pages::Browser;
use crate::unit::{Caller, Service};

const AGENCIES: &str = "/api/v1/agencies";

fn keeper(service: &Service, name: &str) -> Caller {
    let holder = service.enrol(name, &[Role::Administrator]);
    service.signed_in(&holder)
}

#[test]
fn the_same_request_with_the_same_key_is_done_once() {
    let service = Service::start();
    let caller = keeper(&service, "keeper").with("idempotency-key", "a");
    let wanted = json!({"name": "the.clerk", "roles": ["operator"]});
    let first = caller.send("POST", "/api/v1/accounts", Some(&wanted));
    assert_eq!((first.status, first.header("idempotency-repeated")), (201, ""));
    let again = caller.send("POST", "/api/v1/accounts", Some(&wanted));
    assert_eq!((again.status, again.header("idempotency-repeated")), (201, "true"));
    assert_eq!(again.text, first.text, "the link that is shown once is in the same answer");
    assert_eq!(again.header("content-type"), first.header("content-type"));
    let other = json!({"name": "the.other", "roles": ["operator"]});
    let refused = caller.send("POST", "/api/v1/accounts", Some(&other));
    assert_eq!((refused.status, refused.code()), (422, "repeat-differs"));
    let elsewhere = caller.send("POST", AGENCIES, Some(&wanted));
    assert_eq!(elsewhere.code(), "repeat-differs");
    let listed = caller.get("/api/v1/accounts").body;
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_key_is_its_accounts_own_and_free_after_a_refusal() {
    let service = Service::start();
    let first = keeper(&service, "keeper").with("idempotency-key", "a");
    let second = keeper(&service, "second").with("idempotency-key", "a");
    let police = json!({"name": "police", "source_type": "police"});
    let court = json!({"name": "court", "source_type": "court"});
    assert_eq!(first.send("POST", AGENCIES, Some(&json!({"name": "", "more": 1}))).status, 400);
    assert_eq!(first.send("POST", AGENCIES, Some(&police)).status, 201);
    assert_eq!(second.send("POST", AGENCIES, Some(&court)).status, 201);
    let nobody = service.anonymous().with("idempotency-key", "a");
    assert_eq!(nobody.send("POST", AGENCIES, Some(&police)).code(), "not-signed-in");
    let long = first.with("idempotency-key", &"a".repeat(256));
    assert_eq!(long.send("POST", AGENCIES, Some(&police)).code(), "request-malformed");
    let large = json!({"name": "x".repeat(100_000), "source_type": "court"});
    let large = first.with("idempotency-key", "b").send("POST", AGENCIES, Some(&large));
    assert_eq!(large.code(), "request-too-large");
}

#[test]
fn an_answer_is_sealed_and_forgotten_in_time() {
    let service = Service::start();
    let caller = keeper(&service, "keeper").with("idempotency-key", "a");
    let wanted = json!({"name": "the.clerk", "roles": ["operator"]});
    let link = caller.send("POST", "/api/v1/accounts", Some(&wanted)).body["link"].clone();
    let secret = link.as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    for file in ["unit.db", "unit.db-wal"] {
        let bytes = std::fs::read(service.unit.store.directory().join(file)).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{file}");
    }
    let hours = service.unit.config.service.repeat_hours;
    service.clock.advance_seconds(hours * 3_600 + 60);
    web::expire_repeats(&service.unit).unwrap();
    let holder = service.enrol("second", &[Role::Administrator]);
    let later = service.signed_in(&holder).with("idempotency-key", "a");
    assert_eq!(later.send("POST", "/api/v1/accounts", Some(&wanted)).code(), "name-taken");
}

#[test]
fn what_a_page_shows_once_is_not_kept() {
    let service = Service::start();
    let holder = service.enrol("keeper", &[Role::Administrator]);
    let browser = Browser::of(&service, &holder).with_header("idempotency-key", "a");
    let fields = [("name", "the.clerk"), ("role", "operator")];
    let made = browser.submit("/admin/accounts/new", "/admin/accounts", &fields);
    assert!(made.status() == 200 && made.says("shown this once"), "{}", made.answer.text);
    let again = browser.submit("/admin/accounts/new", "/admin/accounts", &fields);
    assert_eq!(again.answer.header("idempotency-repeated"), "");
    assert_eq!(again.status(), 409, "it is done again, and refused");
    assert!(again.says("aria-errormessage=\"name-wrong\"") && !again.says("shown this once"));
}
