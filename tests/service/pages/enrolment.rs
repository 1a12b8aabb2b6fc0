//! By a link to an account: password, second factor, recovery codes.

use tallystick::accounts::{self, Role};
use tallystick::clock::Clock as _;

use super::{Browser, Page};
use crate::unit::{PASSWORD, Service, code};

/// The address for an authenticator, as the page links to it.
pub(super) fn uri(page: &Page) -> String {
    let rest = page.answer.text.split("href=\"otpauth").nth(1).expect("a second factor");
    format!("otpauth{}", rest.split('"').next().unwrap().replace("&#38;", "&"))
}

/// The recovery codes on a page.
pub(super) fn recovery_codes(page: &Page) -> Vec<String> {
    let codes = page.answer.text.split("<li><code>").skip(1);
    codes.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn the_whole_way_from_a_link_to_the_first_page() {
    let service = Service::start();
    let link = service.unit.first_link().unwrap().unwrap().to_string();
    let mut browser = Browser::new(&service);
    let first = browser.get("/enrol");
    assert!(first.says("Set up your account") && first.says("/assets/enrol.js"));
    // Without a script the whole link is pasted.
    let pasted = format!("https://linkage.example.org/enrol#{link}");
    let fields = [("link", &pasted[..]), ("password", PASSWORD), ("again", PASSWORD)];
    let second = browser.post("/enrol", &fields);
    assert_eq!(second.status(), 200);
    assert_eq!(second.hidden("link"), link);
    assert!(second.says("<svg") && second.says("aria-label=\"QR code"));
    let uri = uri(&second);
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    assert!(second.says(&format!("<code>{}</code>", &secret[..4])), "groups of four for typing");
    assert!(!second.says(PASSWORD));

    let again = [("link", &link[..]), ("uri", &uri), ("code", "12345")];
    let wrong = browser.post("/enrol/confirm", &again);
    assert_eq!(wrong.status(), 401);
    assert!(wrong.says("id=\"code-wrong\""), "beside the field");
    assert_eq!(self::uri(&wrong), uri, "the same second factor, to be tried again");
    for nothing in ["", "javascript:alert(1)"] {
        let fields = [("link", &link[..]), ("uri", nothing), ("code", "12345")];
        let untold = browser.post("/enrol/confirm", &fields);
        assert_eq!(untold.status(), 401);
        assert!(!untold.says(secret) && !untold.says("javascript:"), "a link alone is not told it");
    }

    let shown = code(&uri, service.clock.now());
    let spaced = format!("{} {}", &shown[..3], &shown[3..]);
    let done = browser.post("/enrol/confirm", &[("link", &link), ("code", &spaced)]);
    assert_eq!(done.status(), 200);
    let codes = recovery_codes(&done);
    assert_eq!(codes.len(), 10);
    assert!(done.says("shown only now") && !done.says(&link));
    assert_eq!(done.answer.header("cache-control"), "no-store");

    let fields = [("name", "administrator"), ("password", PASSWORD), ("code", &codes[0][..])];
    let opened = browser.post("/sign-in", &fields);
    browser.keep_cookie(&opened);
    let home = browser.follow(&browser.follow(&opened));
    assert!(home.says("<h1>Administration</h1>"));
}

#[test]
fn what_is_wrong_stands_beside_its_field() {
    let service = Service::start();
    let link = service.unit.first_link().unwrap().unwrap().to_string();
    let browser = Browser::new(&service);
    let send = |link: &str, password: &str, again: &str| {
        browser.post("/enrol", &[("link", link), ("password", password), ("again", again)])
    };
    let hostile = "\"><script>alert(1)</script>{{7*7}}\r\nset-cookie: x=1";
    let page = send(hostile, PASSWORD, PASSWORD);
    assert_eq!(page.status(), 400);
    assert!(page.says("id=\"link-wrong\"") && !page.says("alert(1)") && !page.says("49"));
    assert_eq!(page.answer.header("set-cookie"), "");
    let page = send(&link, PASSWORD, "something else entirely");
    assert!(page.status() == 400 && page.says("id=\"again-wrong\""));
    assert_eq!(page.hidden("link"), link, "nothing has to be pasted twice");
    let page = send(&link, "aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa");
    assert!(page.status() == 422 && page.says("id=\"password-wrong\""));
    assert!(!page.says("aaaaaaaa"));
}

#[test]
fn a_link_that_is_spent_says_what_to_do() {
    let service = Service::start();
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let config = &service.unit.config;
    let link = accounts::invite(&service.unit.store, None, &config.accounts, holder.account);
    let link = link.unwrap().to_string();
    let browser = Browser::new(&service);
    let send = |link: &str| {
        browser.post("/enrol", &[("link", link), ("password", PASSWORD), ("again", PASSWORD)])
    };
    let ended = |page: Page| {
        assert_eq!(page.status(), 401);
        assert!(page.says("This link does not work any more") && page.says("enrolment-ended"));
    };
    ended(send(&"0".repeat(64)));
    // Nothing was prepared.
    ended(browser.post("/enrol/confirm", &[("link", &link), ("code", "123456")]));
    let page = send(&link);
    let shown = code(&uri(&page), service.clock.now());
    assert_eq!(browser.post("/enrol/confirm", &[("link", &link), ("code", &shown)]).status(), 200);
    ended(send(&link));
    ended(browser.post("/enrol/confirm", &[("link", &link), ("code", &shown)]));
    ended(browser.post("/enrol/confirm", &[]));
    let late = accounts::invite(&service.unit.store, None, &config.accounts, holder.account);
    service.clock.advance_seconds(config.accounts.enrolment_hours * 3_600 + 1);
    ended(send(&late.unwrap()));
}

#[test]
fn who_tries_links_from_one_address_is_slowed_down() {
    let service = Service::start_with(|config| {
        config.service.sign_ins_per_minute = 3.try_into().unwrap();
    });
    let browser = Browser::new(&service);
    let fields = [("link", "ab".repeat(32)), ("password", PASSWORD.to_owned())];
    let fields = [
        ("link", fields[0].1.as_str()),
        ("password", fields[1].1.as_str()),
        ("again", fields[1].1.as_str()),
    ];
    let statuses: Vec<u16> = (0..6).map(|_| browser.post("/enrol", &fields).status()).collect();
    assert_eq!(statuses[0], 401);
    assert!(statuses.contains(&429), "{statuses:?}");
}
