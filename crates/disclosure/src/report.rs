//! What was checked and found, for manifests and for who approves.
//!
//! Counts, shares, names of tables and columns; never a value of the data.

use std::collections::BTreeMap;

use serde::Serialize;

/// How much a finding weighs for who approves.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// To know.
    Note,
    /// To be weighed.
    Warning,
    /// Not to be passed over: whoever approves says why.
    Severe,
}

/// Something to be known before approval, with the same code each time.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Stable code; `docs/disclosure.md` lists them.
    pub code: &'static str,
    /// Weight.
    pub severity: Severity,
    /// `table` or `table.column`; empty if it is about the whole.
    pub place: String,
    /// How many: persons, unless the code says otherwise.
    pub count: u64,
    /// Of how many.
    pub of: u64,
}

/// One quasi-identifier, before and after.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ColumnReport {
    /// Table.
    pub table: String,
    /// Column.
    pub column: String,
    /// The level taken, from 1.
    pub level: usize,
    /// Levels there are.
    pub levels: usize,
    /// The finest that the profile permits, from 1.
    pub level_permitted: usize,
    /// In words.
    pub generalised_to: String,
    /// Categories of persons at the first level.
    pub categories_before: usize,
    /// Categories of persons at the level taken.
    pub categories_after: usize,
    /// Rare categories that were merged.
    pub rare_merged: usize,
    /// Cells taken out.
    pub cells_suppressed: u64,
    /// Information lost, in thousandths of a bit a person.
    pub loss_mbit: u64,
    /// The same if the column were taken out: 1000 mbit halve the persons a value is known of.
    pub loss_mbit_max: u64,
}

/// Distinct values of a sensitive column by class.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SensitiveReport {
    /// Column of the person table.
    pub column: String,
    /// Fewest distinct values of a class.
    pub l: u32,
    /// Classes by their number of distinct values.
    pub classes: BTreeMap<u32, u64>,
    /// Persons of each value that is there, ascending.
    pub cohorts: Vec<u64>,
}

/// Classes of a size.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SizeReport {
    /// Persons of a class, at least.
    pub persons_min: u64,
    /// Persons of a class, at most; none: no bound.
    pub persons_max: Option<u64>,
    /// Classes.
    pub classes: u64,
    /// Persons in them.
    pub persons: u64,
}

/// The search for levels.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SearchReport {
    /// Combinations of levels.
    pub nodes: usize,
    /// Combinations tested.
    pub nodes_tested: usize,
    /// The finest that are enough: the level of each quasi-identifier, from 1.
    pub minimal: Vec<Vec<usize>>,
}

/// What the release lost.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LossReport {
    /// Non-uniform entropy as a share of that of a release without quasi-identifiers.
    pub entropy_permille: u64,
    /// 1 less the mean height of cells.
    pub precision_permille: u64,
    /// Sum of squared class sizes; who is taken out counts all persons.
    pub discernibility: u64,
}

/// Sequences of events.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct SequenceReport {
    /// Persons with an event.
    pub persons: u64,
    /// Whose sequence nobody else has.
    pub unique: u64,
    /// Whose sequence nobody else of the same class has.
    pub unique_in_class: u64,
}

/// Everything about a check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Profile.
    pub profile: &'static str,
    /// What the release may be called.
    pub label: &'static str,
    /// Whether it may be called de-identified.
    pub is_deidentified: bool,
    /// Id of the expert's report.
    pub expert_report: Option<String>,
    /// Persons.
    pub persons: u64,
    /// Demanded.
    pub k_demanded: u32,
    /// Persons of the smallest class, those taken out among them.
    pub k_achieved: u64,
    /// Demanded.
    pub l_demanded: u32,
    /// By sensitive column.
    pub sensitive: Vec<SensitiveReport>,
    /// Classes.
    pub classes: u64,
    /// Classes by size.
    pub class_sizes: Vec<SizeReport>,
    /// Persons whose quasi-identifiers were taken out.
    pub persons_suppressed: u64,
    /// Those of them who only join, so that these are not too few.
    pub persons_joined: u64,
    /// Most that the policy permits.
    pub persons_suppressed_max: u64,
    /// Share of persons.
    pub suppressed_permille: u64,
    /// Cells taken out.
    pub cells_suppressed: u64,
    /// The search.
    pub search: SearchReport,
    /// What was lost.
    pub loss: LossReport,
    /// By quasi-identifier.
    pub columns: Vec<ColumnReport>,
    /// Sequences of events.
    pub sequences: SequenceReport,
    /// In the order of their weight, the heaviest first.
    pub findings: Vec<Finding>,
}
