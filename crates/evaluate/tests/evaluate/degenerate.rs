//! What has no answer is refused by name; nothing is ever infinite, not a number, or a panic.

use proptest::prelude::*;
use tallystick_evaluate::outcome::{
    Changes, CountModel, PersonMonths, Sample, event_study, paired_difference,
};
use tallystick_evaluate::propensity::{
    Denominator, Estimand, MatchingSettings, SupportRange, balance, match_nearest, scores, weights,
};
use tallystick_evaluate::regression::Estimate;
use tallystick_evaluate::survival::{
    CoxRows, FollowUp, Ties, TimeScale, cox, kaplan_meier, log_rank, proportional_hazards,
};
use tallystick_evaluate::{Arm, Covariate, Design, Error, Values};

fn sample<'a>(programme: &'a [bool], outcome: &'a [f64]) -> Sample<'a> {
    Sample { programme, outcome, covariates: &[], weights: None, clusters: None, confidence: 0.95 }
}

const HALF: [bool; 8] = [true, true, true, true, false, false, false, false];

#[test]
fn an_empty_arm_is_named() {
    let error = Error::ArmEmpty { arm: Arm::Comparison };
    let all = [true; 8];
    let outcome = [1.0, 0.0, 2.0, 1.0, 0.0, 3.0, 1.0, 0.0];
    assert_eq!(sample(&all, &outcome).difference(), Err(error.clone()));
    assert_eq!(scores(&all, &[]).unwrap_err(), error);
    // Nobody of weight is nobody.
    let weights = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    let weighted = Sample { weights: Some(&weights), ..sample(&HALF, &outcome) };
    assert_eq!(weighted.rate_ratio(&[1.0; 8], CountModel::Poisson), Err(error));
}

#[test]
fn an_outcome_of_nothing_but_zeros_is_refused() {
    let zeros = [0.0; 8];
    let sample = sample(&HALF, &zeros);
    let error = Error::OutcomeConstant { rows: 8 };
    assert_eq!(sample.odds_ratio(), Err(error.clone()));
    for model in [CountModel::Poisson, CountModel::NegativeBinomial] {
        assert_eq!(sample.rate_ratio(&[1.0; 8], model), Err(error.clone()));
    }
    assert_eq!(sample.difference().unwrap_err().code(), "evaluate-degenerate");
    let means = sample.means().unwrap();
    assert!(means.programme.abs() + means.comparison.abs() < 1e-300);
}

#[test]
fn no_event_in_one_arm_is_separation_by_the_programme() {
    let outcome = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0];
    let sample = sample(&HALF, &outcome);
    for result in [sample.odds_ratio(), sample.rate_ratio(&[1.0; 8], CountModel::Poisson)] {
        match result {
            Err(Error::Separated { term, .. }) => assert_eq!(term.to_string(), "programme"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_perfect_score_is_separation_and_no_overlap() {
    let covariate = Covariate::number("age", &[51.0, 52.0, 53.0, 54.0, 21.0, 22.0, 23.0, 24.0]);
    let error = scores(&HALF, &[covariate]).unwrap_err();
    assert_eq!(error.code(), "evaluate-separated");
    let apart = [5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0];
    assert_eq!(SupportRange::of(&HALF, &apart), Err(Error::NoOverlap));
    let settings = MatchingSettings { caliper: Some(0.01), ..MatchingSettings::default() };
    let ids = [0, 1, 2, 3, 4, 5, 6, 7];
    assert_eq!(match_nearest(&ids, &HALF, &apart, &settings), Err(Error::NoMatches));
}

#[test]
fn one_stratum_is_collinear_by_name() {
    let district = Covariate::number("district", &[3.0; 8]);
    let error = scores(&HALF, &[district]).unwrap_err();
    assert_eq!(error.to_string(), "covariate district follows from those before it");
    // A category of one level has no column, and so no part in the model.
    let one = Covariate::category("district", &[0; 8], 1);
    assert!(scores(&HALF, &[one]).is_ok());
}

#[test]
fn counts_that_vary_little_have_no_theta() {
    let outcome = [1.0, 2.0, 1.0, 2.0, 2.0, 3.0, 2.0, 3.0];
    let found = sample(&HALF, &outcome).rate_ratio(&[1.0; 8], CountModel::NegativeBinomial);
    assert_eq!(found, Err(Error::NotOverdispersed));
}

#[test]
fn heavy_censoring_leaves_a_wide_answer_or_none() {
    let times: Vec<f64> = (1..=8).map(f64::from).collect();
    let mut events = [false; 8];
    events[2] = true;
    let follow_up = FollowUp { times: &times, events: &events, weights: None };
    let curve = kaplan_meier(&follow_up, 0.95).unwrap();
    assert_eq!((curve.points.len(), curve.median()), (1, None));
    let programme: Vec<f64> = HALF.iter().map(|yes| f64::from(u8::from(*yes))).collect();
    let design = Design::empty(8).number("programme", &programme).unwrap();
    let rows = CoxRows { follow_up, design: &design, strata: None, ties: Ties::Efron };
    assert_eq!(cox(&rows).unwrap_err().code(), "evaluate-separated");
}

/// Plain steps by the expected information go back and forth here.
#[test]
fn large_counts_of_few_persons_have_a_theta() {
    let outcome =
        [1.0, 3.0, 234.0, 0.0, 111.0, 241.0, 0.0, 1.0, 1.0, 198.0, 231.0, 231.0, 171.0, 1.0];
    let programme =
        [false, true, false, false, true, false, true, true, true, false, true, true, false, false];
    let number = [0.0, 1.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 4.0, 3.0, 1.0, 1.0, 3.0, 0.0];
    let levels = [1, 3, 3, 0, 1, 2, 1, 3, 1, 0, 2, 2, 0, 1];
    let covariates =
        [Covariate::number("number", &number), Covariate::category("level", &levels, 4)];
    let sample = Sample { covariates: &covariates, ..sample(&programme, &outcome) };
    let found = sample.rate_ratio(&[1.0; 14], CountModel::NegativeBinomial);
    assert!(whole(&found) && found.is_ok(), "{found:?}");
}

/// Plain Newton steps go back and forth here and never see that no fit exists.
#[test]
fn a_cox_model_without_a_fit_is_separated_and_not_given_up() {
    let times = [5.0, 3.0, 1.0, 5.0, 7.0, 5.0, 4.0, 1.0, 5.0, 5.0];
    let events = [false, false, true, false, false, true, true, false, true, false];
    let weights = [2.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 2.0];
    let number = Covariate::number("number", &[4.0, 4.0, 4.0, 2.0, 3.0, 3.0, 3.0, 4.0, 1.0, 0.0]);
    let level = Covariate::category("level", &[0, 2, 3, 2, 3, 3, 1, 2, 2, 0], 4);
    let design = Design::empty(10).covariates(&[number, level]).unwrap();
    let follow_up = FollowUp { times: &times, events: &events, weights: Some(&weights) };
    let rows = CoxRows { follow_up, design: &design, strata: None, ties: Ties::Breslow };
    assert_eq!(cox(&rows).unwrap_err().code(), "evaluate-separated");
}

#[test]
fn no_effect_is_found_as_none() {
    let outcome = [1.0, 0.0, 2.0, 1.0, 1.0, 0.0, 2.0, 1.0];
    let found = sample(&HALF, &outcome).rate_ratio(&[1.0; 8], CountModel::Poisson).unwrap();
    assert!((found.estimate - 1.0).abs() < 1e-9 && found.p_value > 0.999);
    assert!(found.lower < 1.0 && found.upper > 1.0);
}

/// One row of whatever.
#[derive(Clone, Copy, Debug)]
struct Row {
    programme: bool,
    count: u8,
    other: u8,
    weight: u8,
    number: Option<u8>,
    level: Option<u8>,
    cluster: u8,
    time: u8,
    event: bool,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let small = prop_oneof![3 => Just(0_u8), 2 => 0_u8..4, 1 => any::<u8>()];
    let row = (
        (any::<bool>(), small.clone(), small, 0_u8..3),
        (proptest::option::of(0_u8..5), proptest::option::of(0_u8..3), 0_u8..6),
        (1_u8..9, proptest::bool::weighted(0.4)),
    );
    let row = row.prop_map(
        |((programme, count, other, weight), (number, level, cluster), (time, event))| Row {
            programme,
            count,
            other,
            weight,
            number,
            level,
            cluster,
            time,
            event,
        },
    );
    proptest::collection::vec(row, 0..36)
}

fn whole(found: &Result<Estimate, Error>) -> bool {
    found.as_ref().map_or(true, |e| {
        let ends = e.lower <= e.estimate && e.estimate <= e.upper;
        let p_value = (0.0..=1.0).contains(&e.p_value);
        ends && p_value && e.upper.is_finite() && e.standard_error > 0.0
    })
}

/// The columns of rows.
struct Columns {
    programme: Vec<bool>,
    count: Vec<f64>,
    other: Vec<f64>,
    some: Vec<f64>,
    weights: Vec<f64>,
    covariates: Vec<Covariate>,
    clusters: Vec<u32>,
    times: Vec<f64>,
    events: Vec<bool>,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        let numbers = |pick: fn(&Row) -> u8| rows.iter().map(|row| f64::from(pick(row))).collect();
        let number = rows.iter().map(|row| row.number.map(f64::from)).collect();
        let codes = rows.iter().map(|row| row.level.map(u32::from)).collect();
        let named = |name: &str, values| Covariate { name: name.to_owned(), values };
        Self {
            programme: rows.iter().map(|row| row.programme).collect(),
            count: numbers(|row| row.count),
            other: numbers(|row| row.other),
            some: numbers(|row| u8::from(row.count > 0)),
            weights: numbers(|row| row.weight),
            covariates: vec![
                named("number", Values::Number(number)),
                named("level", Values::Category { codes, levels: 3 }),
            ],
            clusters: rows.iter().map(|row| row.cluster.into()).collect(),
            times: numbers(|row| row.time),
            events: rows.iter().map(|row| row.event).collect(),
        }
    }
}

fn all_estimates(c: &Columns, adjusted: bool) -> Vec<Result<Estimate, Error>> {
    let covariates: &[Covariate] = if adjusted { &c.covariates } else { &[] };
    let (programme, confidence) = (c.programme.as_slice(), 0.9);
    let weights = Some(c.weights.as_slice());
    let clusters = adjusted.then_some(c.clusters.as_slice());
    let sample = |outcome| Sample { programme, outcome, covariates, weights, clusters, confidence };
    let changes =
        Changes { programme, before: &c.other, after: &c.count, weights, clusters, confidence };
    vec![
        sample(&c.count).difference(),
        sample(&c.some).odds_ratio(),
        sample(&c.count).rate_ratio(&c.times, CountModel::Poisson),
        sample(&c.count).rate_ratio(&c.times, CountModel::NegativeBinomial),
        changes.difference(),
        changes.rate_ratio(&c.times, &c.times),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn estimates_are_numbers_or_refused(rows in rows(), adjusted in any::<bool>()) {
        let columns = Columns::of(&rows);
        for (place, found) in all_estimates(&columns, adjusted).iter().enumerate() {
            prop_assert!(whole(found), "{place}: {found:?}");
        }
    }

    #[test]
    fn scores_matching_and_balance_are_numbers_or_refused(rows in rows()) {
        let c = Columns::of(&rows);
        let Ok(found) = scores(&c.programme, &c.covariates) else { return Ok(()) };
        prop_assert!(found.logits.iter().all(|logit| logit.is_finite()));
        let ids: Vec<u64> = (0..).take(rows.len()).collect();
        let settings = MatchingSettings { ratio: 2, ..MatchingSettings::default() };
        if let Ok(matching) = match_nearest(&ids, &c.programme, &found.logits, &settings) {
            prop_assert!(matching.weights.iter().all(|weight| weight.is_finite()));
            let difference = paired_difference(&matching.sets, &c.count, 0.95);
            prop_assert!(whole(&difference), "{difference:?}");
            let now = Some(matching.weights.as_slice());
            for column in balance(&c.programme, &c.covariates, now, Denominator::Pooled).into_iter().flatten() {
                prop_assert!(column.programme_mean.is_finite() && column.comparison_mean.is_finite());
                prop_assert!((0.0..=1.0 + 1e-9).contains(&column.kolmogorov_smirnov));
                let optional = [column.standardised_difference, column.variance_ratio];
                prop_assert!(optional.iter().flatten().all(|value| value.is_finite()));
            }
        }
        for estimand in [Estimand::Everyone, Estimand::Programme, Estimand::Overlap] {
            let found = weights(&c.programme, &found.chances, estimand);
            prop_assert!(found.into_iter().flatten().all(|weight| weight.is_finite() && weight > 0.0));
        }
    }

    #[test]
    fn survival_is_numbers_or_refused(rows in rows(), strata in any::<bool>()) {
        let c = Columns::of(&rows);
        let follow_up = FollowUp { times: &c.times, events: &c.events, weights: Some(&c.weights) };
        if let Ok(curve) = kaplan_meier(&follow_up, 0.95) {
            let mut before = 1.0;
            for point in curve.points {
                prop_assert!(point.survival <= before && point.survival >= 0.0);
                before = point.survival;
                if let Some((lower, upper)) = point.interval {
                    prop_assert!(0.0 <= lower && lower <= before && before <= upper && upper <= 1.0);
                }
            }
        }
        let plain = FollowUp { weights: None, ..follow_up };
        if let Ok(test) = log_rank(&plain, &c.clusters, None) {
            prop_assert!(test.chi_square.is_finite() && (0.0..=1.0).contains(&test.p_value));
            let sums: (f64, f64) = (test.observed.iter().sum(), test.expected.iter().sum());
            prop_assert!((sums.0 - sums.1).abs() < 1e-9);
        }
        let Ok(design) = Design::empty(rows.len()).covariates(&c.covariates) else { return Ok(()) };
        let strata = strata.then_some(c.clusters.as_slice());
        for ties in [Ties::Efron, Ties::Breslow] {
            let fit = cox(&CoxRows { follow_up, design: &design, strata, ties });
            let Ok(fit) = fit else { continue };
            let covariance = fit.clustered(&c.clusters);
            let robust = covariance.and_then(|covariance| fit.estimate(0, &covariance, 0.95));
            prop_assert!(whole(&robust), "{robust:?}");
            prop_assert!(whole(&fit.estimate(0, &fit.covariance, 0.95)));
            if let Ok(tests) = proportional_hazards(&fit, TimeScale::KaplanMeier) {
                prop_assert!((0.0..=1.0).contains(&tests.global.p_value));
            }
        }
    }

    #[test]
    fn event_studies_are_numbers_or_refused(rows in rows()) {
        let c = Columns::of(&rows);
        let months: Vec<i32> = rows.iter().map(|row| i32::from(row.time % 3) - 1).collect();
        let rows = PersonMonths {
            clusters: &c.clusters,
            programme: &c.programme,
            months: &months,
            outcome: &c.count,
            weights: Some(&c.weights),
        };
        if let Ok(found) = event_study(&rows, -1, 0.95) {
            for month in found.effects {
                prop_assert!(whole(&Ok(month.effect)));
            }
        }
    }
}
