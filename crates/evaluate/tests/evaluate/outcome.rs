//! Differences, ratios, differences in differences and event studies against R, and laws.

use tallystick_evaluate::Covariate;
use tallystick_evaluate::outcome::{
    BootstrapSettings, Changes, CountModel, PersonMonths, Sample, bootstrap, event_study,
    paired_difference,
};
use tallystick_evaluate::propensity::{Matching, MatchingSettings, Order, match_nearest};
use tallystick_evaluate::regression::Estimate;

use crate::reference::{Reference, SHARE, Table, close};

fn agrees(name: &str, ours: &Estimate) {
    let theirs = Reference::read("outcome.json").numbers(name);
    let ours = [ours.estimate, ours.standard_error, ours.lower, ours.upper, ours.p_value];
    close(name, &ours, &theirs, SHARE);
}

/// As a logarithm again.
fn logged(ratio: Estimate) -> Estimate {
    Estimate {
        estimate: ratio.estimate.ln(),
        lower: ratio.lower.ln(),
        upper: ratio.upper.ln(),
        ..ratio
    }
}

struct Matched {
    programme: Vec<bool>,
    earnings: Vec<f64>,
    matching: Matching,
    sets: Vec<u32>,
}

/// Lalonde's persons matched as in `outcome.R`.
fn matched(settings: &MatchingSettings<'_>) -> Matched {
    let table = Table::read("lalonde.csv");
    let programme = table.flags("treat");
    let scores = Reference::read("matching.json").at("lalonde").exact("scores");
    let ids: Vec<u64> = (0..).take(scores.len()).collect();
    let matching = match_nearest(&ids, &programme, &scores, settings).unwrap();
    let numbers = matching.set_numbers().unwrap();
    let sets = numbers.into_iter().map(|number| number.unwrap_or(u32::MAX)).collect();
    Matched { programme, earnings: table.numbers("re78"), matching, sets }
}

fn three() -> Matched {
    let order = Order::Smallest;
    matched(&MatchingSettings { ratio: 3, caliper: None, order, ..MatchingSettings::default() })
}

impl Matched {
    fn sample<'a>(&'a self, outcome: &'a [f64], covariates: &'a [Covariate]) -> Sample<'a> {
        Sample {
            programme: &self.programme,
            outcome,
            covariates,
            weights: Some(&self.matching.weights),
            clusters: Some(&self.sets),
            confidence: 0.95,
        }
    }
}

#[test]
fn matched_differences_and_ratios_are_those_of_r() {
    let one = matched(&MatchingSettings::default());
    agrees("paired", &paired_difference(&one.matching.sets, &one.earnings, 0.95).unwrap());
    let sample = one.sample(&one.earnings, &[]);
    agrees("difference", &sample.difference().unwrap());
    let means = sample.means().unwrap();
    let difference = sample.difference().unwrap().estimate;
    assert!((means.programme - means.comparison - difference).abs() < 1e-8);

    let three = three();
    let sample = three.sample(&three.earnings, &[]);
    agrees("difference_three", &sample.difference().unwrap());
    agrees("difference_rows", &Sample { clusters: None, ..sample }.difference().unwrap());
    let table = Table::read("lalonde.csv");
    let covariates = [table.number("age"), table.number("educ")];
    agrees("adjusted", &three.sample(&three.earnings, &covariates).difference().unwrap());
    let some: Vec<f64> =
        three.earnings.iter().map(|earned| f64::from(u8::from(*earned > 0.0))).collect();
    agrees("odds", &logged(three.sample(&some, &[]).odds_ratio().unwrap()));
}

#[test]
fn rates_and_changes_are_those_of_r() {
    let table = Table::read("mixed.csv");
    let (programme, officers) = (table.flags("programme"), table.whole("officer"));
    let (before, felony, days) =
        (table.numbers("before"), table.numbers("felony"), table.numbers("days"));
    let sample = Sample {
        programme: &programme,
        outcome: &felony,
        covariates: &[],
        weights: None,
        clusters: Some(&officers),
        confidence: 0.95,
    };
    agrees("rate", &logged(sample.rate_ratio(&days, CountModel::Poisson).unwrap()));
    let changes = Changes {
        programme: &programme,
        before: &before,
        after: &felony,
        weights: None,
        clusters: None,
        confidence: 0.95,
    };
    agrees("did", &changes.difference().unwrap());
    let wider = Changes { clusters: Some(&officers), ..changes };
    agrees("did_officer", &wider.difference().unwrap());
    let year = vec![365.0; days.len()];
    agrees("did_rate", &logged(changes.rate_ratio(&year, &days).unwrap()));
}

#[test]
fn an_event_study_is_that_of_r() {
    let table = Table::read("months.csv");
    #[expect(clippy::cast_possible_truncation, reason = "small whole numbers")]
    let months: Vec<i32> = table.numbers("month").into_iter().map(|month| month as i32).collect();
    let (clusters, programme, outcome) =
        (table.whole("person"), table.flags("programme"), table.numbers("arrests"));
    let rows = PersonMonths {
        clusters: &clusters,
        programme: &programme,
        months: &months,
        outcome: &outcome,
        weights: None,
    };
    let found = event_study(&rows, -1, 0.95).unwrap();
    let theirs = Reference::read("outcome.json").at("months");
    let effects: Vec<f64> = found.effects.iter().map(|month| month.effect.estimate).collect();
    close("effects", &effects, &theirs.numbers("effects"), SHARE);
    let se: Vec<f64> = found.effects.iter().map(|month| month.effect.standard_error).collect();
    close("se", &se, &theirs.numbers("se"), SHARE);
    close("before", &[found.before_p_value.unwrap()], &[theirs.number("before")], SHARE);
}

#[test]
fn the_bootstrap_of_matched_sets_is_near_the_clustered_error() {
    let three = three();
    let settings = BootstrapSettings { replicates: 400, seed: 11, confidence: 0.95 };
    // Unmatched persons are of no set, and are not drawn.
    let rows: Vec<usize> =
        (0..three.sets.len()).filter(|row| three.matching.weights[*row] > 0.0).collect();
    let pick = |from: &[f64]| rows.iter().map(|row| from[*row]).collect::<Vec<f64>>();
    let sets: Vec<u32> = rows.iter().map(|row| three.sets[*row]).collect();
    let programme: Vec<bool> = rows.iter().map(|row| three.programme[*row]).collect();
    let (earnings, weights) = (pick(&three.earnings), pick(&three.matching.weights));
    let difference = |times: &[f64]| {
        let weights: Vec<f64> = times.iter().zip(&weights).map(|(t, w)| t * w).collect();
        let sample = Sample {
            programme: &programme,
            outcome: &earnings,
            covariates: &[],
            weights: Some(&weights),
            clusters: None,
            confidence: 0.95,
        };
        let means = sample.means().ok()?;
        Some(means.programme - means.comparison)
    };
    let found = bootstrap(&sets, &settings, difference).unwrap();
    let clustered = three.sample(&three.earnings, &[]).difference().unwrap();
    assert!((found.standard_error / clustered.standard_error - 1.0).abs() < 0.15);
    assert!(found.lower < clustered.estimate && clustered.estimate < found.upper);
}
