//! Takes sources and the passes they share, gives the kept pairs and the model trained on them.

use std::sync::atomic::{AtomicUsize, Ordering};

use tallystick_linkage::block::{BlockLimits, Blocker, Candidates, Sources, Stores};
use tallystick_linkage::compare::Thresholds;
use tallystick_linkage::link::{Fitted, Space, fit};
use tallystick_linkage::unlikely::Ceilings;
use tallystick_wire::{PassSpec, ReadAt};

use super::error::LinkError;
use super::{Keeper, Observer, Settings};
use crate::config::Config;

/// Steps that a pass counts for, whatever its number of stretches.
const PASS_STEPS: usize = 1_000;
/// Pairs that could not match are only counted.
const LIKELY: u8 = 0;
/// Every kept pair is stored.
const ALL: u8 = 1;

/// Everything that finding pairs needs.
pub(super) struct Search<'a, R> {
    pub(super) settings: &'a Settings<'a>,
    pub(super) sources: &'a Sources<'a, R>,
    pub(super) used: &'a [&'static PassSpec],
    pub(super) keeper: &'a dyn Keeper,
    pub(super) observer: &'a dyn Observer,
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
    /// Pairs that speak against a match matter where a cluster holds more than two records, and where
    /// the true pairs that met are counted. Else it is enough to count them, if training agrees that
    /// none of them is a match.
    pub(super) fn candidates(
        &self,
        space: &Space,
        connect_mbit: i32,
    ) -> Result<(Candidates, Fitted), LinkError> {
        let in_pairs =
            space.source_count() <= 2 && space.without_duplicates.iter().all(|without| *without);
        if in_pairs && !self.settings.stores_all {
            let ceilings = Ceilings::new(space, connect_mbit);
            let stores = |group, pattern| ceilings.may_connect(group, pattern);
            let mut candidates = self.pairs(LIKELY, &stores)?;
            let fitted = fit(space, &candidates);
            if !fitted.misses_some(&candidates, connect_mbit) {
                fitted.drop_unlikely(space, &mut candidates, connect_mbit);
                return Ok((candidates, fitted));
            }
        }
        let candidates = self.pairs(ALL, &|_, _| true)?;
        let fitted = fit(space, &candidates);
        Ok((candidates, fitted))
    }

    fn pairs(&self, attempt: u8, stores: Stores<'_>) -> Result<Candidates, LinkError> {
        let Self { settings, sources, used, keeper, observer } = self;
        observer.stage("blocking and comparing", (PASS_STEPS * used.len()) as u64);
        let limits = block_limits(settings.config);
        let blocker = Blocker::new(sources, used, Thresholds::default(), limits, settings.kernel)
            .map_err(LinkError::Together)?;
        let mut found = keeper.kept(attempt, sources.record_count())?;
        observer.advance((PASS_STEPS * found.len()) as u64);
        for position in found.len()..used.len() {
            let done = AtomicUsize::new(0);
            let step = |finished: usize, total: usize| {
                let before = done.fetch_add(finished, Ordering::Relaxed);
                let steps = |stretches: usize| stretches * PASS_STEPS / total.max(1);
                observer.advance((steps(before + finished) - steps(before)) as u64);
                !observer.is_cancelled()
            };
            let pass = blocker.pass(position, stores, &step).map_err(LinkError::Together)?;
            let pass = pass.ok_or(LinkError::Cancelled)?;
            keeper.keep(attempt, position, &pass)?;
            if observer.is_cancelled() {
                return Err(LinkError::Cancelled);
            }
            found.push(pass);
        }
        Ok(blocker.finish(found, stores))
    }
}
