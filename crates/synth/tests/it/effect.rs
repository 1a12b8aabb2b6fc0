//! The programme's true effect can be had from the truth, and from the exports joined by it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallystick_synth::{Arm, ArrestKind, Config, EFFECT, Population, Source, WINDOW_DAYS};

use crate::table::{Table, outputs, truth};

/// Outcome counts of the persons of an arm: sum and sum of squares.
#[derive(Clone, Copy, Default)]
struct Sums {
    persons: f64,
    sum: [f64; 4],
    squares: [f64; 4],
}

/// Rate ratio of clients to comparison people and the standard error of its logarithm.
fn ratio(lead: &Sums, comparison: &Sums, outcome: usize) -> (f64, f64) {
    let part = |sums: &Sums| {
        let mean = sums.sum[outcome] / sums.persons;
        let variance = sums.squares[outcome] / sums.persons - mean * mean;
        (mean, variance / sums.persons / (mean * mean))
    };
    let ((a, a_variance), (b, b_variance)) = (part(lead), part(comparison));
    (a / b, (a_variance + b_variance).sqrt())
}

#[test]
fn rate_ratios_are_the_parameters_within_error() {
    let persons = 150_000;
    let population = Population::new(&Config { persons, seed: 11, ..Config::default() }).unwrap();
    let mut sums = [[Sums::default(); 2]; 3];
    let mut warrants = [0.0; 3];
    for block in 0..persons.div_ceil(64) {
        for biography in population.biographies(block) {
            let arm = biography.person.arm as usize;
            for (window, outcomes) in biography.history.outcomes().into_iter().enumerate() {
                let sums = &mut sums[arm][window];
                sums.persons += 1.0;
                for (outcome, count) in outcomes.into_iter().enumerate() {
                    sums.sum[outcome] += f64::from(count);
                    sums.squares[outcome] += f64::from(count * count);
                }
            }
            let arrests = biography.history.arrests.iter();
            warrants[arm] += arrests.filter(|a| a.kind == ArrestKind::Warrant).count() as f64;
        }
    }
    let (lead, comparison) = (&sums[Arm::Lead as usize], &sums[Arm::Comparison as usize]);
    let truth = [
        EFFECT.felony_arrest,
        EFFECT.misdemeanour_arrest,
        EFFECT.felony_case,
        EFFECT.misdemeanour_case,
    ];
    for (outcome, permille) in truth.into_iter().enumerate() {
        let (after, error) = ratio(&lead[1], &comparison[1], outcome);
        let distance = (after.ln() - (f64::from(permille) / 1000.0).ln()).abs();
        assert!(error < 0.04, "sample too small: {error}");
        assert!(distance < 3.5 * error, "outcome {outcome}: {after} for {permille}, error {error}");
        let (before, error) = ratio(&lead[0], &comparison[0], outcome);
        assert!(before.ln().abs() < 3.5 * error, "arms differ before: {before}, error {error}");
    }
    assert!(warrants[Arm::Lead as usize] > 1000.0, "warrant-only arrests are there");
}

#[test]
fn arms_are_as_large_as_asked_and_only_the_index_is_eligible_where_that_is_asked() {
    let persons = 6_400;
    let config = |eligible_at_index_only| Config {
        arms_permille: [100, 600],
        eligible_at_index_only,
        persons,
        ..Config::default()
    };
    let eligible = ["HS 11350(A)", "HS 11364(A)", "HS 11377(A)", "HS 11550(A)", "PC 647(B)"]
        .into_iter()
        .chain(["HS 11351", "HS 11352(A)", "HS 11378"])
        .collect::<BTreeSet<_>>();
    for only in [false, true] {
        let population = Population::new(&config(only)).unwrap();
        let (mut arms, mut at_index, mut elsewhere) = ([0_u32; 3], 0, 0);
        for biography in (0..persons / 64).flat_map(|block| population.biographies(block)) {
            arms[biography.person.arm as usize] += 1;
            for arrest in &biography.history.arrests {
                let is_eligible = arrest.charges.iter().any(|it| eligible.contains(it.statute()));
                assert!(is_eligible || !arrest.index, "every index arrest is eligible");
                *(if arrest.index { &mut at_index } else { &mut elsewhere }) +=
                    u32::from(is_eligible);
            }
        }
        // Five standard deviations of shares of 6,400 persons are 120 and 196.
        assert!(arms[0].abs_diff(640) < 120 && arms[1].abs_diff(3_840) < 196, "{arms:?}");
        assert!(at_index > 3_000);
        assert_eq!(elsewhere == 0, only);
    }
}

#[test]
fn exports_joined_by_the_truth_give_the_outcomes_of_the_truth() {
    let config = Config { persons: 6000, seed: 4, ..Config::default() };
    let outputs = outputs(&config);
    let truth = truth(&outputs);
    let people = Table::plain(&outputs.files["truth_persons.csv"]);
    let date = |text: &str, format| NaiveDate::parse_from_str(text, format).unwrap();
    let index: BTreeMap<u64, NaiveDate> = people
        .rows
        .iter()
        .filter(|row| !row[4].is_empty())
        .map(|row| (row[0].parse().unwrap(), date(&row[4], "%Y-%m-%d")))
        .collect();
    let police = Table::export(&outputs, Source::Police);
    let mut arrests = BTreeSet::new();
    for row in &police.rows {
        let cell = |column: &str| row[police.at(column)].as_str();
        let person = truth[&("police".to_owned(), cell("ROW_ID").to_owned())];
        let Some(index) = index.get(&person) else { continue };
        let days = (date(cell("ARREST_DATE"), "%m/%d/%Y") - *index).num_days();
        let counted = matches!(cell("ARR_TYPE"), "BOOK" | "CITE");
        if counted && days > 0 && days <= i64::from(WINDOW_DAYS) {
            arrests.insert((person, cell("ARREST_NO").to_owned()));
        }
    }
    let columns = ["felony_arrests_after", "misdemeanour_arrests_after"];
    let wanted: u32 = columns
        .iter()
        .flat_map(|column| people.column(column))
        .map(|count| count.parse::<u32>().unwrap())
        .sum();
    let share = arrests.len() as f64 / f64::from(wanted);
    // Every twentieth arrest is made by another agency than the city's police.
    assert!((0.92..=0.98).contains(&share), "{share} of {wanted}");
}
