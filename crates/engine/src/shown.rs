//! Takes the blocks of a pass, gives what of them an engine sees: no row of a record that is left out.
//!
//! In the local engine such records count where a block is measured, and are compared with none. So a block that is over the limit
//! and has rows of them is not shown at all: without them it might not be over the limit.

use tallystick_linkage::block::Sources;
use tallystick_wire::{ReadAt, Rejection};

use crate::blocks::Held;
use crate::plan::PlanPass;

/// Record numbers of one source in memory.
const RECORDS: u64 = 1 << 16;

/// What an engine sees of a pass.
pub(crate) struct Shown<'a, R> {
    sources: &'a Sources<'a, R>,
    pass: &'a PlanPass,
    /// Ascending.
    left_out: &'a [u32],
    records: Vec<Records>,
    counts: Vec<(usize, u64)>,
}

impl<'a, R: ReadAt> Shown<'a, R> {
    pub(crate) fn new(
        sources: &'a Sources<'a, R>,
        pass: &'a PlanPass,
        left_out: &'a [u32],
    ) -> Self {
        let records = pass.rows.iter().map(|_| Records::default()).collect();
        Self { sources, pass, left_out, records, counts: Vec::new() }
    }

    /// Rows of a block by source, for sources of which some are shown.
    pub(crate) fn of(&mut self, held: &Held) -> Result<&[(usize, u64)], Rejection> {
        self.counts.clear();
        self.counts.extend(counts(held));
        if self.left_out.is_empty() {
            return Ok(&self.counts);
        }
        let mut left_out = 0;
        for ((source, rows), count) in held.iter().zip(&mut self.counts) {
            for row in rows.clone() {
                let record = self.records[*source].get(self.sources, self.pass, *source, row)?;
                count.1 -= u64::from(is_left_out(self.left_out, record));
            }
            left_out += rows.end - rows.start - count.1;
        }
        let all: u64 = counts(held).map(|(_, count)| count).sum();
        if left_out > 0 && all > self.pass.block_rows_max {
            self.counts.clear();
        }
        self.counts.retain(|(_, count)| *count > 0);
        Ok(&self.counts)
    }
}

/// Rows of a block by source.
pub(crate) fn counts(held: &Held) -> impl Iterator<Item = (usize, u64)> {
    held.iter().map(|(source, rows)| (*source, rows.end - rows.start))
}

/// Whether a record is among those, ascending, that are left out.
pub(crate) fn is_left_out(left_out: &[u32], record: u32) -> bool {
    left_out.binary_search(&record).is_ok()
}

/// The records of a pass's rows over all sources, read as rows are asked for in order.
#[derive(Debug, Default)]
pub(crate) struct Records {
    start: u64,
    numbers: Vec<u32>,
}

impl Records {
    pub(crate) fn get<R: ReadAt>(
        &mut self,
        sources: &Sources<'_, R>,
        pass: &PlanPass,
        source: usize,
        row: u64,
    ) -> Result<u32, Rejection> {
        if row >= self.start + self.numbers.len() as u64 {
            let end = pass.rows[source].min(row + RECORDS);
            self.numbers = sources.submissions[source].some_pass_records(pass.number, row..end)?;
            self.start = row;
        }
        let record = usize::try_from(row - self.start).ok().and_then(|it| self.numbers.get(it));
        let record = record.ok_or(Rejection::HeaderInvalid { what: "the rows of a pass" })?;
        Ok(sources.offsets[source] + record)
    }
}
