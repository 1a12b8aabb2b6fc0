//! Takes the records, gives what the unit still holds of agencies' data and of what was linked, with the day until which it may.
//!
//! Dates come from agreements as they were recorded. That one of them is over is said, not acted on: a compliance officer decides.

use rusqlite::{Connection, params};

use crate::clock::Timestamp;
use crate::ids::{AgencyId, DestructionId, ProjectId, RunId, SubmissionId};
use crate::store::StoreError;

/// A submission whose sealed files are there.
#[derive(Clone, Debug)]
pub struct HeldSubmission {
    /// Its id.
    pub id: SubmissionId,
    /// Whose.
    pub agency: AgencyId,
    /// For which project.
    pub project: ProjectId,
    /// Whether it stands; else another took its place.
    pub is_standing: bool,
    /// When it came.
    pub received_at: Timestamp,
    /// When another took its place.
    pub superseded_at: Option<Timestamp>,
    /// Last day, since 1970-01-01, that any sharing agreement of the agency for the project sets; `None` where there is none.
    pub held_until: Option<i64>,
    /// Bytes as it came.
    pub bytes: u64,
}

/// A finished run whose persons are there.
#[derive(Clone, Debug)]
pub struct HeldRun {
    /// Its id.
    pub id: RunId,
    /// Its number.
    pub number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Releases of it that were delivered.
    pub releases: u64,
    /// When one was last downloaded.
    pub downloaded_at: Option<Timestamp>,
}

/// A destruction, with its certificate.
#[derive(Clone, Debug)]
pub struct Destroyed {
    /// Its id.
    pub id: DestructionId,
    /// Whose persons.
    pub run: RunId,
    /// Of which project.
    pub project: ProjectId,
    /// By whom.
    pub account: String,
    /// When.
    pub at: Timestamp,
    /// What was signed.
    pub certificate: String,
    /// The signature.
    pub signature: [u8; 64],
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Rows to leave out.
    pub after: u64,
    /// Rows of the answer.
    pub most: u64,
}

const SUBMISSIONS: &str = "FROM submission s JOIN segment e ON e.id = s.encodings \
     WHERE s.state IN ('accepted', 'superseded') AND e.shredded_at IS NULL \
     AND (?1 IS NULL OR s.project = ?1) AND (?2 IS NULL OR s.agency = ?2)";
const HELD_UNTIL: &str = "(SELECT max(a.retention_until) FROM agreement_project p JOIN agreement a ON a.id = p.agreement \
     WHERE p.project = s.project AND a.kind = 'dsa' AND a.agency = s.agency)";

/// Submissions that are held, the oldest first, and how many there are.
///
/// # Errors
/// As the records fail.
pub fn submissions(
    connection: &Connection,
    project: Option<ProjectId>,
    agency: Option<AgencyId>,
    part: Part,
) -> Result<(Vec<HeldSubmission>, u64), StoreError> {
    let count = format!("SELECT count(*) {SUBMISSIONS}");
    let count =
        connection.prepare_cached(&count)?.query_row(params![project, agency], |row| row.get(0))?;
    let sql = format!(
        "SELECT s.id, s.agency, s.project, s.state = 'accepted', s.received_at, s.ended_at, {HELD_UNTIL}, s.bytes \
         {SUBMISSIONS} ORDER BY s.received_at, s.id LIMIT ?3 OFFSET ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![project, agency, part.most, part.after], |row| {
        Ok(HeldSubmission {
            id: row.get(0)?,
            agency: row.get(1)?,
            project: row.get(2)?,
            is_standing: row.get(3)?,
            received_at: row.get(4)?,
            superseded_at: row.get(5)?,
            held_until: row.get(6)?,
            bytes: row.get(7)?,
        })
    })?;
    Ok((rows.collect::<Result<_, _>>()?, count))
}

/// How many submissions are held beyond the last day that any agreement sets.
///
/// # Errors
/// As the records fail.
pub fn submissions_over(connection: &Connection, today: i64) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) {SUBMISSIONS} AND coalesce({HELD_UNTIL}, -1) < ?3");
    let none: Option<String> = None;
    Ok(connection.prepare_cached(&sql)?.query_row(params![none, none, today], |row| row.get(0))?)
}

const RUNS: &str = "FROM run r JOIN segment e ON e.id = r.result \
     WHERE r.state = 'finished' AND e.shredded_at IS NULL AND (?1 IS NULL OR r.project = ?1) \
     AND (?2 IS NULL OR r.id = ?2)";

/// Runs whose persons are held, the oldest first, and how many there are; one, if `only` is given.
///
/// # Errors
/// As the records fail.
pub fn runs(
    connection: &Connection,
    project: Option<ProjectId>,
    only: Option<RunId>,
    part: Part,
) -> Result<(Vec<HeldRun>, u64), StoreError> {
    let count = format!("SELECT count(*) {RUNS}");
    let count =
        connection.prepare_cached(&count)?.query_row(params![project, only], |row| row.get(0))?;
    let sql = format!(
        "SELECT r.id, r.number, r.project, r.ended_at, \
         (SELECT count(*) FROM release l WHERE l.run = r.id AND l.state = 'released'), \
         (SELECT max(d.at) FROM release_download d JOIN release l ON l.id = d.release WHERE l.run = r.id) \
         {RUNS} ORDER BY r.number LIMIT ?3 OFFSET ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![project, only, part.most, part.after], |row| {
        Ok(HeldRun {
            id: row.get(0)?,
            number: row.get(1)?,
            project: row.get(2)?,
            ended_at: row.get(3)?,
            releases: row.get(4)?,
            downloaded_at: row.get(5)?,
        })
    })?;
    Ok((rows.collect::<Result<_, _>>()?, count))
}

/// A run whose persons are held.
///
/// # Errors
/// As the records fail.
pub fn run(connection: &Connection, id: RunId) -> Result<Option<HeldRun>, StoreError> {
    let (mut found, _) = runs(connection, None, Some(id), Part { after: 0, most: 1 })?;
    Ok(found.pop())
}

/// Destructions, the latest first; one, if `only` is given.
///
/// # Errors
/// As the records fail.
pub fn destroyed(
    connection: &Connection,
    only: Option<DestructionId>,
    part: Part,
) -> Result<Vec<Destroyed>, StoreError> {
    let sql = "SELECT id, run, project, account, at, certificate, signature FROM destruction \
               WHERE ?1 IS NULL OR id = ?1 ORDER BY at DESC, id LIMIT ?2 OFFSET ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![only, part.most, part.after], |row| {
        Ok(Destroyed {
            id: row.get(0)?,
            run: row.get(1)?,
            project: row.get(2)?,
            account: row.get(3)?,
            at: row.get(4)?,
            certificate: row.get(5)?,
            signature: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many destructions there were.
///
/// # Errors
/// As the records fail.
pub fn destructions(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM destruction", [], |row| row.get(0))?)
}
