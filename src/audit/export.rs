//! Writes the log as lines of JSON that can be verified without the unit.

use std::io::{self, Write};

use rusqlite::{Connection, params};
use serde::Serialize;

use super::entry::Entry;
use super::key::{AuditKey, Signed};
use super::log::Checkpoint;
use crate::clock::Timestamp;
use crate::ids::hex;

/// Entries that are read at a time.
const PIECE_ENTRIES: u32 = 1_000;

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
    let mut export = Export::new(from, u64::MAX);
    while export.write_some(connection, now, key, out)? {}
    out.flush()?;
    Ok(export.entries)
}

/// Writes all entries and checkpoints without a signed last line, for whoever has the records and no key.
///
/// # Errors
/// [`ExportError`].
pub fn records(connection: &Connection, out: &mut impl Write) -> Result<(), ExportError> {
    let mut export = Export::new(1, u64::MAX);
    while export.write_entries(connection, out)? {}
    Ok(out.flush()?)
}

/// An export that is written piece by piece, so that neither memory nor a transaction grows with the log.
#[derive(Debug)]
pub struct Export {
    from: u64,
    until: u64,
    last: Option<(u64, [u8; 32])>,
    entries: u64,
    is_ended: bool,
}

impl Export {
    /// Of the entries from number `from` to number `until`, both included.
    #[must_use]
    pub const fn new(from: u64, until: u64) -> Self {
        Self { from, until, last: None, entries: 0, is_ended: false }
    }

    /// Writes the next entries, or the signed last line after the last one. False if all was written before.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn write_some(
        &mut self,
        connection: &Connection,
        now: Timestamp,
        key: &AuditKey,
        out: &mut impl Write,
    ) -> Result<bool, ExportError> {
        if self.is_ended {
            return Ok(false);
        }
        if !self.write_entries(connection, out)? {
            self.write_end(now, key, out)?;
            self.is_ended = true;
        }
        Ok(true)
    }

    /// Writes the next entries; false if there are no more behind them.
    fn write_entries(
        &mut self,
        connection: &Connection,
        out: &mut impl Write,
    ) -> Result<bool, ExportError> {
        let next = self.last.map_or(self.from, |(seq, _)| seq + 1);
        let before = self.entries;
        let sql = "SELECT e.seq, e.body, e.hash, c.body, c.signature FROM audit_entry e \
                   LEFT JOIN audit_checkpoint c ON c.seq = e.seq \
                   WHERE e.seq BETWEEN ?1 AND ?2 ORDER BY e.seq LIMIT ?3";
        let mut statement = connection.prepare_cached(sql)?;
        // No entry has a number that SQLite could not hold.
        let [next, until] = [next, self.until].map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let mut rows = statement.query(params![next, until, PIECE_ENTRIES])?;
        while let Some(row) = rows.next()? {
            let entry = Entry { seq: row.get(0)?, body: row.get(1)?, hash: row.get(2)? };
            writeln!(out, "{}", entry.line())?;
            if let Some(body) = row.get::<_, Option<String>>(3)? {
                let checkpoint = Checkpoint { seq: entry.seq, body, signature: row.get(4)? };
                writeln!(out, "{}", checkpoint.line())?;
            }
            self.entries += 1;
            self.last = Some((entry.seq, entry.hash));
        }
        Ok(self.entries - before == u64::from(PIECE_ENTRIES))
    }

    fn write_end(
        &self,
        now: Timestamp,
        key: &AuditKey,
        out: &mut impl Write,
    ) -> Result<(), ExportError> {
        let (seq, hash) = self.last.unwrap_or_else(|| (self.from.saturating_sub(1), [0; 32]));
        let end = End {
            end: seq,
            from: self.from,
            at: now.to_string(),
            hash: hex(&hash),
            key: key.public().to_string(),
        };
        let body = serde_json::to_string(&end).expect("a body of texts and numbers is JSON");
        let signature = key.sign(Signed::Checkpoint, body.as_bytes());
        Ok(writeln!(out, "{}", Checkpoint { seq, body, signature }.line())?)
    }
}
