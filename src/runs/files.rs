//! Sealed files of runs: written whole, entered with the change they belong to, removed when nothing has them.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use rusqlite::{Connection, params};
use tallystick_wire::ReadAt;

use super::RunError;
use crate::clock::Timestamp;
use crate::ids::{RunId, SegmentId};
use crate::store::StoreError;
use crate::store::segment::{CHUNK_BYTES, DataKey, SegmentKind, SegmentReader, SegmentWriter};
use crate::unit::Unit;

/// A file that is written and that no record has yet: it is removed if nobody enters it.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) id: SegmentId,
    kind: SegmentKind,
    wrapped: Vec<u8>,
    bytes: u64,
    path: Option<PathBuf>,
}

impl NewFile {
    /// Writes and seals a file; durable when this returns.
    pub(crate) fn write(
        unit: &Unit,
        kind: SegmentKind,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, RunError> {
        let id = SegmentId::random()?;
        let (data, wrapped) = DataKey::random(unit.key_of(kind), id, kind)?;
        let path = unit.store.segment_path(id);
        let writer = SegmentWriter::create(&path, data)?;
        let mut file = Self { id, kind, wrapped, bytes: 0, path: Some(path) };
        let mut counted = BufWriter::with_capacity(CHUNK_BYTES, Counted { writer, bytes: 0 });
        fill(&mut counted)?;
        let Counted { writer, bytes } =
            counted.into_inner().map_err(io::IntoInnerError::into_error)?;
        writer.finish()?;
        unit.store.sync_segments()?;
        file.bytes = bytes;
        Ok(file)
    }

    /// Enters it; it stays, once what encloses this is committed and [`Self::keep`] is called.
    pub(crate) fn enter(&self, connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO segment (id, kind, wrapped_key, bytes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![self.id, self.kind.as_str(), self.wrapped, self.bytes, now];
        connection.execute(sql, values)?;
        Ok(())
    }

    /// The records have it.
    pub(crate) fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            // What stays here all the same is removed when the service starts again.
            let _ = std::fs::remove_file(path);
        }
    }
}

struct Counted {
    writer: SegmentWriter,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads an entered file from its beginning.
pub(crate) fn open(
    unit: &Unit,
    id: SegmentId,
    kind: SegmentKind,
) -> Result<impl Read + use<>, RunError> {
    let reader = unit.open_segment(id, kind, unit.key_of(kind))?;
    Ok(BufReader::with_capacity(CHUNK_BYTES, FromStart { reader, place: 0 }))
}

struct FromStart {
    reader: SegmentReader,
    place: u64,
}

impl Read for FromStart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.reader.len_bytes()? - self.place;
        let count = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
        self.reader.read_exact_at(&mut buffer[..count], self.place)?;
        self.place += count as u64;
        Ok(count)
    }
}

/// Forgets what passes of a run found; their keys are gone with the transaction. Gives the files that are to be removed after it.
pub(super) fn forget_passes(
    connection: &Connection,
    run: RunId,
) -> Result<Vec<SegmentId>, StoreError> {
    let sql = "DELETE FROM run_pass WHERE run = ?1 RETURNING segment";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([run], |row| row.get(0))?;
    let ids: Vec<SegmentId> = ids.collect::<Result<_, _>>()?;
    let mut erase = connection.prepare_cached("DELETE FROM segment WHERE id = ?1")?;
    for id in &ids {
        erase.execute([id])?;
    }
    Ok(ids)
}

/// Removes files whose keys are gone. One that cannot be removed says nothing, and goes when the service starts again.
pub(crate) fn remove(unit: &Unit, ids: &[SegmentId]) {
    for id in ids {
        let _ = std::fs::remove_file(unit.store.segment_path(*id));
    }
}

/// Forgets what passes of runs found that have ended: of a process that was broken off in between. Gives their number.
pub(crate) fn sweep(unit: &Unit) -> Result<usize, RunError> {
    let ids = unit.store.keep(|transaction, _| {
        let sql = "SELECT DISTINCT run FROM run_pass JOIN run ON run.id = run_pass.run \
                   WHERE run.state NOT IN ('queued', 'running')";
        let mut statement = transaction.prepare(sql)?;
        let runs = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<RunId>, _>>()?;
        let mut ids = Vec::new();
        for run in runs {
            ids.extend(forget_passes(transaction, run)?);
        }
        Ok::<_, RunError>(ids)
    })?;
    remove(unit, &ids);
    Ok(ids.len())
}
