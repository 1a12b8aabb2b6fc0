//! Accounts, agencies and projects by the pages of administrators.

use tallystick::accounts::{self, NewAccount, Role, Roles};

use super::{Browser, Page};
use crate::unit::{PASSWORD, Service};

fn administrator(service: &Service) -> Browser {
    let holder = service.enrol("records", &[Role::Administrator]);
    Browser::of(service, &holder)
}

/// The link on a page that shows one.
fn link(page: &Page) -> String {
    let rest = page.answer.text.split("/enrol#").nth(1).expect("a link");
    rest[..64].to_owned()
}

/// The account that a link was made for.
fn account(page: &Page) -> String {
    let rest = page.answer.text.split("/admin/accounts/acc_").nth(1).expect("an account");
    format!("acc_{}", &rest[..32])
}

#[test]
fn setting_up_is_a_list_of_steps_that_are_done_one_after_the_other() {
    let service = Service::start();
    let browser = administrator(&service);
    assert!(browser.get("/admin").says("0 of 11 done"));
    let made = browser.submit(
        "/admin/projects",
        "/admin/projects",
        &[("name", "Study one"), ("number", &"ab".repeat(16))],
    );
    assert!(browser.follow(&made).says("The project was entered."));
    let agency = [("name", "police"), ("kind", "police")];
    let made = browser.submit("/admin/agencies", "/admin/agencies", &agency);
    let page = browser.follow(&made);
    assert!(page.says("arrests, citations, incidents") && page.says("Make one"));
    assert!(browser.get("/admin").says("One agency has no uploader"));
    let id = page.answer.text.split("agency=agc_").nth(1).expect("an agency without uploader");
    let agency = format!("agc_{}", &id[..32]);
    let form = browser.get(&format!("/admin/accounts/new?role=uploader&agency={agency}"));
    assert!(form.says("value=\"uploader\" checked") && form.says(" selected>police"));
    let fields = [("name", "the.police"), ("role", "uploader"), ("agency", &agency)];
    let made = browser.submit("/admin/accounts/new", "/admin/accounts", &fields);
    assert_eq!(made.status(), 200);
    assert!(made.says("shown this once"));
    let enrol = [("link", &link(&made)[..]), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(Browser::new(&service).post("/enrol", &enrol).status(), 200);
    assert!(browser.get("/admin").says("2 of 11 done"), "the link was not used to the end");
    service.enrol("the.preparer", &[Role::Preparer, Role::Approver]);
    assert!(browser.get("/admin").says("2 of 11 done"), "one person is not two");
    service.enrol("the.approver", &[Role::Approver]);
    assert!(browser.get("/admin").says("3 of 11 done"));
}

#[test]
fn duties_apart_are_said_before_and_beside() {
    let service = Service::start();
    let browser = administrator(&service);
    let agency = service.agency("police").to_string();
    assert!(browser.get("/admin/accounts/new").says("Duties are kept apart"));
    let ask =
        |fields: &[(&str, &str)]| browser.submit("/admin/accounts/new", "/admin/accounts", fields);
    let page = ask(&[("name", "two.duties"), ("role", "operator"), ("role", "approver")]);
    assert_eq!(page.status(), 422);
    assert!(page.says("id=\"roles-wrong\"") && page.says("value=\"two.duties\""));
    assert!(page.says("value=\"operator\" checked") && page.says("value=\"approver\" checked"));
    assert!(ask(&[("name", "no.role")]).says("id=\"roles-wrong\""));
    let page = ask(&[("name", "no.agency"), ("role", "uploader")]);
    assert!(page.says("id=\"agency-wrong\""));
    let page = ask(&[("name", "x.agency"), ("role", "operator"), ("agency", &agency)]);
    assert!(page.says("id=\"agency-wrong\""));
    let page = ask(&[("name", "day.wrong"), ("role", "operator"), ("trained_until", "soon")]);
    assert!(page.says("id=\"trained-wrong\""));
    let page = ask(&[("name", "Capital"), ("role", "operator")]);
    assert!(page.status() == 422 && page.says("id=\"name-wrong\""));
    let page = ask(&[("name", "records"), ("role", "operator")]);
    assert!(page.status() == 409 && page.says("id=\"name-wrong\""));
    let typed = "\"><script>alert(1)</script>{{7*7}}\r\nx: y";
    let page = ask(&[("name", typed), ("role", "operator"), ("trained_until", typed)]);
    assert!(!page.says("<script>alert") && page.says("{{7*7}}"));
    for path in ["text", "role", "state", "after"] {
        let page = browser.get(&format!("/admin/accounts?{path}=%22%3E%3Cscript%3Ealert(1)"));
        assert!(page.status() == 200 && !page.says("<script>alert"), "{path}");
    }
    let new = "/admin/accounts/new?role=%3Cscript%3E&trained_until=%22%3E%3Cscript%3Ealert(1)";
    assert!(!browser.get(new).says("<script>alert"));
}

#[test]
fn accounts_are_found_by_name_role_and_state_a_page_at_a_time() {
    let service = Service::start_with(|config| {
        config.accounts.accounts_max = 2.try_into().unwrap();
    });
    let browser = administrator(&service);
    for name in ["operator.a", "operator.b", "operator.c"] {
        service.enrol(name, &[Role::Operator]);
    }
    let waiting = NewAccount {
        name: "officer".to_owned(),
        roles: Roles::new([Role::Compliance]).unwrap(),
        agency: None,
        projects: Vec::new(),
        trained_until: Some(20_000),
    };
    accounts::create(&service.unit.store, None, &waiting).unwrap();
    let page = browser.get("/admin/accounts?text=OPERATOR&role=operator");
    assert!(page.says("3 accounts") && page.says(">operator.a<") && page.says(">operator.b<"));
    assert!(!page.says(">operator.c<"));
    let next = page.answer.text.split("href=\"").find(|it| it.contains("after=operator.b"));
    let next = next.unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let page = browser.get(&next);
    assert!(page.says(">operator.c<") && !page.says(">operator.a<") && !page.says("Next page"));
    let page = browser.get("/admin/accounts?state=waiting");
    assert!(page.says("1 account<") && page.says(">officer<") && page.says("needs a new link"));
    assert!(page.says("trained until 2024-10-04"));
    assert!(browser.get("/admin/accounts?state=untrained").says("4 accounts"));
    assert!(browser.get("/admin/accounts?state=closed").says("No such account"));
    assert!(browser.get("/admin/accounts?role=evaluator").says("None fits"));
}

#[test]
fn an_account_is_changed_and_the_log_says_so() {
    let service = Service::start();
    let browser = administrator(&service);
    let operator = service.enrol("operator.one", &[Role::Operator]);
    let other = Browser::of(&service, &operator);
    let token = other.submit("/account", "/account/tokens", &[("role", "operator"), ("days", "9")]);
    let token = token.answer.text.split("tallystick_").nth(1).unwrap().split('<').next().unwrap();
    let program = service.anonymous().with("authorization", &format!("Bearer tallystick_{token}"));
    assert_eq!(program.get("/api/v1/runs").status, 200);
    let path = format!("/admin/accounts/{}", operator.account);
    let page = browser.get(&path);
    assert!(page.says("operator.one") && page.says("no training recorded"));
    assert!(page.says("Token as operator"));
    let wrong = browser.submit(&path, &path, &[("role", "operator"), ("role", "evaluator")]);
    assert!(wrong.status() == 422 && wrong.says("id=\"roles-wrong\""));
    let fields = [("role", "compliance"), ("role", "preparer"), ("trained_until", "2018-07-20")];
    let changed = browser.submit(&path, &path, &fields);
    let page = browser.follow(&changed);
    assert!(page.says("The account was changed.") && page.says("16 more days"));
    assert!(page.says("value=\"compliance\" checked"));
    assert_eq!(program.get("/api/v1/runs").status, 401, "the token of the role that went ended");
    assert_eq!(other.get("/account").status(), 200, "the session goes on");
    assert!(other.get("/account").says("compliance officer"));
    let entries = other.caller().get("/api/v1/audit/entries?kind=account-changed");
    let text = entries.body.to_string();
    for part in ["terms-changed", "compliance", "preparer", &operator.account.to_string()] {
        assert!(text.contains(part), "{part} {text}");
    }
}

#[test]
fn the_last_administrator_stays() {
    let service = Service::start();
    let browser = administrator(&service);
    let path = account(&browser.get("/admin/accounts"));
    let path = format!("/admin/accounts/{path}");
    let page = browser.submit(&path, &path, &[("role", "operator")]);
    assert!(page.status() == 409 && page.says("last administrator"));
    let close = format!("{path}/close");
    assert!(browser.get(&close).says("It is your own account"));
    let page = browser.submit(&close, &close, &[]);
    assert!(page.status() == 409 && page.says("last-administrator"));
    service.enrol("second", &[Role::Administrator]);
    let changed = browser.submit(&path, &path, &[("role", "operator")]);
    assert_eq!(browser.get(changed.leads_to()).status(), 403, "no administrator any more");
}

#[test]
fn a_link_sign_ins_and_the_end_of_an_account() {
    let service = Service::start();
    let browser = administrator(&service);
    let operator = service.enrol("operator.one", &[Role::Operator]);
    let other = Browser::of(&service, &operator);
    let path = format!("/admin/accounts/{}", operator.account);
    let made = browser.submit(&path, &format!("{path}/link"), &[]);
    let secret = link(&made);
    assert!(made.says("A new link was made") && made.says("72 hours"));
    assert!(!browser.get(&path).says(&secret) && browser.get(&path).says("one is good until"));
    assert_eq!(other.get("/account").status(), 200);
    let ended = browser.submit(&path, &format!("{path}/end-sign-ins"), &[]);
    assert!(browser.follow(&ended).says("were ended"));
    assert!(other.get("/account").leads_to().starts_with("/sign-in"));
    let close = format!("{path}/close");
    let page = browser.get(&close);
    assert!(page.says("What will happen") && page.says("Close this account for good"));
    let closed = browser.submit(&close, &close, &[]);
    assert!(browser.follow(&closed).says("The account was closed."));
    let page = browser.get(&path);
    assert!(page.says("cannot be opened again") && !page.says("Change account"));
    assert_eq!(browser.submit("/account", &format!("{path}/link"), &[]).status(), 404);
    let fields = [("link", &secret[..]), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(Browser::new(&service).post("/enrol", &fields).status(), 401);
}

#[test]
fn agencies_and_projects_say_what_is_wrong_beside_the_field() {
    let service = Service::start();
    let browser = administrator(&service);
    let agency = |name: &str, kind: &str| {
        browser.submit("/admin/agencies", "/admin/agencies", &[("name", name), ("kind", kind)])
    };
    assert!(agency("No Name", "police").says("id=\"name-wrong\""));
    assert_eq!(agency("police", "police").status(), 303);
    assert!(agency("police", "court").says("There is an agency of this name."));
    assert_eq!(agency("court", "nonsense").status(), 404);
    let project = |name: &str, number: &str| {
        let fields = [("name", name), ("number", number)];
        browser.submit("/admin/projects", "/admin/projects", &fields)
    };
    assert!(project("", &"0".repeat(32)).says("id=\"name-wrong\""));
    let page = project("<b>one</b>", "12");
    assert!(page.says("id=\"number-wrong\"") && !page.says("<b>one</b>"));
    assert_eq!(project("<b>one</b>", &"ab".repeat(16)).status(), 303);
    assert!(!browser.get("/admin/projects").says("<b>one</b>"));
    assert!(project("two", &"ab".repeat(16)).says("of this name or number"));
}
