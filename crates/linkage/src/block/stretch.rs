//! Takes the rows of one stretch, compares every pair of each block, gives the pairs kept.

use std::ops::Range;

use tallystick_wire::schema::{Field, PassSpec};
use tallystick_wire::{ContinuityToken, ReadAt};

use super::rows::Side;
use super::{Blocker, CandidatePair, PassColumns, PassCounts};
use crate::compare::{Comparator, DIFFERENT, Levels, MISSING, NameCounts, SAME};
use crate::pattern::Pattern;

/// Rows of the largest source in one stretch.
const STRETCH_ROWS: usize = 16_384;

/// The work on one stretch.
pub(super) struct Stretch<'s, 'a, R> {
    pub(super) blocker: &'s Blocker<'a, R>,
    pub(super) pass: &'s PassSpec,
    pub(super) sides: &'s [Side<'s>],
    pub(super) comparators: Vec<Vec<Comparator>>,
    pub(super) joins: Vec<Vec<bool>>,
    pub(super) pairs: Vec<CandidatePair>,
    pub(super) counts: PassCounts,
    pub(super) names: [Vec<u32>; 2],
}

impl<R: ReadAt> Stretch<'_, '_, R> {
    /// Compares all pairs of one block: `block[source]` are the rows of a source.
    pub(super) fn block(&mut self, block: &[Range<usize>]) {
        let rows: usize = block.iter().map(Range::len).sum();
        if rows < 2 {
            return;
        }
        let limits = self.blocker.limits;
        let wide = self.pass.is_wide();
        if rows > (if wide { limits.wide_records_max } else { limits.records_max }) {
            self.counts.blocks_over_limit += 1;
            self.counts.rows_over_limit += rows as u64;
            return;
        }
        let before = self.counts.pairs_compared;
        for first in 0..block.len() {
            for second in first..block.len() {
                if !self.joins[first][second] {
                    continue;
                }
                let within = first == second;
                for row in block[first].clone() {
                    let others =
                        if within { row + 1..block[first].end } else { block[second].clone() };
                    if !others.is_empty() {
                        self.row(first, row, second, others);
                    }
                }
            }
        }
        if self.counts.pairs_compared > before {
            self.counts.blocks += 1;
            self.counts.largest_block = self.counts.largest_block.max(rows as u64);
        }
    }

    /// Compares one row with a range of rows of another side.
    fn row(&mut self, first: usize, row: usize, second: usize, others: Range<usize>) {
        let (side, other) = (&self.sides[first], &self.sides[second]);
        let a = side.row(row);
        for (counts, field) in self.names.iter_mut().zip([Field::First, Field::Last]) {
            counts.clear();
            counts.resize(others.len(), 0);
            let words = &other.rows.words[field as usize];
            let width = field.words();
            if !words.is_empty() && !a.words[field as usize].is_empty() {
                let stretch = &words[others.start * width..others.end * width];
                self.blocker.kernel.and_counts(width, a.words[field as usize], stretch, counts);
            }
        }
        let sources = self.blocker.sources;
        let record = sources.offsets[first] + side.records[row];
        let comparator = self.comparators[first][second];
        self.counts.pairs_compared += others.len() as u64;
        for (position, b_row) in others.enumerate() {
            let b_record = sources.offsets[second] + other.records[b_row];
            let names =
                NameCounts { first: self.names[0][position], last: self.names[1][position] };
            let mut levels = comparator.compare(&a, &other.row(b_row), names);
            if first == second {
                levels.local_id = local_id_level(&sources.continuity, record, b_record);
            }
            self.keep(record, b_record, &levels);
        }
    }

    fn keep(&mut self, a: u32, b: u32, levels: &Levels) {
        if a == b || levels.agreements() < 2 {
            return;
        }
        let pattern = Pattern::pack(levels);
        self.pairs.push(CandidatePair::new(a.min(b), a.max(b), pattern, self.pass.number));
    }
}

fn local_id_level(continuity: &[ContinuityToken], a: u32, b: u32) -> u8 {
    let (x, y) = (continuity[a as usize], continuity[b as usize]);
    if x == ContinuityToken::default() || y == ContinuityToken::default() {
        MISSING
    } else if x == y {
        SAME
    } else {
        DIFFERENT
    }
}

/// Splits a pass into stretches of whole blocks: ranges of rows by source.
pub(super) fn stretches(columns: &[PassColumns]) -> Vec<Vec<Range<usize>>> {
    let Some(largest) = columns.iter().max_by_key(|columns| columns.tokens.len()) else {
        return Vec::new();
    };
    let mut starts = vec![0; columns.len()];
    let mut out = Vec::new();
    for cut in (1..=largest.tokens.len() / STRETCH_ROWS).map(|n| n * STRETCH_ROWS) {
        let Some(token) = largest.tokens.get(cut) else { break };
        let ends: Vec<usize> = columns
            .iter()
            .map(|columns| columns.tokens.partition_point(|other| other < token))
            .collect();
        out.push(starts.iter().zip(&ends).map(|(start, end)| *start..*end).collect());
        starts = ends;
    }
    out.push(
        starts.iter().zip(columns).map(|(start, columns)| *start..columns.tokens.len()).collect(),
    );
    out
}

/// Calls `visit` with the rows of each source for every token, ascending.
pub(super) fn for_each_block(sides: &[Side<'_>], mut visit: impl FnMut(&[Range<usize>])) {
    let mut at = vec![0usize; sides.len()];
    let mut block = vec![0..0; sides.len()];
    while let Some(token) =
        sides.iter().zip(&at).filter_map(|(side, row)| side.tokens.get(*row)).min().copied()
    {
        for ((side, row), range) in sides.iter().zip(&mut at).zip(&mut block) {
            let start = *row;
            while side.tokens.get(*row) == Some(&token) {
                *row += 1;
            }
            *range = start..*row;
        }
        visit(&block);
    }
}
