//! Takes uploads that do not go on: given up, expired, complete but not yet taken in, or files that no record has.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use rusqlite::params;

use super::IntakeError;
use super::upload::Upload;
use crate::accounts::Uploader;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::UploadId;
use crate::store::Act;
use crate::unit::Unit;

/// Gives an upload up; nothing of it is kept.
///
/// # Errors
/// [`IntakeError`].
pub fn end(unit: &Unit, by: &Uploader, id: UploadId) -> Result<(), IntakeError> {
    let upload = Upload::find(unit, by, id)?;
    if !unit.receiving.take(id) {
        return Err(IntakeError::Busy);
    }
    let result = end_claimed(unit, by, &upload);
    unit.receiving.leave(id);
    result
}

pub(super) fn end_claimed(unit: &Unit, by: &Uploader, upload: &Upload) -> Result<(), IntakeError> {
    unit.store.act(|act| {
        close(unit, act, upload)?;
        let event = Event::new(EventKind::UploadEnded, by.actor()).object("upload", upload.id);
        act.record(&event.from_address(by.principal().address()))?;
        Ok::<_, IntakeError>(())
    })?;
    Ok(remove(unit.store.segment_path(upload.segment))?)
}

fn close(unit: &Unit, act: &Act<'_>, upload: &Upload) -> Result<(), IntakeError> {
    let sql = "UPDATE upload SET state = 'ended', tail = x'', used_at = ?2 \
               WHERE id = ?1 AND state IN ('receiving', 'complete')";
    if act.sql().execute(sql, params![upload.id, act.now()])? == 0 {
        return Err(IntakeError::Closed);
    }
    Ok(unit.shred(act, upload.segment)?)
}

/// Ends uploads that nobody has gone on with for `intake.upload_hours`; gives their number.
///
/// # Errors
/// As the records or files fail.
pub fn expire(unit: &Unit) -> Result<u64, IntakeError> {
    let before = unit.store.now().plus_seconds(-unit.config.intake.upload_hours * 3_600);
    let ids: Vec<UploadId> = unit.store.read(|connection| {
        let sql = "SELECT id FROM upload WHERE state = 'receiving' AND used_at < ?1 ORDER BY id";
        let mut statement = connection.prepare_cached(sql)?;
        let ids = statement.query_map([before], |row| row.get(0))?;
        Ok::<_, IntakeError>(ids.collect::<Result<_, _>>()?)
    })?;
    let mut ended = 0;
    for id in ids {
        if !unit.receiving.take(id) {
            continue;
        }
        let result = Upload::find_any(unit, id).and_then(|upload| {
            unit.store.act(|act| {
                close(unit, act, &upload)?;
                let event = Event::new(EventKind::UploadEnded, Actor::Unit);
                act.record(&event.object("upload", id).because("upload-expired"))?;
                Ok::<_, IntakeError>(())
            })?;
            Ok(remove(unit.store.segment_path(upload.segment))?)
        });
        unit.receiving.leave(id);
        result?;
        ended += 1;
    }
    Ok(ended)
}

/// Uploads that are complete and wait for being taken in, oldest first: those of a process that was broken off.
///
/// # Errors
/// As the records fail.
pub fn waiting(unit: &Unit) -> Result<Vec<UploadId>, IntakeError> {
    unit.store.read(|connection| {
        let sql = "SELECT id FROM upload WHERE state = 'complete' ORDER BY used_at, id";
        let mut statement = connection.prepare_cached(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<Vec<_>, _>>()?)
    })
}

/// Removes files that no record has: what a process left that was broken off between file and record. Gives their number.
///
/// # Errors
/// As the records or the directory fail.
pub fn sweep(unit: &Unit) -> Result<u64, IntakeError> {
    let sql = "SELECT id FROM segment WHERE shredded_at IS NULL";
    let known: HashSet<String> = unit.store.read(|connection| {
        let mut statement = connection.prepare(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok::<_, IntakeError>(ids.collect::<Result<_, _>>()?)
    })?;
    let mut removed = 0;
    for entry in std::fs::read_dir(unit.store.segments())? {
        let entry = entry?;
        let is_file = entry.file_type()?.is_file();
        if is_file && entry.file_name().to_str().is_none_or(|name| !known.contains(name)) {
            remove(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

pub(super) fn remove(path: PathBuf) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
