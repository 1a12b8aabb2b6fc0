//! Every page and every form, asked for by everybody.

use tallystick::accounts::{self, Role};
use tallystick::web::{Access, PAGES, Route};

use super::Browser;
use crate::authorisation::{address, holders};
use crate::unit::Service;

#[test]
fn everybody_sees_the_pages_of_their_roles_and_no_others() {
    let service = Service::start();
    let nobody = Browser::new(&service);
    for (role, holder) in holders(&service) {
        let browser = Browser::of(&service, &holder);
        let csrf = browser.get("/account").hidden("csrf");
        for page in PAGES.iter().filter(|page| page.path != "/sign-out") {
            let path = address(page.path);
            let answer = match page.method {
                "POST" => browser.post(&path, &[("csrf", &csrf)]),
                _ => browser.get(&path),
            };
            let refused = answer.status() == 403 && answer.says("<code>not-allowed</code>");
            assert_eq!(refused, !page.access.is_of(role), "{role:?} {} {path}", page.method);
            assert!(answer.status() != 500, "{role:?} {} {path}", page.method);
        }
    }
    for page in PAGES.iter().filter(|page| page.access != Access::Public) {
        let path = address(page.path);
        let answer =
            if page.method == "POST" { nobody.post(&path, &[]) } else { nobody.get(&path) };
        assert!(answer.leads_to().starts_with("/sign-in"), "{} {path}", page.method);
    }
}

fn forms() -> impl Iterator<Item = &'static Route> {
    PAGES.iter().filter(|page| page.method == "POST")
}

#[test]
fn a_form_must_come_from_a_page_of_the_service() {
    let service = Service::start();
    for (role, holder) in holders(&service) {
        let browser = Browser::of(&service, &holder);
        let csrf = browser.get("/account").hidden("csrf");
        let other = Browser::of(&service, &holder).get("/account").hidden("csrf");
        assert_ne!(csrf, other, "each session has its own");
        for form in forms().filter(|form| form.access.is_of(role) && form.access != Access::Public)
        {
            let path = address(form.path);
            for wrong in ["", "x", &other, &csrf[1..]] {
                let answer = browser.post(&path, &[("csrf", wrong)]);
                assert!(answer.leads_to().starts_with("/sign-in"), "{path} {wrong}");
            }
            for (name, value) in
                [("origin", "https://elsewhere.example"), ("sec-fetch-site", "cross-site")]
            {
                let body = format!("csrf={csrf}");
                let headers =
                    [("content-type", "application/x-www-form-urlencoded"), (name, value)];
                let answer = browser.caller().send_bytes("POST", &path, &headers, body.as_bytes());
                assert_eq!(answer.status, 403, "{path} {name}");
                assert!(answer.text.contains("origin-foreign"), "{path} {name}");
            }
        }
    }
}

#[test]
fn every_page_forbids_what_it_does_not_need() {
    let service = Service::start();
    for (role, holder) in holders(&service) {
        let browser = Browser::of(&service, &holder);
        for page in PAGES.iter().filter(|page| page.method == "GET" && page.access.is_of(role)) {
            let path = address(page.path);
            let answer = browser.get(&path).answer;
            let policy = answer.header("content-security-policy");
            for part in ["default-src 'none'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(
                !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
                "{path}"
            );
            let may_run = policy.contains("wasm-unsafe-eval");
            assert_eq!(may_run, path == "/agency/upload", "{path}: {policy}");
            assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
            if !path.starts_with("/assets/") {
                assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            }
            for forbidden in
                ["<script>", " style=", " onclick=", "javascript:", "http://", "https://"]
            {
                assert!(!answer.text.contains(forbidden), "{path} has {forbidden}");
            }
        }
    }
}

#[test]
fn oversight_knows_of_every_page_that_agencies_may_ask() {
    let service = Service::start();
    let officer = service.enrol("officer", &[Role::Compliance]);
    let store = &service.unit.store;
    let project = accounts::record_project(store, None, "study", &"5a".repeat(16)).unwrap();
    let path = format!("/api/v1/audit/answers/A17?project={project}");
    let answer = service.signed_in(&officer).get(&path);
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("NOT known"), "{}", answer.text);
}
