//! Counts kept pairs by pattern, and says which of them are stored one by one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::pattern::Pattern;

/// Kept pairs of one pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PatternCount {
    /// The pattern.
    pub pattern: Pattern,
    /// Pairs that met in one pass, in two, in more.
    pub met: [u64; 3],
    /// Whether its pairs are stored one by one.
    pub stored: bool,
}

impl PatternCount {
    /// All its pairs.
    pub fn pairs(&self) -> u64 {
        self.met.iter().sum()
    }
}

/// Whether pairs of a pattern are stored one by one, by group of sources.
pub type Stores<'a> = &'a (dyn Fn(usize, Pattern) -> bool + Sync);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    met: [u64; 3],
    stored: bool,
}

/// Pairs by pattern in one group of sources.
#[derive(Debug, Default)]
pub(super) struct Tally(HashMap<Pattern, Counts, BuildHasherDefault<PatternHasher>>);

impl Tally {
    /// Counts a pair that met in some passes, one bit each; says whether it is stored.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        pattern: Pattern,
        passes: u32,
        stores: impl FnOnce() -> bool,
    ) -> bool {
        let class = (passes.count_ones().clamp(1, 3) - 1) as usize;
        // Nearly every pattern is known: not by `entry`, which makes room for one more first.
        if let Some(counts) = self.0.get_mut(&pattern) {
            counts.met[class] += 1;
            return counts.stored;
        }
        let mut counts = Counts { met: [0; 3], stored: stores() };
        counts.met[class] = 1;
        self.0.insert(pattern, counts);
        counts.stored
    }

    pub(super) fn add(&mut self, other: Self) {
        for (pattern, counts) in other.0 {
            let sum = self.0.entry(pattern).or_insert(Counts { met: [0; 3], ..counts });
            sum.met.iter_mut().zip(counts.met).for_each(|(sum, count)| *sum += count);
        }
    }

    /// All patterns, ascending.
    pub(super) fn sorted(&self) -> Vec<PatternCount> {
        let mut counts: Vec<PatternCount> = self
            .0
            .iter()
            .map(|(pattern, Counts { met, stored })| PatternCount {
                pattern: *pattern,
                met: *met,
                stored: *stored,
            })
            .collect();
        counts.sort_unstable_by_key(|count| count.pattern);
        counts
    }

    /// What [`Self::sorted`] gave.
    pub(super) fn of(counts: impl IntoIterator<Item = PatternCount>) -> Self {
        let counts = counts
            .into_iter()
            .map(|PatternCount { pattern, met, stored }| (pattern, Counts { met, stored }));
        Self(counts.collect())
    }
}

/// Multiplies by an odd number and folds (Knuth 1998, 6.4): patterns come from comparisons, so
/// nobody can choose them to collide.
#[derive(Debug, Default)]
pub(super) struct PatternHasher(u64);

impl Hasher for PatternHasher {
    #[inline(always)]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(word) * 0x9E37_79B9_7F4A_7C15;
        #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
        let folded = product as u64 ^ (product >> 64) as u64;
        self.0 = folded;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    #[inline(always)]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_of_threads_add_up() {
        let count = |passes: &[(u64, u32)]| {
            let mut tally = Tally::default();
            for (pattern, met) in passes {
                assert_eq!(tally.count(Pattern(*pattern), *met, || *pattern > 1), *pattern > 1);
            }
            tally
        };
        let mut sum = count(&[(1, 0b1), (2, 0b11), (1, 0b1)]);
        sum.add(count(&[(2, 0b1111), (3, 0b100)]));
        let expected = [(1, [2, 0, 0], false), (2, [0, 1, 1], true), (3, [1, 0, 0], true)]
            .map(|(pattern, met, stored)| PatternCount { pattern: Pattern(pattern), met, stored });
        assert_eq!(sum.sorted(), expected);
    }
}
