//! Takes the log as it lies in the records, gives what it holds, names the first thing that is wrong.

use rusqlite::{Connection, Transaction, params};
use serde::Deserialize;

use super::entry::Entry;
use super::key::AuditPublicKey;
use super::log::Checkpoint;
use super::verify::{Anchor, Chain, Fault, Line, Verified, split};
use crate::ids::unhex;
use crate::store::StoreError;

/// What a good log holds.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Entries and checkpoints; `signed_at` is empty, as only exports bear it.
    pub verified: Verified,
    /// The key that signed the checkpoints, where there is one.
    pub key: Option<AuditPublicKey>,
}

/// Checks the whole log of the records as [`verify`](super::verify::verify) checks an export. Without a key that of the first
/// checkpoint counts: then it is for people to compare it with the one they keep. `advance` is called after each entry.
///
/// # Errors
/// As SQLite says. What is wrong with the log is the inner result; lines are those of an export.
pub fn verify_stored(
    connection: &Connection,
    key: Option<AuditPublicKey>,
    anchors: &[Anchor],
    mut advance: impl FnMut(),
) -> rusqlite::Result<Result<Stored, Fault>> {
    walk(connection, Chain::new(key, 1, anchors), 1, |_| advance())
}

/// Checks the log from an entry on that was found good before, that entry included: that it is still the one it was, and that
/// everything after it continues it.
///
/// # Errors
/// As SQLite says. What is wrong with the log is the inner result; lines count from that entry.
pub fn verify_from(
    connection: &Connection,
    key: AuditPublicKey,
    known: Anchor,
) -> rusqlite::Result<Result<Stored, Fault>> {
    walk(connection, Chain::new(Some(key), known.seq, &[known]), known.seq, |_| {})
}

/// Checks the log from an entry on, and gives every entry that is good to `each` on the way.
pub(super) fn walk(
    connection: &Connection,
    mut chain: Chain<'_>,
    from: u64,
    mut each: impl FnMut(&Entry),
) -> rusqlite::Result<Result<Stored, Fault>> {
    let sql = "SELECT e.seq, e.body, e.hash, c.body, c.signature FROM audit_entry e \
               LEFT JOIN audit_checkpoint c ON c.seq = e.seq WHERE e.seq >= ?1 ORDER BY e.seq";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([from])?;
    while let Some(row) = rows.next()? {
        let entry = Entry { seq: row.get(0)?, body: row.get(1)?, hash: row.get(2)? };
        if !entry.body.ends_with('}') {
            return Ok(Err(Fault::Unreadable { line: chain.line + 1 }));
        }
        let mut lines = vec![entry.line()];
        if let Some(body) = row.get::<_, Option<String>>(3)? {
            if !body.ends_with('}') {
                return Ok(Err(Fault::Signature { line: chain.line + 1, seq: entry.seq }));
            }
            let checkpoint = Checkpoint { seq: entry.seq, body, signature: row.get(4)? };
            lines.push(checkpoint.line());
        }
        for mut line in lines {
            line.push('\n');
            chain.line += 1;
            if let Err(fault) = chain.take(line.as_bytes()) {
                return Ok(Err(fault));
            }
        }
        each(&entry);
    }
    let key = chain.key;
    Ok(chain.finish(false).map(|verified| Stored { verified, key }))
}

/// Entries between two lines of progress in the log of the service; some seconds' work.
const PROGRESS_ENTRIES: u64 = 250_000;

/// Checks the whole log of a service that starts, against the key that it will sign with. One entry is in memory at a time. A long
/// log says how far it is in the log of the service.
///
/// # Errors
/// [`StoreError::Log`], with the first thing that is wrong.
pub fn verify_at_start(connection: &Connection, key: AuditPublicKey) -> Result<(), StoreError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM audit_entry";
    let all: u64 = connection.query_row(sql, [], |row| row.get(0))?;
    let mut checked: u64 = 0;
    let advance = || {
        checked += 1;
        if checked.is_multiple_of(PROGRESS_ENTRIES) {
            tracing::info!(checked, all, "the log is being checked");
        }
    };
    let found = verify_stored(connection, Some(key), &[], advance)?.map_err(StoreError::Log)?;
    let checkpoints = found.verified.checkpoints;
    tracing::info!(entries = found.verified.last, checkpoints, "the log is whole");
    Ok(())
}

/// The number of an entry or a checkpoint.
#[derive(Deserialize)]
struct Number {
    #[serde(alias = "checkpoint")]
    seq: u64,
}

/// Puts a line of an export that was verified, without its end, into the records of a log that ends before it.
///
/// # Errors
/// As SQLite says; [`rusqlite::Error::InvalidQuery`] if it is no such line.
pub(crate) fn put_line(transaction: &Transaction<'_>, text: &str) -> rusqlite::Result<()> {
    let text = format!("{text}\n");
    let none = || rusqlite::Error::InvalidQuery;
    let (body, value, sql) = match split(text.as_bytes()).ok_or_else(none)? {
        Line::Entry { body, hash } => {
            let hash: [u8; 32] = unhex(hash).ok_or_else(none)?;
            let sql = "INSERT INTO audit_entry (seq, body, hash) VALUES (?1, ?2, ?3)";
            (body, hash.to_vec(), sql)
        }
        Line::Signed { body, signature } => {
            let signature: [u8; 64] = unhex(signature).ok_or_else(none)?;
            let sql = "INSERT INTO audit_checkpoint (seq, body, signature) VALUES (?1, ?2, ?3)";
            (body, signature.to_vec(), sql)
        }
    };
    let Number { seq } = serde_json::from_str(&body).map_err(|_| none())?;
    transaction.prepare_cached(sql)?.execute(params![seq, body, value])?;
    Ok(())
}
