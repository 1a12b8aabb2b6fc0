//! Takes sources of which something was taken out, gives the note of known persons without what nothing kept says any more.
//!
//! A retraction or a withdrawal only asks for it ([`ask`]): the thread that works on runs is the only one that writes the note, so
//! that no run enters one that it read before. What stays of a source are handles and numbers of its records in submissions that
//! are kept, but for rows that were retracted. The feed of changes names ids only, and stays.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use tallystick_wire::{Handle, SourceLabel, Submission};

use super::known::{Key, Known, token_key};
use super::retract::retracted_of;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{AgencyId, ProjectId, SegmentId, SubmissionId};
use crate::intake::{IntakeError, open_stored};
use crate::link::LinkError;
use crate::runs::{NewFile, RunError, open_file, remove_files};
use crate::store::StoreError;
use crate::store::segment::SegmentKind;
use crate::unit::Unit;

/// Asks that what was taken out of a source be forgotten, in the transaction that takes it out.
pub(crate) fn ask(
    connection: &Connection,
    project: ProjectId,
    agency: AgencyId,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO person_forgetting (project, agency) VALUES (?1, ?2)";
    connection.execute(sql, params![project, agency])?;
    Ok(())
}

/// Forgets all that was asked for. Only the thread that works on runs calls this.
///
/// # Errors
/// As the records or files fail; what was not done then is done another time.
pub(crate) fn forget(unit: &Unit) -> Result<(), RunError> {
    let asked: Vec<(u64, ProjectId, AgencyId)> = unit.store.read(|connection| {
        let sql = "SELECT max(number), project, agency FROM person_forgetting \
                   GROUP BY project, agency ORDER BY project, agency";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok::<_, RunError>(rows.collect::<Result<_, _>>()?)
    })?;
    asked.into_iter().try_for_each(|(number, project, agency)| {
        forget_of(unit, project, agency)?;
        // What is asked for meanwhile has a higher number.
        unit.store.keep(|transaction, _| {
            let sql = "DELETE FROM person_forgetting \
                       WHERE project = ?1 AND agency = ?2 AND number <= ?3";
            transaction.execute(sql, params![project, agency, number])?;
            Ok(())
        })
    })
}

fn forget_of(unit: &Unit, project: ProjectId, agency: AgencyId) -> Result<(), RunError> {
    let (name, segment) = unit.store.read(|connection| {
        let sql = "SELECT name FROM agency WHERE id = ?1";
        let name: String = connection.query_row(sql, [agency], |row| row.get(0))?;
        let sql = "SELECT segment FROM known_persons WHERE project = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let segment: Option<SegmentId> =
            statement.query_row([project], |row| row.get(0)).optional()?;
        Ok::<_, RunError>((name, segment))
    })?;
    let corrupt = StoreError::Corrupt { table: "agency", column: "name" };
    let source = SourceLabel::parse(&name).ok_or(corrupt)?;
    let Some(segment) = segment else { return Ok(()) };
    let mut known = Known::read(&mut open_file(unit, segment, SegmentKind::Persons)?)?;
    let forgotten = known.retain(source, &kept(unit, project, agency)?);
    if forgotten == 0 {
        return Ok(());
    }
    let file = NewFile::write(unit, SegmentKind::Persons, |out| known.write(out))?;
    unit.store.act(|act| {
        file.enter(act.sql(), act.now())?;
        let sql = "UPDATE known_persons SET segment = ?2 WHERE project = ?1";
        act.sql().execute(sql, params![project, file.id])?;
        act.sql().execute("DELETE FROM segment WHERE id = ?1", [segment])?;
        let event = Event::new(EventKind::DataDestroyed, Actor::Unit)
            .object("known-persons", project)
            .project(project)
            .count("entries_forgotten", forgotten);
        act.record(&event)?;
        Ok::<_, RunError>(())
    })?;
    file.keep();
    remove_files(unit, &[segment]);
    Ok(())
}

/// By what records of a source are to be known again: those of its submissions that are kept, without retracted rows.
fn kept(unit: &Unit, project: ProjectId, agency: AgencyId) -> Result<BTreeSet<Key>, RunError> {
    let ids: Vec<SubmissionId> = unit.store.read(|connection| {
        let sql = "SELECT id FROM submission WHERE project = ?1 AND agency = ?2 AND state <> 'withdrawn' ORDER BY id";
        let mut statement = connection.prepare_cached(sql)?;
        let ids = statement.query_map(params![project, agency], |row| row.get(0))?;
        Ok::<_, RunError>(ids.collect::<Result<_, _>>()?)
    })?;
    let retracted: BTreeSet<Handle> = retracted_of(unit, project, agency)?;
    let mut keys = BTreeSet::new();
    for id in ids {
        let stored = match open_stored(unit, id) {
            // It was erased after its time, or withdrawn since.
            Err(IntakeError::Unknown) => continue,
            stored => stored?,
        };
        let submission = Submission::open(stored).map_err(IntakeError::from)?;
        let handles = submission.handles().map_err(LinkError::Together)?;
        let tokens = submission.continuity_tokens().map_err(LinkError::Together)?;
        for (handle, token) in handles.into_iter().zip(tokens) {
            if !retracted.contains(&handle) {
                keys.insert(handle.0);
                keys.extend(token_key(token));
            }
        }
    }
    Ok(keys)
}
