//! Takes a submission's bytes, gives its columns, refuses everything that is not exactly one.

mod verify;

use core::ops::Range;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::header::{HEADER_BYTES, Header, MAGIC};
use crate::layout::{
    Column, DIGEST_BYTES, ENTRY_BYTES, Layout, PREFIX_BYTES, Section, SectionKind,
};
use crate::levels::{self, LevelCounts};
use crate::rejection::Rejection;
use crate::schema::{Field, PASSES, PassSpec};
use crate::types::{BlockToken, ContinuityToken, Digest, Handle};

/// Bytes that can be read from any place by several threads.
pub trait ReadAt: Send + Sync {
    /// Number of bytes there are.
    fn len_bytes(&self) -> io::Result<u64>;
    /// Fills the buffer from an offset, or fails.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

#[cfg(any(unix, windows))]
impl ReadAt for std::fs::File {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let count = std::os::windows::fs::FileExt::seek_read(self, buffer, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer = &mut buffer[count..];
            offset += count as u64;
        }
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let bytes = start
            .checked_add(buffer.len())
            .and_then(|end| self.get(start..end))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

/// An opened submission: the header and the directory are checked, the sections are not yet.
#[derive(Debug)]
pub struct Submission<R> {
    reader: R,
    header: Header,
    layout: Layout,
    checksums: Vec<Digest>,
    head_digest: Digest,
}

impl<R: ReadAt> Submission<R> {
    /// Reads header and directory. [`Submission::verify`] reads and checks the rest.
    pub fn open(reader: R) -> Result<Self, Rejection> {
        let found = reader.len_bytes()?;
        let sections = read_prefix(&reader, found)?;
        let head_bytes = PREFIX_BYTES + HEADER_BYTES + sections * ENTRY_BYTES;
        let mut head = vec![0u8; head_bytes + DIGEST_BYTES];
        if found < head.len() as u64 {
            return Err(Rejection::Truncated { expected: head.len() as u64, found });
        }
        reader.read_exact_at(&mut head, 0)?;
        let (head, digest) = head.split_at(head_bytes);
        let head_digest = Digest(Sha256::digest(head).into());
        if head_digest.0 != digest {
            return Err(Rejection::HeaderChecksum);
        }
        let header_bytes = head[PREFIX_BYTES..PREFIX_BYTES + HEADER_BYTES]
            .try_into()
            .expect("the slice has the header's width");
        let header = Header::decode(header_bytes)?;
        if head[8..12] != header.version().to_le_bytes() {
            return Err(Rejection::HeaderInvalid { what: "version" });
        }
        let (layout, checksums) = read_directory(&header, &head[PREFIX_BYTES + HEADER_BYTES..])?;
        let expected = layout.file_bytes();
        if found < expected {
            return Err(Rejection::Truncated { expected, found });
        }
        if found > expected {
            return Err(Rejection::Overlong { expected, found });
        }
        Ok(Self { reader, header, layout, checksums, head_digest })
    }

    /// What the submission says about itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where its columns lie.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// SHA-256 over header and directory, which holds the SHA-256 of every section: names the
    /// whole file.
    pub fn digest(&self) -> Digest {
        self.head_digest
    }

    /// Number of records (identities).
    pub fn record_count(&self) -> usize {
        usize::try_from(self.header.records).expect("the header allows at most 2^32 records")
    }

    fn bytes(
        &self,
        kind: SectionKind,
        column: Column,
        rows: Range<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(), Rejection> {
        let range = self
            .layout
            .range(kind, column, rows)
            .ok_or(Rejection::SectionInvalid { section: 0, what: "a column asked for" })?;
        // Every byte is overwritten, so what a used buffer holds need not be cleared.
        out.resize(usize_of(range.end - range.start), 0);
        self.reader.read_exact_at(out, range.start)?;
        Ok(())
    }

    /// Block tokens of a pass, ascending.
    pub fn tokens(&self, pass: &PassSpec) -> Result<Vec<BlockToken>, Rejection> {
        let kind = SectionKind::Pass(pass.number);
        let rows = self.layout.section(kind).map_or(0, |(_, section)| section.rows);
        self.some_tokens(pass, 0..rows)
    }

    /// Block tokens of some rows of a pass.
    pub fn some_tokens(
        &self,
        pass: &PassSpec,
        rows: Range<u64>,
    ) -> Result<Vec<BlockToken>, Rejection> {
        let mut buffer = Vec::new();
        self.bytes(SectionKind::Pass(pass.number), Column::Token, rows, &mut buffer)?;
        Ok(buffer.chunks_exact(16).map(|t| BlockToken(t.try_into().expect("16 bytes"))).collect())
    }

    /// Filters of one field for some rows: `rows * field.words()` words.
    pub fn filters(
        &self,
        kind: SectionKind,
        field: Field,
        rows: Range<u64>,
        out: &mut Vec<u64>,
    ) -> Result<(), Rejection> {
        self.filters_through(kind, field, rows, &mut Vec::new(), out)
    }

    /// [`Submission::filters`] for callers who read often: `buffer` is for bytes on their way.
    pub fn filters_through(
        &self,
        kind: SectionKind,
        field: Field,
        rows: Range<u64>,
        buffer: &mut Vec<u8>,
        out: &mut Vec<u64>,
    ) -> Result<(), Rejection> {
        self.bytes(kind, Column::Filter(field), rows, buffer)?;
        out.clear();
        let (words, _) = buffer.as_chunks();
        out.extend(words.iter().map(|word| u64::from_le_bytes(*word)));
        Ok(())
    }

    /// Presence words for some rows.
    pub fn presence(
        &self,
        kind: SectionKind,
        rows: Range<u64>,
        out: &mut Vec<u32>,
    ) -> Result<(), Rejection> {
        let mut buffer = Vec::new();
        self.bytes(kind, Column::Presence, rows, &mut buffer)?;
        out.clear();
        out.extend(u32s(&buffer));
        Ok(())
    }

    /// The record of each row of a pass.
    pub fn pass_records(&self, pass: u8) -> Result<Vec<u32>, Rejection> {
        let rows =
            self.layout.section(SectionKind::Pass(pass)).map_or(0, |(_, section)| section.rows);
        self.some_pass_records(pass, 0..rows)
    }

    /// The record of some rows of a pass.
    pub fn some_pass_records(&self, pass: u8, rows: Range<u64>) -> Result<Vec<u32>, Rejection> {
        let mut buffer = Vec::new();
        self.bytes(SectionKind::Assembler, Column::Record(pass), rows, &mut buffer)?;
        Ok(u32s(&buffer).collect())
    }

    /// Handles of all records, ascending.
    pub fn handles(&self) -> Result<Vec<Handle>, Rejection> {
        let mut buffer = Vec::new();
        self.bytes(SectionKind::Assembler, Column::Handle, 0..self.header.records, &mut buffer)?;
        Ok(buffer.chunks_exact(16).map(|h| Handle(h.try_into().expect("16 bytes"))).collect())
    }

    /// Continuity tokens of all records; zero where the agency has no person number.
    pub fn continuity_tokens(&self) -> Result<Vec<ContinuityToken>, Rejection> {
        let mut buffer = Vec::new();
        let rows = 0..self.header.records;
        self.bytes(SectionKind::Assembler, Column::Continuity, rows, &mut buffer)?;
        let tokens = buffer.chunks_exact(16);
        Ok(tokens.map(|t| ContinuityToken(t.try_into().expect("16 bytes"))).collect())
    }

    /// Export rows of each record.
    pub fn row_counts(&self) -> Result<Vec<u32>, Rejection> {
        let mut buffer = Vec::new();
        self.bytes(SectionKind::Assembler, Column::RowCount, 0..self.header.records, &mut buffer)?;
        Ok(u32s(&buffer).collect())
    }

    /// The agency's level counts over random pairs.
    pub fn levels(&self) -> Result<LevelCounts, Rejection> {
        let (_, section) = self
            .layout
            .section(SectionKind::Levels)
            .ok_or(Rejection::SectionInvalid { section: 0, what: "the levels section" })?;
        let mut buffer = vec![0u8; 8 + 4 * levels::CELLS];
        self.reader.read_exact_at(&mut buffer, section.offset)?;
        let (pairs, cells) = buffer.split_at(8);
        Ok(LevelCounts {
            pairs: u64::from_le_bytes(pairs.try_into().expect("8 bytes")),
            cells: u32s(cells).collect(),
        })
    }

    /// The sealed content, if there is any.
    pub fn content(&self) -> Option<impl Read + '_> {
        let (_, section) = self.layout.section(SectionKind::Content)?;
        Some(SectionReader {
            reader: &self.reader,
            at: section.offset,
            end: section.offset + section.bytes,
        })
    }
}

fn read_prefix(reader: &impl ReadAt, found: u64) -> Result<usize, Rejection> {
    let mut prefix = [0u8; PREFIX_BYTES];
    if found < MAGIC.len() as u64 {
        return Err(Rejection::NotASubmission);
    }
    let known = prefix.len().min(usize_of(found));
    reader.read_exact_at(&mut prefix[..known], 0)?;
    if prefix[..8] != MAGIC {
        return Err(Rejection::NotASubmission);
    }
    if known < PREFIX_BYTES {
        return Err(Rejection::Truncated { expected: PREFIX_BYTES as u64, found });
    }
    let number = |at: usize| u32::from_le_bytes(prefix[at..at + 4].try_into().expect("4 bytes"));
    let version = number(8);
    if version > crate::header::FORMAT_VERSION {
        return Err(Rejection::NewerVersion {
            found: version,
            known: crate::header::FORMAT_VERSION,
        });
    }
    if version == 0 || number(12) as usize != HEADER_BYTES || number(20) != 0 {
        return Err(Rejection::HeaderInvalid { what: "prefix" });
    }
    let sections = number(16) as usize;
    if !(2..=PASSES.len() + 4).contains(&sections) {
        return Err(Rejection::HeaderInvalid { what: "number of sections" });
    }
    Ok(sections)
}

/// The directory must be the one that this version's layout gives for the same rows.
fn read_directory(header: &Header, bytes: &[u8]) -> Result<(Layout, Vec<Digest>), Rejection> {
    let mut pass_rows: Vec<(u8, u64)> = Vec::new();
    let mut content_bytes = None;
    let mut checksums = Vec::new();
    for (section, entry) in bytes.chunks_exact(ENTRY_BYTES).enumerate() {
        let rows = u64::from_le_bytes(entry[8..16].try_into().expect("8 bytes"));
        if rows > header.records.max(1) * 16 && entry[0] != 5 {
            return Err(Rejection::SectionInvalid { section, what: "the number of rows" });
        }
        match entry[0] {
            1 if pass_is_possible(header, entry[1])
                && pass_rows.last().is_none_or(|(pass, _)| *pass < entry[1]) =>
            {
                pass_rows.push((entry[1], rows));
            }
            5 if rows <= 1 << 50 => content_bytes = Some(rows),
            2..=4 => {}
            _ => return Err(Rejection::SectionInvalid { section, what: "the kind" }),
        }
        checksums.push(Digest(entry[32..64].try_into().expect("32 bytes")));
    }
    if content_bytes.is_none() && header.content_rows > 0 {
        return Err(Rejection::HeaderInvalid { what: "content rows" });
    }
    let layout = Layout::new(header, &pass_rows, content_bytes);
    if layout.sections().len() != checksums.len() {
        return Err(Rejection::HeaderInvalid { what: "number of sections" });
    }
    for (section, (planned, entry)) in
        layout.sections().iter().zip(bytes.chunks_exact(ENTRY_BYTES)).enumerate()
    {
        if entry[..32] != directory_entry(planned) {
            return Err(Rejection::SectionInvalid { section, what: "its place or size" });
        }
    }
    Ok((layout, checksums))
}

/// A pass stands only in a submission whose source has the pass's fields.
fn pass_is_possible(header: &Header, pass: u8) -> bool {
    PASSES.get(usize::from(pass)).is_some_and(|pass| {
        let needed = pass.needed_fields();
        needed.intersection(header.fields) == needed
    })
}

/// The directory entry of a section, without its checksum.
pub(crate) fn directory_entry(section: &Section) -> [u8; 32] {
    let mut entry = [0u8; 32];
    (entry[0], entry[1]) = section.kind.to_wire();
    entry[8..16].copy_from_slice(&section.rows.to_le_bytes());
    entry[16..24].copy_from_slice(&section.offset.to_le_bytes());
    entry[24..32].copy_from_slice(&section.bytes.to_le_bytes());
    entry
}

struct SectionReader<'a, R> {
    reader: &'a R,
    at: u64,
    end: u64,
}

impl<R: ReadAt> Read for SectionReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = usize_of((self.end - self.at).min(buffer.len() as u64));
        self.reader.read_exact_at(&mut buffer[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

fn u32s(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().expect("4 bytes")))
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a buffer fits in memory")
}
