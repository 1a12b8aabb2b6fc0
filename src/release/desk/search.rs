//! Releases as people look for them: by project and by how they stand, which is more than their state.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::{COLUMNS, read};
use super::{DeskError, Release};
use crate::clock::Timestamp;
use crate::ids::{ProjectId, ReleaseId};

/// How a release stands at a moment: its state, and what time and other events made of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Its tables wait to be made and checked.
    Queued,
    /// The check refused it.
    Refused,
    /// It broke.
    Failed,
    /// It waits for its approver.
    Checked,
    /// Its approver refused it.
    Rejected,
    /// Its bundle waits to be made.
    Approved,
    /// It can be downloaded.
    Open,
    /// Its time has ended.
    Expired,
    /// Something that it was made of was taken out, or another took its place.
    Superseded,
    /// It was taken back after its approval.
    Revoked,
    /// Its preparer took it back before.
    Withdrawn,
}

/// Code of the end of a release that its preparer took back.
pub(super) const WITHDRAWN: &str = "withdrawn-by-preparer";

/// The same in SQL; `?1` is the moment.
const STANDING: &str = "CASE \
    WHEN release.state = 'revoked' AND end_reason = 'withdrawn-by-preparer' THEN 'withdrawn' \
    WHEN release.state IN ('queued', 'refused', 'failed', 'rejected', 'revoked') THEN release.state \
    WHEN coalesce(superseded_at, run.outdated_at) IS NOT NULL THEN 'superseded' \
    WHEN valid_until IS NOT NULL AND valid_until <= ?1 THEN 'expired' \
    WHEN release.state = 'released' THEN 'open' ELSE release.state END";

impl Standing {
    /// All of them, in the order of a release's life.
    pub const ALL: [Self; 11] = [
        Self::Queued,
        Self::Refused,
        Self::Failed,
        Self::Checked,
        Self::Rejected,
        Self::Approved,
        Self::Open,
        Self::Expired,
        Self::Superseded,
        Self::Revoked,
        Self::Withdrawn,
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
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// How a release stands.
    #[must_use]
    pub fn of(release: &Release, now: Timestamp) -> Self {
        use super::ReleaseState as State;
        let is_over = release.valid_until.is_some_and(|until| until <= now);
        match release.state {
            State::Revoked if matches!(&release.ended, Some((_, why)) if why == WITHDRAWN) => {
                Self::Withdrawn
            }
            State::Queued => Self::Queued,
            State::Refused => Self::Refused,
            State::Failed => Self::Failed,
            State::Rejected => Self::Rejected,
            State::Revoked => Self::Revoked,
            _ if release.superseded.is_some() => Self::Superseded,
            _ if is_over => Self::Expired,
            State::Checked => Self::Checked,
            State::Approved => Self::Approved,
            State::Released => Self::Open,
        }
    }
}

/// Which releases are looked for; everything that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Of this project.
    pub project: Option<ProjectId>,
    /// That stand so.
    pub standing: Option<Standing>,
    /// Of these projects only, and of these only what was bundled.
    pub reach: Option<Vec<ProjectId>>,
    /// With a number below this: the next page.
    pub below: Option<u64>,
}

/// Releases that fit, newest first.
///
/// # Errors
/// As the records fail.
pub fn search(
    connection: &Connection,
    now: Timestamp,
    sought: &Sought,
    most: u32,
) -> Result<Vec<Release>, DeskError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE (?2 IS NULL OR release.project = ?2) AND release.number < ?3 \
         AND (?4 IS NULL OR (released_at IS NOT NULL AND release.project IN (SELECT value FROM json_each(?4)))) \
         AND (?5 IS NULL OR {STANDING} = ?5) ORDER BY release.number DESC LIMIT ?6"
    );
    let below = sought.below.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let reach = sought.reach.as_ref().map(|projects| {
        let ids: Vec<String> = projects.iter().map(ToString::to_string).collect();
        serde_json::Value::from(ids).to_string()
    });
    let standing = sought.standing.map(Standing::as_str);
    let mut statement = connection.prepare_cached(&sql)?;
    // The moment has a place in the text even where no standing is asked for.
    let values = params![now, sought.project, below, reach, standing, most];
    let releases = statement.query_map(values, read)?;
    Ok(releases.collect::<Result<_, _>>()?)
}

/// The newest bundled release that says that it takes the place of this one.
///
/// # Errors
/// As the records fail.
pub fn replacement(
    connection: &Connection,
    id: ReleaseId,
) -> Result<Option<(ReleaseId, u64)>, DeskError> {
    let sql = "SELECT id, number FROM release WHERE replaces = ?1 AND released_at IS NOT NULL \
               ORDER BY number DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}
