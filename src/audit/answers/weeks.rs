//! Weeks of the log, Monday to Sunday in UTC, and what a reviewer looks at in each.

use std::collections::BTreeMap;

use super::Logged;
use crate::clock::Timestamp;

/// Names of the counts of a week, in their order.
pub const COUNTS: [&str; 6] =
    ["entries", "sign_ins_refused", "denied", "failed", "privileged", "log_access"];

/// A week of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Week {
    /// Its Monday, days since 1970-01-01.
    pub monday: i64,
    /// Number of its first entry.
    pub first: u64,
    /// Number of its last entry.
    pub last: u64,
    /// By the names of [`COUNTS`].
    pub counts: BTreeMap<&'static str, u64>,
}

/// The Monday of the week of a day. 1970-01-01 was a Thursday.
#[must_use]
pub const fn monday_of(day: i64) -> i64 {
    day - (day + 3).rem_euclid(7)
}

/// What one entry counts as.
fn classes(
    kind: &str,
    outcome: &str,
    role: Option<&str>,
    actor: &str,
) -> [(&'static str, bool); 6] {
    let is_log_access = matches!(kind, "audit-read" | "audit-exported" | "audit-verified");
    let is_officer = matches!(role, Some("administrator" | "compliance" | "operator" | "approver"));
    let is_log_on = matches!(kind, "session-opened" | "session-closed");
    [
        ("entries", true),
        ("sign_ins_refused", kind == "session-opened" && outcome == "denied"),
        ("denied", outcome == "denied"),
        ("failed", outcome == "error"),
        ("privileged", (is_officer || actor == "console") && !is_log_on && !is_log_access),
        ("log_access", is_log_access),
    ]
}

/// Gathers entries, in their order, into weeks.
#[derive(Debug, Default)]
pub struct Weeks(Vec<Week>);

impl Weeks {
    /// Counts an entry.
    pub fn add(
        &mut self,
        seq: u64,
        at: &str,
        kind: &str,
        outcome: &str,
        role: Option<&str>,
        actor: &str,
    ) {
        let Some(at) = Timestamp::parse(at) else { return };
        let monday = monday_of(at.days());
        if self.0.last().is_none_or(|week| week.monday != monday) {
            let counts = COUNTS.into_iter().map(|name| (name, 0)).collect();
            self.0.push(Week { monday, first: seq, last: seq, counts });
        }
        let Some(week) = self.0.last_mut() else { return };
        week.last = seq;
        for (name, is_one) in classes(kind, outcome, role, actor) {
            *week.counts.entry(name).or_default() += u64::from(is_one);
        }
    }

    /// The weeks that have entries, oldest first.
    #[must_use]
    pub fn done(self) -> Vec<Week> {
        self.0
    }
}

/// The weeks of a log.
#[must_use]
pub fn weeks(entries: &[Logged]) -> Vec<Week> {
    let mut weeks = Weeks::default();
    for it in entries {
        weeks.add(it.seq, &it.at, &it.kind, &it.outcome, it.role.as_deref(), &it.actor);
    }
    weeks.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        // 2018-07-02 was a Monday.
        let monday = Timestamp::parse("2018-07-02T00:00:00Z").unwrap().days();
        for day in 0..7 {
            assert_eq!(monday_of(monday + day), monday);
        }
        assert_eq!(monday_of(monday - 1), monday - 7);
        assert_eq!(monday_of(0), -3);
    }
}
