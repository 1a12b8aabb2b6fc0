//! Pages of compliance officers: the log, whether it is whole, questions, reviews, traces.

use tallystick::accounts::{self, Role};
use tallystick::audit::{Actor, Event, EventKind};

use super::Browser;
use crate::unit::{Holder, Service};

const HOSTILE: &str = "\"><script>alert(1)</script>{{7*7}}";

fn officer(service: &Service) -> (Browser, Holder) {
    let holder = service.enrol("officer", &[Role::Compliance]);
    (Browser::of(service, &holder), holder)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn the_first_page_says_whether_the_log_is_whole_and_what_waits() {
    let service = Service::start();
    let (browser, _) = officer(&service);
    assert_eq!(browser.get("/").leads_to(), "/compliance");
    let page = browser.get("/compliance");
    assert!(page.says("Nobody has checked it on these pages yet"), "{}", page.answer.text);
    assert!(page.says("officer, compliance officer, signed in from 127.0.0.1."));
    let done = browser.submit("/audit/verify", "/audit/verify", &[("extent", "all")]);
    assert_eq!(done.leads_to(), "/audit/verify?done=whole");
    let page = browser.follow(&done);
    assert!(page.says("The log was whole when it was last checked") && page.says("from the start"));
    let page = browser.get("/compliance");
    assert!(page.says("The log is whole") && page.says("entries 1 to "));
    let done = browser.submit("/audit/verify", "/audit/verify", &[("extent", "new")]);
    assert_eq!(done.leads_to(), "/audit/verify?done=whole");

    service.clock.advance_seconds(15 * 86_400);
    let (browser, _) = (Browser::of(&service, &service.enrol("second", &[Role::Compliance])), ());
    let page = browser.get("/compliance");
    assert!(page.says("The week of 2018-07-02 waits for its review.") && page.says("overdue"));
}

#[test]
fn a_log_that_was_tampered_with_is_shown_as_broken_with_what_to_do() {
    let service = Service::start();
    let (browser, _) = officer(&service);
    let done = browser.submit("/audit/verify", "/audit/verify", &[("extent", "all")]);
    assert_eq!(done.leads_to(), "/audit/verify?done=whole");
    let file = service.unit.store.directory().join("unit.db");
    let records = rusqlite::Connection::open(file).unwrap();
    let tamper = "DROP TRIGGER audit_entry_is_never_changed; \
                  UPDATE audit_entry SET body = replace(body, '127.0.0.1', '127.0.0.9') WHERE seq = \
                  (SELECT min(seq) FROM audit_entry WHERE kind = 'session-opened');";
    records.execute_batch(tamper).unwrap();
    let sql = "SELECT min(seq) FROM audit_entry WHERE kind = 'session-opened'";
    let seq: u64 = records.query_row(sql, [], |row| row.get(0)).unwrap();
    let done = browser.submit("/audit/verify", "/audit/verify", &[("extent", "all")]);
    assert_eq!(done.leads_to(), "/audit/verify?done=broken");
    let page = browser.follow(&done);
    for text in [
        "The log is not whole",
        "An entry was changed after it was written.",
        "What to do now",
        &format!("<a href=\"/audit/{seq}\">entry {seq}</a>"),
        "<code>audit-edited</code>",
        "Export the whole log below",
    ] {
        assert!(page.says(text), "{text}: {}", page.answer.text);
    }
    assert!(browser.get("/compliance").says("The log is not whole"));
    let page = browser.get(&format!("/audit/{seq}"));
    assert!(page.says("This entry is not as it was written."));
    // A quick check after a broken one begins at the first entry again.
    let done = browser.submit("/audit/verify", "/audit/verify", &[("extent", "new")]);
    assert_eq!(done.leads_to(), "/audit/verify?done=broken");
}

#[test]
fn entries_are_found_by_every_field_and_paged() {
    let service = Service::start();
    let (browser, holder) = officer(&service);
    for count in 0..120 {
        let event = Event::new(EventKind::UploadOpened, Actor::Console).count("rows", count);
        service.unit.store.record(&event.denied("of-a-test")).unwrap();
    }
    let first = browser.get("/audit?kind=upload-opened");
    let rows = first.answer.text.matches("was refused: began an upload").count();
    assert_eq!(rows, 50);
    let (_, rest) = first.answer.text.split_once("/audit?kind=upload-opened&#38;below=").unwrap();
    let below: u64 = rest.split('"').next().unwrap().parse().unwrap();
    let last = browser.get(&format!("/audit?kind=upload-opened&below={}", below - 50));
    assert_eq!(last.answer.text.matches("was refused: began an upload").count(), 20);
    assert!(!last.says("Older entries") && last.says("Newest entries"));
    for (field, value, count) in [
        ("outcome", "denied", 50),
        ("reason", "of-a-test", 50),
        ("actor", "console", 50),
        ("actor", "officer", 0),
        ("from", "2018-07-04", 50),
        ("until", "2018-07-03", 0),
        ("object", "none", 0),
        ("object_sha256", "none", 0),
        ("session", "none", 0),
        ("role", "operator", 0),
        ("agency", "none", 0),
        ("purpose", "audit", 0),
        ("project", "none", 0),
        ("source_address", "127.0.0.1", 0),
        ("object_kind", "release", 0),
    ] {
        let page = browser.get(&format!("/audit?{field}={value}"));
        assert_eq!(page.status(), 200, "{field}");
        let found = page.answer.text.matches("was refused: began an upload").count();
        assert!(if count == 0 { found == 0 } else { found > 0 }, "{field} {value}: {found}");
    }
    let page = browser.get("/audit?actor=officer&kind=session-opened");
    assert!(page.says(&holder.name) && page.says("1 of") || page.says("signed in from"));
    let lines = browser.get("/audit/export?kind=upload-opened").answer.text;
    assert_eq!(lines.lines().count(), 120);
    assert!(browser.get("/audit?kind=audit-exported").says("exported the log"));
    assert_eq!(browser.get("/audit/0").status(), 404);
    assert_eq!(browser.get("/audit/18446744073709551615").status(), 404);
    let page = browser.get("/audit/1");
    assert!(page.says("<h1>Entry 1</h1>") && page.says("fits") && !page.says("role=\"alert\""));
}

#[test]
fn what_is_wrong_with_a_filter_stands_beside_its_field() {
    let service = Service::start();
    let (browser, _) = officer(&service);
    let page = browser.get("/audit?from=4+July&until=2018-07-01");
    assert_eq!(page.status(), 400);
    assert!(page.says("aria-errormessage=\"from-wrong\"") && page.says("id=\"from-wrong\""));
    assert!(!page.says("id=\"until-wrong\"") && page.says("value=\"4 July\""));
    let page = browser.get("/audit?from=2018-07-05&until=2018-07-01");
    assert!(page.says("This lies before the beginning."));
    let fields = [
        "kind",
        "outcome",
        "from",
        "until",
        "actor",
        "role",
        "agency",
        "session",
        "source_address",
        "object_kind",
        "object",
        "object_sha256",
        "purpose",
        "project",
        "reason",
        "below",
    ];
    for field in fields {
        for hostile in [HOSTILE, "\r\nset-cookie: x=1", "' OR 1=1 --", "\0", &"x".repeat(300)] {
            let page = browser.get(&format!("/audit?{field}={}", encoded(hostile)));
            assert!([200, 400].contains(&page.status()), "{field}: {}", page.status());
            assert!(!page.says("<script>alert") && !page.says(">49<"), "{field}");
            assert_eq!(page.answer.header("set-cookie"), "", "{field}");
            let page = browser.get(&format!("/audit/export?{field}={}", encoded(hostile)));
            assert!([200, 400].contains(&page.status()), "{field}");
        }
    }
    for path in [
        "/audit/accounts?q=",
        "/agreements?kind=",
        "/agreements?page=",
        "/retention?part=",
        "/audit/questions?project=",
        "/audit/reviews?before=",
        "/decisions?state=",
        "/decisions?page=",
    ] {
        let page = browser.get(&format!("{path}{}", encoded(HOSTILE)));
        assert!([200, 404].contains(&page.status()), "{path} {}", page.status());
        assert!(!page.says("<script>alert"), "{path}");
    }
}

#[test]
fn questions_are_answered_on_request_and_kept() {
    let service = Service::start();
    let (browser, _) = officer(&service);
    let number = "0".repeat(32);
    let project = accounts::record_project(&service.unit.store, None, "LEAD", &number).unwrap();
    let page = browser.get("/audit/questions");
    assert_eq!(page.answer.text.matches("not asked yet").count(), 26);
    let path = format!("/audit/questions/A23?project={project}");
    assert!(browser.get(&path).says("Not answered yet"));
    let id = project.to_string();
    let fields = [("project", id.as_str()), ("question", "A23")];
    let done = browser.submit("/audit/questions", "/audit/questions", &fields);
    assert_eq!(done.leads_to(), format!("{path}&done=answered"));
    let page = browser.follow(&done);
    assert!(page.says("answered") && page.says("From entries 1 to ") && page.says("LEAD"));
    let page = browser.get(&format!("/audit/questions?project={project}"));
    assert!(!page.says("not asked yet") && page.says("Last answered"));
    assert!(browser.get("/audit?object_kind=question").says("(question A23)"));
    assert_eq!(browser.get("/audit/questions/A27").status(), 404);
    let page = browser.get(&format!("/audit/questions/A24?project={project}"));
    assert!(page.status() == 200 && page.says("From entries 1 to "));
}

#[test]
fn a_week_is_signed_off_on_its_page() {
    let service = Service::start();
    let denied = Event::new(EventKind::SessionOpened, Actor::Anonymous).denied("sign-in-refused");
    service.unit.store.record(&denied).unwrap();
    service.clock.advance_seconds(8 * 86_400);
    let (browser, _) = officer(&service);
    assert!(browser.get("/audit/reviews").says("href=\"/audit/reviews/2018-07-02\""));
    let week = browser.get("/audit/reviews/2018-07-02");
    assert!(week.says("Somebody who was not signed in was refused: signed in"));
    let head = week.hidden("head");
    let path = "/audit/reviews/2018-07-02";
    let refused = browser.submit(path, path, &[("head", &head), ("finding", "")]);
    assert_eq!(refused.status(), 400);
    assert!(refused.says("Choose what you found.") && refused.says("id=\"finding-wrong\""));
    let other = format!("1:{}", "0".repeat(64));
    let refused = browser.submit(path, path, &[("head", &other), ("finding", "explained")]);
    assert!(refused.says("review-head") && refused.says("value=\"explained\" checked"));
    let done = browser.submit(path, path, &[("head", &head), ("finding", "nothing-found")]);
    assert_eq!(done.leads_to(), "/audit/reviews/2018-07-02?done=signed-off");
    let page = browser.follow(&done);
    assert!(page.says("Signed off by officer") && !page.says("<button class=\"main\">Sign off"));
    assert!(browser.get("/audit/reviews").says("nothing found"));
    for bad in ["2018-07-03", "x", "2016-07-04"] {
        assert_eq!(browser.get(&format!("/audit/reviews/{bad}")).status(), 404, "{bad}");
    }
}

#[test]
fn a_trace_shows_what_an_account_touched() {
    let service = Service::start();
    let (browser, holder) = officer(&service);
    let suspect = service.enrol("suspect", &[Role::Operator]);
    let other = Browser::of(&service, &suspect);
    assert_eq!(other.get("/audit").status(), 403);
    let found = browser.get("/audit/accounts?q=suspect");
    assert_eq!(found.leads_to(), format!("/audit/accounts/{}", suspect.account));
    let page = browser.follow(&found);
    for text in ["What suspect touched", "access refused", "(GET /audit)", "127.0.0.1", "sign-in"] {
        assert!(page.says(text), "{text}: {}", page.answer.text);
    }
    assert!(!page.says(&holder.account.to_string()), "nothing of anybody else");
    assert!(browser.get("/audit/accounts").says("suspect"));
    assert_eq!(browser.get("/audit/accounts?q=nobody").status(), 404);
}
