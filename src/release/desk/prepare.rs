//! Takes wishes for releases and refuses those of which nothing could come.

use rusqlite::params;
use sha2::{Digest as _, Sha256};
use tallystick_study::tables::FlowStep;

use super::make::{Halting, Making};
use super::{DeskError, Plan};
use crate::accounts::Preparer;
use crate::agreements::{self, Action};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, AgreementId, ProjectId, ReleaseId, RunId};
use crate::runs::{self, Run, RunState};
use crate::store::StoreError;
use crate::unit::Unit;

/// What is to be released.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The result of which run.
    pub run: RunId,
    /// The study with its disclosure policy, TOML.
    pub study: String,
    /// The release that it takes the place of.
    pub replaces: Option<ReleaseId>,
}

/// What a study would come to.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// The steps; the count of persons that each left, if it may be shown.
    pub flow: Vec<(FlowStep, Option<u64>)>,
    /// Tables with their rows, rounded down, and columns; none where the check would refuse them.
    pub tables: Vec<(String, usize, usize)>,
    /// What a reader must know besides.
    pub notes: Vec<String>,
    /// Code and advice of each reason for which the check would refuse it.
    pub refusals: Vec<(&'static str, String)>,
}

/// The run, if its result can be released.
pub(super) fn fit_run(connection: &rusqlite::Connection, id: RunId) -> Result<Run, DeskError> {
    let run = finished_run(connection, id)?;
    match run.outdated {
        None => Ok(run),
        Some(_) => Err(DeskError::RunUnfit("something that it linked was taken out since")),
    }
}

/// The run, if it has a result still.
pub(super) fn finished_run(connection: &rusqlite::Connection, id: RunId) -> Result<Run, DeskError> {
    let run = runs::find(connection, id)?;
    if run.state != RunState::Finished {
        return Err(DeskError::RunUnfit("it has not finished"));
    }
    let sql = "SELECT 1 FROM run JOIN segment ON segment.id = result WHERE run.id = ?1 AND shredded_at IS NOT NULL";
    if connection.prepare_cached(sql)?.exists([id])? {
        return Err(DeskError::RunUnfit("its result was destroyed"));
    }
    Ok(run)
}

/// A run whose result can be released.
#[derive(Clone, Debug)]
pub struct FitRun {
    /// Its id.
    pub id: RunId,
    /// Its number among all.
    pub number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// When it finished.
    pub finished_at: Timestamp,
}

/// Runs whose result can be released, newest first.
///
/// # Errors
/// As the records fail.
pub fn fit_runs(connection: &rusqlite::Connection, most: u32) -> Result<Vec<FitRun>, DeskError> {
    let sql = "SELECT run.id, run.number, run.project, run.ended_at FROM run \
               JOIN segment ON segment.id = run.result \
               WHERE run.state = 'finished' AND run.outdated_at IS NULL AND shredded_at IS NULL \
               ORDER BY run.number DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let runs = statement.query_map([most], |row| {
        Ok(FitRun {
            id: row.get(0)?,
            number: row.get(1)?,
            project: row.get(2)?,
            finished_at: row.get(3)?,
        })
    })?;
    Ok(runs.collect::<Result<_, _>>()?)
}

/// Agencies of a run's submissions, each once.
pub(super) fn agencies(
    connection: &rusqlite::Connection,
    run: RunId,
) -> Result<Vec<AgencyId>, StoreError> {
    let sql = "SELECT DISTINCT s.agency FROM run_source r JOIN submission s ON s.id = r.submission \
               WHERE r.run = ?1 ORDER BY s.agency";
    let mut statement = connection.prepare_cached(sql)?;
    let agencies = statement.query_map([run], |row| row.get(0))?;
    Ok(agencies.collect::<Result<_, _>>()?)
}

/// Agreements in force that permit that a run is released now, and the smallest cell that they permit.
pub(super) fn permitted(
    connection: &rusqlite::Connection,
    now: Timestamp,
    run: &Run,
) -> Result<(Vec<AgreementId>, Option<u64>), DeskError> {
    let agencies = agencies(connection, run.id)?;
    let action = Action::Release { project: run.project, agencies: &agencies };
    let permit = agreements::permit(connection, now, &action)?.map_err(DeskError::NotPermitted)?;
    Ok((permit.agreements, permit.minimum_cell.map(|cell| u64::from(cell.persons()))))
}

/// The run of a release with what permits it now.
pub(super) fn ready(
    unit: &Unit,
    run: RunId,
) -> Result<(Run, Vec<AgreementId>, Option<u64>), DeskError> {
    let now = unit.store.now();
    unit.store.read(|connection| {
        let run = fit_run(connection, run)?;
        let (agreements, cell) = permitted(connection, now, &run)?;
        Ok((run, agreements, cell))
    })
}

/// Enters a release; its tables are made and checked in its turn.
///
/// # Errors
/// [`DeskError`].
pub fn queue(unit: &Unit, by: &Preparer, wanted: &Wanted) -> Result<ReleaseId, DeskError> {
    let plan = Plan::parse(&wanted.study)?;
    let id = ReleaseId::random()?;
    let study_hash: [u8; 32] = Sha256::digest(wanted.study.as_bytes()).into();
    let queue_max = unit.config.release.queue_max;
    let entered = unit.store.act(|act| {
        let sql = "SELECT count(*) FROM release WHERE state = 'queued'";
        let waiting: u64 = act.sql().query_row(sql, [], |row| row.get(0))?;
        if waiting >= queue_max {
            return Err(DeskError::QueueFull { queue_max });
        }
        let run = fit_run(act.sql(), wanted.run)?;
        if let Some(replaces) = wanted.replaces {
            let earlier = super::find(act.sql(), replaces)?;
            if earlier.project != run.project {
                return Err(DeskError::Unknown);
            }
        }
        let (agreements, _) = permitted(act.sql(), act.now(), &run)?;
        let sql = "INSERT INTO release (id, number, project, run, replaces, profile, study, study_hash, prepared_by, \
                   prepared_at, state) \
                   SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued' FROM release";
        let profile = plan.policy.profile.as_str();
        let account = by.principal().account();
        let values = params![
            id, run.project, run.id, wanted.replaces, profile, wanted.study, study_hash, account, act.now()
        ];
        act.sql().execute(sql, values)?;
        let event = Event::new(EventKind::ReleasePrepared, by.actor())
            .object("release", id)
            .project(run.project)
            .under(agreements)
            .count(profile_count(profile), 1)
            .digest("study", study_hash)
            .digest_of_each("run", run.digest)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok(())
    });
    if let Err(DeskError::NotPermitted(clause)) = &entered {
        let event = Event::new(EventKind::ReleasePrepared, by.actor())
            .denied(clause.code())
            .object("run", wanted.run)
            .from_address(by.principal().address());
        unit.store.record(&event)?;
    }
    entered?;
    unit.runs.tell();
    Ok(id)
}

/// Names the standard in the log, whose counts have names only.
pub(super) fn profile_count(profile: &str) -> &'static str {
    match profile {
        "safe-harbor" => "profile_safe_harbor",
        "expert" => "profile_expert",
        _ => "profile_limited",
    }
}

/// What a study would come to, without a release. Nothing is kept; that it was looked at is logged.
///
/// # Errors
/// [`DeskError`], but not for what the check would refuse.
pub fn dry_run(unit: &Unit, by: &Preparer, wanted: &Wanted) -> Result<DryRun, DeskError> {
    let plan = Plan::parse(&wanted.study)?;
    let (run, minimum_cell) = unit.store.act(|act| {
        let run = fit_run(act.sql(), wanted.run)?;
        let (agreements, minimum_cell) = permitted(act.sql(), act.now(), &run)?;
        let event = Event::new(EventKind::ReleasePrepared, by.actor())
            .because("dry-run")
            .object("run", run.id)
            .project(run.project)
            .under(agreements)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok::<_, DeskError>((run, minimum_cell))
    })?;
    let making = Making { unit, run: &run, plan: &plan, minimum_cell };
    let halting = Halting(&|| unit.runs.is_stopping());
    let made = making.tables(&halting)?;
    let least = making.policy().k.max(1);
    let sizes: Vec<(String, usize, usize)> = made
        .tables
        .iter()
        .map(|table| {
            let step = least as usize;
            (table.name.clone(), table.rows / step * step, table.columns.len())
        })
        .collect();
    let shown = super::hidden::shown(&made.facts.flow, least.into());
    // Rounded, so that two tries that differ by a few persons look the same more often than not.
    let rounded =
        shown.into_iter().map(|count| count.map(|it| it / u64::from(least) * u64::from(least)));
    let flow = made.facts.flow.into_iter().zip(rounded).collect();
    let notes = made.facts.notes;
    let refusals: Vec<(&'static str, String)> = match making.check(made.tables) {
        Ok(_) => Vec::new(),
        Err(DeskError::Refused(refusal)) => {
            refusal.reasons.iter().map(|it| (it.code(), it.help().to_owned())).collect()
        }
        Err(error) => vec![(error.code(), error.help())],
    };
    let tables = if refusals.is_empty() { sizes } else { Vec::new() };
    Ok(DryRun { flow, tables, notes, refusals })
}
