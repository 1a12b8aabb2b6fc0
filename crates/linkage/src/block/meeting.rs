//! Takes the block tokens of every pass, gives each block a number and each record the blocks it
//! stands in, so that two records are compared once: in the first block in which they meet.
//!
//! Memory: 100 bytes a record, and 4 bytes a row of each pass.

use rayon::prelude::*;
use tallystick_wire::schema::{PASSES, PassSpec};
use tallystick_wire::{ReadAt, Rejection};

use super::{BlockLimits, PassCounts, Sources};

/// Set in the block number of a row that meets no other row.
pub(super) const ALONE: u32 = 1 << 31;

/// The rows of one pass by source, each with the number of its block, ascending. A row that meets
/// none has the number of the block after it, and [`ALONE`].
#[derive(Debug, Default)]
pub(super) struct PassRows {
    pub(super) blocks: Vec<Vec<u32>>,
    pub(super) counts: PassCounts,
}

/// Blocks one record stands in, at most one in each pass. Compound names have several keys, so
/// that some records have further blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// The lowest block in each pass. Where there is none, a number that no other record has.
    blocks: [u32; PASSES.len()],
    /// Position, from 1, of the record's further blocks; 0 if it has none.
    further: u32,
}

impl Standing {
    fn new(record: u32) -> Self {
        Self { blocks: [nowhere(record); PASSES.len()], further: 0 }
    }

    /// Passes in which two records share these blocks, one bit each.
    #[inline(always)]
    pub(super) fn shared(&self, other: &Self) -> u32 {
        let mut shared = 0;
        for pass in 0..PASSES.len() {
            shared |= u32::from(self.blocks[pass] == other.blocks[pass]) << pass;
        }
        shared
    }

    #[inline(always)]
    pub(super) fn has_further(&self) -> bool {
        self.further != 0
    }
}

/// A block number that stands for none, and that no other record has.
const fn nowhere(record: u32) -> u32 {
    u32::MAX - record
}

/// One more block of a record in a pass.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Further {
    record: u32,
    pass: u8,
    block: u32,
}

/// Where all records stand.
#[derive(Debug)]
pub(super) struct Meetings {
    /// By position among the passes in use.
    pub(super) passes: Vec<PassRows>,
    standings: Vec<Standing>,
    further: Vec<Standing>,
}

impl Meetings {
    /// Numbers the blocks of the passes.
    pub(super) fn find<R: ReadAt>(
        sources: &Sources<'_, R>,
        passes: &[&PassSpec],
        limits: BlockLimits,
    ) -> Result<Self, Rejection> {
        let numbered = passes
            .par_iter()
            .map(|pass| number(sources, pass, limits))
            .collect::<Result<Vec<_>, Rejection>>()?;
        let mut further: Vec<Further> =
            numbered.iter().flat_map(|pass| &pass.further).copied().collect();
        further.sort_unstable();
        let mut standings: Vec<Standing> = (0..sources.record_count()).map(Standing::new).collect();
        const RECORDS: usize = 1 << 12;
        standings.par_chunks_mut(RECORDS).enumerate().for_each(|(chunk, standings)| {
            let start = chunk * RECORDS;
            for (pass, numbered) in passes.iter().zip(&numbered) {
                let lowest = &numbered.lowest[start..start + standings.len()];
                for (standing, block) in standings.iter_mut().zip(lowest) {
                    standing.blocks[usize::from(pass.number)] = *block;
                }
            }
        });
        let further = chain(&mut standings, &further);
        let passes = numbered.into_iter().map(|pass| pass.rows).collect();
        Ok(Self { passes, standings, further })
    }

    pub(super) fn of(&self, record: u32) -> &Standing {
        &self.standings[record as usize]
    }

    /// A standing and the further ones of the same record.
    fn all<'s>(&'s self, standing: &'s Standing) -> impl Iterator<Item = &'s Standing> {
        let next = |standing: &&Standing| self.further.get(standing.further as usize - 1);
        core::iter::successors(Some(standing), move |standing| match standing.further {
            0 => None,
            _ => next(standing),
        })
    }

    /// Passes in which two records meet, one bit each; and whether they share a block of `pass`
    /// below `block`. For records with further blocks.
    pub(super) fn meet(&self, a: &Standing, b: &Standing, pass: u8, block: u32) -> (u32, bool) {
        let (mut met, mut before) = (0, false);
        for x in self.all(a) {
            for y in self.all(b) {
                let shared = x.shared(y);
                met |= shared;
                before |= shared >> pass & 1 != 0 && x.blocks[usize::from(pass)] < block;
            }
        }
        (met, before)
    }
}

/// Hangs further blocks, ascending, on the standings of their records: as many more for a record
/// as it has further blocks in one pass.
fn chain(standings: &mut [Standing], further: &[Further]) -> Vec<Standing> {
    let mut chained: Vec<Standing> = Vec::new();
    for of_record in further.chunk_by(|a, b| a.record == b.record) {
        let record = of_record[0].record;
        let start = chained.len();
        for of_pass in of_record.chunk_by(|a, b| a.pass == b.pass) {
            for (place, one) in (start..).zip(of_pass) {
                if place == chained.len() {
                    chained.push(Standing::new(record));
                }
                chained[place].blocks[usize::from(one.pass)] = one.block;
            }
        }
        let mut next = 0;
        for place in (start..chained.len()).rev() {
            chained[place].further = next;
            next = u32::try_from(place + 1).expect("fewer than there are rows of a pass");
        }
        standings[record as usize].further = next;
    }
    chained
}

/// One pass, numbered.
struct Numbered {
    rows: PassRows,
    /// The lowest block of each record.
    lowest: Vec<u32>,
    further: Vec<Further>,
}

fn number<R: ReadAt>(
    sources: &Sources<'_, R>,
    pass: &PassSpec,
    limits: BlockLimits,
) -> Result<Numbered, Rejection> {
    let tokens = read_tokens(sources, pass)?;
    let rows = number_rows(sources, pass, limits, &tokens)?;
    drop(tokens);
    let mut lowest: Vec<u32> = (0..sources.record_count()).map(nowhere).collect();
    let mut further = Vec::new();
    for (source, blocks) in rows.blocks.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        let records = sources.submissions[source].pass_records(pass.number)?;
        for (record, block) in records.into_iter().zip(blocks) {
            if block & ALONE != 0 {
                continue;
            }
            let record = sources.offsets[source] + record;
            let lowest = &mut lowest[record as usize];
            if *lowest == nowhere(record) {
                *lowest = *block;
            } else if *lowest != *block {
                further.push(Further { record, pass: pass.number, block: *block });
            }
        }
    }
    Ok(Numbered { rows, lowest, further })
}

/// What is known of a pass before anything is compared: its blocks and the pairs that meet in them.
///
/// # Errors
/// A submission that cannot be read.
pub fn forecast<R: ReadAt>(
    sources: &Sources<'_, R>,
    pass: &PassSpec,
    limits: BlockLimits,
) -> Result<PassCounts, Rejection> {
    Ok(number_rows(sources, pass, limits, &read_tokens(sources, pass)?)?.counts)
}

fn read_tokens<R: ReadAt>(
    sources: &Sources<'_, R>,
    pass: &PassSpec,
) -> Result<Vec<Vec<u128>>, Rejection> {
    let read = |source: usize| {
        if !sources.hold(source, pass) {
            return Ok(Vec::new());
        }
        let tokens = sources.submissions[source].tokens(pass)?;
        // The order of big-endian numbers is that of their bytes.
        Ok(tokens.into_iter().map(|token| u128::from_be_bytes(token.0)).collect())
    };
    (0..sources.submissions.len()).map(read).collect()
}

/// Merges the tokens of all sources, ascending in each.
fn number_rows<R: ReadAt>(
    sources: &Sources<'_, R>,
    pass: &PassSpec,
    limits: BlockLimits,
    tokens: &[Vec<u128>],
) -> Result<PassRows, Rejection> {
    let limit = if pass.is_wide() { limits.wide_records_max } else { limits.records_max };
    let joins = sources.per_pair(|first, second| sources.joins(pass, first, second));
    let mut rows = PassRows {
        blocks: tokens.iter().map(|tokens| Vec::with_capacity(tokens.len())).collect(),
        counts: PassCounts::default(),
    };
    let mut heads = vec![0usize; tokens.len()];
    // Sources with rows of the block, and how many.
    let mut held: Vec<(usize, u64)> = Vec::new();
    let mut next = 0u32;
    while let Some(token) =
        tokens.iter().zip(&heads).filter_map(|(tokens, head)| tokens.get(*head)).min().copied()
    {
        held.clear();
        for (source, (tokens, head)) in tokens.iter().zip(&mut heads).enumerate() {
            let count = tokens[*head..].iter().take_while(|other| **other == token).count();
            if count > 0 {
                held.push((source, count as u64));
                *head += count;
            }
        }
        let meets = rows.counts.count_block(&held, &joins, limit as u64);
        let block = if meets { next } else { next | ALONE };
        for (source, count) in &held {
            let blocks = &mut rows.blocks[*source];
            blocks.resize(blocks.len() + usize::try_from(*count).expect("rows in memory"), block);
        }
        next += u32::from(meets);
        if next >= ALONE {
            return Err(Rejection::HeaderInvalid { what: "the number of blocks of all sources" });
        }
    }
    Ok(rows)
}

impl PassCounts {
    /// Counts a block: sources with rows of it, ascending, and how many. `joins` says by first and second source whether their rows
    /// meet. Says whether any do.
    pub fn count_block(&mut self, held: &[(usize, u64)], joins: &[Vec<bool>], limit: u64) -> bool {
        let rows: u64 = held.iter().map(|(_, count)| count).sum();
        if rows < 2 {
            return false;
        }
        if rows > limit {
            self.blocks_over_limit += 1;
            self.rows_over_limit += rows;
            return false;
        }
        let mut pairs = 0;
        for (position, (first, a)) in held.iter().enumerate() {
            for (second, b) in &held[position..] {
                if joins[*first][*second] {
                    pairs += if first == second { a * (a - 1) / 2 } else { a * b };
                }
            }
        }
        if pairs == 0 {
            return false;
        }
        self.blocks += 1;
        self.pairs_met += pairs;
        self.largest_block = self.largest_block.max(rows);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Blocks of each of four records in two passes.
    type Stood = [[std::collections::BTreeSet<u32>; 2]; 4];

    fn meetings(stood: &Stood) -> Meetings {
        let (mut standings, mut further): (Vec<_>, Vec<_>) =
            ((0..4).map(Standing::new).collect(), Vec::new());
        for (record, passes) in (0u32..).zip(stood) {
            for (pass, blocks) in (0u8..).zip(passes) {
                for (place, block) in blocks.iter().enumerate() {
                    if place == 0 {
                        standings[record as usize].blocks[usize::from(pass)] = *block;
                    } else {
                        further.push(Further { record, pass, block: *block });
                    }
                }
            }
        }
        let further = chain(&mut standings, &further);
        Meetings { passes: Vec::new(), standings, further }
    }

    proptest! {
        #[test]
        fn records_meet_where_they_share_a_block(
            stood in prop::array::uniform4(prop::array::uniform2(
                prop::collection::btree_set(0..4u32, 0..4)
            )),
            block in 0..4u32,
        ) {
            let meetings = meetings(&stood);
            for (a, b) in [(0, 1), (2, 1), (2, 3)] {
                let shared = |pass: usize| stood[a][pass].intersection(&stood[b][pass]);
                let expected = (0..2).fold(0, |bits, pass| {
                    bits | u32::from(shared(pass).next().is_some()) << pass
                });
                let [x, y] = [a, b].map(|record| &meetings.standings[record]);
                let (met, before) = meetings.meet(x, y, 1, block);
                prop_assert_eq!(met, expected);
                prop_assert_eq!(before, shared(1).any(|other| *other < block));
                if !x.has_further() && !y.has_further() {
                    prop_assert_eq!(x.shared(y), expected);
                }
            }
        }
    }

    #[test]
    fn a_block_counts_where_its_rows_may_meet() {
        let joins = vec![vec![false, true], vec![true, true]];
        let mut counts = PassCounts::default();
        assert!(!counts.count_block(&[(0, 2)], &joins, 10));
        assert!(counts.count_block(&[(1, 3)], &joins, 10));
        assert!(counts.count_block(&[(0, 2), (1, 3)], &joins, 10));
        assert!(!counts.count_block(&[(0, 6), (1, 5)], &joins, 10));
        assert_eq!((counts.blocks, counts.pairs_met, counts.largest_block), (2, 3 + 6 + 3, 5));
        assert_eq!((counts.blocks_over_limit, counts.rows_over_limit), (1, 11));
    }
}
