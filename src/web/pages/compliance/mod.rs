//! Pages of compliance officers: whether the log is whole, what happened, what the law asks, and what waits for them.

pub(super) mod accounts;
pub(super) mod decisions;
pub(super) mod entry;
pub(super) mod export;
pub(super) mod home;
mod law;
pub(super) mod log;
pub(super) mod questions;
pub(super) mod retention;
pub(super) mod reviews;
pub(super) mod verify;
mod wanted;

use super::shown::{Moment, query};
use crate::accounts::Compliance;
use crate::agreements::Day;
use crate::audit::answers::Logged;
use crate::audit::words::{self, Names};
use crate::audit::{Entry, Event, EventKind};
use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::unit::Unit;

/// Rows of a page of a list.
pub(super) const ROWS: u32 = 50;

/// An entry as lists show it.
struct Row {
    seq: u64,
    at: Moment,
    text: String,
    /// Word and class of a badge; empty where it went as asked.
    outcome: &'static str,
    class: &'static str,
}

impl Row {
    fn new(entry: &Entry, names: &Names) -> Self {
        let logged: Logged = serde_json::from_str(&entry.body).unwrap_or_default();
        Self::of(&Logged { seq: entry.seq, ..logged }, names)
    }

    fn of(logged: &Logged, names: &Names) -> Self {
        let (outcome, class) = match logged.outcome.as_str() {
            "denied" => ("refused", "warn"),
            "error" => ("failed", "bad"),
            _ => ("", ""),
        };
        let at = Timestamp::parse(&logged.at).unwrap_or_default();
        Self { seq: logged.seq, at: at.into(), text: words::line(logged, names), outcome, class }
    }
}

/// That somebody looked into the log is an entry of it.
fn look(unit: &Unit, by: &Compliance, entries: u64) -> Result<(), StoreError> {
    let event = Event::new(EventKind::AuditRead, by.actor())
        .count("entries", entries)
        .from_address(by.principal().address());
    unit.store.record(&event).map(|_| ())
}

/// Pages of a list by number.
pub(super) struct Pager {
    pub(super) page: u64,
    pub(super) pages: u64,
    /// Where a page is, up to its number.
    pub(super) link: String,
}

impl Pager {
    pub(super) fn new(count: u64, page: Option<&str>, path: &str, pairs: &[(&str, &str)]) -> Self {
        let pages = count.div_ceil(u64::from(ROWS)).max(1);
        let page = page.and_then(|text| text.parse().ok()).unwrap_or(1).clamp(1, pages);
        Self { page, pages, link: format!("{path}?{}page=", kept(pairs)) }
    }

    pub(super) fn after(page: Option<&str>) -> u64 {
        let page: u64 = page.and_then(|text| text.parse().ok()).unwrap_or(1);
        page.clamp(1, u64::from(u32::MAX)).saturating_sub(1) * u64::from(ROWS)
    }
}

/// Fields of a filter as they stand in a link, each with `&` after it; empty ones are left out.
fn kept(pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name}={}&", query(value))).collect()
}

/// A day in words beside today: `ends in 23 days`.
pub(super) fn until(day: i64, today: i64) -> String {
    match day - today {
        0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        left @ 2.. => format!("ends in {left} days"),
        -1 => "ended yesterday".to_owned(),
        over => format!("ended {} days ago", -over),
    }
}

/// `2018-07-04`.
pub(super) fn day(days: i64) -> String {
    Day::of_days(days).map(|day| day.to_string()).unwrap_or_default()
}

/// What a list is chosen by: a name and an id.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_links_read_well() {
        assert_eq!(
            [0, 1, 23, -1, -90].map(|day| until(day, 0)),
            [
                "ends today",
                "ends tomorrow",
                "ends in 23 days",
                "ended yesterday",
                "ended 90 days ago",
            ]
        );
        assert_eq!(kept(&[("a", ""), ("b", "x&y=\"z")]), "b=x%26y%3D%22z&");
        let pager = Pager::new(101, Some("7"), "/x", &[("q", "a b")]);
        assert_eq!((pager.page, pager.pages, pager.link.as_str()), (3, 3, "/x?q=a%20b&page="));
        assert_eq!(Pager::after(Some("3")), 100);
        assert_eq!(Pager::after(Some("-1")), 0);
    }
}
