//! Runs as they stand in the records.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tallystick_wire::SourceLabel;

use super::RunError;
use super::progress::Stage;
use crate::clerical::{self, Estimates};
use crate::clock::Timestamp;
use crate::ids::{AccountId, ProjectId, ReviewSetId, RunId, SubmissionId};
use crate::link::{Policy, Rule};
use crate::store::StoreError;

/// How a run stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RunState {
    /// It waits.
    Queued,
    /// It is worked on, or goes on when the service does.
    Running,
    /// It has a result.
    Finished,
    /// It has a code that says why not.
    Failed,
    /// An operator stopped it.
    Cancelled,
}

impl RunState {
    /// All, from the first on.
    pub const ALL: [Self; 5] =
        [Self::Queued, Self::Running, Self::Finished, Self::Failed, Self::Cancelled];

    /// The state of a stable name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more comes.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled)
    }
}

/// A submission of a run.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name of the source.
    pub source: SourceLabel,
    /// Its submission.
    pub submission: SubmissionId,
    /// Names header and sections of the file.
    pub digest: [u8; 32],
    /// Identities.
    pub records: u64,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What it does.
    pub stage: Stage,
    /// How much of that is done, in the stage's own unit.
    pub done: u64,
    /// How much there is; 0 where unknown.
    pub total: u64,
    /// Seconds that are left, roughly; `None` where it is too early to say.
    pub left_seconds: Option<u64>,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its place in the queue.
    pub number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// Who asked for it.
    pub account: AccountId,
    /// How it stands.
    pub state: RunState,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// When it began first.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Version and commit of the program that runs it.
    pub code_version: Option<String>,
    /// Hash over the settings of linkage.
    pub settings_hash: Option<[u8; 32]>,
    /// Hash over schema, normalisation and encoding of the submissions.
    pub config_hash: [u8; 32],
    /// How far it is, while it runs.
    pub progress: Option<Progress>,
    /// Code of what stopped it.
    pub failure: Option<String>,
    /// Names result and report.
    pub digest: Option<[u8; 32]>,
    /// Parameters, counts and quality: JSON.
    pub summary: Option<String>,
    /// When, and by which code, something that it linked was taken out.
    pub outdated: Option<(Timestamp, String)>,
    /// What it links, by source.
    pub sources: Vec<Source>,
    /// How.
    pub policy: Policy,
    /// What people found who judged pairs of it.
    pub reviews: Vec<(ReviewSetId, Timestamp, Estimates)>,
}

const COLUMNS: &str = "id, number, project, account, state, queued_at, started_at, ended_at, code_version, settings_hash, \
                       config_hash, failure, digest, summary, outdated_at, outdated_because, stage, done, total, stage_at, stage_done, progress_at";

/// A run by its id.
///
/// # Errors
/// [`RunError::Unknown`].
pub fn find(connection: &Connection, id: RunId) -> Result<Run, RunError> {
    let sql = format!("SELECT {COLUMNS} FROM run WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let run = statement.query_row([id], read).optional()?.ok_or(RunError::Unknown)?;
    complete(connection, run)
}

/// Which runs are looked for; what is not said does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search {
    /// Of which project.
    pub project: Option<ProjectId>,
    /// How they stand.
    pub state: Option<RunState>,
    /// Asked for at or after.
    pub from: Option<Timestamp>,
    /// Asked for before.
    pub until: Option<Timestamp>,
    /// With a number below this: the next page.
    pub below: Option<u64>,
}

/// Runs, newest first.
///
/// # Errors
/// As the records fail.
pub fn search(connection: &Connection, wanted: &Search, most: u32) -> Result<Vec<Run>, RunError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM run WHERE (?1 IS NULL OR project = ?1) AND number < ?2 \
         AND (?4 IS NULL OR state = ?4) AND (?5 IS NULL OR queued_at >= ?5) \
         AND (?6 IS NULL OR queued_at < ?6) ORDER BY number DESC LIMIT ?3"
    );
    let below = wanted.below.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let state = wanted.state.map(RunState::as_str);
    let mut statement = connection.prepare_cached(&sql)?;
    let values = params![wanted.project, below, most, state, wanted.from, wanted.until];
    let runs = statement.query_map(values, read)?;
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    runs.into_iter().map(|run| complete(connection, run)).collect()
}

/// Runs of a project or of all, newest first, those with a number below `below`.
///
/// # Errors
/// As the records fail.
pub fn list(
    connection: &Connection,
    project: Option<ProjectId>,
    below: Option<u64>,
    most: u32,
) -> Result<Vec<Run>, RunError> {
    search(connection, &Search { project, below, ..Search::default() }, most)
}

/// The run that was broken off, else the oldest that waits.
pub(super) fn next(connection: &Connection) -> Result<Option<Run>, RunError> {
    let sql = "SELECT id FROM run WHERE state IN ('running', 'queued') ORDER BY state = 'queued', number LIMIT 1";
    let id: Option<RunId> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    id.map(|id| find(connection, id)).transpose()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let invalid = || rusqlite::Error::InvalidQuery;
    let state: String = row.get("state")?;
    let state = RunState::parse(&state).ok_or_else(invalid)?;
    let stage: Option<String> = row.get("stage")?;
    let progress = match stage.filter(|_| state == RunState::Running) {
        None => None,
        Some(stage) => {
            let stage = Stage::parse(&stage).ok_or_else(invalid)?;
            let (done, total) = (row.get("done")?, row.get("total")?);
            let since: Option<Timestamp> = row.get("stage_at")?;
            let until: Option<Timestamp> = row.get("progress_at")?;
            let elapsed = until.zip(since).map_or(0, |(until, since)| until.0 - since.0);
            let left_seconds = stage.left_seconds(row.get("stage_done")?, done, total, elapsed);
            Some(Progress { stage, done, total, left_seconds })
        }
    };
    Ok(Run {
        id: row.get("id")?,
        number: row.get("number")?,
        project: row.get("project")?,
        account: row.get("account")?,
        state,
        queued_at: row.get("queued_at")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        code_version: row.get("code_version")?,
        settings_hash: row.get("settings_hash")?,
        config_hash: row.get("config_hash")?,
        progress,
        failure: row.get("failure")?,
        digest: row.get("digest")?,
        summary: row.get("summary")?,
        outdated: row
            .get::<_, Option<Timestamp>>("outdated_at")?
            .zip(row.get::<_, Option<String>>("outdated_because")?),
        sources: Vec::new(),
        policy: Policy::default(),
        reviews: Vec::new(),
    })
}

fn complete(connection: &Connection, run: Run) -> Result<Run, RunError> {
    let corrupt = |table, column| StoreError::Corrupt { table, column };
    let label = |text: String| SourceLabel::parse(&text);
    let sql =
        "SELECT source, submission, digest, records FROM run_source WHERE run = ?1 ORDER BY source";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([run.id], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let mut sources = Vec::new();
    for row in rows {
        let (source, submission, digest, records) = row?;
        let source = label(source).ok_or_else(|| corrupt("run_source", "source"))?;
        sources.push(Source { source, submission, digest, records });
    }
    let sql = "SELECT first, second, rule FROM run_rule WHERE run = ?1 ORDER BY first, second";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([run.id], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let mut rules = Vec::new();
    for row in rows {
        let (first, second, rule) = row?;
        let rule = label(first).zip(label(second)).zip(Rule::parse(&rule));
        let ((first, second), rule) = rule.ok_or_else(|| corrupt("run_rule", "rule"))?;
        rules.push((first, second, rule));
    }
    let reviews = clerical::finished_of(connection, run.id)?;
    Ok(Run { sources, policy: Policy::new(rules)?, reviews, ..run })
}
