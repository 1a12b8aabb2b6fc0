//! Takes submissions, gives persons, tables and a report, refuses submissions that do not go
//! together. One run: offline, on files, or of the service, on what it stores.

mod engine;
mod error;
mod flow;
mod labels;
mod outcome;
mod output;
mod policy;
mod pool;
mod report;
mod result;
mod search;
mod sources;

use std::path::{Path, PathBuf};

use tallystick_kernels::Kernel;
use tallystick_linkage::block::{CandidatePair, Found, PassCounts, Sources};
use tallystick_linkage::cluster::{ClusterConfig, Doubt};
use tallystick_linkage::link::{Resolution, Space, resolve};
use tallystick_wire::{
    Digest, Handle, Header, PASSES, PassSpec, ReadAt, Rejection, SourceLabel, Submission,
};

use crate::config::Config;
use crate::keys::UnitKeys;
use engine::Used;
pub use engine::{ExportRequest, Exported, collect, export};
pub use error::LinkError;
pub use outcome::LinkSummary;
pub(crate) use outcome::linked;
pub(crate) use output::open_content;
pub use output::{Desk, write_clusters};
pub use policy::{Policy, Rule};
pub(crate) use pool::pool;
pub(crate) use report::build as build_report;
pub(crate) use result::{IMPUTED_MAX, decode, digest, encode};
use search::{FoundPairs, Search};
pub(crate) use search::{Sweep, block_limits};
pub(crate) use sources::{check_limits, check_together};

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
    /// Records that are linked with none and are in no table (`source,handle`), where agencies took some back.
    pub left_out: Option<&'a Path>,
    /// Counts bits.
    pub kernel: Kernel,
}

/// Watches a run.
pub trait Observer: Sync {
    /// A stage begins; `total` is its size in its own unit, 0 where unknown.
    fn stage(&self, name: &str, total: u64);
    /// So much more of the stage is done.
    fn advance(&self, done: u64);
    /// So much of the stage was done before, by a run that was broken off.
    fn resume(&self, done: u64) {
        self.advance(done);
    }
    /// What of the stage is worked on now.
    fn note(&self, _: &str) {}
    /// Whether the run is to stop.
    fn is_cancelled(&self) -> bool;
}

/// What decides a result besides the submissions.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) config: &'a Config,
    pub(crate) policy: &'a Policy,
    pub(crate) kernel: Kernel,
    /// Every kept pair is stored, because true pairs are to be counted among them.
    pub(crate) stores_all: bool,
    /// Records that are compared with none and are no person's: their agencies took them out.
    pub(crate) retracted: &'a [(SourceLabel, Handle)],
}

/// Keeps what passes found, so that a run that was broken off goes on after the last of them.
pub(crate) trait Keeper: Sync {
    /// What the finished passes of a sweep found together, and how many they are.
    fn kept(&self, sweep: Sweep, record_count: u32) -> Result<(Found, usize), LinkError>;
    /// A pass is finished.
    fn keep(&self, sweep: Sweep, position: usize, found: &Found) -> Result<(), LinkError>;
}

/// Keeps nothing: a run over files begins anew.
struct Forgetful;

impl Keeper for Forgetful {
    fn kept(&self, _: Sweep, _: u32) -> Result<(Found, usize), LinkError> {
        Ok((Found::default(), 0))
    }

    fn keep(&self, _: Sweep, _: usize, _: &Found) -> Result<(), LinkError> {
        Ok(())
    }
}

/// Where the pairs of a run come from.
#[derive(Clone, Copy)]
pub(crate) enum Pairs<'a> {
    /// They are searched here; what passes find is kept.
    Searched(&'a dyn Keeper),
    /// An engine found them, in the folder of an export.
    Collected(&'a Path),
}

/// What a run knows of a source once records are linked.
#[derive(Debug)]
pub(crate) struct RunSource {
    pub(crate) header: Header,
    pub(crate) digest: Digest,
    /// Numbers of its passes.
    passes: Vec<u8>,
    handles: Vec<Handle>,
    row_counts: Vec<u32>,
}

/// What a run knows once records are linked. Sources are sorted by name.
pub(crate) struct Run {
    pub(crate) sources: Vec<RunSource>,
    pub(crate) space: Space,
    /// Numbers of records that were taken out, ascending.
    retracted: Vec<u32>,
    pub(crate) passes: Vec<(&'static PassSpec, PassCounts)>,
    pub(crate) left_out: Vec<(&'static PassSpec, &'static str)>,
    pub(crate) pairs: Vec<CandidatePair>,
    pub(crate) resolution: Resolution,
    /// By imputed linkage: labels of records, as those of the main clusters.
    imputed: Vec<Vec<u32>>,
    pub(crate) compared_pairs: u64,
    /// What found the pairs, where that was not this program.
    engine: Option<Used>,
}

/// Links submissions. Nothing is left behind on failure.
pub fn link(request: &LinkRequest<'_>, observer: &dyn Observer) -> Result<LinkSummary, LinkError> {
    link_pairs(request, Pairs::Searched(&Forgetful), observer)
}

/// Links submissions by pairs from anywhere.
fn link_pairs(
    request: &LinkRequest<'_>,
    pairs: Pairs<'_>,
    observer: &dyn Observer,
) -> Result<LinkSummary, LinkError> {
    output::check_free(request)?;
    let submissions = sources::open(request.submissions, request.config, observer)?;
    let settings = Settings {
        config: request.config,
        policy: &Policy::one_to_one(request.one_to_one)?,
        kernel: request.kernel,
        stores_all: request.truth.is_some() || request.canaries.is_some(),
        retracted: &labels::left_out(request.left_out, &submissions)?,
    };
    let run = run_pairs(&settings, &submissions, pairs, observer)?;
    output::write(request, &settings, (&run, &submissions), observer)
}

/// Links submissions that go together and are sorted by source, wherever they are read from.
pub(crate) fn run<R: ReadAt>(
    settings: &Settings<'_>,
    submissions: &[Submission<R>],
    keeper: &dyn Keeper,
    observer: &dyn Observer,
) -> Result<Run, LinkError> {
    run_pairs(settings, submissions, Pairs::Searched(keeper), observer)
}

fn run_pairs<R: ReadAt>(
    settings: &Settings<'_>,
    submissions: &[Submission<R>],
    pairs: Pairs<'_>,
    observer: &dyn Observer,
) -> Result<Run, LinkError> {
    let config = ClusterConfig::from(&settings.config.clustering);
    let met = meet(settings, submissions, pairs, &config, observer)?;
    let Met { space, used, left_out, retracted, found } = met;
    let FoundPairs { candidates, fitted, engine } = found;
    let records = u64::from(space.offsets[space.source_count()]);
    let draws = settings.config.clustering.imputed_linkages;
    observer.stage("clustering", records * (1 + u64::from(draws)));
    let cancelled = || observer.is_cancelled();
    let resolution =
        resolve(&space, &candidates, fitted, &config, &cancelled, &|done| observer.advance(done))?;
    let imputed = imputed((&space, &resolution), draws, &config, observer)?;
    let passes: Vec<_> = used.into_iter().zip(candidates.passes).collect();
    let compared_pairs = passes.iter().map(|(_, counts)| counts.pairs_compared).sum();
    let sources = submissions.iter().map(RunSource::read).collect::<Result<_, _>>();
    Ok(Run {
        sources: sources.map_err(LinkError::Together)?,
        space,
        retracted,
        passes,
        left_out,
        pairs: candidates.pairs,
        resolution,
        imputed,
        compared_pairs,
        engine,
    })
}

/// Who met, and how.
struct Met {
    space: Space,
    used: Vec<&'static PassSpec>,
    left_out: Vec<(&'static PassSpec, &'static str)>,
    /// Numbers of records that were taken out.
    retracted: Vec<u32>,
    found: FoundPairs,
}

/// Finds the pairs of submissions; what was read for that is given back before records are clustered.
fn meet<R: ReadAt>(
    settings: &Settings<'_>,
    submissions: &[Submission<R>],
    pairs: Pairs<'_>,
    config: &ClusterConfig,
    observer: &dyn Observer,
) -> Result<Met, LinkError> {
    let labels: Vec<SourceLabel> = submissions.iter().map(|it| it.header().source).collect();
    let one_to_one = settings.policy.pairs(&labels)?;
    let without_duplicates = settings.policy.without_duplicates(&labels);
    let reading = LinkError::Together;
    let sources = match pairs {
        Pairs::Searched(_) => Sources::read(submissions, without_duplicates.clone()),
        Pairs::Collected(_) => Sources::numbered(submissions, without_duplicates.clone()),
    };
    let sources = sources.map_err(reading)?;
    let space = space(&sources, without_duplicates, one_to_one).map_err(reading)?;
    let (used, left_out) = choose_passes(&sources);
    check_connected(&sources, &used)?;
    let retracted = retracted(settings, &sources).map_err(reading)?;
    let search =
        Search { settings, sources: &sources, used: &used, retracted: &retracted, observer };
    let found = match pairs {
        Pairs::Searched(keeper) => search.candidates(keeper, &space, config.loose_stop_mbit)?,
        Pairs::Collected(dir) => engine::candidates(dir, &search, &space)?,
    };
    Ok(Met { space, used, left_out, retracted, found })
}

/// Draws the linkages that the pairs allow besides the one that was found.
fn imputed(
    (space, resolution): (&Space, &Resolution),
    draws: u32,
    config: &ClusterConfig,
    observer: &dyn Observer,
) -> Result<Vec<Vec<u32>>, LinkError> {
    let doubt = Doubt::find(&space.sources(), &resolution.edges, config);
    let main = &resolution.clusters.main;
    let draw = |number| {
        let persons = doubt.draw(number, main, &space.one_to_one, &|| observer.is_cancelled())?;
        observer.advance(main.len() as u64);
        Ok(persons)
    };
    (1..=draws).map(draw).collect()
}

/// Numbers of the records that were taken out, ascending.
fn retracted<R: ReadAt>(
    settings: &Settings<'_>,
    sources: &Sources<'_, R>,
) -> Result<Vec<u32>, Rejection> {
    let mut numbers = Vec::new();
    for (submission, offset) in sources.submissions.iter().zip(&sources.offsets) {
        let label = submission.header().source;
        let mut wanted =
            settings.retracted.iter().filter(|(source, _)| *source == label).peekable();
        if wanted.peek().is_none() {
            continue;
        }
        let handles = submission.handles()?;
        for (_, handle) in wanted {
            if let Some(record) =
                handles.binary_search(handle).ok().and_then(|it| u32::try_from(it).ok())
            {
                numbers.push(offset + record);
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

impl RunSource {
    fn read<R: ReadAt>(submission: &Submission<R>) -> Result<Self, Rejection> {
        Ok(Self {
            header: submission.header().clone(),
            digest: submission.digest(),
            passes: submission.layout().passes().map(|(pass, _)| pass.number).collect(),
            handles: submission.handles()?,
            row_counts: submission.row_counts()?,
        })
    }
}

fn space<R: ReadAt>(
    sources: &Sources<'_, R>,
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
pub(crate) fn choose_passes<R: ReadAt>(sources: &Sources<'_, R>) -> ChosenPasses {
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
fn check_connected<R: ReadAt>(
    sources: &Sources<'_, R>,
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
