//! Takes scores, gives what is printed. Field names are the output format.

use serde::Serialize;
use tallystick_linkage::quality::truth::{BCubed, PairCounts, TruthScore};

/// The line printed.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// One unit for each row.
    #[serde(flatten)]
    pub(super) rows: UnitReport,
    pub(super) identities: IdentityReport,
    pub(super) missing: Missing,
}

/// One unit for each handle.
#[derive(Debug, Serialize)]
pub(super) struct IdentityReport {
    /// Handles whose rows belong to several true persons.
    pub(super) mixed_identities: u64,
    #[serde(flatten)]
    pub(super) units: UnitReport,
}

/// What could not be joined.
#[derive(Debug, Default, Serialize)]
pub(super) struct Missing {
    /// Rows that the truth does not know; left out.
    pub(super) rows_without_truth: u64,
    /// Handles none of whose rows the truth knows; left out.
    pub(super) identities_without_truth: u64,
    /// Handles that are in no cluster; they count as alone.
    pub(super) handles_without_cluster: u64,
    /// Lines of the cluster file whose handle is in no handle file.
    pub(super) clusters_without_handle: u64,
    /// Lines of the truth file whose record is in no handle file.
    pub(super) truth_without_row: u64,
}

/// Measures for one kind of unit.
#[derive(Debug, Serialize)]
pub(super) struct UnitReport {
    /// Units with a truth; all figures are about these.
    records: u64,
    persons_true: u64,
    #[serde(flatten)]
    main: Level,
    strict: Level,
    loose: Level,
}

impl UnitReport {
    pub(super) fn new(main: &TruthScore, strict: &TruthScore, loose: &TruthScore) -> Self {
        Self {
            records: main.record_count,
            persons_true: main.true_count,
            main: Level::from(main),
            strict: Level::from(strict),
            loose: Level::from(loose),
        }
    }
}

/// Measures at one stop.
#[derive(Debug, Serialize)]
struct Level {
    persons_found: u64,
    pairs: Pairs,
    b_cubed: Rates,
}

impl From<&TruthScore> for Level {
    fn from(score: &TruthScore) -> Self {
        let BCubed { precision, recall, f1 } = score.b_cubed;
        Self {
            persons_found: score.found_count,
            pairs: Pairs {
                all: PairReport::from(score.all),
                across: PairReport::from(score.across),
                within: PairReport::from(score.within),
            },
            b_cubed: Rates { precision, recall, f1 },
        }
    }
}

#[derive(Debug, Serialize)]
struct Pairs {
    all: PairReport,
    across: PairReport,
    within: PairReport,
}

#[derive(Debug, Serialize)]
struct PairReport {
    #[serde(flatten)]
    rates: Rates,
    true_pairs: u64,
    predicted_pairs: u64,
    true_positives: u64,
}

impl From<PairCounts> for PairReport {
    fn from(counts: PairCounts) -> Self {
        Self {
            rates: Rates {
                precision: counts.precision(),
                recall: counts.recall(),
                f1: counts.f1(),
            },
            true_pairs: counts.true_pairs,
            predicted_pairs: counts.predicted_pairs,
            true_positives: counts.true_positives,
        }
    }
}

#[derive(Debug, Serialize)]
struct Rates {
    precision: f64,
    recall: f64,
    f1: f64,
}
