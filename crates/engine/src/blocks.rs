//! Takes the tokens of a pass, ascending in every source, gives its blocks one after the other; memory does not grow with them.

use std::ops::Range;

use tallystick_linkage::block::Sources;
use tallystick_wire::{BlockToken, ReadAt, Rejection, Submission};

use crate::error::EngineError;
use crate::plan::PlanPass;

/// Tokens of one source in memory.
const TOKENS: u64 = 1 << 16;

/// Rows of one block by source, for sources that have some.
pub(crate) type Held = [(usize, Range<u64>)];

/// One source on its way through the pass.
struct Head<'s, R> {
    submission: &'s Submission<R>,
    rows: u64,
    /// First row that was not read.
    next: u64,
    tokens: Vec<BlockToken>,
    at: usize,
}

impl<R: ReadAt> Head<'_, R> {
    fn token(&mut self, pass: &PlanPass) -> Result<Option<BlockToken>, Rejection> {
        if self.at == self.tokens.len() && self.next < self.rows {
            let end = self.rows.min(self.next + TOKENS);
            self.tokens = self.submission.some_tokens(pass.spec(), self.next..end)?;
            (self.next, self.at) = (end, 0);
        }
        Ok(self.tokens.get(self.at).copied())
    }

    /// Moves past the rows of a block; says which they were.
    fn take(&mut self, pass: &PlanPass, block: BlockToken) -> Result<Range<u64>, Rejection> {
        let start = self.row();
        while self.token(pass)? == Some(block) {
            self.at += 1;
        }
        Ok(start..self.row())
    }

    fn row(&self) -> u64 {
        self.next - (self.tokens.len() - self.at) as u64
    }
}

/// Calls `each` with the number of every block, from 0, and its rows.
pub(crate) fn each_block<R: ReadAt>(
    sources: &Sources<'_, R>,
    pass: &PlanPass,
    each: &mut dyn FnMut(u64, &Held) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let heads = sources.submissions.iter().zip(&pass.rows);
    let mut heads: Vec<Head<'_, R>> = heads
        .map(|(submission, rows)| Head {
            submission,
            rows: *rows,
            next: 0,
            tokens: Vec::new(),
            at: 0,
        })
        .collect();
    let mut held: Vec<(usize, Range<u64>)> = Vec::new();
    for number in 0.. {
        let mut lowest = None;
        for head in &mut heads {
            if let Some(token) = head.token(pass)? {
                lowest = Some(lowest.map_or(token, |lowest: BlockToken| lowest.min(token)));
            }
        }
        let Some(lowest) = lowest else { break };
        held.clear();
        for (source, head) in heads.iter_mut().enumerate() {
            let rows = head.take(pass, lowest)?;
            if !rows.is_empty() {
                held.push((source, rows));
            }
        }
        each(number, &held)?;
    }
    Ok(())
}
