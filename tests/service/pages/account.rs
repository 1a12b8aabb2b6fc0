//! One's own account: tokens, recovery codes, password.

use tallystick::accounts::Role;
use tallystick::clock::Clock as _;

use super::Browser;
use super::enrolment::{recovery_codes, uri};
use crate::unit::{PASSWORD, Service, code};

#[test]
fn a_token_is_made_shown_once_and_ended() {
    let service = Service::start();
    let holder = service.enrol("operator.one", &[Role::Operator, Role::Preparer]);
    let browser = Browser::of(&service, &holder);
    let page = browser.get("/account");
    assert!(page.says("No token is in use") && page.says("<option value=\"operator\">"));
    assert!(!page.says("<option value=\"preparer\">"), "people prepare releases");
    let ask = |role: &str, days: &str| {
        browser.submit("/account", "/account/tokens", &[("role", role), ("days", days)])
    };
    for (days, status) in [("0", 422), ("367", 422), ("many", 422), ("\"><script>", 422)] {
        let refused = ask("operator", days);
        assert_eq!(refused.status(), status, "{days}");
        assert!(refused.says("id=\"days-wrong\"") && !refused.says("<script>"), "{days}");
    }
    assert_eq!(ask("uploader", "9").status(), 403);
    assert_eq!(ask("nonsense", "9").status(), 400);
    let made = ask("operator", "30");
    assert_eq!(made.status(), 200);
    let secret = made.answer.text.split("tallystick_").nth(1).unwrap().split('<').next().unwrap();
    let bearer = format!("Bearer tallystick_{secret}");
    let program = service.anonymous().with("authorization", &bearer);
    assert_eq!(program.get("/api/v1/sessions/current").status, 200);
    let page = browser.get("/account");
    assert!(!page.says(secret), "shown once");
    let token = page.answer.text.split("/account/tokens/tok_").nth(1).unwrap();
    let action = format!("/account/tokens/tok_{}/revoke", &token[..32]);
    // Another account cannot end it.
    let other = service.enrol("operator.two", &[Role::Operator]);
    assert_eq!(Browser::of(&service, &other).submit("/account", &action, &[]).status(), 404);
    let ended = browser.submit("/account", &action, &[]);
    assert!(browser.follow(&ended).says("The token was ended."));
    assert_eq!(program.get("/api/v1/sessions/current").status, 401);
}

#[test]
fn new_recovery_codes_want_password_and_code_and_end_the_old() {
    let service = Service::start();
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let browser = Browser::of(&service, &holder);
    assert!(browser.get("/account").says("10 of 10"));
    let ask = |password: &str, code: &str| {
        let fields = [("password", password), ("code", code)];
        browser.submit("/account/recovery-codes", "/account/recovery-codes", &fields)
    };
    service.clock.advance_seconds(60);
    let shown = code(&holder.uri, service.clock.now());
    for (password, code) in [("wrong password", &shown[..]), (PASSWORD, "12345"), ("", "")] {
        let refused = ask(password, code);
        assert_eq!(refused.status(), 401);
        assert!(refused.says("role=\"alert\"") && !refused.says(PASSWORD));
    }
    let first = recovery_codes(&ask(PASSWORD, &shown));
    assert_eq!(first.len(), 10);
    assert_eq!(ask(PASSWORD, &shown).status(), 401, "a code is good once");
    // A recovery code is as good as a code of the device, once.
    let second = recovery_codes(&ask(PASSWORD, &first[0]));
    assert_eq!(second.len(), 10);
    assert!(first.iter().all(|code| !second.contains(code)));
    let open = |code: &str| {
        let fields = [("name", "operator.one"), ("password", PASSWORD), ("code", code)];
        Browser::new(&service).post("/sign-in", &fields).status()
    };
    assert_eq!(open(&first[1]), 401);
    assert_eq!(open(&second[0]), 303);
    assert!(browser.get("/account").says("9 of 10"));
}

#[test]
fn whoever_tries_passwords_in_an_open_session_locks_the_account() {
    let service = Service::start_with(|config| config.accounts.failures_max = 3);
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let browser = Browser::of(&service, &holder);
    let ask = |password: &str, code: &str| {
        let fields = [("password", password), ("code", code)];
        browser.submit("/account/password", "/account/password", &fields).status()
    };
    for _ in 0..3 {
        assert_eq!(ask("wrong password", "000000"), 401);
    }
    service.clock.advance_seconds(60);
    assert_eq!(ask(PASSWORD, &code(&holder.uri, service.clock.now())), 401, "it is locked");
    service.clock.advance_seconds(service.unit.config.accounts.lock_seconds);
    assert_eq!(ask(PASSWORD, &code(&holder.uri, service.clock.now())), 200);
}

#[test]
fn password_and_second_factor_are_renewed_together() {
    let service = Service::start();
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let browser = Browser::of(&service, &holder);
    service.clock.advance_seconds(60);
    let shown = code(&holder.uri, service.clock.now());
    let fields = [("password", PASSWORD), ("code", &shown[..])];
    let asked = browser.submit("/account/password", "/account/password", &fields);
    assert!(asked.says("Choose a new password"));
    let link = asked.hidden("link");
    let new = "copper heron under seven bridges";
    let fields = [("link", &link[..]), ("own", "yes"), ("password", new), ("again", new)];
    let page = browser.post("/enrol", &fields);
    assert_eq!(browser.get("/account").status(), 200, "the old ones are good until the end");
    let uri = uri(&page);
    let shown = code(&uri, service.clock.now());
    let done = browser.post("/enrol/confirm", &[("link", &link), ("code", &shown)]);
    assert_eq!(done.status(), 200);
    assert!(browser.get("/account").leads_to().starts_with("/sign-in"), "every session ended");
    service.clock.advance_seconds(60);
    let open = |password: &str, uri: &str| {
        let shown = code(uri, service.clock.now());
        let fields = [("name", "operator.one"), ("password", password), ("code", &shown[..])];
        Browser::new(&service).post("/sign-in", &fields).status()
    };
    assert_eq!(open(PASSWORD, &holder.uri), 401);
    assert_eq!(open(new, &uri), 303);
}
