//! Takes wishes for runs, gives runs that wait, refuses those of which nothing could come; and ends runs.

use rusqlite::params;
use tallystick_wire::{Digest, Header, SourceLabel, Submission};

use super::files::{self, forget_passes};
use super::{RunError, check_agreements, record};
use crate::accounts::Operator;
use crate::audit::{Event, EventKind};
use crate::ids::{ProjectId, RunId, SubmissionId};
use crate::intake::{StoredSubmission, open_stored};
use crate::link::{Policy, check_limits, check_together};
use crate::store::Act;
use crate::unit::Unit;

/// What is to be linked.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of which project.
    pub project: ProjectId,
    /// Which submissions of it; all that stand if `None`. One that was superseded may be named, to repeat a run, as long as it is kept.
    pub submissions: Option<Vec<SubmissionId>>,
    /// How.
    pub policy: Policy,
}

/// A submission that is open.
pub(super) type Opened = (SubmissionId, Submission<StoredSubmission>);

/// Enters a run; it waits for its turn.
///
/// # Errors
/// [`RunError`].
pub fn queue(unit: &Unit, by: &Operator, wanted: &Wanted) -> Result<RunId, RunError> {
    let opened = open(unit, wanted)?;
    let id = RunId::random()?;
    let queue_max = unit.config.runs.queue_max;
    let entered = unit.store.act(|act| {
        let waiting: u64 =
            act.sql().query_row("SELECT count(*) FROM run WHERE state = 'queued'", [], |row| {
                row.get(0)
            })?;
        if waiting >= queue_max {
            return Err(RunError::QueueFull { queue_max });
        }
        let ids: Vec<SubmissionId> = opened.iter().map(|(id, _)| *id).collect();
        let agreements = check_agreements(act, wanted.project, &ids)?;
        let config_hash = opened[0].1.header().config_hash.0;
        let sql = "INSERT INTO run (id, number, project, account, state, queued_at, config_hash) \
                   SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, 'queued', ?4, ?5 FROM run";
        let account = by.principal().account();
        act.sql().execute(sql, params![id, wanted.project, account, act.now(), config_hash])?;
        enter_sources(act, id, &opened)?;
        for (first, second, rule) in wanted.policy.rules() {
            let sql = "INSERT INTO run_rule (run, first, second, rule) VALUES (?1, ?2, ?3, ?4)";
            act.sql().execute(sql, params![id, first.as_str(), second.as_str(), rule.as_str()])?;
        }
        let records = opened.iter().map(|(_, submission)| submission.header().records).sum();
        let event = Event::new(EventKind::RunQueued, by.actor())
            .object("run", id)
            .project(wanted.project)
            .under(agreements)
            .count("submissions", opened.len() as u64)
            .count("records", records)
            .digest("config", config_hash)
            .digest_of_each("submission", opened.iter().map(|(_, it)| it.digest().0))
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok(())
    });
    if let Err(RunError::NotPermitted(clause)) = &entered {
        let event = Event::new(EventKind::RunQueued, by.actor())
            .denied(clause.code())
            .project(wanted.project)
            .from_address(by.principal().address());
        unit.store.record(&event)?;
    }
    entered?;
    unit.runs.tell();
    Ok(id)
}

/// One that was withdrawn or erased since it was opened is refused: its state is looked at in the transaction that enters the run.
fn enter_sources(act: &Act<'_>, run: RunId, opened: &[Opened]) -> Result<(), RunError> {
    let sql = "INSERT INTO run_source (run, source, submission, digest, records) \
               SELECT ?1, ?2, id, ?4, ?5 FROM submission WHERE id = ?3 AND state <> 'withdrawn' \
               AND EXISTS (SELECT 1 FROM segment e WHERE e.id = encodings AND e.shredded_at IS NULL)";
    for (id, submission) in opened {
        let header = submission.header();
        let values =
            params![run, header.source.as_str(), id, submission.digest().0, header.records];
        if act.sql().execute(sql, values)? == 0 {
            return Err(RunError::Unknown);
        }
    }
    Ok(())
}

/// Opens what is wanted, sorted by source, and checks that it goes together.
pub(super) fn open(unit: &Unit, wanted: &Wanted) -> Result<Vec<Opened>, RunError> {
    let ids: Vec<SubmissionId> = unit.store.read(|connection| {
        let sql = "SELECT 1 FROM project WHERE id = ?1";
        if !connection.prepare_cached(sql)?.exists([wanted.project])? {
            return Err(RunError::Unknown);
        }
        let Some(named) = &wanted.submissions else {
            let sql =
                "SELECT id FROM submission WHERE project = ?1 AND state = 'accepted' ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            let ids = statement.query_map([wanted.project], |row| row.get(0))?;
            return Ok(ids.collect::<Result<_, _>>()?);
        };
        let sql = "SELECT 1 FROM submission WHERE id = ?1 AND project = ?2 AND state <> 'withdrawn' \
                   AND EXISTS (SELECT 1 FROM segment e WHERE e.id = encodings AND e.shredded_at IS NULL)";
        let mut statement = connection.prepare_cached(sql)?;
        for id in named {
            if !statement.exists(params![id, wanted.project])? {
                return Err(RunError::Unknown);
            }
        }
        Ok(named.clone())
    })?;
    let opened = open_all(unit, ids)?;
    let labels: Vec<SourceLabel> = opened.iter().map(|(_, it)| it.header().source).collect();
    wanted.policy.pairs(&labels)?;
    Ok(opened)
}

/// Opens submissions and sorts them by source.
pub(super) fn open_all(
    unit: &Unit,
    ids: impl IntoIterator<Item = SubmissionId>,
) -> Result<Vec<Opened>, RunError> {
    let mut opened = Vec::new();
    for id in ids {
        let submission = Submission::open(open_stored(unit, id)?);
        let submission = submission.map_err(crate::intake::IntakeError::from)?;
        opened.push((id, submission));
    }
    opened.sort_by_key(|(_, submission)| submission.header().source);
    let headers: Vec<&Header> = opened.iter().map(|(_, submission)| submission.header()).collect();
    if headers.is_empty() {
        return Err(RunError::Nothing);
    }
    check_together(&headers)?;
    check_limits(&unit.config.limits, &headers)?;
    Ok(opened)
}

/// The submissions of a run, in the order of their sources.
pub(crate) fn open_submissions(
    unit: &Unit,
    ids: impl IntoIterator<Item = SubmissionId>,
) -> Result<Vec<Submission<StoredSubmission>>, RunError> {
    Ok(open_all(unit, ids)?.into_iter().map(|(_, submission)| submission).collect())
}

/// Ends a run that waits or is worked on. Nothing of it stays but its record.
///
/// # Errors
/// [`RunError::Unknown`], [`RunError::Ended`].
pub fn cancel(unit: &Unit, by: &Operator, id: RunId) -> Result<(), RunError> {
    let passes = unit.store.act(|act| {
        let run = record::find(act.sql(), id)?;
        let sql = "UPDATE run SET state = 'cancelled', ended_at = ?2 WHERE id = ?1 AND state IN ('queued', 'running')";
        if act.sql().execute(sql, params![id, act.now()])? == 0 {
            return Err(RunError::Ended);
        }
        let passes = forget_passes(act.sql(), id)?;
        let event = Event::new(EventKind::RunCancelled, by.actor())
            .object("run", id)
            .project(run.project)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok(passes)
    })?;
    unit.runs.end(id);
    files::remove(unit, &passes);
    Ok(())
}

/// Digest of a submission as a run names it.
pub(super) fn digest_of((_, submission): &Opened) -> Digest {
    submission.digest()
}
