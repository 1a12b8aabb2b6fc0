//! Takes wishes for linkage runs, gives runs that are queued, worked on one at a time, and finished or failed for a reason,
//! refuses what cannot be linked.
//!
//! A run names its submissions by id and digest when it is asked for, and links these whatever comes later. After each pass
//! of blocking what it found is sealed and recorded, so that a run that is broken off at any instant goes on after the last
//! finished pass, with the same bytes in the end. What a run came to is entered with its log entry, or not at all; where it
//! fails, its code is kept and everything else of it is removed. No run touches another.

mod board;
mod error;
mod estimate;
mod files;
mod freshness;
mod keep;
mod left_out;
mod progress;
mod queue;
mod record;
mod summary;
mod taken_out;
mod work;

use rusqlite::Connection;

use crate::agreements::{self, Action};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, AgreementId, ProjectId, SubmissionId};
use crate::store::Act;

pub use board::{Board, Worker};
pub use error::RunError;
pub use estimate::{Estimate, PassEstimate, estimate};
pub use freshness::{SourceStanding, Standing, freshness};
pub use progress::Stage;
pub use queue::{Wanted, cancel, queue};
pub use record::{Progress, Run, RunState, Search, Source, find, list, search};
pub use work::{Halt, open_page, open_report, open_result, work};

pub(crate) use files::{NewFile, open as open_file, remove as remove_files, sweep};
pub(crate) use queue::open_submissions;
pub(crate) use taken_out::{TakenOut, fail_at_once, rows_taken_out, withdrawn};

/// Settings of runs; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLimits {
    /// Runs that wait.
    pub queue_max: u64,
    /// Runs of one answer.
    pub runs_max: u32,
    /// Seconds between two times that progress is kept.
    pub progress_seconds: i64,
    /// Changes of persons of one answer.
    pub changes_max: u32,
    /// Records of all submissions of an estimate.
    pub estimate_records_max: u64,
    /// Streams of events at the same time.
    pub watchers_max: std::num::NonZeroU16,
    /// Seconds between two signs of life of a stream.
    pub heartbeat_seconds: u64,
    /// Seconds after which a stream ends, and is asked for again.
    pub watch_seconds: u64,
    /// Seconds after which a run is tried again where the records failed.
    pub retry_seconds: u64,
}

/// Agreements in force that permit that these submissions are linked for this project now. Asked when a run is queued and again
/// when it starts or goes on.
///
/// # Errors
/// [`RunError::NotPermitted`] with the clause.
pub(crate) fn check_agreements(
    act: &Act<'_>,
    project: ProjectId,
    submissions: &[SubmissionId],
) -> Result<Vec<AgreementId>, RunError> {
    let mut statement = act.sql().prepare_cached("SELECT agency FROM submission WHERE id = ?1")?;
    let agencies = submissions.iter().map(|id| statement.query_row([id], |row| row.get(0)));
    let agencies = agencies.collect::<Result<Vec<AgencyId>, _>>()?;
    permitted(act.sql(), act.now(), project, &agencies)
}

/// The same for agencies, at a moment.
///
/// # Errors
/// [`RunError::NotPermitted`] with the clause.
pub(crate) fn permitted(
    connection: &Connection,
    now: Timestamp,
    project: ProjectId,
    agencies: &[AgencyId],
) -> Result<Vec<AgreementId>, RunError> {
    let mut agencies = agencies.to_vec();
    agencies.sort_unstable();
    agencies.dedup();
    let action = Action::Run { project, agencies: &agencies };
    let permit = agreements::permit(connection, now, &action)?;
    Ok(permit.map_err(RunError::NotPermitted)?.agreements)
}
