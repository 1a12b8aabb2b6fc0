//! Takes the persons of finished runs, gives them ids that stay from run to run, and tells which ids changed and why.
//!
//! Ids are random numbers of this unit, for one project. Which records bear them stands in sealed files; the records of the unit
//! and its interface know ids and counts only.

mod assign;
mod forget;
mod known;
mod records;
mod retract;

use std::collections::HashSet;

use rusqlite::OptionalExtension as _;
use tallystick_wire::ContinuityToken;

use crate::ids::{PersonId, ProjectId, RunId, SegmentId};
use crate::release::contract::{LEFT_OUT, Linked};
use crate::runs::{NewFile, RunError, open_file};
use crate::store::segment::SegmentKind;
use crate::unit::Unit;
use assign::{Assigned, assign};
pub use assign::{Change, ChangeKind};
pub(crate) use forget::{ask as ask_to_forget, forget};
use known::{Known, read_ids, write_ids};
pub(crate) use records::enter;
pub use records::{Listed, Reason, Step, changes, changes_of, step};
pub(crate) use retract::retracted;
pub use retract::{Retracted, Retraction, retract, retractions};

/// Ids that are given, in files that no record has yet.
#[derive(Debug)]
pub(crate) struct Prepared {
    assigned: Assigned,
    /// The project's run before.
    before: Option<RunId>,
    ids: NewFile,
    known: NewFile,
}

impl Prepared {
    /// The records have them.
    pub(crate) fn keep(self) {
        self.ids.keep();
        self.known.keep();
    }
}

/// Gives ids to the persons of a run that is about to finish; `tokens` are those of its sources.
///
/// # Errors
/// As the records or files fail.
pub(crate) fn prepare(
    unit: &Unit,
    project: ProjectId,
    linked: &Linked,
    tokens: &[Vec<ContinuityToken>],
) -> Result<Prepared, RunError> {
    let before: Option<(RunId, SegmentId, SegmentId)> = unit.store.read(|connection| {
        let sql = "SELECT run.id, p.ids, k.segment FROM run_persons p JOIN run ON run.id = p.run \
                   JOIN known_persons k ON k.project = p.project \
                   WHERE p.project = ?1 ORDER BY run.number DESC LIMIT 1";
        let mut statement = connection.prepare_cached(sql)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        Ok::<_, RunError>(statement.query_row([project], row).optional()?)
    })?;
    let (mut known, earlier_ids) = match before {
        None => (Known::default(), HashSet::new()),
        Some((_, ids, known)) => {
            let ids = read_ids(&mut open_file(unit, ids, SegmentKind::Persons)?)?;
            let known = Known::read(&mut open_file(unit, known, SegmentKind::Persons)?)?;
            (known, ids.into_iter().collect())
        }
    };
    let (mut person, mut earlier) = (Vec::new(), Vec::new());
    for (source, tokens) in linked.sources.iter().zip(tokens) {
        for (number, id) in source.person.iter().zip(known.earlier(source, tokens)) {
            if *number != LEFT_OUT {
                person.push(*number);
                earlier.push(id);
            }
        }
    }
    let assigned = assign(&person, &earlier, &earlier_ids, &mut PersonId::random)?;
    known.note(linked, tokens, &assigned.ids);
    Ok(Prepared {
        ids: NewFile::write(unit, SegmentKind::Persons, |out| write_ids(&assigned.ids, out))?,
        known: NewFile::write(unit, SegmentKind::Persons, |out| known.write(out))?,
        assigned,
        before: before.map(|(run, ..)| run),
    })
}

/// The ids of a finished run's persons, in the order of its result.
///
/// # Errors
/// [`RunError::Unknown`] without a result.
pub fn ids_of(unit: &Unit, run: RunId) -> Result<Vec<PersonId>, RunError> {
    let segment = unit.store.read(|connection| {
        let sql = "SELECT ids FROM run_persons WHERE run = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_row([run], |row| row.get(0)).optional()?.ok_or(RunError::Unknown)
    })?;
    Ok(read_ids(&mut open_file(unit, segment, SegmentKind::Persons)?)?)
}
