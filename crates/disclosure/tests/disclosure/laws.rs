//! Laws of a release that passed the gate, each by a slow count of the finished cells.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tallystick_dataset::Table;
use tallystick_disclosure::{Checked, Policy, Refusal, check};

use crate::csv;
use crate::release::{policy, release};

fn cell(table: &Table, name: &str, row: usize) -> String {
    let mut out = Vec::new();
    table.column(name).unwrap().values.write_cell(row, &mut out);
    String::from_utf8(out).unwrap()
}

/// Classes by text: labels, then persons and their arms.
fn slow_classes(tables: &[Table]) -> BTreeMap<Vec<String>, Vec<String>> {
    let [person, arrest] = tables else { panic!("two tables") };
    let mut districts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in 0..arrest.rows {
        let district = cell(arrest, "district", row);
        let known = districts.entry(cell(arrest, "study_id", row)).or_default();
        if district != ".c" {
            known.insert(district);
        }
    }
    let mut classes: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for row in 0..person.rows {
        let names = ["index_quarter", "index_district", "age_at_index", "sex", "race_eth"];
        let mut labels: Vec<String> = names.iter().map(|name| cell(person, name, row)).collect();
        let own = districts.remove(&cell(person, "study_id", row)).unwrap_or_default();
        labels.push(own.into_iter().collect::<Vec<_>>().join("|"));
        classes.entry(labels).or_default().push(cell(person, "arm", row));
    }
    classes
}

fn holds(checked: &Checked, policy: &Policy) -> Result<(), TestCaseError> {
    let classes = slow_classes(checked.tables());
    let report = checked.report();
    prop_assert_eq!(classes.len() as u64, report.classes);
    for arms in classes.values() {
        prop_assert!(arms.len() >= policy.k as usize);
        prop_assert!(arms.iter().collect::<BTreeSet<_>>().len() >= policy.l as usize);
    }
    let smallest = classes.values().map(Vec::len).min().unwrap();
    prop_assert_eq!(smallest as u64, report.k_achieved);
    prop_assert!(report.persons_suppressed <= report.persons_suppressed_max);
    let counted: BTreeMap<_, _> =
        checked.classes().iter().map(|class| (class.labels.clone(), class.persons)).collect();
    let slow: BTreeMap<_, _> =
        classes.into_iter().map(|(labels, arms)| (labels, arms.len() as u64)).collect();
    prop_assert_eq!(counted, slow);
    Ok(())
}

/// The same tables with rows in another order.
fn shuffled(mut tables: Vec<Table>, seed: u64) -> Vec<Table> {
    let mut dice = crate::release::Dice::new(seed);
    for table in &mut tables {
        let mut order: Vec<u32> = (0..u32::try_from(table.rows).unwrap()).collect();
        order.sort_by_cached_key(|_| dice.next());
        table.columns.iter_mut().for_each(|column| column.values.reorder(&order));
    }
    tables
}

/// Lines of a table, sorted.
fn lines(table: &Table) -> Vec<String> {
    let mut lines: Vec<String> =
        String::from_utf8(csv(table)).unwrap().lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

fn checked(tables: Vec<Table>, policy: &Policy) -> Result<Checked, Refusal> {
    check(tables, policy)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_passes_is_anonymous(
        seed in any::<u64>(), persons in 20_usize..600, k in 5_u32..15, permille in 0_u32..200,
    ) {
        let policy = Policy { k, suppressed_permille_max: permille, ..policy() };
        let tables = release(seed, persons);
        let rows: Vec<usize> = tables.iter().map(|table| table.rows).collect();
        match checked(tables, &policy) {
            Ok(checked) => {
                holds(&checked, &policy)?;
                let kept: Vec<usize> = checked.tables().iter().map(|table| table.rows).collect();
                prop_assert_eq!(rows, kept, "no row is lost");
            }
            // With nobody of one arm there is no l.
            Err(refusal) => prop_assert!(
                refusal.reasons.iter().all(|reason| reason.code() == "too-many-suppressed"),
                "{}", refusal
            ),
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing(seed in any::<u64>(), other in any::<u64>()) {
        let policy = policy();
        let one = checked(release(seed, 300), &policy).unwrap();
        let two = checked(shuffled(release(seed, 300), other), &policy).unwrap();
        prop_assert_eq!(one.report(), two.report());
        prop_assert_eq!(one.classes(), two.classes());
        prop_assert_eq!(one.sketch(&[1; 32]).to_bytes(), two.sketch(&[1; 32]).to_bytes());
        for (one, two) in one.tables().iter().zip(two.tables()) {
            prop_assert_eq!(lines(one), lines(two));
        }
    }

    #[test]
    fn a_smaller_k_never_costs_more_and_more_suppression_never_refuses(seed in any::<u64>()) {
        let of = |k, permille| {
            let policy = Policy { k, suppressed_permille_max: permille, ..policy() };
            checked(release(seed, 300), &policy)
        };
        let (small, large) = (of(5, 0).unwrap(), of(20, 0).unwrap());
        prop_assert!(small.report().loss.entropy_permille <= large.report().loss.entropy_permille);
        prop_assert!(of(20, 100).is_ok());
    }
}

#[test]
fn the_same_release_is_the_same_bytes() {
    let of = || {
        let checked = check(release(7, 500), &policy()).unwrap();
        let report = serde_json::to_string(checked.report()).unwrap();
        let tables: Vec<Vec<u8>> = checked.tables().iter().map(csv).collect();
        (report, tables)
    };
    assert_eq!(of(), of());
}
