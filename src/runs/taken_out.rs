//! Takes what is being taken out of a project, gives marks on finished runs that linked it, and the end of runs in work that do.

use rusqlite::params;

use super::files::{self, forget_passes};
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{AgencyId, ProjectId, RunId, SegmentId, SubmissionId};
use crate::store::{Act, StoreError};
use crate::unit::Unit;

/// Runs that linked what is taken out.
#[derive(Debug, Default)]
#[must_use = "runs in work are told when what takes it out is committed"]
pub(crate) struct TakenOut {
    /// Finished runs that are out of date now and were not before.
    pub(crate) outdated: u64,
    /// Runs that failed.
    pub(crate) failed: Vec<RunId>,
    /// Files of theirs without a record.
    pub(crate) files: Vec<SegmentId>,
}

impl TakenOut {
    /// Ends the work on what failed, and gives word to the thread that works on runs, which forgets what was taken out. To be called
    /// when the change is committed.
    pub(crate) fn settle(self, unit: &Unit) {
        unit.runs.tell();
        self.failed.into_iter().for_each(|run| unit.runs.end(run));
        files::remove(unit, &self.files);
    }
}

/// Rows of an agency are taken out of a project: finished runs that linked the agency are out of date, those in work fail. Runs
/// that wait will decide for themselves what they link.
pub(crate) fn rows_taken_out(
    act: &mut Act<'_>,
    project: ProjectId,
    agency: AgencyId,
    code: &'static str,
) -> Result<TakenOut, StoreError> {
    let of_it = "project = ?1 AND id IN ( \
                 SELECT run FROM run_source JOIN submission s ON s.id = submission WHERE s.agency = ?2)";
    let sql = format!(
        "UPDATE run SET outdated_at = ?3, outdated_because = ?4 \
         WHERE state = 'finished' AND outdated_at IS NULL AND {of_it}"
    );
    let outdated = act.sql().execute(&sql, params![project, agency, act.now(), code])? as u64;
    let sql = format!("SELECT id FROM run WHERE state = 'running' AND {of_it}");
    let failed: Vec<RunId> = {
        let mut statement = act.sql().prepare_cached(&sql)?;
        let ids = statement.query_map(params![project, agency], |row| row.get(0))?;
        ids.collect::<Result<_, _>>()?
    };
    let files = fail_at_once(act, &failed, code)?;
    Ok(TakenOut { outdated, failed, files })
}

/// A submission is withdrawn: finished runs that linked it are out of date, those that wait for it or work on it fail.
pub(crate) fn withdrawn(
    act: &mut Act<'_>,
    submission: SubmissionId,
) -> Result<TakenOut, StoreError> {
    const CODE: &str = "submission-withdrawn";
    let of_it = "id IN (SELECT run FROM run_source WHERE submission = ?1)";
    let sql = format!("SELECT id FROM run WHERE state IN ('queued', 'running') AND {of_it}");
    let failed: Vec<RunId> = {
        let mut statement = act.sql().prepare_cached(&sql)?;
        let ids = statement.query_map([submission], |row| row.get(0))?;
        ids.collect::<Result<_, _>>()?
    };
    let files = fail_at_once(act, &failed, CODE)?;
    let sql = format!(
        "UPDATE run SET outdated_at = ?2, outdated_because = ?3 \
         WHERE state = 'finished' AND outdated_at IS NULL AND {of_it}"
    );
    let outdated = act.sql().execute(&sql, params![submission, act.now(), CODE])? as u64;
    Ok(TakenOut { outdated, failed, files })
}

/// Fails runs that wait or are worked on, in the transaction of what makes them wrong. Gives the files that are to be removed
/// after it.
pub(crate) fn fail_at_once(
    act: &mut Act<'_>,
    runs: &[RunId],
    code: &'static str,
) -> Result<Vec<SegmentId>, StoreError> {
    let mut passes = Vec::new();
    for run in runs {
        let sql = "UPDATE run SET state = 'failed', failure = ?2, ended_at = ?3 WHERE id = ?1 RETURNING project";
        let values = params![run, code, act.now()];
        let project: ProjectId = act.sql().query_row(sql, values, |row| row.get(0))?;
        passes.extend(forget_passes(act.sql(), *run)?);
        let event = Event::new(EventKind::RunFinished, Actor::Unit).failed(code);
        act.record(&event.object("run", run).project(project))?;
    }
    Ok(passes)
}
