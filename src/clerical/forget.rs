//! Takes runs of which something was taken out or destroyed, gives them without pairs: keys of their sealed pairs are erased.
//!
//! A retraction or a withdrawal only marks its runs as out of date; from that moment no pair of theirs is shown. The thread that works on
//! runs erases the keys: the work of the request is then the same, whether pairs were drawn of a run or not. What stays says nothing of
//! anybody: the turn of a pair, what was judged of it and by whom, and what a finished set said of the run.

use rusqlite::params;

use crate::audit::{Actor, Event, EventKind};
use crate::ids::{ProjectId, RunId, SegmentId};
use crate::runs::{RunError, remove_files};
use crate::store::{Act, StoreError};
use crate::unit::Unit;

/// Erases the pairs of runs that are out of date. Only the thread that works on runs calls this.
///
/// # Errors
/// As the records fail; what was not done then is done another time.
pub(crate) fn forget_outdated(unit: &Unit) -> Result<(), RunError> {
    let runs: Vec<RunId> = unit.store.read(|connection| {
        let sql = "SELECT p.run FROM pair_pool p JOIN run r ON r.id = p.run JOIN segment e ON e.id = p.segment \
                   WHERE r.outdated_at IS NOT NULL AND e.shredded_at IS NULL ORDER BY r.number";
        let mut statement = connection.prepare_cached(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok::<_, RunError>(ids.collect::<Result<_, _>>()?)
    })?;
    for run in runs {
        let files = unit.store.act(|act| forget(act, run, "run-outdated"))?;
        remove_files(unit, &files);
    }
    Ok(())
}

/// Erases the pairs of a run, in the transaction of what makes it necessary; open sets end without a word. Gives the files that are to
/// be removed after it.
pub(crate) fn forget(
    act: &mut Act<'_>,
    run: RunId,
    code: &'static str,
) -> Result<Vec<SegmentId>, StoreError> {
    let sql = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?2 WHERE shredded_at IS NULL AND id IN \
               (SELECT segment FROM pair_pool WHERE run = ?1 UNION SELECT segment FROM review_set WHERE run = ?1) \
               RETURNING id";
    let erased: Vec<SegmentId> = {
        let mut statement = act.sql().prepare_cached(sql)?;
        let ids = statement.query_map(params![run, act.now()], |row| row.get(0))?;
        ids.collect::<Result<_, _>>()?
    };
    if erased.is_empty() {
        return Ok(erased);
    }
    let sql =
        "UPDATE review_set SET state = 'removed', ended_at = ?2 WHERE run = ?1 AND state = 'open'";
    let removed = act.sql().execute(sql, params![run, act.now()])? as u64;
    let sql = "SELECT project FROM run WHERE id = ?1";
    let project: ProjectId = act.sql().query_row(sql, [run], |row| row.get(0))?;
    let event = Event::new(EventKind::DataDestroyed, Actor::Unit)
        .because(code)
        .object("run-pairs", run)
        .project(project)
        .count("files", erased.len() as u64)
        .count("review_sets_removed", removed);
    act.record(&event)?;
    Ok(erased)
}
