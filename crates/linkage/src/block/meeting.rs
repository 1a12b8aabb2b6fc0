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

/// The blocks one record stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Its lowest block in each pass. Where it stands in none, a number that no other record has.
    blocks: [u32; PASSES.len()],
    /// Position, from 1, of its first further block; 0 if it has none.
    further: u32,
}

impl Standing {
    /// Passes in which two records share their lowest blocks, one bit each.
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

/// One more block of a record in a pass: compound names have several keys.
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
    further: Vec<Further>,
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
        let mut standings: Vec<Standing> = (0..sources.record_count())
            .map(|record| Standing { blocks: [u32::MAX - record; PASSES.len()], further: 0 })
            .collect();
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
        for (position, one) in (1..).zip(&further) {
            let standing = &mut standings[one.record as usize];
            if standing.further == 0 {
                standing.further = position;
            }
        }
        let passes = numbered.into_iter().map(|pass| pass.rows).collect();
        Ok(Self { passes, standings, further })
    }

    pub(super) fn of(&self, record: u32) -> &Standing {
        &self.standings[record as usize]
    }

    fn further_of(&self, record: u32, standing: &Standing) -> &[Further] {
        let start = match standing.further {
            0 => return &[],
            position => position as usize - 1,
        };
        let rest = &self.further[start..];
        &rest[..rest.iter().take_while(|further| further.record == record).count()]
    }

    /// Passes in which two records meet, one bit each; and whether they share a block of `pass`
    /// below `block`. For records with further blocks.
    pub(super) fn meet(
        &self,
        (a, b): (u32, u32),
        [x, y]: [&Standing; 2],
        pass: u8,
        block: u32,
    ) -> (u32, bool) {
        let mut met = x.shared(y);
        let mut before = met >> pass & 1 != 0 && x.blocks[usize::from(pass)] < block;
        let (of_a, of_b) = (self.further_of(a, x), self.further_of(b, y));
        for (further, other, others) in
            [(of_a, y, of_b), (of_b, x, of_a)].into_iter().flat_map(|(further, other, others)| {
                further.iter().map(move |further| (further, other, others))
            })
        {
            let lowest = other.blocks[usize::from(further.pass)] == further.block;
            let same = |f: &Further| (f.pass, f.block) == (further.pass, further.block);
            if lowest || others.iter().any(same) {
                met |= 1 << further.pass;
                before |= further.pass == pass && further.block < block;
            }
        }
        (met, before)
    }
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
    let tokens = sources
        .submissions
        .iter()
        .map(|submission| {
            let tokens = submission.tokens(pass)?;
            // The order of big-endian numbers is that of their bytes.
            Ok(tokens.into_iter().map(|token| u128::from_be_bytes(token.0)).collect())
        })
        .collect::<Result<Vec<Vec<u128>>, Rejection>>()?;
    let rows = number_rows(sources, pass, limits, &tokens)?;
    drop(tokens);
    let mut lowest: Vec<u32> = (0..sources.record_count()).map(|r| u32::MAX - r).collect();
    let mut further = Vec::new();
    for (source, blocks) in rows.blocks.iter().enumerate() {
        let records = sources.submissions[source].pass_records(pass.number)?;
        for (record, block) in records.into_iter().zip(blocks) {
            if block & ALONE != 0 {
                continue;
            }
            let record = sources.offsets[source] + record;
            let lowest = &mut lowest[record as usize];
            if *lowest == u32::MAX - record {
                *lowest = *block;
            } else if *lowest != *block {
                further.push(Further { record, pass: pass.number, block: *block });
            }
        }
    }
    Ok(Numbered { rows, lowest, further })
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
    /// Counts a block; says whether any of its rows meet.
    fn count_block(&mut self, held: &[(usize, u64)], joins: &[Vec<bool>], limit: u64) -> bool {
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
