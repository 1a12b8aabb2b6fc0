//! Uploads: begun with their length, received in pieces, sealed as they come.

use std::collections::HashSet;
use std::sync::Mutex;

use rusqlite::{OptionalExtension as _, params};
use zeroize::Zeroizing;

use super::IntakeError;
use super::over::end_claimed;
use super::permitted::announce;
use crate::accounts::Uploader;
use crate::audit::{Event, EventKind};
use crate::ids::{AgencyId, SegmentId, SubmissionId, UploadId};
use crate::seal::SealKey;
use crate::store::StoreError;
use crate::store::segment::{DataKey, SegmentKind, SegmentWriter};
use crate::unit::Unit;
use tallystick_wire::Rejection;
use tallystick_wire::header::MAGIC;

/// Bytes after which what came is made durable within one request.
const KEPT_EVERY_BYTES: u64 = 64 << 20;

/// Uploads that a request writes to, or that are being taken in, at this moment.
#[derive(Debug, Default)]
pub struct Receiving(Mutex<HashSet<UploadId>>);

impl Receiving {
    pub(super) fn take(&self, id: UploadId) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(id)
    }

    /// Whether nobody is at an upload at this moment.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_empty()
    }

    pub(super) fn leave(&self, id: UploadId) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
    }
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UploadState {
    /// Bytes are missing.
    Receiving,
    /// All bytes are there; it is being taken in.
    Complete,
    /// It became a submission.
    Accepted,
    /// It was refused and erased.
    Refused,
    /// It was given up and erased.
    Ended,
}

impl UploadState {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Complete => "complete",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Receiving, Self::Complete, Self::Accepted, Self::Refused, Self::Ended]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// An upload as it stands.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Whose.
    pub agency: AgencyId,
    /// Bytes announced.
    pub length: u64,
    /// Bytes that are durable.
    pub received: u64,
    /// How far it is.
    pub state: UploadState,
    /// What became of it.
    pub submission: Option<SubmissionId>,
    /// Code of its refusal.
    pub reason: Option<String>,
    pub(super) segment: SegmentId,
}

const COLUMNS: &str = "id, agency, length, received, state, submission, reason, segment";

impl Upload {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let state: String = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            agency: row.get(1)?,
            length: row.get(2)?,
            received: row.get(3)?,
            state: UploadState::parse(&state).ok_or(rusqlite::Error::InvalidQuery)?,
            submission: row.get(5)?,
            reason: row.get(6)?,
            segment: row.get(7)?,
        })
    }

    /// One of this agency's uploads.
    ///
    /// # Errors
    /// [`IntakeError::Unknown`].
    pub fn find(unit: &Unit, by: &Uploader, id: UploadId) -> Result<Self, IntakeError> {
        unit.store.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM upload WHERE id = ?1 AND agency = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_row(params![id, by.agency()], Self::of).optional()?;
            found.ok_or(IntakeError::Unknown)
        })
    }

    pub(super) fn find_any(unit: &Unit, id: UploadId) -> Result<Self, IntakeError> {
        unit.store.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM upload WHERE id = ?1");
            let found = connection.prepare_cached(&sql)?.query_row([id], Self::of).optional()?;
            found.ok_or(IntakeError::Unknown)
        })
    }
}

/// Begins an upload of `length` bytes.
///
/// # Errors
/// [`IntakeError`].
pub fn begin(unit: &Unit, by: &Uploader, length: u64) -> Result<Upload, IntakeError> {
    let bytes_max = unit.config.limits.submission_bytes_max;
    if length == 0 || length > bytes_max {
        return Err(IntakeError::Length { bytes_max });
    }
    let agreements = announce(unit, by)?;
    let (id, segment) = (UploadId::random()?, SegmentId::random()?);
    let (key, wrapped) = DataKey::random(&unit.encodings_key, segment, SegmentKind::Upload)?;
    let tail = unit.encodings_key.seal(&tail_place(id), &[])?;
    let path = unit.store.segment_path(segment);
    drop(SegmentWriter::create(&path, key)?);
    unit.store.sync_segments()?;
    let uploads_max = unit.config.intake.uploads_max;
    let begun = unit.store.act(|act| {
        let open = "SELECT count(*) FROM upload WHERE agency = ?1 AND state IN ('receiving', 'complete')";
        let open: u64 = act.sql().query_row(open, [by.agency()], |row| row.get(0))?;
        if open >= uploads_max {
            return Err(IntakeError::TooMany { uploads_max });
        }
        let now = act.now();
        let sql = "INSERT INTO segment (id, kind, wrapped_key, bytes, created_at) VALUES (?1, 'upload', ?2, 0, ?3)";
        act.sql().execute(sql, params![segment, wrapped, now])?;
        let sql = "INSERT INTO upload (id, agency, account, segment, length, tail, state, created_at, used_at) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'receiving', ?7, ?7)";
        let account = by.principal().account();
        act.sql().execute(sql, params![id, by.agency(), account, segment, length, tail, now])?;
        let event = Event::new(EventKind::UploadOpened, by.actor()).object("upload", id);
        let event = event.under(agreements).count("bytes", length);
        act.record(&event.from_address(by.principal().address()))?;
        Ok(())
    });
    if let Err(error) = begun {
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    Upload::find(unit, by, id)
}

/// One request's piece of an upload. Nothing of it counts before [`Received::keep`].
pub struct Received<'u> {
    unit: &'u Unit,
    upload: Upload,
    writer: Option<SegmentWriter>,
    bytes: u64,
}

impl std::fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("upload", &self.upload.id).finish_non_exhaustive()
    }
}

impl<'u> Received<'u> {
    /// Goes on with an upload at `offset`.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn begin(
        unit: &'u Unit,
        by: &Uploader,
        id: UploadId,
        offset: u64,
    ) -> Result<Self, IntakeError> {
        Upload::find(unit, by, id)?;
        if !unit.receiving.take(id) {
            return Err(IntakeError::Busy);
        }
        // From here on dropping this leaves the upload to others.
        let upload = Upload::find(unit, by, id).inspect_err(|_| unit.receiving.leave(id))?;
        let mut this = Self { unit, upload, writer: None, bytes: 0 };
        if this.upload.state != UploadState::Receiving {
            return Err(IntakeError::Closed);
        }
        if offset != this.upload.received {
            return Err(IntakeError::Offset { expected: this.upload.received });
        }
        let (key, tail) = this.key_and_tail()?;
        let path = unit.store.segment_path(this.upload.segment);
        this.writer = Some(SegmentWriter::resume(&path, key, offset, &tail)?);
        Ok(this)
    }

    fn key_and_tail(&self) -> Result<(DataKey, Zeroizing<Vec<u8>>), IntakeError> {
        let corrupt = || StoreError::Corrupt { table: "upload", column: "tail" };
        let Upload { id, segment, .. } = self.upload;
        let sql = "SELECT s.wrapped_key, u.tail FROM upload u JOIN segment s ON s.id = u.segment WHERE u.id = ?1";
        let (wrapped, tail): (Vec<u8>, Vec<u8>) = self.unit.store.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            Ok::<_, IntakeError>(statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })?;
        let unit_key = &self.unit.encodings_key;
        let key = DataKey::unwrap(unit_key, segment, SegmentKind::Upload, &wrapped);
        let tail = open_tail(unit_key, id, &tail).ok_or_else(corrupt)?;
        Ok((key.ok_or_else(corrupt)?, tail))
    }

    /// Takes more bytes. What cannot be a submission is refused at its first bytes, before any of it is written.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        let place = self.upload.received + self.bytes;
        if place + bytes.len() as u64 > self.upload.length {
            return Err(IntakeError::Overlong);
        }
        let seen = MAGIC.iter().skip(usize::try_from(place).unwrap_or(usize::MAX));
        if seen.zip(bytes).any(|(expected, found)| expected != found) {
            return Err(Rejection::NotASubmission.into());
        }
        let writer = self.writer.as_mut().ok_or(IntakeError::Closed)?;
        writer.write(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Makes what came durable if it is much, so that a break costs little.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn keep_now_and_then(&mut self) -> Result<(), IntakeError> {
        if self.bytes < KEPT_EVERY_BYTES || self.upload.received + self.bytes == self.upload.length
        {
            return Ok(());
        }
        let kept = self.keep_state()?;
        let (key, tail) = self.key_and_tail()?;
        let path = self.unit.store.segment_path(kept.segment);
        self.writer = Some(SegmentWriter::resume(&path, key, kept.received, &tail)?);
        (self.upload, self.bytes) = (kept, 0);
        Ok(())
    }

    /// Refuses what is no submission, gives up what nobody goes on with; gives the error back.
    pub(crate) fn give_up(
        mut self,
        by: &Uploader,
        error: IntakeError,
        is_over: bool,
    ) -> IntakeError {
        self.writer = None;
        let done = if matches!(error, IntakeError::Rejected(_)) {
            super::take::refuse(self.unit, &self.upload, &error).map(|_| ())
        } else if is_over {
            end_claimed(self.unit, by, &self.upload)
        } else {
            Ok(())
        };
        done.err().unwrap_or(error)
    }

    /// Makes the piece durable; gives the upload as it then stands.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn keep(mut self) -> Result<Upload, IntakeError> {
        self.keep_state()
    }

    fn keep_state(&mut self) -> Result<Upload, IntakeError> {
        let writer = self.writer.take().ok_or(IntakeError::Closed)?;
        let received = self.upload.received + self.bytes;
        let is_complete = received == self.upload.length;
        let tail = if is_complete {
            writer.finish()?;
            Zeroizing::new(Vec::new())
        } else {
            writer.pause()?
        };
        let Upload { id, segment, .. } = self.upload;
        let tail = self.unit.encodings_key.seal(&tail_place(id), &tail)?;
        let state = if is_complete { UploadState::Complete } else { UploadState::Receiving };
        self.unit.store.keep(|transaction, now| {
            let sql = "UPDATE upload SET received = ?2, tail = ?3, state = ?4, used_at = ?5 \
                       WHERE id = ?1 AND state = 'receiving' AND received = ?6";
            let values = params![id, received, tail, state.as_str(), now, self.upload.received];
            if transaction.execute(sql, values)? == 0 {
                return Err(IntakeError::Closed);
            }
            let sql = "UPDATE segment SET bytes = ?2 WHERE id = ?1";
            transaction.execute(sql, params![segment, received])?;
            Ok::<_, IntakeError>(())
        })?;
        Ok(Upload { received, state, ..self.upload.clone() })
    }
}

impl Drop for Received<'_> {
    fn drop(&mut self) {
        self.unit.receiving.leave(self.upload.id);
    }
}

/// The last bytes of an upload on its way, which are in no file yet; `None` if they were changed.
pub(crate) fn open_tail(unit: &SealKey, id: UploadId, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    unit.open(&tail_place(id), sealed)
}

fn tail_place(id: UploadId) -> Vec<u8> {
    format!("upload.tail/{id}").into_bytes()
}
