//! Fills the linkage report from a run.

use std::collections::BTreeMap;

use tallystick_linkage::cluster::{ClusterConfig, ReviewKind};
use tallystick_linkage::pattern::{COMPARISONS, NAMES, vector};
use tallystick_linkage::quality::estimate::{self, Expected, Share};
use tallystick_linkage::train::{KindModel, Training, probability};
use tallystick_wire::schema::{FIELDS, SCHEMA_VERSION};

use super::flow::flow;
use super::outcome::LinkSummary;
use super::{LinkRequest, Run};
use crate::release::contract::{LEFT_OUT, Linked};
use crate::report::model::{
    ClusterSize, ComparisonReport, Estimate, LevelReport, LinkageReport, PassLeftOut, PassReport,
    QualityReport, ReviewReport, RunRecord, SourceOverlap, SourceReport, Thresholds,
    TrainingReport, WeightBin,
};

/// Ends of the weight histogram in bits.
const WEIGHT_BITS: std::ops::Range<i32> = -30..40;
/// Width of its bins.
const WEIGHT_BIN_BITS: i32 = 2;

/// `all` holds every record, `released` those that are in the tables.
pub(super) fn build(
    request: &LinkRequest<'_>,
    run: &Run,
    all: &Linked,
    released: &Linked,
) -> LinkageReport {
    let quality = quality(run);
    let training = training(run);
    LinkageReport {
        run: run_record(request, run),
        sources: sources(run),
        passes: passes(run),
        passes_left_out: left_out(run),
        comparisons: comparisons(run),
        weights: weights(run),
        thresholds: thresholds(request),
        clusters: clusters(run),
        overlaps: overlaps(released),
        flow: flow(request, run, [all, released], &quality),
        review: review(run),
        warnings: warnings(run, &training, &quality),
        training,
        quality,
    }
}

pub(super) fn summary(report: &LinkageReport, run: &Run, linked: &Linked) -> LinkSummary {
    let several = report.overlaps.iter().filter(|overlap| overlap.sources.len() > 1);
    LinkSummary {
        sources: run.submissions.len(),
        records: report.sources.iter().map(|source| source.records).sum(),
        persons: u64::from(linked.person_count),
        persons_in_several_sources: several.map(|overlap| overlap.persons).sum(),
        expected_precision: report.quality.expected_precision.value,
        expected_recall: report.quality.expected_recall.value,
        warnings: report.warnings.clone(),
    }
}

fn name(run: &Run, source: usize) -> String {
    run.submissions[source].header().source.to_string()
}

fn run_record(request: &LinkRequest<'_>, run: &Run) -> RunRecord {
    let header = run.submissions[0].header();
    RunRecord {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: format!("person.v{SCHEMA_VERSION}"),
        config_hash: header.config_hash.to_string(),
        settings_hash: request.config.settings_hash().to_string(),
        profile: header.profile.as_str().to_owned(),
        kernel: request.kernel.name().to_string(),
        project: header.project.to_string(),
        epoch: header.epoch,
        one_to_one: run
            .space
            .one_to_one
            .iter()
            .map(|(a, b)| [name(run, usize::from(*a)), name(run, usize::from(*b))])
            .collect(),
    }
}

fn sources(run: &Run) -> Vec<SourceReport> {
    run.submissions
        .iter()
        .map(|submission| {
            let header = submission.header();
            let completeness = FIELDS
                .iter()
                .zip(&header.present)
                .filter(|((field, _), _)| {
                    header.fields.contains(*field) && field.as_str() != "roots"
                })
                .map(|((field, _), present)| {
                    let permille = (present * 1_000).checked_div(header.records).unwrap_or(0);
                    (field.as_str().to_owned(), permille as f64 / 10.0)
                })
                .collect();
            SourceReport {
                source: header.source.to_string(),
                source_type: header.source_type.as_str().to_owned(),
                submission_digest: submission.digest().to_string(),
                rows_read: header.rows_read,
                rows_accepted: header.rows_accepted,
                rows_rejected: header.rows_rejected,
                rows_collapsed: header.rows_collapsed,
                records: header.records,
                completeness,
            }
        })
        .collect()
}

/// Whether a candidate pair lies within one main cluster.
fn is_accepted(run: &Run, position: usize) -> bool {
    let edge = &run.resolution.edges[position];
    let main = &run.resolution.clusters.main;
    main[edge.first as usize] == main[edge.second as usize]
}

fn passes(run: &Run) -> Vec<PassReport> {
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
                .submissions
                .iter()
                .filter(|submission| {
                    submission.layout().passes().any(|(other, _)| other.number == pass.number)
                })
                .map(|submission| submission.header().source.to_string())
                .collect(),
            blocks: counts.blocks,
            largest_block: counts.largest_block,
            pairs_compared: counts.pairs_compared,
            pairs_kept: counts.pairs_kept,
            blocks_over_limit: counts.blocks_over_limit,
            rows_over_limit: counts.rows_over_limit,
            accepted_only_here: only_here[usize::from(pass.number)],
            accepted: accepted[usize::from(pass.number)],
        })
        .collect()
}

fn left_out(run: &Run) -> Vec<PassLeftOut> {
    run.left_out
        .iter()
        .map(|(pass, reason)| PassLeftOut {
            pass: pass.name.to_owned(),
            reason: (*reason).to_owned(),
        })
        .collect()
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

fn comparisons(run: &Run) -> Vec<ComparisonReport> {
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
                        weight_bits: (m / u).log2(),
                        accepted_share: accepted[comparison][level] as f64 / total.max(1) as f64,
                    }
                })
                .collect();
            ComparisonReport { comparison: name.to_owned(), levels }
        })
        .collect()
}

fn training(run: &Run) -> Vec<TrainingReport> {
    let expected = |within: bool| {
        let groups = run.resolution.groups.iter().zip(&run.resolution.model.shares);
        groups
            .filter(|(group, _)| group.is_within() == within)
            .map(|(group, shares)| shares.matches * group.pairs_total as f64)
            .sum::<f64>()
    };
    let one = |pairs: &str, model: &KindModel, within| TrainingReport {
        pairs: pairs.to_owned(),
        outcome: outcome(model.training).to_owned(),
        rounds: model.rounds,
        expected_matches: expected(within),
    };
    let model = &run.resolution.model;
    vec![one("across sources", &model.across, false), one("within a source", &model.within, true)]
}

const fn outcome(training: Training) -> &'static str {
    match training {
        Training::Converged => "converged",
        Training::RoundsExhausted => "rounds exhausted",
        Training::NoPairs => "no pairs",
        Training::Borrowed => "borrowed from pairs across sources",
        Training::Collapsed => "collapsed",
    }
}

fn weights(run: &Run) -> Vec<WeightBin> {
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
    for edge in &run.resolution.edges {
        let bits = edge.weight_mbit.div_euclid(1_000) - WEIGHT_BITS.start;
        let bin = usize::try_from(bits.div_euclid(WEIGHT_BIN_BITS)).unwrap_or(0).min(last);
        bins[bin].pairs += 1;
        bins[bin].expected_matches += probability(edge.weight_mbit);
    }
    bins
}

fn thresholds(request: &LinkRequest<'_>) -> Thresholds {
    let config = ClusterConfig::from(&request.config.clustering);
    let bits = |mbit| f64::from(mbit) / 1_000.0;
    Thresholds {
        strict_bits: bits(config.strict_stop_mbit),
        main_bits: bits(config.main_stop_mbit),
        loose_bits: bits(config.loose_stop_mbit),
    }
}

fn clusters(run: &Run) -> Vec<ClusterSize> {
    let mut sizes: BTreeMap<u64, [u64; 3]> = BTreeMap::new();
    let clusters = &run.resolution.clusters;
    for (column, labels) in [&clusters.main, &clusters.strict, &clusters.loose].iter().enumerate() {
        let mut counts = vec![0u64; labels.len()];
        labels.iter().for_each(|label| counts[*label as usize] += 1);
        for count in counts.into_iter().filter(|count| *count > 0) {
            sizes.entry(count).or_default()[column] += 1;
        }
    }
    sizes
        .into_iter()
        .map(|(records, [main, strict, loose])| ClusterSize { records, main, strict, loose })
        .collect()
}

fn estimate(share: Share) -> Estimate {
    Estimate { value: share.value, low: share.low, high: share.high }
}

fn quality(run: &Run) -> QualityReport {
    let edges = &run.resolution.edges;
    let clusters = &run.resolution.clusters;
    let main = estimate::expected(edges, &clusters.main);
    let precision = |expected: Expected| estimate(expected.precision);
    let completeness = estimate::blocking_completeness(&run.pairs, edges);
    let possible_pairs = run.resolution.groups.iter().map(|group| group.pairs_total).sum();
    QualityReport {
        expected_precision: precision(main),
        expected_precision_strict: precision(estimate::expected(edges, &clusters.strict)),
        expected_precision_loose: precision(estimate::expected(edges, &clusters.loose)),
        expected_recall_met: estimate(main.recall_met),
        blocking_completeness: estimate(completeness),
        expected_recall: estimate(main.recall_met.times(completeness)),
        canaries: None,
        truth: None,
        accepted_pairs: main.accepted_pairs,
        possible_pairs,
        compared_pairs: run.compared_pairs,
        reduction_ratio: tallystick_linkage::quality::truth::reduction_ratio(
            run.compared_pairs.min(possible_pairs),
            possible_pairs,
        ),
    }
}

fn overlaps(linked: &Linked) -> Vec<SourceOverlap> {
    let mut masks = vec![0u64; linked.person_count as usize];
    for (source, of_source) in linked.sources.iter().enumerate() {
        for person in of_source.person.iter().filter(|person| **person != LEFT_OUT) {
            masks[*person as usize] |= 1 << source;
        }
    }
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for mask in masks {
        *counts.entry(mask).or_default() += 1;
    }
    let mut overlaps: Vec<SourceOverlap> = counts
        .into_iter()
        .map(|(mask, persons)| SourceOverlap {
            sources: linked
                .sources
                .iter()
                .enumerate()
                .filter(|(source, _)| mask & (1 << source) != 0)
                .map(|(_, of_source)| of_source.source.to_string())
                .collect(),
            persons,
        })
        .collect();
    overlaps.sort_by(|a, b| b.persons.cmp(&a.persons).then_with(|| a.sources.cmp(&b.sources)));
    overlaps
}

fn review(run: &Run) -> ReviewReport {
    let clusters = &run.resolution.clusters;
    let count = |kind| clusters.flags.iter().filter(|flag| flag.kind == kind).count() as u64;
    ReviewReport {
        large: count(ReviewKind::Large),
        conflict: count(ReviewKind::Conflict),
        split: clusters.counts.component_split_count,
    }
}

fn warnings(run: &Run, training: &[TrainingReport], quality: &QualityReport) -> Vec<String> {
    let mut warnings = Vec::new();
    for training in training.iter().filter(|training| training.outcome == "collapsed") {
        warnings.push(format!(
            "Training on pairs {} lost the pairs that agree exactly; prior weights were used, and \
             the expected quality is not to be relied on.",
            training.pairs
        ));
    }
    let skipped: u64 = run.passes.iter().map(|(_, counts)| counts.rows_over_limit).sum();
    if skipped > 0 {
        warnings.push(format!(
            "{skipped} rows stood in blocks over the limit and were not compared in those passes; \
             the table of passes says where."
        ));
    }
    if quality.blocking_completeness.value < 0.95 {
        warnings.push(
            "More than one in twenty true pairs may never have met in a block: the sources share \
             few complete fields."
                .to_owned(),
        );
    }
    for submission in &run.submissions {
        let header = submission.header();
        if header.rows_rejected * 20 > header.rows_read {
            warnings.push(format!(
                "{}: more than one row in twenty was rejected at the agency.",
                header.source
            ));
        }
    }
    warnings
}
