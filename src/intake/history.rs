//! Takes what an agency looks for among its own submissions and uploads, gives what stands in the records of them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params, params_from_iter};

use super::IntakeError;
use super::submission::{Listed, State};
use crate::accounts::Uploader;
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ProjectId, SubmissionId, UploadId, hex};
use crate::unit::Unit;

/// Longest text that is looked for: that of an id with its kind, and of a SHA-256.
const TEXT_CHARS_MAX: usize = 64;

/// Which submissions are looked for; every part that is given must fit.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Of a project.
    pub project: Option<ProjectId>,
    /// How it stands.
    pub state: Option<State>,
    /// Beginning of its id or of its SHA-256.
    pub text: String,
    /// Those listed after this one: the next page.
    pub after: Option<SubmissionId>,
}

/// A submission with what its agency may look up of it.
#[derive(Clone, Debug)]
pub struct Found {
    /// As it is listed.
    pub listed: Listed,
    /// Rows that became an identity or joined one.
    pub rows_accepted: u64,
    /// Rows that were refused.
    pub rows_rejected: u64,
    /// Rows of content.
    pub content_rows: u64,
    /// Check of the key, 16 hex digits.
    pub key_check: String,
    /// What took its place.
    pub superseded_by: Option<SubmissionId>,
}

const COLUMNS: &str = "id, project, state, sha256, bytes, rows_read, records, received_at, ended_at, rows_accepted, \
                       rows_rejected, content_rows, key_check, superseded_by";

impl Found {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let state: String = row.get(2)?;
        let key_check: Vec<u8> = row.get(12)?;
        Ok(Self {
            listed: Listed {
                id: row.get(0)?,
                project: row.get(1)?,
                state: State::parse(&state).ok_or(rusqlite::Error::InvalidQuery)?,
                sha256: row.get(3)?,
                bytes: row.get(4)?,
                rows_read: row.get(5)?,
                records: row.get(6)?,
                received_at: row.get(7)?,
                ended_at: row.get(8)?,
            },
            rows_accepted: row.get(9)?,
            rows_rejected: row.get(10)?,
            content_rows: row.get(11)?,
            key_check: hex(&key_check),
            superseded_by: row.get(13)?,
        })
    }
}

/// At most `most` of an agency's submissions, newest first.
///
/// # Errors
/// As the records fail.
pub fn search(
    unit: &Unit,
    by: &Uploader,
    sought: &Sought,
    most: u32,
) -> Result<Vec<Found>, IntakeError> {
    let mut sql = format!("SELECT {COLUMNS} FROM submission WHERE agency = ?1");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(by.agency())];
    let mut fit = |clause: &str, value: Box<dyn ToSql>| {
        values.push(value);
        sql.push_str(&clause.replace('#', &format!("?{}", values.len())));
    };
    if let Some(project) = sought.project {
        fit(" AND project = #", Box::new(project));
    }
    if let Some(state) = sought.state {
        fit(" AND state = #", Box::new(state.as_str()));
    }
    let text: String = sought.text.trim().to_lowercase().chars().take(TEXT_CHARS_MAX).collect();
    if !text.is_empty() {
        // Compared as text, not as a pattern: no character of it is special.
        let begins = " AND (substr(id, 1, length(#)) = # OR substr(id, 5, length(#)) = # \
                      OR substr(lower(hex(sha256)), 1, length(#)) = #)";
        fit(begins, Box::new(text));
    }
    if let Some(after) = sought.after {
        let behind = " AND EXISTS (SELECT 1 FROM submission last WHERE last.id = # AND last.agency = ?1 \
                      AND (submission.received_at < last.received_at \
                           OR (submission.received_at = last.received_at AND submission.id > last.id)))";
        fit(behind, Box::new(after));
    }
    fit(" ORDER BY received_at DESC, id LIMIT #", Box::new(most));
    unit.store.read(|connection| {
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), Found::of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// Projects that an agency ever sent for.
///
/// # Errors
/// As the records fail.
pub fn projects(unit: &Unit, by: &Uploader) -> Result<BTreeSet<ProjectId>, IntakeError> {
    let sql = "SELECT DISTINCT project FROM submission WHERE agency = ?1";
    unit.store.read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([by.agency()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// One of an agency's submissions.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub fn find(unit: &Unit, by: &Uploader, id: SubmissionId) -> Result<Found, IntakeError> {
    unit.store.read(|connection| {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE id = ?1 AND agency = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let found = statement.query_row(params![id, by.agency()], Found::of).optional()?;
        found.ok_or(IntakeError::Unknown)
    })
}

/// Check of the key of an agency's own standing submission of a project, 16 hex digits.
///
/// # Errors
/// As the records fail.
pub fn standing_key(
    connection: &Connection,
    agency: AgencyId,
    project: ProjectId,
) -> Result<Option<String>, IntakeError> {
    let sql = "SELECT key_check FROM submission WHERE agency = ?1 AND project = ?2 AND state = 'accepted'";
    let mut statement = connection.prepare_cached(sql)?;
    let found: Option<Vec<u8>> =
        statement.query_row(params![agency, project], |row| row.get(0)).optional()?;
    Ok(found.map(|check| hex(&check)))
}

/// An upload that was begun and has not come to its end.
#[derive(Clone, Debug)]
pub struct OpenUpload {
    /// Its id.
    pub id: UploadId,
    /// Bytes announced.
    pub length: u64,
    /// Bytes that are there.
    pub received: u64,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it was gone on with last.
    pub used_at: Timestamp,
}

/// The open uploads of an agency, those begun first at the head.
///
/// # Errors
/// As the records fail.
pub fn open_uploads(unit: &Unit, by: &Uploader) -> Result<Vec<OpenUpload>, IntakeError> {
    unit.store.read(|connection| {
        let sql = "SELECT id, length, received, created_at, used_at FROM upload \
                   WHERE agency = ?1 AND state = 'receiving' ORDER BY created_at, id";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([by.agency()], |row| {
            Ok(OpenUpload {
                id: row.get(0)?,
                length: row.get(1)?,
                received: row.get(2)?,
                begun_at: row.get(3)?,
                used_at: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}
