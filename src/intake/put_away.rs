//! Takes a good upload, gives its two sealed segments; and its digest.

use sha2::{Digest as _, Sha256};
use tallystick_wire::ReadAt as _;

use super::IntakeError;
use super::over::remove;
use crate::ids::SegmentId;
use crate::store::segment::{CHUNK_BYTES, DataKey, SegmentKind, SegmentReader, SegmentWriter};
use crate::unit::Unit;

/// Two segments that stand for one file.
pub(super) struct Stored {
    /// Id, wrapped key and bytes.
    pub(super) encodings: (SegmentId, Vec<u8>, u64),
    /// The same of the content, where there is some.
    pub(super) content: Option<(SegmentId, Vec<u8>, u64)>,
}

/// Puts encodings and content into a segment each, under a key each.
pub(super) fn split(
    unit: &Unit,
    reader: &SegmentReader,
    content_at: Option<u64>,
) -> Result<Stored, IntakeError> {
    let mut begun = Vec::new();
    let stored = write_both(unit, reader, content_at, &mut begun);
    if stored.is_err() {
        // On a full disk what was begun would take the room that another try needs.
        for id in begun {
            let _ = remove(unit.store.segment_path(id));
        }
    }
    stored
}

fn write_both(
    unit: &Unit,
    reader: &SegmentReader,
    content_at: Option<u64>,
    begun: &mut Vec<SegmentId>,
) -> Result<Stored, IntakeError> {
    let all = reader.len_bytes()?;
    let end = content_at.unwrap_or(all);
    let mut write = |kind: SegmentKind, from: u64, to: u64| {
        let key = match kind {
            SegmentKind::Content => &unit.content_key,
            _ => &unit.encodings_key,
        };
        let id = SegmentId::random()?;
        let (data, wrapped) = DataKey::random(key, id, kind)?;
        begun.push(id);
        let mut writer = SegmentWriter::create(&unit.store.segment_path(id), data)?;
        copy(reader, from, to, |bytes| writer.write(bytes))?;
        writer.finish()?;
        Ok::<_, IntakeError>((id, wrapped, to - from))
    };
    let encodings = write(SegmentKind::Encodings, 0, end)?;
    let content = content_at.map(|from| write(SegmentKind::Content, from, all)).transpose()?;
    unit.store.sync_segments()?;
    Ok(Stored { encodings, content })
}

/// SHA-256 over all of an upload.
pub(super) fn digest_of(reader: &SegmentReader) -> Result<[u8; 32], IntakeError> {
    let mut hasher = Sha256::new();
    copy(reader, 0, reader.len_bytes()?, |bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    Ok(hasher.finalize().into())
}

/// Hands on a range of a segment, chunk by chunk.
fn copy(
    reader: &SegmentReader,
    from: u64,
    to: u64,
    mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), IntakeError> {
    let mut buffer = vec![0u8; CHUNK_BYTES];
    let mut place = from;
    while place < to {
        let count = usize::try_from(to - place).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        reader.read_exact_at(&mut buffer[..count], place)?;
        each(&buffer[..count])?;
        place += count as u64;
    }
    Ok(())
}
