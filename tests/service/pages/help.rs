//! Help, with and without an account.

use tallystick::accounts::Role;
use tallystick::web::PAGES;

use super::Browser;
use crate::unit::Service;

#[test]
fn help_is_for_everybody_and_every_page_of_it_leads_to_the_others() {
    let service = Service::start();
    let nobody = Browser::new(&service);
    let holder = service.enrol("operator.one", &[Role::Operator]);
    let somebody = Browser::of(&service, &holder);
    let pages = PAGES.iter().filter(|page| page.path.starts_with("/help"));
    let paths: Vec<&str> = pages.map(|page| page.path).collect();
    assert_eq!(paths.len(), 7);
    for path in &paths {
        let page = nobody.get(path);
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.says("Sign in") && page.says("aria-current=\"page\""), "{path}");
        for other in &paths {
            assert!(page.says(&format!("href=\"{other}\"")), "{path} to {other}");
        }
        assert!(somebody.get(path).says("Back to your work"), "{path}");
    }
    for link in nobody.get("/help").answer.text.split("href=\"").skip(1) {
        let place = link.split('"').next().unwrap();
        if place.starts_with('/') {
            let status = nobody.get(place).status();
            assert!([200, 303].contains(&status), "{place}: {status}");
        }
    }
}

#[test]
fn the_table_of_powers_is_made_of_the_tables_that_decide() {
    let service = Service::start();
    let page = Browser::new(&service).get("/help/roles");
    for place in ["GET /admin/accounts", "POST /api/v1/releases/{release}/decision"] {
        assert!(page.says(&format!("<code>{place}</code>")), "{place}");
    }
    assert!(!page.says("<code>GET /help</code>"), "what everybody may is left out");
    let row = page.answer.text.split("<code>GET /api/v1/audit/entries</code></th>").nth(1).unwrap();
    let row = row.split("</tr>").next().unwrap();
    assert_eq!(row.matches("<td>yes</td>").count(), 1, "compliance alone reads the log");
    assert_eq!(row.matches("<td>").count(), Role::ALL.len());
}

#[test]
fn the_privacy_page_says_what_is_set_here() {
    let service = Service::start_with(|config| {
        config.retention.superseded_days = 17;
        config.service.privacy_contact = "Privacy Office <privacy@example.org>".to_owned();
    });
    let page = Browser::new(&service).get("/help/privacy");
    assert!(page.says("erased after 17 days"));
    assert!(page.says("Privacy Office &#60;privacy@example.org&#62;"));
    let service = Service::start();
    let page = Browser::new(&service).get("/help/privacy");
    assert!(page.says("erased after 30 days") && page.says("compliance officer of this service"));
}
