//! Takes a project, gives what could be linked for it: each agency's submissions, how old they are, and whether agreements permit a run.
//!
//! Names, counts and moments only.

use rusqlite::Connection;

use super::RunError;
use crate::agreements::{self, Action, Clause};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ProjectId, SubmissionId};

/// A submission that is kept.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its id.
    pub submission: SubmissionId,
    /// Whether it is the agency's word; else a later one took its place.
    pub is_accepted: bool,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// Rows that the agency's program accepted.
    pub rows_accepted: u64,
    /// Identities.
    pub records: u64,
}

/// The submissions of an agency.
#[derive(Clone, Debug)]
pub struct SourceStanding {
    /// Which agency.
    pub agency: AgencyId,
    /// Its name, which is that of the source.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The clause by which a run with its data is refused now.
    pub clause: Option<Clause>,
    /// Newest first; at least one.
    pub submissions: Vec<Standing>,
}

/// What could be linked for a project, by the names of agencies.
///
/// # Errors
/// As the records fail.
pub fn freshness(
    connection: &Connection,
    now: Timestamp,
    project: ProjectId,
) -> Result<Vec<SourceStanding>, RunError> {
    let sql = "SELECT a.id, a.name, a.source_type, s.id, s.state, s.received_at, s.rows_accepted, s.records \
               FROM submission s JOIN agency a ON a.id = s.agency JOIN segment e ON e.id = s.encodings \
               WHERE s.project = ?1 AND s.state <> 'withdrawn' AND e.shredded_at IS NULL \
               ORDER BY a.name, s.received_at DESC, s.id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([project])?;
    let mut sources: Vec<SourceStanding> = Vec::new();
    while let Some(row) = rows.next()? {
        let agency: AgencyId = row.get(0)?;
        let state: String = row.get(4)?;
        let standing = Standing {
            submission: row.get(3)?,
            is_accepted: state == "accepted",
            received_at: row.get(5)?,
            rows_accepted: row.get(6)?,
            records: row.get(7)?,
        };
        match sources.last_mut().filter(|source| source.agency == agency) {
            Some(source) => source.submissions.push(standing),
            None => {
                let action = Action::Run { project, agencies: &[agency] };
                let permit = agreements::permit(connection, now, &action)?;
                sources.push(SourceStanding {
                    agency,
                    name: row.get(1)?,
                    kind: row.get(2)?,
                    clause: permit.err(),
                    submissions: vec![standing],
                });
            }
        }
    }
    Ok(sources)
}
