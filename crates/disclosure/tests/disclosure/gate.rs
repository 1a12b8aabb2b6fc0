//! What the gate refuses, finds and does, by hand.

use crate::release::{column, policy, release, table, texts};
use tallystick_dataset::{Column, DisclosureClass as Class, Table, Values};
use tallystick_disclosure::policy::{Level, Place};
use tallystick_disclosure::{Checked, Policy, Profile, Refusal, Severity, check};

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
fn a_limited_release_may_have_no_quasi_identifiers() {
    let text = r#"
        profile = "limited"
        k = 1
        l = 1
        person_table = "person"
        [[table]]
        name = "person"
        person = "study_id"
    "#;
    let mut tables = one_column(&[3, 2]);
    tables[0].columns[2].class = Class::Other;
    let checked = check(tables, &toml(text)).unwrap();
    let report = checked.report();
    assert_eq!((report.classes, report.k_achieved, report.loss.precision_permille), (1, 5, 1000));
    assert!(check(one_column(&[3, 2]), &toml(text)).is_err(), "a quasi-identifier is declared");
}

#[test]
fn classes_are_counted_by_their_distinct_values() {
    let checked = check(one_column(&[20, 10]), &one_column_policy("")).unwrap();
    let arm = &checked.report().sensitive[0];
    assert_eq!(arm.classes.iter().collect::<Vec<_>>(), [(&2, &2)]);
    assert_eq!(arm.cohorts, [15, 15]);
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

/// `sizes[i]` persons have value `i` of the one quasi-identifier; arms take turns.
fn one_column(sizes: &[usize]) -> Vec<Table> {
    let values: Vec<String> =
        (0..sizes.len()).flat_map(|v| vec![format!("v{v}"); sizes[v]]).collect();
    let ids: Vec<String> = (0..values.len()).map(|row| format!("{row:04}")).collect();
    let arms: Vec<String> =
        (0..values.len()).map(|row| ["LEAD", "POOL"][row % 2].to_owned()).collect();
    vec![table(
        "person",
        vec![
            column("study_id", texts(&ids), Class::Identifier),
            column("arm", texts(&arms), Class::Sensitive),
            column("quasi", texts(&values), Class::Quasi),
        ],
    )]
}

fn one_column_policy(more: &str) -> Policy {
    toml(&format!(
        r#"
        profile = "limited"
        k = 5
        rare_persons = 0
        suppressed_permille_max = 200
        person_table = "person"
        sensitive = ["arm"]
        {more}
        [[table]]
        name = "person"
        person = "study_id"
        [[quasi]]
        table = "person"
        column = "quasi"
        levels = ["as-is", "suppressed"]
        "#
    ))
}

fn sizes(checked: &Checked) -> Vec<(String, u64)> {
    checked.classes().iter().map(|class| (class.labels[0].clone(), class.persons)).collect()
}

#[test]
fn those_taken_out_are_as_many_as_a_class_by_hand() {
    // Two persons of v2 are too few. Three more join them, from classes that can spare them: by id, of v0.
    let checked = check(one_column(&[20, 10, 2]), &one_column_policy("")).unwrap();
    let expected = [("v0", 17), ("v1", 10), (".c", 5)];
    assert_eq!(sizes(&checked), expected.map(|(label, count)| (label.to_owned(), count)));
    let report = checked.report();
    assert_eq!((report.persons_suppressed, report.persons_joined), (5, 3));
    assert_eq!((report.k_achieved, report.sensitive[0].l), (5, 2));
    assert_eq!(report.cells_suppressed, 5);
    // 17^2 + 10^2 + 5 * 32; one column of two levels, at the first: precision is the share of cells kept.
    assert_eq!(report.loss.discernibility, 289 + 100 + 160);
    assert_eq!(report.loss.precision_permille, 1000 - 5 * 1000 / 32);
}

#[test]
fn no_text_of_who_was_taken_out_stays_in_the_dictionary() {
    let checked = check(one_column(&[20, 10, 2]), &one_column_policy("")).unwrap();
    let Values::Text(_, texts) = &checked.tables()[0].column("quasi").unwrap().values else {
        panic!("texts stay texts")
    };
    assert_eq!((texts.len(), texts.text(0), texts.text(1)), (2, "v0", "v1"));
}

#[test]
fn one_person_alone_is_never_taken_out_alone() {
    let tables = || one_column(&[20, 10, 1]);
    let checked = check(tables(), &one_column_policy("")).unwrap();
    assert_eq!(checked.report().persons_suppressed, 5);
    // Where five are more than may be taken out, the column goes for all.
    let policy = Policy { suppressed_permille_max: 100, ..one_column_policy("") };
    let checked = check(tables(), &policy).unwrap();
    assert_eq!(sizes(&checked), [(".c".to_owned(), 31)]);
    let lost = checked.report().findings.iter().find(|finding| finding.code == "column-lost");
    assert_eq!(lost.unwrap().severity, Severity::Warning);
}

#[test]
fn where_nobody_can_be_spared_nobody_is_taken_out() {
    // One of v3 is too few, but every other class has just enough.
    let policy = Policy { suppressed_permille_max: 500, ..one_column_policy("") };
    let checked = check(one_column(&[5, 5, 5, 1]), &policy).unwrap();
    assert_eq!(sizes(&checked), [(".c".to_owned(), 16)]);
    assert_eq!(checked.report().persons_suppressed, 0);
}

#[test]
fn rare_categories_are_merged_by_hand() {
    let policy = Policy { rare_persons: 8, ..one_column_policy("") };
    let checked = check(one_column(&[20, 4, 3, 10]), &policy).unwrap();
    let expected = [("(rare)", 7), ("v0", 20), ("v3", 10)];
    assert_eq!(sizes(&checked), expected.map(|(label, count)| (label.to_owned(), count)));
    assert_eq!(checked.report().columns[0].rare_merged, 2);
}

#[test]
fn unique_sequences_are_counted_by_hand() {
    let mut tables = one_column(&[10, 10]);
    // Persons 0 and 1 (both v0) share a sequence, as do 2 (v0) and 10 (v1); 3 stands alone.
    let events = [(0, 5), (0, 9), (1, 9), (1, 5), (1, 5), (2, 7), (10, 7), (3, 1)];
    let ids: Vec<String> = events.iter().map(|(person, _)| format!("{person:04}")).collect();
    let days = Values::Day(events.iter().map(|(_, day)| *day).collect());
    let columns: Vec<Column> = vec![
        column("study_id", texts(&ids), Class::Identifier),
        column("rel_day", days, Class::Other),
    ];
    tables.push(table("arrest", columns));
    let mut policy = one_column_policy("");
    policy.tables.push(toml::from_str("name = \"arrest\"\nperson = \"study_id\"").unwrap());
    let day = "table = \"arrest\"\ncolumn = \"rel_day\"\nfrom = \"person\"";
    policy.days.push(toml::from_str(day).unwrap());
    policy.events.push(toml::from_str("table = \"arrest\"\nday = \"rel_day\"").unwrap());
    let checked = check(tables, &policy).unwrap();
    let found = &checked.report().sequences;
    assert_eq!((found.persons, found.unique, found.unique_in_class), (5, 1, 3));
}

#[test]
fn a_class_with_one_outcome_is_found() {
    let mut tables = one_column(&[10, 10]);
    let outcome = Values::Flag((0..20).map(|row| u8::from(row < 10)).collect());
    tables[0].columns.push(column("convicted", outcome, Class::Sensitive));
    let checked = check(tables, &one_column_policy("")).unwrap();
    let found = checked.report().findings.iter().find(|finding| finding.code == "attribute-alike");
    let found = found.unwrap();
    assert_eq!((found.place.as_str(), found.count, found.of), ("person.convicted", 20, 20));
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
