//! Reports built in code, with numbers as a run on eight sources of a county gives them.

use super::model::{
    CanaryReport, ClusterSize, ComparisonReport, Estimate, FlowStep, LevelReport, LinkageReport,
    PassLeftOut, PassReport, QualityReport, ReviewReport, RunRecord, SourceOverlap, SourceReport,
    Thresholds, TrainingReport, TruthReport, WeightBin,
};

/// Name, kind, rows read, rejected, records.
const SOURCES: [(&str, &str, u64, u64, u64); 8] = [
    ("case_management", "provider", 3_412, 6, 2_987),
    ("county_jail", "jail", 61_204, 312, 31_877),
    ("criminal_history", "state", 214_551, 1_840, 58_312),
    ("district_attorney", "prosecutor", 72_918, 204, 40_115),
    ("police_incidents", "police", 148_330, 2_977, 66_402),
    ("probation", "probation", 18_764, 41, 12_093),
    ("sheriff_citations", "police", 39_250, 1_118, 27_740),
    ("superior_court", "court", 95_871, 433, 44_806),
];

/// Field and its completeness by source; negative where a source does not have it.
const COMPLETENESS: [(&str, [f64; 8]); 10] = [
    ("first", [100.0, 100.0, 99.9, 100.0, 99.1, 100.0, 98.7, 100.0]),
    ("last", [100.0, 100.0, 100.0, 100.0, 99.6, 100.0, 99.2, 100.0]),
    ("middle", [21.4, 63.2, 70.5, 55.1, 38.0, 66.9, 31.7, 52.2]),
    ("suffix", [1.1, 3.0, 3.4, 2.8, -1.0, 3.1, -1.0, 2.6]),
    ("dob", [98.9, 99.8, 99.9, 97.3, 91.4, 99.9, 88.6, 96.0]),
    ("sex", [97.2, 100.0, 100.0, 99.0, 98.5, 100.0, 97.7, 99.3]),
    ("ssn4", [64.0, 71.8, 83.3, -1.0, -1.0, 77.5, -1.0, -1.0]),
    ("address", [48.7, 81.0, -1.0, 76.2, 84.9, 92.3, 79.1, 70.4]),
    ("zip", [55.2, 83.6, -1.0, 79.9, 86.0, 93.0, 81.4, 74.8]),
    ("phone", [79.5, 44.1, -1.0, 12.7, 35.9, 88.0, 9.4, -1.0]),
];

/// Comparison and its levels with m, u and share among accepted pairs.
type Levels = &'static [(&'static str, f64, f64, f64)];
const COMPARISONS: [(&str, Levels); 9] = [
    (
        "first",
        &[
            ("different", 0.041, 0.9834, 0.022),
            ("two edits", 0.018, 0.008, 0.016),
            ("one edit", 0.052, 0.005, 0.054),
            ("nickname", 0.061, 0.0006, 0.063),
            ("exact", 0.828, 0.003, 0.845),
        ],
    ),
    ("sex", &[("different", 0.008, 0.412, 0.007), ("equal", 0.992, 0.588, 0.993)]),
    (
        "last",
        &[
            ("different", 0.067, 0.9955, 0.049),
            ("two edits", 0.021, 0.0015, 0.02),
            ("one edit", 0.058, 0.0017, 0.06),
            ("exact", 0.854, 0.0013, 0.871),
        ],
    ),
    (
        "dob",
        &[
            ("different", 0.022, 0.9946, 0.009),
            ("one part", 0.019, 0.0045, 0.016),
            ("one digit", 0.041, 0.0008, 0.043),
            ("exact", 0.918, 0.0001, 0.932),
        ],
    ),
    (
        "ssn4",
        &[
            ("different", 0.03, 0.9959, 0.018),
            ("transposed", 0.04, 0.004, 0.039),
            ("exact", 0.93, 0.0001, 0.943),
        ],
    ),
    (
        "location",
        &[
            ("different", 0.334, 0.92, 0.301),
            ("same city", 0.06, 0.03, 0.061),
            ("same zip", 0.102, 0.04, 0.11),
            ("street", 0.081, 0.0087, 0.084),
            ("house", 0.093, 0.001, 0.098),
            ("phone", 0.121, 0.0002, 0.127),
            ("house and street", 0.209, 0.0001, 0.219),
        ],
    ),
    ("middle", &[("different", 0.048, 0.93, 0.031), ("equal", 0.952, 0.07, 0.969)]),
    ("suffix", &[("different", 0.11, 0.6, 0.09), ("equal", 0.89, 0.4, 0.91)]),
    ("local_id", &[("different", 0.15, 0.999_99, 0.12), ("equal", 0.85, 0.000_01, 0.88)]),
];

/// Pass, sources in it, blocks, largest, compared, kept, accepted, only here.
const PASSES: [(&str, usize, [u64; 6]); 6] = [
    ("name_dob", 8, [171_402, 84, 612_408, 498_120, 301_877, 21_430]),
    ("last_sound_birth_year", 8, [88_310, 1_942, 9_884_201, 1_204_551, 318_004, 9_912]),
    ("first_sound_dob", 8, [140_233, 311, 2_117_940, 640_229, 309_245, 12_206]),
    ("ssn4_birth_year", 4, [52_717, 40, 188_233, 131_001, 92_440, 3_018]),
    ("house_first_initial", 6, [61_930, 206, 1_406_115, 288_317, 120_774, 1_204]),
    ("phone", 6, [23_044, 512, 341_902, 66_204, 41_090, 388]),
];

pub(super) fn sources() -> Vec<SourceReport> {
    let source =
        |(index, (name, kind, read, rejected, records)): (usize, (&str, &str, u64, u64, u64))| {
            let fields = COMPLETENESS.iter().filter(|(_, shares)| shares[index] >= 0.0);
            SourceReport {
                source: name.to_owned(),
                source_type: kind.to_owned(),
                submission_digest: format!(
                    "{:064x}",
                    (index as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060
                ),
                rows_read: read,
                rows_accepted: read - rejected,
                rows_rejected: rejected,
                aliases: 0,
                rows_collapsed: read - rejected - records,
                records,
                completeness: fields
                    .map(|(field, shares)| ((*field).to_owned(), shares[index]))
                    .collect(),
            }
        };
    SOURCES.into_iter().enumerate().map(source).collect()
}

pub(super) fn comparisons() -> Vec<ComparisonReport> {
    let level = |(level, m, u, accepted_share): &(&str, f64, f64, f64)| LevelReport {
        level: (*level).to_owned(),
        m: *m,
        u: *u,
        weight_bits: libm::log2(m / u),
        accepted_share: *accepted_share,
    };
    let comparison = |(name, levels): &(&str, Levels)| ComparisonReport {
        comparison: (*name).to_owned(),
        levels: levels.iter().map(level).collect(),
    };
    COMPARISONS.iter().map(comparison).collect()
}

pub(super) fn passes() -> Vec<PassReport> {
    let pass = |(name, sources, counts): &(&str, usize, [u64; 6])| PassReport {
        pass: (*name).to_owned(),
        sources: SOURCES[..*sources].iter().map(|(source, ..)| (*source).to_owned()).collect(),
        blocks: counts[0],
        largest_block: counts[1],
        pairs_compared: counts[2],
        pairs_kept: counts[3],
        blocks_over_limit: u64::from(*name == "last_sound_birth_year") * 3,
        rows_over_limit: u64::from(*name == "last_sound_birth_year") * 7_406,
        accepted_only_here: counts[5],
        accepted: counts[4],
    };
    PASSES.iter().map(pass).collect()
}

/// Two hills: random pairs at the left, matches at the right.
fn weights() -> Vec<WeightBin> {
    let hill = |bits: f64, top: f64, middle: f64, width: f64| {
        top * libm::exp(-((bits - middle) / width) * ((bits - middle) / width))
    };
    let bin = |from_bits: i32| {
        let bits = f64::from(from_bits) + 0.5;
        let pairs = hill(bits, 212_000.0, -16.0, 6.5) + hill(bits, 31_000.0, 17.0, 8.0) + 24.0;
        let probability = tallystick_chart::numbers::probability_of_bits(bits);
        let pairs = pairs.round();
        WeightBin {
            from_bits,
            to_bits: from_bits + 1,
            pairs: format!("{pairs:.0}").parse().expect("a rounded count"),
            expected_matches: pairs * probability,
        }
    };
    (-30..38).map(bin).collect()
}

fn overlaps() -> Vec<SourceOverlap> {
    let mut overlaps = Vec::new();
    for (index, (name, ..)) in SOURCES.iter().enumerate() {
        let persons = 3_211 + 2_907 * (index as u64 * 5 % 8);
        overlaps.push(SourceOverlap { sources: vec![(*name).to_owned()], persons });
        for (other, (second, ..)) in SOURCES.iter().enumerate().skip(index + 1) {
            let persons = 11_400 / (1 + ((index * 7 + other * 3) as u64 % 11));
            let sources = vec![(*name).to_owned(), (*second).to_owned()];
            overlaps.push(SourceOverlap { sources, persons });
        }
    }
    let all = SOURCES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    overlaps.push(SourceOverlap { sources: all, persons: 214 });
    let four = [2, 3, 4, 7].map(|index: usize| SOURCES[index].0.to_owned());
    overlaps.push(SourceOverlap { sources: four.to_vec(), persons: 8_842 });
    overlaps
}

fn clusters(persons: u64) -> Vec<ClusterSize> {
    let mut left = persons;
    let mut sizes = Vec::new();
    for records in (1..=14).chain([17, 22, 31, 64]) {
        let main = if records == 1 { left * 52 / 100 } else { left * 46 / 100 };
        let main = if records == 64 { left } else { main };
        left -= main;
        let strict = main + main / 9;
        sizes.push(ClusterSize { records, main, strict, loose: main - main / 14 });
    }
    sizes
}

fn flow(persons: u64) -> Vec<FlowStep> {
    let by = |count: &dyn Fn(&SourceReport) -> u64| -> Vec<(String, u64)> {
        sources().iter().map(|source| (source.source.clone(), count(source))).collect()
    };
    let step = |step: &str, by_source: Vec<(String, u64)>, left_out: &[(&str, u64)]| FlowStep {
        step: step.to_owned(),
        count: by_source.iter().map(|(_, count)| count).sum(),
        by_source,
        left_out: left_out.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
    };
    let plain = |name: &str, count: u64, left_out: &[(&str, u64)]| FlowStep {
        count,
        ..step(name, Vec::new(), left_out)
    };
    let total = |count: &dyn Fn(&SourceReport) -> u64| sources().iter().map(count).sum::<u64>();
    let collapsed = total(&|source| source.rows_collapsed);
    vec![
        step("rows read at the agencies", by(&|source| source.rows_read), &[]),
        step(
            "rows accepted",
            by(&|source| source.rows_accepted),
            &[
                ("without a name and a date of birth", 4_420),
                ("not readable with the agreed mapping", 2_511),
            ],
        ),
        step(
            "records",
            by(&|source| source.records),
            &[("joined to a record of the same identity in the same source", collapsed)],
        ),
        plain(
            "pairs compared",
            14_550_799,
            &[("possible pairs that met in no block", 40_409_918_447)],
        ),
        plain("pairs accepted", 341_226, &[("pairs below the threshold", 14_209_573)]),
        plain("persons", persons, &[]),
    ]
}

fn quality() -> QualityReport {
    let estimate = |value, low, high| Estimate { value, low, high };
    QualityReport {
        expected_precision: estimate(0.9841, 0.9798, 0.9879),
        expected_precision_strict: estimate(0.9968, 0.9951, 0.9981),
        expected_precision_loose: estimate(0.9703, 0.9644, 0.9757),
        expected_recall_met: estimate(0.9667, 0.9601, 0.9726),
        blocking_completeness: estimate(0.9712, 0.9655, 0.9768),
        expected_recall: estimate(0.9389, 0.9291, 0.9481),
        canaries: Some(CanaryReport {
            persons: 200,
            records: 612,
            content_rows: 1_377,
            pairs: 614,
            recall: estimate(0.9511, 0.931, 0.9657),
            wrong_pairs: 2,
        }),
        truth: Some(TruthReport {
            precision: 0.9811,
            recall: 0.9344,
            f1: 0.9572,
            b_cubed_precision: 0.9902,
            b_cubed_recall: 0.9618,
            b_cubed_f1: 0.9758,
            pairs_completeness: 0.9733,
        }),
        accepted_pairs: 341_226,
        possible_pairs: 40_424_469_246,
        compared_pairs: 14_550_799,
        reduction_ratio: 0.99964,
    }
}

pub(super) fn run() -> RunRecord {
    RunRecord {
        version: "0.1.0".to_owned(),
        schema: "person.v1".to_owned(),
        config_hash: format!("{:064x}", 0x51f0_c3aa_9d27_u64),
        settings_hash: format!("{:064x}", 0x0bad_cafe_77e1_u64),
        profile: "semi-trusted unit".to_owned(),
        kernel: "avx2".to_owned(),
        project: "2026-014".to_owned(),
        epoch: 3,
        one_to_one: vec![["case_management".to_owned(), "criminal_history".to_owned()]],
        engine: None,
    }
}

/// Eight sources, linked.
pub(super) fn full() -> LinkageReport {
    let overlaps = overlaps();
    let persons = overlaps.iter().map(|overlap| overlap.persons).sum();
    let training = |pairs: &str, outcome: &str, rounds, expected_matches| TrainingReport {
        pairs: pairs.to_owned(),
        outcome: outcome.to_owned(),
        rounds,
        expected_matches,
    };
    LinkageReport {
        run: run(),
        sources: sources(),
        passes: passes(),
        passes_left_out: vec![PassLeftOut {
            pass: "attribute_dob".to_owned(),
            reason: "only one source has the attribute".to_owned(),
        }],
        comparisons: comparisons(),
        training: vec![
            training("across sources", "converged", 41, 338_201.7),
            training("within a source", "rounds exhausted", 200, 9_114.2),
        ],
        weights: weights(),
        thresholds: Thresholds { strict_bits: 6.629, main_bits: 0.0, loose_bits: -1.0 },
        clusters: clusters(persons),
        quality: quality(),
        overlaps,
        flow: flow(persons),
        review: ReviewReport { large: 37, conflict: 512, split: 1 },
        warnings: vec![
            "3 blocks of the pass last_sound_birth_year were over the limit and left out; 7,406 rows met \
             nobody in them."
                .to_owned(),
            "Training within a source did not settle in 200 rounds; its estimates were used as they stood."
                .to_owned(),
        ],
    }
}
