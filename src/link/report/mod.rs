//! Fills the linkage report from a run.

mod pairs;
mod quality;

use std::collections::BTreeMap;

use tallystick_chart::numbers;
use tallystick_linkage::cluster::{ClusterConfig, ReviewKind};
use tallystick_wire::Digest;
use tallystick_wire::schema::{FIELDS, SCHEMA_VERSION};

use super::engine::Used;
use super::flow::flow;
use super::outcome::LinkSummary;
use super::{Run, Settings};
use crate::release::contract::{LEFT_OUT, Linked};
use crate::report::model::{
    ClusterSize, EngineRecord, LinkageReport, QualityReport, ReviewReport, RunRecord,
    SourceOverlap, SourceReport, Thresholds, TrainingReport,
};
use pairs::{comparisons, left_out, passes, weights};
use quality::{quality, training};

/// `all` holds every record, `released` those that are in the tables, where some are not.
pub(crate) fn build(
    settings: &Settings<'_>,
    run: &Run,
    all: &Linked,
    released: Option<&Linked>,
) -> LinkageReport {
    let quality = quality(run);
    let training = training(run);
    LinkageReport {
        run: run_record(settings, run),
        sources: sources(run),
        passes: passes(run),
        passes_left_out: left_out(run),
        comparisons: comparisons(run),
        weights: weights(run),
        thresholds: thresholds(settings),
        clusters: clusters(run),
        overlaps: overlaps(released.unwrap_or(all)),
        flow: flow(run, (all, released), &quality),
        review: review(run),
        warnings: warnings(run, &training, &quality),
        training,
        quality,
    }
}

pub(super) fn summary(report: &LinkageReport, linked: &Linked, result: Digest) -> LinkSummary {
    let several = report.overlaps.iter().filter(|overlap| overlap.sources.len() > 1);
    LinkSummary {
        sources: report.sources.len(),
        records: report.sources.iter().map(|source| source.records).sum(),
        persons: u64::from(linked.person_count),
        persons_in_several_sources: several.map(|overlap| overlap.persons).sum(),
        expected_precision: report.quality.expected_precision.value,
        expected_recall: report.quality.expected_recall.value,
        warnings: report.warnings.clone(),
        result,
    }
}

fn name(run: &Run, source: usize) -> String {
    run.sources[source].header.source.to_string()
}

fn run_record(settings: &Settings<'_>, run: &Run) -> RunRecord {
    let header = &run.sources[0].header;
    RunRecord {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: format!("person.v{SCHEMA_VERSION}"),
        config_hash: header.config_hash.to_string(),
        settings_hash: settings.config.settings_hash().to_string(),
        profile: header.profile.as_str().to_owned(),
        kernel: settings.kernel.name().to_string(),
        project: header.project.to_string(),
        epoch: header.epoch,
        one_to_one: run
            .space
            .one_to_one
            .iter()
            .map(|(a, b)| [name(run, usize::from(*a)), name(run, usize::from(*b))])
            .collect(),
        engine: run.engine.as_ref().map(|Used { engine, verified }| EngineRecord {
            name: engine.name.clone(),
            version: engine.version.clone(),
            verified_pairs: verified.pairs,
            verified_boundary_pairs: verified.boundary_pairs,
        }),
    }
}

fn sources(run: &Run) -> Vec<SourceReport> {
    run.sources
        .iter()
        .map(|source| {
            let header = &source.header;
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
                submission_digest: source.digest.to_string(),
                rows_read: header.rows_read,
                rows_accepted: header.rows_accepted,
                rows_rejected: header.rows_rejected,
                aliases: header.aliases,
                rows_collapsed: header.rows_collapsed,
                records: header.records,
                completeness,
            }
        })
        .collect()
}

fn thresholds(settings: &Settings<'_>) -> Thresholds {
    let config = ClusterConfig::from(&settings.config.clustering);
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
            "{} stood in blocks over the limit and were not compared in those passes; the table of \
             passes says where.",
            numbers::counted(skipped, "row", "rows")
        ));
    }
    if quality.blocking_completeness.value < 0.95 {
        warnings.push(
            "More than one in twenty true pairs may never have met in a block: the sources share \
             few complete fields."
                .to_owned(),
        );
    }
    for source in &run.sources {
        let header = &source.header;
        if header.rows_rejected * 20 > header.rows_read {
            warnings.push(format!(
                "{}: more than one row in twenty was rejected at the agency.",
                header.source
            ));
        }
    }
    warnings
}
