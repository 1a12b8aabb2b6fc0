//! Takes checks and answers that take seconds on a long log, keeps what they found, gives it to pages, refuses nothing.
//!
//! What is kept says when it was found and up to which entry was read. It is a convenience: whoever can write to the records can
//! write this, too, and only an export that is checked elsewhere, or the check from the first entry on, proves anything.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::answers::{Answer, Status, codes};
use super::verify::{Anchor, Fault, Verified};
use super::{Event, EventKind, Stored, verify_from, verify_stored};
use crate::accounts::Compliance;
use crate::clock::Timestamp;
use crate::ids::{AccountId, ProjectId};
use crate::store::{Store, StoreError};

/// What a check found.
#[derive(Clone, Debug)]
pub struct Verification {
    /// When.
    pub at: Timestamp,
    /// By whom it was asked for.
    pub by: Option<AccountId>,
    /// First entry that was looked at.
    pub first: u64,
    /// The last good entry, and its hash.
    pub last: Anchor,
    /// Signatures that were checked.
    pub checkpoints: u64,
    /// What is wrong; `None` if the log is whole.
    pub fault: Option<Broken>,
}

/// What is wrong with the log.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Stable code.
    pub code: String,
    /// The entry that it is about.
    pub entry: Option<u64>,
    /// As a sentence.
    pub text: String,
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code().to_owned(), entry: fault.entry(), text: fault.to_string() }
    }
}

/// Checks the log, from the first entry on or, `onward`, from the last one that was found good, and keeps what was found.
///
/// # Errors
/// As the records fail. What is wrong with the log is in the result.
pub fn verify(store: &Store, by: &Compliance, onward: bool) -> Result<Verification, StoreError> {
    let known = store.read(last_good)?.filter(|_| onward);
    let key = store.key().public();
    let found = store.read(|connection| {
        Ok::<_, StoreError>(match known {
            Some(known) => verify_from(connection, key, known)?,
            None => verify_stored(connection, Some(key), &[], || {})?,
        })
    })?;
    let first = known.map_or(1, |known| known.seq);
    let (last, checkpoints, fault) = match found {
        Ok(Stored { verified: Verified { last, hash, checkpoints, .. }, .. }) => {
            (Anchor { seq: last, hash }, checkpoints, None)
        }
        Err(fault) => (Anchor { seq: 0, hash: [0; 32] }, 0, Some(fault)),
    };
    let account = by.principal().account();
    store.act(|act| {
        let event = Event::new(EventKind::AuditVerified, by.actor())
            .count("from", first)
            .count("until", last.seq)
            .from_address(by.principal().address());
        let event = match &fault {
            Some(fault) => event.failed(fault.code()),
            None => event.digest("head", last.hash),
        };
        act.record(&event)?;
        let broken = fault.map(Broken::from);
        let sql = "INSERT INTO audit_verification (checked_at, checked_by, first, last, hash, checkpoints, fault, \
                   fault_entry, fault_text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let (code, text) = broken.as_ref().map(|it| (it.code.clone(), it.text.clone())).unzip();
        let entry = broken.as_ref().and_then(|it| it.entry);
        let (seq, hash) = (last.seq, last.hash);
        act.sql().execute(
            sql,
            params![act.now(), account, first, seq, hash, checkpoints, code, entry, text],
        )?;
        let at = act.now();
        Ok(Verification { at, by: Some(account), first, last, checkpoints, fault: broken })
    })
}

fn of(row: &Row<'_>) -> rusqlite::Result<Verification> {
    let code: Option<String> = row.get(6)?;
    let fault = match code {
        Some(code) => Some(Broken { code, entry: row.get(7)?, text: row.get(8)? }),
        None => None,
    };
    Ok(Verification {
        at: row.get(0)?,
        by: row.get(1)?,
        first: row.get(2)?,
        last: Anchor { seq: row.get(3)?, hash: row.get(4)? },
        checkpoints: row.get(5)?,
        fault,
    })
}

const COLUMNS: &str =
    "checked_at, checked_by, first, last, hash, checkpoints, fault, fault_entry, fault_text";

/// The last checks, the latest first.
///
/// # Errors
/// As SQLite says.
pub fn verifications(connection: &Connection, most: u32) -> Result<Vec<Verification>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit_verification ORDER BY number DESC LIMIT ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([most], of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last check from the first entry on.
///
/// # Errors
/// As SQLite says.
pub fn whole(connection: &Connection) -> Result<Option<Verification>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_verification WHERE first = 1 ORDER BY number DESC LIMIT 1"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([], of).optional()?)
}

/// From where a check can go on: the end of the last one, if that found the log good.
fn last_good(connection: &Connection) -> Result<Option<Anchor>, StoreError> {
    let last = verifications(connection, 1)?.pop();
    let last = last.filter(|it| it.fault.is_none() && it.last.seq > 0);
    Ok(last.map(|it| it.last))
}

/// An answer as it was last given.
#[derive(Clone, Debug)]
pub struct Kept {
    /// A1 to A26.
    pub code: String,
    /// How it is answered.
    pub status: Status,
    /// The answer in a sentence or two.
    pub summary: String,
    /// What it rests on.
    pub evidence: Vec<String>,
    /// Last entry that was read for it.
    pub head: u64,
    /// When.
    pub at: Timestamp,
    /// By whom it was asked for.
    pub by: AccountId,
}

/// Keeps answers on a project; each takes the place of the one before.
///
/// # Errors
/// As the records fail.
pub fn keep(
    store: &Store,
    by: &Compliance,
    project: ProjectId,
    head: u64,
    answers: &[Answer],
) -> Result<(), StoreError> {
    store.act(|act| {
        for answer in answers {
            let evidence = serde_json::Value::from(answer.evidence.clone()).to_string();
            let sql = "INSERT OR REPLACE INTO audit_answer \
                       (project, question, status, summary, evidence, head, answered_at, answered_by) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let (status, account) = (answer.status.as_str(), by.principal().account());
            let values = params![
                project, answer.code, status, answer.summary, evidence, head, act.now(), account
            ];
            act.sql().prepare_cached(sql)?.execute(values)?;
            let event = Event::new(EventKind::AuditRead, by.actor())
                .object("question", answer.code)
                .project(project)
                .from_address(by.principal().address());
            act.record(&event)?;
        }
        Ok(())
    })
}

/// The answers that are kept on a project, in the order of the questions.
///
/// # Errors
/// As the records fail.
pub fn answers(connection: &Connection, project: ProjectId) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT question, status, summary, evidence, head, answered_at, answered_by FROM audit_answer \
               WHERE project = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([project])?;
    let mut found = Vec::new();
    let corrupt = |column| StoreError::Corrupt { table: "audit_answer", column };
    while let Some(row) = rows.next()? {
        let (status, evidence): (String, String) = (row.get(1)?, row.get(3)?);
        found.push(Kept {
            code: row.get(0)?,
            status: Status::parse(&status).ok_or_else(|| corrupt("status"))?,
            summary: row.get(2)?,
            evidence: serde_json::from_str(&evidence).map_err(|_| corrupt("evidence"))?,
            head: row.get(4)?,
            at: row.get(5)?,
            by: row.get(6)?,
        });
    }
    found.sort_by_key(|kept| codes().position(|code| code == kept.code));
    Ok(found)
}
