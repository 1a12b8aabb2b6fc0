//! What finished review sets say of a run, for programs.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clerical::{Estimates, Share, StratumEstimate};
use crate::clock::Timestamp;
use crate::ids::ReviewSetId;

/// A share with its interval at 95 %.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareShown {
    value: f64,
    low: f64,
    high: f64,
}

impl From<Share> for ShareShown {
    fn from(Share { value, low, high }: Share) -> Self {
        Self { value, low, high }
    }
}

/// What a set says of a stratum.
#[derive(Serialize, ToSchema)]
pub(crate) struct StratumShown {
    /// Names of its sources; none where all are put together.
    sources: Vec<String>,
    /// Whether its pairs are of two sources.
    is_across: bool,
    /// Whether the linkage accepted them.
    is_linked: bool,
    /// Their weight in bits from the main threshold.
    from_bits: Option<i32>,
    to_bits: Option<i32>,
    /// All its pairs; `drawn` of them are in the set, each with the same probability.
    pairs: u64,
    drawn: u64,
    same: u64,
    different: u64,
    cannot_tell: u64,
    /// The share of one person that the model expects.
    expected: f64,
    /// The share by review.
    share: Option<ShareShown>,
}

/// What a finished set says of its run.
#[derive(Serialize, ToSchema)]
pub(crate) struct EstimatesShown {
    pairs: u64,
    /// Pairs with a verdict.
    closed: u64,
    adjudicated: u64,
    by_agency: u64,
    cannot_tell: u64,
    /// Of accepted pairs that were compared.
    precision: Option<ShareShown>,
    /// If all pairs that cannot be told were of two persons.
    precision_if_different: Option<f64>,
    /// If all of them were of one.
    precision_if_same: Option<f64>,
    /// What the model expects.
    precision_expected: f64,
    /// Of the true pairs among stored ones, how many were accepted.
    recall_of_stored: Option<ShareShown>,
    /// Share of pairs in strata of which no pair could be told.
    untold_share: f64,
    /// Accepted pairs that were never compared: nothing is said of them.
    never_compared: u64,
    /// Compared pairs too unlike to be stored: nothing is said of them.
    light: u64,
    /// How many of them the model expects to be of one person.
    light_matches: f64,
    /// Share of true pairs that met in a block, by the model: nothing is said of others.
    blocking_completeness: f64,
    judged_twice: u64,
    /// Share of these on which the two reviewers agreed.
    agreed: Option<f64>,
    /// Cohen's kappa of the two.
    kappa: Option<ShareShown>,
    strata: Vec<StratumShown>,
}

impl From<StratumEstimate> for StratumShown {
    fn from(it: StratumEstimate) -> Self {
        Self {
            sources: it.sources,
            is_across: it.is_across,
            is_linked: it.is_linked,
            from_bits: it.from_bits,
            to_bits: it.to_bits,
            pairs: it.pairs,
            drawn: it.drawn,
            same: it.same,
            different: it.different,
            cannot_tell: it.cannot_tell,
            expected: it.expected,
            share: it.share.map(Into::into),
        }
    }
}

impl From<Estimates> for EstimatesShown {
    fn from(it: Estimates) -> Self {
        Self {
            pairs: it.pairs,
            closed: it.closed,
            adjudicated: it.adjudicated,
            by_agency: it.by_agency,
            cannot_tell: it.cannot_tell,
            precision: it.precision.map(Into::into),
            precision_if_different: it.precision_if_different,
            precision_if_same: it.precision_if_same,
            precision_expected: it.precision_expected,
            recall_of_stored: it.recall_of_stored.map(Into::into),
            untold_share: it.untold_share,
            never_compared: it.never_compared,
            light: it.light,
            light_matches: it.light_matches,
            blocking_completeness: it.blocking_completeness,
            judged_twice: it.judged_twice,
            agreed: it.agreed,
            kappa: it.kappa.map(Into::into),
            strata: it.strata.into_iter().map(Into::into).collect(),
        }
    }
}

/// What people found who judged pairs of a run.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewOfRun {
    /// Id of the review set.
    set: String,
    finished_at: String,
    estimates: EstimatesShown,
}

impl From<(ReviewSetId, Timestamp, Estimates)> for ReviewOfRun {
    fn from((set, at, estimates): (ReviewSetId, Timestamp, Estimates)) -> Self {
        Self { set: set.to_string(), finished_at: at.to_string(), estimates: estimates.into() }
    }
}
