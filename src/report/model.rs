//! What a linkage run says about itself: the content of `linkage_report.json` and `.html`.
//!
//! Counts, shares and configured names only; no handle, no token, no value of a record.

use serde::{Deserialize, Deserializer, Serialize};

/// The whole report.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LinkageReport {
    /// What ran.
    pub run: RunRecord,
    /// The sources.
    pub sources: Vec<SourceReport>,
    /// Passes of blocking, in order.
    pub passes: Vec<PassReport>,
    /// Passes left out, with the reason.
    pub passes_left_out: Vec<PassLeftOut>,
    /// Comparisons with their levels.
    pub comparisons: Vec<ComparisonReport>,
    /// How training ended, across sources and within.
    pub training: Vec<TrainingReport>,
    /// Candidate pairs by match weight.
    pub weights: Vec<WeightBin>,
    /// Weights at which clusters were cut.
    pub thresholds: Thresholds,
    /// Clusters by number of records: main, strict and loose linkage.
    pub clusters: Vec<ClusterSize>,
    /// Quality, estimated without labels.
    pub quality: QualityReport,
    /// Persons by the sources they were found in.
    pub overlaps: Vec<SourceOverlap>,
    /// Flow of counts from rows received to persons.
    pub flow: Vec<FlowStep>,
    /// Clusters that want review.
    pub review: ReviewReport,
    /// Sentences a reader must not miss.
    pub warnings: Vec<String>,
}

/// What ran: enough to repeat it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RunRecord {
    /// Program version.
    pub version: String,
    /// Name of the linkage schema.
    pub schema: String,
    /// Hash over schema, normalisation and encoding parameters.
    pub config_hash: String,
    /// Hash over the linkage settings of this run.
    pub settings_hash: String,
    /// Trust profile.
    pub profile: String,
    /// Kernel that counted bits.
    pub kernel: String,
    /// Project number.
    pub project: String,
    /// Key epoch.
    pub epoch: u32,
    /// Pairs of sources declared one-to-one.
    pub one_to_one: Vec<[String; 2]>,
    /// What found the pairs, where that was not the program itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineRecord>,
}

/// An engine that found pairs, and what of them was compared again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EngineRecord {
    /// Its name, as it writes it into its tables.
    pub name: String,
    /// Its version, from the same place.
    pub version: String,
    /// Pairs that the program compared again.
    pub verified_pairs: u64,
    /// Those of them that met a threshold exactly.
    pub verified_boundary_pairs: u64,
}

/// One source.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SourceReport {
    /// Name.
    pub source: String,
    /// Kind of agency.
    pub source_type: String,
    /// Digest that names the submission.
    pub submission_digest: String,
    /// Rows read at the agency.
    pub rows_read: u64,
    /// Rows accepted.
    pub rows_accepted: u64,
    /// Rows rejected.
    pub rows_rejected: u64,
    /// Further names of accepted rows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub aliases: u64,
    /// Accepted rows and aliases that joined an identity already there.
    pub rows_collapsed: u64,
    /// Identities.
    pub records: u64,
    /// Share of identities with each mapped field, in percent with one decimal.
    #[serde(deserialize_with = "numbers")]
    pub completeness: Vec<(String, f64)>,
}

/// One blocking pass.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PassReport {
    /// Name.
    pub pass: String,
    /// Sources that take part.
    pub sources: Vec<String>,
    /// Blocks with at least one pair.
    pub blocks: u64,
    /// Rows of the largest block.
    pub largest_block: u64,
    /// Pairs that meet, here or in another pass too; each is compared once.
    pub pairs_compared: u64,
    /// Pairs kept.
    pub pairs_kept: u64,
    /// Blocks over the limit, left out.
    pub blocks_over_limit: u64,
    /// Rows in them.
    pub rows_over_limit: u64,
    /// Accepted pairs that only this pass found.
    pub accepted_only_here: u64,
    /// Accepted pairs that this pass found.
    pub accepted: u64,
}

/// A pass that was not used.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PassLeftOut {
    /// Name.
    pub pass: String,
    /// Why.
    pub reason: String,
}

/// One comparison of the model.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ComparisonReport {
    /// Name.
    pub comparison: String,
    /// Levels from different to equal.
    pub levels: Vec<LevelReport>,
}

/// One level of a comparison.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LevelReport {
    /// Name.
    pub level: String,
    /// P(level | match) across sources.
    #[serde(deserialize_with = "number")]
    pub m: f64,
    /// P(level | random), averaged over pairs of sources.
    #[serde(deserialize_with = "number")]
    pub u: f64,
    /// log2(m / u) in bits.
    #[serde(deserialize_with = "number")]
    pub weight_bits: f64,
    /// Share of accepted pairs across sources that show the level, among those where both values
    /// are present.
    #[serde(deserialize_with = "number")]
    pub accepted_share: f64,
}

/// How training ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TrainingReport {
    /// "across sources" or "within a source".
    pub pairs: String,
    /// How it ended: converged, rounds exhausted, no pairs, collapsed.
    pub outcome: String,
    /// Rounds.
    pub rounds: u32,
    /// Expected number of matches among the candidate pairs.
    #[serde(deserialize_with = "number")]
    pub expected_matches: f64,
}

/// Candidate pairs in one bin of match weight.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WeightBin {
    /// Lower end in bits.
    pub from_bits: i32,
    /// Upper end in bits.
    pub to_bits: i32,
    /// Pairs.
    pub pairs: u64,
    /// Expected matches among them.
    #[serde(deserialize_with = "number")]
    pub expected_matches: f64,
}

/// Weights at which clusters were cut; log2 of the odds that two records are one person.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Thresholds {
    /// Strict persons, in bits.
    #[serde(deserialize_with = "number")]
    pub strict_bits: f64,
    /// Main persons, in bits.
    #[serde(deserialize_with = "number")]
    pub main_bits: f64,
    /// Loose persons, in bits.
    #[serde(deserialize_with = "number")]
    pub loose_bits: f64,
}

/// Clusters of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ClusterSize {
    /// Records in the cluster.
    pub records: u64,
    /// Clusters at the main threshold.
    pub main: u64,
    /// Clusters at the strict threshold.
    pub strict: u64,
    /// Clusters at the loose threshold.
    pub loose: u64,
}

/// A share with a 95 % interval.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Estimate {
    /// Estimate.
    #[serde(deserialize_with = "number")]
    pub value: f64,
    /// Lower end.
    #[serde(deserialize_with = "number")]
    pub low: f64,
    /// Upper end.
    #[serde(deserialize_with = "number")]
    pub high: f64,
}

/// Quality without labels. Model-based: right as far as the model is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct QualityReport {
    /// Expected precision of accepted pairs at the main, strict and loose threshold.
    pub expected_precision: Estimate,
    /// At the strict threshold.
    pub expected_precision_strict: Estimate,
    /// At the loose threshold.
    pub expected_precision_loose: Estimate,
    /// Expected recall among pairs that met in a block.
    pub expected_recall_met: Estimate,
    /// Share of true pairs that met in a block at all, by capture-recapture over passes.
    pub blocking_completeness: Estimate,
    /// Product of the two: expected recall.
    pub expected_recall: Estimate,
    /// Planted synthetic persons, where there are any.
    pub canaries: Option<CanaryReport>,
    /// Compared with truth, where it was given.
    pub truth: Option<TruthReport>,
    /// Accepted pairs of records.
    pub accepted_pairs: u64,
    /// All possible pairs of records.
    pub possible_pairs: u64,
    /// Pairs compared in at least one pass.
    pub compared_pairs: u64,
    /// 1 - compared / possible.
    #[serde(deserialize_with = "number")]
    pub reduction_ratio: f64,
}

/// How planted synthetic persons were linked.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CanaryReport {
    /// Planted persons.
    pub persons: u64,
    /// Their records, left out of the person table.
    pub records: u64,
    /// Their content rows, left out of the event tables.
    pub content_rows: u64,
    /// Pairs of planted records that belong together.
    pub pairs: u64,
    /// Share of those found.
    pub recall: Estimate,
    /// Planted records linked to another person's.
    pub wrong_pairs: u64,
}

/// Quality against truth.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TruthReport {
    /// Pair precision.
    #[serde(deserialize_with = "number")]
    pub precision: f64,
    /// Pair recall.
    #[serde(deserialize_with = "number")]
    pub recall: f64,
    /// Pair F1.
    #[serde(deserialize_with = "number")]
    pub f1: f64,
    /// B-cubed precision.
    #[serde(deserialize_with = "number")]
    pub b_cubed_precision: f64,
    /// B-cubed recall.
    #[serde(deserialize_with = "number")]
    pub b_cubed_recall: f64,
    /// B-cubed F1.
    #[serde(deserialize_with = "number")]
    pub b_cubed_f1: f64,
    /// Share of true pairs that met in a block.
    #[serde(deserialize_with = "number")]
    pub pairs_completeness: f64,
}

/// Persons found in exactly these sources.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SourceOverlap {
    /// Names of the sources.
    pub sources: Vec<String>,
    /// Persons.
    pub persons: u64,
}

/// One step of the flow of counts.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FlowStep {
    /// What is counted.
    pub step: String,
    /// How many, in all.
    pub count: u64,
    /// By source, where that makes sense.
    pub by_source: Vec<(String, u64)>,
    /// What left the flow between the step before and this one: reason and how many.
    pub left_out: Vec<(String, u64)>,
}

/// Clusters that want review at the agencies.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ReviewReport {
    /// Clusters with many records.
    pub large: u64,
    /// Clusters with a pair that speaks against them.
    pub conflict: u64,
    /// Components split because they were too large.
    pub split: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What is not a number is `null` in JSON.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

fn numbers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, f64)>, D::Error> {
    let pairs: Vec<(String, Option<f64>)> = Vec::deserialize(from)?;
    Ok(pairs.into_iter().map(|(name, number)| (name, number.unwrap_or(f64::NAN))).collect())
}
