//! Takes a sealed file, gives its plain text once from first to last, refuses at the first chunk that is not what was sealed.
//! For checks and copies; reading for use is [`SegmentReader`](super::SegmentReader)'s.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::{CHUNK_BYTES, DataKey, SEAL_BYTES, chunk_count};

/// How much of a segment there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// All of it: so many bytes of plain text.
    Whole(u64),
    /// An upload on its way: so many whole chunks, none of them the last. The file may have more, which counts for nothing.
    Begun(u64),
}

impl Extent {
    /// An upload of which `bytes` are durable, with the last `tail_bytes` kept elsewhere; `None` if these do not fit.
    #[must_use]
    pub fn begun(bytes: u64, tail_bytes: u64) -> Option<Self> {
        let whole = bytes.checked_sub(tail_bytes)?;
        let fits = whole.is_multiple_of(CHUNK_BYTES as u64) && tail_bytes <= CHUNK_BYTES as u64;
        fits.then_some(Self::Begun(whole / CHUNK_BYTES as u64))
    }

    /// Bytes of the file that count.
    #[must_use]
    pub fn file_bytes(self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes + chunk_count(bytes) * SEAL_BYTES as u64,
            Self::Begun(chunks) => chunks * (CHUNK_BYTES + SEAL_BYTES) as u64,
        }
    }

    const fn chunks(self) -> u64 {
        match self {
            Self::Whole(bytes) => chunk_count(bytes),
            Self::Begun(chunks) => chunks,
        }
    }

    /// Bytes of plain text in a chunk, and whether it is the last.
    fn chunk(self, number: u64) -> (usize, bool) {
        match self {
            Self::Whole(bytes) => {
                let rest = bytes - number * CHUNK_BYTES as u64;
                let count = usize::try_from(rest).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
                (count, number + 1 == chunk_count(bytes))
            }
            Self::Begun(_) => (CHUNK_BYTES, false),
        }
    }
}

/// What is wrong with a sealed file.
#[derive(Debug)]
pub enum Damage {
    /// There is no such file.
    Missing,
    /// It is longer or shorter than the records say.
    Length,
    /// This chunk is not what was sealed.
    Chunk(u64),
    /// The system says no.
    Io(io::Error),
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::UnexpectedEof => Self::Length,
            _ => Self::Io(error),
        }
    }
}

/// Looks at the length alone.
///
/// # Errors
/// [`Damage`].
pub fn measure(path: &Path, extent: Extent) -> Result<(), Damage> {
    let found = std::fs::metadata(path)?.len();
    let fits = match extent {
        Extent::Whole(_) => found == extent.file_bytes(),
        Extent::Begun(_) => found >= extent.file_bytes(),
    };
    if fits { Ok(()) } else { Err(Damage::Length) }
}

/// Opens every chunk in order and hands on its plain text.
///
/// # Errors
/// [`Damage`].
pub fn walk(
    path: &Path,
    key: &DataKey,
    extent: Extent,
    mut each: impl FnMut(&[u8]),
) -> Result<(), Damage> {
    measure(path, extent)?;
    let mut file = File::open(path)?;
    let mut sealed = vec![0u8; CHUNK_BYTES + SEAL_BYTES];
    for number in 0..extent.chunks() {
        let (count, is_last) = extent.chunk(number);
        let sealed = &mut sealed[..count + SEAL_BYTES];
        file.read_exact(sealed)?;
        let text = key.open(number, is_last, sealed).ok_or(Damage::Chunk(number))?;
        each(&text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SegmentId;
    use crate::seal::SealKey;
    use crate::store::segment::{SegmentKind, SegmentWriter};

    #[test]
    fn every_flipped_byte_is_found_in_its_chunk() {
        let directory = tempfile::tempdir().unwrap();
        let (id, unit) = (SegmentId::random().unwrap(), SealKey::new(&[5; 32]));
        let path = directory.path().join(id.to_string());
        let (key, wrapped) = DataKey::random(&unit, id, SegmentKind::Content).unwrap();
        let text: Vec<u8> = (0..=250).cycle().take(CHUNK_BYTES + 1_000).collect();
        let mut writer = SegmentWriter::create(&path, key).unwrap();
        writer.write(&text).unwrap();
        writer.finish().unwrap();
        let key = DataKey::unwrap(&unit, id, SegmentKind::Content, &wrapped).unwrap();
        let extent = Extent::Whole(text.len() as u64);
        let mut found = Vec::new();
        walk(&path, &key, extent, |bytes| found.extend_from_slice(bytes)).unwrap();
        assert_eq!(found, text);
        let good = std::fs::read(&path).unwrap();
        assert_eq!(good.len() as u64, extent.file_bytes());
        for place in [0, 11, 12, CHUNK_BYTES + 27, CHUNK_BYTES + 28, good.len() - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            std::fs::write(&path, bad).unwrap();
            let damage = walk(&path, &key, extent, |_| {}).unwrap_err();
            let expected = u64::from(place >= CHUNK_BYTES + SEAL_BYTES);
            assert!(matches!(damage, Damage::Chunk(chunk) if chunk == expected), "byte {place}");
        }
        std::fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(matches!(walk(&path, &key, extent, |_| {}), Err(Damage::Length)));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(walk(&path, &key, extent, |_| {}), Err(Damage::Missing)));
    }

    #[test]
    fn what_is_on_its_way_counts_by_whole_chunks() {
        let chunk = CHUNK_BYTES as u64;
        assert_eq!(Extent::begun(2 * chunk + 7, 7), Some(Extent::Begun(2)));
        assert_eq!(Extent::begun(2 * chunk, chunk), Some(Extent::Begun(1)));
        assert_eq!(Extent::begun(2 * chunk + 7, 6), None);
        assert_eq!(Extent::begun(5, 6), None);
    }
}
