//! Why a review is refused, or fails.

use crate::agreements::{AgreementError, Clause};
use crate::runs::RunError;
use crate::store::StoreError;

use super::sample::TooFew;

/// A refusal, or a failure of the records.
#[derive(Debug, thiserror::Error)]
pub enum ClericalError {
    /// There is no such set, pair or lookup, or none that this account may know of.
    #[error("there is no such run, review set, pair or lookup")]
    Unknown,
    /// The run has nothing that could be drawn.
    #[error("no pairs can be drawn of the run: {0}")]
    RunUnfit(&'static str),
    /// Fewer pairs are wanted than strata need.
    #[error("the strata of the run need {needed} pairs")]
    TooFew {
        /// Pairs that they need.
        needed: u64,
    },
    /// More pairs are wanted than a set may have.
    #[error("a set has at most {most} pairs")]
    TooMany {
        /// Most pairs.
        most: u32,
    },
    /// Too many sets of the run are open.
    #[error("{most} sets of the run are open")]
    SetsOpen {
        /// Most of them.
        most: u64,
    },
    /// The set is finished, or its pairs are removed.
    #[error("the review set is closed")]
    SetClosed,
    /// Two agreed on the pair, or a third decided.
    #[error("the pair is closed")]
    PairClosed,
    /// A set that is to be finished has no closed pair.
    #[error("no pair of the set is closed")]
    Unjudged,
    /// The records are of two sources.
    #[error("the records are of two sources, and an agency knows its own only")]
    LookupAcross,
    /// A provider's rows are in the run, and another agency's.
    #[error("a question of this run could tell an agency who is a provider's client")]
    LookupProvider,
    /// The agency was asked already.
    #[error("the agency was asked for this pair")]
    LookupAsked,
    /// It has answered otherwise.
    #[error("the question was answered")]
    LookupAnswered,
    /// No agreement in force permits it.
    #[error(transparent)]
    NotPermitted(Clause),
    /// A file fails, or the run.
    #[error(transparent)]
    Run(RunError),
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RunError> for ClericalError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Unknown => Self::Unknown,
            RunError::NotPermitted(clause) => Self::NotPermitted(clause),
            RunError::Store(error) => Self::Store(error),
            error => Self::Run(error),
        }
    }
}

impl From<AgreementError> for ClericalError {
    fn from(error: AgreementError) -> Self {
        RunError::from(error).into()
    }
}

impl From<TooFew> for ClericalError {
    fn from(TooFew { needed }: TooFew) -> Self {
        Self::TooFew { needed }
    }
}

impl From<std::io::Error> for ClericalError {
    fn from(error: std::io::Error) -> Self {
        RunError::from(error).into()
    }
}

impl From<rusqlite::Error> for ClericalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<crate::ids::NoRandomness> for ClericalError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl ClericalError {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown-id",
            Self::RunUnfit(_) => "review-run-unfit",
            Self::TooFew { .. } => "review-pairs-too-few",
            Self::TooMany { .. } => "review-pairs-too-many",
            Self::SetsOpen { .. } => "review-sets-too-many",
            Self::SetClosed => "review-set-closed",
            Self::PairClosed => "review-pair-closed",
            Self::Unjudged => "review-unjudged",
            Self::LookupAcross => "lookup-across-sources",
            Self::LookupProvider => "lookup-provider",
            Self::LookupAsked => "lookup-asked",
            Self::LookupAnswered => "lookup-answered",
            Self::NotPermitted(clause) => clause.code(),
            Self::Run(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unknown => "look the id up in the list of review sets or lookups",
            Self::RunUnfit(_) => "name a finished run of which nothing was taken out",
            Self::TooFew { .. } => "ask for more pairs: each stratum needs two to say anything",
            Self::TooMany { .. } => "clerical.set_pairs_max is the limit",
            Self::SetsOpen { .. } => "finish one; clerical.open_sets_max is the limit",
            Self::SetClosed => "what it says of the run stands with the set",
            Self::PairClosed => "go on with the next pair",
            Self::Unjudged => "two accounts must judge a pair before it counts",
            Self::LookupAcross => "only pairs within one source are looked up",
            Self::LookupProvider => "docs/review.md says why; let a third person judge the pair",
            Self::LookupAsked => "wait for its answer",
            Self::LookupAnswered => "tell the operator; an answer stands",
            Self::NotPermitted(clause) => clause.help(),
            Self::Run(error) => return error.help(),
            Self::Store(error) => error.help(),
        }
        .to_owned()
    }
}
