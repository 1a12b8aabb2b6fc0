//! The matched sample of an evaluation, and how alike its arms are.
//!
//! Takes the persons of both arms, gives scores, pairs, weights and balance. Refuses what has no pairs, by the reason.

use std::fmt;

use super::{People, Plan};
use crate::covariate::{Covariate, Values};
use crate::error::Error;
use crate::propensity::{
    self, Balance, Denominator, Matching, MatchingSettings, Order, Overlap, Scores, SupportRange,
};

/// Bins of the overlap histogram.
const BINS: u32 = 20;

/// A matched sample. `Debug` says of how many persons.
#[derive(Clone, PartialEq)]
pub struct Matched {
    /// Propensity scores of all persons.
    pub scores: Scores,
    /// The range of logits of each arm.
    pub support: SupportRange,
    /// Persons of the comparison and of the programme outside of the range in common.
    pub outside: [u64; 2],
    /// Who was matched with whom.
    pub matching: Matching,
    /// Balance of the covariates before matching.
    pub before: Vec<Balance>,
    /// And after it.
    pub after: Vec<Balance>,
    /// Scores of both arms before matching, in bins of the logit.
    pub overlap: Overlap,
    /// Whether a person of the comparison could be in several sets.
    pub is_replaced: bool,
}

impl fmt::Debug for Matched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Matched")
            .field("persons", &self.matching.weights.len())
            .field("columns", &self.before.len())
            .finish_non_exhaustive()
    }
}

/// Whether a covariate is the same for all persons, so that it can tell nobody apart.
#[must_use]
pub fn is_constant(covariate: &Covariate) -> bool {
    fn same<T: PartialEq>(mut cells: impl Iterator<Item = T>) -> bool {
        cells.next().is_none_or(|first| cells.all(|cell| cell == first))
    }
    match &covariate.values {
        Values::Number(cells) => same(cells.iter().map(|cell| cell.map(f64::to_bits))),
        Values::Category { codes, .. } => same(codes.iter()),
    }
}

impl Matched {
    /// Makes pairs as the plan says. Covariates that are the same for all are not in the score.
    ///
    /// # Errors
    /// [`Error`]: an arm without persons, separation, no overlap, no pair.
    pub fn make(plan: &Plan, people: &People) -> Result<Self, Error> {
        let covariates: Vec<Covariate> =
            people.covariates.iter().filter(|it| !is_constant(it)).cloned().collect();
        let scores = propensity::scores(&people.programme, &covariates)?;
        let support = SupportRange::of(&people.programme, &scores.logits)?;
        let mut outside = [0, 0];
        let discarded = support.discarded(&scores.logits, propensity::Discard::Both);
        for (is_programme, is_outside) in people.programme.iter().zip(&discarded) {
            outside[usize::from(*is_programme)] += u64::from(*is_outside);
        }
        let matching = pairs(plan, people, &scores, &discarded)?;
        let balance = |weights| {
            let denominator = Denominator::Programme;
            propensity::balance(&people.programme, &people.covariates, weights, denominator)
        };
        let (before, after) = (balance(None)?, balance(Some(&matching.weights))?);
        let overlap = propensity::overlap(&people.programme, &scores.logits, None, BINS)?;
        let is_replaced = plan.matching.replace;
        Ok(Self { scores, support, outside, matching, before, after, overlap, is_replaced })
    }

    /// For each person the number of its set; with replacement everybody has one of their own, and so have unmatched persons.
    #[must_use]
    pub fn clusters(&self) -> Vec<u32> {
        let rows = u32::try_from(self.matching.weights.len()).expect("fewer persons than 2^32");
        match self.matching.set_numbers().filter(|_| !self.is_replaced) {
            None => (0..rows).collect(),
            Some(sets) => {
                let own = (0..rows).map(|row| rows.saturating_add(row));
                sets.into_iter().zip(own).map(|(set, own)| set.unwrap_or(own)).collect()
            }
        }
    }
}

fn pairs(
    plan: &Plan,
    people: &People,
    scores: &Scores,
    discarded: &[bool],
) -> Result<Matching, Error> {
    let ids: Vec<u64> = (0..people.len() as u64).collect();
    let caliper = plan.matching.caliper_sd;
    let settings = MatchingSettings {
        ratio: plan.matching.ratio,
        caliper: (caliper > 0.0).then_some(caliper),
        replace: plan.matching.replace,
        order: Order::Largest,
        strata: Some(&people.strata),
        discarded: plan.matching.common_support.then_some(discarded),
    };
    propensity::match_nearest(&ids, &people.programme, &scores.logits, &settings)
}
