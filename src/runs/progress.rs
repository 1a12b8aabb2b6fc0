//! Takes what a run says of its progress, gives it to the records now and then, and says how long it may still take.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::params;

use super::work::Halt;
use crate::ids::RunId;
use crate::link::Observer;
use crate::store::StoreError;
use crate::unit::Unit;

/// What a run does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Opens submissions and numbers blocks.
    Reading,
    /// Compares pairs, pass by pass; a pass counts for a thousand.
    Comparing,
    /// Makes persons of pairs; counts records.
    Clustering,
    /// Writes result and report.
    Writing,
}

impl Stage {
    /// Thousandths of the time of a run that are over when a stage is: rough shares, of which comparing takes the most by far.
    const OVER_PERMILLE: [(Self, i64); 4] = [
        (Self::Reading, 100),
        (Self::Comparing, 800),
        (Self::Clustering, 950),
        (Self::Writing, 1_000),
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Comparing => "comparing",
            Self::Clustering => "clustering",
            Self::Writing => "writing",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::OVER_PERMILLE.into_iter().map(|(stage, _)| stage).find(|stage| stage.as_str() == text)
    }

    /// The stage that the linkage calls so.
    fn of(name: &str) -> Self {
        match name {
            "blocking and comparing" => Self::Comparing,
            "clustering" => Self::Clustering,
            "writing the report" => Self::Writing,
            _ => Self::Reading,
        }
    }

    /// Seconds until the run ends, by the pace of this stage and the usual share of the others. `None` before a hundredth of the
    /// stage is done.
    pub(super) fn left_seconds(
        self,
        before: u64,
        done: u64,
        total: u64,
        elapsed_ms: i64,
    ) -> Option<u64> {
        let here = i64::try_from(done.checked_sub(before)?).ok()?;
        let (total, rest) =
            (i64::try_from(total).ok()?, i64::try_from(total.checked_sub(done)?).ok()?);
        if here * 100 < total || here == 0 || elapsed_ms <= 0 {
            return None;
        }
        let position = Self::OVER_PERMILLE.iter().position(|(stage, _)| *stage == self)?;
        let over = Self::OVER_PERMILLE[position].1;
        let began = position.checked_sub(1).map_or(0, |before| Self::OVER_PERMILLE[before].1);
        let whole_ms = i128::from(elapsed_ms) * i128::from(total) / i128::from(here);
        let later_ms = whole_ms * i128::from(1_000 - over) / i128::from(over - began);
        let left_ms = i128::from(elapsed_ms) * i128::from(rest) / i128::from(here) + later_ms;
        u64::try_from(left_ms / 1_000).ok()
    }
}

/// Watches a run for its record.
pub(super) struct Recorder<'a> {
    pub(super) unit: &'a Unit,
    pub(super) run: RunId,
    /// Set when the run is to end.
    pub(super) end: &'a AtomicBool,
    pub(super) halt: &'a (dyn Fn(Halt) -> bool + Sync),
    /// Passes that are finished and kept.
    pub(super) passes: AtomicUsize,
    pub(super) done: AtomicU64,
    /// When progress was kept last, in milliseconds.
    pub(super) kept_at: AtomicI64,
    pub(super) stage: Mutex<(Stage, u64)>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        unit: &'a Unit,
        run: RunId,
        end: &'a AtomicBool,
        halt: &'a (dyn Fn(Halt) -> bool + Sync),
    ) -> Self {
        Self {
            unit,
            run,
            end,
            halt,
            passes: AtomicUsize::new(0),
            done: AtomicU64::new(0),
            kept_at: AtomicI64::new(0),
            stage: Mutex::new((Stage::Reading, 0)),
        }
    }

    /// Whether somebody wants the process, and so the run for now, to end.
    pub(super) fn is_halted(&self) -> bool {
        (self.halt)(Halt { passes: self.passes.load(Ordering::Relaxed) })
    }

    /// Progress is worth nothing without the run: where it cannot be kept, the run goes on.
    fn keep(&self, is_new: bool) {
        let (stage, total) = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let done = self.done.load(Ordering::Relaxed).min(total);
        let kept = self.unit.store.keep(|transaction, now| {
            let sql = "UPDATE run SET stage = ?2, done = ?3, total = ?4, progress_at = ?5, \
                       stage_at = iif(?6, ?5, stage_at), stage_done = iif(?6, ?3, stage_done) \
                       WHERE id = ?1 AND state = 'running'";
            let values = params![self.run, stage.as_str(), done, total, now, is_new];
            transaction.execute(sql, values)?;
            Ok::<_, StoreError>(())
        });
        if let Err(error) = kept {
            tracing::warn!(run = %self.run, code = error.code(), "progress could not be kept");
        }
        self.unit.runs.changed();
    }
}

impl Observer for Recorder<'_> {
    fn stage(&self, name: &str, total: u64) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = (Stage::of(name), total);
        self.done.store(0, Ordering::Relaxed);
        self.kept_at.store(self.unit.store.now().0, Ordering::Relaxed);
        self.keep(true);
    }

    fn resume(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.keep(true);
    }

    fn advance(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
        let now = self.unit.store.now().0;
        let before = self.kept_at.load(Ordering::Relaxed);
        let is_due = now - before >= self.unit.config.runs.progress_seconds * 1_000;
        let order = Ordering::Relaxed;
        if is_due && self.kept_at.compare_exchange(before, now, order, order).is_ok() {
            self.keep(false);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.end.load(Ordering::Relaxed) || self.is_halted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_what_was_needed_in_proportion_and_the_share_of_later_stages() {
        // Half of comparing in 350 s: as much again, and two tenths of a run for what follows.
        assert_eq!(Stage::Comparing.left_seconds(0, 500, 1_000, 350_000), Some(350 + 200));
        assert_eq!(Stage::Comparing.left_seconds(500, 750, 1_000, 175_000), Some(175 + 200));
        assert_eq!(Stage::Writing.left_seconds(0, 1, 1, 1_000), Some(0));
        assert_eq!(Stage::Comparing.left_seconds(0, 9, 1_000, 9_000), None);
        assert_eq!(Stage::Comparing.left_seconds(0, 0, 0, 9_000), None);
        assert_eq!(Stage::Comparing.left_seconds(7, 5, 1_000, 9_000), None);
    }
}
