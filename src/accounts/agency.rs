//! Agencies that upload, and projects that link: what accounts are bound to.

use rusqlite::{Connection, params};
use tallystick_wire::{SourceLabel, SourceType};

use super::account::actor;
use super::{AccountError, Administrator};
use crate::audit::{Event, EventKind};
use crate::ids::{AgencyId, ProjectId, unhex};
use crate::store::Store;

/// An agency.
#[derive(Clone, Debug)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// Its name, that of its source.
    pub name: String,
    /// What kind of source it is.
    pub source_type: String,
    /// Open accounts that upload for it.
    pub uploaders: u64,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Its number in the agencies' keys, 32 hex digits.
    pub number: String,
}

/// Enters an agency; `name` is the source name of its submissions.
///
/// # Errors
/// [`AccountError`].
pub fn record_agency(
    store: &Store,
    by: Option<&Administrator>,
    name: &str,
    source_type: &str,
) -> Result<AgencyId, AccountError> {
    SourceLabel::parse(name).ok_or(AccountError::NameInvalid)?;
    let known = (0..=u8::MAX).filter_map(SourceType::from_u8).any(|it| it.as_str() == source_type);
    if !known {
        return Err(AccountError::Unknown { what: "source type" });
    }
    let id = AgencyId::random()?;
    store.act(|act| {
        let taken = "SELECT 1 FROM agency WHERE name = ?1";
        if act.sql().prepare_cached(taken)?.exists([name])? {
            return Err(AccountError::NameTaken);
        }
        let sql = "INSERT INTO agency (id, name, source_type, created_at) VALUES (?1, ?2, ?3, ?4)";
        act.sql().execute(sql, params![id, name, source_type, act.now()])?;
        act.record(&Event::new(EventKind::AgencyRecorded, actor(by)).object("agency", id))?;
        Ok(id)
    })
}

/// Enters a project; `number` is that in the agencies' keys.
///
/// # Errors
/// [`AccountError`].
pub fn record_project(
    store: &Store,
    by: Option<&Administrator>,
    name: &str,
    number: &str,
) -> Result<ProjectId, AccountError> {
    if name.trim().is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        return Err(AccountError::NameInvalid);
    }
    unhex::<16>(number).ok_or(AccountError::Unknown { what: "project number" })?;
    let id = ProjectId::random()?;
    store.act(|act| {
        let taken = "SELECT 1 FROM project WHERE name = ?1 OR number = ?2";
        if act.sql().prepare_cached(taken)?.exists([name, number])? {
            return Err(AccountError::NameTaken);
        }
        let sql = "INSERT INTO project (id, name, number, created_at) VALUES (?1, ?2, ?3, ?4)";
        act.sql().execute(sql, params![id, name, number, act.now()])?;
        let event = Event::new(EventKind::ProjectRecorded, actor(by)).object("project", id);
        act.record(&event.project(id))?;
        Ok(id)
    })
}

/// All agencies, by name.
///
/// # Errors
/// As the records fail.
pub fn list_agencies(connection: &Connection) -> Result<Vec<Agency>, AccountError> {
    let sql = "SELECT id, name, source_type, (SELECT count(*) FROM account \
               WHERE account.agency = agency.id AND disabled_at IS NULL) FROM agency ORDER BY name";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Agency {
            id: row.get(0)?,
            name: row.get(1)?,
            source_type: row.get(2)?,
            uploaders: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All projects, by name.
///
/// # Errors
/// As the records fail.
pub fn list_projects(connection: &Connection) -> Result<Vec<Project>, AccountError> {
    let sql = "SELECT id, name, number FROM project ORDER BY name";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Project { id: row.get(0)?, name: row.get(1)?, number: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
