//! Takes candidate pairs and what is known of the sources, gives persons.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;
use tallystick_wire::{FieldSet, LevelCounts};

use crate::block::{self, CandidatePair, Candidates, PatternCount};
use crate::chance::Chance;
use crate::cluster::{ClusterConfig, ClusterError, Clusters, Edge, cluster, companies};
use crate::pattern::Pattern;
use crate::train::{Group, Model, probability, train};

/// What is known of the sources besides their rows. Sources are sorted by name.
#[derive(Clone, Debug)]
pub struct Space {
    /// First record number of each source, and the number of all records at the end.
    pub offsets: Vec<u32>,
    /// Level counts over random pairs, by source.
    pub levels: Vec<LevelCounts>,
    /// Fields shared by each pair of sources.
    pub shared: Vec<Vec<FieldSet>>,
    /// Sources of which pairs within are left out, because they hold nobody twice.
    pub without_duplicates: Vec<bool>,
    /// Pairs of sources declared one-to-one.
    pub one_to_one: Vec<(u16, u16)>,
}

impl Space {
    /// The source of a record.
    pub fn source_of(&self, record: u32) -> usize {
        self.offsets.partition_point(|offset| *offset <= record) - 1
    }

    /// The source of every record.
    pub fn sources(&self) -> Vec<u16> {
        (0u16..)
            .zip(self.offsets.windows(2))
            .flat_map(|(source, ends)| (ends[0]..ends[1]).map(move |_| source))
            .collect()
    }

    /// Number of sources.
    pub fn source_count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Records of one source.
    pub fn records_of(&self, source: usize) -> u64 {
        u64::from(self.offsets[source + 1] - self.offsets[source])
    }

    /// All pairs of records that could be compared between two sources, or within one.
    pub fn pairs_total(&self, first: usize, second: usize) -> u64 {
        let (a, b) = (self.records_of(first), self.records_of(second));
        match (first == second, self.without_duplicates[first]) {
            (true, true) => 0,
            (true, false) => a * a.saturating_sub(1) / 2,
            (false, _) => a * b,
        }
    }

    /// All pairs of sources, those within a source included, without pairs of records.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let count = self.source_count();
        let pairs = (0..count).flat_map(|first| (first..count).map(move |second| (first, second)));
        pairs
            .enumerate()
            .map(|(position, (first, second))| {
                debug_assert_eq!(self.group(first, second), position);
                Group {
                    first_source: first,
                    second_source: second,
                    pairs_total: self.pairs_total(first, second),
                    chance: Chance::between(
                        &self.levels[first],
                        &self.levels[second],
                        self.shared[first][second],
                    ),
                    histogram: Vec::new(),
                }
            })
            .collect()
    }

    /// Position of a pair of sources among the groups.
    fn group(&self, first: usize, second: usize) -> usize {
        block::group(self.source_count(), first, second)
    }
}

/// A model and what it was trained on.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Pairs of sources with their histograms.
    pub groups: Vec<Group>,
    /// The trained model.
    pub model: Model,
}

impl Fitted {
    /// Whether pairs that are not stored would connect records: then all must be stored.
    pub fn misses_some(&self, candidates: &Candidates, connect_mbit: i32) -> bool {
        self.weighed(candidates)
            .any(|(count, weight_mbit)| !count.stored && weight_mbit >= connect_mbit)
    }

    /// Patterns of which pairs connect two records, by group of sources.
    pub fn connecting(&self, connect_mbit: i32) -> Vec<HashSet<Pattern>> {
        let groups = self.groups.iter().zip(&self.model.weights);
        let connecting = groups.map(|(group, weights)| {
            let patterns = group.histogram.iter().zip(weights);
            patterns
                .filter(|(_, weight_mbit)| **weight_mbit >= connect_mbit)
                .map(|((pattern, _), _)| *pattern)
                .collect()
        });
        connecting.collect()
    }

    /// Counts stored pairs that turned out too light to connect records among those not stored.
    pub fn drop_unlikely(
        &self,
        space: &Space,
        candidates: &mut Candidates,
        connecting: &[HashSet<Pattern>],
    ) {
        for (patterns, connecting) in candidates.patterns.iter_mut().zip(connecting) {
            for count in patterns.iter_mut() {
                count.stored &= connecting.contains(&count.pattern);
            }
        }
        candidates.pairs.retain(|pair| {
            let (a, b) = pair.records();
            let group = space.group(space.source_of(a), space.source_of(b));
            connecting[group].contains(&pair.pattern())
        });
        candidates.pairs.shrink_to_fit();
    }

    /// For each record a number that it shares with the records it could be one person with. Pairs of which it is not the same
    /// say nothing of any cluster; the stored pairs are those that connect.
    pub fn companies(&self, space: &Space, candidates: &Candidates, connect_mbit: i32) -> Vec<u32> {
        let edges = weigh(space, &candidates.pairs, &self.groups, &self.model);
        companies(space.offsets[space.source_count()], &edges, connect_mbit)
    }

    /// Matches to expect among the pairs that are not stored: that met in one pass, in two, in more.
    fn unlikely(&self, candidates: &Candidates) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for (count, weight_mbit) in self.weighed(candidates).filter(|(count, _)| !count.stored) {
            let p = probability(weight_mbit);
            sums.iter_mut().zip(count.met).for_each(|(sum, met)| *sum += p * met as f64);
        }
        sums
    }

    /// Every pattern with its weight, in the order of groups and patterns.
    fn weighed<'a>(
        &'a self,
        candidates: &'a Candidates,
    ) -> impl Iterator<Item = (&'a PatternCount, i32)> {
        let groups = candidates.patterns.iter().zip(&self.model.weights);
        groups.flat_map(|(patterns, weights)| patterns.iter().zip(weights.iter().copied()))
    }
}

/// What linking came to.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Pairs of sources with their histograms.
    pub groups: Vec<Group>,
    /// The trained model.
    pub model: Model,
    /// All stored pairs with their weights, ascending.
    pub edges: Vec<Edge>,
    /// Matches to expect among pairs that are not stored: that met in one pass, in two, in more.
    pub unlikely: [f64; 3],
    /// The persons.
    pub clusters: Clusters,
}

/// Trains on all kept pairs.
pub fn fit(space: &Space, candidates: &Candidates) -> Fitted {
    let mut groups = space.groups();
    for (group, patterns) in groups.iter_mut().zip(&candidates.patterns) {
        group.histogram = patterns.iter().map(|count| (count.pattern, count.pairs())).collect();
    }
    let model = train(&groups);
    Fitted { groups, model }
}

/// Weighs the stored pairs, and clusters.
///
/// # Errors
/// [`ClusterError::Cancelled`] when `cancel` says so; the others are faults of the settings.
pub fn resolve(
    space: &Space,
    candidates: &Candidates,
    fitted: Fitted,
    config: &ClusterConfig,
    cancel: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Resolution, ClusterError> {
    let unlikely = fitted.unlikely(candidates);
    let Fitted { groups, model } = fitted;
    let edges = weigh(space, &candidates.pairs, &groups, &model);
    let sources = space.sources();
    let clusters = cluster(&sources, &edges, &space.one_to_one, config, cancel, progress)?;
    Ok(Resolution { groups, model, edges, unlikely, clusters })
}

/// Counts pairs by pattern; all of them are stored. `pairs` are ascending and unique.
pub fn count(space: &Space, pairs: Vec<CandidatePair>) -> Candidates {
    let mut patterns = vec![BTreeMap::new(); space.groups().len()];
    for pair in &pairs {
        let (a, b) = pair.records();
        let group = space.group(space.source_of(a), space.source_of(b));
        let new = PatternCount { pattern: pair.pattern(), met: [0; 3], stored: true };
        let count = patterns[group].entry(pair.pattern()).or_insert(new);
        count.met[pair.passes().count_ones().clamp(1, 3) as usize - 1] += 1;
    }
    let patterns = patterns.into_iter().map(|group| group.into_values().collect()).collect();
    Candidates { pairs, patterns, passes: Vec::new() }
}

fn weigh(space: &Space, pairs: &[CandidatePair], groups: &[Group], model: &Model) -> Vec<Edge> {
    let weights: Vec<HashMap<Pattern, i32>> = groups
        .iter()
        .zip(&model.weights)
        .map(|(group, weights)| {
            group
                .histogram
                .iter()
                .map(|(pattern, _)| *pattern)
                .zip(weights.iter().copied())
                .collect()
        })
        .collect();
    pairs
        .par_iter()
        .map(|pair| {
            let (first, second) = pair.records();
            let group = space.group(space.source_of(first), space.source_of(second));
            Edge { first, second, weight_mbit: weights[group][&pair.pattern()] }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Levels;

    #[test]
    fn groups_are_numbered_row_by_row() {
        let space = Space {
            offsets: vec![0, 3, 5, 9],
            levels: vec![LevelCounts::default(); 3],
            shared: vec![vec![FieldSet::default(); 3]; 3],
            without_duplicates: vec![false, true, false],
            one_to_one: Vec::new(),
        };
        let groups = space.groups();
        assert_eq!(groups.len(), 6);
        assert_eq!(groups.iter().map(|group| group.pairs_total).sum::<u64>(), 3 + 6 + 12 + 8 + 6);
        assert_eq!([0, 2, 3, 4, 8].map(|record| space.source_of(record)), [0, 0, 1, 1, 2]);
        assert_eq!(space.sources(), [0, 0, 0, 1, 1, 2, 2, 2, 2]);
    }

    /// What makes blocking run again with every pair stored.
    #[test]
    fn a_match_that_was_only_counted_is_noticed() {
        let space = Space {
            offsets: vec![0, 1_000, 2_000],
            levels: vec![LevelCounts::default(); 2],
            shared: vec![vec![FieldSet(0xFFFF); 2]; 2],
            without_duplicates: vec![true; 2],
            one_to_one: vec![(0, 1)],
        };
        let equal = Levels { first: 4, last: 4, dob: 4, ssn4: 3, sex: 2, ..Levels::default() };
        let unlike = Levels { first: 4, last: 1, dob: 1, ssn4: 1, zip: 3, ..Levels::default() };
        let candidates = |equal_stored: bool| {
            let count = |levels: &Levels, pairs: u64, stored: bool| PatternCount {
                pattern: Pattern::pack(levels),
                met: [pairs, 0, 0],
                stored,
            };
            let mut across = vec![count(&equal, 500, equal_stored), count(&unlike, 300, false)];
            across.sort_unstable_by_key(|count| count.pattern);
            let patterns = vec![Vec::new(), across, Vec::new()];
            Candidates { pairs: Vec::new(), patterns, passes: Vec::new() }
        };
        let missed = candidates(false);
        assert!(fit(&space, &missed).misses_some(&missed, -1_000));
        let kept = candidates(true);
        assert!(!fit(&space, &kept).misses_some(&kept, -1_000));
    }
}
