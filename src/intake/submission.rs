//! Submissions that were taken in: listed, read again, withdrawn.

use std::io;

use rusqlite::{OptionalExtension as _, params};
use tallystick_wire::ReadAt;

use super::over::remove;
use super::{IntakeError, Receipt};
use crate::accounts::Uploader;
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{ProjectId, SegmentId, SubmissionId};
use crate::persons;
use crate::runs;
use crate::store::StoreError;
use crate::store::segment::{SegmentKind, SegmentReader};
use crate::unit::Unit;

/// How a submission stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It is the agency's word for its project.
    Accepted,
    /// A later one took its place.
    Superseded,
    /// The agency took it back; it is erased.
    Withdrawn,
}

impl State {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Accepted, Self::Superseded, Self::Withdrawn]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A submission as its agency sees it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: SubmissionId,
    /// Of which project.
    pub project: ProjectId,
    /// How it stands.
    pub state: State,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows of the export.
    pub rows_read: u64,
    /// Identities.
    pub records: u64,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// When it was superseded or withdrawn.
    pub ended_at: Option<Timestamp>,
}

/// An agency's submissions, newest first, those received before `before`.
///
/// # Errors
/// As the records fail.
pub fn list(
    unit: &Unit,
    by: &Uploader,
    before: Option<Timestamp>,
    most: u32,
) -> Result<Vec<Listed>, IntakeError> {
    let sql = "SELECT id, project, state, sha256, bytes, rows_read, records, received_at, ended_at \
               FROM submission WHERE agency = ?1 AND received_at < ?2 ORDER BY received_at DESC, id LIMIT ?3";
    unit.store.read(|connection| {
        let before = before.unwrap_or(Timestamp(i64::MAX));
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![by.agency(), before, most], |row| {
            let state: String = row.get(2)?;
            Ok(Listed {
                id: row.get(0)?,
                project: row.get(1)?,
                state: State::parse(&state).ok_or(rusqlite::Error::InvalidQuery)?,
                sha256: row.get(3)?,
                bytes: row.get(4)?,
                rows_read: row.get(5)?,
                records: row.get(6)?,
                received_at: row.get(7)?,
                ended_at: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// The receipt of one of the agency's submissions, as it was given first.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub fn receipt_of(unit: &Unit, by: &Uploader, id: SubmissionId) -> Result<Receipt, IntakeError> {
    unit.store.read(|connection| {
        let sql = "SELECT receipt, signature FROM submission WHERE id = ?1 AND agency = ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_row(params![id, by.agency()], |row| {
            Ok(Receipt { body: row.get(0)?, signature: row.get(1)? })
        });
        found.optional()?.ok_or(IntakeError::Unknown)
    })
}

/// Takes a submission back, the standing one or one that was superseded: its segments are erased at once.
///
/// # Errors
/// [`IntakeError`].
pub fn withdraw(unit: &Unit, by: &Uploader, id: SubmissionId) -> Result<(), IntakeError> {
    let (segments, taken_out) = unit.store.act(|act| {
        let sql = "UPDATE submission SET state = 'withdrawn', ended_at = ?3, superseded_by = NULL \
                   WHERE id = ?1 AND agency = ?2 AND state <> 'withdrawn' RETURNING encodings, content, project";
        let found = act.sql().query_row(sql, params![id, by.agency(), act.now()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        let (encodings, content, project): (SegmentId, Option<SegmentId>, ProjectId) =
            found.optional()?.ok_or(IntakeError::Unknown)?;
        let segments: Vec<SegmentId> = std::iter::once(encodings).chain(content).collect();
        for segment in &segments {
            unit.shred(act, *segment)?;
        }
        let event = Event::new(EventKind::SubmissionWithdrawn, by.actor())
            .object("submission", id)
            .project(project)
            .count("segments_erased", segments.len() as u64)
            .from_address(by.principal().address());
        act.record(&event)?;
        persons::ask_to_forget(act.sql(), project, by.agency())?;
        let taken_out = runs::withdrawn(act, id)?;
        Ok::<_, IntakeError>((segments, taken_out))
    })?;
    taken_out.settle(unit);
    for segment in segments {
        remove(unit.store.segment_path(segment))?;
    }
    // Else the keys would stand in the write-ahead file until it is full; upkeep does it again.
    unit.store.empty_write_ahead()?;
    Ok(())
}

/// A stored submission, read as the one file that it came as.
#[derive(Debug)]
pub struct StoredSubmission {
    encodings: SegmentReader,
    content: Option<SegmentReader>,
}

impl ReadAt for StoredSubmission {
    fn len_bytes(&self) -> io::Result<u64> {
        let content = self.content.as_ref().map_or(Ok(0), ReadAt::len_bytes)?;
        Ok(self.encodings.len_bytes()? + content)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let seam = self.encodings.len_bytes()?;
        let before = usize::try_from(seam.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (first, second) = buffer.split_at_mut(before.min(buffer.len()));
        if !first.is_empty() {
            self.encodings.read_exact_at(first, offset)?;
        }
        if second.is_empty() {
            return Ok(());
        }
        let content = self.content.as_ref().ok_or(io::ErrorKind::UnexpectedEof)?;
        content.read_exact_at(second, offset.max(seam) - seam)
    }
}

/// Opens a submission that stands, or was superseded and is still kept.
///
/// # Errors
/// [`IntakeError`].
pub fn open_stored(unit: &Unit, id: SubmissionId) -> Result<StoredSubmission, IntakeError> {
    let sql = "SELECT encodings, content FROM submission WHERE id = ?1 AND state <> 'withdrawn' \
               AND EXISTS (SELECT 1 FROM segment e WHERE e.id = encodings AND e.shredded_at IS NULL)";
    let found: Option<(SegmentId, Option<SegmentId>)> = unit.store.read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let row = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok::<_, StoreError>(row.optional()?)
    })?;
    let (encodings, content) = found.ok_or(IntakeError::Unknown)?;
    let open = |id, kind, key| unit.open_segment(id, kind, key);
    Ok(StoredSubmission {
        encodings: open(encodings, SegmentKind::Encodings, &unit.encodings_key)?,
        content: content.map(|id| open(id, SegmentKind::Content, &unit.content_key)).transpose()?,
    })
}
