//! The main ratio of rates made in other ways, and how much hidden bias would undo it.
//!
//! Takes the main outcome, gives its ratio without matching, with other models, by weights of the score and by resampling, its
//! E-value and Rosenbaum's bound. What has no answer stands there as its reason.

use super::estimates::Asked;
use super::frame::Frame;
use super::matched::{Matched, is_constant};
use super::plan::Plan;
use crate::bias::{EValue, Measure, SignedRank, e_value};
use crate::covariate::Covariate;
use crate::error::Error;
use crate::outcome::{BootstrapInterval, BootstrapSettings, CountModel, Sample, bootstrap};
use crate::propensity::{Estimand, effective_size, weights};
use crate::regression::Estimate;

/// A way to make the main ratio.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// All persons of both arms as they are.
    Unadjusted,
    /// Matched persons: the main estimate.
    Matched,
    /// Matched persons by a negative binomial regression.
    NegativeBinomial,
    /// Matched persons, with the covariates of the score in the model too.
    Adjusted,
    /// All persons with a score, the comparison weighted like the programme.
    WeightedProgramme,
    /// All persons with a score, weighted towards those who might have been in either arm.
    WeightedOverlap,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Which way.
    pub way: Way,
    /// Persons of the comparison and of the programme that it rests on.
    pub persons: [u64; 2],
    /// As how many persons of equal weight the comparison tells; only of weights.
    pub effective: Option<f64>,
    /// The ratio.
    pub ratio: Result<Estimate, Error>,
}

/// What undoes the main estimate, and what does not.
#[derive(Clone, Debug, Default)]
pub struct Robust {
    /// The main ratio in each way.
    pub versions: Vec<Version>,
    /// The percentile interval over resampled sets; not of matching with replacement.
    pub bootstrap: Option<Result<BootstrapInterval, Error>>,
    /// What hidden bias would have to be.
    pub e_value: Option<Result<EValue, Error>>,
    /// The largest gamma at which the signed rank test of pairs still rejects; none of sets of more than two.
    pub gamma: Option<Result<Option<f64>, Error>>,
}

impl Robust {
    /// Makes it.
    pub(super) fn make(asked: &Asked<'_>, main: Option<Estimate>) -> Self {
        let all = vec![1.0; asked.people.len()];
        let everybody = Frame::weighted(asked.people, &all, |row| asked.is_observed(row));
        let of_frame = |way, frame: &Frame, ratio| Version {
            way,
            persons: frame.count(|_| true),
            effective: None,
            ratio,
        };
        let unadjusted = asked.rate_ratio(&everybody, CountModel::Poisson);
        let mut found = Self {
            versions: vec![of_frame(Way::Unadjusted, &everybody, unadjusted)],
            e_value: main.map(|it| e_value(Measure::Risk, it.estimate, it.lower, it.upper)),
            ..Self::default()
        };
        let Some(matched) = asked.matched else { return found };
        let frame = asked.frame();
        let ratio = |model| asked.rate_ratio(&frame, model);
        found.versions.extend([
            of_frame(Way::Matched, &frame, ratio(CountModel::Poisson)),
            of_frame(Way::NegativeBinomial, &frame, ratio(CountModel::NegativeBinomial)),
            of_frame(Way::Adjusted, &frame, adjusted(asked, &frame)),
        ]);
        for (way, estimand) in [
            (Way::WeightedProgramme, Estimand::Programme),
            (Way::WeightedOverlap, Estimand::Overlap),
        ] {
            found.versions.push(weighted(asked, matched, way, estimand));
        }
        if !asked.plan.matching.replace {
            found.bootstrap = Some(resampled(asked, &frame));
        }
        if asked.plan.matching.ratio == 1 && !asked.plan.matching.replace {
            found.gamma = Some(gamma(asked.plan, &pairs(asked, matched)));
        }
        found
    }
}

/// The score's covariates of the frame's persons, those that vary among them.
fn covariates(asked: &Asked<'_>, frame: &Frame) -> Vec<Covariate> {
    let of_rows = |covariate: &Covariate| covariate.of_rows(&frame.rows);
    asked.people.covariates.iter().map(of_rows).filter(|it| !is_constant(it)).collect()
}

fn adjusted(asked: &Asked<'_>, frame: &Frame) -> Result<Estimate, Error> {
    let values = frame.pick(&asked.window.counts[asked.place]);
    let (exposure, weights) = asked.exposure(frame, asked.window);
    let covariates = covariates(asked, frame);
    let sample = frame.sample(&values, asked.plan.confidence);
    let sample = Sample { weights: Some(&weights), covariates: &covariates, ..sample };
    sample.rate_ratio(&exposure, CountModel::Poisson)
}

fn weighted(asked: &Asked<'_>, matched: &Matched, way: Way, estimand: Estimand) -> Version {
    let none = |error| Version { way, persons: [0, 0], effective: None, ratio: Err(error) };
    let common = &matched.common;
    let programme = common.pick(&asked.people.programme);
    let weights = match weights(&programme, &matched.scores.chances, estimand) {
        Ok(weights) => common.spread(&weights, asked.people.len()),
        Err(error) => return none(error),
    };
    let frame = Frame::weighted(asked.people, &weights, |row| asked.is_observed(row));
    Version {
        way,
        persons: frame.count(|_| true),
        effective: effective_size(&frame.programme, &frame.weights, false).ok(),
        ratio: asked.rate_ratio(&frame, CountModel::Poisson),
    }
}

/// The ratio of weighted rates over resampled sets.
fn resampled(asked: &Asked<'_>, frame: &Frame) -> Result<BootstrapInterval, Error> {
    let values = frame.pick(&asked.window.counts[asked.place]);
    let (exposure, weights) = asked.exposure(frame, asked.window);
    let settings = BootstrapSettings {
        replicates: asked.plan.resamples,
        seed: asked.plan.seed,
        confidence: asked.plan.confidence,
    };
    bootstrap(&frame.clusters, &settings, |times| {
        let mut sums = [[0.0; 2]; 2];
        for (row, times) in times.iter().enumerate() {
            let sum = &mut sums[usize::from(frame.programme[row])];
            sum[0] += times * weights[row] * values[row];
            sum[1] += times * weights[row] * exposure[row];
        }
        let [[events, days], [programme_events, programme_days]] = sums;
        let ratio = programme_events / programme_days / (events / days);
        (ratio.is_finite() && ratio > 0.0).then_some(ratio)
    })
}

/// Outcomes of matched pairs, programme less comparison.
fn pairs(asked: &Asked<'_>, matched: &Matched) -> Vec<f64> {
    let counts = &asked.window.counts[asked.place];
    let observed = matched.matching.matched().filter(|(row, chosen)| {
        asked.is_observed(*row) && chosen.iter().all(|other| asked.is_observed(*other))
    });
    observed
        .map(|(row, chosen)| {
            let value = |row: usize| counts[row].unwrap_or(0.0);
            value(*row) - chosen.first().map_or(0.0, |other| value(*other))
        })
        .collect()
}

/// In the direction of the finding, one-sided at half of what the interval leaves out.
fn gamma(plan: &Plan, differences: &[f64]) -> Result<Option<f64>, Error> {
    let sum: f64 = differences.iter().sum();
    let turned: Vec<f64> =
        differences.iter().map(|it| if sum > 0.0 { *it } else { -*it }).collect();
    SignedRank::new(&turned)?.gamma_at((1.0 - plan.confidence) / 2.0)
}
