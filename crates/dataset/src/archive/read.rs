//! Archives in: nothing but the form that [`super::write`] gives.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use flate2::bufread::DeflateDecoder;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use tallystick_wire::ReadAt;

use super::form::{
    END_64_BYTES, END_64_SIGNATURE, END_BYTES, END_SIGNATURE, ENTRY_BYTES, ENTRY_SIGNATURE, Entry,
    LOCATOR_64_BYTES, MEMBERS_MAX, Method, NAME_BYTES_MAX, ZIP64, directory, header, is_large,
    name_is_plain,
};

const BUFFER_BYTES: usize = 1 << 16;

/// Where an archive is not of the one form.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveFault {
    /// The directory at the end cannot be read or is not what its members make it.
    #[error("the archive's directory is damaged or has another form")]
    Directory,
    /// The header before a member is not what the directory makes it.
    #[error("the header of {0} is damaged or has another form")]
    Header(String),
    /// The disk fails.
    #[error("the archive cannot be read")]
    Io(#[from] io::Error),
}

/// Where an archive's bytes are: a file, or a sealed one that is opened piece by piece.
#[derive(Clone)]
pub(crate) struct Place(Arc<dyn ReadAt>);

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place")
    }
}

/// An archive whose headers and directory are as they must be.
#[derive(Debug)]
pub(crate) struct Archive {
    file: Place,
    entries: Vec<Entry>,
}

impl Archive {
    /// Opens an archive, computes every byte of it that is not a member's, and compares.
    pub(crate) fn open(path: &Path) -> Result<Self, ArchiveFault> {
        Self::over(Arc::new(File::open(path)?))
    }

    /// The same for bytes that are somewhere else.
    pub(crate) fn over(bytes: Arc<dyn ReadAt>) -> Result<Self, ArchiveFault> {
        let (file, len) = (Place(Arc::clone(&bytes)), bytes.len_bytes()?);
        let (start, entries) = read_directory(&file, len)?;
        if entries.last().map_or(0, Entry::end) != start {
            return Err(ArchiveFault::Directory);
        }
        let expected = directory(&entries, start);
        let found_bytes = len.checked_sub(start).and_then(|bytes| usize::try_from(bytes).ok());
        if found_bytes != Some(expected.len()) || read(&file, start, expected.len())? != expected {
            return Err(ArchiveFault::Directory);
        }
        for entry in &entries {
            let expected = header(entry);
            if read(&file, entry.offset, expected.len())? != expected {
                return Err(ArchiveFault::Header(entry.name.clone()));
            }
        }
        Ok(Self { file, entries })
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The member with a name.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// A member's bytes as they lie in the archive.
    pub(crate) fn packed(&self, entry: &Entry) -> Window<'_> {
        Window { file: &self.file, at: entry.data_offset(), end: entry.end() }
    }

    /// A member's content.
    pub(crate) fn content(&self, entry: &Entry) -> Box<dyn Read + '_> {
        let packed = BufReader::with_capacity(BUFFER_BYTES, self.packed(entry));
        match entry.method {
            Method::Stored => Box::new(packed),
            Method::Deflated => Box::new(DeflateDecoder::new(packed)),
        }
    }

    /// A stored member, to be read from anywhere.
    pub(crate) fn stored(&self, entry: &Entry) -> Stored {
        let file = self.file.clone();
        Stored { file, start: entry.data_offset(), bytes: entry.packed_bytes }
    }
}

fn read(file: &Place, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; bytes];
    file.0.read_exact_at(&mut buffer, offset)?;
    Ok(buffer)
}

/// Finds the directory from the last bytes; whether it is of the one form is seen afterwards.
fn read_directory(file: &Place, len: u64) -> Result<(u64, Vec<Entry>), ArchiveFault> {
    let fault = || ArchiveFault::Directory;
    let tail_bytes = END_BYTES + LOCATOR_64_BYTES + END_64_BYTES;
    let tail_bytes = usize::try_from(len).unwrap_or(tail_bytes).min(tail_bytes);
    let tail = read(file, len - as_u64(tail_bytes), tail_bytes)?;
    let end = tail.len().checked_sub(END_BYTES).ok_or_else(fault)?;
    let mut end = Numbers(&tail[end..]);
    if end.u32() != Some(END_SIGNATURE) {
        return Err(fault());
    }
    let end = end.skip(4).ok_or_else(fault)?;
    let (_, count) = (end.u16().ok_or_else(fault)?, end.u16().ok_or_else(fault)?);
    let (bytes, start) = (end.u32().ok_or_else(fault)?, end.u32().ok_or_else(fault)?);
    let (mut bytes, mut start) = (u64::from(bytes), u64::from(start));
    if is_large(bytes) || is_large(start) {
        let mut full = Numbers(tail.get(..END_64_BYTES).ok_or_else(fault)?);
        if full.u32() != Some(END_64_SIGNATURE) {
            return Err(fault());
        }
        let full = full.skip(36).ok_or_else(fault)?;
        (bytes, start) = (full.u64().ok_or_else(fault)?, full.u64().ok_or_else(fault)?);
    }
    let bytes_max = MEMBERS_MAX * (ENTRY_BYTES + NAME_BYTES_MAX + 28);
    let bytes =
        usize::try_from(bytes).ok().filter(|bytes| *bytes <= bytes_max).ok_or_else(fault)?;
    if start.checked_add(as_u64(bytes)).is_none_or(|end| end > len) {
        return Err(fault());
    }
    let directory = read(file, start, bytes)?;
    let mut numbers = Numbers(&directory);
    let entries: Option<Vec<Entry>> = (0..count).map(|_| read_entry(&mut numbers)).collect();
    let entries = entries.filter(|_| numbers.0.is_empty()).ok_or_else(fault)?;
    let mut at = 0;
    for entry in &entries {
        if entry.offset != at || entry.end() > start {
            return Err(fault());
        }
        at = entry.end();
    }
    Ok((start, entries))
}

/// One entry. What is not kept is compared with what it must be later, as bytes.
fn read_entry(numbers: &mut Numbers<'_>) -> Option<Entry> {
    if numbers.u32()? != ENTRY_SIGNATURE {
        return None;
    }
    let method = match numbers.skip(6)?.u16()? {
        0 => Method::Stored,
        8 => Method::Deflated,
        _ => return None,
    };
    let crc32 = numbers.skip(4)?.u32()?;
    let (mut packed_bytes, mut bytes) = (numbers.u32()?.into(), numbers.u32()?.into());
    let (name_bytes, extra_bytes) = (numbers.u16()?, numbers.u16()?);
    let mut offset = numbers.skip(10)?.u32()?.into();
    let name = std::str::from_utf8(numbers.take(name_bytes.into())?).ok()?.to_owned();
    let mut extra = Numbers(numbers.take(extra_bytes.into())?);
    if extra_bytes > 0 && extra.u16()? == ZIP64 {
        let full = extra.skip(2)?;
        for value in [&mut bytes, &mut packed_bytes, &mut offset] {
            if is_large(*value) {
                *value = full.u64()?;
            }
        }
    }
    let entry = Entry { name, method, crc32, bytes, packed_bytes, offset };
    name_is_plain(&entry.name).then_some(entry)
}

/// A part of a file, from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Window<'a> {
    file: &'a Place,
    at: u64,
    end: u64,
}

impl Read for Window<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        self.file.0.read_exact_at(&mut buffer[..count], self.at)?;
        self.at += as_u64(count);
        Ok(count)
    }
}

/// A stored member as the Parquet reader wants it.
#[derive(Debug)]
pub(crate) struct Stored {
    file: Place,
    start: u64,
    bytes: u64,
}

impl Length for Stored {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Stored {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let file = self.file.clone();
        let (at, end) = (self.start + start.min(self.bytes), self.start + self.bytes);
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, OwnedWindow { file, at, end })))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        if start.checked_add(as_u64(length)).is_none_or(|end| end > self.bytes) {
            return Err(ParquetError::EOF("the file ends before its content".to_owned()));
        }
        Ok(Bytes::from(read(&self.file, self.start + start, length)?))
    }
}

#[derive(Debug)]
struct OwnedWindow {
    file: Place,
    at: u64,
    end: u64,
}

impl Read for OwnedWindow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut window = Window { file: &self.file, at: self.at, end: self.end };
        let count = window.read(buffer)?;
        self.at = window.at;
        Ok(count)
    }
}

/// Little-endian numbers, one after the other.
struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn skip(&mut self, bytes: usize) -> Option<&mut Self> {
        self.take(bytes).map(|_| self)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).expect("addresses have at most 64 bits")
}
