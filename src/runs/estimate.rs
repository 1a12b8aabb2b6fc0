//! Takes what a run would link, gives what it would cost, without running it.
//!
//! Pairs that meet in each pass are counted exactly, from the sizes of blocks. A pair that meets in several passes is compared
//! once, or in each where it meets in three or more: so their sum bounds the pairs compared from above. Memory and seconds are
//! expected values, from runs over synthetic people (BENCHMARKS.md).

use tallystick_linkage::block::{PassCounts, Sources, forecast};
use tallystick_wire::{SectionKind, SourceLabel, Submission};

use super::RunError;
use super::queue::{Wanted, open};
use crate::intake::{IntakeError, StoredSubmission};
use crate::link::{block_limits, choose_passes};
use crate::unit::Unit;

/// Bytes that a record takes: the measured height of memory by record, rounded up, without what is counted by itself.
const RECORD_BYTES: u64 = 1_200;
/// Bytes that a row of a pass takes.
const ROW_BYTES: u64 = 4;
/// Records that a core links in a second, of several sources.
const RECORDS_PER_SECOND: u64 = 40_000;

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
    // Unsalted filters are held in memory; salted ones are read as they are compared.
    let filters: u64 = submissions
        .iter()
        .filter_map(|submission| submission.layout().section(SectionKind::Filters))
        .map(|(_, section)| section.bytes)
        .sum();
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    Ok(Estimate {
        sources: labels,
        records,
        pairs_compared_max: pairs,
        memory_bytes: records * RECORD_BYTES + rows * ROW_BYTES + filters,
        seconds: 1 + records / RECORDS_PER_SECOND / cores,
        passes,
    })
}
