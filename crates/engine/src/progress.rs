//! Takes rows that were gone through, tells whoever watches, refuses to go on where that one says so.

use crate::error::EngineError;
use crate::plan::Plan;

/// Is told how many more rows of passes are done, and of how many; says whether to go on.
pub type Progress<'a> = &'a dyn Fn(u64, u64) -> bool;

/// Rows between two reports.
const STEP_ROWS: u64 = 1 << 14;

/// One way through all passes.
pub(crate) struct Done<'a> {
    progress: Progress<'a>,
    total: u64,
    /// Rows that are not yet reported.
    rows: u64,
}

impl<'a> Done<'a> {
    pub(crate) fn new(plan: &Plan, progress: Progress<'a>) -> Self {
        let total = plan.passes.iter().flat_map(|pass| &pass.rows).sum();
        Self { progress, total, rows: 0 }
    }

    /// So many more rows are done.
    pub(crate) fn add(&mut self, rows: u64) -> Result<(), EngineError> {
        self.rows += rows;
        if self.rows < STEP_ROWS { Ok(()) } else { self.report() }
    }

    /// Reports what is done.
    pub(crate) fn report(&mut self) -> Result<(), EngineError> {
        match (self.progress)(std::mem::take(&mut self.rows), self.total) {
            true => Ok(()),
            false => Err(EngineError::Cancelled),
        }
    }
}
