//! Takes a run, gives the pairs of it that people may review: of each stratum so many, each as likely as the others.
//!
//! Only pairs that are stored can be among them. Those that are too unlike to connect two records are counted, not stored; nobody can
//! draw one.

use std::collections::{BTreeMap, BinaryHeap};

use tallystick_linkage::train::probability;
use tallystick_wire::{Handle, SourceLabel};

use super::Run;
use crate::clerical::{
    Among, Band, ClericalLimits, Facts, Lot, Pair, Pool, Stratum, StratumKey, number,
};
use crate::report::model::QualityReport;

/// The pairs of a stratum while they are counted: how many, and what the model expects of them.
type Counted = BTreeMap<StratumKey, (u64, f64)>;

/// Pairs for reviews.
pub(crate) fn pool(
    run: &Run,
    quality: &QualityReport,
    limits: &ClericalLimits,
    main_stop_mbit: i32,
) -> Pool {
    let single = |position| key(run, position, main_stop_mbit);
    let mut counted = count(run, &single);
    let is_joined = counted.len() > limits.strata_max;
    let joined = |position| {
        let key = single(position);
        let among = match key.among {
            Among::Sources(first, second) if first != second => Among::Across,
            _ => Among::Within,
        };
        StratumKey { among, ..key }
    };
    let key: &dyn Fn(usize) -> StratumKey = if is_joined { &joined } else { &single };
    if is_joined {
        counted = count(run, key);
    }
    let strata: Vec<Stratum> = counted
        .into_iter()
        .map(|(key, (pairs, expected))| Stratum { key, pairs, expected })
        .collect();
    Pool {
        sources: run.sources.iter().map(|it| (it.header.source, it.header.source_type)).collect(),
        facts: facts(run, quality, &strata),
        pairs: kept(run, key, &strata, limits.pool_pairs_max),
        strata,
    }
}

fn key(run: &Run, position: usize, main_stop_mbit: i32) -> StratumKey {
    let edge = &run.resolution.edges[position];
    let main = &run.resolution.clusters.main;
    let [first, second] = [edge.first, edge.second].map(|record| source(run, record));
    StratumKey {
        among: Among::Sources(first, second),
        is_linked: main[edge.first as usize] == main[edge.second as usize],
        band: Band::of(edge.weight_mbit, main_stop_mbit),
    }
}

fn source(run: &Run, record: u32) -> u16 {
    u16::try_from(run.space.source_of(record)).expect("limits.sources_max is below 2^16")
}

fn count(run: &Run, key: &dyn Fn(usize) -> StratumKey) -> Counted {
    let mut counted = Counted::new();
    for (position, edge) in run.resolution.edges.iter().enumerate() {
        let (pairs, expected) = counted.entry(key(position)).or_default();
        *pairs += 1;
        *expected += probability(edge.weight_mbit);
    }
    counted
}

fn facts(run: &Run, quality: &QualityReport, strata: &[Stratum]) -> Facts {
    let linked = strata.iter().filter(|stratum| stratum.key.is_linked);
    let compared: u64 = linked.map(|stratum| stratum.pairs).sum();
    let histograms = run.resolution.groups.iter().flat_map(|group| &group.histogram);
    let all: u64 = histograms.map(|(_, pairs)| pairs).sum();
    Facts {
        accepted: quality.accepted_pairs,
        never_compared: quality.accepted_pairs.saturating_sub(compared),
        light: all.saturating_sub(run.pairs.len() as u64),
        light_matches: run.resolution.unlikely.iter().sum(),
        expected_precision: quality.expected_precision.value,
        blocking_completeness: quality.blocking_completeness.value,
    }
}

/// Of each stratum the pairs with the lowest numbers.
fn kept(
    run: &Run,
    key: &dyn Fn(usize) -> StratumKey,
    strata: &[Stratum],
    pairs_max: usize,
) -> Vec<Pair> {
    let mut lowest: Vec<BinaryHeap<(u64, usize)>> = vec![BinaryHeap::new(); strata.len()];
    for (position, pair) in run.pairs.iter().enumerate() {
        let (first, second) = pair.records();
        let records = [first, second].map(|record| named(run, record));
        let key = key(position);
        let stratum = strata.partition_point(|it| it.key < key);
        let heap = &mut lowest[stratum];
        heap.push((number(Lot::Kept, records), position));
        if heap.len() > pairs_max {
            heap.pop();
        }
    }
    let mut pairs = Vec::new();
    for (stratum, heap) in (0u16..).zip(lowest) {
        for (_, position) in heap.into_sorted_vec() {
            let pair = &run.pairs[position];
            let (first, second) = pair.records();
            pairs.push(Pair {
                stratum,
                sources: [first, second].map(|record| source(run, record)),
                handles: [first, second].map(|record| named(run, record).1),
                pattern: pair.pattern(),
            });
        }
    }
    pairs
}

/// A record by its source and handle.
fn named(run: &Run, record: u32) -> (SourceLabel, Handle) {
    let source = run.space.source_of(record);
    let of_source = &run.sources[source];
    let place = record - run.space.offsets[source];
    (of_source.header.source, of_source.handles[place as usize])
}
