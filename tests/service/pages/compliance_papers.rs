//! Pages of agreements, retention and decisions.

use tallystick::accounts::{self, Role};

use super::Browser;
use crate::unit::Service;

const SHA256: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

struct Scene {
    service: Service,
    officer: Browser,
    agency: String,
    project: String,
    evaluator: String,
}

fn scene() -> Scene {
    let service = Service::start();
    let agency = service.agency("police").to_string();
    let number = "0".repeat(32);
    let project = accounts::record_project(&service.unit.store, None, "LEAD", &number).unwrap();
    let evaluator = service.enrol("evaluator", &[Role::Evaluator]).account.to_string();
    let officer = service.enrol("officer", &[Role::Compliance]);
    let officer = Browser::of(&service, &officer);
    Scene { service, officer, agency, project: project.to_string(), evaluator }
}

fn papers() -> Vec<(&'static str, &'static str)> {
    vec![("document_sha256", SHA256), ("valid_from", "2018-07-01"), ("valid_until", "2018-07-27")]
}

#[test]
fn an_agreement_of_each_kind_is_recorded_and_ended() {
    let Scene { service, officer, agency, project, evaluator } = scene();
    let choose = officer.get("/agreements/new");
    assert!(choose.says("Which kind is it?") && choose.says("name=\"kind\" value=\"dul\""));
    let of_kinds: [(_, Vec<(&str, &str)>, _); 4] = [
        ("mou", vec![("partners", &agency)], "Memorandum of understanding with police"),
        (
            "dsa",
            vec![
                ("agency", &agency),
                ("projects", &project),
                ("purposes", "evaluation"),
                ("content", "some"),
                ("content_columns", "charge, district"),
                ("retention_until", "2018-12-31"),
            ],
            "Data sharing agreement of police",
        ),
        (
            "dul",
            vec![
                ("project", &project),
                ("recipients", &evaluator),
                ("purposes", "evaluation"),
                ("minimum_cell", "11"),
                ("retention_until", "2019-12-31"),
            ],
            "Data use licence for LEAD",
        ),
        (
            "irb",
            vec![("project", &project), ("protocol", "2018-17"), ("decision", "approved")],
            "Review board decision 2018-17 for LEAD",
        ),
    ];
    for (kind, terms, title) in of_kinds {
        let page = format!("/agreements/new?kind={kind}");
        let fields = [papers(), terms, vec![("kind", kind)]].concat();
        let done = officer.submit(&page, "/agreements/new", &fields);
        let page = officer.follow(&done);
        assert!(page.says("The agreement is recorded."), "{kind}: {}", page.answer.text);
        assert!(page.says(title) && page.says("ends in 23 days") && page.says(SHA256), "{kind}");
    }
    let list = officer.get("/agreements");
    assert_eq!(list.answer.text.matches("ends in 23 days").count(), 4);
    let only = officer.get(&format!("/agreements?kind=dsa&agency={agency}&state=ending"));
    assert_eq!(only.answer.text.matches("ends in 23 days").count(), 1);
    assert!(officer.get("/agreements?state=over").says("No such agreement"));
    assert!(officer.get("/compliance").says("Data use licence for LEAD ends in 23 days."));

    let (_, rest) = only.answer.text.split_once("href=\"/agreements/agr_").unwrap();
    let path = format!("/agreements/agr_{}", rest.split('"').next().unwrap());
    let end = format!("{path}/end");
    let page = officer.get(&end);
    assert!(page.says("What will happen") && page.says("End this agreement now"));
    let refused = officer.submit(&end, &end, &[("reason", "because")]);
    assert!(refused.status() == 400 && refused.says("Choose why it ends."));
    let done = officer.submit(&end, &end, &[("reason", "withdrawn")]);
    assert_eq!(done.leads_to(), format!("{path}?done=ended"));
    assert!(officer.follow(&done).says("ended: a partner withdrew"));
    let again = officer.submit(&end, &end, &[("reason", "withdrawn")]);
    assert!(again.status() == 409 && again.says("agreement-ended"));

    let operator = service.enrol("operator", &[Role::Operator]);
    let operator = Browser::of(&service, &operator);
    assert!(operator.get("/agreements").says("Data use licence for LEAD"));
    assert!(!operator.get("/agreements").says("Record an agreement"));
    assert!(!operator.get(&path).says("End it"));
    assert_eq!(operator.get("/agreements/new").status(), 403);
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let Scene { service: _service, officer, agency, project, .. } = scene();
    let hostile = "\"><script>alert(1)</script>";
    let fields = [
        ("kind", "dsa"),
        ("document_sha256", "5a"),
        ("valid_from", "1 July"),
        ("valid_until", hostile),
        ("agency", agency.as_str()),
        ("projects", project.as_str()),
        ("content", "some"),
        ("content_columns", ""),
    ];
    let page = officer.submit("/agreements/new?kind=dsa", "/agreements/new", &fields);
    assert_eq!(page.status(), 400);
    for field in
        ["document_sha256", "valid_from", "valid_until", "retention_until", "content_columns"]
    {
        assert!(page.says(&format!("id=\"{field}-wrong\"")), "{field}");
    }
    assert!(page.says("Choose at least one purpose.") && page.says("value=\"1 July\""));
    assert!(page.says(&format!("<option value=\"{agency}\" selected>")));
    assert!(page.says(&format!("value=\"{project}\" checked")) && !page.says("<script>alert"));

    let ordered = [
        ("kind", "mou"),
        ("document_sha256", SHA256),
        ("valid_from", "2018-07-02"),
        ("valid_until", "2018-07-01"),
        ("partners", agency.as_str()),
    ];
    let page = officer.submit("/agreements/new?kind=mou", "/agreements/new", &ordered);
    assert!(
        page.says("The last day lies before the first.") && page.says("id=\"valid_until-wrong\"")
    );

    // The service's own refusals find their fields, too.
    let of_a_provider = [
        papers(),
        vec![
            ("kind", "dsa"),
            ("agency", &agency),
            ("projects", &project),
            ("purposes", "evaluation"),
            ("content", "all"),
            ("basis", "consent"),
            ("retention_until", "2018-12-31"),
        ],
    ]
    .concat();
    let page = officer.submit("/agreements/new?kind=dsa", "/agreements/new", &of_a_provider);
    assert!(
        page.status() >= 400 && page.says("A provider&#39;s agreement has a basis"),
        "{}",
        page.answer.text
    );
    for kind in ["", "x", hostile] {
        let page = officer.submit("/agreements/new", "/agreements/new", &[("kind", kind)]);
        assert!(
            page.status() == 400 && page.says("Which kind is it?") && !page.says("<script>alert")
        );
    }
}

#[test]
fn retention_says_what_is_held_and_nothing_of_runs_that_are_not_there() {
    let Scene { service: _service, officer, .. } = scene();
    assert!(officer.get("/retention").says("Nothing is held"));
    assert!(officer.get("/retention?part=runs").says("No linked persons are held"));
    assert!(officer.get("/retention?part=destroyed").says("Nothing was destroyed"));
    let nobody = "0".repeat(32);
    assert_eq!(officer.get(&format!("/retention/runs/run_{nobody}")).status(), 404);
    assert_eq!(officer.get(&format!("/retention/certificates/des_{nobody}")).status(), 404);
    assert_eq!(officer.get("/retention/runs/x").status(), 404);
    assert!(officer.get("/decisions?state=waiting").says("None"));
}
