//! Takes a complete upload, gives a submission in two sealed segments and a receipt, refuses and erases everything else.

use rusqlite::{Connection, OptionalExtension as _, params};
use tallystick_wire::{Header, SectionKind, Submission, schema};

use super::over::remove;
use super::permitted::permitted;
use super::put_away::{Stored, digest_of, split};
use super::upload::{Upload, UploadState};
use super::{IntakeError, Receipt, receipt};
use crate::accounts::Role;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{AccountId, ProjectId, SubmissionId, UploadId, hex};
use crate::store::segment::SegmentKind;
use crate::store::{Act, StoreError};
use crate::unit::Unit;

/// What became of an upload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It is a submission, perhaps one that was there already.
    Accepted(SubmissionId),
    /// It was refused, with this code, and erased.
    Refused(String),
}

/// What a good file is, besides what its header says.
struct Taken<'a> {
    upload: &'a Upload,
    header: &'a Header,
    project: ProjectId,
    sha256: [u8; 32],
    digest: [u8; 32],
}

/// Takes in what is complete. Asked again, it says what it said before.
///
/// # Errors
/// [`IntakeError`], where the unit is at fault and not the file: then the upload stays as it is.
pub fn take(unit: &Unit, id: UploadId) -> Result<Outcome, IntakeError> {
    if !unit.receiving.take(id) {
        return Err(IntakeError::Busy);
    }
    let outcome = take_claimed(unit, id);
    unit.receiving.leave(id);
    outcome
}

fn take_claimed(unit: &Unit, id: UploadId) -> Result<Outcome, IntakeError> {
    let upload = Upload::find_any(unit, id)?;
    match (upload.state, &upload.submission, &upload.reason) {
        (UploadState::Accepted, Some(submission), _) => return Ok(Outcome::Accepted(*submission)),
        (UploadState::Refused, _, Some(reason)) => return Ok(Outcome::Refused(reason.clone())),
        (UploadState::Complete, ..) => {}
        _ => return Err(IntakeError::Closed),
    }
    let result = check_and_store(unit, &upload);
    let outcome = match result {
        Ok(submission) => Outcome::Accepted(submission),
        Err(error) if error.is_refusal() => refuse(unit, &upload, &error)?,
        Err(error) => return Err(error),
    };
    remove(unit.store.segment_path(upload.segment))?;
    Ok(outcome)
}

/// Refuses an upload of which the first bytes, or all, are no submission: it is erased, and the log says so.
///
/// # Errors
/// [`IntakeError`].
pub(crate) fn refuse(
    unit: &Unit,
    upload: &Upload,
    error: &IntakeError,
) -> Result<Outcome, IntakeError> {
    let code = error.code();
    unit.store.act(|act| {
        let sql = "UPDATE upload SET state = 'refused', reason = ?2, tail = x'', used_at = ?3 \
                   WHERE id = ?1 AND state IN ('receiving', 'complete')";
        if act.sql().execute(sql, params![upload.id, code, act.now()])? == 0 {
            return Err(IntakeError::Closed);
        }
        unit.shred(act, upload.segment)?;
        let mut event = Event::new(EventKind::SubmissionReceived, actor(act, upload)?)
            .denied(code)
            .object("upload", upload.id)
            .bytes(Some(upload.received), None);
        if let Some(project) = error.project() {
            event = event.project(project);
        }
        act.record(&event)?;
        Ok(())
    })?;
    remove(unit.store.segment_path(upload.segment))?;
    Ok(Outcome::Refused(code.to_owned()))
}

fn check_and_store(unit: &Unit, upload: &Upload) -> Result<SubmissionId, IntakeError> {
    let reader = unit.open_segment(upload.segment, SegmentKind::Upload, &unit.encodings_key)?;
    let sha256 = digest_of(&reader)?;
    if unit.store.read(|connection| same_file(connection, upload, &sha256))?.is_some() {
        let again = unit.store.act(|act| {
            let known = same_file(act.sql(), upload, &sha256)?.ok_or(IntakeError::Unknown)?;
            accept_again(unit, act, upload, known)
        });
        // It may have been withdrawn meanwhile: then this is a submission of its own.
        if !matches!(again, Err(IntakeError::Unknown)) {
            return again;
        }
    }
    let submission = Submission::open(reader)?;
    check_limits(unit, submission.header())?;
    submission.verify(&|_| {})?;
    let content_at = submission.layout().section(SectionKind::Content).map(|(_, it)| it.offset);
    let project = check(unit, upload, submission.header(), content_at.is_some())?;
    let digest = submission.digest().0;
    let header = submission.header().clone();
    drop(submission);
    let reader = unit.open_segment(upload.segment, SegmentKind::Upload, &unit.encodings_key)?;
    let id = SubmissionId::random()?;
    let stored = split(unit, &reader, content_at)?;
    let taken = Taken { upload, header: &header, project, sha256, digest };
    let accepted = accept(unit, &taken, &stored, id);
    if !accepted.as_ref().is_ok_and(|accepted| *accepted == id) {
        // The records know nothing of these files.
        for (id, ..) in std::iter::once(&stored.encodings).chain(&stored.content) {
            let _ = remove(unit.store.segment_path(*id));
        }
    }
    accepted
}

/// Counts of the header, before anything is read by them.
fn check_limits(unit: &Unit, header: &Header) -> Result<(), IntakeError> {
    let limits = &unit.config.limits;
    let rows = [header.rows_read, header.rows_accepted, header.rows_rejected, header.aliases];
    let is_countable = rows.into_iter().all(|count| i64::try_from(count).is_ok());
    let fits =
        header.records <= limits.records_max && header.content_rows <= limits.content_rows_max;
    if is_countable && fits { Ok(()) } else { Err(IntakeError::TooManyRecords) }
}

/// A file that already stands as a submission of this agency.
fn same_file(
    connection: &Connection,
    upload: &Upload,
    sha256: &[u8; 32],
) -> Result<Option<SubmissionId>, IntakeError> {
    let sql = "SELECT id FROM submission WHERE agency = ?1 AND sha256 = ?2 AND state = 'accepted'";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![upload.agency, sha256], |row| row.get(0)).optional()?)
}

fn accept_again(
    unit: &Unit,
    act: &mut Act<'_>,
    upload: &Upload,
    known: SubmissionId,
) -> Result<SubmissionId, IntakeError> {
    let sql = "SELECT project, content IS NOT NULL FROM submission WHERE id = ?1";
    let (project, has_content) =
        act.sql().query_row(sql, [known], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let permit = permitted(act.sql(), act.now(), upload.agency, project, has_content)?;
    mark_accepted(unit, act, upload, known)?;
    let event = Event::new(EventKind::SubmissionReceived, actor(act, upload)?)
        .because("submission-known")
        .object("submission", known)
        .project(project)
        .under(permit.agreements)
        .bytes(Some(upload.length), None);
    act.record(&event)?;
    Ok(known)
}

/// The submission is the agency's own, of a project here that it may upload for, by the project's key and this unit's schema.
fn check(
    unit: &Unit,
    upload: &Upload,
    header: &Header,
    has_content: bool,
) -> Result<ProjectId, IntakeError> {
    if header.config_hash != schema::config_hash() {
        return Err(IntakeError::SchemaUnknown);
    }
    unit.store.read(|connection| {
        let sql = "SELECT name, source_type FROM agency WHERE id = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let (name, kind): (String, String) =
            statement.query_row([upload.agency], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if header.source.to_string() != name || header.source_type.as_str() != kind {
            return Err(IntakeError::ForeignSource);
        }
        let sql = "SELECT id FROM project WHERE number = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let project: Option<ProjectId> =
            statement.query_row([hex(&header.project.0)], |row| row.get(0)).optional()?;
        let project = project.ok_or(IntakeError::ProjectUnknown)?;
        // Another key says that others take part: only who may upload for the project is told.
        permitted(connection, unit.store.now(), upload.agency, project, has_content)?;
        check_key(connection, upload, header, project)?;
        Ok(project)
    })
}

/// All agencies of a project encode with one key.
fn check_key(
    connection: &Connection,
    upload: &Upload,
    header: &Header,
    project: ProjectId,
) -> Result<(), IntakeError> {
    let sql = "SELECT 1 FROM submission WHERE project = ?1 AND epoch = ?2 AND key_check <> ?3 \
               AND agency <> ?4 AND state = 'accepted'";
    let others = params![project, header.epoch, &header.key_check.0[..], upload.agency];
    let differs = connection.prepare_cached(sql)?.exists(others)?;
    if differs { Err(IntakeError::KeyDiffers) } else { Ok(()) }
}

/// Enters the submission; the agency's earlier one of the project is superseded.
fn accept(
    unit: &Unit,
    taken: &Taken<'_>,
    stored: &Stored,
    id: SubmissionId,
) -> Result<SubmissionId, IntakeError> {
    let Taken { upload, header, project, .. } = *taken;
    unit.store.act(|act| {
        let now = act.now();
        // Another upload may have been taken in since this was asked.
        if let Some(known) = same_file(act.sql(), upload, &taken.sha256)? {
            return accept_again(unit, act, upload, known);
        }
        let has_content = stored.content.is_some();
        let permit = permitted(act.sql(), now, upload.agency, project, has_content)?;
        check_key(act.sql(), upload, header, project)?;
        let purpose = permit.purpose();
        for (kind, segment) in [
            (SegmentKind::Encodings, Some(&stored.encodings)),
            (SegmentKind::Content, stored.content.as_ref()),
        ] {
            let Some((segment, wrapped, bytes)) = segment else { continue };
            let sql = "INSERT INTO segment (id, kind, wrapped_key, bytes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
            act.sql().execute(sql, params![segment, kind.as_str(), wrapped, bytes, now])?;
        }
        let sql = "UPDATE submission SET state = 'superseded', ended_at = ?3 \
                   WHERE agency = ?1 AND project = ?2 AND state = 'accepted' RETURNING id";
        let earlier: Option<SubmissionId> = act
            .sql()
            .query_row(sql, params![upload.agency, project, now], |row| row.get(0))
            .optional()?;
        insert(unit, act, id, taken, stored)?;
        if let Some(earlier) = earlier {
            let sql = "UPDATE submission SET superseded_by = ?2 WHERE id = ?1";
            act.sql().execute(sql, params![earlier, id])?;
            let event = Event::new(EventKind::SubmissionSuperseded, actor(act, upload)?);
            act.record(&event.object("submission", earlier).project(project))?;
        }
        mark_accepted(unit, act, upload, id)?;
        let mut event = Event::new(EventKind::SubmissionReceived, actor(act, upload)?)
            .object("submission", id)
            .sha256(taken.sha256)
            .project(project)
            .bytes(Some(upload.length), None)
            .count("rows_read", header.rows_read)
            .count("rows_accepted", header.rows_accepted)
            .count("rows_rejected", header.rows_rejected)
            .count("rows_collapsed", header.rows_collapsed)
            .count("aliases", header.aliases)
            .count("records", header.records)
            .count("content_rows", header.content_rows)
            .digest("config", header.config_hash.0)
            .digest("submission", taken.digest)
            .under(permit.agreements);
        if let Some(purpose) = purpose {
            event = event.purpose(purpose.as_str());
        }
        act.record(&event)?;
        Ok(id)
    })
}

fn insert(
    unit: &Unit,
    act: &Act<'_>,
    id: SubmissionId,
    taken: &Taken<'_>,
    stored: &Stored,
) -> Result<(), IntakeError> {
    let Taken { upload, header, project, sha256, digest } = *taken;
    let account: AccountId = account(act, upload)?;
    let receipt = Receipt::sign(
        &receipt::Body {
            receipt: &id.to_string(),
            agency: &upload.agency.to_string(),
            project: &project.to_string(),
            source: &header.source.to_string(),
            sha256: hex(&sha256),
            digest: hex(&digest),
            bytes: upload.length,
            rows_read: header.rows_read,
            rows_accepted: header.rows_accepted,
            rows_rejected: header.rows_rejected,
            rows_collapsed: header.rows_collapsed,
            aliases: header.aliases,
            records: header.records,
            content_rows: header.content_rows,
            received_at: act.now().to_string(),
            key: unit.store.key().public().to_string(),
        },
        unit.store.key(),
    );
    let sql = "INSERT INTO submission (id, agency, project, account, state, sha256, digest, bytes, epoch, profile, \
               key_check, config_hash, rows_read, rows_accepted, rows_rejected, rows_collapsed, aliases, records, \
               content_rows, encodings, content, received_at, receipt, signature) VALUES (?1, ?2, ?3, ?4, 'accepted', \
               ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
    let values = params![
        id,
        upload.agency,
        project,
        account,
        sha256,
        digest,
        upload.length,
        header.epoch,
        header.profile.as_str(),
        &header.key_check.0[..],
        header.config_hash.0,
        header.rows_read,
        header.rows_accepted,
        header.rows_rejected,
        header.rows_collapsed,
        header.aliases,
        header.records,
        header.content_rows,
        stored.encodings.0,
        stored.content.as_ref().map(|(segment, ..)| *segment),
        act.now(),
        receipt.body,
        receipt.signature,
    ];
    act.sql().execute(sql, values)?;
    Ok(())
}

fn mark_accepted(
    unit: &Unit,
    act: &Act<'_>,
    upload: &Upload,
    submission: SubmissionId,
) -> Result<(), IntakeError> {
    let sql = "UPDATE upload SET state = 'accepted', submission = ?2, tail = x'', used_at = ?3 \
               WHERE id = ?1 AND state = 'complete'";
    if act.sql().execute(sql, params![upload.id, submission, act.now()])? == 0 {
        return Err(IntakeError::Closed);
    }
    unit.shred(act, upload.segment)?;
    Ok(())
}

fn account(act: &Act<'_>, upload: &Upload) -> Result<AccountId, StoreError> {
    let sql = "SELECT account FROM upload WHERE id = ?1";
    Ok(act.sql().query_row(sql, [upload.id], |row| row.get(0))?)
}

/// Whoever began the upload.
fn actor(act: &Act<'_>, upload: &Upload) -> Result<Actor, StoreError> {
    Ok(Actor::Account {
        account: account(act, upload)?,
        role: Role::Uploader.as_str(),
        agency: Some(upload.agency),
        session: None,
    })
}
