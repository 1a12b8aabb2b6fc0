//! Writes entries and checkpoints, within the transaction of the action.

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::Serialize;

use super::entry::{Entry, FIRST_PREVIOUS};
use super::event::{Actor, Event, EventKind};
use super::key::{AuditKey, Signed};
use crate::clock::Timestamp;
use crate::ids::hex;

/// A clock may be this far behind the last entry before the log says so: two entries of one action can be made in the
/// other order than they are written.
const BEHIND_MS_MAX: i64 = 1_000;

/// A signed head of the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Number of the entry that is the head.
    pub seq: u64,
    /// What is signed, a line of JSON.
    pub body: String,
    /// Ed25519 signature of the body.
    pub signature: [u8; 64],
}

#[derive(Serialize)]
struct CheckpointBody {
    checkpoint: u64,
    at: String,
    hash: String,
    key: String,
}

impl Checkpoint {
    /// Signs the entry that is the head now.
    #[must_use]
    pub fn sign(key: &AuditKey, at: Timestamp, seq: u64, hash: &[u8; 32]) -> Self {
        let body = CheckpointBody {
            checkpoint: seq,
            at: at.to_string(),
            hash: hex(hash),
            key: key.public().to_string(),
        };
        let body = serde_json::to_string(&body).expect("a body of texts and numbers is JSON");
        let signature = key.sign(Signed::Checkpoint, body.as_bytes());
        Self { seq, body, signature }
    }

    /// The line of an export.
    #[must_use]
    pub fn line(&self) -> String {
        let open = self.body.strip_suffix('}').expect("a body is a JSON object");
        format!("{open},\"signature\":\"{}\"}}", hex(&self.signature))
    }
}

/// The last entry of the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
    /// Its time.
    pub at: Timestamp,
}

/// The last entry; `None` if there is none.
///
/// # Errors
/// As SQLite says.
pub fn head(connection: &rusqlite::Connection) -> rusqlite::Result<Option<Head>> {
    let sql = "SELECT seq, hash, at FROM audit_entry ORDER BY seq DESC LIMIT 1";
    connection
        .prepare_cached(sql)?
        .query_row([], |row| {
            let at: String = row.get(2)?;
            let at = Timestamp::parse(&at).ok_or(rusqlite::Error::InvalidQuery)?;
            Ok(Head { seq: row.get(0)?, hash: row.get(1)?, at })
        })
        .optional()
}

/// Number and hash of the last entry of a kind about an object that went as asked.
///
/// # Errors
/// As SQLite says.
pub(crate) fn last_about(
    connection: &rusqlite::Connection,
    kind: EventKind,
    object: &str,
) -> rusqlite::Result<Option<(u64, [u8; 32])>> {
    let sql = "SELECT seq, hash FROM audit_entry WHERE kind = ?1 AND object = ?2 AND outcome = 'ok' \
               ORDER BY seq DESC LIMIT 1";
    connection
        .prepare_cached(sql)?
        .query_row([kind.as_str(), object], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Writes an event at the end of the log. Time never goes back in the log: where the clock did, the entry takes the
/// time of the one before it, and an entry of its own says so.
///
/// # Errors
/// As SQLite says.
pub fn append(
    transaction: &Transaction<'_>,
    now: Timestamp,
    event: &Event,
) -> rusqlite::Result<Entry> {
    let last = head(transaction)?;
    let (mut seq, mut previous) = last.map_or((0, FIRST_PREVIOUS), |last| (last.seq, last.hash));
    let last = last.map_or(now, |last| last.at);
    if now.0 < last.0 - BEHIND_MS_MAX {
        let behind = last.0.abs_diff(now.0);
        let notice =
            Event::new(EventKind::ClockWentBack, Actor::Unit).count("milliseconds", behind);
        let entry = insert(transaction, Entry::new(seq + 1, last, &notice, &previous))?;
        (seq, previous) = (entry.seq, entry.hash);
    }
    insert(transaction, Entry::new(seq + 1, now.max(last), event, &previous))
}

fn insert(transaction: &Transaction<'_>, entry: Entry) -> rusqlite::Result<Entry> {
    let sql = "INSERT INTO audit_entry (seq, body, hash) VALUES (?1, ?2, ?3)";
    transaction.prepare_cached(sql)?.execute(params![entry.seq, entry.body, entry.hash])?;
    Ok(entry)
}

/// Signs the present head, unless it is signed already; gives the last checkpoint, `None` of an empty log.
///
/// # Errors
/// As SQLite says.
pub fn checkpoint(
    transaction: &Transaction<'_>,
    now: Timestamp,
    key: &AuditKey,
) -> rusqlite::Result<Option<Checkpoint>> {
    let Some(Head { seq, hash, at }) = head(transaction)? else { return Ok(None) };
    let sql = "SELECT seq, body, signature FROM audit_checkpoint WHERE seq = ?1";
    let found = transaction
        .prepare_cached(sql)?
        .query_row([seq], |row| {
            Ok(Checkpoint { seq: row.get(0)?, body: row.get(1)?, signature: row.get(2)? })
        })
        .optional()?;
    if found.is_some() {
        return Ok(found);
    }
    let made = Checkpoint::sign(key, now.max(at), seq, &hash);
    let sql = "INSERT INTO audit_checkpoint (seq, body, signature) VALUES (?1, ?2, ?3)";
    transaction.prepare_cached(sql)?.execute(params![made.seq, made.body, made.signature])?;
    Ok(Some(made))
}
