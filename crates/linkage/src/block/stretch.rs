//! Takes the rows of one stretch, compares the pairs of each block that did not meet before.

use std::ops::Range;

use rayon::prelude::*;
use tallystick_kernels::Work;
use tallystick_wire::ContinuityToken;

use super::meeting::{ALONE, Meetings};
use super::pair::{CandidatePair, merge};
use super::rows::Side;
use super::tally::{Stores, Tally};
use super::{Joined, PASS_BITS};
use crate::compare::{DIFFERENT, MISSING, SAME};
use crate::pattern::Pattern;

/// Pairs that meet in so many passes are compared in each. They are few and mostly matches, and every
/// pass shows them through other hash functions: what one hides by chance, another tells.
pub const AGAIN_MIN: u32 = 3;

/// What one thread found, and memory it uses again.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub(super) sides: Vec<Side>,
    pub(super) buffer: Vec<u8>,
    pub(super) found: Found,
}

impl Workspace {
    /// What was found since the last time.
    pub(super) fn take(&mut self) -> Found {
        let empty = Found::of_groups(self.found.tallies.len());
        core::mem::replace(&mut self.found, empty)
    }
}

/// Pairs that a thread, or a pass, kept.
#[derive(Debug, Default)]
pub struct Found {
    pub(super) pairs: Vec<CandidatePair>,
    /// Pairs that are compared in every pass in which they meet, once for each.
    pub(super) again: Vec<CandidatePair>,
    /// By group of sources.
    pub(super) tallies: Vec<Tally>,
    /// Kept pairs by pass, of all that meet in it.
    pub(super) kept: [u64; PASS_BITS],
    /// Compared pairs by pass.
    pub(super) compared: [u64; PASS_BITS],
}

impl Found {
    /// Counts a kept pair, and stores it if wanted.
    #[inline(always)]
    pub(super) fn keep(&mut self, group: usize, pair: CandidatePair, stores: Stores<'_>) {
        let (pattern, met) = (pair.pattern(), pair.passes());
        let mut rest = met;
        while rest != 0 {
            self.kept[rest.trailing_zeros() as usize] += 1;
            rest &= rest - 1;
        }
        if self.tallies[group].count(pattern, met, || stores(group, pattern)) {
            self.pairs.push(pair);
        }
    }

    /// Nothing, in this many groups of sources.
    pub(super) fn of_groups(count: usize) -> Self {
        let mut found = Self::default();
        found.tallies.resize_with(count, Tally::default);
        found
    }

    /// All together. Memory for the sum is asked for at once and each part is freed when it is added, so that little more than
    /// the sum is ever held.
    pub(super) fn sum(parts: Vec<Self>) -> Self {
        let mut sum = Self::default();
        if parts.len() > 1 {
            sum.pairs.reserve_exact(parts.iter().map(|part| part.pairs.len()).sum());
            sum.again.reserve_exact(parts.iter().map(|part| part.again.len()).sum());
        }
        parts.into_iter().for_each(|part| sum.add(part));
        sum
    }

    /// Takes in what one more pass found. Pairs that are compared again are held once, whatever the number of their passes.
    pub fn join(&mut self, mut pass: Self) {
        let mut again = core::mem::take(&mut pass.again);
        again.par_sort_unstable();
        self.again = merge(core::mem::take(&mut self.again), again);
        self.add(pass);
    }

    fn add(&mut self, other: Self) {
        for (all, more) in [(&mut self.pairs, other.pairs), (&mut self.again, other.again)] {
            if all.capacity() == 0 {
                *all = more;
            } else {
                all.extend(more);
            }
        }
        self.tallies.resize_with(self.tallies.len().max(other.tallies.len()), Tally::default);
        self.tallies.iter_mut().zip(other.tallies).for_each(|(sum, tally)| sum.add(tally));
        self.kept.iter_mut().zip(other.kept).for_each(|(sum, kept)| *sum += kept);
        self.compared.iter_mut().zip(other.compared).for_each(|(sum, count)| *sum += count);
    }
}

/// The work on one stretch whose rows are read.
pub(super) struct Stretch<'s> {
    pub(super) meetings: &'s Meetings,
    pub(super) pass: u8,
    pub(super) continuity: &'s [ContinuityToken],
    /// See [`super::Blocker::compare_among`].
    pub(super) among: &'s [u32],
    pub(super) stores: Stores<'s>,
    /// By first and second source.
    pub(super) joined: &'s [Vec<Option<Joined>>],
    pub(super) space: &'s mut Workspace,
}

/// Rows of one block by source, for sources that have some.
type Block = Vec<(usize, Range<usize>)>;

impl Work for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Workspace { sides, found, .. } = self.space;
        let mut heads = vec![0usize; sides.len()];
        let mut block = Block::new();
        while let Some(number) = next_block(sides, &mut heads) {
            block.clear();
            for (source, (side, head)) in sides.iter().zip(&mut heads).enumerate() {
                let rows = &side.blocks[*head..];
                let count = rows.iter().take_while(|other| **other == number).count();
                if count > 0 {
                    block.push((source, *head..*head + count));
                    *head += count;
                }
            }
            let mut pairs = Pairs {
                meetings: self.meetings,
                continuity: self.continuity,
                among: self.among,
                stores: self.stores,
                sides,
                pass: self.pass,
                number,
                found,
            };
            for (position, (first, rows)) in block.iter().enumerate() {
                for (second, others) in &block[position..] {
                    if let Some(joined) = &self.joined[*first][*second] {
                        pairs.compare(joined, (*first, rows.clone()), (*second, others.clone()));
                    }
                }
            }
        }
    }
}

/// The lowest block number at the heads, which are moved past rows that meet none.
#[inline(always)]
fn next_block(sides: &[Side], heads: &mut [usize]) -> Option<u32> {
    let mut lowest = None;
    for (side, head) in sides.iter().zip(heads) {
        while side.blocks.get(*head).is_some_and(|block| block & ALONE != 0) {
            *head += 1;
        }
        if let Some(block) = side.blocks.get(*head) {
            lowest = Some(lowest.map_or(*block, |lowest: u32| lowest.min(*block)));
        }
    }
    lowest
}

/// The pairs of one block.
struct Pairs<'p> {
    meetings: &'p Meetings,
    continuity: &'p [ContinuityToken],
    among: &'p [u32],
    stores: Stores<'p>,
    sides: &'p [Side],
    pass: u8,
    number: u32,
    found: &'p mut Found,
}

impl Pairs<'_> {
    #[inline(always)]
    fn may_compare(&self, a: u32, b: u32) -> bool {
        self.among.is_empty() || self.among[a as usize] == self.among[b as usize]
    }

    /// Compares the rows of one source with those of another, or of the same.
    #[inline(always)]
    fn compare(
        &mut self,
        joined: &Joined,
        (first, rows): (usize, Range<usize>),
        (second, others): (usize, Range<usize>),
    ) {
        let within = first == second;
        let earlier = joined.passes & ((1 << self.pass) - 1);
        let (side, other) = (&self.sides[first], &self.sides[second]);
        for row in rows {
            let a = side.row(row);
            let standing = &side.standings[row];
            let others = if within { row + 1..others.end } else { others.clone() };
            for other_row in others {
                if !self.may_compare(side.records[row], other.records[other_row]) {
                    continue;
                }
                let against = &other.standings[other_row];
                let mut met = standing.shared(against) & joined.passes;
                if standing.has_further() || against.has_further() {
                    let (all, before) =
                        self.meetings.meet(standing, against, self.pass, self.number);
                    if before {
                        continue;
                    }
                    met = all & joined.passes;
                }
                let is_first = met & earlier == 0;
                let again = met.count_ones() >= AGAIN_MIN;
                if !is_first && !again {
                    continue;
                }
                let records = (side.records[row], other.records[other_row]);
                if records.0 == records.1 {
                    continue;
                }
                self.found.compared[usize::from(self.pass)] += u64::from(is_first);
                let b = other.row(other_row);
                let names = joined.comparator.count_names(&a, &b);
                let mut levels = joined.comparator.identify(&a, &b, names);
                if within {
                    let token = |record: u32| self.continuity[record as usize];
                    levels.local_id = local_id_level(token(records.0), token(records.1));
                }
                if levels.agreements() >= 2 {
                    joined.comparator.describe(&a, &b, &mut levels);
                    let (low, high) = (records.0.min(records.1), records.0.max(records.1));
                    let pattern = Pattern::pack(&levels);
                    let pair = CandidatePair::met_in(low, high, pattern, met);
                    if again {
                        self.found.again.push(pair);
                    } else {
                        self.found.keep(joined.group, pair, self.stores);
                    }
                }
            }
        }
    }
}

/// The level of the agency's own person number for two records of one source.
pub fn local_id_level(x: ContinuityToken, y: ContinuityToken) -> u8 {
    if x == ContinuityToken::default() || y == ContinuityToken::default() {
        MISSING
    } else if x == y {
        SAME
    } else if x.is_of_row() || y.is_of_row() {
        // A number of a row, given for its aliases, is no number of another row's person.
        MISSING
    } else {
        DIFFERENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_rows_agree_but_never_differ() {
        let person = |byte| ContinuityToken([byte; 16]);
        let row = |byte| {
            let mut token = person(byte);
            token.0[..ContinuityToken::ROW_ZEROS].fill(0);
            token
        };
        let tokens = [person(1), person(1), person(2), row(3), row(3), row(4), person(0)];
        let level = |a: usize, b: usize| local_id_level(tokens[a], tokens[b]);
        assert_eq!([level(0, 1), level(0, 2), level(3, 4)], [SAME, DIFFERENT, SAME]);
        assert_eq!([level(3, 5), level(0, 3), level(0, 6), level(3, 6)], [MISSING; 4]);
    }
}
