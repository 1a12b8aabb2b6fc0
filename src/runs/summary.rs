//! What the record of a finished run says of it: parameters, counts, links by how they were made, and estimated error.
//!
//! No handle, no token, no value of a record. Quality is model-based: right as far as the model is.

use serde::Serialize;
use tallystick_linkage::compare::{DOB_EXACT, NAME_EXACT, SAME};

use super::left_out::LeftOut;
use crate::audit::Event;
use crate::link::Run as Linkage;
use crate::release::contract::Linked;
use crate::report::model::{LinkageReport, QualityReport, RunRecord, Thresholds};
use crate::store::StoreError;

/// Pairs whose weight is less than this many thousandths of a bit from the main threshold are near it.
const NEAR_MBIT: i32 = 1_000;

/// The summary; its JSON is kept and shown.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Summary {
    parameters: RunRecord,
    thresholds: Thresholds,
    passes: Vec<String>,
    passes_left_out: Vec<String>,
    counts: Counts,
    links: Links,
    quality: QualityReport,
    warnings: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Counts {
    /// Rows of the project that their agencies took out.
    rows_retracted: u64,
    /// Records of providers that are left out because no consent holds.
    records_without_consent: u64,
    records: u64,
    pairs_possible: u64,
    pairs_compared: u64,
    pairs_accepted: u64,
    persons: u64,
    persons_strict: u64,
    persons_loose: u64,
    persons_in_several_sources: u64,
    persons_to_review: u64,
}

/// Accepted pairs by what they agree on.
#[derive(Clone, Debug, Default, Serialize)]
struct Links {
    /// The agency's own number is the same.
    exact_id: u64,
    /// Else: given name, family name and birth date are equal.
    deterministic: u64,
    /// Else.
    probabilistic: u64,
    /// Not compared themselves: one person through other records.
    indirect: u64,
    /// Judged by a person.
    manual: u64,
    /// Compared pairs, accepted or not, less than a bit from the main threshold.
    near_threshold: u64,
}

/// What a run came to.
pub(super) fn of(
    linkage: &Linkage,
    linked: &Linked,
    report: &LinkageReport,
    left_out: &LeftOut,
) -> Summary {
    let clusters = &linkage.resolution.clusters;
    let several = report.overlaps.iter().filter(|overlap| overlap.sources.len() > 1);
    let counts = Counts {
        rows_retracted: left_out.retracted,
        records_without_consent: left_out.without_consent,
        records: report.sources.iter().map(|source| source.records).sum(),
        pairs_possible: report.quality.possible_pairs,
        pairs_compared: report.quality.compared_pairs,
        pairs_accepted: report.quality.accepted_pairs,
        persons: u64::from(linked.person_count),
        persons_strict: clusters.counts.strict_count,
        persons_loose: clusters.counts.loose_count,
        persons_in_several_sources: several.map(|overlap| overlap.persons).sum(),
        persons_to_review: linked.flagged.iter().filter(|flagged| **flagged).count() as u64,
    };
    Summary {
        parameters: report.run.clone(),
        thresholds: report.thresholds,
        passes: report.passes.iter().map(|pass| pass.pass.clone()).collect(),
        passes_left_out: report.passes_left_out.iter().map(|pass| pass.pass.clone()).collect(),
        counts,
        links: links(linkage, report),
        quality: report.quality.clone(),
        warnings: report.warnings.clone(),
    }
}

fn links(linkage: &Linkage, report: &LinkageReport) -> Links {
    let mut links = Links::default();
    let resolution = &linkage.resolution;
    let main = &resolution.clusters.main;
    for pair in &linkage.pairs {
        let (first, second) = pair.records();
        if main[first as usize] != main[second as usize] {
            continue;
        }
        let levels = pair.pattern().levels();
        let names = levels.first == NAME_EXACT && levels.last == NAME_EXACT;
        let count = match (levels.local_id == SAME, names && levels.dob == DOB_EXACT) {
            (true, _) => &mut links.exact_id,
            (false, true) => &mut links.deterministic,
            (false, false) => &mut links.probabilistic,
        };
        *count += 1;
    }
    let direct = links.exact_id + links.deterministic + links.probabilistic;
    links.indirect = report.quality.accepted_pairs.saturating_sub(direct);
    let main_bits = report.thresholds.main_bits;
    for (group, weights) in resolution.groups.iter().zip(&resolution.model.weights) {
        for ((_, pairs), weight_mbit) in group.histogram.iter().zip(weights) {
            let distance = (f64::from(*weight_mbit) - 1_000.0 * main_bits).abs();
            links.near_threshold += if distance < f64::from(NEAR_MBIT) { *pairs } else { 0 };
        }
    }
    links
}

impl Summary {
    /// As it is kept.
    pub(super) fn text(&self) -> Result<String, StoreError> {
        let corrupt = |_| StoreError::Corrupt { table: "run", column: "summary" };
        serde_json::to_string(self).map_err(corrupt)
    }

    /// Puts the counts into an entry of the log.
    pub(super) fn count_in(&self, event: Event) -> Event {
        event
            .count("records", self.counts.records)
            .count("excluded_retracted", self.counts.rows_retracted)
            .count("excluded_without_consent", self.counts.records_without_consent)
            .count("pairs_compared", self.counts.pairs_compared)
            .count("pairs_accepted", self.counts.pairs_accepted)
            .count("persons", self.counts.persons)
            .count("persons_in_several_sources", self.counts.persons_in_several_sources)
            .count("persons_to_review", self.counts.persons_to_review)
            .count("links_exact_id", self.links.exact_id)
            .count("links_deterministic", self.links.deterministic)
            .count("links_probabilistic", self.links.probabilistic)
            .count("links_indirect", self.links.indirect)
            .count("links_manual", self.links.manual)
            .count("pairs_near_threshold", self.links.near_threshold)
            .count("expected_precision_permille", permille(self.quality.expected_precision.value))
            .count("expected_recall_permille", permille(self.quality.expected_recall.value))
    }
}

/// A share in thousandths: the log holds whole numbers.
fn permille(share: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let permille = (share * 1_000.0).round().clamp(0.0, 1_000.0) as u64;
    permille
}
