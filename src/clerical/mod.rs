//! Takes a finished run, gives pairs of it for people to judge, and what their judgements say of the linkage; refuses whatever would
//! show a reviewer what the machine thinks, or an agency what another has.
//!
//! Clerical review is blind: a reviewer sees how two records compare, in words for levels, and of what kind their sources are; not the
//! weight, not the stratum, not whether the linkage put them together, not what others judged. Two accounts judge each pair; where they
//! differ, a third does, without being told. What comes of it is shown when a set is finished, not before.
//!
//! For callers in this program: [`list`] and [`find`] show sets with the progress of an account, [`next`] and [`pair`] a pair, [`judge`]
//! takes a judgement, [`end`] finishes a set early; [`ask`], [`asked`] and [`answer`] are for lookups at agencies.

mod arithmetic;
mod draw;
mod error;
mod estimates;
mod forget;
mod judge;
mod lookup;
mod pool;
mod record;
mod sample;
mod verdict;
mod words;

pub use arithmetic::Share;
pub use draw::{Wanted, draw};
pub use error::ClericalError;
pub use estimates::{Estimates, StratumEstimate};
pub(crate) use forget::{forget, forget_outdated};
pub use judge::{Judgement, end, judge};
pub use lookup::{Asked, answer, ask, asked};
pub use pool::{Among, Band, Facts, Pair, Pool, Stratum, StratumKey};
pub use record::{
    PairShown, ReviewSet, SetState, Which, find, finished_of, list, next, open_pairs, pair,
};
pub(crate) use sample::{Lot, number};
pub use verdict::{Answer, Closed, Reason, Verdict};
pub use words::{Compared, Likeness, compared};

/// Settings of clerical review; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClericalLimits {
    /// Pairs of a stratum that a run keeps.
    pub pool_pairs_max: usize,
    /// Strata of a run.
    pub strata_max: usize,
    /// Pairs of a set, if nothing else is asked for.
    pub set_pairs: u32,
    /// Most pairs of a set.
    pub set_pairs_max: u32,
    /// Open sets of a run.
    pub open_sets_max: u64,
    /// Sets of one answer.
    pub sets_max: u32,
    /// Lookups of one answer.
    pub lookups_max: u32,
}
