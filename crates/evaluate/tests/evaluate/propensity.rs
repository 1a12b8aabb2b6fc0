//! Matched sets, weights and balance against R's MatchIt, and their laws.

use proptest::prelude::*;
use tallystick_evaluate::propensity::{
    Balance, Denominator, Discard, Estimand, Matching, MatchingSettings, Order, SupportRange,
    balance, effective_size, match_nearest, scores, weights,
};
use tallystick_evaluate::{Covariate, Error};

use crate::reference::{Reference, SHARE, Table, close};
use crate::regression::lalonde_covariates;

/// A table with the covariates that its score is made of and the column of its strata.
struct Study {
    name: &'static str,
    programme: Vec<bool>,
    covariates: Vec<Covariate>,
    strata: Vec<u32>,
}

fn studies() -> Vec<Study> {
    let lalonde = Table::read("lalonde.csv");
    let mut found = vec![Study {
        name: "lalonde",
        programme: lalonde.flags("treat"),
        covariates: lalonde_covariates(&lalonde),
        strata: lalonde.whole("married"),
    }];
    for (name, file) in
        [("mixed", "mixed.csv"), ("coarse", "coarse.csv"), ("crowded", "crowded.csv")]
    {
        let table = Table::read(file);
        let number = |name: &str| table.number(name);
        let mut covariates =
            vec![number("age"), number("prior"), number("sex"), table.category("race", 4)];
        if name == "mixed" {
            covariates.push(number("district"));
        }
        let (programme, strata) = (table.flags("programme"), table.whole("district"));
        found.push(Study { name, programme, covariates, strata });
    }
    found
}

/// The settings of `matching.R`.
fn settings<'a>(
    strata: &'a [u32],
    discarded: &'a [bool],
) -> Vec<(&'static str, MatchingSettings<'a>)> {
    let plain = MatchingSettings { caliper: None, ..MatchingSettings::default() };
    vec![
        ("plain", plain),
        ("caliper", MatchingSettings::default()),
        ("replace", MatchingSettings { replace: true, ..plain }),
        (
            "replace_caliper",
            MatchingSettings { ratio: 2, replace: true, caliper: Some(0.2), ..plain },
        ),
        ("three_smallest", MatchingSettings { ratio: 3, order: Order::Smallest, ..plain }),
        (
            "two_exact",
            MatchingSettings {
                ratio: 2,
                caliper: Some(0.5),
                order: Order::Data,
                strata: Some(strata),
                ..plain
            },
        ),
        ("support", MatchingSettings { caliper: Some(0.25), discarded: Some(discarded), ..plain }),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn as_numbers(matching: &Matching, ratio: u32) -> Vec<Vec<f64>> {
    let padded = |chosen: &[usize]| {
        let found = chosen.iter().map(|row| *row as f64);
        found.chain(std::iter::repeat(-1.0)).take(ratio as usize).collect()
    };
    matching.sets.iter().map(|(_, chosen)| padded(chosen)).collect()
}

fn balance_agrees(what: &str, ours: &[Balance], theirs: &Reference) {
    let list = |value: fn(&Balance) -> f64| ours.iter().map(value).collect::<Vec<f64>>();
    let means = list(|column| column.programme_mean);
    close(what, &means, &theirs.numbers("means_programme"), SHARE);
    let means = list(|column| column.comparison_mean);
    close(what, &means, &theirs.numbers("means_comparison"), SHARE);
    // Differences of nearly equal means lose digits in both programs.
    for (key, ours) in [
        ("difference", list(|column| column.standardised_difference.unwrap())),
        ("ratio", list(|column| column.variance_ratio.unwrap_or(-1.0))),
        ("ks", list(|column| column.kolmogorov_smirnov)),
    ] {
        for (ours, theirs) in ours.iter().zip(theirs.numbers(key)) {
            assert!((ours - theirs).abs() <= SHARE * theirs.abs().max(1e-6), "{what} {key}");
        }
    }
}

#[test]
fn matched_sets_weights_and_balance_are_those_of_matchit() {
    let reference = Reference::read("matching.json");
    for study in studies() {
        let ours = scores(&study.programme, &study.covariates).unwrap().logits;
        // Some persons are equally near but for the last bits, so the sets are compared by R's own scores.
        let logits = reference.at(study.name).exact("scores");
        close(study.name, &ours, &logits, SHARE);
        let support = SupportRange::of(&study.programme, &logits).unwrap();
        let discarded = support.discarded(&logits, Discard::Both);
        let ids: Vec<u64> = (0..).take(logits.len()).collect();
        for (name, settings) in settings(&study.strata, &discarded) {
            let theirs = reference.at(study.name).at(name);
            let what = format!("{} {name}", study.name);
            let matching = match_nearest(&ids, &study.programme, &logits, &settings).unwrap();
            assert_eq!(as_numbers(&matching, settings.ratio), theirs.lists("sets"), "{what}");
            close(&what, &matching.weights, &theirs.numbers("weights"), SHARE);
            let of = |weights| {
                let denominator = Denominator::Programme;
                balance(&study.programme, &study.covariates, weights, denominator).unwrap()
            };
            balance_agrees(&what, &of(None), &theirs.at("before"));
            balance_agrees(&what, &of(Some(&matching.weights)), &theirs.at("after"));
        }
    }
}

#[test]
fn weights_by_the_score_are_those_of_their_formulas() {
    let reference = Reference::read("matching.json").at("weights");
    let study = studies().swap_remove(0);
    let found = scores(&study.programme, &study.covariates).unwrap();
    for (key, estimand) in [
        ("everyone", Estimand::Everyone),
        ("programme", Estimand::Programme),
        ("overlap", Estimand::Overlap),
    ] {
        let theirs = reference.at(key);
        let ours = weights(&study.programme, &found.chances, estimand).unwrap();
        close(key, &ours, &theirs.numbers("weights"), SHARE);
        let size = effective_size(&study.programme, &ours, false).unwrap();
        close(key, &[size], &[theirs.number("effective")], SHARE);
        let columns =
            balance(&study.programme, &study.covariates, Some(&ours), Denominator::Pooled).unwrap();
        close(key, &[columns[0].comparison_mean], &[theirs.number("age_mean_comparison")], SHARE);
        if estimand == Estimand::Overlap {
            let off = columns.iter().map(|c| (c.programme_mean - c.comparison_mean).abs());
            assert!(off.fold(0.0, f64::max) < 1e-6, "overlap weights balance means exactly");
        } else {
            let ours = columns[0].standardised_difference.unwrap();
            close(key, &[ours], &[theirs.number("age_pooled")], SHARE);
        }
    }
}

/// Persons with few different scores, so that many are equally near.
fn persons() -> impl Strategy<Value = Vec<(bool, u8, u8)>> {
    proptest::collection::vec((any::<bool>(), 0_u8..12, 0_u8..3), 2..40)
}

proptest! {
    #[test]
    fn matching_depends_on_ids_and_not_on_the_order_of_rows(
        persons in persons(),
        ratio in 1_u32..4,
        replace in any::<bool>(),
        order in prop_oneof![Just(Order::Largest), Just(Order::Smallest), Just(Order::Data)],
    ) {
        let run = |rows: &[usize]| {
            let ids: Vec<u64> = rows.iter().map(|row| *row as u64).collect();
            let programme: Vec<bool> = rows.iter().map(|row| persons[*row].0).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(persons[*row].1) / 7.0).collect();
            let strata: Vec<u32> = rows.iter().map(|row| persons[*row].2.into()).collect();
            let settings = MatchingSettings {
                ratio, replace, order, strata: Some(&strata), ..MatchingSettings::default()
            };
            let found = match_nearest(&ids, &programme, &scores, &settings)?;
            let sets: Vec<(u64, Vec<u64>)> = found
                .sets
                .iter()
                .map(|(row, chosen)| (ids[*row], chosen.iter().map(|row| ids[*row]).collect()))
                .collect();
            Ok::<_, Error>((sets, found.weights.iter().sum::<f64>()))
        };
        let forwards: Vec<usize> = (0..persons.len()).collect();
        let backwards: Vec<usize> = forwards.iter().rev().copied().collect();
        match (run(&forwards), run(&backwards)) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(&one.0, &other.0);
                let matched = one.0.iter().filter(|set| !set.1.is_empty()).count();
                let mut pool: Vec<u64> = one.0.iter().flat_map(|set| set.1.clone()).collect();
                let before = pool.len();
                pool.sort_unstable();
                pool.dedup();
                prop_assert!(replace || pool.len() == before);
                // Each arm's weights add up to its matched persons.
                let total = f64::from(u32::try_from(matched + pool.len()).unwrap());
                prop_assert!((one.1 - total).abs() < 1e-9);
            }
            (one, other) => prop_assert_eq!(one.map(|_| ()), other.map(|_| ())),
        }
    }

    #[test]
    fn nobody_nearer_is_left(persons in persons()) {
        // With replacement each has the nearest of all.
        let ids: Vec<u64> = (0..).take(persons.len()).collect();
        let programme: Vec<bool> = persons.iter().map(|person| person.0).collect();
        let scores: Vec<f64> = persons.iter().map(|person| f64::from(person.1)).collect();
        let settings =
            MatchingSettings { replace: true, caliper: None, ..MatchingSettings::default() };
        let Ok(found) = match_nearest(&ids, &programme, &scores, &settings) else {
            return Ok(());
        };
        for (row, chosen) in &found.sets {
            let distance = |other: usize| (scores[other] - scores[*row]).abs();
            let pool = (0..programme.len()).filter(|other| !programme[*other]);
            let least = pool.map(distance).fold(f64::INFINITY, f64::min);
            prop_assert!(distance(chosen[0]) <= least);
        }
    }
}
