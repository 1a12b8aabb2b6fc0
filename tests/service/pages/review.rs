//! Clerical review by pages: drawn, judged with buttons, sent twice, gone back to, finished; and an agency's questions.

use tallystick::accounts::{NewAccount, Role, Roles};
use tallystick::ids::AgencyId;
use tallystick_wire::SourceType;

use super::Browser;
use crate::clerical::{Office, office};

const HOSTILE: &str = "\"><script>alert(1)</script>{{7*7}}";

fn browser(office: &Office, name: &str, role: Role) -> Browser {
    Browser::of(&office.service, &office.service.enrol(name, &[role]))
}

/// Another account of an agency.
fn agency(office: &Office, name: &str, agency: AgencyId) -> Browser {
    let holder = office.service.enrol_as(NewAccount {
        name: name.to_owned(),
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    });
    Browser::of(&office.service, &holder)
}

/// Draws pairs; gives the address of the set.
fn drawn(office: &Office, by: &Browser) -> String {
    let page =
        by.submit("/review", "/review", &[("run", &office.run), ("pairs", "40"), ("seed", "7")]);
    page.leads_to().strip_suffix("?done=drawn").unwrap().to_owned()
}

fn judge(by: &Browser, pair: &str, verdict: &str) -> super::browser::Page {
    by.submit(pair, pair, &[("verdict", verdict), ("reason", "names")])
}

#[test]
fn pairs_are_drawn_judged_and_the_set_is_finished() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let first = browser(&office, "the.reader", Role::Operator);
    let second = browser(&office, "the.other", Role::Operator);
    assert!(first.get("/review").says("No set yet"));
    let wrong = [("run", &office.run[..]), ("pairs", HOSTILE), ("seed", "-1")];
    let wrong = first.submit("/review", "/review", &wrong);
    assert_eq!(wrong.status(), 400);
    assert!(wrong.says("A whole number, such as 200.") && !wrong.says("<script>alert"));
    let few = first.submit("/review", "/review", &[("run", &office.run), ("pairs", "1")]);
    assert!(few.status() == 422 && few.says("review-pairs-too-few"));
    let set = drawn(&office, &first);
    let shown = first.get(&set);
    assert!(shown.says("Judge the next pair") && !shown.says("Precision by review"));
    let pair = first.get(&format!("{set}/next")).leads_to().to_owned();
    assert_eq!(pair, format!("{set}/pairs/1"));
    let page = first.get(&pair);
    assert!(page.says("given name") && page.says("Same person"));
    for word in ["stratum", "probability", "linked", "bits"] {
        assert!(!page.says(word), "{word}");
    }
    let unsaid = first.submit(&pair, &pair, &[("verdict", HOSTILE)]);
    assert!(unsaid.status() == 400 && unsaid.says("choose one of the three"));
    assert!(!unsaid.says("<script>alert"));
    let judged = judge(&first, &pair, "different");
    assert_eq!(judged.leads_to(), format!("{set}/next?done=judged"));
    assert_eq!(first.follow(&judged).leads_to(), format!("{set}/pairs/2?done=judged"));
    // Sent again, as a browser does that loads again: it counts once.
    assert_eq!(judge(&first, &pair, "different").status(), 303);
    assert!(first.get(&set).says("<dt>You judged</dt><dd>1</dd>"));
    // Gone back to, and changed.
    assert!(first.get(&pair).says("two different people"));
    assert_eq!(judge(&first, &pair, "same").status(), 303);
    assert!(first.get(&set).says("<dt>You judged</dt><dd>1</dd>"));
    assert_eq!(judge(&second, &pair, "same").status(), 303);
    let closed = judge(&first, &pair, "different");
    assert!(closed.status() == 409 && closed.says("review-pair-closed"));
    let end = format!("{set}/end");
    assert!(first.get(&end).says("What happens"));
    let ended = first.submit(&end, &end, &[]);
    let finished = first.follow(&ended);
    assert!(finished.says("The set is finished.") && finished.says("Precision by review"));
    assert!(finished.says("What these figures do not see"));
    assert_eq!(first.get(&pair).leads_to(), set);
    assert_eq!(first.get(&format!("{set}/next")).leads_to(), set);
    let officer = browser(&office, "the.overseer", Role::Compliance);
    assert!(officer.get(&set).says("Precision by review"));
    assert!(!officer.get("/review").says("Draw pairs of a run"));
    assert_eq!(officer.get(&pair).status(), 403);
}

#[test]
fn an_agency_answers_questions_about_its_own_records() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let first = browser(&office, "the.reader", Role::Operator);
    let [police, court] = office.agency_ids()[..] else { panic!("two agencies") };
    let police = agency(&office, "the.records", police);
    let court = agency(&office, "the.clerk", court);
    assert!(police.get("/agency/lookups").says("No questions"));
    let set = drawn(&office, &first);
    let is_of_police = |place: &u32| {
        let page = first.get(&format!("{set}/pairs/{place}"));
        page.says("Both are of one source, each a police record")
    };
    let place = (1..=40).find(is_of_police).expect("a pair of the police");
    let pair = format!("{set}/pairs/{place}");
    let asked = first.submit(&pair, &format!("{pair}/lookup"), &[]);
    assert!(first.follow(&asked).says("The agency was asked"));
    let again = first.submit(&pair, &format!("{pair}/lookup"), &[]);
    assert!(again.status() == 409 && again.says("lookup-asked"));
    assert!(court.get("/agency/lookups").says("No questions"));
    let page = police.get("/agency/lookups");
    assert!(page.says("choose") && !page.says("court"));
    let action = page.answer.text.split("action=\"/agency/lookups/").nth(1).unwrap();
    let action = format!("/agency/lookups/{}", action.split('"').next().unwrap());
    let csrf = court.get("/account").hidden("csrf");
    let foreign = court.post(&action, &[("csrf", &csrf), ("answer", "same")]);
    assert!(foreign.status() == 404 && foreign.says("unknown-id"));
    let none = police.submit("/agency/lookups", &action, &[("answer", HOSTILE)]);
    assert!(none.status() == 400 && none.says("choose an answer") && !none.says("<script>alert"));
    let given = police.submit("/agency/lookups", &action, &[("answer", "same")]);
    assert!(police.follow(&given).says("Your answer was taken"));
    let csrf = police.get("/account").hidden("csrf");
    let other = police.post(&action, &[("csrf", &csrf), ("answer", "different")]);
    assert!(other.status() == 409 && other.says("lookup-answered"));
}
