//! The pages of releases: what each of its people sees, decides and is refused. Releases stand in the records of these tests as
//! the desk would have entered them; the way through real tables is walked in `tests/e2e`.

mod asked;
mod found;

use serde_json::json;
use tallystick::accounts::{NewAccount, Role, Roles};
use tallystick::ids::{ProjectId, ReleaseId};
use tallystick::release::desk as release;
use tallystick::store::StoreError;

use super::Browser;
use crate::releases::{Desk, STUDY, desk};

const HOSTILE: &str = "\"><script>alert(1)</script>{{7*7}}";

/// People of a unit with a finished run, in front of their browsers.
struct Office {
    desk: Desk,
    project: ProjectId,
    preparer: Browser,
    approver: Browser,
    evaluator: Browser,
    officer: Browser,
}

impl Office {
    fn open() -> Self {
        let desk = desk();
        let [preparer, approver, evaluator, officer] =
            desk.holders.each_ref().map(|holder| Browser::of(&desk.service, holder));
        let store = &desk.service.unit.store;
        let project = store.read(|connection| {
            let sql = "SELECT id FROM project";
            Ok::<ProjectId, StoreError>(connection.query_row(sql, [], |row| row.get(0))?)
        });
        Self { project: project.unwrap(), preparer, approver, evaluator, officer, desk }
    }

    /// Changes the records as a step of the desk would.
    fn set(&self, sql: &str) {
        let changed = self.desk.service.unit.store.keep(|transaction, _| {
            transaction.execute(sql, [])?;
            Ok::<_, StoreError>(())
        });
        changed.unwrap();
    }

    /// Asks for a release by the page; gives its address.
    fn prepared(&self) -> String {
        let fields = [("run", self.desk.run.as_str()), ("study", STUDY)];
        let sent = self.preparer.submit("/releases/new", "/releases/new", &fields);
        let place = sent.leads_to().strip_suffix("?done=queued").expect("it was asked for");
        assert!(self.preparer.get(place).says("being checked"));
        place.to_owned()
    }

    /// The same, as if the check had let it pass.
    fn checked(&self) -> String {
        let place = self.prepared();
        let report = json!({
            "checklist": [
                {"safe": "projects", "item": "agreements are in force", "is_met": true, "evidence": "mou 1"},
                {"safe": "people", "item": "every recipient is trained", "is_met": false, "evidence": "0 of 1"},
            ],
            "flow": [
                {"arm": null, "label": "linked", "persons": 2345},
                {"arm": "LEAD", "label": "in the period", "persons": 120},
                {"arm": "LEAD", "label": "in the study", "persons": null},
            ],
            "tables": [{"table": "person", "rows": 120, "columns": 30}],
        });
        self.set(&format!(
            "UPDATE release SET state = 'checked', report = '{report}', tables_hash = zeroblob(32) WHERE id = '{}'",
            id_of(&place)
        ));
        place
    }

    /// The same, approved and bundled.
    fn released(&self) -> String {
        let place = self.checked();
        let id = id_of(&place);
        let recipient = self.desk.holders[2].account;
        let approver = self.desk.holders[1].account;
        let segment = format!("seg_{}", &id[4..]);
        self.set(&format!(
            "INSERT INTO segment (id, kind, wrapped_key, bytes, created_at) VALUES ('{segment}', 'release', x'00', 9, 0)"
        ));
        self.set(&format!(
            "UPDATE release SET state = 'released', decided_by = '{approver}', decided_at = prepared_at, \
             valid_until = 4000000000000, bundle = '{segment}', bundle_sha256 = zeroblob(32), bundle_bytes = 1234567, \
             released_at = prepared_at WHERE id = '{id}'"
        ));
        self.set(&format!(
            "INSERT INTO release_recipient (release, account) VALUES ('{id}', '{recipient}')"
        ));
        place
    }

    /// Another evaluator of the project, whom no licence names.
    fn stranger(&self) -> Browser {
        let holder = self.desk.service.enrol_as(NewAccount {
            name: "a.stranger".to_owned(),
            roles: Roles::new([Role::Evaluator]).unwrap(),
            agency: None,
            projects: vec![self.project],
            trained_until: None,
        });
        Browser::of(&self.desk.service, &holder)
    }

    /// Reason and body of the last entry of a kind, as the records have them.
    fn logged(&self, kind: &str) -> String {
        let entry = self.desk.service.unit.store.read(|connection| {
            let sql = "SELECT coalesce(reason, '') || ' ' || body FROM audit_entry \
                       WHERE kind = ?1 ORDER BY seq DESC LIMIT 1";
            Ok::<String, StoreError>(connection.query_row(sql, [kind], |row| row.get(0))?)
        });
        entry.unwrap()
    }
}

fn id_of(place: &str) -> String {
    let id = place.strip_prefix("/releases/").expect("a place of a release");
    ReleaseId::parse(id).expect("an id").to_string()
}

const TICKED: [(&str, &str); 5] = [
    ("point", "projects"),
    ("point", "people"),
    ("point", "settings"),
    ("point", "data"),
    ("point", "outputs"),
];

#[test]
fn of_two_who_decide_at_once_one_does_and_the_other_learns_who() {
    let office = Office::open();
    let place = office.checked();
    let decide = format!("{place}/decide");
    let second = office.desk.service.enrol("second.approver", &[Role::Approver]);
    let second = Browser::of(&office.desk.service, &second);

    let list = office.approver.get("/approvals");
    assert!(list.says(&decide) && list.says("the.preparer"));
    let page = office.approver.get(&decide);
    for text in ["Safe projects", "Safe people", "Safe outputs", "to be weighed", "0 of 1"] {
        assert!(page.says(text), "{text}");
    }
    let late = second.get(&decide).hidden("csrf");

    let approve = [("decision", "approve"), ("days", "30")];
    let some = [&approve[..], &TICKED[..4]].concat();
    let refused = office.approver.submit(&decide, &decide, &some);
    assert_eq!(refused.status(), 422);
    assert!(refused.says("Tick every point") && refused.says("value=\"people\" checked"));
    let all = [&approve[..], &TICKED[..]].concat();
    let long = [&[("decision", "approve"), ("days", "99999")][..], &TICKED[..]].concat();
    let refused = office.approver.submit(&decide, &decide, &long);
    assert_eq!(refused.status(), 422);
    assert!(refused.says("id=\"days-wrong\"") && refused.says("value=\"99999\""));

    let done = office.approver.submit(&decide, &decide, &all);
    assert_eq!(done.leads_to(), format!("{place}?done=approved"));
    let page = office.approver.follow(&done);
    assert!(page.says("5 of 5 points") && page.says("approved, being written"));
    let counts = office.logged("release-approved");
    for point in ["projects", "people", "settings", "data", "outputs"] {
        assert!(counts.contains(&format!("ticked_{point}")), "{counts}");
    }

    let csrf = [("csrf", late.as_str())];
    let page = second.post(&decide, &[&csrf[..], &all[..]].concat());
    assert_eq!(page.status(), 409);
    for text in ["Somebody was quicker", "the.approver", "<time", "What you chose was not entered"]
    {
        assert!(page.says(text), "{text}");
    }
    let again = second.get(&decide);
    assert!(again.says("This was decided") && !again.says("name=\"decision\""));
}

#[test]
fn nobody_decides_on_what_they_prepared() {
    let office = Office::open();
    let both = office.desk.service.enrol("the.both", &[Role::Preparer, Role::Approver]);
    let place = office.checked();
    office.set(&format!("UPDATE release SET prepared_by = '{}'", both.account));
    let both = Browser::of(&office.desk.service, &both);
    assert!(both.get("/approvals").says("You prepared it"));
    let decide = format!("{place}/decide");
    let page = both.get(&decide);
    assert!(page.says("You prepared this release") && !page.says("name=\"decision\""));
    let fields = [&[("decision", "approve"), ("days", "9")][..], &TICKED[..]].concat();
    let refused = both.submit(&decide, &decide, &fields);
    assert_eq!(refused.status(), 403);
    assert!(refused.says("You prepared this release"));
}

#[test]
fn a_refusal_has_a_reason_that_the_preparer_sees() {
    let office = Office::open();
    let place = office.checked();
    let decide = format!("{place}/decide");
    let reject = [("decision", "reject"), ("objection", HOSTILE)];
    let refused = office.approver.submit(&decide, &decide, &reject);
    assert_eq!(refused.status(), 422);
    assert!(refused.says("Choose the reason") && !refused.says("<script>"));
    let reject = [("decision", "reject"), ("objection", "linkage-quality")];
    let done = office.approver.submit(&decide, &decide, &reject);
    assert_eq!(done.leads_to(), format!("{place}?done=rejected"));
    let page = office.preparer.get(&place);
    assert!(page.says("The linkage is not good enough for the question"));
    assert!(page.says("refused by the approver"));
    let logged = office.logged("release-approved");
    assert!(logged.starts_with("rejected-by-approver") && logged.contains("objection_linkage"));
    // An evaluator never learns of it.
    assert_eq!(office.evaluator.get(&place).status(), 404);
}

#[test]
fn a_study_is_tried_and_what_is_wrong_stands_at_its_line() {
    let office = Office::open();
    let run = office.desk.run.as_str();
    let attempt = |study: &str| {
        let fields = [("run", run), ("study", study)];
        office.preparer.submit("/releases/new", "/releases/new/try", &fields)
    };
    let page = attempt(&STUDY.replacen("[[window]]", "[[window", 1));
    assert_eq!(page.status(), 422);
    assert!(page.says("of the study</h2>") && page.says("study-syntax") && page.says("<mark>"));
    let page = attempt(&STUDY.replacen("from = 1\n", "from = -1\n", 1));
    assert_eq!(page.status(), 422);
    assert!(page.says("study-setting") && page.says("holds day 0"));
    assert!(page.says("name = &#34;POST182&#34;</mark>"), "{}", page.answer.text);
    let page = attempt(&STUDY.replacen("[disclosure]", "[disclosure]\nx = 1", 1));
    assert!(page.says("study-disclosure") && page.says("[disclosure]</mark>"));
    // The content of this submission was not sealed to this unit.
    let page = attempt(STUDY);
    assert_eq!(page.status(), 422);
    assert!(page.says("content-sealed"));
    let page = attempt(HOSTILE);
    assert!(!page.says("<script>") && page.says("&#60;script&#62;"));

    let page =
        office.preparer.submit("/releases/new", "/releases/new", &[("run", ""), ("study", STUDY)]);
    assert_eq!(page.status(), 422);
    assert!(page.says("id=\"run-wrong\""));
}

#[test]
fn a_release_that_failed_says_why_and_one_that_waits_is_withdrawn() {
    let office = Office::open();
    let place = office.prepared();
    release::work(&office.desk.service.unit, &|| false).unwrap().unwrap();
    let page = office.preparer.get(&place);
    assert!(page.says("Why it failed") && page.says("content-sealed"));
    let again = format!("/releases/new?like={}", id_of(&place));
    assert!(page.says(&again));
    assert!(office.preparer.get(&again).says("Law Enforcement Assisted Diversion"));

    office.set("UPDATE release SET state = 'refused', report = json('{\"refusals\": [{\"code\": \"quasi-undeclared\", \
                \"place\": \"person.index_quarter\", \"help\": \"declare it\"}]}'), failure = 'quasi-undeclared'");
    let page = office.preparer.get(&place);
    assert!(
        page.says("person.index_quarter") && page.says("declare it") && page.says("what to change")
    );

    let waits = office.prepared();
    let withdraw = format!("{waits}/withdraw");
    assert!(office.preparer.get(&withdraw).says("This cannot be undone"));
    let other = office.desk.service.enrol("another.preparer", &[Role::Preparer]);
    let other = Browser::of(&office.desk.service, &other);
    assert_eq!(other.get(&withdraw).status(), 404);
    assert_eq!(other.submit("/account", &withdraw, &[]).status(), 404);
    let done = office.preparer.submit(&withdraw, &withdraw, &[]);
    assert_eq!(done.leads_to(), format!("{waits}?done=withdrawn"));
    assert!(office.preparer.follow(&done).says("withdrawn"));
    assert_eq!(office.preparer.submit("/account", &withdraw, &[]).status(), 409);
    assert_eq!(release::work(&office.desk.service.unit, &|| false).unwrap(), None);
}
