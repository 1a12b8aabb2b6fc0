//! What of a release an evaluation reads.
//!
//! Takes a plan, says which tables and columns of a release are read: those that the plan names, and those of the process
//! indicators. The others take most of the room of a release of a million persons, and nobody looks at them.

use super::process::ELIGIBILITY;
use super::timing::FOLLOW_UP;
use super::{IMPUTED, Plan};

impl Plan {
    /// Whether a table is read.
    #[must_use]
    pub fn reads_table(&self, table: &str) -> bool {
        table == "linkage_summary" || columns(table).is_some()
    }

    /// Whether a column of a table is read.
    #[must_use]
    pub fn reads_column(&self, table: &str, column: &str) -> bool {
        let Some(columns) = columns(table) else { return self.reads_table(table) };
        let is_of_rule = || column.starts_with(ELIGIBILITY) || column.starts_with(FOLLOW_UP);
        column == "study_id"
            || columns.contains(&column)
            || match table {
                // Twelve times the rows of the windows, and the course shows the main outcome only.
                "person_month" => self.outcomes.main == column,
                _ => table.starts_with("person") && self.names_column(column),
            }
            || (table == "person" && is_of_rule())
    }

    fn names_column(&self, column: &str) -> bool {
        let score = &self.score;
        let all = score.categories.iter().chain(&score.numbers).chain(&score.exact);
        all.chain(&self.outcomes.counts).any(|name| name == column)
    }
}

/// Columns of a table that are read whatever the plan names; none where the table is read whole, or not at all.
fn columns(table: &str) -> Option<&'static [&'static str]> {
    const WINDOW: &[&str] = &["window", "days_at_risk"];
    Some(match table {
        "person" => {
            &["arm", "pathway", "index_district", "index_quarter", "race_eth", "housing_at_intake"]
        }
        "person_window" | "person_window_strict" | "person_window_loose" => WINDOW,
        table if table.starts_with(IMPUTED) => WINDOW,
        "person_month" => &["month", "contacts", "enrolled"],
        "arrest" => &["rel_day", "outcome", "index_event", "officer_pid"],
        "case" => &["rel_day", "disp_rel_day", "index_event"],
        "referral" => &["rel_day", "pathway", "officer_pid", "handoff_rel_hr"],
        "intake" => &[
            "rel_day",
            "screening_rel_day",
            "intake_rel_day",
            "within_30d",
            "exit_rel_day",
            "exit_reason",
        ],
        "service" => &["category", "connected"],
        _ => return None,
    })
}
