//! The log as it is read for answers: every entry, and whether the chain is whole.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;

use crate::audit::stored::walk;
use crate::audit::verify::{Anchor, Chain, Fault, Verified, verify, verify_open};
use crate::audit::{AuditPublicKey, Stored};

/// Entries that are read at once, some 2 GB; a longer log is asked by parts that are exported.
const ENTRIES_MAX: usize = 2_000_000;

/// An entry, as it stands in the log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields of an entry; docs/audit.md has the table")]
pub struct Logged {
    pub seq: u64,
    pub at: String,
    pub kind: String,
    pub outcome: String,
    pub actor: String,
    pub role: Option<String>,
    pub agency: Option<String>,
    pub session: Option<String>,
    pub source_address: Option<String>,
    pub object_kind: Option<String>,
    pub object: Option<String>,
    pub object_sha256: Option<String>,
    pub bytes_in: Option<u64>,
    pub bytes_out: Option<u64>,
    pub purpose: Option<String>,
    pub project: Option<String>,
    pub agreements: Vec<String>,
    pub reason: Option<String>,
    pub counts: BTreeMap<String, u64>,
    pub digests: BTreeMap<String, String>,
    pub version: String,
}

/// Why a log is not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LogError {
    /// No line names a key, and none was given.
    #[error("the export names no key: it is empty or no export")]
    NoKey,
    /// Too many entries at once.
    #[error("more than {ENTRIES_MAX} entries")]
    TooLong,
}

impl LogError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoKey => "audit-key-missing",
            Self::TooLong => "audit-too-long",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::NoKey => "give the key with --key, as the service printed it",
            Self::TooLong => "export a later part of the log, and ask that",
        }
    }
}

/// The log.
#[derive(Debug)]
pub struct Log {
    /// All entries that can be read.
    pub entries: Vec<Logged>,
    /// What the check of the chain found.
    pub checked: Result<Verified, Fault>,
    /// By which key it was checked.
    pub key: AuditPublicKey,
    /// Whether that key came from elsewhere than the log itself.
    pub is_key_known: bool,
    /// Whether the log ends with a signed last line.
    pub is_ended: bool,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

impl Log {
    /// Reads lines of an export. `is_ended` says whether a signed last line must be there: records have none.
    ///
    /// # Errors
    /// [`LogError`]. A log that was tampered with is read all the same; [`Log::checked`] says so.
    pub fn read(
        mut lines: &[u8],
        key: Option<AuditPublicKey>,
        anchors: &[Anchor],
        is_ended: bool,
    ) -> Result<Self, LogError> {
        let mut entries = Vec::new();
        let mut named = None;
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if let Ok(keyed) = serde_json::from_slice::<Keyed>(line) {
                named = AuditPublicKey::parse(&keyed.key).or(named);
            } else if let Ok(entry) = serde_json::from_slice::<Logged>(line) {
                if entries.len() == ENTRIES_MAX {
                    return Err(LogError::TooLong);
                }
                entries.push(entry);
            }
        }
        let is_key_known = key.is_some();
        let key = key.or(named).ok_or(LogError::NoKey)?;
        let check = if is_ended { verify } else { verify_open };
        let checked = check(&mut lines, &key, 1, anchors);
        let checked = checked.unwrap_or(Err(Fault::Unreadable { line: 0 }));
        Ok(Self { entries, checked, key, is_key_known, is_ended })
    }

    /// Reads the log as it lies in the records, an entry at a time. One that was tampered with is read all the same.
    ///
    /// # Errors
    /// As SQLite says; the inner one is [`LogError::TooLong`]: no answer rests on a part of the log.
    pub fn of_records(
        connection: &Connection,
        key: AuditPublicKey,
    ) -> rusqlite::Result<Result<Self, LogError>> {
        let count: usize =
            connection.query_row("SELECT count(*) FROM audit_entry", [], |row| row.get(0))?;
        if count > ENTRIES_MAX {
            return Ok(Err(LogError::TooLong));
        }
        let mut entries: Vec<Logged> = Vec::new();
        let chain = Chain::new(Some(key), 1, &[]);
        let checked = walk(connection, chain, 1, |entry| {
            entries.extend(serde_json::from_str::<Logged>(&entry.body));
        })?;
        let checked = checked.map(|Stored { verified, .. }| verified);
        if checked.is_err() {
            let after = entries.last().map_or(0, |entry| entry.seq);
            let sql = "SELECT body FROM audit_entry WHERE seq > ?1 ORDER BY seq";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([after])?;
            while let Some(row) = rows.next()? {
                entries.extend(serde_json::from_str::<Logged>(row.get_ref(0)?.as_str()?));
            }
        }
        Ok(Ok(Self { entries, checked, key, is_key_known: true, is_ended: false }))
    }
}
