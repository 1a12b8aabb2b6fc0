//! Log-on and log-off by the page.

use tallystick::accounts::Role;
use tallystick::clock::Clock as _;

use super::Browser;
use crate::unit::{PASSWORD, Service, code};

#[test]
fn signing_in_leads_to_the_page_that_was_asked_for() {
    let service = Service::start();
    let holder = service.enrol("records", &[Role::Administrator]);
    let mut browser = Browser::new(&service);
    let asked = browser.get("/admin/agencies?done=recorded");
    assert_eq!(asked.leads_to(), "/sign-in?next=%2Fadmin%2Fagencies%3Fdone%3Drecorded");
    let page = browser.follow(&asked);
    assert!(page.says("Sign in"));
    let next = page.hidden("next");
    assert_eq!(next, "/admin/agencies?done=recorded");

    service.clock.advance_seconds(60);
    let code = code(&holder.uri, service.clock.now());
    let wrong = [("name", "records"), ("password", "wrong"), ("code", &code), ("next", &next)];
    let refused = browser.post("/sign-in", &wrong);
    assert_eq!(refused.status(), 401);
    assert!(refused.says("role=\"alert\"") && refused.says("value=\"records\""));
    assert!(!refused.says("wrong") && !refused.says(&code), "nothing secret is shown back");

    let right = [("name", "records"), ("password", PASSWORD), ("code", &code), ("next", &next)];
    let opened = browser.post("/sign-in", &right);
    assert_eq!(opened.leads_to(), next);
    let cookie = opened.answer.header("set-cookie").to_owned();
    for part in ["__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    browser.keep_cookie(&opened);
    let page = browser.follow(&opened);
    assert!(page.says("<h1>Agencies</h1>") && page.says("The agency was entered."));

    let out = browser.submit("/admin/agencies", "/sign-out", &[]);
    assert_eq!(out.leads_to(), "/sign-in?done=signed-out");
    assert!(browser.get("/admin/agencies").leads_to().starts_with("/sign-in"));
}

#[test]
fn nobody_is_sent_to_another_host() {
    let service = Service::start();
    let browser = Browser::new(&service);
    let holder = service.enrol("records", &[Role::Administrator]);
    for place in ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"] {
        service.clock.advance_seconds(60);
        let code = code(&holder.uri, service.clock.now());
        let fields =
            [("name", "records"), ("password", PASSWORD), ("code", &code), ("next", place)];
        assert_eq!(browser.post("/sign-in", &fields).leads_to(), "/");
        let page = browser.get(&format!("/sign-in?next={place}"));
        assert!(!page.says("elsewhere"), "{place}");
    }
    let split = browser.get("/sign-in?next=/%0d%0aset-cookie:%20x=1");
    assert_eq!(split.answer.header("set-cookie"), "");
}

#[test]
fn what_is_typed_is_shown_as_text() {
    let service = Service::start();
    let holder = service.enrol("records", &[Role::Administrator]);
    let typed = "\"><script>alert(1)</script>";
    let fields = [("name", typed), ("password", typed), ("code", typed), ("next", typed)];
    let page = Browser::new(&service).post("/sign-in", &fields);
    assert!(!page.says("<script>") && page.says("&#60;script&#62;alert(1)"));
    let browser = Browser::of(&service, &holder);
    let page =
        browser.submit("/admin/agencies", "/admin/agencies", &[("name", typed), ("kind", typed)]);
    assert_eq!(page.status(), 422);
    assert!(!page.says("<script>") && page.says("&#60;script&#62;alert(1)"));
}

#[test]
fn there_is_a_page_where_there_is_nothing() {
    let service = Service::start();
    let page = Browser::new(&service).get("/no/such/page");
    assert_eq!(page.status(), 404);
    assert!(page.says("Nothing here") && page.says("<code>not-found</code>"));
    assert_eq!(service.anonymous().get("/api/v1/nothing").code(), "not-found");
}
