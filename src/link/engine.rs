//! Takes submissions, gives an export of them for an engine; takes the export with what the engine made of it, gives persons as `link`
//! would, refuses results that the unit's own comparison does not confirm.

use std::fs;
use std::path::{Path, PathBuf};

use tallystick_engine::{Collecting, Exporting, Plan, PlanSettings, Unsealed};
use tallystick_kernels::Kernel;
use tallystick_linkage::block::Sources;
use tallystick_linkage::cluster::ClusterConfig;
use tallystick_linkage::compare::Thresholds;
use tallystick_linkage::link::Space;
use tallystick_wire::{ReadAt, SourceLabel};
use tempfile::TempDir;

use super::search::{FoundPairs, Search};
use super::{
    LinkError, LinkRequest, LinkSummary, Observer, Pairs, Policy, Settings, block_limits,
    check_connected, choose_passes, labels, link_pairs, output, retracted, sources,
};
use crate::audit::{Actor, Event, EventKind};
use crate::config::Config;
use crate::store::Store;

/// Where it stands that filters left the unit, where there is no log of a service at hand.
const NO_LOG: &str = "none: exported offline, without the log of a service";

/// What to export, and how.
#[derive(Debug)]
pub struct ExportRequest<'a> {
    /// Submission files, in any order.
    pub submissions: &'a [PathBuf],
    /// Settings.
    pub config: &'a Config,
    /// Pairs of sources in which everybody occurs at most once each.
    pub one_to_one: &'a [(String, String)],
    /// Records that stay here (`source,handle`), where agencies took some back.
    pub left_out: Option<&'a Path>,
    /// Somebody said that filters may lie unsealed in `out`.
    pub unsealed: bool,
    /// The records of a service, whose log gets an entry before any filter is written, and one of how that ended.
    pub store: Option<&'a Store>,
    /// The folder of the export; new or empty.
    pub out: &'a Path,
    /// Counts bits.
    pub kernel: Kernel,
}

/// What was exported.
#[derive(Clone, Copy, Debug)]
pub struct Exported {
    /// Sources.
    pub sources: usize,
    /// Records of all sources.
    pub records: u64,
    /// Those of them of which no row was written.
    pub left_out: u64,
    /// Passes.
    pub passes: usize,
}

/// What found the pairs of a run.
#[derive(Clone, Debug)]
pub(crate) struct Used {
    pub(super) engine: tallystick_engine::Engine,
    pub(super) verified: tallystick_engine::Verified,
}

/// Exports submissions. Nothing is left behind on failure.
///
/// # Errors
/// [`LinkError`].
pub fn export(request: &ExportRequest<'_>, observer: &dyn Observer) -> Result<Exported, LinkError> {
    let out = request.out;
    let unsealed = request.unsealed.then_some(Unsealed);
    // Before anything is read.
    unsealed.ok_or(tallystick_engine::EngineError::Sealed)?;
    output::check_empty(out)?;
    let submissions = sources::open(request.submissions, request.config, observer)?;
    let labels: Vec<SourceLabel> = submissions.iter().map(|it| it.header().source).collect();
    let policy = Policy::one_to_one(request.one_to_one)?;
    policy.pairs(&labels)?;
    let settings = Settings {
        config: request.config,
        policy: &policy,
        kernel: request.kernel,
        stores_all: false,
        retracted: &labels::left_out(request.left_out, &submissions)?,
    };
    let sources = Sources::numbered(&submissions, policy.without_duplicates(&labels));
    let sources = sources.map_err(LinkError::Together)?;
    check_connected(&sources, &choose_passes(&sources).0)?;
    let left_out = retracted(&settings, &sources).map_err(LinkError::Together)?;
    let begun = request.store.map(|store| Begun::enter(store, &sources, &left_out)).transpose()?;
    let audit = begun.as_ref().map_or_else(|| NO_LOG.to_owned(), Begun::place);
    let exporting = Exporting {
        sources: &sources,
        settings: plan_settings(request.config, &left_out, &audit),
        unsealed,
        kernel: request.kernel,
    };
    let written = write(&exporting, out, observer);
    if let Some(begun) = begun {
        begun.end(&written)?;
    }
    let plan = written?;
    Ok(Exported {
        sources: plan.sources.len(),
        records: plan.record_count(),
        left_out: left_out.len() as u64,
        passes: plan.passes.len(),
    })
}

/// Writes an export beside its place, and puts it there when it is complete.
fn write<R: ReadAt>(
    exporting: &Exporting<'_, R>,
    out: &Path,
    observer: &dyn Observer,
) -> Result<Plan, LinkError> {
    let io = |source| LinkError::io(out, source);
    let parent = output::parent(out);
    fs::create_dir_all(parent).map_err(io)?;
    let staging = TempDir::with_prefix_in(".tallystick-", parent).map_err(io)?;
    let folder = staging.path().join("export");
    observer.stage("exporting", 0);
    let plan = tallystick_engine::export(exporting, &folder, &watched(observer, "exporting"))?;
    if out.exists() {
        fs::remove_dir(out).map_err(io)?;
    }
    fs::rename(&folder, out).map_err(io)?;
    Ok(plan)
}

/// An export that is in the log of a service.
struct Begun<'a> {
    store: &'a Store,
    /// Number of the entry.
    entry: u64,
}

impl<'a> Begun<'a> {
    /// Enters what is to leave.
    fn enter<R: ReadAt>(
        store: &'a Store,
        sources: &Sources<'_, R>,
        left_out: &[u32],
    ) -> Result<Self, LinkError> {
        let digests = sources.submissions.iter().map(|submission| submission.digest().0);
        let event = Event::new(EventKind::FiltersExportBegun, Actor::Console)
            .digest_of_each("submission", digests)
            .count("sources", sources.submissions.len() as u64)
            .count("records", u64::from(sources.record_count()))
            .count("left_out", left_out.len() as u64);
        let entry = store.record(&event).map_err(LinkError::Log)?.seq;
        Ok(Self { store, entry })
    }

    /// Where that stands.
    fn place(&self) -> String {
        format!("entry {} of the log of the service", self.entry)
    }

    /// Enters how it ended. Of an export that failed the first error is told, not that of a log which then fails too: there the
    /// export stands as begun.
    fn end(self, written: &Result<Plan, LinkError>) -> Result<(), LinkError> {
        let event = Event::new(EventKind::FiltersExported, Actor::Console)
            .count("begun_in_entry", self.entry);
        match written {
            Ok(_) => self.store.record(&event).map(drop).map_err(LinkError::Log),
            Err(error) => {
                let _ = self.store.record(&event.failed(error.code()));
                Ok(())
            }
        }
    }
}

/// Links submissions by the pairs that an engine found in an export of them. Nothing is left behind on failure.
///
/// # Errors
/// [`LinkError`].
pub fn collect(
    export: &Path,
    request: &LinkRequest<'_>,
    observer: &dyn Observer,
) -> Result<LinkSummary, LinkError> {
    link_pairs(request, Pairs::Collected(export), observer)
}

/// The pairs that an engine found, compared again.
pub(super) fn candidates<R: ReadAt>(
    dir: &Path,
    search: &Search<'_, R>,
    space: &Space,
) -> Result<FoundPairs, LinkError> {
    let Search { settings, sources, retracted, observer, .. } = *search;
    let plan = Plan::new(sources, &plan_settings(settings.config, retracted, NO_LOG))?;
    let collecting = Collecting {
        sources,
        plan: &plan,
        space,
        left_out: retracted,
        stores_all: settings.stores_all,
        kernel: settings.kernel,
    };
    observer.stage("verifying", 0);
    let found = tallystick_engine::collect(dir, &collecting, &watched(observer, "verifying"))?;
    let engine = Some(Used { engine: found.engine, verified: found.verified });
    Ok(FoundPairs { candidates: found.candidates, fitted: found.fitted, engine })
}

/// What decides a plan; the same when it is made and when its result is taken.
fn plan_settings<'a>(config: &Config, left_out: &'a [u32], audit: &'a str) -> PlanSettings<'a> {
    PlanSettings {
        limits: block_limits(config),
        thresholds: Thresholds::default(),
        connect_mbit: ClusterConfig::from(&config.clustering).loose_stop_mbit,
        left_out,
        audit,
    }
}

/// A stage whose size is known when its first part is done.
fn watched<'a>(observer: &'a dyn Observer, name: &'a str) -> impl Fn(u64, u64) -> bool + 'a {
    let begun = std::cell::Cell::new(false);
    move |done, total| {
        if !begun.replace(true) {
            observer.stage(name, total);
        }
        observer.advance(done);
        !observer.is_cancelled()
    }
}
