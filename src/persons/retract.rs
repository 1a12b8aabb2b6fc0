//! Takes rows out, for the agency whose they are: later runs do without them, and runs made before are out of date.

use std::collections::BTreeSet;

use rusqlite::params;
use tallystick_wire::{Handle, SourceLabel};

use super::ask_to_forget;
use crate::accounts::Uploader;
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ProjectId, RetractionId};
use crate::runs::{self, RunError, TakenOut};
use crate::store::StoreError;
use crate::unit::Unit;

/// Why runs of before are out of date, and runs in work fail.
const CODE: &str = "rows-retracted";

/// What a retraction came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retracted {
    /// Its id.
    pub id: RetractionId,
    /// Rows that had not been taken out before.
    pub rows: u64,
}

/// Takes rows of the agency out of a project, by handle: those of one row, or all of one person. A whole source is withdrawn
/// instead ([`crate::intake::withdraw`]). Handles that the agency never sent are kept, too: they may come with its next export.
///
/// # Errors
/// [`RunError::Unknown`] if the agency never uploaded for the project.
pub fn retract(
    unit: &Unit,
    by: &Uploader,
    project: ProjectId,
    handles: &[Handle],
) -> Result<Retracted, RunError> {
    let id = RetractionId::random()?;
    let (rows, taken_out) = unit.store.act(|act| {
        let sql = "SELECT 1 FROM submission WHERE agency = ?1 AND project = ?2";
        if !act.sql().prepare_cached(sql)?.exists(params![by.agency(), project])? {
            return Err(RunError::Unknown);
        }
        let now = act.now();
        let sql = "INSERT INTO retraction (id, project, agency, account, made_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let account = by.principal().account();
        act.sql().execute(sql, params![id, project, by.agency(), account, now])?;
        let mut rows = 0;
        for handle in handles {
            let sql = "INSERT INTO retracted_row (project, agency, handle, retraction) VALUES (?1, ?2, ?3, ?4) \
                       ON CONFLICT DO NOTHING";
            let values = params![project, by.agency(), handle.0, id];
            rows += act.sql().prepare_cached(sql)?.execute(values)? as u64;
        }
        // What was out already is in no run that stands, and ends none.
        let taken_out = match rows {
            0 => TakenOut::default(),
            _ => {
                ask_to_forget(act.sql(), project, by.agency())?;
                runs::rows_taken_out(act, project, by.agency(), CODE)?
            }
        };
        let event = Event::new(EventKind::RetractionRecorded, by.actor())
            .object("retraction", id)
            .project(project)
            .count("rows", rows)
            .count("runs_outdated", taken_out.outdated)
            .count("runs_failed", taken_out.failed.len() as u64)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok::<_, RunError>((rows, taken_out))
    })?;
    taken_out.settle(unit);
    Ok(Retracted { id, rows })
}

/// A retraction of an agency, as it looks it up.
#[derive(Clone, Debug)]
pub struct Retraction {
    /// Its id.
    pub id: RetractionId,
    /// Of which project.
    pub project: ProjectId,
    /// When it was made.
    pub made_at: Timestamp,
    /// Rows that had not been taken out before.
    pub rows: u64,
}

/// At most `most` retractions of an agency, newest first.
///
/// # Errors
/// As the records fail.
pub fn retractions(unit: &Unit, by: &Uploader, most: u32) -> Result<Vec<Retraction>, RunError> {
    unit.store.read(|connection| {
        let sql = "SELECT id, project, made_at, (SELECT count(*) FROM retracted_row w WHERE w.retraction = r.id) \
                   FROM retraction r WHERE agency = ?1 ORDER BY made_at DESC, id LIMIT ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![by.agency(), most], |row| {
            let (id, project, made_at, rows) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(Retraction { id, project, made_at, rows })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// Rows that an agency took out of a project.
pub(super) fn retracted_of(
    unit: &Unit,
    project: ProjectId,
    agency: AgencyId,
) -> Result<BTreeSet<Handle>, RunError> {
    unit.store.read(|connection| {
        let sql = "SELECT handle FROM retracted_row WHERE project = ?1 AND agency = ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![project, agency], |row| row.get(0).map(Handle))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// Rows that were taken out of a project, by source.
pub(crate) fn retracted(
    unit: &Unit,
    project: ProjectId,
) -> Result<Vec<(SourceLabel, Handle)>, RunError> {
    unit.store.read(|connection| {
        let sql = "SELECT a.name, handle FROM retracted_row r JOIN agency a ON a.id = r.agency WHERE r.project = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let rows =
            statement.query_map([project], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let mut found = Vec::new();
        for row in rows {
            let (name, handle) = row?;
            let corrupt = StoreError::Corrupt { table: "agency", column: "name" };
            found.push((SourceLabel::parse(&name).ok_or(corrupt)?, Handle(handle)));
        }
        Ok(found)
    })
}
