//! Takes the entries that the log has after a backup, does again what they say was ended or erased, says what it cannot do.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::Path;

use rusqlite::params;
use serde::Deserialize;

use super::OperateError;
use super::restore::Restored;
use crate::audit::verify::{Anchor, verify};
use crate::audit::{AuditPublicKey, EventKind};
use crate::ids::RunId;
use crate::runs;
use crate::store::Act;

/// Kinds after which something stands again that must not, and which only people can repeat: what they were about is
/// not in the records that this module knows.
const FOR_PEOPLE: [EventKind; 5] = [
    EventKind::DataDestroyed,
    EventKind::RetractionRecorded,
    EventKind::AgreementRecorded,
    EventKind::ConsentRecorded,
    EventKind::AccountChanged,
];

/// An export that is whole and goes on from the backup.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    last: u64,
}

/// Checks an export of the log against the key and the head of the backup's.
pub(super) fn check(
    path: &Path,
    key: &AuditPublicKey,
    head: Option<Anchor>,
) -> Result<Checked, OperateError> {
    let io = |source| OperateError::Io { path: path.to_owned(), source };
    let mut reader =
        std::io::BufReader::with_capacity(1 << 20, std::fs::File::open(path).map_err(io)?);
    let anchors: Vec<Anchor> = head.into_iter().collect();
    let found = verify(&mut reader, key, 1, &anchors).map_err(io)?.map_err(OperateError::Log)?;
    Ok(Checked { last: found.last })
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    seq: Option<u64>,
    #[serde(default)]
    checkpoint: Option<u64>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    object: Option<String>,
    #[serde(default)]
    object_kind: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

/// Puts the later entries into the log and does again what they say.
pub(super) fn with_log(
    act: &mut Act<'_>,
    reader: impl BufRead,
    checked: &Checked,
    restored: &mut Restored,
) -> Result<(), OperateError> {
    let broken = || OperateError::Log(crate::audit::verify::Fault::Unreadable { line: 0 });
    let mut lost: BTreeSet<String> = BTreeSet::new();
    for text in reader.lines() {
        let text = text.map_err(|_| broken())?;
        let line: Line = serde_json::from_str(&text).map_err(|_| broken())?;
        let place = line.seq.or(line.checkpoint);
        // The signed last line has neither; a checkpoint of the backup's own last entry may be a later one.
        let Some(place) = place.filter(|place| *place > restored.copied_until) else { continue };
        crate::audit::put_line(act.sql(), &text).map_err(OperateError::from)?;
        if line.seq.is_some() {
            restored.log_until = place;
            repeat(act, &line, &mut lost, restored)?;
        }
    }
    if restored.log_until.max(restored.copied_until) != checked.last {
        return Err(broken());
    }
    restored.submissions_lost = lost.into_iter().collect();
    Ok(())
}

fn repeat(
    act: &Act<'_>,
    line: &Line,
    lost: &mut BTreeSet<String>,
    restored: &mut Restored,
) -> Result<(), OperateError> {
    let Some(kind) = EventKind::parse(&line.kind).filter(|_| line.outcome == "ok") else {
        return Ok(());
    };
    let object = line.object.as_deref().unwrap_or("");
    let sql = act.sql();
    match kind {
        EventKind::SubmissionReceived => {
            let known = "SELECT 1 FROM submission WHERE id = ?1";
            // A file that was sent twice is the submission that it was.
            let is_new = !sql.prepare_cached(known)?.exists([object])?;
            lost.extend(is_new.then(|| object.to_owned()));
        }
        EventKind::SubmissionWithdrawn => {
            lost.remove(object);
            if erase(act, object)? {
                restored.submissions_erased.push(object.to_owned());
            }
        }
        // It follows from a withdrawal, which is repeated, or from a retraction, which is told of.
        EventKind::DataDestroyed if line.object_kind.as_deref() == Some("known-persons") => {}
        EventKind::DataDestroyed if line.object_kind.as_deref() == Some("submission") => {
            // Where what took its place is lost it still stands in the backup; it was erased all the same.
            let end = "UPDATE submission SET state = 'superseded', ended_at = ?2 \
                       WHERE id = ?1 AND state = 'accepted'";
            sql.execute(end, params![object, act.now()])?;
            if shred(act, object)? {
                restored.submissions_erased.push(object.to_owned());
            }
        }
        EventKind::DataDestroyed if line.object_kind.as_deref() == Some("run") => {
            destroy(act, object)?;
        }
        EventKind::DataDestroyed if line.object_kind.as_deref() == Some("run-pairs") => {
            forget_pairs(act, object)?;
        }
        EventKind::ReleaseRevoked => {
            let revoke = "UPDATE release SET state = 'revoked', ended_at = ?2, end_reason = 'taken-back' \
                          WHERE id = ?1 AND state <> 'revoked'";
            sql.execute(revoke, params![object, act.now()])?;
            let shred = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?2 WHERE shredded_at IS NULL \
                         AND id = (SELECT bundle FROM release WHERE id = ?1)";
            sql.execute(shred, params![object, act.now()])?;
        }
        EventKind::TokenRevoked => {
            let revoke = "UPDATE token SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
            restored.tokens_revoked += sql.execute(revoke, params![object, act.now()])? as u64;
        }
        EventKind::AccountDisabled => {
            let close = "UPDATE account SET disabled_at = ?2 WHERE id = ?1 AND disabled_at IS NULL";
            restored.accounts_disabled += sql.execute(close, params![object, act.now()])? as u64;
            restored.tokens_revoked += revoke_of(act, object)?;
        }
        EventKind::PasswordChanged
        | EventKind::SecondFactorEnrolled
        | EventKind::RecoveryCodeUsed => {
            let forget = "UPDATE account SET password = NULL, second_factor = NULL \
                          WHERE id = ?1 AND password IS NOT NULL";
            restored.accounts_to_enrol += sql.execute(forget, [object])? as u64;
            sql.execute("DELETE FROM recovery_code WHERE account = ?1", [object])?;
            restored.tokens_revoked += revoke_of(act, object)?;
        }
        EventKind::AccountChanged if line.reason.as_deref() == Some("sign-ins-ended") => {
            restored.tokens_revoked += revoke_of(act, object)?;
        }
        EventKind::AccountChanged if line.reason.as_deref() == Some("recovery-codes-renewed") => {
            // The ones of the backup were good no more.
            sql.execute("DELETE FROM recovery_code WHERE account = ?1", [object])?;
        }
        EventKind::AgreementEnded => {
            let end = "UPDATE agreement SET ended_at = ?2, end_reason = ?3 \
                       WHERE id = ?1 AND ended_at IS NULL";
            let reason = line.reason.as_deref().unwrap_or("mistaken");
            restored.agreements_ended +=
                sql.execute(end, params![object, act.now(), reason])? as u64;
        }
        kind if FOR_PEOPLE.contains(&kind)
            && line.reason.as_deref() != Some("enrolment-invited") =>
        {
            *restored.not_repeated.entry(line.kind.clone()).or_default() += 1;
        }
        _ => {}
    }
    Ok(())
}

/// Erases a submission as its withdrawal did. False if it is not in the records, or is erased already.
fn erase(act: &Act<'_>, submission: &str) -> Result<bool, OperateError> {
    shred(act, submission)?;
    let withdraw = "UPDATE submission SET state = 'withdrawn', ended_at = ?2, superseded_by = NULL \
                    WHERE id = ?1 AND state <> 'withdrawn'";
    let is_erased = act.sql().execute(withdraw, params![submission, act.now()])? > 0;
    let forget = "INSERT INTO person_forgetting (project, agency) SELECT project, agency FROM submission WHERE id = ?1";
    act.sql().execute(forget, [submission])?;
    let outdate = "UPDATE run SET outdated_at = ?2, outdated_because = 'submission-withdrawn' \
                   WHERE state = 'finished' AND outdated_at IS NULL \
                   AND id IN (SELECT run FROM run_source WHERE submission = ?1)";
    act.sql().execute(outdate, params![submission, act.now()])?;
    Ok(is_erased)
}

/// Erases the sealed files of a submission. False if it is not in the records, or they are erased already.
fn shred(act: &Act<'_>, submission: &str) -> Result<bool, OperateError> {
    let shred = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?2 WHERE shredded_at IS NULL AND id IN \
                 (SELECT encodings FROM submission WHERE id = ?1 UNION SELECT content FROM submission WHERE id = ?1)";
    Ok(act.sql().execute(shred, params![submission, act.now()])? > 0)
}

/// Destroys what a run linked, as its certificate says.
fn destroy(act: &Act<'_>, run: &str) -> Result<(), OperateError> {
    let shred = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?2 WHERE shredded_at IS NULL AND id IN \
                 (SELECT result FROM run WHERE id = ?1 UNION SELECT ids FROM run_persons WHERE run = ?1 \
                  UNION SELECT segment FROM known_persons WHERE project = (SELECT project FROM run WHERE id = ?1))";
    act.sql().execute(shred, params![run, act.now()])?;
    let forget =
        "DELETE FROM known_persons WHERE project = (SELECT project FROM run WHERE id = ?1)";
    act.sql().execute(forget, [run])?;
    Ok(())
}

/// Erases the pairs of a run that people judged, or were to judge.
fn forget_pairs(act: &Act<'_>, run: &str) -> Result<(), OperateError> {
    let shred = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?2 WHERE shredded_at IS NULL AND id IN \
                 (SELECT segment FROM pair_pool WHERE run = ?1 UNION SELECT segment FROM review_set WHERE run = ?1)";
    act.sql().execute(shred, params![run, act.now()])?;
    let remove =
        "UPDATE review_set SET state = 'removed', ended_at = ?2 WHERE run = ?1 AND state = 'open'";
    act.sql().execute(remove, params![run, act.now()])?;
    Ok(())
}

fn revoke_of(act: &Act<'_>, account: &str) -> Result<u64, OperateError> {
    let revoke = "UPDATE token SET revoked_at = ?2 WHERE account = ?1 AND revoked_at IS NULL";
    Ok(act.sql().execute(revoke, params![account, act.now()])? as u64)
}

/// Of tokens nobody knows then which were revoked: all end.
pub(super) fn without_log(act: &Act<'_>, restored: &mut Restored) -> Result<(), OperateError> {
    let revoke = "UPDATE token SET revoked_at = ?1 WHERE revoked_at IS NULL";
    restored.tokens_revoked += act.sql().execute(revoke, [act.now()])? as u64;
    Ok(())
}

/// Sessions, links, uploads on their way and runs are of a moment that is over: what runs may link has changed since.
pub(super) fn end_what_is_open(
    act: &mut Act<'_>,
    restored: &mut Restored,
) -> Result<(), OperateError> {
    let open: Vec<RunId> = {
        let sql = "SELECT id FROM run WHERE state IN ('queued', 'running') ORDER BY number";
        let mut statement = act.sql().prepare(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        ids.collect::<Result<_, _>>()?
    };
    restored.runs_ended = open.len() as u64;
    // Their files go with those of all that is erased.
    runs::fail_at_once(act, &open, "store-restored")?;
    let (sql, now) = (act.sql(), act.now());
    sql.execute("UPDATE session SET closed_at = ?1 WHERE closed_at IS NULL", [now])?;
    sql.execute("UPDATE enrolment SET used_at = ?1 WHERE used_at IS NULL", [now])?;
    let shred = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?1 WHERE shredded_at IS NULL AND id IN \
                 (SELECT segment FROM upload WHERE state IN ('receiving', 'complete'))";
    sql.execute(shred, [now])?;
    let end = "UPDATE upload SET state = 'ended', tail = x'', used_at = ?1 \
               WHERE state IN ('receiving', 'complete')";
    restored.uploads_ended = sql.execute(end, [now])? as u64;
    Ok(())
}
