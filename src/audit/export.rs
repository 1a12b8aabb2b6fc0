//! Writes the log as lines of JSON that can be verified without the unit.

use std::io::{self, Write};

use rusqlite::Connection;
use serde::Serialize;

use super::entry::Entry;
use super::key::AuditKey;
use super::log::Checkpoint;
use crate::clock::Timestamp;
use crate::ids::hex;

/// Why an export was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log cannot be read.
    #[error("the audit log cannot be read: {0}")]
    Log(#[from] rusqlite::Error),
    /// The lines cannot be written.
    #[error("the export cannot be written: {0}")]
    Io(#[from] io::Error),
}

#[derive(Serialize)]
struct End {
    end: u64,
    from: u64,
    at: String,
    hash: String,
    key: String,
}

/// Writes all entries from number `from` on, checkpoints where they are due, and a signed last line without which the
/// export is incomplete. Gives the number of entries.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    connection: &Connection,
    from: u64,
    now: Timestamp,
    key: &AuditKey,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let (entries, last) = lines(connection, from, out)?;
    let (seq, hash) = last.unwrap_or_else(|| (from.saturating_sub(1), [0; 32]));
    let end = End {
        end: seq,
        from,
        at: now.to_string(),
        hash: hex(&hash),
        key: key.public().to_string(),
    };
    let body = serde_json::to_string(&end).expect("a body of texts and numbers is JSON");
    let signature = key.sign(body.as_bytes());
    writeln!(out, "{}", Checkpoint { seq, body, signature }.line())?;
    out.flush()?;
    Ok(entries)
}

/// Writes all entries and checkpoints without a signed last line, for whoever has the records and no key.
///
/// # Errors
/// [`ExportError`].
pub fn records(connection: &Connection, out: &mut impl Write) -> Result<(), ExportError> {
    lines(connection, 1, out)?;
    Ok(out.flush()?)
}

/// Number and hash of an entry.
type Last = Option<(u64, [u8; 32])>;

fn lines(
    connection: &Connection,
    from: u64,
    out: &mut impl Write,
) -> Result<(u64, Last), ExportError> {
    let sql = "SELECT e.seq, e.body, e.hash, c.body, c.signature FROM audit_entry e \
               LEFT JOIN audit_checkpoint c ON c.seq = e.seq WHERE e.seq >= ?1 ORDER BY e.seq";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([from])?;
    let mut last = None;
    let mut entries = 0;
    while let Some(row) = rows.next()? {
        let entry = Entry { seq: row.get(0)?, body: row.get(1)?, hash: row.get(2)? };
        writeln!(out, "{}", entry.line())?;
        if let Some(body) = row.get::<_, Option<String>>(3)? {
            let checkpoint = Checkpoint { seq: entry.seq, body, signature: row.get(4)? };
            writeln!(out, "{}", checkpoint.line())?;
        }
        entries += 1;
        last = Some((entry.seq, entry.hash));
    }
    Ok((entries, last))
}
