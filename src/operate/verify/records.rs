//! The records by themselves: pages, references, schema, what they say against what the log says.

use rusqlite::Connection;

use super::Report;
use crate::audit::{AuditPublicKey, Signed};
use crate::clock::Timestamp;
use crate::ids::SubmissionId;
use crate::store::StoreError;
use crate::store::offline::{schema_made, schema_of};

type Check = fn(&Connection, &mut Report) -> Result<(), StoreError>;

/// In this order: what comes later reads by what comes earlier.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("pages", pages),
    ("schema", schema),
    ("references", references),
    ("submissions", submissions),
];

/// Pages, indexes and the rules of columns, as SQLite checks them. Its texts name tables, pages and indexes only.
fn pages(records: &Connection, report: &mut Report) -> Result<(), StoreError> {
    let mut statement = records.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let said: String = row.get(0)?;
        if said != "ok" {
            report.find("database-damaged", "unit.db", said);
        }
    }
    Ok(())
}

/// Without its triggers the log could be changed unseen.
fn schema(records: &Connection, report: &mut Report) -> Result<(), StoreError> {
    let (made, found) = (schema_made()?, schema_of(records)?);
    let name = |text: &str| text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    for text in made.iter().filter(|text| !found.contains(text)) {
        report.find("database-schema", name(text), "missing, or not as this version makes it");
    }
    for text in found.iter().filter(|text| !made.contains(text)) {
        report.find("database-schema", name(text), "this version makes no such thing");
    }
    Ok(())
}

fn references(records: &Connection, report: &mut Report) -> Result<(), StoreError> {
    let mut statement = records.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        let message = format!("a record refers to one of {parent} that is not there");
        report.find("database-reference", table, message);
    }
    Ok(())
}

/// What the log says of submissions and the records do not. Where a copy was put back, the log goes on and says of some
/// that they are lost: those entries stand between the copy's last and `backup-restored`.
const AGAINST_LOG: [(&str, &str, &str); 4] = [
    (
        "submission-lost",
        "the log says that it was taken in, and there is no record of it",
        "SELECT DISTINCT e.object FROM audit_entry e WHERE e.kind = 'submission-received' AND e.outcome = 'ok' \
         AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.id = e.object) \
         AND NOT EXISTS (SELECT 1 FROM audit_entry r WHERE r.kind = 'backup-restored' AND r.outcome = 'ok' \
                         AND r.seq > e.seq AND r.body ->> '$.counts.copied_until' < e.seq) ORDER BY 1",
    ),
    (
        "submission-unlogged",
        "the log does not say that it was taken in",
        "SELECT s.id FROM submission s WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.object = s.id \
         AND e.kind = 'submission-received' AND e.outcome = 'ok') ORDER BY 1",
    ),
    (
        "submission-differs",
        "its digest is not the one in the log",
        "SELECT s.id FROM submission s JOIN audit_entry e ON e.object = s.id WHERE e.kind = 'submission-received' \
         AND e.outcome = 'ok' AND e.object_sha256 <> lower(hex(s.sha256)) ORDER BY 1",
    ),
    (
        "submission-revived",
        "the log says that it was withdrawn, and it stands",
        "SELECT DISTINCT s.id FROM submission s JOIN audit_entry e ON e.object = s.id \
         WHERE e.kind = 'submission-withdrawn' AND e.outcome = 'ok' AND s.state <> 'withdrawn' ORDER BY 1",
    ),
];

fn submissions(records: &Connection, report: &mut Report) -> Result<(), StoreError> {
    for (code, message, sql) in AGAINST_LOG {
        let mut statement = records.prepare(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        for id in ids {
            let id: SubmissionId = id?;
            report.find(code, id, message);
        }
    }
    let sql = "SELECT count(*) FROM submission WHERE state <> 'withdrawn'";
    report.submissions = records.query_row(sql, [], |row| row.get(0))?;
    Ok(())
}

/// Receipts are signed, and are of the submission they stand at.
pub(super) fn receipts(
    records: &Connection,
    key: Option<AuditPublicKey>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let sql = "SELECT id, receipt, signature, receipt ->> 'receipt' = id AND receipt ->> 'sha256' = lower(hex(sha256)) \
               AND receipt ->> 'agency' = agency AND receipt ->> 'project' = project \
               AND receipt ->> 'digest' = lower(hex(digest)) AND receipt ->> 'bytes' = bytes \
               AND receipt ->> 'rows_read' = rows_read AND receipt ->> 'rows_accepted' = rows_accepted \
               AND receipt ->> 'rows_rejected' = rows_rejected AND receipt ->> 'rows_collapsed' = rows_collapsed \
               AND receipt ->> 'aliases' = aliases AND receipt ->> 'records' = records \
               AND receipt ->> 'content_rows' = content_rows, received_at, receipt ->> 'received_at' \
               FROM submission ORDER BY id";
    let mut statement = records.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, receipt): (SubmissionId, String) = (row.get(0)?, row.get(1)?);
        let signature: [u8; 64] = row.get(2)?;
        if key.is_some_and(|key| !key.verifies(Signed::Receipt, receipt.as_bytes(), &signature)) {
            report.find("receipt-signature", id, "its receipt is not signed by the log's key");
        }
        let (received, signed): (Timestamp, Option<String>) = (row.get(4)?, row.get(5)?);
        let is_same_time = signed.is_some_and(|signed| signed == received.to_string());
        if row.get::<_, Option<bool>>(3)? != Some(true) || !is_same_time {
            report.find("receipt-differs", id, "its receipt is not of this submission");
        }
    }
    Ok(())
}
