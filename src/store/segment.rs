//! Takes bytes, gives a file that says nothing without its key, refuses to read one that was changed, cut or moved.
//!
//! ```text
//! chunks of 65,536 bytes of the plain text, the last one shorter, none empty but that of an empty file
//! each: nonce 12 || AES-256-GCM[data key, nonce, place](chunk) || tag 16
//! place = segment id || kind || chunk number u64 || 1 if last
//! ```
//! A data key is random, for one segment, and stands in the records wrapped by the unit's key of that kind; erasing it there
//! erases the segment wherever copies of the file are (crypto-shredding). Nonces are random and not chunk numbers, because an upload that
//! is broken off seals a chunk again, perhaps with other bytes; a key seals fewer than 2^25 chunks.

mod key;
mod walk;

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

use tallystick_wire::ReadAt;
use zeroize::Zeroizing;

use crate::seal::OVERHEAD_BYTES;
pub use key::{DataKey, SegmentKind};
pub use walk::{Damage, Extent, measure, walk};

/// Bytes of plain text in a chunk.
pub const CHUNK_BYTES: usize = 64 << 10;
/// Bytes that sealing adds to a chunk: nonce and tag.
const SEAL_BYTES: usize = OVERHEAD_BYTES;
/// Opened chunks that a reader keeps: columns are read from several places at a time.
const KEPT_CHUNKS: usize = 64;

/// Writes a segment from its first byte to its last.
#[derive(Debug)]
pub struct SegmentWriter {
    file: File,
    key: DataKey,
    chunk: u64,
    pending: Zeroizing<Vec<u8>>,
}

impl SegmentWriter {
    /// Begins a new file, for its owner alone.
    ///
    /// # Errors
    /// That of the system, also if there is such a file.
    pub fn create(path: &Path, key: DataKey) -> io::Result<Self> {
        let pending = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES));
        Ok(Self { file: super::new_private_file(path)?, key, chunk: 0, pending })
    }

    /// Goes on with a file after `bytes` of plain text, whose last chunk is `tail`; whatever the file has
    /// beyond is cut off.
    ///
    /// # Errors
    /// That of the system; [`io::ErrorKind::InvalidData`] if the file is too short or `tail` does not fit.
    pub fn resume(path: &Path, key: DataKey, bytes: u64, tail: &[u8]) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let whole = bytes.checked_sub(tail.len() as u64).ok_or(io::ErrorKind::InvalidData)?;
        let chunk = whole / CHUNK_BYTES as u64;
        let sealed = chunk * (CHUNK_BYTES + SEAL_BYTES) as u64;
        let fits = whole.is_multiple_of(CHUNK_BYTES as u64) && tail.len() <= CHUNK_BYTES;
        if !fits || file.metadata()?.len() < sealed {
            return Err(io::ErrorKind::InvalidData.into());
        }
        file.set_len(sealed)?;
        file.seek(SeekFrom::Start(sealed))?;
        let mut pending = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES));
        pending.extend_from_slice(tail);
        Ok(Self { file, key, chunk, pending })
    }

    /// Takes more of the plain text.
    ///
    /// # Errors
    /// That of the system.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.pending.len() == CHUNK_BYTES {
                self.flush_chunk(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Makes what was written durable up to the last chunk but one; gives the last, full or not, to be kept elsewhere:
    /// only what comes next says whether it is sealed as the last.
    ///
    /// # Errors
    /// That of the system.
    pub fn pause(mut self) -> io::Result<Zeroizing<Vec<u8>>> {
        self.file.sync_all()?;
        Ok(std::mem::take(&mut self.pending))
    }

    /// Writes the last chunk and makes all durable.
    ///
    /// # Errors
    /// That of the system.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush_chunk(true)?;
        self.file.sync_all()
    }

    fn flush_chunk(&mut self, is_last: bool) -> io::Result<()> {
        let sealed = self.key.seal(self.chunk, is_last, &self.pending).map_err(io::Error::other)?;
        self.file.write_all(&sealed)?;
        self.pending.clear();
        self.chunk += 1;
        Ok(())
    }
}

/// Reads a finished segment from any place, by several threads.
#[derive(Debug)]
pub struct SegmentReader {
    file: File,
    key: DataKey,
    bytes: u64,
    kept: Mutex<Vec<(u64, Zeroizing<Vec<u8>>)>>,
}

impl SegmentReader {
    /// Opens a file with `bytes` of plain text, as the records say.
    ///
    /// # Errors
    /// That of the system; [`io::ErrorKind::InvalidData`] if the file has not the length for it.
    pub fn open(path: &Path, key: DataKey, bytes: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        let chunks = chunk_count(bytes);
        if file.metadata()?.len() != bytes + chunks * SEAL_BYTES as u64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Self { file, key, bytes, kept: Mutex::new(Vec::new()) })
    }

    fn with_chunk<T>(&self, chunk: u64, take: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, text)) = kept.iter().find(|(number, _)| *number == chunk) {
            return Ok(take(text));
        }
        drop(kept);
        let start = chunk * CHUNK_BYTES as u64;
        let rest = usize::try_from(self.bytes - start).unwrap_or(CHUNK_BYTES);
        let length = rest.min(CHUNK_BYTES) + SEAL_BYTES;
        let mut sealed = vec![0u8; length];
        self.file.read_exact_at(&mut sealed, chunk * (CHUNK_BYTES + SEAL_BYTES) as u64)?;
        let is_last = chunk + 1 == chunk_count(self.bytes);
        let text = self.key.open(chunk, is_last, &sealed).ok_or(io::ErrorKind::InvalidData)?;
        let result = take(&text);
        kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() == KEPT_CHUNKS {
            kept.remove(0);
        }
        kept.push((chunk, text));
        Ok(result)
    }
}

/// Even an empty file has a chunk, so that its emptiness is sealed.
const fn chunk_count(bytes: u64) -> u64 {
    let chunks = bytes.div_ceil(CHUNK_BYTES as u64);
    if chunks == 0 { 1 } else { chunks }
}

impl ReadAt for SegmentReader {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.bytes)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > self.bytes) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut filled = 0;
        while filled < buffer.len() {
            let place = offset + filled as u64;
            let chunk = place / CHUNK_BYTES as u64;
            let from = usize::try_from(place % CHUNK_BYTES as u64).expect("below a chunk's bytes");
            let rest = &mut buffer[filled..];
            filled += self.with_chunk(chunk, |text| {
                let count = rest.len().min(text.len() - from);
                rest[..count].copy_from_slice(&text[from..from + count]);
                count
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::SegmentId;
    use crate::seal::SealKey;

    fn key(unit: &SealKey, id: SegmentId) -> (DataKey, Vec<u8>) {
        DataKey::random(unit, id, SegmentKind::Encodings).unwrap()
    }

    fn text(bytes: usize) -> Vec<u8> {
        (0..=250u8).cycle().take(bytes).collect()
    }

    /// A chunk that is sealed again after a break must not share a key stream with what it was before.
    #[test]
    fn a_chunk_that_is_sealed_twice_has_two_nonces() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("segment");
        let (unit, id) = (SealKey::new(&[3; 32]), SegmentId::random().unwrap());
        let (data, wrapped) = key(&unit, id);
        let mut writer = SegmentWriter::create(&path, data).unwrap();
        writer.write(&vec![0x55; 2 * CHUNK_BYTES]).unwrap();
        drop(writer.pause().unwrap());
        let first = std::fs::read(&path).unwrap();
        let again = DataKey::unwrap(&unit, id, SegmentKind::Encodings, &wrapped).unwrap();
        let mut writer = SegmentWriter::resume(&path, again, 0, &[]).unwrap();
        writer.write(&vec![0xAA; 2 * CHUNK_BYTES]).unwrap();
        drop(writer.pause().unwrap());
        let second = std::fs::read(&path).unwrap();
        assert_eq!(first.len(), second.len());
        let complement = |(a, b): (&u8, &u8)| a ^ b == 0xFF;
        let shared = first.iter().zip(&second).filter(|pair| complement(*pair)).count();
        assert!(shared < first.len() / 64, "{shared} bytes were sealed with one key stream");
    }

    #[test]
    fn every_change_to_a_file_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("segment");
        let (unit, id) = (SealKey::new(&[3; 32]), SegmentId::random().unwrap());
        let (data, wrapped) = key(&unit, id);
        let text = text(CHUNK_BYTES + 100);
        let mut writer = SegmentWriter::create(&path, data).unwrap();
        writer.write(&text).unwrap();
        writer.finish().unwrap();
        let sealed = std::fs::read(&path).unwrap();
        let open = |bytes| {
            let key = DataKey::unwrap(&unit, id, SegmentKind::Encodings, &wrapped).unwrap();
            let reader = SegmentReader::open(&path, key, bytes)?;
            let mut all = vec![0; usize::try_from(bytes).unwrap()];
            reader.read_exact_at(&mut all, 0).map(|()| all)
        };
        assert_eq!(open(text.len() as u64).unwrap(), text);
        for place in (0..sealed.len()).step_by(997).chain([CHUNK_BYTES + SEAL_BYTES - 1]) {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(open(text.len() as u64).is_err(), "byte {place}");
        }
        // Cut after the first chunk, with a length that fits: the first is not sealed as the last.
        std::fs::write(&path, &sealed[..CHUNK_BYTES + SEAL_BYTES]).unwrap();
        assert!(open(CHUNK_BYTES as u64).is_err());
        let other = SegmentId::random().unwrap();
        assert!(DataKey::unwrap(&unit, other, SegmentKind::Encodings, &wrapped).is_none());
        assert!(DataKey::unwrap(&unit, id, SegmentKind::Content, &wrapped).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// However a text is cut into writes and pauses, it is read back from any place.
        #[test]
        fn pauses_do_not_show(
            bytes in prop_oneof![0usize..200, 65_500usize..65_600, Just(65_536), 131_000usize..131_200],
            cuts in proptest::collection::vec(prop_oneof![0usize..140_000, Just(65_536)], 0..5),
            from in 0usize..140_000,
        ) {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("segment");
            let (unit, id) = (SealKey::new(&[3; 32]), SegmentId::random().unwrap());
            let (data, wrapped) = key(&unit, id);
            let again = || DataKey::unwrap(&unit, id, SegmentKind::Encodings, &wrapped).unwrap();
            let text = text(bytes);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes)).collect();
            cuts.sort_unstable();
            let mut writer = SegmentWriter::create(&path, data).unwrap();
            let mut start = 0;
            for cut in cuts {
                writer.write(&text[start..cut]).unwrap();
                let tail = writer.pause().unwrap();
                writer = SegmentWriter::resume(&path, again(), cut as u64, &tail).unwrap();
                start = cut;
            }
            writer.write(&text[start..]).unwrap();
            writer.finish().unwrap();
            let reader = SegmentReader::open(&path, again(), bytes as u64).unwrap();
            let from = from.min(bytes);
            let mut rest = vec![0; bytes - from];
            reader.read_exact_at(&mut rest, from as u64).unwrap();
            prop_assert_eq!(&rest[..], &text[from..]);
            prop_assert!(reader.read_exact_at(&mut [0], bytes as u64).is_err());
        }
    }
}
