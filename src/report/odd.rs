//! Reports at the edge: nothing arrived, nothing linked, names that are no names.

use super::model::{
    ClusterSize, Estimate, LinkageReport, QualityReport, ReviewReport, RunRecord, SourceOverlap,
    Thresholds, WeightBin,
};
use super::sample::{comparisons, full, passes, run, sources};

/// Nothing arrived, and shares of nothing are no numbers.
pub(super) fn empty() -> LinkageReport {
    let none = Estimate { value: f64::NAN, low: f64::NAN, high: f64::NAN };
    LinkageReport {
        run: RunRecord { one_to_one: Vec::new(), ..run() },
        sources: Vec::new(),
        passes: Vec::new(),
        passes_left_out: Vec::new(),
        comparisons: Vec::new(),
        training: Vec::new(),
        weights: (-3..3).map(|bits| bin(bits, 0, 0.0)).collect(),
        thresholds: Thresholds {
            strict_bits: f64::NAN,
            main_bits: f64::INFINITY,
            loose_bits: f64::NEG_INFINITY,
        },
        clusters: Vec::new(),
        quality: QualityReport {
            expected_precision: none,
            expected_precision_strict: none,
            expected_precision_loose: none,
            expected_recall_met: none,
            blocking_completeness: none,
            expected_recall: none,
            canaries: None,
            truth: None,
            accepted_pairs: 0,
            possible_pairs: 0,
            compared_pairs: 0,
            reduction_ratio: f64::NAN,
        },
        overlaps: Vec::new(),
        flow: Vec::new(),
        review: ReviewReport { large: 0, conflict: 0, split: 0 },
        warnings: Vec::new(),
    }
}

/// One small source; comparisons are there, but no pair was accepted.
pub(super) fn one_source() -> LinkageReport {
    let mut source = sources().swap_remove(0);
    source.completeness = vec![("first".to_owned(), f64::NAN), ("dob".to_owned(), 0.0)];
    let name = source.source.clone();
    let mut comparisons = comparisons();
    for level in comparisons.iter_mut().flat_map(|comparison| &mut comparison.levels) {
        level.accepted_share = f64::NAN;
    }
    comparisons[0].levels[0].weight_bits = f64::NEG_INFINITY;
    LinkageReport {
        comparisons,
        clusters: vec![ClusterSize { records: 1, main: 2_987, strict: 2_987, loose: 2_987 }],
        overlaps: vec![SourceOverlap { sources: vec![name], persons: 2_987 }],
        sources: vec![source],
        weights: vec![bin(-10, 0, 0.0), bin(-9, 1, f64::NAN), bin(-8, 0, 0.0)],
        passes: passes().into_iter().take(1).collect(),
        ..empty()
    }
}

fn bin(from_bits: i32, pairs: u64, expected_matches: f64) -> WeightBin {
    WeightBin { from_bits, to_bits: from_bits + 1, pairs, expected_matches }
}

/// Names that are long and hold markup, and numbers that are not small.
pub(super) fn hostile() -> LinkageReport {
    let name =
        |text: &str| format!("{text}_</title><script>alert('1 & 2')</script>\"_of_the_county");
    let mut report = full();
    for source in &mut report.sources {
        source.source = name(&source.source);
        source.source_type = name("kind");
        source.rows_read = u64::MAX / 16;
        for (field, _) in &mut source.completeness {
            *field = name(field);
        }
    }
    for overlap in &mut report.overlaps {
        overlap.sources.iter_mut().for_each(|source| *source = name(source));
    }
    for step in &mut report.flow {
        step.step = name(&step.step);
        step.count = u64::MAX;
        step.by_source.iter_mut().for_each(|(source, _)| *source = name(source));
        step.left_out.iter_mut().for_each(|(reason, _)| *reason = name(reason));
    }
    for comparison in &mut report.comparisons {
        comparison.comparison = name(&comparison.comparison);
        comparison.levels.iter_mut().for_each(|level| level.level = name(&level.level));
    }
    for pass in &mut report.passes {
        pass.pass = name(&pass.pass);
        pass.pairs_compared = u64::MAX;
    }
    report.passes_left_out[0].reason = name("reason");
    report.training[0].outcome = name("outcome");
    report.run.project = name("project");
    report.run.one_to_one = vec![[name("one"), name("two")]];
    report.warnings.push(name("warning"));
    report
}
