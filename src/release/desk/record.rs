//! Releases as they stand in the records.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::DeskError;
use crate::clock::Timestamp;
use crate::ids::{AccountId, ProjectId, ReleaseId, RunId, SegmentId};

/// How a release stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReleaseState {
    /// Its tables wait to be made and checked.
    Queued,
    /// The check refused it.
    Refused,
    /// It has a code that says why not.
    Failed,
    /// It waits for somebody's approval.
    Checked,
    /// The approver refused it.
    Rejected,
    /// Its bundle waits to be made.
    Approved,
    /// It can be downloaded.
    Released,
    /// It was taken back.
    Revoked,
}

impl ReleaseState {
    const ALL: [Self; 8] = [
        Self::Queued,
        Self::Refused,
        Self::Failed,
        Self::Checked,
        Self::Rejected,
        Self::Approved,
        Self::Released,
        Self::Revoked,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Checked => "checked",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Released => "released",
            Self::Revoked => "revoked",
        }
    }
}

/// A decision of somebody, with its time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decision {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
}

/// A bundle that was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bundle {
    /// Its sealed file.
    pub segment: SegmentId,
    /// SHA-256 over its bytes.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub bytes: u64,
    /// When it was made.
    pub at: Timestamp,
}

/// A release.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Its number among all.
    pub number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// Of which run's result.
    pub run: RunId,
    /// What it takes the place of.
    pub replaces: Option<ReleaseId>,
    /// The standard: `safe-harbor`, `expert` or `limited`.
    pub profile: String,
    /// The study with its policy, TOML.
    pub study: String,
    /// SHA-256 of that text.
    pub study_hash: [u8; 32],
    /// Who asked for it.
    pub prepared: Decision,
    /// How it stands.
    pub state: ReleaseState,
    /// Code of what stopped it.
    pub failure: Option<String>,
    /// What the check found, JSON.
    pub report: Option<String>,
    /// Over all tables as they were checked.
    pub tables_hash: Option<[u8; 32]>,
    /// What later releases are compared with.
    pub sketch: Option<SegmentId>,
    /// Who approved or rejected it.
    pub decided: Option<Decision>,
    /// Up to when it can be downloaded.
    pub valid_until: Option<Timestamp>,
    /// The bundle.
    pub bundle: Option<Bundle>,
    /// When it was taken back, and why.
    pub ended: Option<(Timestamp, String)>,
    /// Since when its run is out of date, and why.
    pub superseded: Option<(Timestamp, String)>,
}

impl Release {
    /// Whether it can be downloaded at a moment, as far as it goes by itself.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == ReleaseState::Released
            && self.superseded.is_none()
            && self.valid_until.is_some_and(|until| now < until)
    }
}

// What makes a run out of date holds for its releases at once, whether it was noted or not.
pub(super) const COLUMNS: &str = "release.id, release.number, release.project, release.run, replaces, profile, study, study_hash, \
    prepared_by, prepared_at, release.state, release.failure, release.report, tables_hash, sketch, decided_by, decided_at, \
    valid_until, bundle, bundle_sha256, bundle_bytes, released_at, release.ended_at, end_reason, \
    coalesce(superseded_at, run.outdated_at) AS superseded_at, \
    coalesce(superseded_because, run.outdated_because) AS superseded_because \
    FROM release JOIN run ON run.id = release.run";

/// A release by its id.
///
/// # Errors
/// [`DeskError::Unknown`].
pub fn find(connection: &Connection, id: ReleaseId) -> Result<Release, DeskError> {
    let sql = format!("SELECT {COLUMNS} WHERE release.id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([id], read).optional()?.ok_or(DeskError::Unknown)
}

/// Releases of a project or of all, newest first, those with a number below `below`; with `reach` only those of these projects
/// of which there was a bundle.
///
/// # Errors
/// As the records fail.
pub fn list(
    connection: &Connection,
    project: Option<ProjectId>,
    reach: Option<&[ProjectId]>,
    below: Option<u64>,
    most: u32,
) -> Result<Vec<Release>, DeskError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE (?1 IS NULL OR release.project = ?1) AND release.number < ?2 \
         AND (?4 IS NULL OR (released_at IS NOT NULL AND release.project IN (SELECT value FROM json_each(?4)))) \
         ORDER BY release.number DESC LIMIT ?3"
    );
    let below = below.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let reach = reach.map(|projects| {
        let ids: Vec<String> = projects.iter().map(ToString::to_string).collect();
        serde_json::Value::from(ids).to_string()
    });
    let mut statement = connection.prepare_cached(&sql)?;
    let releases = statement.query_map(params![project, below, most, reach], read)?;
    Ok(releases.collect::<Result<_, _>>()?)
}

/// The oldest of those whose tables or bundle are to be made.
pub(super) fn next(connection: &Connection) -> Result<Option<Release>, DeskError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE release.state IN ('queued', 'approved') ORDER BY release.number LIMIT 1"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([], read).optional()?)
}

/// Releases of a project that can be or could be downloaded, newest first, without one.
pub(super) fn earlier(
    connection: &Connection,
    project: ProjectId,
    without: ReleaseId,
) -> Result<Vec<Release>, DeskError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE release.project = ?1 AND release.id <> ?2 AND released_at IS NOT NULL \
         ORDER BY release.number DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let releases = statement.query_map(params![project, without], read)?;
    Ok(releases.collect::<Result<_, _>>()?)
}

/// Accounts that may download a release.
///
/// # Errors
/// As the records fail.
pub fn recipients(connection: &Connection, id: ReleaseId) -> Result<Vec<AccountId>, DeskError> {
    let sql = "SELECT account FROM release_recipient WHERE release = ?1 ORDER BY account";
    let mut statement = connection.prepare_cached(sql)?;
    let accounts = statement.query_map([id], |row| row.get(0))?;
    Ok(accounts.collect::<Result<_, _>>()?)
}

/// Who downloaded a release, and when.
///
/// # Errors
/// As the records fail.
pub fn downloads(connection: &Connection, id: ReleaseId) -> Result<Vec<Decision>, DeskError> {
    let sql = "SELECT account, at FROM release_download WHERE release = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_map([id], |row| Ok(Decision { by: row.get(0)?, at: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Release> {
    let state: String = row.get("state")?;
    let state = ReleaseState::ALL.into_iter().find(|one| one.as_str() == state);
    let decided: Option<AccountId> = row.get("decided_by")?;
    let decided_at: Option<Timestamp> = row.get("decided_at")?;
    let segment: Option<SegmentId> = row.get("bundle")?;
    let bundle = match segment {
        None => None,
        Some(segment) => Some(Bundle {
            segment,
            sha256: row.get("bundle_sha256")?,
            bytes: row.get("bundle_bytes")?,
            at: row.get("released_at")?,
        }),
    };
    let ended: Option<Timestamp> = row.get("ended_at")?;
    let superseded: Option<Timestamp> = row.get("superseded_at")?;
    Ok(Release {
        id: row.get("id")?,
        number: row.get("number")?,
        project: row.get("project")?,
        run: row.get("run")?,
        replaces: row.get("replaces")?,
        profile: row.get("profile")?,
        study: row.get("study")?,
        study_hash: row.get("study_hash")?,
        prepared: Decision { by: row.get("prepared_by")?, at: row.get("prepared_at")? },
        state: state.ok_or(rusqlite::Error::InvalidQuery)?,
        failure: row.get("failure")?,
        report: row.get("report")?,
        tables_hash: row.get("tables_hash")?,
        sketch: row.get("sketch")?,
        decided: decided.zip(decided_at).map(|(by, at)| Decision { by, at }),
        valid_until: row.get("valid_until")?,
        bundle,
        ended: ended.zip(row.get("end_reason")?),
        superseded: superseded.zip(row.get("superseded_because")?),
    })
}
