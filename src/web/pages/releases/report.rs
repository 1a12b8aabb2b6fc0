//! What was kept of a check, read back.

use serde::Deserialize;

use super::super::super::problem::Problem;
use crate::release::desk::Release;

/// The report of a check, or of its refusal. Parts that a version did not write are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) checklist: Vec<Item>,
    pub(super) disclosure: Option<Disclosure>,
    pub(super) flow: Vec<Step>,
    pub(super) rows: Rows,
    pub(super) tables: Vec<TableSize>,
    pub(super) notes: Vec<String>,
    pub(super) earlier: Vec<Earlier>,
    pub(super) refusals: Vec<Reason>,
}

/// An item of the checklist.
#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub(super) safe: String,
    pub(super) item: String,
    pub(super) is_met: bool,
    pub(super) evidence: String,
}

/// What the disclosure check found.
#[derive(Debug, Deserialize)]
pub(super) struct Disclosure {
    pub(super) label: String,
    pub(super) persons: u64,
    pub(super) k_demanded: u32,
    pub(super) k_achieved: u64,
    pub(super) l_demanded: u32,
    pub(super) sensitive: Vec<Sensitive>,
    pub(super) classes: u64,
    pub(super) persons_suppressed: u64,
    pub(super) persons_suppressed_max: u64,
    pub(super) cells_suppressed: u64,
    pub(super) columns: Vec<Column>,
    pub(super) findings: Vec<Finding>,
    pub(super) loss: Loss,
}

/// Values of a sensitive column by class.
#[derive(Debug, Deserialize)]
pub(super) struct Sensitive {
    pub(super) column: String,
    pub(super) l: u32,
}

/// What was lost.
#[derive(Debug, Deserialize)]
pub(super) struct Loss {
    pub(super) entropy_permille: u64,
}

/// A quasi-identifier.
#[derive(Debug, Deserialize)]
pub(super) struct Column {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) level: usize,
    pub(super) levels: usize,
    pub(super) generalised_to: String,
    pub(super) rare_merged: usize,
    pub(super) cells_suppressed: u64,
}

/// A finding.
#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    pub(super) code: String,
    pub(super) severity: String,
    pub(super) place: String,
    pub(super) count: u64,
    pub(super) of: u64,
}

/// A step of the flow of persons.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) arm: Option<String>,
    pub(super) label: String,
    pub(super) persons: Option<u64>,
}

/// Rows of events.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Rows {
    pub(super) read: u64,
    pub(super) incomplete: u64,
}

/// A table.
#[derive(Debug, Deserialize)]
pub(super) struct TableSize {
    pub(super) table: String,
    pub(super) rows: u64,
    pub(super) columns: u64,
}

/// How it differs from a release that was taken back.
#[derive(Debug, Deserialize)]
pub(super) struct Earlier {
    pub(super) release: String,
    pub(super) difference: Difference,
}

/// Persons who differ.
#[derive(Debug, Deserialize)]
pub(super) struct Difference {
    pub(super) added: u64,
    pub(super) removed: u64,
    pub(super) changed: u64,
    pub(super) groups_small: u64,
}

/// A reason for which it was refused.
#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub(super) code: String,
    #[serde(default)]
    pub(super) reason: String,
    #[serde(default)]
    pub(super) place: Option<String>,
    pub(super) help: String,
}

impl Report {
    /// The report of a release; empty before it was checked.
    pub(super) fn of(release: &Release) -> Result<Self, Problem> {
        let Some(text) = &release.report else { return Ok(Self::default()) };
        serde_json::from_str(text).map_err(|_| Problem::internal("store-corrupt"))
    }
}
