//! Takes a zip file, gives its members or says which workbook it is, refuses encrypted members and
//! methods other than deflate.
//!
//! The `zip` crate reads the directory; members are inflated here, so that a reader of one owns its
//! file and nothing is borrowed from the archive.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Take};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::super::guard::guard;
use super::{BookKind, Counted, ExportError, FileError, ReadLimits, workbook_too_large};
use crate::files::{Files, Opened};

const WHAT: &str = "zip archive";
const BUFFER_BYTES: usize = 64 << 10;

/// What a zip file is.
pub(super) enum Contents {
    Workbook(BookKind),
    /// Of an archive, by name.
    Members(Vec<Member>),
}

/// A file in an archive.
#[derive(Clone, Debug)]
pub(in super::super) struct Member {
    pub(in super::super) name: String,
    start: u64,
    packed_bytes: u64,
    bytes: u64,
    deflated: bool,
    crc: u32,
}

/// Reads the directory.
pub(super) fn look(
    reader: &mut (impl Read + Seek),
    limits: &ReadLimits,
) -> Result<Contents, ExportError> {
    guard(WHAT, || directory(reader, limits))
}

fn directory(
    reader: &mut (impl Read + Seek),
    limits: &ReadLimits,
) -> Result<Contents, ExportError> {
    let damaged = |_| ExportError::from(FileError::Damaged { what: WHAT });
    let mut archive = ZipArchive::new(&mut *reader).map_err(damaged)?;
    let has = |archive: &ZipArchive<_>, name| archive.index_for_name(name).is_some();
    let kind = if has(&archive, "xl/workbook.bin") {
        Some(BookKind::Xlsb)
    } else if has(&archive, "xl/workbook.xml") {
        Some(BookKind::Xlsx)
    } else if has(&archive, "content.xml") && has(&archive, "META-INF/manifest.xml") {
        Some(BookKind::Ods)
    } else {
        None
    };
    let files_max = usize::try_from(limits.files_max).unwrap_or(usize::MAX);
    if kind.is_none() && archive.len() > files_max.saturating_mul(2) {
        return Err(too_many(limits));
    }
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        let name = file.name().map_err(damaged)?.into_owned();
        let of_a_finder = name.starts_with("__MACOSX/") || name.ends_with(".DS_Store");
        if file.is_dir() || (of_a_finder && kind.is_none()) {
            continue;
        }
        if file.encrypted() {
            return Err(FileError::Encrypted { what: WHAT }.into());
        }
        let deflated = match file.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                let method = other.to_string();
                return Err(FileError::Method { what: WHAT, method }.into());
            }
        };
        let start = file.data_start().ok_or(FileError::Damaged { what: WHAT })?;
        let (packed_bytes, bytes, crc) = (file.compressed_size(), file.size(), file.crc32());
        members.push(Member { name, start, packed_bytes, bytes, deflated, crc });
    }
    drop(archive);
    if let Some(kind) = kind {
        measure(reader, &members, limits)?;
        return Ok(Contents::Workbook(kind));
    }
    if members.len() > files_max {
        return Err(too_many(limits));
    }
    if members.is_empty() {
        return Err(FileError::ArchiveEmpty.into());
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Contents::Members(members))
}

fn too_many(limits: &ReadLimits) -> ExportError {
    ExportError::TooLarge { limit: "files_max", max: limits.files_max.into() }
}

/// Unpacks every part of a workbook and throws it away: the library would hold as much as comes, and
/// the sizes that the directory names prove nothing.
fn measure(
    reader: &mut (impl Read + Seek),
    members: &[Member],
    limits: &ReadLimits,
) -> Result<(), ExportError> {
    let damaged = |_| ExportError::from(FileError::Damaged { what: "workbook" });
    let mut total = 0u64;
    for member in members {
        reader.seek(SeekFrom::Start(member.start)).map_err(damaged)?;
        let packed = (&mut *reader).take(member.packed_bytes);
        let mut unpacked = Unpacked::new(packed, member);
        let mut buffer = zeroize::Zeroizing::new(vec![0; BUFFER_BYTES]);
        loop {
            match unpacked.read(&mut buffer).map_err(damaged)? {
                0 => break,
                count => total += count as u64,
            }
            if total > limits.workbook_bytes_max {
                return Err(workbook_too_large(limits));
            }
        }
    }
    Ok(())
}

impl Member {
    pub(super) fn packed_bytes(&self) -> u64 {
        self.packed_bytes
    }

    /// Its content, checked at its end. `stored` counts the bytes taken from the archive.
    pub(super) fn open(
        &self,
        keeper: &dyn Files,
        path: &Path,
        stored: Arc<AtomicU64>,
    ) -> Result<Box<dyn Read + Send>, ExportError> {
        let io = |error: io::Error| ExportError::Io { offset: self.start, kind: error.kind() };
        let Opened::File(mut file) = keeper.open(path).map_err(io)? else {
            return Err(FileError::NeedsFile { what: WHAT }.into());
        };
        file.seek(SeekFrom::Start(self.start)).map_err(io)?;
        let packed = Counted { reader: file, count: stored }.take(self.packed_bytes);
        Ok(Box::new(Unpacked::new(packed, self)))
    }
}

/// Inflates a member and checks its length and its sum.
struct Unpacked<R: Read> {
    reader: Inflated<R>,
    crc: Crc,
    bytes: u64,
    crc_wanted: u32,
    bytes_wanted: u64,
}

enum Inflated<R: Read> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

impl<R: Read> Unpacked<R> {
    fn new(packed: Take<R>, member: &Member) -> Self {
        let reader = if member.deflated {
            Inflated::Deflated(DeflateDecoder::new(packed))
        } else {
            Inflated::Stored(packed)
        };
        let (crc_wanted, bytes_wanted) = (member.crc, member.bytes);
        Self { reader, crc: Crc::new(), bytes: 0, crc_wanted, bytes_wanted }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.reader {
            Inflated::Stored(reader) => reader.read(out)?,
            Inflated::Deflated(reader) => reader.read(out)?,
        };
        self.crc.update(&out[..count]);
        self.bytes += count as u64;
        let whole = self.bytes == self.bytes_wanted && self.crc.sum() == self.crc_wanted;
        if count == 0 && !whole {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(count)
    }
}
