//! A release after another: who stands out by the difference.

use proptest::prelude::*;
use tallystick_dataset::{DisclosureClass as Class, Table, Values};
use tallystick_disclosure::{
    Difference, Policy, ReleaseSketch, Severity, SketchInvalid, Standing, check, compare,
};

use crate::release::{column, table, texts};

const KEY: [u8; 32] = [9; 32];

fn policy() -> Policy {
    let text = r#"
        profile = "limited"
        k = 5
        rare_persons = 0
        person_table = "person"
        sensitive = ["arm"]
        [[table]]
        name = "person"
        person = "study_id"
        [[quasi]]
        table = "person"
        column = "quasi"
        levels = ["as-is", "suppressed"]
    "#;
    toml::from_str(text).unwrap()
}

/// Persons by number, with their value and outcome.
fn persons(rows: &[(usize, &str, u8)]) -> Vec<Table> {
    let ids: Vec<String> = rows.iter().map(|(number, _, _)| format!("{number:06}")).collect();
    let values: Vec<String> = rows.iter().map(|(_, value, _)| (*value).to_owned()).collect();
    let arm = |number: usize| ["LEAD", "POOL"][number % 2].to_owned();
    let arms: Vec<String> = rows.iter().map(|(number, _, _)| arm(*number)).collect();
    let outcomes = Values::Flag(rows.iter().map(|(_, _, outcome)| *outcome).collect());
    vec![table(
        "person",
        vec![
            column("study_id", texts(&ids), Class::Identifier),
            column("arm", texts(&arms), Class::Sensitive),
            column("quasi", texts(&values), Class::Quasi),
            column("outcome", outcomes, Class::Other),
        ],
    )]
}

fn rows(a: usize, b: usize) -> Vec<(usize, &'static str, u8)> {
    let of = |value: &'static str, numbers: std::ops::Range<usize>| {
        numbers.map(move |number| (number, value, 0))
    };
    of("a", 0..a).chain(of("b", 1_000..1_000 + b)).collect()
}

fn sketch(rows: &[(usize, &str, u8)]) -> ReleaseSketch {
    check(persons(rows), &policy()).unwrap().sketch(&KEY)
}

fn differ(one: &[(usize, &str, u8)], two: &[(usize, &str, u8)]) -> Difference {
    compare(&sketch(one), &sketch(two), 5)
}

#[test]
fn the_same_release_again_is_no_difference() {
    let found = differ(&rows(20, 20), &rows(20, 20));
    assert_eq!((found.added, found.removed, found.moved, found.changed), (0, 0, 0, 0));
    assert_eq!(found.finding(Standing::Standing), None);
    assert!(found.permit(Standing::Standing).is_ok());
}

#[test]
fn one_person_more_is_refused_unless_the_earlier_release_is_retracted() {
    let found = differ(&rows(20, 20), &rows(21, 20));
    assert_eq!((found.added, found.groups_small, found.smallest), (1, 1, 1));
    let finding = found.finding(Standing::Standing).unwrap();
    assert_eq!((finding.code, finding.severity), ("differencing", Severity::Severe));
    let refusal = found.permit(Standing::Standing).unwrap_err();
    assert_eq!(refusal.reasons[0].code(), "differencing");
    assert!(found.permit(Standing::Retracted).is_ok());
    assert_eq!(found.finding(Standing::Retracted).unwrap().severity, Severity::Warning);
}

#[test]
fn enough_persons_more_in_all_are_refused_if_one_class_has_few_of_them() {
    let found = differ(&rows(20, 20), &rows(26, 22));
    assert_eq!((found.added, found.groups_small, found.persons_small), (8, 1, 2));
    assert!(differ(&rows(20, 20), &rows(26, 26)).permit(Standing::Standing).is_ok());
}

#[test]
fn persons_who_leave_and_persons_who_move_are_found() {
    let found = differ(&rows(20, 20), &rows(20, 17));
    assert_eq!((found.removed, found.smallest), (3, 3));
    let mut moved = rows(20, 20);
    moved[0].1 = "b";
    let found = differ(&rows(20, 20), &moved);
    assert_eq!((found.moved, found.smallest, found.persons_small), (1, 1, 1));
}

#[test]
fn other_levels_are_found_where_both_together_are_finer() {
    // Coarser: every joint class is a whole class of the first release.
    let fine = check(persons(&rows(20, 20)), &policy()).unwrap();
    let mut coarse_policy = policy();
    coarse_policy.quasi[0].levels.remove(0);
    let coarse = check(persons(&rows(20, 20)), &coarse_policy).unwrap();
    let found = compare(&fine.sketch(&KEY), &coarse.sketch(&KEY), 5);
    assert_eq!((found.moved, found.groups_small, found.smallest), (40, 0, 20));
}

#[test]
fn changed_rows_are_counted() {
    let mut changed = rows(20, 20);
    changed[3].2 = 1;
    let found = differ(&rows(20, 20), &changed);
    assert_eq!((found.changed, found.groups_small), (1, 0));
}

#[test]
fn without_the_same_key_nobody_is_the_same() {
    let checked = check(persons(&rows(20, 20)), &policy()).unwrap();
    let found = compare(&checked.sketch(&KEY), &checked.sketch(&[8; 32]), 5);
    assert_eq!((found.added, found.removed), (40, 40));
}

#[test]
fn a_sketch_comes_back_from_its_bytes_and_damage_is_refused() {
    let sketch = sketch(&rows(20, 20));
    let bytes = sketch.to_bytes();
    assert!(ReleaseSketch::from_bytes(&bytes).unwrap() == sketch);
    assert_eq!((sketch.persons(), sketch.classes()), (40, 2));
    for damaged in [&bytes[1..], &bytes[..bytes.len() - 1], &[bytes.as_slice(), &[0]].concat(), &[]]
    {
        assert_eq!(ReleaseSketch::from_bytes(damaged), Err(SketchInvalid));
    }
    // A class that is not there, a count that is wrong, persons out of order.
    let class_at = 16 + 2 * 24 + 16;
    for place in [class_at, 16 + 16, 16 + 2 * 24] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0xFF;
        assert_eq!(ReleaseSketch::from_bytes(&damaged), Err(SketchInvalid), "{place}");
    }
}

proptest! {
    #[test]
    fn any_difference_of_few_persons_is_found(
        a in 10_usize..40, b in 10_usize..40, more_a in 0_usize..12, more_b in 0_usize..12,
    ) {
        let found = differ(&rows(a, b), &rows(a + more_a, b + more_b));
        let is_few = |more: usize| (1..5).contains(&more);
        prop_assert_eq!(found.permit(Standing::Standing).is_err(), is_few(more_a) || is_few(more_b));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ReleaseSketch::from_bytes(&[b"tsketch1".as_slice(), &bytes].concat());
    }
}
