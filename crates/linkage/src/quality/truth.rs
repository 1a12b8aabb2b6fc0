//! Takes found and true persons per record, gives counts of pairs, precision, recall and F1.
//!
//! **Conventions for empty denominators.** Precision is 1 if nothing was claimed, recall and pairs
//! completeness are 1 if there was nothing to find, F1 is 1 if both; [`reduction_ratio`] is 0 if there
//! was no pair to save, [`pairs_quality`] is 1 if there was no candidate. B-cubed of no records is 1.
//!
//! All counts are whole numbers; floats appear only in the last division, so no figure depends on the
//! order of the records. Costs sorting: no pair is ever looked at.

use std::collections::BTreeMap;

/// Pairs of records claimed, true, and both.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PairCounts {
    /// Pairs in one found cluster that are one true person.
    pub true_positives: u64,
    /// Pairs in one found cluster.
    pub predicted_pairs: u64,
    /// Pairs that are one true person.
    pub true_pairs: u64,
}

impl PairCounts {
    /// Share of the claimed pairs that are true; 1 if none was claimed.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.predicted_pairs, 1.0)
    }

    /// Share of the true pairs that were claimed; 1 if there are none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.true_pairs, 1.0)
    }

    /// Harmonic mean of precision and recall, `2 TP / (predicted + true)`; 1 if both are zero.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.true_positives, self.predicted_pairs + self.true_pairs, 1.0)
    }

    fn less(self, part: Self) -> Self {
        Self {
            true_positives: self.true_positives - part.true_positives,
            predicted_pairs: self.predicted_pairs - part.predicted_pairs,
            true_pairs: self.true_pairs - part.true_pairs,
        }
    }
}

/// B-cubed measures (Bagga and Baldwin 1998): means over records, not over pairs, so that one large
/// cluster does not outweigh all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BCubed {
    /// Mean over records of the share of its found cluster that is the same true person.
    pub precision: f64,
    /// Mean over records of the share of its true person that is in the same found cluster.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

/// A linkage measured against the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruthScore {
    /// Records with a truth; all figures are about these.
    pub record_count: u64,
    /// Records left out.
    pub untold_count: u64,
    /// True persons.
    pub true_count: u64,
    /// Found clusters that hold a record with a truth.
    pub found_count: u64,
    /// Every pair.
    pub all: PairCounts,
    /// Pairs of records of different sources.
    pub across: PairCounts,
    /// Pairs of records of one source.
    pub within: PairCounts,
    /// Measures by record.
    pub b_cubed: BCubed,
}

/// One record with a truth.
#[derive(Clone, Copy)]
struct Told {
    found: u32,
    truth: u32,
    source: u16,
}

/// Measures found clusters against true persons.
///
/// All slices have one entry per record: the id of its found cluster, its true person if known
/// (records without are left out), its source. Ids need only be equal or different.
///
/// # Panics
///
/// If the slices differ in length.
#[must_use]
pub fn score(found: &[u32], truth: &[Option<u32>], source_of: &[u16]) -> TruthScore {
    assert_eq!(found.len(), truth.len(), "one truth for each record");
    assert_eq!(found.len(), source_of.len(), "one source for each record");
    let mut told: Vec<Told> = found
        .iter()
        .zip(truth)
        .zip(source_of)
        .filter_map(|((&found, &truth), &source)| Some(Told { found, truth: truth?, source }))
        .collect();

    told.sort_unstable_by_key(|t| (t.truth, t.source));
    let truths = Grouping::of(&told, |t| t.truth);
    told.sort_unstable_by_key(|t| (t.found, t.source));
    let founds = Grouping::of(&told, |t| t.found);
    told.sort_unstable_by_key(|t| (t.found, t.truth, t.source));
    let both = Grouping::of(&told, |t| (t.found, t.truth));

    let all = PairCounts {
        true_positives: both.pairs,
        predicted_pairs: founds.pairs,
        true_pairs: truths.pairs,
    };
    let within = PairCounts {
        true_positives: both.pairs_within,
        predicted_pairs: founds.pairs_within,
        true_pairs: truths.pairs_within,
    };
    let precision = mean_share(&told, |t| t.found, |t| t.truth);
    told.sort_unstable_by_key(|t| (t.truth, t.found));
    let recall = mean_share(&told, |t| t.truth, |t| t.found);
    let f1 = if precision + recall > 0.0 {
        2.0 * precision * recall / (precision + recall)
    } else {
        0.0
    };
    TruthScore {
        record_count: told.len() as u64,
        untold_count: (found.len() - told.len()) as u64,
        true_count: truths.groups,
        found_count: founds.groups,
        all,
        across: all.less(within),
        within,
        b_cubed: BCubed { precision, recall, f1 },
    }
}

/// Pairs inside groups of records.
struct Grouping {
    groups: u64,
    pairs: u64,
    /// Pairs of one source.
    pairs_within: u64,
}

impl Grouping {
    /// Groups records by a key; they come sorted by key, then source.
    fn of<K: PartialEq>(told: &[Told], key: impl Fn(&Told) -> K) -> Self {
        let mut grouping = Self { groups: 0, pairs: 0, pairs_within: 0 };
        for group in told.chunk_by(|a, b| key(a) == key(b)) {
            grouping.groups += 1;
            grouping.pairs += pairs_of(group.len());
            for same in group.chunk_by(|a, b| a.source == b.source) {
                grouping.pairs_within += pairs_of(same.len());
            }
        }
        grouping
    }
}

/// The mean over records of the share of its `outer` group that is also its `inner` group; records come
/// sorted by outer, then inner.
///
/// A group of n records with parts of `n_i` gives `sum n_i^2 / n`. The squares are summed by n, so that
/// there is one division for each group size and the sum does not depend on the names of groups.
fn mean_share(told: &[Told], outer: impl Fn(&Told) -> u32, inner: impl Fn(&Told) -> u32) -> f64 {
    let mut squares_of_size: BTreeMap<usize, u64> = BTreeMap::new();
    for group in told.chunk_by(|a, b| outer(a) == outer(b)) {
        let parts = group.chunk_by(|a, b| inner(a) == inner(b));
        let squares: u64 = parts.map(|part| (part.len() as u64).pow(2)).sum();
        *squares_of_size.entry(group.len()).or_default() += squares;
    }
    if told.is_empty() {
        return 1.0;
    }
    let sum: f64 = squares_of_size.iter().map(|(&size, &sum)| sum as f64 / size as f64).sum();
    sum / told.len() as f64
}

/// Share of the true pairs that blocking kept; 1 if there are none (Christen 2012).
#[must_use]
pub fn pairs_completeness(candidate_true_pairs: u64, true_pairs: u64) -> f64 {
    share(candidate_true_pairs, true_pairs, 1.0)
}

/// Share of the candidates that are true; 1 if there are none (Christen 2012).
#[must_use]
pub fn pairs_quality(candidate_true_pairs: u64, candidate_pairs: u64) -> f64 {
    share(candidate_true_pairs, candidate_pairs, 1.0)
}

/// Share of all pairs that blocking saved; 0 if there are none (Christen 2012).
#[must_use]
pub fn reduction_ratio(candidate_pairs: u64, all_pairs: u64) -> f64 {
    share(all_pairs.saturating_sub(candidate_pairs), all_pairs, 0.0)
}

/// Pairs among `count` records.
#[must_use]
pub fn pairs_of(count: usize) -> u64 {
    let count = count as u64;
    count * count.saturating_sub(1) / 2
}

fn share(part: u64, whole: u64, empty: f64) -> f64 {
    if whole == 0 { empty } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Looks at every pair of records.
    fn oracle(records: &[(u32, Option<u32>, u16)]) -> TruthScore {
        let told: Vec<(u32, u32, u16)> =
            records.iter().filter_map(|&(f, t, s)| Some((f, t?, s))).collect();
        let (mut across, mut within) = (PairCounts::default(), PairCounts::default());
        for (i, a) in told.iter().enumerate() {
            for b in &told[..i] {
                let counts = if a.2 == b.2 { &mut within } else { &mut across };
                counts.predicted_pairs += u64::from(a.0 == b.0);
                counts.true_pairs += u64::from(a.1 == b.1);
                counts.true_positives += u64::from(a.0 == b.0 && a.1 == b.1);
            }
        }
        let mean = |pick: &dyn Fn(&(u32, u32, u16)) -> u32| {
            let sum: f64 = told
                .iter()
                .map(|a| {
                    let group: Vec<_> = told.iter().filter(|b| pick(a) == pick(b)).collect();
                    let both = group.iter().filter(|b| a.0 == b.0 && a.1 == b.1).count();
                    both as f64 / group.len() as f64
                })
                .sum();
            if told.is_empty() { 1.0 } else { sum / told.len() as f64 }
        };
        let (precision, recall) = (mean(&|t| t.0), mean(&|t| t.1));
        let distinct = |mut ids: Vec<u32>| {
            ids.sort_unstable();
            ids.dedup();
            ids.len() as u64
        };
        TruthScore {
            record_count: told.len() as u64,
            untold_count: (records.len() - told.len()) as u64,
            true_count: distinct(told.iter().map(|t| t.1).collect()),
            found_count: distinct(told.iter().map(|t| t.0).collect()),
            all: PairCounts {
                true_positives: across.true_positives + within.true_positives,
                predicted_pairs: across.predicted_pairs + within.predicted_pairs,
                true_pairs: across.true_pairs + within.true_pairs,
            },
            across,
            within,
            b_cubed: BCubed { precision, recall, f1: 2.0 / (1.0 / precision + 1.0 / recall) },
        }
    }

    fn score_of(records: &[(u32, Option<u32>, u16)]) -> TruthScore {
        let found: Vec<u32> = records.iter().map(|r| r.0).collect();
        let truth: Vec<Option<u32>> = records.iter().map(|r| r.1).collect();
        let source_of: Vec<u16> = records.iter().map(|r| r.2).collect();
        score(&found, &truth, &source_of)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    proptest! {
        #[test]
        fn sorting_counts_what_looking_at_each_pair_counts(
            records in prop::collection::vec(
                (0_u32..8, prop::option::weighted(0.9, 0_u32..8), 0_u16..3), 0..60),
        ) {
            let (fast, naive) = (score_of(&records), oracle(&records));
            prop_assert!(close(fast.b_cubed.precision, naive.b_cubed.precision));
            prop_assert!(close(fast.b_cubed.recall, naive.b_cubed.recall));
            prop_assert!(close(fast.b_cubed.f1, naive.b_cubed.f1));
            prop_assert_eq!(TruthScore { b_cubed: naive.b_cubed, ..fast }, naive);
        }

        #[test]
        fn order_of_records_and_names_of_clusters_do_not_matter(
            (records, shuffled) in prop::collection::vec(
                (0_u32..8, prop::option::weighted(0.9, 0_u32..8), 0_u16..3), 0..60)
                .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        ) {
            let renamed: Vec<_> =
                shuffled.into_iter().map(|(f, t, s)| (97 - f, t.map(|t| t ^ 5), s)).collect();
            prop_assert_eq!(score_of(&records), score_of(&renamed));
        }
    }

    #[test]
    fn a_worked_example() {
        // Found {0 1 2} {3 4}, true {0 1} {2 3 4}.
        let truth = [0, 0, 1, 1, 1].map(Some);
        let score = score(&[0, 0, 0, 3, 3], &truth, &[0, 1, 0, 0, 0]);
        assert_eq!(score.all, PairCounts { true_positives: 2, predicted_pairs: 4, true_pairs: 4 });
        assert_eq!(
            score.across,
            PairCounts { true_positives: 1, predicted_pairs: 2, true_pairs: 1 }
        );
        assert!(close(score.all.f1(), 0.5));
        // Precision by record: 2/3, 2/3, 1/3, 1, 1; recall: 1, 1, 1/3, 2/3, 2/3.
        assert!(close(score.b_cubed.precision, 11.0 / 15.0));
        assert!(close(score.b_cubed.recall, 11.0 / 15.0));
    }

    #[test]
    fn empty_denominators_follow_the_conventions() {
        let none = score(&[], &[], &[]);
        assert!(close(none.all.precision(), 1.0) && close(none.all.recall(), 1.0));
        assert!(close(none.all.f1(), 1.0) && close(none.b_cubed.f1, 1.0));
        let missed = score(&[0, 1], &[Some(0), Some(0)], &[0, 1]);
        assert!(close(missed.all.precision(), 1.0) && close(missed.all.recall(), 0.0));
        assert!(close(missed.all.f1(), 0.0));
        assert!(close(pairs_completeness(0, 0), 1.0) && close(pairs_completeness(1, 4), 0.25));
        assert!(close(pairs_quality(0, 0), 1.0) && close(pairs_quality(1, 4), 0.25));
        assert!(close(reduction_ratio(0, 0), 0.0) && close(reduction_ratio(1, 4), 0.75));
    }

    #[test]
    fn records_without_truth_are_left_out() {
        let score = score(&[7, 7, 7], &[Some(1), None, Some(1)], &[0, 0, 1]);
        assert_eq!((score.record_count, score.untold_count), (2, 1));
        assert_eq!(score.all, PairCounts { true_positives: 1, predicted_pairs: 1, true_pairs: 1 });
    }
}
