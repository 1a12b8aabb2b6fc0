//! The log as it is read for answers: every entry, and whether the chain is whole.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::audit::AuditPublicKey;
use crate::audit::verify::{Anchor, Fault, Verified, verify, verify_open};

/// Entries that are read at once; a longer log is asked part by part.
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
            Self::TooLong => "ask the service, or an export that begins later",
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
}
