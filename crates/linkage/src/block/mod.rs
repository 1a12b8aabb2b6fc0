//! Takes one pass of all submissions, gives the candidate pairs that agree on two or more fields.
//!
//! Tokens are sorted in every submission, so the join is a merge; rows are read in stretches of
//! neighbouring tokens, which bounds memory whatever the number of records.

mod pair;
mod rows;
mod sources;
mod stretch;

use std::ops::Range;

use rayon::prelude::*;
use tallystick_kernels::Kernel;
use tallystick_wire::schema::{FIELDS, FieldSet, PassSpec};
use tallystick_wire::{BlockToken, ReadAt, Rejection, SectionKind};

use crate::compare::{Comparator, Thresholds};
pub use pair::{CandidatePair, merge};
use rows::{COUNTED, Rows, Side};
pub use sources::Sources;
use sources::place_fields;
use stretch::{Stretch, for_each_block, stretches};

/// What one pass did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PassCounts {
    /// Blocks with at least one pair.
    pub blocks: u64,
    /// Pairs compared.
    pub pairs_compared: u64,
    /// Pairs kept: agreeing on two or more fields.
    pub pairs_kept: u64,
    /// Blocks over the limit, left out.
    pub blocks_over_limit: u64,
    /// Rows in blocks over the limit.
    pub rows_over_limit: u64,
    /// Rows in the largest block.
    pub largest_block: u64,
}

impl PassCounts {
    fn add(mut self, other: &Self) -> Self {
        self.blocks += other.blocks;
        self.pairs_compared += other.pairs_compared;
        self.pairs_kept += other.pairs_kept;
        self.blocks_over_limit += other.blocks_over_limit;
        self.rows_over_limit += other.rows_over_limit;
        self.largest_block = self.largest_block.max(other.largest_block);
        self
    }
}

/// Largest blocks that are compared, in rows over all sources; larger ones are left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlockLimits {
    /// Of passes in general.
    pub records_max: usize,
    /// Of wide passes, whose keys many persons share.
    pub wide_records_max: usize,
}

/// Finds and compares the pairs of passes.
#[derive(Debug)]
pub struct Blocker<'a, R> {
    sources: &'a Sources<'a, R>,
    thresholds: Thresholds,
    limits: BlockLimits,
    kernel: Kernel,
}

/// Tokens and records of one source in one pass.
struct PassColumns {
    tokens: Vec<BlockToken>,
    records: Vec<u32>,
}

impl<'a, R: ReadAt> Blocker<'a, R> {
    /// A blocker over all sources.
    pub fn new(
        sources: &'a Sources<'a, R>,
        thresholds: Thresholds,
        limits: BlockLimits,
        kernel: Kernel,
    ) -> Self {
        Self { sources, thresholds, limits, kernel }
    }

    /// The kept pairs of a pass, ascending. `step` is called after each stretch and returns
    /// `false` to cancel, upon which the result is `None`.
    pub fn pass(
        &self,
        pass: &PassSpec,
        step: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Result<Option<(Vec<CandidatePair>, PassCounts)>, Rejection> {
        let columns = self
            .sources
            .submissions
            .iter()
            .map(|submission| {
                let has =
                    submission.layout().passes().any(|(other, _)| other.number == pass.number);
                Ok(if has {
                    PassColumns {
                        tokens: submission.tokens(pass)?,
                        records: submission.pass_records(pass.number)?,
                    }
                } else {
                    PassColumns { tokens: Vec::new(), records: Vec::new() }
                })
            })
            .collect::<Result<Vec<_>, Rejection>>()?;
        let stretches = stretches(&columns);
        let total = stretches.len();
        let results = stretches
            .into_par_iter()
            .map(|ranges| {
                if !step(0, total) {
                    return Ok(None);
                }
                let result = self.stretch(pass, &columns, &ranges)?;
                step(1, total);
                Ok(Some(result))
            })
            .collect::<Result<Vec<_>, Rejection>>()?;
        let mut counts = PassCounts::default();
        let mut pairs = Vec::new();
        for result in results {
            let Some((found, found_counts)) = result else { return Ok(None) };
            pairs.extend(found);
            counts = counts.add(&found_counts);
        }
        pairs.par_sort_unstable();
        // Compound names have several keys in one pass, so a pair can meet more than once.
        pairs.dedup_by(|next, kept| {
            let same = next.key == kept.key;
            if same {
                *kept = kept.merge(*next);
            }
            same
        });
        counts.pairs_kept = pairs.len() as u64;
        Ok(Some((pairs, counts)))
    }

    fn stretch(
        &self,
        pass: &PassSpec,
        columns: &[PassColumns],
        ranges: &[Range<usize>],
    ) -> Result<(Vec<CandidatePair>, PassCounts), Rejection> {
        let sides = ranges
            .iter()
            .zip(columns)
            .enumerate()
            .map(|(source, (range, columns))| self.side(source, pass, columns, range.clone()))
            .collect::<Result<Vec<_>, Rejection>>()?;
        let mut stretch = Stretch {
            blocker: self,
            pass,
            sides: &sides,
            comparators: self.per_pair(|first, second| {
                let shared = self.sources.shared_fields(first, second);
                Comparator::new(self.thresholds, shared, self.fixed_fields(pass, first))
            }),
            joins: self.per_pair(|first, second| self.sources.joins(pass, first, second)),
            pairs: Vec::new(),
            counts: PassCounts::default(),
            names: Default::default(),
        };
        for_each_block(&sides, |block| stretch.block(block));
        Ok((stretch.pairs, stretch.counts))
    }

    fn side<'c>(
        &self,
        source: usize,
        pass: &PassSpec,
        columns: &'c PassColumns,
        range: Range<usize>,
    ) -> Result<Side<'c>, Rejection> {
        let records = &columns.records[range.clone()];
        let rows = match &self.sources.trusted[source] {
            Some(filters) => filters.gather(records),
            None if range.is_empty() => Rows::default(),
            None => Rows::read(
                &self.sources.submissions[source],
                SectionKind::Pass(pass.number),
                range.start as u64..range.end as u64,
                &self.sources.places[source],
            )?,
        };
        let mut popcounts: [Vec<u32>; FIELDS.len()] = Default::default();
        for field in COUNTED {
            let words = &rows.words[field as usize];
            let counts = &mut popcounts[field as usize];
            counts.resize(words.len() / field.words(), 0);
            self.kernel.popcounts(field.words(), words, counts);
        }
        Ok(Side { rows, popcounts, records, tokens: &columns.tokens[range] })
    }

    /// Fields equal by construction of the pass, attributes at their common places.
    fn fixed_fields(&self, pass: &PassSpec, source: usize) -> FieldSet {
        place_fields(pass.fixed_fields(), &self.sources.places[source])
    }

    fn per_pair<T>(&self, of: impl Fn(usize, usize) -> T) -> Vec<Vec<T>> {
        let count = self.sources.submissions.len();
        (0..count).map(|first| (0..count).map(|second| of(first, second)).collect()).collect()
    }
}
