//! Estimates of every outcome.
//!
//! Takes the persons with a matched sample, gives for each count and window the means of both arms, the difference, the ratio
//! of rates by days at risk, the ratio of odds of any event and, with a window before the index day, the differences in
//! differences. Standard errors hold for persons of a set going together. What has no answer stands there as its reason.

use super::frame::Frame;
use super::matched::Matched;
use super::people::{Linkage, People, WindowCounts};
use super::plan::Plan;
use crate::covariate::indicator;
use crate::error::Error;
use crate::outcome::{Changes, CountModel, Means};
use crate::regression::Estimate;

/// What is estimated of one outcome in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeEstimates {
    /// Which linkage the counts are of.
    pub linkage: Linkage,
    /// Column of the count.
    pub count: String,
    /// Name of the window.
    pub window: String,
    /// Persons of the comparison and of the programme of whom it was observed.
    pub persons: [u64; 2],
    /// Persons in sets in which somebody was not observed.
    pub unobserved: u64,
    /// Persons of each arm with at least one event.
    pub with_event: [u64; 2],
    /// Weighted means of the arms.
    pub means: Result<Means, Error>,
    /// Difference of means, programme less comparison.
    pub difference: Result<Estimate, Error>,
    /// Ratio of rates by days at risk: Poisson regression with robust errors.
    pub rate_ratio: Result<Estimate, Error>,
    /// Ratio of odds of any event.
    pub odds_ratio: Result<Estimate, Error>,
    /// How it changed from the window before, if the plan has one.
    pub changed: Option<Changed>,
}

/// What is estimated of a change from the window before, of the persons observed in both windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Persons of the comparison and of the programme.
    pub persons: [u64; 2],
    /// Those of them with an event before.
    pub with_event_before: [u64; 2],
    /// Those of them with an event after.
    pub with_event: [u64; 2],
    /// Change from the window before, programme less comparison.
    pub difference: Result<Estimate, Error>,
    /// Ratio of the rate after over that before, programme over comparison.
    pub ratio: Result<Estimate, Error>,
}

/// Counts of days in custody: days at risk are those not in custody, and so no exposure of theirs.
const DAYS_IN_CUSTODY: [&str; 2] = ["jail_days", "custody_days"];

/// Whether a count has days at risk as its exposure. Others are compared by the window, which is as long for all.
#[must_use]
pub fn has_exposure(count: &str) -> bool {
    !DAYS_IN_CUSTODY.contains(&count)
}

/// What one outcome is read from.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) plan: &'a Plan,
    pub(super) people: &'a People,
    /// The sample; everybody if there is none.
    pub(super) matched: Option<&'a Matched>,
    pub(super) linkage: Linkage,
    pub(super) window: &'a WindowCounts,
    pub(super) before: Option<&'a WindowCounts>,
    /// Place of the count among those of the plan.
    pub(super) place: usize,
}

/// Estimates of all counts in all windows after the index day; of everybody where there is no matched sample.
#[must_use]
pub fn estimates(
    plan: &Plan,
    people: &People,
    matched: Option<&Matched>,
    linkage: Linkage,
) -> Vec<OutcomeEstimates> {
    let (after, before) = people.windows.split_at(plan.outcomes.windows.len());
    // Without a matched sample nothing is said of changes.
    let before = before.first().filter(|_| matched.is_some());
    let places = || 0..plan.outcomes.counts.len();
    let each = after.iter().flat_map(|window| {
        places().map(move |place| {
            Asked { plan, people, matched, linkage, window, before, place }.estimates()
        })
    });
    each.collect()
}

impl Asked<'_> {
    pub(super) fn is_observed(&self, row: usize) -> bool {
        self.window.counts[self.place][row].is_some() && self.at_risk(self.window, row).is_some()
    }

    /// Days at risk of a person in a window; the same for all of counts that have no exposure.
    fn at_risk(&self, window: &WindowCounts, row: usize) -> Option<f64> {
        if has_exposure(&self.plan.outcomes.counts[self.place]) {
            window.at_risk(row)
        } else {
            Some(1.0)
        }
    }

    /// Days at risk, and weights in which whoever had no day at risk has none: they were in custody all the time, and tell
    /// nothing of a rate.
    pub(super) fn exposure(&self, frame: &Frame, window: &WindowCounts) -> (Vec<f64>, Vec<f64>) {
        let days = frame.rows.iter().map(|row| self.at_risk(window, *row).unwrap_or(0.0));
        let days: Vec<f64> = days.collect();
        let weights = frame.weights.iter().zip(&days);
        let weights =
            weights.map(|(weight, days)| if *days > 0.0 { *weight } else { 0.0 }).collect();
        (days.iter().map(|days| days.max(1.0)).collect(), weights)
    }

    /// Persons of whom the outcome was observed.
    pub(super) fn frame(&self) -> Frame {
        self.frame_of(|row| self.is_observed(row))
    }

    fn frame_of(&self, fits: impl Fn(usize) -> bool) -> Frame {
        match self.matched {
            Some(matched) => Frame::matched(self.people, matched, fits),
            None => Frame::weighted(self.people, &vec![1.0; self.people.len()], fits),
        }
    }

    fn estimates(&self) -> OutcomeEstimates {
        let frame = self.frame();
        let confidence = self.plan.confidence;
        let values = frame.pick(&self.window.counts[self.place]);
        let any: Vec<f64> = values.iter().map(|count| indicator(*count > 0.0)).collect();
        let sample = frame.sample(&values, confidence);
        OutcomeEstimates {
            linkage: self.linkage,
            count: self.plan.outcomes.counts[self.place].clone(),
            window: self.window.name.clone(),
            persons: frame.count(|_| true),
            unobserved: frame.unobserved,
            with_event: frame.count(|place| any[place] > 0.5),
            means: sample.means(),
            difference: sample.difference(),
            rate_ratio: self.rate_ratio(&frame, CountModel::Poisson),
            odds_ratio: frame.sample(&any, confidence).odds_ratio(),
            changed: self.before.map(|before| self.changed(before)),
        }
    }

    /// The ratio of rates of a frame.
    pub(super) fn rate_ratio(&self, frame: &Frame, model: CountModel) -> Result<Estimate, Error> {
        let values = frame.pick(&self.window.counts[self.place]);
        let (exposure, weights) = self.exposure(frame, self.window);
        let sample = frame.sample(&values, self.plan.confidence);
        let sample = crate::outcome::Sample { weights: Some(&weights), ..sample };
        sample.rate_ratio(&exposure, model)
    }

    fn changed(&self, before: &WindowCounts) -> Changed {
        let counts = [before, self.window].map(|window| &window.counts[self.place]);
        let was_observed =
            |row: usize| counts[0][row].is_some() && self.at_risk(before, row).is_some();
        let frame = self.frame_of(|row| self.is_observed(row) && was_observed(row));
        let [was, is] = counts.map(|counts| frame.pick(counts));
        Changed {
            persons: frame.count(|_| true),
            with_event_before: frame.count(|place| was[place] > 0.0),
            with_event: frame.count(|place| is[place] > 0.0),
            difference: self.changes(&frame, &was, &is, &frame.weights).difference(),
            ratio: self.change_ratio(before, &frame, &was, &is),
        }
    }

    fn change_ratio(
        &self,
        before: &WindowCounts,
        frame: &Frame,
        was: &[f64],
        is: &[f64],
    ) -> Result<Estimate, Error> {
        let (exposure_after, weights_after) = self.exposure(frame, self.window);
        let (exposure_before, weights_before) = self.exposure(frame, before);
        let pairs = weights_after.iter().zip(&weights_before);
        let weights: Vec<f64> = pairs.map(|(after, before)| after.min(*before)).collect();
        self.changes(frame, was, is, &weights).rate_ratio(&exposure_before, &exposure_after)
    }

    fn changes<'a>(
        &self,
        frame: &'a Frame,
        before: &'a [f64],
        after: &'a [f64],
        weights: &'a [f64],
    ) -> Changes<'a> {
        Changes {
            programme: &frame.programme,
            before,
            after,
            weights: Some(weights),
            clusters: Some(&frame.clusters),
            confidence: self.plan.confidence,
        }
    }
}
