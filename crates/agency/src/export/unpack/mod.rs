//! Takes a file or a stream, gives the text, workbook or Parquet that is in it, refuses what is cut off,
//! encrypted, packed twice or blows up.
//!
//! What a file is is told by its first bytes, never by its name. Nothing is unpacked to the disk.

mod archive;

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use zeroize::{Zeroize, Zeroizing};

use super::ReadLimits;
use super::error::ExportError;
use super::file_error::FileError;
use super::source::{Packed, Source};
use crate::files::{Files, InputFile, Opened};
use archive::Contents;
pub(super) use archive::Member;

const MAGIC_BYTES: usize = 8;

/// What kind of workbook, which the library wants to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BookKind {
    Xlsx,
    Xlsb,
    /// Or an encrypted one of the others.
    Xls,
    Ods,
}

/// A workbook's bytes, on the disk or in memory.
pub(super) trait Book: Read + Seek + Send {}

impl<T: Read + Seek + Send> Book for T {}

/// The bytes of a member of an archive, overwritten when dropped.
pub(super) struct Held(pub(super) Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What is in a file.
#[cfg_attr(
    not(all(feature = "parquet", feature = "workbook")),
    expect(dead_code, reason = "what is not built in is refused unseen")
)]
pub(super) enum Inside {
    Text(Source),
    Workbook {
        kind: BookKind,
        book: Box<dyn Book>,
        bytes: u64,
    },
    Parquet(ParquetBytes),
    /// Members of an archive, each to be opened by [`open_member`].
    Archive(Vec<Member>),
}

/// A Parquet file's bytes, on the disk or in memory.
#[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "refused unseen"))]
pub(super) enum ParquetBytes {
    File(Box<dyn InputFile>),
    Held(Held),
}

enum Magic {
    Gzip,
    Zip,
    Ole,
    Parquet,
    Other,
}

impl Magic {
    fn of(start: &[u8]) -> Self {
        match start {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] => Self::Ole,
            // Behind its mark stands a structure whose first field is a number; no text goes on so.
            [b'P', b'A', b'R', b'1', 0x15, ..] => Self::Parquet,
            _ => Self::Other,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Gzip => "gzip file",
            Self::Zip => "zip archive or workbook",
            Self::Ole => "workbook",
            Self::Parquet => "Parquet file",
            Self::Other => "text",
        }
    }
}

/// What is in a stream: text, perhaps gzipped.
pub(super) fn open_stream(
    mut reader: Box<dyn Read + Send>,
    limits: &ReadLimits,
) -> Result<Source, ExportError> {
    let (start, len) = peek(&mut reader)?;
    let magic = Magic::of(&start[..len]);
    let reader = Box::new(Peeked { start, at: 0, len, reader });
    match magic {
        Magic::Other => Ok(Source::new(reader, limits.bytes_max)),
        Magic::Gzip => open_gzip(reader, limits),
        magic => Err(FileError::NeedsFile { what: magic.word() }.into()),
    }
}

fn open_gzip(reader: Box<dyn Read + Send>, limits: &ReadLimits) -> Result<Source, ExportError> {
    let what = "gzip file";
    let stored = Arc::new(AtomicU64::new(0));
    let counted = Counted { reader, count: Arc::clone(&stored) };
    let mut unpacked: Box<dyn Read + Send> = Box::new(MultiGzDecoder::new(counted));
    let (start, len) = peek(&mut unpacked).map_err(|error| match error {
        ExportError::Io {
            kind: ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof,
            ..
        } => FileError::Damaged { what }.into(),
        other => other,
    })?;
    let magic = Magic::of(&start[..len]);
    if !matches!(magic, Magic::Other) {
        return Err(FileError::Nested { outer: what, inner: magic.word() }.into());
    }
    let reader = Box::new(Peeked { start, at: 0, len, reader: unpacked });
    Ok(Source::new(reader, limits.bytes_max).packed(packed(what, stored, limits)))
}

fn packed(what: &'static str, stored: Arc<AtomicU64>, limits: &ReadLimits) -> Packed {
    let bytes_max = limits.unpacked_bytes_max;
    Packed { what, stored, bytes_max, ratio_max: limits.unpack_ratio_max.max(1) }
}

/// What is in a file.
pub(super) fn open_file(
    keeper: &dyn Files,
    path: &Path,
    limits: &ReadLimits,
) -> Result<Inside, ExportError> {
    let io = |error: std::io::Error| ExportError::Io { offset: 0, kind: error.kind() };
    let mut file = match keeper.open(path).map_err(io)? {
        Opened::File(file) => file,
        Opened::Stream(reader) => return open_stream(reader, limits).map(Inside::Text),
    };
    let bytes = file.len_bytes().map_err(io)?;
    if bytes > limits.bytes_max {
        return Err(ExportError::TooLarge { limit: "bytes_max", max: limits.bytes_max });
    }
    let (start, len) = peek(&mut file)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    match Magic::of(&start[..len]) {
        Magic::Other | Magic::Gzip => open_stream(Box::new(file), limits).map(Inside::Text),
        Magic::Parquet => Ok(Inside::Parquet(ParquetBytes::File(file))),
        Magic::Ole => {
            if bytes > limits.workbook_bytes_max {
                return Err(workbook_too_large(limits));
            }
            let book = Box::new(std::io::BufReader::new(file));
            Ok(Inside::Workbook { kind: BookKind::Xls, book, bytes })
        }
        Magic::Zip => match archive::look(&mut file, limits)? {
            Contents::Workbook(kind) => {
                file.seek(SeekFrom::Start(0)).map_err(io)?;
                let book = Box::new(std::io::BufReader::new(file));
                Ok(Inside::Workbook { kind, book, bytes })
            }
            Contents::Members(members) => Ok(Inside::Archive(members)),
        },
    }
}

/// What is in a member of an archive; a text is unpacked as it is read, others into memory.
pub(super) fn open_member(
    keeper: &dyn Files,
    path: &Path,
    member: &Member,
    limits: &ReadLimits,
) -> Result<Inside, ExportError> {
    let open = |stored: &Arc<AtomicU64>| member.open(keeper, path, Arc::clone(stored));
    let stored = Arc::new(AtomicU64::new(0));
    let source = |stored, reader| {
        Source::new(reader, limits.bytes_max).packed(packed("zip archive", stored, limits))
    };
    let mut start = Zeroizing::new([0; MAGIC_BYTES]);
    let len = {
        let mut source = source(Arc::clone(&stored), open(&stored)?);
        let mut len = 0;
        while len < MAGIC_BYTES {
            match source.read(&mut start[len..])? {
                0 => break,
                count => len += count,
            }
        }
        len
    };
    stored.store(0, Ordering::Relaxed);
    let outer = "zip archive";
    match Magic::of(&start[..len]) {
        Magic::Other => Ok(Inside::Text(source(Arc::clone(&stored), open(&stored)?))),
        Magic::Gzip => Err(FileError::Nested { outer, inner: "gzip file" }.into()),
        magic => {
            let bytes = hold(source(Arc::clone(&stored), open(&stored)?), limits)?;
            if matches!(magic, Magic::Parquet) {
                return Ok(Inside::Parquet(ParquetBytes::Held(bytes)));
            }
            let kind = match magic {
                Magic::Ole => BookKind::Xls,
                _ => match archive::look(&mut std::io::Cursor::new(bytes.as_ref()), limits)? {
                    Contents::Workbook(kind) => kind,
                    Contents::Members(_) => {
                        return Err(FileError::Nested { outer, inner: "zip archive" }.into());
                    }
                },
            };
            let book = Box::new(std::io::Cursor::new(bytes));
            Ok(Inside::Workbook { kind, book, bytes: member.packed_bytes() })
        }
    }
}

fn hold(mut source: Source, limits: &ReadLimits) -> Result<Held, ExportError> {
    let mut bytes = Zeroizing::new(vec![0; 1 << 20]);
    let mut len = 0;
    loop {
        if len == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; len * 2]);
            larger[..len].copy_from_slice(&bytes);
            bytes = larger;
        }
        match source.read(&mut bytes[len..])? {
            0 => break,
            count => len += count,
        }
        if len as u64 > limits.workbook_bytes_max {
            return Err(workbook_too_large(limits));
        }
    }
    bytes.truncate(len);
    Ok(Held(bytes))
}

pub(super) fn workbook_too_large(limits: &ReadLimits) -> ExportError {
    ExportError::TooLarge { limit: "workbook_bytes_max", max: limits.workbook_bytes_max }
}

/// The first bytes of a reader, and how many there are.
fn peek(reader: &mut impl Read) -> Result<([u8; MAGIC_BYTES], usize), ExportError> {
    let (mut start, mut len) = ([0; MAGIC_BYTES], 0);
    while len < MAGIC_BYTES {
        match reader.read(&mut start[len..]) {
            Ok(0) => break,
            Ok(count) => len += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(ExportError::Io { offset: len as u64, kind: error.kind() });
            }
        }
    }
    Ok((start, len))
}

/// A reader whose first bytes have been looked at.
struct Peeked {
    start: [u8; MAGIC_BYTES],
    at: usize,
    len: usize,
    reader: Box<dyn Read + Send>,
}

impl Read for Peeked {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.len {
            return self.reader.read(out);
        }
        let count = out.len().min(self.len - self.at);
        out[..count].copy_from_slice(&self.start[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Drop for Peeked {
    fn drop(&mut self) {
        self.start.zeroize();
    }
}

/// Counts what is read.
struct Counted<R> {
    reader: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(out)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
