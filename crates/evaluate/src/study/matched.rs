//! The matched sample of an evaluation, and how alike its arms are.
//!
//! Takes the persons of both arms, gives scores, pairs, weights and balance. Refuses what has no pairs, by the reason.
//!
//! Whoever is of a level, missing among them, that the other arm does not have has no score and no match. Scores, their range
//! and pairs are of the others; balance before is of everybody, and in the histogram those without a score are at its ends.

use std::fmt;

use super::{People, Plan};
use crate::covariate::{Covariate, Values};
use crate::distribution::whole;
use crate::error::Error;
use crate::propensity::{
    self, Balance, Denominator, InCommon, Matching, MatchingSettings, Order, Overlap, Scores,
    SupportRange,
};

/// Bins of the overlap histogram.
const BINS: u32 = 20;

/// A matched sample. `Debug` says of how many persons.
#[derive(Clone, PartialEq)]
pub struct Matched {
    /// Who has a score, and which levels the others are of.
    pub common: InCommon,
    /// Covariates of the plan that are the same for everybody who has a score, and so not in it.
    pub constant: Vec<String>,
    /// Propensity scores, a row for each of those who have one.
    pub scores: Scores,
    /// The range of logits of each arm.
    pub support: SupportRange,
    /// Persons of the comparison and of the programme without a score, or outside of the range in common.
    pub outside: [u64; 2],
    /// Who of all persons was matched with whom.
    pub matching: Matching,
    /// Balance of the covariates before matching, of everybody. Numbers that of an arm nobody who is matched has are not in it.
    pub before: Vec<Balance>,
    /// And after it.
    pub after: Vec<Balance>,
    /// Scores of both arms before matching, in bins of the logit. The chance of those without a score is 0 or 1.
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
        let common = propensity::in_common(&people.programme, &people.covariates)?;
        let programme = common.pick(&people.programme);
        let (scores, constant) = scores(people, &common)?;
        let support = SupportRange::of(&programme, &scores.logits)?;
        let mut outside = common.left_out();
        let discarded = support.discarded(&scores.logits, propensity::Discard::Both);
        for (is_programme, is_outside) in programme.iter().zip(&discarded) {
            outside[usize::from(*is_programme)] += u64::from(*is_outside);
        }
        let matching = of_all(people, &common, pairs(plan, people, &common, &scores, &discarded)?);
        let told = people.covariates.iter();
        let told: Vec<Covariate> = told
            .filter(|it| has_known(it, &people.programme, &matching.weights))
            .cloned()
            .collect();
        let balance = |weights| {
            propensity::balance(&people.programme, &told, weights, Denominator::Programme)
        };
        let (before, after) = (balance(None)?, balance(Some(&matching.weights))?);
        Ok(Self {
            overlap: overlap(&programme, &scores, common.left_out())?,
            common,
            constant,
            scores,
            support,
            outside,
            matching,
            before,
            after,
            is_replaced: plan.matching.replace,
        })
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

/// Scores of those in common, and the covariates that are the same for all of them.
fn scores(people: &People, common: &InCommon) -> Result<(Scores, Vec<String>), Error> {
    let of_common = people.covariates.iter().map(|it| it.of_rows(&common.rows));
    let (constant, covariates): (Vec<_>, Vec<_>) = of_common.partition(is_constant);
    let scores = propensity::scores(&common.pick(&people.programme), &covariates)?;
    Ok((scores, constant.into_iter().map(|it| it.name).collect()))
}

/// Pairs of those in common, by their places among them.
fn pairs(
    plan: &Plan,
    people: &People,
    common: &InCommon,
    scores: &Scores,
    discarded: &[bool],
) -> Result<Matching, Error> {
    let ids: Vec<u64> = (0..common.rows.len() as u64).collect();
    let caliper = plan.matching.caliper_sd;
    let settings = MatchingSettings {
        ratio: plan.matching.ratio,
        caliper: (caliper > 0.0).then_some(caliper),
        replace: plan.matching.replace,
        order: Order::Largest,
        strata: Some(&common.pick(&people.strata)),
        discarded: plan.matching.common_support.then_some(discarded),
    };
    propensity::match_nearest(&ids, &common.pick(&people.programme), &scores.logits, &settings)
}

/// The same among all persons, where whoever of the programme has no score found nobody.
fn of_all(people: &People, common: &InCommon, matching: Matching) -> Matching {
    let row = |place: usize| common.rows[place];
    let mut chosen = vec![Vec::new(); people.len()];
    for (place, of_place) in matching.sets {
        chosen[row(place)] = of_place.into_iter().map(row).collect();
    }
    let sets = chosen.into_iter().enumerate().filter(|(row, _)| people.programme[*row]).collect();
    let weights = common.spread(&matching.weights, people.len());
    Matching { sets, weights, caliper: matching.caliper }
}

/// Whether somebody of weight in each arm has a value; of categories missing is one.
fn has_known(covariate: &Covariate, programme: &[bool], weights: &[f64]) -> bool {
    let Values::Number(cells) = &covariate.values else { return true };
    let is_known = |row: usize| weights[row] > 0.0 && cells[row].is_some();
    [true, false]
        .into_iter()
        .all(|arm| (0..cells.len()).any(|row| programme[row] == arm && is_known(row)))
}

/// The histogram of scores, with those who have none at its ends: they are of levels that only the programme has, or only the
/// comparison.
fn overlap(programme: &[bool], scores: &Scores, left_out: [u64; 2]) -> Result<Overlap, Error> {
    let mut found = propensity::overlap(programme, &scores.logits, None, BINS)?;
    let last = if found.width > 0.0 { found.programme.len() - 1 } else { 0 };
    found.comparison[0] += whole(left_out[0]);
    found.programme[last] += whole(left_out[1]);
    Ok(found)
}
