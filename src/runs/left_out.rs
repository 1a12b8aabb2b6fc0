//! Records that a run does without: rows that their agency took out, and clients of a provider whose consent does not hold.

use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use tallystick_wire::{Handle, ReadAt, SourceLabel, Submission};

use super::files::{self, forget_passes};
use super::record::Run;
use super::{RunError, permitted};
use crate::agreements::consents;
use crate::ids::AgencyId;
use crate::link::LinkError;
use crate::persons;
use crate::unit::Unit;

/// What is left out, and why.
pub(super) struct LeftOut {
    /// By source and handle, each once.
    pub(super) rows: Vec<(SourceLabel, Handle)>,
    /// Those that their agency took out.
    pub(super) retracted: u64,
    /// Others: without a consent that holds now.
    pub(super) without_consent: u64,
}

/// Decides by what holds now; `submissions` are those of the run, by source.
///
/// # Errors
/// As the records or the submissions fail.
pub(super) fn find<R: ReadAt>(
    unit: &Unit,
    run: &Run,
    submissions: &[Submission<R>],
) -> Result<LeftOut, RunError> {
    let mut rows = persons::retracted(unit, run.project)?;
    rows.sort_unstable();
    rows.dedup();
    let retracted = rows.len();
    let now = unit.store.now();
    let (agencies, excluded) = unit.store.read(|connection| {
        let mut statement =
            connection.prepare_cached("SELECT agency FROM submission WHERE id = ?1")?;
        let agencies = run
            .sources
            .iter()
            .map(|source| Ok(statement.query_row([source.submission], |row| row.get(0))?));
        let agencies = agencies.collect::<Result<Vec<AgencyId>, RunError>>()?;
        // Whose agreement ended since the run began has no rule of consents any more: nothing is linked then.
        permitted(connection, now, run.project, &agencies)?;
        let excluded = consents::excluded(connection, run.project, now)?;
        Ok::<_, RunError>((agencies, excluded))
    })?;
    for ((source, submission), agency) in run.sources.iter().zip(submissions).zip(agencies) {
        if !excluded.agencies().any(|it| it == agency) {
            continue;
        }
        let handles = submission.handles().map_err(LinkError::Together)?;
        let out = handles.into_iter().filter(|handle| excluded.clause(agency, *handle).is_some());
        rows.extend(out.map(|handle| (source.source, handle)));
    }
    rows.sort_unstable();
    rows.dedup();
    let without_consent = rows.len() - retracted;
    let (retracted, without_consent) = (retracted as u64, without_consent as u64);
    Ok(LeftOut { rows, retracted, without_consent })
}

/// Enters what the run does without. What finished passes found with others is forgotten: it must not come back by them.
///
/// # Errors
/// As the records fail.
pub(super) fn enter(unit: &Unit, run: &Run, left_out: &LeftOut) -> Result<(), RunError> {
    let mut hasher = Sha256::new();
    for (source, handle) in &left_out.rows {
        hasher.update(source.to_bytes());
        hasher.update(handle.0);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let forgotten = unit.store.keep(|transaction, _| {
        let sql = "SELECT 1 FROM run WHERE id = ?1 AND left_out_hash = ?2";
        let same: Option<i64> =
            transaction.query_row(sql, params![run.id, hash], |row| row.get(0)).optional()?;
        if same.is_some() {
            return Ok(Vec::new());
        }
        let sql = "UPDATE run SET left_out_hash = ?2 WHERE id = ?1";
        transaction.execute(sql, params![run.id, hash])?;
        Ok::<_, RunError>(forget_passes(transaction, run.id)?)
    })?;
    files::remove(unit, &forgotten);
    Ok(())
}
