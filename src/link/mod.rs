//! Takes submissions, gives persons, tables and a report, refuses submissions that do not go
//! together. One run, offline, on files.

mod error;
mod flow;
mod labels;
mod outcome;
mod output;
mod report;
mod sources;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tallystick_kernels::Kernel;
use tallystick_linkage::block::{
    BlockLimits, Blocker, CandidatePair, Candidates, PassCounts, Sources, Stores,
};
use tallystick_linkage::cluster::ClusterConfig;
use tallystick_linkage::compare::Thresholds;
use tallystick_linkage::link::{Fitted, Resolution, Space, fit, resolve};
use tallystick_linkage::unlikely::Ceilings;
use tallystick_wire::{PASSES, PassSpec, Rejection, SourceLabel, Submission};

use crate::config::Config;
use crate::keys::UnitKeys;
pub use error::LinkError;
pub use outcome::LinkSummary;

/// What to link, and how.
#[derive(Debug)]
pub struct LinkRequest<'a> {
    /// Submission files, in any order.
    pub submissions: &'a [PathBuf],
    /// The unit's keys.
    pub keys: &'a UnitKeys,
    /// Settings.
    pub config: &'a Config,
    /// Pairs of sources in which everybody occurs at most once each.
    pub one_to_one: &'a [(String, String)],
    /// Directory for tables and report; new or empty.
    pub out: &'a Path,
    /// File for the holders of handles, if wanted; never in `out`.
    pub clusters: Option<&'a Path>,
    /// True persons of records (`source,handle,person`), where they are known.
    pub truth: Option<&'a Path>,
    /// Planted persons (`source,handle,person`), where agencies planted some.
    pub canaries: Option<&'a Path>,
    /// Counts bits.
    pub kernel: Kernel,
}

/// Watches a run.
pub trait Observer: Sync {
    /// A stage begins; `total` is its size in its own unit, 0 where unknown.
    fn stage(&self, name: &str, total: u64);
    /// So much more of the stage is done.
    fn advance(&self, done: u64);
    /// Whether the run is to stop.
    fn is_cancelled(&self) -> bool;
}

/// What a run knows once records are linked.
pub(crate) struct Run {
    pub(crate) submissions: Vec<Submission<File>>,
    pub(crate) space: Space,
    pub(crate) passes: Vec<(&'static PassSpec, PassCounts)>,
    pub(crate) left_out: Vec<(&'static PassSpec, &'static str)>,
    pub(crate) pairs: Vec<CandidatePair>,
    pub(crate) resolution: Resolution,
    pub(crate) compared_pairs: u64,
}

/// Links submissions. Nothing is left behind on failure.
pub fn link(request: &LinkRequest<'_>, observer: &dyn Observer) -> Result<LinkSummary, LinkError> {
    output::check_free(request)?;
    let submissions = sources::open(request, observer)?;
    let run = run(request, submissions, observer)?;
    output::write(request, &run, observer)
}

fn run(
    request: &LinkRequest<'_>,
    submissions: Vec<Submission<File>>,
    observer: &dyn Observer,
) -> Result<Run, LinkError> {
    let one_to_one = one_to_one(request.one_to_one, &submissions)?;
    let without_duplicates: Vec<bool> = (0u16..)
        .take(submissions.len())
        .map(|source| one_to_one.iter().any(|(a, b)| *a == source || *b == source))
        .collect();
    let reading = LinkError::Together;
    let config = ClusterConfig::from(&request.config.clustering);
    let (space, used, left_out, candidates, fitted) = {
        let sources = Sources::read(&submissions, without_duplicates.clone()).map_err(reading)?;
        let space = space(&sources, without_duplicates, one_to_one).map_err(reading)?;
        let (used, left_out) = choose_passes(&sources);
        check_connected(&sources, &used)?;
        let (candidates, fitted) =
            find_candidates(request, &sources, &space, &used, config.loose_stop_mbit, observer)?;
        (space, used, left_out, candidates, fitted)
    };
    observer.stage("clustering", u64::from(space.offsets[space.source_count()]));
    let cancelled = || observer.is_cancelled();
    let resolution =
        resolve(&space, &candidates, fitted, &config, &cancelled, &|done| observer.advance(done))?;
    let passes: Vec<_> = used.into_iter().zip(candidates.passes).collect();
    let compared_pairs = passes.iter().map(|(_, counts)| counts.pairs_compared).sum();
    let pairs = candidates.pairs;
    Ok(Run { submissions, space, passes, left_out, pairs, resolution, compared_pairs })
}

fn one_to_one(
    rules: &[(String, String)],
    submissions: &[Submission<File>],
) -> Result<Vec<(u16, u16)>, LinkError> {
    let number = |name: &String| {
        let label = SourceLabel::parse(name);
        (0u16..)
            .zip(submissions)
            .find(|(_, submission)| Some(submission.header().source) == label)
            .map(|(source, _)| source)
            .ok_or_else(|| LinkError::SourceUnknown { name: name.clone() })
    };
    let mut numbers = rules
        .iter()
        .map(|(a, b)| Ok((number(a)?, number(b)?)))
        .collect::<Result<Vec<_>, LinkError>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn space(
    sources: &Sources<'_, File>,
    without_duplicates: Vec<bool>,
    one_to_one: Vec<(u16, u16)>,
) -> Result<Space, Rejection> {
    let count = sources.submissions.len();
    let levels = (0..count).map(|source| sources.levels(source)).collect::<Result<Vec<_>, _>>()?;
    let shared = (0..count)
        .map(|first| (0..count).map(|second| sources.shared_fields(first, second)).collect())
        .collect();
    Ok(Space { offsets: sources.offsets.clone(), levels, shared, without_duplicates, one_to_one })
}

type ChosenPasses = (Vec<&'static PassSpec>, Vec<(&'static PassSpec, &'static str)>);

/// Uses every pass that can join two sources, or rows of one, and says why others are left out.
fn choose_passes(sources: &Sources<'_, File>) -> ChosenPasses {
    let count = sources.submissions.len();
    let pairs = || (0..count).flat_map(|first| (first..count).map(move |second| (first, second)));
    let mut used = Vec::new();
    let mut left_out = Vec::new();
    for pass in &PASSES {
        if pairs().any(|(first, second)| sources.joins(pass, first, second)) {
            used.push(pass);
            continue;
        }
        let held = sources.submissions.iter().any(|submission| {
            submission
                .layout()
                .passes()
                .any(|(other, rows)| other.number == pass.number && rows > 0)
        });
        let reason = if held {
            "no two sources share its fields, or it joins rows within a source only"
        } else {
            "no source has its fields"
        };
        left_out.push((pass, reason));
    }
    (used, left_out)
}

/// Every two sources share a pass; else nothing could ever link them.
fn check_connected(
    sources: &Sources<'_, File>,
    used: &[&'static PassSpec],
) -> Result<(), LinkError> {
    let count = sources.submissions.len();
    for first in 0..count {
        for second in first + 1..count {
            if !used.iter().any(|pass| sources.joins(pass, first, second)) {
                return Err(LinkError::NothingShared {
                    first: sources.submissions[first].header().source,
                    second: sources.submissions[second].header().source,
                });
            }
        }
    }
    Ok(())
}

/// Finds the kept pairs and trains on them.
///
/// Pairs that speak against a match matter where a cluster holds more than two records, and where
/// the true pairs that met are counted. Else it is enough to count them, if training agrees that
/// none of them is a match.
fn find_candidates(
    request: &LinkRequest<'_>,
    sources: &Sources<'_, File>,
    space: &Space,
    used: &[&'static PassSpec],
    connect_mbit: i32,
    observer: &dyn Observer,
) -> Result<(Candidates, Fitted), LinkError> {
    let in_pairs =
        space.source_count() <= 2 && space.without_duplicates.iter().all(|without| *without);
    if in_pairs && request.truth.is_none() && request.canaries.is_none() {
        let ceilings = Ceilings::new(space, connect_mbit);
        let stores = |group, pattern| ceilings.may_connect(group, pattern);
        let mut candidates = find_pairs(request, sources, used, &stores, observer)?;
        let fitted = fit(space, &candidates);
        if !fitted.misses_some(&candidates, connect_mbit) {
            fitted.drop_unlikely(space, &mut candidates, connect_mbit);
            return Ok((candidates, fitted));
        }
    }
    let candidates = find_pairs(request, sources, used, &|_, _| true, observer)?;
    let fitted = fit(space, &candidates);
    Ok((candidates, fitted))
}

fn find_pairs(
    request: &LinkRequest<'_>,
    sources: &Sources<'_, File>,
    used: &[&'static PassSpec],
    stores: Stores<'_>,
    observer: &dyn Observer,
) -> Result<Candidates, LinkError> {
    let blocking = &request.config.blocking;
    let limits = BlockLimits {
        records_max: blocking.block_records_max,
        wide_records_max: blocking.wide_block_records_max,
    };
    observer.stage("blocking and comparing", 1_000 * used.len() as u64);
    let blocker = Blocker::new(sources, used, Thresholds::default(), limits, request.kernel)
        .map_err(LinkError::Together)?;
    for position in 0..used.len() {
        // A pass counts for a thousand steps, whatever its number of stretches.
        let done = AtomicUsize::new(0);
        let step = |finished: usize, total: usize| {
            let before = done.fetch_add(finished, Ordering::Relaxed);
            let total = total.max(1);
            observer.advance(((before + finished) * 1_000 / total - before * 1_000 / total) as u64);
            !observer.is_cancelled()
        };
        if !blocker.pass(position, stores, &step).map_err(LinkError::Together)? {
            return Err(LinkError::Cancelled);
        }
    }
    Ok(blocker.finish(stores))
}
