//! Takes what a run would link, gives what it would cost, without running it.
//!
//! Pairs that meet in each pass are counted exactly, from the sizes of blocks. A pair that meets in several passes is compared
//! once, or in each where it meets in three or more: so their sum bounds the pairs compared from above. Kept pairs, memory and
//! seconds are expected values, from shares measured on synthetic people; where names are commoner they are too low.

use tallystick_linkage::block::{PassCounts, Sources, forecast};
use tallystick_wire::{SourceLabel, Submission};

use super::RunError;
use super::queue::{Wanted, open};
use crate::intake::{IntakeError, StoredSubmission};
use crate::link::{block_limits, choose_passes};
use crate::unit::Unit;

/// Bytes that a record takes: where it stands, its tokens, labels, handles.
const RECORD_BYTES: u64 = 260;
/// Bytes that a row of a pass takes.
const ROW_BYTES: u64 = 4;
/// Bytes that a kept pair takes: the pair, and its edge.
const PAIR_BYTES: u64 = 28;
/// Kept pairs among those that meet, in thousandths, counted anew in each pass.
const KEPT_PERMILLE: u64 = 250;
/// Pairs that a core compares in a second, with what belongs to them.
const PAIRS_PER_SECOND: u64 = 10_000_000;
/// Rows that a core reads, opens and numbers in a second.
const ROWS_PER_SECOND: u64 = 2_000_000;

/// What a pass would do.
#[derive(Clone, Debug)]
pub struct PassEstimate {
    /// Its name.
    pub pass: &'static str,
    /// What is counted beforehand.
    pub counts: PassCounts,
}

/// What a run would cost.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Sources.
    pub sources: Vec<SourceLabel>,
    /// Records of all of them.
    pub records: u64,
    /// By pass; pairs that meet are exact.
    pub passes: Vec<PassEstimate>,
    /// No more pairs than these are compared.
    pub pairs_compared_max: u64,
    /// Expected kept pairs.
    pub pairs_kept: u64,
    /// Expected memory at its height.
    pub memory_bytes: u64,
    /// Roughly, on the cores of this machine.
    pub seconds: u64,
}

/// Estimates a run.
///
/// # Errors
/// [`RunError`]: whatever would refuse the run, and [`RunError::EstimateTooLarge`].
pub fn estimate(unit: &Unit, wanted: &Wanted) -> Result<Estimate, RunError> {
    let opened = open(unit, wanted)?;
    let records_max = unit.config.runs.estimate_records_max;
    let records = opened.iter().map(|(_, submission)| submission.header().records).sum();
    if records > records_max {
        return Err(RunError::EstimateTooLarge { records_max });
    }
    let submissions: Vec<Submission<StoredSubmission>> =
        opened.into_iter().map(|(_, submission)| submission).collect();
    let labels: Vec<SourceLabel> = submissions.iter().map(|it| it.header().source).collect();
    let sources = Sources::outline(&submissions, wanted.policy.without_duplicates(&labels));
    let (used, _) = choose_passes(&sources);
    let limits = block_limits(&unit.config);
    let mut passes = Vec::new();
    for pass in used {
        let counts = forecast(&sources, pass, limits).map_err(IntakeError::from)?;
        passes.push(PassEstimate { pass: pass.name, counts });
    }
    let rows: u64 = submissions
        .iter()
        .flat_map(|submission| submission.layout().passes().map(|(_, rows)| rows))
        .sum();
    let pairs: u64 = passes.iter().map(|pass| pass.counts.pairs_met).sum();
    let pairs_kept = pairs.saturating_mul(KEPT_PERMILLE) / 1_000;
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    Ok(Estimate {
        sources: labels,
        records,
        pairs_compared_max: pairs,
        pairs_kept,
        memory_bytes: records * RECORD_BYTES + rows * ROW_BYTES + pairs_kept * PAIR_BYTES,
        seconds: 1 + (pairs / PAIRS_PER_SECOND + rows / ROWS_PER_SECOND) / cores,
        passes,
    })
}
