//! Small releases whose outcome can be worked out on paper.

use tallystick_dataset::{Column, DisclosureClass as Class, Table, Values};
use tallystick_disclosure::{Checked, Policy, Severity, check};

use crate::release::{column, table, texts};

fn toml(text: &str) -> Policy {
    toml::from_str(text).unwrap()
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
