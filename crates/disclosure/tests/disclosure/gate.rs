//! What the gate refuses, finds and does, by hand.

use tallystick_dataset::{DisclosureClass as Class, Table, Values};
use tallystick_disclosure::policy::{Level, Place};
use tallystick_disclosure::{Policy, Profile, Refusal, check};

use crate::release::{column, policy, release, table, texts};

const PERSONS: usize = 400;

fn codes(refusal: &Refusal) -> Vec<&'static str> {
    refusal.reasons.iter().map(tallystick_disclosure::Reason::code).collect()
}

/// The codes with which a changed release is refused.
fn refused(change: impl FnOnce(&mut Vec<Table>, &mut Policy)) -> Vec<&'static str> {
    let (mut tables, mut policy) = (release(3, PERSONS), policy());
    change(&mut tables, &mut policy);
    codes(&check(tables, &policy).unwrap_err())
}

fn add(tables: &mut [Table], name: &str, values: Values, class: Class) {
    tables[0].columns.push(column(name, values, class));
}

/// A text a person.
fn cells(text: impl Fn(usize) -> String) -> Values {
    texts(&(0..PERSONS).map(text).collect::<Vec<_>>())
}

fn toml(text: &str) -> Policy {
    toml::from_str(text).unwrap()
}

#[test]
fn the_release_of_these_tests_passes() {
    let checked = check(release(3, PERSONS), &policy()).unwrap();
    assert!(checked.report().k_achieved >= 11);
}

#[test]
fn the_policy_of_the_page_is_one() {
    let page = include_str!("../../../../docs/disclosure.md");
    let (_, after) = page.split_once("```toml\n").unwrap();
    let policy = toml(after.split_once("```").unwrap().0);
    assert_eq!((policy.k, policy.quasi.len(), policy.events.len()), (11, 3, 1));
}

#[test]
fn every_finding_stands_on_the_page() {
    let page = include_str!("../../../../docs/disclosure.md");
    let source = include_str!("../../src/findings.rs");
    let codes = source.split("finding(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let added = source.split("add(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let codes: Vec<&str> = codes.chain(added).collect();
    assert!(codes.len() > 10);
    for code in codes.into_iter().chain(["sequence-unique", "sequence-unique-in-class"]) {
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn what_nobody_declared_is_refused() {
    let as_is = |text: &'static str| move |_: usize| text.to_owned();
    assert_eq!(
        refused(
            |t, _| t.push(table("jail", vec![column("n", Values::Flag(vec![1]), Class::Other)]))
        ),
        ["table-undeclared"]
    );
    assert_eq!(
        refused(|t, _| add(t, "cii", cells(as_is("A1")), Class::Identifier)),
        ["identifier-undeclared"]
    );
    let added_later = refused(|t, _| add(t, "height", cells(as_is("tall")), Class::Quasi));
    assert_eq!(added_later, ["quasi-undeclared"]);
    assert_eq!(
        refused(|t, _| add(t, "seen", Values::Day(vec![3; PERSONS]), Class::Other)),
        ["days-undeclared"]
    );
    let age = Values::Integer(vec![40; PERSONS]);
    assert_eq!(refused(|t, _| add(t, "first_arrest_age", age, Class::Other)), ["name-undeclared"]);
}

#[test]
fn what_is_declared_and_not_there_is_refused() {
    assert_eq!(
        refused(|t, _| drop(t.pop())),
        [
            "table-missing",
            "column-missing",
            "column-missing",
            "column-missing",
            "column-missing",
            "column-missing"
        ]
    );
    assert_eq!(
        refused(|t, _| t[0].columns.retain(|column| column.name != "sex")),
        ["column-missing"]
    );
    assert_eq!(refused(|_, p| p.sensitive.push("housing".to_owned())), ["column-missing"]);
}

#[test]
fn free_text_is_refused_and_codes_are_not() {
    let notes = |row: usize| format!("seen near the park, note {row}");
    assert_eq!(refused(|t, _| add(t, "note", cells(notes), Class::Other)), ["free-text"]);
    let long = |_: usize| "x".repeat(65);
    assert_eq!(refused(|t, _| add(t, "note", cells(long), Class::Other)), ["free-text"]);
    let (mut tables, mut declared) = (release(3, PERSONS), policy());
    add(&mut tables, "offence", cells(|row| format!("PC{row}")), Class::Other);
    let rule = "table = \"person\"\ncolumn = \"offence\"\nvalues_max = 500";
    declared.codes.push(toml::from_str(rule).unwrap());
    assert!(check(tables, &declared).is_ok());
}

#[test]
fn numbers_that_name_a_row_each_are_refused() {
    let numbers = Values::Integer((0..400).map(|number| 1_000 + number).collect());
    assert_eq!(refused(|t, _| add(t, "booking", numbers, Class::Other)), ["numbers-unique"]);
}

#[test]
fn areas_and_dates_that_nothing_protects_are_found() {
    let mut tables = release(3, PERSONS);
    let columns = &mut tables[1].columns;
    let rows = columns[0].values.len();
    columns[4].name = "home_district".to_owned();
    columns[4].class = Class::Other;
    columns.push(column("filed", texts(&vec!["2018Q3".to_owned(); rows]), Class::Other));
    let mut policy = policy();
    policy.quasi.pop();
    let report = check(tables, &policy).unwrap().into_parts().1;
    let place = |code: &str| {
        let found = report.findings.iter().find(|finding| finding.code == code);
        found.map(|finding| finding.place.clone())
    };
    assert_eq!(place("area-unprotected").as_deref(), Some("arrest.home_district"));
    assert_eq!(place("date-unprotected").as_deref(), Some("arrest.filed"));
}

#[test]
fn dates_finer_than_the_profile_permits_are_refused() {
    let day = |_: usize| "2018-03-31".to_owned();
    assert_eq!(refused(|t, _| add(t, "filed", cells(day), Class::Other)), ["dates-too-fine"]);
    let month = |_: usize| "2018-03".to_owned();
    assert_eq!(refused(|t, _| add(t, "filed", cells(month), Class::Other)), ["dates-too-fine"]);
    let number = Values::Integer(vec![20_180_331; PERSONS]);
    assert_eq!(refused(|t, _| add(t, "filed", number, Class::Other)), ["dates-too-fine"]);
    let calendar = refused(|_, p| {
        p.days[0].from = tallystick_disclosure::policy::DayOrigin::Calendar;
    });
    assert_eq!(calendar, ["dates-too-fine"]);
}

#[test]
fn a_limited_release_keeps_dates_and_is_never_called_deidentified() {
    let (mut tables, mut policy) = (release(3, PERSONS), policy());
    add(&mut tables, "filed", cells(|_| "2018-03-31".to_owned()), Class::Other);
    policy.profile = Profile::Limited;
    let checked = check(tables, &policy).unwrap();
    let report = checked.report();
    assert!(!report.is_deidentified && report.label.ends_with("not de-identified"));
    assert!(report.findings.iter().any(|finding| finding.code == "not-deidentified"));
}

#[test]
fn safe_harbour_takes_years_only_and_no_area() {
    let harbour = |policy: &mut Policy| policy.profile = Profile::SafeHarbor;
    // Days relative to an event are refused, and an area that its levels cannot take out.
    assert_eq!(refused(|_, p| harbour(p)), ["dates-too-fine"]);
    let areas = refused(|_, p| {
        harbour(p);
        p.days[0].period_days = 365;
        p.quasi[1].levels.pop();
    });
    assert_eq!(areas, ["area-too-fine"]);
    let (tables, mut policy) = (release(3, PERSONS), policy());
    harbour(&mut policy);
    policy.days[0].period_days = 365;
    let checked = check(tables, &policy).unwrap();
    let [person, arrest] = checked.tables() else { panic!("two tables") };
    let cell = |table: &Table, name: &str, row: usize| {
        let mut out = Vec::new();
        table.column(name).unwrap().values.write_cell(row, &mut out);
        String::from_utf8(out).unwrap()
    };
    for row in 0..person.rows {
        assert!(cell(person, "index_quarter", row).len() <= 4, "a year, or taken out");
        assert_eq!(cell(person, "index_district", row), ".c");
    }
    for row in 0..arrest.rows {
        assert_eq!(cell(arrest, "district", row), ".c");
        assert!(["-365", "0"].contains(&cell(arrest, "rel_day", row).as_str()));
    }
    assert_eq!(checked.report().columns[0].level_permitted, 3);
}

#[test]
fn safe_harbour_refuses_a_district_that_is_not_called_one() {
    let undeclared = refused(|t, p| {
        p.profile = Profile::SafeHarbor;
        p.days[0].period_days = 365;
        add(t, "home_zip", cells(|_| "94103".to_owned()), Class::Other);
    });
    assert_eq!(undeclared, ["name-undeclared"]);
}

#[test]
fn years_of_birth_are_refused_unless_the_oldest_are_one() {
    let born = || Values::Integer((0..400).map(|row| 1_920 + row % 80).collect());
    assert_eq!(refused(|t, _| add(t, "birth_year", born(), Class::Other)), ["name-undeclared"]);
    let (mut tables, mut policy) = (release(3, PERSONS), policy());
    add(&mut tables, "birth_year", born(), Class::Quasi);
    let rule = r#"
        table = "person"
        column = "birth_year"
        bottom = 1930
        levels = ["as-is", { bands = 10 }, "suppressed"]
    "#;
    policy.quasi.push(toml::from_str(rule).unwrap());
    assert!(check(tables, &policy).is_ok());
}

#[test]
fn ages_over_89_are_one_category() {
    let old = |row: usize| if row == 0 { "90-94" } else { "85-89" }.to_owned();
    assert_eq!(refused(|t, _| add(t, "age_band", cells(old), Class::Other)), ["ages-too-fine"]);
    let (mut tables, mut policy) = (release(3, PERSONS), policy());
    let mut ages = vec![40; PERSONS];
    (ages[0], ages[1]) = (97, 90);
    add(&mut tables, "first_arrest_age", Values::Integer(ages), Class::Other);
    let place = Place { table: "person".to_owned(), column: "first_arrest_age".to_owned() };
    policy.ages.push(place);
    let checked = check(tables, &policy).unwrap();
    let Values::Integer(ages) = &checked.tables()[0].column("first_arrest_age").unwrap().values
    else {
        panic!("numbers stay numbers")
    };
    assert_eq!(ages[..3], [90, 90, 40]);
}

#[test]
fn policies_that_cannot_be_meant_are_refused() {
    assert_eq!(refused(|_, p| p.k = 4), ["policy-invalid"]);
    assert_eq!(refused(|_, p| p.expert_report = None), ["policy-invalid"]);
    assert_eq!(refused(|_, p| p.rare_persons = 0), ["policy-invalid"]);
    assert_eq!(refused(|_, p| p.sensitive.clear()), ["policy-invalid"]);
    assert_eq!(refused(|_, p| p.quasi[5].summary = None), ["policy-column-invalid"]);
    assert_eq!(
        refused(|_, p| p.quasi[0].column = "study_id".to_owned()),
        ["policy-column-invalid"]
    );
    assert_eq!(refused(|_, p| p.quasi[2].levels[1] = Level::Bands(0)), ["policy-column-invalid"]);
}

#[test]
fn levels_that_do_not_fit_are_refused() {
    let torn = refused(|_, p| {
        p.quasi[2].levels = vec![Level::Bands(10), Level::Bands(15), Level::Suppressed];
    });
    assert_eq!(torn, ["levels-not-nested"]);
    assert_eq!(refused(|_, p| p.quasi[3].levels[0] = Level::Year), ["level-unfit"]);
    let groups =
        toml::from_str::<Policy>(&crate::release::POLICY.replace(", REST = [\"*\"]", "")).unwrap();
    let refusal = check(release(3, PERSONS), &groups).unwrap_err();
    assert_eq!(codes(&refusal), ["level-unfit", "level-unfit"]);
}

#[test]
fn rows_about_nobody_and_persons_twice_are_refused() {
    let unknown = refused(|t, _| {
        let ids = vec!["ffff".to_owned(); t[1].rows];
        t[1].columns[0].values = texts(&ids);
    });
    assert_eq!(unknown, ["person-unknown"]);
    let twice = refused(|t, _| t[0].columns[0].values = cells(|row| format!("{}", row / 2)));
    assert_eq!(twice, ["person-unknown"]);
}

#[test]
fn a_tiny_cohort_is_refused_and_a_small_one_found() {
    assert_eq!(codes(&check(release(3, 10), &policy()).unwrap_err()), ["too-few-persons"]);
    let report = check(release(3, 300), &policy()).unwrap().into_parts().1;
    let small = report.findings.iter().find(|finding| finding.code == "cohort-small").unwrap();
    assert_eq!(small.place, "person.arm");
    assert!(small.count < 100);
}

#[test]
fn too_many_to_take_out_are_refused() {
    let refusal = refused(|_, p| {
        p.suppressed_permille_max = 0;
        p.quasi.iter_mut().for_each(|quasi| quasi.levels.truncate(1));
    });
    assert_eq!(refusal, ["too-many-suppressed"]);
    // Everybody has the same arm: no level helps.
    let alike = refused(|t, _| t[0].columns[1].values = cells(|_| "LEAD".to_owned()));
    assert_eq!(alike, ["too-many-suppressed"]);
}

#[test]
fn no_refusal_and_no_debug_output_shows_a_value() {
    let (mut tables, policy) = (release(3, PERSONS), policy());
    add(&mut tables, "note", cells(|row| format!("CANARY{row}")), Class::Other);
    let refusal = check(tables, &policy).unwrap_err();
    assert!(!format!("{refusal} {refusal:?}").contains("CANARY"));
    let checked = check(release(3, PERSONS), &policy).unwrap();
    let shown = format!("{checked:?} {:?} {:?}", checked.classes(), checked.sketch(&[7; 32]));
    for value in ["2018Q", "TENDERLOIN", "LEAD", "COMPARISON"] {
        assert!(!shown.contains(value), "{value}");
        assert!(!serde_json::to_string(checked.report()).unwrap().contains(value), "{value}");
    }
}

#[test]
fn every_reason_has_its_own_code_and_help() {
    let refusal = refused(|_, p| p.k = 4);
    assert_eq!(refusal, ["policy-invalid"]);
    let refusal = check(release(3, 10), &policy()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the release is refused; too-few-persons: 10 persons are fewer than k = 11"
    );
    assert!(refusal.reasons.iter().all(|reason| !reason.help().is_empty()));
}
