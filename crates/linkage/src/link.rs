//! Takes candidate pairs and what is known of the sources, gives persons.

use std::collections::HashMap;

use rayon::prelude::*;
use tallystick_wire::{FieldSet, LevelCounts};

use crate::block::CandidatePair;
use crate::chance::Chance;
use crate::cluster::{ClusterConfig, ClusterError, Clusters, Edge, cluster};
use crate::pattern::Pattern;
use crate::train::{Group, Model, train};

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

    /// Position of a pair of sources among the groups.
    fn group(&self, first: usize, second: usize) -> usize {
        let count = self.source_count();
        first * count - first * first.saturating_sub(1) / 2 + (second - first)
    }
}

/// What linking came to.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Pairs of sources with their histograms.
    pub groups: Vec<Group>,
    /// The trained model.
    pub model: Model,
    /// All candidate pairs with their weights, ascending.
    pub edges: Vec<Edge>,
    /// The persons.
    pub clusters: Clusters,
}

/// Trains on the pairs, weighs them, and clusters. `pairs` are ascending and unique.
///
/// # Errors
/// [`ClusterError::Cancelled`] when `cancel` says so; the others are faults of the settings.
pub fn resolve(
    space: &Space,
    pairs: &[CandidatePair],
    config: &ClusterConfig,
    cancel: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Resolution, ClusterError> {
    let groups = groups(space, pairs);
    let model = train(&groups);
    let edges = weigh(space, pairs, &groups, &model);
    let sources = space.sources();
    let clusters = cluster(&sources, &edges, &space.one_to_one, config, cancel, progress)?;
    Ok(Resolution { groups, model, edges, clusters })
}

fn groups(space: &Space, pairs: &[CandidatePair]) -> Vec<Group> {
    let count = space.source_count();
    let mut groups = Vec::new();
    for first in 0..count {
        for second in first..count {
            debug_assert_eq!(space.group(first, second), groups.len());
            groups.push(Group {
                first_source: first,
                second_source: second,
                pairs_total: space.pairs_total(first, second),
                chance: Chance::between(
                    &space.levels[first],
                    &space.levels[second],
                    space.shared[first][second],
                ),
                histogram: Vec::new(),
            });
        }
    }
    let counted = pairs
        .par_chunks(1 << 18)
        .map(|chunk| {
            let mut counts: HashMap<(usize, Pattern), u64> = HashMap::new();
            for pair in chunk {
                let (a, b) = pair.records();
                let group = space.group(space.source_of(a), space.source_of(b));
                *counts.entry((group, pair.pattern())).or_default() += 1;
            }
            counts
        })
        .reduce(HashMap::new, |mut left, right| {
            for (key, count) in right {
                *left.entry(key).or_default() += count;
            }
            left
        });
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_unstable();
    for ((group, pattern), count) in counted {
        groups[group].histogram.push((pattern, count));
    }
    groups
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

    #[test]
    fn groups_are_numbered_row_by_row() {
        let space = Space {
            offsets: vec![0, 3, 5, 9],
            levels: vec![LevelCounts::default(); 3],
            shared: vec![vec![FieldSet::default(); 3]; 3],
            without_duplicates: vec![false, true, false],
            one_to_one: Vec::new(),
        };
        let groups = groups(&space, &[]);
        assert_eq!(groups.len(), 6);
        assert_eq!(groups.iter().map(|group| group.pairs_total).sum::<u64>(), 3 + 6 + 12 + 8 + 6);
        assert_eq!([0, 2, 3, 4, 8].map(|record| space.source_of(record)), [0, 0, 1, 1, 2]);
        assert_eq!(space.sources(), [0, 0, 0, 1, 1, 2, 2, 2, 2]);
    }
}
