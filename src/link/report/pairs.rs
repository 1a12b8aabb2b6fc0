//! Fills the parts of the report that are about pairs: passes, comparisons, weights.

use tallystick_linkage::pattern::{COMPARISONS, NAMES, vector};
use tallystick_linkage::train::probability;

use super::Run;
use crate::report::model::{ComparisonReport, LevelReport, PassLeftOut, PassReport, WeightBin};

/// Ends of the weight histogram in bits.
const WEIGHT_BITS: std::ops::Range<i32> = -30..40;

/// Width of its bins.
const WEIGHT_BIN_BITS: i32 = 2;

pub(super) fn passes(run: &Run) -> Vec<PassReport> {
    let mut accepted = [0u64; 32];
    let mut only_here = [0u64; 32];
    for (position, pair) in run.pairs.iter().enumerate() {
        if !is_accepted(run, position) {
            continue;
        }
        let met = pair.passes();
        for pass in 0..32 {
            if met & (1 << pass) != 0 {
                accepted[pass] += 1;
                only_here[pass] += u64::from(met.count_ones() == 1);
            }
        }
    }
    run.passes
        .iter()
        .map(|(pass, counts)| PassReport {
            pass: pass.name.to_owned(),
            sources: run
                .sources
                .iter()
                .filter(|source| source.passes.contains(&pass.number))
                .map(|source| source.header.source.to_string())
                .collect(),
            blocks: counts.blocks,
            largest_block: counts.largest_block,
            pairs_compared: counts.pairs_met,
            pairs_kept: counts.pairs_kept,
            blocks_over_limit: counts.blocks_over_limit,
            rows_over_limit: counts.rows_over_limit,
            accepted_only_here: only_here[usize::from(pass.number)],
            accepted: accepted[usize::from(pass.number)],
        })
        .collect()
}

pub(super) fn left_out(run: &Run) -> Vec<PassLeftOut> {
    run.left_out
        .iter()
        .map(|(pass, reason)| PassLeftOut {
            pass: pass.name.to_owned(),
            reason: (*reason).to_owned(),
        })
        .collect()
}

pub(super) fn comparisons(run: &Run) -> Vec<ComparisonReport> {
    let accepted = accepted_levels(run);
    let resolution = &run.resolution;
    let across: Vec<_> = resolution.groups.iter().filter(|group| !group.is_within()).collect();
    let (groups, model) = if across.is_empty() {
        (resolution.groups.iter().collect(), &resolution.model.within)
    } else {
        (across, &resolution.model.across)
    };
    let seen = |comparison: usize| {
        resolution
            .groups
            .iter()
            .flat_map(|group| &group.histogram)
            .any(|(pattern, _)| vector(*pattern)[comparison] != 0)
    };
    (0..COMPARISONS)
        .filter(|comparison| seen(*comparison))
        .map(|comparison| {
            let (name, names) = NAMES[comparison];
            let total: u64 = accepted[comparison][1..=names.len()].iter().sum();
            let levels = names
                .iter()
                .enumerate()
                .map(|(index, level_name)| {
                    let level = index + 1;
                    let m = model.m[comparison][level];
                    let u = groups
                        .iter()
                        .map(|group| group.chance.levels[comparison][level])
                        .sum::<f64>()
                        / groups.len().max(1) as f64;
                    LevelReport {
                        level: (*level_name).to_owned(),
                        m,
                        u,
                        weight_bits: libm::log2(m / u),
                        accepted_share: accepted[comparison][level] as f64 / total.max(1) as f64,
                    }
                })
                .collect();
            ComparisonReport { comparison: name.to_owned(), levels }
        })
        .collect()
}

pub(super) fn weights(run: &Run) -> Vec<WeightBin> {
    let mut bins: Vec<WeightBin> = WEIGHT_BITS
        .step_by(2)
        .map(|from_bits| WeightBin {
            from_bits,
            to_bits: from_bits + WEIGHT_BIN_BITS,
            pairs: 0,
            expected_matches: 0.0,
        })
        .collect();
    let last = bins.len() - 1;
    let resolution = &run.resolution;
    for (group, weights) in resolution.groups.iter().zip(&resolution.model.weights) {
        for ((_, pairs), weight_mbit) in group.histogram.iter().zip(weights) {
            let bits = weight_mbit.div_euclid(1_000) - WEIGHT_BITS.start;
            let bin = usize::try_from(bits.div_euclid(WEIGHT_BIN_BITS)).unwrap_or(0).min(last);
            bins[bin].pairs += pairs;
            bins[bin].expected_matches += probability(*weight_mbit) * *pairs as f64;
        }
    }
    bins
}

/// Whether a candidate pair lies within one main cluster.
fn is_accepted(run: &Run, position: usize) -> bool {
    let edge = &run.resolution.edges[position];
    let main = &run.resolution.clusters.main;
    main[edge.first as usize] == main[edge.second as usize]
}

/// Levels of accepted pairs across sources, by comparison and level.
fn accepted_levels(run: &Run) -> [[u64; 8]; COMPARISONS] {
    let mut counts = [[0u64; 8]; COMPARISONS];
    for (position, pair) in run.pairs.iter().enumerate() {
        let (first, second) = pair.records();
        if run.space.source_of(first) == run.space.source_of(second) || !is_accepted(run, position)
        {
            continue;
        }
        for (counts, level) in counts.iter_mut().zip(vector(pair.pattern())) {
            counts[usize::from(level)] += 1;
        }
    }
    counts
}
