//! Takes scored pairs, gives persons at three cut heights and flags for review, refuses pairs out of order.
//!
//! **Method.** Average-linkage agglomeration (UPGMA; Sokal and Michener 1958) on match weights. The
//! closeness of two clusters X and Y is the mean over *all* |X| |Y| pairs between them: a compared
//! pair counts its weight, clipped to `±clip_mbit`; a pair that no blocking pass brought together
//! counts `absent_mbit`, which is below zero. So one chance edge between two well-filled clusters
//! does not join them, as it would with connected components. The two clusters with the highest mean
//! are joined as long as that mean is **at or above** the stop.
//!
//! **Ties** go to the pair with the smaller least record, then to the smaller least record of the
//! other cluster. Means are fractions of whole numbers compared by multiplying out; there are no
//! floats, so the result is the same on every machine and for every number of threads.
//!
//! **Three heights of one tree.** A join never raises the mean to a third cluster above what it was
//! for the better of the two joined (the mean of a union is a weighted mean), so the means of
//! successive joins never rise, and `strict`, `main` and `loose` are one run looked at at three stops:
//! strict clusters refine main ones, which refine loose ones. One-to-one rules keep this: if X and Z
//! may not be joined, no cluster holding X may be joined with one holding Z, so forbidden pairs only
//! drop out.
//!
//! **Cost.** Only cluster pairs with a compared pair between them are kept: their mean is the only one
//! that can exceed `absent_mbit`, and every stop lies above that. Heap entries are upper bounds that
//! are corrected when they reach the top. Memory is linear in the edges, time about E log E.
//!
//! Not promised: average linkage is greedy. A one-to-one rule gives greedy best-first matching, not
//! the assignment with the highest total.

mod agglomerate;
mod components;
mod impute;
mod review;
#[cfg(test)]
mod tests;

use std::ops::Range;

use rayon::prelude::*;

use agglomerate::{Agglomeration, Labels};
use components::Components;
pub(crate) use components::companies;
pub use impute::{CERTAIN_MBIT, Doubt};
pub use review::{ReviewFlag, ReviewKind};

/// Weights and stops lie within plus and minus this many thousandths of a bit; keeps sums in `i64`.
const MBIT_LIMIT: i32 = 1_000_000;
/// At most so many sources may be named in one-to-one rules: one bit each.
const SOLE_SOURCES_MAX: usize = SoleMask::BITS as usize;
/// Components are handed to threads in batches of about this many records and edges together.
const BATCH_WORK: usize = 16_384;

/// One compared pair of records; `first < second`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Edge {
    /// Record index in the canonical order (by source label, then handle).
    pub first: u32,
    /// Record index in the canonical order, greater than `first`.
    pub second: u32,
    /// log2 odds of a match, thousandths of a bit.
    pub weight_mbit: i32,
}

/// Settings of clustering. All `_mbit` values are log2 odds in thousandths of a bit.
///
/// `strict_stop >= main_stop >= loose_stop > absent`, see [`ClusterConfig::check`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterConfig {
    /// Weights are clipped to plus and minus this.
    pub clip_mbit: i32,
    /// Weight of a pair that was never compared; below every stop.
    pub absent_mbit: i32,
    /// Lowest mean at which two clusters are one person.
    pub main_stop_mbit: i32,
    /// The same for the strict variant.
    pub strict_stop_mbit: i32,
    /// The same for the loose variant.
    pub loose_stop_mbit: i32,
    /// Components with more records are split, so that their weaker edges are lost. A guard for
    /// time, not for quality: one component is one thread's work, in time about E log E.
    pub component_records_max: u32,
    /// Main clusters with more records are flagged.
    pub review_cluster_records_min: u32,
    /// Main clusters with a compared pair below this are flagged.
    pub conflict_mbit: i32,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            clip_mbit: 20_000,
            absent_mbit: -1_100,
            main_stop_mbit: 0,
            strict_stop_mbit: 6_629,
            loose_stop_mbit: -1_000,
            component_records_max: 100_000,
            review_cluster_records_min: 20,
            conflict_mbit: -8_656,
        }
    }
}

impl ClusterConfig {
    /// Checks ranges and the order of the stops.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Setting`] names the first setting out of range, [`ClusterError::Stops`] says
    /// that the stops are out of order.
    pub fn check(&self) -> Result<(), ClusterError> {
        let weights = [
            ("absent_mbit", self.absent_mbit),
            ("main_stop_mbit", self.main_stop_mbit),
            ("strict_stop_mbit", self.strict_stop_mbit),
            ("loose_stop_mbit", self.loose_stop_mbit),
            ("conflict_mbit", self.conflict_mbit),
        ];
        for (name, mbit) in weights {
            if !(-MBIT_LIMIT..=MBIT_LIMIT).contains(&mbit) {
                return Err(ClusterError::Setting { name });
            }
        }
        if !(0..=MBIT_LIMIT).contains(&self.clip_mbit) {
            return Err(ClusterError::Setting { name: "clip_mbit" });
        }
        if self.component_records_max < 2 {
            return Err(ClusterError::Setting { name: "component_records_max" });
        }
        let ordered = self.strict_stop_mbit >= self.main_stop_mbit
            && self.main_stop_mbit >= self.loose_stop_mbit
            && self.loose_stop_mbit > self.absent_mbit;
        if ordered { Ok(()) } else { Err(ClusterError::Stops) }
    }
}

/// Why there are no clusters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// The caller asked to stop.
    #[error("clustering was cancelled")]
    Cancelled,
    /// A setting is out of range.
    #[error("clustering: {name} is out of range")]
    Setting {
        /// The setting's name.
        name: &'static str,
    },
    /// The stops are out of order.
    #[error("clustering: strict_stop >= main_stop >= loose_stop > absent must hold")]
    Stops,
    /// More records than a `u32` can number.
    #[error("clustering: too many records")]
    TooManyRecords,
    /// The one-to-one rules name more than 128 sources.
    #[error("clustering: one-to-one rules name more than 128 sources")]
    TooManySoleSources,
    /// An edge is out of order, repeated, a loop, or names a record that does not exist.
    #[error(
        "edge {edge_index}: pairs must be sorted, unique, first below second, and name known records"
    )]
    Edge {
        /// Position of the edge, from 0.
        edge_index: usize,
    },
}

/// The persons found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Clusters {
    /// Per record the least record index of its cluster, at the main stop.
    pub main: Vec<u32>,
    /// The same at the strict stop; refines `main`.
    pub strict: Vec<u32>,
    /// The same at the loose stop; refined by `main`.
    pub loose: Vec<u32>,
    /// Main clusters that a person should look at, sorted.
    pub flags: Vec<ReviewFlag>,
    /// What happened, in numbers.
    pub counts: ClusterCounts,
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ClusterCounts {
    /// Connected components, single records included, before any was split.
    pub component_count: u64,
    /// Records of the largest one.
    pub component_records_largest: u64,
    /// Components with more than `component_records_max` records.
    pub component_split_count: u64,
    /// Connecting edges lost by splitting.
    pub edge_cut_count: u64,
    /// Clusters at the main stop.
    pub main_count: u64,
    /// Clusters at the strict stop.
    pub strict_count: u64,
    /// Clusters at the loose stop.
    pub loose_count: u64,
}

/// Clusters records by average linkage on their match weights.
///
/// `source_of` holds one source label per record. `edges` are the compared pairs, sorted by
/// (first, second) and unique; give the unlikely ones too, since they speak against a cluster.
/// `one_to_one` lists pairs of sources without duplicates: a cluster holds at most one record of
/// either; `(s, s)` says it of one source alone. They
/// name at most 128 sources. `cancel` is asked now and then, from any thread;
/// `progress` is told how many more records are done. Runs on the current rayon pool; the result
/// does not depend on its size.
///
/// # Errors
///
/// See [`ClusterError`].
pub fn cluster(
    source_of: &[u16],
    edges: &[Edge],
    one_to_one: &[(u16, u16)],
    config: &ClusterConfig,
    cancel: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Clusters, ClusterError> {
    config.check()?;
    check_edges(source_of.len(), edges)?;
    if cancel() {
        return Err(ClusterError::Cancelled);
    }
    let sole = SoleSources::new(source_of, one_to_one)?;
    // Two clusters whose mean reaches the loose stop have a compared pair that reaches it, since
    // absent pairs lie below: components of weaker edges would be larger and give the same clusters.
    let connect_mbit = config.loose_stop_mbit;
    let components =
        Components::find(source_of.len(), edges, connect_mbit, config.component_records_max);
    let labels = agglomerate_all(&components, &sole, config, cancel, progress)?;

    let mut clusters = scatter(&components, &labels);
    clusters.flags = review::flags(&clusters.main, edges, &components, &sole, config);
    clusters.counts = counts(&clusters, &components);
    Ok(clusters)
}

fn check_edges(record_count: usize, edges: &[Edge]) -> Result<(), ClusterError> {
    let record_count = u32::try_from(record_count).map_err(|_| ClusterError::TooManyRecords)?;
    let mut before = None;
    for (edge_index, edge) in edges.iter().enumerate() {
        let pair = (edge.first, edge.second);
        let in_order = before.is_none_or(|before| before < pair);
        if !in_order || edge.first >= edge.second || edge.second >= record_count {
            return Err(ClusterError::Edge { edge_index });
        }
        before = Some(pair);
    }
    Ok(())
}

/// A set of duplicate-free sources, one bit for each.
type SoleMask = u128;

/// Which records stem from a source that has at most one record of a person.
struct SoleSources<'a> {
    source_of: &'a [u16],
    /// Sorted, unique.
    sources: Vec<u16>,
}

impl<'a> SoleSources<'a> {
    fn new(source_of: &'a [u16], one_to_one: &[(u16, u16)]) -> Result<Self, ClusterError> {
        let mut sources: Vec<u16> = one_to_one.iter().flat_map(|&(s, t)| [s, t]).collect();
        sources.sort_unstable();
        sources.dedup();
        if sources.len() > SOLE_SOURCES_MAX {
            return Err(ClusterError::TooManySoleSources);
        }
        Ok(Self { source_of, sources })
    }

    fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The record's source if that is free of duplicates, else nothing.
    fn of(&self, record: u32) -> SoleMask {
        let source = self.source_of[record as usize];
        self.sources.binary_search(&source).map_or(0, |place| 1 << place)
    }
}

/// A run of components and the place for their labels.
struct Batch<'a> {
    components: Range<usize>,
    labels: &'a mut [Labels],
}

/// Labels in the order of `components.members`.
fn agglomerate_all(
    components: &Components,
    sole: &SoleSources<'_>,
    config: &ClusterConfig,
    cancel: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Labels>, ClusterError> {
    let mut labels = vec![Labels::default(); components.members.len()];
    let batches = batches(components, &mut labels);
    batches.into_par_iter().try_for_each(|batch| {
        if cancel() {
            return Err(ClusterError::Cancelled);
        }
        let record_count = batch.labels.len();
        let mut rest = batch.labels;
        for component in batch.components {
            let members = components.members_of(component);
            let (place, after) = rest.split_at_mut(members.len());
            rest = after;
            if let [record] = *members {
                place[0] = Labels::alone(record);
                continue;
            }
            Agglomeration::new(members, components.edges_of(component), sole, config)
                .run(cancel, place)?;
        }
        progress(record_count as u64);
        Ok(())
    })?;
    Ok(labels)
}

fn batches<'a>(components: &Components, mut labels: &'a mut [Labels]) -> Vec<Batch<'a>> {
    let mut batches = Vec::new();
    let (mut start, mut record_count, mut work) = (0, 0, 0);
    for component in 0..components.count() {
        let member_count = components.members_of(component).len();
        record_count += member_count;
        work += member_count + components.edges_of(component).len();
        if work >= BATCH_WORK || component + 1 == components.count() {
            let (place, rest) = labels.split_at_mut(record_count);
            batches.push(Batch { components: start..component + 1, labels: place });
            labels = rest;
            (start, record_count, work) = (component + 1, 0, 0);
        }
    }
    batches
}

/// Brings labels from component order into record order.
fn scatter(components: &Components, labels: &[Labels]) -> Clusters {
    let record_count = labels.len();
    let mut clusters = Clusters {
        main: vec![0; record_count],
        strict: vec![0; record_count],
        loose: vec![0; record_count],
        ..Clusters::default()
    };
    for (&record, label) in components.members.iter().zip(labels) {
        clusters.main[record as usize] = label.main;
        clusters.strict[record as usize] = label.strict;
        clusters.loose[record as usize] = label.loose;
    }
    clusters
}

fn counts(clusters: &Clusters, components: &Components) -> ClusterCounts {
    // A cluster is labelled by its least record, so each has exactly one record that labels itself.
    let cluster_count = |labels: &[u32]| {
        labels.iter().enumerate().filter(|&(record, &label)| record == label as usize).count()
            as u64
    };
    ClusterCounts {
        main_count: cluster_count(&clusters.main),
        strict_count: cluster_count(&clusters.strict),
        loose_count: cluster_count(&clusters.loose),
        ..components.counts
    }
}
