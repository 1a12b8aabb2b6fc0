//! Takes the passes of all submissions, gives the candidate pairs that agree on two or more fields.
//!
//! Tokens are sorted in every submission, so the join is a merge; rows are read in stretches of
//! neighbouring tokens, which bounds memory whatever the number of records. A pair is compared
//! in the first pass in which it meets, and if it meets in several, in each; all kept pairs are counted by pattern, and those the
//! caller asks for are stored one by one.

mod kept;
mod meeting;
mod pair;
mod rows;
mod sources;
mod stretch;
mod tally;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tallystick_kernels::Kernel;
use tallystick_wire::schema::{PASSES, PassSpec};
use tallystick_wire::{ReadAt, Rejection, SectionKind};

use crate::compare::{Comparator, Thresholds};
pub use meeting::forecast;
use meeting::{ALONE, Meetings};
pub use pair::{CandidatePair, merge};
pub use rows::COUNTED;
pub use sources::{AttributePlaces, Sources, place_fields};
pub use stretch::{AGAIN_MIN, Found, local_id_level};
use stretch::{Stretch, Workspace};
pub use tally::{PatternCount, Stores};

/// Rows of the largest source in one stretch.
const STRETCH_ROWS: usize = 4_096;
/// Passes of the catalogue.
const PASS_BITS: usize = PASSES.len();

/// What one pass did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PassCounts {
    /// Blocks with at least one pair.
    pub blocks: u64,
    /// Pairs of rows that meet.
    pub pairs_met: u64,
    /// Pairs compared here, because they meet in no earlier pass.
    pub pairs_compared: u64,
    /// Pairs that meet here and are kept: they agree on two or more fields.
    pub pairs_kept: u64,
    /// Blocks over the limit, left out.
    pub blocks_over_limit: u64,
    /// Rows in blocks over the limit.
    pub rows_over_limit: u64,
    /// Rows in the largest block.
    pub largest_block: u64,
}

/// Largest blocks that are compared, in rows over all sources; larger ones are left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlockLimits {
    /// Of passes in general.
    pub records_max: usize,
    /// Of wide passes, whose keys many persons share.
    pub wide_records_max: usize,
}

/// What all passes found.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Kept pairs that are stored, ascending and unique.
    pub pairs: Vec<CandidatePair>,
    /// All kept pairs by pattern, ascending, for each group of sources: pairs of sources in
    /// ascending order, those within a source included.
    pub patterns: Vec<Vec<PatternCount>>,
    /// What each pass did.
    pub passes: Vec<PassCounts>,
}

impl Candidates {
    /// Takes in pairs that had only been counted, and are now stored as well.
    pub fn add_stored(&mut self, more: Self) {
        for (patterns, more) in self.patterns.iter_mut().zip(more.patterns) {
            for new in more {
                let place = patterns.binary_search_by_key(&new.pattern, |count| count.pattern);
                if let Ok(place) = place {
                    let left = patterns[place].met.iter_mut().zip(new.met);
                    left.for_each(|(left, stored)| *left = left.saturating_sub(stored));
                }
            }
        }
        self.pairs.extend(more.pairs);
        self.pairs.par_sort_unstable();
    }
}

/// Two sources whose rows are compared in a pass.
#[derive(Debug)]
struct Joined {
    comparator: Comparator,
    /// All passes that join them, one bit each.
    passes: u32,
    /// Position of the pair of sources among the groups.
    group: usize,
}

/// Finds and compares the pairs of passes.
#[derive(Debug)]
pub struct Blocker<'a, R> {
    sources: &'a Sources<'a, R>,
    passes: &'a [&'static PassSpec],
    thresholds: Thresholds,
    kernel: Kernel,
    meetings: Meetings,
    /// By first and second source: the passes that join them.
    joining: Vec<Vec<u32>>,
    /// Records that are compared with each other have the same number here; all are where this is empty.
    among: Vec<u32>,
    /// As many as threads worked at once.
    spaces: Mutex<Vec<Workspace>>,
}

impl<'a, R: ReadAt> Blocker<'a, R> {
    /// A blocker over all sources: finds out who meets where.
    pub fn new(
        sources: &'a Sources<'a, R>,
        passes: &'a [&'static PassSpec],
        thresholds: Thresholds,
        limits: BlockLimits,
        kernel: Kernel,
    ) -> Result<Self, Rejection> {
        let meetings = Meetings::find(sources, passes, limits)?;
        let joining = sources.per_pair(|first, second| {
            let joins = passes.iter().filter(|pass| sources.joins(pass, first, second));
            joins.fold(0, |bits, pass| bits | 1 << pass.number)
        });
        let spaces = Mutex::new(Vec::new());
        let among = Vec::new();
        Ok(Self { sources, passes, thresholds, kernel, meetings, joining, among, spaces })
    }

    /// From now on only records with the same number are compared.
    pub fn compare_among(&mut self, numbers: Vec<u32>) {
        self.among = numbers;
    }

    /// Compares the pairs that meet first in the pass at a position; stores those of patterns that
    /// `stores` names. `step` is called before and after each stretch and returns `false` to
    /// cancel, upon which there is no result.
    pub fn pass(
        &self,
        position: usize,
        stores: Stores<'_>,
        step: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Result<Option<Found>, Rejection> {
        let pass = self.passes[position];
        let blocks = &self.meetings.passes[position].blocks;
        let submissions = self.sources.submissions.iter().zip(blocks);
        let records = submissions
            .map(|(submission, blocks)| match blocks.is_empty() {
                true => Ok(Vec::new()),
                false => submission.pass_records(pass.number),
            })
            .collect::<Result<Vec<_>, Rejection>>()?;
        let joined = self.joined(pass);
        let stretches = stretches(blocks);
        let total = stretches.len();
        let done = stretches
            .into_par_iter()
            .map(|ranges| {
                if !step(0, total) {
                    return Ok(false);
                }
                let mut space = self.lock().pop().unwrap_or_else(|| self.workspace());
                self.read(&mut space, pass, blocks, &records, &ranges)?;
                self.kernel.run(Stretch {
                    meetings: &self.meetings,
                    pass: pass.number,
                    continuity: &self.sources.continuity,
                    among: &self.among,
                    stores,
                    joined: &joined,
                    space: &mut space,
                });
                self.lock().push(space);
                step(1, total);
                Ok(true)
            })
            .collect::<Result<Vec<_>, Rejection>>()?;
        if !done.into_iter().all(|done| done) {
            return Ok(None);
        }
        let founds = self.lock().iter_mut().map(Workspace::take).collect();
        Ok(Some(Found::sum(founds)))
    }

    /// What all passes found together; `stores` as for each pass.
    pub fn finish(&self, mut found: Found, stores: Stores<'_>) -> Candidates {
        let mut again = core::mem::take(&mut found.again);
        again.par_sort_unstable();
        let sources = self.sources.submissions.len();
        for same in again.chunk_by(|a, b| a.records() == b.records()) {
            let pair = same.iter().copied().reduce(CandidatePair::merge).expect("one at least");
            let (a, b) = pair.records();
            let group = group(sources, self.sources.source_of(a), self.sources.source_of(b));
            found.keep(group, pair, stores);
        }
        let mut pairs = found.pairs;
        pairs.par_sort_unstable();
        // A submission might hold a row twice.
        pairs.dedup_by_key(|pair| pair.records());
        let counts = self.passes.iter().zip(&self.meetings.passes).map(|(pass, rows)| PassCounts {
            pairs_compared: found.compared[usize::from(pass.number)],
            pairs_kept: found.kept[usize::from(pass.number)],
            ..rows.counts.clone()
        });
        Candidates {
            pairs,
            patterns: found.tallies.iter().map(tally::Tally::sorted).collect(),
            passes: counts.collect(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Workspace>> {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn workspace(&self) -> Workspace {
        let sources = self.sources.submissions.len();
        let mut space = Workspace::default();
        space.sides.resize_with(sources, Default::default);
        space.found = Found::of_groups(sources * (sources + 1) / 2);
        space
    }

    fn read(
        &self,
        space: &mut Workspace,
        pass: &PassSpec,
        blocks: &[Vec<u32>],
        records: &[Vec<u32>],
        ranges: &[Range<usize>],
    ) -> Result<(), Rejection> {
        for (source, (side, range)) in space.sides.iter_mut().zip(ranges).enumerate() {
            side.clear();
            let blocks = &blocks[source][range.clone()];
            if blocks.iter().all(|block| block & ALONE != 0) {
                continue;
            }
            let records = &records[source][range.clone()];
            match &self.sources.trusted[source] {
                Some(filters) => side.rows.gather(filters, records),
                None => side.rows.read(
                    &self.sources.submissions[source],
                    SectionKind::Pass(pass.number),
                    range.start as u64..range.end as u64,
                    &self.sources.places[source],
                    &mut space.buffer,
                )?,
            }
            side.blocks.extend(blocks);
            let offset = self.sources.offsets[source];
            side.records.extend(records.iter().map(|record| offset + record));
            // All at once, so that the reads, which are all over memory, wait together.
            let rows = side.records.iter().zip(blocks);
            side.standings.extend(rows.map(|(record, block)| {
                *self.meetings.of(if block & ALONE == 0 { *record } else { 0 })
            }));
            side.count(self.kernel);
        }
        Ok(())
    }

    fn joined(&self, pass: &PassSpec) -> Vec<Vec<Option<Joined>>> {
        let sources = self.sources;
        let count = sources.submissions.len();
        sources.per_pair(|first, second| {
            let passes = self.joining[first][second];
            (first <= second && passes >> pass.number & 1 != 0).then(|| Joined {
                comparator: Comparator::new(
                    self.thresholds,
                    sources.shared_fields(first, second),
                    sources.fixed_fields(pass, first),
                ),
                passes,
                group: group(count, first, second),
            })
        })
    }
}

/// Position of a pair of sources among the groups; the first is not above the second.
pub const fn group(sources: usize, first: usize, second: usize) -> usize {
    first * sources - first * first.saturating_sub(1) / 2 + (second - first)
}

/// Splits a pass into stretches of whole blocks: ranges of rows by source.
fn stretches(blocks: &[Vec<u32>]) -> Vec<Vec<Range<usize>>> {
    let Some(largest) = blocks.iter().max_by_key(|blocks| blocks.len()) else {
        return Vec::new();
    };
    let mut starts = vec![0; blocks.len()];
    let mut out = Vec::new();
    let cuts = (STRETCH_ROWS..largest.len()).step_by(STRETCH_ROWS);
    for block in cuts.map(|row| largest[row] & !ALONE) {
        let ends: Vec<usize> = blocks
            .iter()
            .map(|blocks| blocks.partition_point(|other| other & !ALONE < block))
            .collect();
        out.push(starts.iter().zip(&ends).map(|(start, end)| *start..*end).collect());
        starts = ends;
    }
    out.push(starts.iter().zip(blocks).map(|(start, blocks)| *start..blocks.len()).collect());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_hold_whole_blocks() {
        // Blocks of three rows in one source and one row in the other; every other one is alone.
        let number = |block: u32| block | if block.is_multiple_of(2) { ALONE } else { 0 };
        let rows = |each: usize| -> Vec<u32> {
            (0..5_000).flat_map(|block| core::iter::repeat_n(number(block), each)).collect()
        };
        let blocks = [rows(3), rows(1)];
        let stretches = stretches(&blocks);
        assert_eq!(stretches.len(), 4);
        for (before, after) in stretches.iter().zip(&stretches[1..]) {
            for ((before, after), blocks) in before.iter().zip(after).zip(&blocks) {
                assert_eq!(before.end, after.start);
                assert!(blocks[before.end - 1] & !ALONE < blocks[after.start] & !ALONE);
            }
            let first = [0, 1].map(|source: usize| blocks[source][after[source].start]);
            assert_eq!(first[0], first[1]);
        }
        assert_eq!(stretches[3].iter().map(|range| range.end).collect::<Vec<_>>(), [15_000, 5_000]);
    }
}
