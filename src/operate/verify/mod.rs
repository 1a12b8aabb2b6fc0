//! Takes a data directory that no process has, gives everything in it that is not as it should be, refuses to write into it.
//!
//! Not promised: that nobody changed records and files together with a key of the unit in hand. The log and its anchors are for that.

mod files;
mod records;

pub(super) use files::known;

use std::path::Path;

use serde::Serialize;

use crate::audit::AuditPublicKey;
use crate::audit::verify::Anchor;
use crate::ids::hex;
use crate::keys::ServiceKeys;
use crate::link::Observer;
use crate::store::StoreError;
use crate::store::offline::Offline;

/// Findings that are listed; more are counted.
pub(super) const FINDINGS_MAX: usize = 1_000;

/// What is checked, and how deep.
#[derive(Debug)]
pub struct Verification<'a> {
    /// The data directory, or a backup.
    pub directory: &'a Path,
    /// Opens every sealed file; without keys only lengths are looked at.
    pub keys: Option<&'a ServiceKeys>,
    /// Heads of the log that were kept elsewhere.
    pub anchors: &'a [Anchor],
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// The id, table or file it is about.
    pub place: String,
    /// What is wrong there, without a value of the records.
    pub message: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Entries of the log.
    pub entries: u64,
    /// Signed checkpoints among them.
    pub checkpoints: u64,
    /// `NUMBER:HASH` of the last entry; absent if the log is empty or not whole.
    pub head: Option<String>,
    /// The key that signed; without a key file it is what the log itself says.
    pub log_key: Option<String>,
    /// Submissions that are not withdrawn.
    pub submissions: u64,
    /// Sealed files.
    pub segments: u64,
    /// Sealed files that were erased.
    pub erased: u64,
    /// Bytes of plain text that were opened.
    pub bytes_opened: u64,
    /// What is wrong, the first thousand.
    pub findings: Vec<Finding>,
    /// What is wrong besides.
    pub findings_left_out: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(
        &mut self,
        code: &'static str,
        place: impl ToString,
        message: impl ToString,
    ) {
        if self.findings.len() == FINDINGS_MAX {
            self.findings_left_out += 1;
            return;
        }
        let (place, message) = (place.to_string(), message.to_string());
        self.findings.push(Finding { code, place, message });
    }
}

/// Checks a data directory. The order of findings is that of the checks and within them of ids, so that the same directory
/// gives the same report.
///
/// # Errors
/// [`StoreError`], where the directory cannot be looked at; what is wrong within it is in the report.
pub fn verify_store(
    asked: &Verification<'_>,
    observer: &dyn Observer,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let offline = match Offline::open(asked.directory) {
        Err(error @ (StoreError::Damaged { .. } | StoreError::Database(_))) => {
            report.find("database-damaged", "unit.db", error);
            return Ok(report);
        }
        opened => opened?,
    };
    let records = offline.connection();
    let key = asked.keys.map(|keys| keys.audit.public());
    // Where pages are damaged later answers may be too: each check that cannot be done says so for itself.
    for (name, check) in records::CHECKS {
        observer.stage(name, 0);
        if let Err(error) = check(records, &mut report) {
            report.find("database-damaged", *name, error);
        }
        if observer.is_cancelled() {
            return Ok(cancelled(report));
        }
    }
    if let Err(error) = log(records, key, asked.anchors, observer, &mut report) {
        report.find("database-damaged", "log", error);
    }
    let log_key = key.or_else(|| report.log_key.as_deref().and_then(AuditPublicKey::parse));
    if let Err(error) = records::receipts(records, log_key, &mut report) {
        report.find("database-damaged", "receipts", error);
    }
    if let Err(error) = files::check(asked, records, observer, &mut report) {
        match error {
            StoreError::Io { .. } => return Err(error),
            error => report.find("database-damaged", "segments", error),
        }
    }
    Ok(if observer.is_cancelled() { cancelled(report) } else { report })
}

fn cancelled(mut report: Report) -> Report {
    report.find("cancelled", "", "the check was broken off; what was not looked at is not known");
    report
}

fn log(
    records: &rusqlite::Connection,
    key: Option<AuditPublicKey>,
    anchors: &[Anchor],
    observer: &dyn Observer,
    report: &mut Report,
) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM audit_entry";
    report.entries = records.query_row(sql, [], |row| row.get(0))?;
    observer.stage("log", report.entries);
    match crate::audit::verify_stored(records, key, anchors, || observer.advance(1))? {
        Ok(stored) => {
            report.checkpoints = stored.verified.checkpoints;
            report.log_key = stored.key.map(|key| key.to_string());
            let (last, hash) = (stored.verified.last, hex(&stored.verified.hash));
            report.head = (last > 0).then(|| format!("{last}:{hash}"));
        }
        Err(fault) => {
            let place = fault.entry().map_or_else(String::new, |seq| format!("entry {seq}"));
            report.find(fault.code(), place, fault);
        }
    }
    Ok(())
}
