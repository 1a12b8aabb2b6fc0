//! Takes sources and the passes they share, gives the kept pairs and the model trained on them.

use std::sync::atomic::{AtomicUsize, Ordering};

use tallystick_linkage::block::{BlockLimits, Blocker, Candidates, Sources, Stores};
use tallystick_linkage::compare::Thresholds;
use tallystick_linkage::link::{Fitted, Space, fit};
use tallystick_linkage::pattern::Pattern;
use tallystick_linkage::unlikely::Ceilings;
use tallystick_wire::{PassSpec, ReadAt};

use super::engine::Used;
use super::error::LinkError;
use super::{Keeper, Observer, Settings};
use crate::config::Config;

/// Steps that a pass counts for, whatever its number of stretches.
const PASS_STEPS: usize = 1_000;
/// One way through all passes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sweep {
    /// Stores pairs that might come to connect two records.
    Likely = 0,
    /// Stores pairs that connect, where training found more than might have been.
    Connecting = 1,
    /// Stores pairs that do not connect, of records that others put together.
    Companies = 2,
    /// Stores every pair.
    All = 3,
}

/// Everything that finding pairs needs.
pub(super) struct Search<'a, R> {
    pub(super) settings: &'a Settings<'a>,
    pub(super) sources: &'a Sources<'a, R>,
    pub(super) used: &'a [&'static PassSpec],
    /// Numbers of records that are compared with none, ascending.
    pub(super) retracted: &'a [u32],
    pub(super) observer: &'a dyn Observer,
}

/// What a linkage goes on with.
pub(super) struct FoundPairs {
    pub(super) candidates: Candidates,
    pub(super) fitted: Fitted,
    /// What found them, where that was not this program.
    pub(super) engine: Option<Used>,
}

impl From<(Candidates, Fitted)> for FoundPairs {
    fn from((candidates, fitted): (Candidates, Fitted)) -> Self {
        Self { candidates, fitted, engine: None }
    }
}

/// Largest blocks by these settings.
pub(crate) fn block_limits(config: &Config) -> BlockLimits {
    BlockLimits {
        records_max: config.blocking.block_records_max,
        wide_records_max: config.blocking.wide_block_records_max,
    }
}

impl<R: ReadAt> Search<'_, R> {
    /// Finds the kept pairs and trains on them.
    ///
    /// Training needs all kept pairs by pattern, as counts. One by one only those are stored that may come to connect two
    /// records. Where clusters may hold more than two records, those that speak against a cluster matter besides: they are found by
    /// comparing again, but only records that connecting pairs put together. So memory does not grow with the pairs that are kept.
    /// Where the true pairs that met are to be counted, every pair is stored.
    pub(super) fn candidates(
        &self,
        keeper: &dyn Keeper,
        space: &Space,
        connect_mbit: i32,
    ) -> Result<FoundPairs, LinkError> {
        let Self { settings, sources, used, .. } = self;
        let sweep =
            |blocker: &Blocker<'_, R>, sweep, stores| self.sweep(blocker, (keeper, sweep), stores);
        let limits = block_limits(settings.config);
        let mut blocker =
            Blocker::new(sources, used, Thresholds::default(), limits, settings.kernel)
                .map_err(LinkError::Together)?;
        if !self.retracted.is_empty() {
            let mut numbers = vec![0; sources.record_count() as usize];
            for record in self.retracted {
                numbers[*record as usize] = record + 1;
            }
            blocker.compare_among(numbers);
        }
        if settings.stores_all {
            let candidates = sweep(&blocker, Sweep::All, &|_, _| true)?;
            let fitted = fit(space, &candidates);
            return Ok((candidates, fitted).into());
        }
        let ceilings = Ceilings::new(space, connect_mbit);
        let may_connect = |group: usize, pattern| ceilings.may_connect(group, pattern);
        let mut candidates = sweep(&blocker, Sweep::Likely, &may_connect)?;
        let fitted = fit(space, &candidates);
        let connecting = fitted.connecting(connect_mbit);
        let connects = |group: usize, pattern: Pattern| connecting[group].contains(&pattern);
        if fitted.misses_some(&candidates, connect_mbit) {
            // The counts, and so the model, are the same.
            candidates = sweep(&blocker, Sweep::Connecting, &connects)?;
        }
        fitted.drop_unlikely(space, &mut candidates, &connecting);
        let in_pairs =
            space.source_count() <= 2 && space.without_duplicates.iter().all(|without| *without);
        if !in_pairs {
            blocker.compare_among(fitted.companies(space, &candidates, connect_mbit));
            let speaks_against = |group: usize, pattern| !connects(group, pattern);
            candidates.add_stored(sweep(&blocker, Sweep::Companies, &speaks_against)?);
        }
        Ok((candidates, fitted).into())
    }

    fn sweep(
        &self,
        blocker: &Blocker<'_, R>,
        (keeper, sweep): (&dyn Keeper, Sweep),
        stores: Stores<'_>,
    ) -> Result<Candidates, LinkError> {
        let Self { sources, used, observer, .. } = self;
        observer.stage("blocking and comparing", (PASS_STEPS * used.len()) as u64);
        let (mut found, finished) = keeper.kept(sweep, sources.record_count())?;
        if finished > 0 {
            observer.resume((PASS_STEPS * finished) as u64);
        }
        for position in finished..used.len() {
            let done = AtomicUsize::new(0);
            let step = |finished: usize, total: usize| {
                let before = done.fetch_add(finished, Ordering::Relaxed);
                let steps = |stretches: usize| stretches * PASS_STEPS / total.max(1);
                observer.advance((steps(before + finished) - steps(before)) as u64);
                !observer.is_cancelled()
            };
            let pass = blocker.pass(position, stores, &step).map_err(LinkError::Together)?;
            let pass = pass.ok_or(LinkError::Cancelled)?;
            keeper.keep(sweep, position, &pass)?;
            if observer.is_cancelled() {
                return Err(LinkError::Cancelled);
            }
            found.join(pass);
        }
        Ok(blocker.finish(found, stores))
    }
}
