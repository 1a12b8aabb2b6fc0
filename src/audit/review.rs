//! Takes an officer's sign-off of a week of the log, gives the record of it and the weeks that are overdue, refuses a week that
//! is not over, that was signed off, or whose head is not the one that was looked at.
//!
//! CJIS Security Policy 5.4: the log is reviewed weekly. What stands in a week is counted by the unit; the reviewer says which
//! head of the log was looked at and what was found.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::answers::weeks::{Week, Weeks, monday_of};
use super::{Event, EventKind};
use crate::accounts::Compliance;
use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::store::{Store, StoreError};

const DAY_MS: i64 = 86_400_000;
/// Days after its Sunday within which a week is to be signed off.
pub const DUE_DAYS: i64 = 7;

/// What a reviewer found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Finding {
    /// Nothing.
    None,
    /// Something that was explained.
    Explained,
    /// Something that was passed on.
    Escalated,
}

impl Finding {
    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "nothing-found",
            Self::Explained => "explained",
            Self::Escalated => "escalated",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Explained, Self::Escalated].into_iter().find(|it| it.as_str() == text)
    }
}

/// Why a week is not signed off.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Not the Monday of a week that has entries and is over.
    #[error("the week does not begin on that day, has no entries, or is not over")]
    Week,
    /// It was signed off.
    #[error("the week was signed off")]
    Done,
    /// Another log was looked at, or not all of the week.
    #[error("the head that was looked at is not of this log, or lies before the week's end")]
    Head,
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ReviewError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl ReviewError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Week => "review-week",
            Self::Done => "review-done",
            Self::Head => "review-head",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Week => "give the Monday of a week that is over, as the list has it",
            Self::Done => "the list shows by whom and when",
            Self::Head => "ask for the head again and look at what is new",
            Self::Store(error) => error.help(),
        }
    }
}

/// A week that was signed off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reviewed {
    /// Its Monday, days since 1970-01-01.
    pub monday: i64,
    /// What stood in it, by the unit's count.
    pub counts: BTreeMap<String, u64>,
    /// What was found.
    pub finding: String,
    /// Head of the log that was looked at.
    pub head: (u64, [u8; 32]),
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: AccountId,
}

/// A sign-off.
#[derive(Clone, Copy, Debug)]
pub struct SignOff {
    /// Monday of the week, days since 1970-01-01.
    pub monday: i64,
    /// Head of the log that was looked at.
    pub head: (u64, [u8; 32]),
    /// What was found.
    pub finding: Finding,
}

fn midnight(day: i64) -> String {
    Timestamp(day.saturating_mul(DAY_MS)).to_string()
}

/// What stands in a week; `None` if nothing does.
///
/// # Errors
/// As SQLite says.
pub fn week(connection: &Connection, monday: i64) -> rusqlite::Result<Option<Week>> {
    let sql = "SELECT seq, at, kind, outcome, role, actor FROM audit_entry WHERE at >= ?1 AND at < ?2 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([midnight(monday), midnight(monday + 7)])?;
    let mut weeks = Weeks::default();
    while let Some(row) = rows.next()? {
        let text = |index| row.get::<_, String>(index);
        let role: Option<String> = row.get(4)?;
        let (at, kind, outcome, actor) = (text(1)?, text(2)?, text(3)?, text(5)?);
        weeks.add(row.get(0)?, &at, &kind, &outcome, role.as_deref(), &actor);
    }
    Ok(weeks.done().pop())
}

/// Signs a week off. The counts are the unit's own.
///
/// # Errors
/// [`ReviewError`].
pub fn sign_off(store: &Store, by: &Compliance, it: &SignOff) -> Result<Week, ReviewError> {
    store.act(|act| {
        let is_over = act.now().days() >= it.monday.saturating_add(7);
        if monday_of(it.monday) != it.monday || it.monday < 0 || !is_over {
            return Err(ReviewError::Week);
        }
        let found = week(act.sql(), it.monday)?.ok_or(ReviewError::Week)?;
        let done = "SELECT 1 FROM audit_review WHERE week = ?1";
        if act.sql().prepare_cached(done)?.exists([it.monday])? {
            return Err(ReviewError::Done);
        }
        let (seq, hash) = it.head;
        let same = "SELECT 1 FROM audit_entry WHERE seq = ?1 AND hash = ?2";
        if seq < found.last || !act.sql().prepare_cached(same)?.exists(params![seq, hash])? {
            return Err(ReviewError::Head);
        }
        let counts = serde_json::to_string(&found.counts).expect("names and numbers are JSON");
        let sql = "INSERT INTO audit_review (week, head_seq, head_hash, counts, finding, reviewed_at, reviewed_by) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (finding, account) = (it.finding.as_str(), by.principal().account());
        let values = params![it.monday, seq, hash, counts, finding, act.now(), account];
        act.sql().execute(sql, values)?;
        let event = Event::new(EventKind::AuditReviewed, by.actor())
            .object("week", &midnight(it.monday)[..10])
            .because(finding)
            .count("week_days", it.monday.unsigned_abs())
            .count("head", seq)
            .digest("head", hash)
            .from_address(by.principal().address());
        let event = found.counts.iter().fold(event, |event, (name, count)| event.count(name, *count));
        act.record(&event)?;
        Ok(found)
    })
}

/// Weeks that were signed off, the latest first, those before `before`.
///
/// # Errors
/// As the records fail.
pub fn signed_off(
    connection: &Connection,
    before: Option<i64>,
    most: u32,
) -> Result<Vec<Reviewed>, StoreError> {
    let sql = "SELECT week, counts, finding, head_seq, head_hash, reviewed_at, reviewed_by FROM audit_review \
               WHERE week < ?1 ORDER BY week DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![before.unwrap_or(i64::MAX), most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let counts: String = row.get(1)?;
        let corrupt = |_| StoreError::Corrupt { table: "audit_review", column: "counts" };
        found.push(Reviewed {
            monday: row.get(0)?,
            counts: serde_json::from_str(&counts).map_err(corrupt)?,
            finding: row.get(2)?,
            head: (row.get(3)?, row.get(4)?),
            at: row.get(5)?,
            by: row.get(6)?,
        });
    }
    Ok(found)
}

/// Mondays of weeks with entries that are over and not signed off, the oldest first; `overdue` only those that are over for
/// more than [`DUE_DAYS`].
///
/// # Errors
/// As the records fail.
pub fn open_weeks(
    connection: &Connection,
    now: Timestamp,
    overdue: bool,
) -> Result<Vec<i64>, StoreError> {
    let first: Option<String> = connection
        .query_row("SELECT at FROM audit_entry ORDER BY seq LIMIT 1", [], |row| row.get(0))
        .optional()?;
    let Some(first) = first.as_deref().and_then(Timestamp::parse) else { return Ok(Vec::new()) };
    let late = if overdue { DUE_DAYS } else { 0 };
    let mut monday = monday_of(first.days());
    let mut open = Vec::new();
    let has_entries = "SELECT 1 FROM audit_entry WHERE at >= ?1 AND at < ?2 LIMIT 1";
    let mut has_entries = connection.prepare_cached(has_entries)?;
    let mut done = connection.prepare_cached("SELECT 1 FROM audit_review WHERE week = ?1")?;
    while monday + 7 + late <= now.days() {
        let days = [midnight(monday), midnight(monday + 7)];
        if has_entries.exists(days)? && !done.exists([monday])? {
            open.push(monday);
        }
        monday += 7;
    }
    Ok(open)
}
