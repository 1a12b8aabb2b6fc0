//! Takes a submission's bytes, gives its columns, refuses everything that is not exactly one.

use core::ops::Range;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::header::{HEADER_BYTES, Header, MAGIC};
use crate::layout::{
    Column, DIGEST_BYTES, ENTRY_BYTES, Layout, PREFIX_BYTES, Section, SectionKind,
};
use crate::levels::{self, LevelCounts};
use crate::rejection::Rejection;
use crate::schema::{FIELDS, Field, FieldSet, PASSES, PassSpec};
use crate::types::{BlockToken, ContinuityToken, Digest, Handle};

/// Bytes that can be read from any place by several threads.
pub trait ReadAt: Send + Sync {
    /// Number of bytes there are.
    fn len_bytes(&self) -> io::Result<u64>;
    /// Fills the buffer from an offset, or fails.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

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

const CHUNK_BYTES: u64 = 1 << 20;

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

    /// Reads every byte once and checks checksums, order of tokens, filters and record numbers.
    /// `progress` gets the number of bytes read since the last call.
    pub fn verify(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<(), Rejection> {
        let mut end = None;
        for (position, section) in self.layout.sections().iter().enumerate() {
            self.verify_padding(position, end.unwrap_or(section.offset), section.offset)?;
            self.verify_checksum(position, section, progress)?;
            self.verify_section(position, section)?;
            end = Some(section.offset + section.bytes);
        }
        let last = self.layout.sections().len() - 1;
        self.verify_padding(last, end.unwrap_or(0), self.layout.file_bytes())
    }

    fn verify_padding(&self, section: usize, from: u64, to: u64) -> Result<(), Rejection> {
        let mut padding = [0u8; 64];
        let count = usize::try_from(to - from).expect("padding is shorter than the alignment");
        self.reader.read_exact_at(&mut padding[..count], from)?;
        if padding[..count].iter().any(|byte| *byte != 0) {
            return Err(Rejection::SectionInvalid { section, what: "padding" });
        }
        Ok(())
    }

    fn verify_checksum(
        &self,
        position: usize,
        section: &Section,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Rejection> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0u8; usize_of(CHUNK_BYTES.min(section.bytes))];
        let mut at = 0;
        while at < section.bytes {
            let count = CHUNK_BYTES.min(section.bytes - at);
            let chunk = &mut buffer[..usize_of(count)];
            self.reader.read_exact_at(chunk, section.offset + at)?;
            hasher.update(&*chunk);
            progress(count);
            at += count;
        }
        if self.checksums[position].0[..] != hasher.finalize()[..] {
            return Err(Rejection::SectionChecksum { section: position });
        }
        Ok(())
    }

    fn verify_section(&self, position: usize, section: &Section) -> Result<(), Rejection> {
        match section.kind {
            SectionKind::Pass(pass) => {
                self.verify_tokens(pass, section.rows)?;
                if self.header.profile.is_salted() {
                    self.verify_filters(position, section)?;
                }
                Ok(())
            }
            SectionKind::Filters => self.verify_filters(position, section),
            SectionKind::Assembler => self.verify_records(position),
            SectionKind::Levels | SectionKind::Content => Ok(()),
        }
    }

    fn verify_tokens(&self, pass: u8, rows: u64) -> Result<(), Rejection> {
        let mut last = BlockToken::default();
        let mut buffer = Vec::new();
        for range in chunks(rows, 65_536) {
            let start = range.start;
            self.bytes(SectionKind::Pass(pass), Column::Token, range, &mut buffer)?;
            for (row, token) in buffer.chunks_exact(16).enumerate() {
                let token = BlockToken(token.try_into().expect("chunks of 16 bytes"));
                if token < last {
                    return Err(Rejection::TokensUnordered { pass, row: start + row as u64 });
                }
                last = token;
            }
        }
        Ok(())
    }

    /// A filter is empty exactly where its field is absent, and else plausibly full.
    fn verify_filters(&self, position: usize, section: &Section) -> Result<(), Rejection> {
        let allowed = FieldSet(self.header.fields.0);
        let mut presence = Vec::new();
        let mut words = Vec::new();
        for range in chunks(section.rows, 16_384) {
            let start = range.start;
            self.presence(section.kind, range.clone(), &mut presence)?;
            for (row, bits) in presence.iter().enumerate() {
                if bits & !(allowed.0 | FieldSet::DOB_IS_DEFAULT) != 0 {
                    return Err(Rejection::UnusedBits {
                        section: position,
                        row: start + row as u64,
                    });
                }
            }
            for (field, width) in FIELDS {
                if !self.layout.filter_fields(section.kind).contains(field) {
                    continue;
                }
                self.filters(section.kind, field, range.clone(), &mut words)?;
                for (row, filter) in words.chunks_exact(width).enumerate() {
                    let count: u32 = filter.iter().map(|word| word.count_ones()).sum();
                    let present = FieldSet(presence[row]).contains(field);
                    if !popcount_is_plausible(field, present, count) {
                        return Err(Rejection::PopcountImplausible {
                            section: position,
                            row: start + row as u64,
                            field: field.as_str(),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn verify_records(&self, position: usize) -> Result<(), Rejection> {
        for (pass, _) in self.layout.passes() {
            let records = self.pass_records(pass.number)?;
            if let Some(row) = records.iter().position(|r| u64::from(*r) >= self.header.records) {
                return Err(Rejection::RecordOutOfRange { section: position, row: row as u64 });
            }
        }
        let handles = self.handles()?;
        if let Some(row) = handles.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(Rejection::SectionInvalid {
                section: position,
                what: if handles[row] == handles[row + 1] {
                    "a handle stands twice; it"
                } else {
                    "the order of handles"
                },
            });
        }
        Ok(())
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
        out.clear();
        out.resize(usize_of(range.end - range.start), 0);
        self.reader.read_exact_at(out, range.start)?;
        Ok(())
    }

    /// Block tokens of a pass, ascending.
    pub fn tokens(&self, pass: &PassSpec) -> Result<Vec<BlockToken>, Rejection> {
        let kind = SectionKind::Pass(pass.number);
        let rows = self.layout.section(kind).map_or(0, |(_, section)| section.rows);
        let mut buffer = Vec::new();
        self.bytes(kind, Column::Token, 0..rows, &mut buffer)?;
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
        let mut buffer = Vec::new();
        self.bytes(kind, Column::Filter(field), rows, &mut buffer)?;
        out.clear();
        out.extend(
            buffer.chunks_exact(8).map(|w| u64::from_le_bytes(w.try_into().expect("8 bytes"))),
        );
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
        let mut buffer = Vec::new();
        self.bytes(SectionKind::Assembler, Column::Record(pass), 0..rows, &mut buffer)?;
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

/// The filter of an absent field is empty; that of a present one lies in the schema's band.
fn popcount_is_plausible(field: Field, present: bool, count: u32) -> bool {
    if !present {
        return count == 0;
    }
    field.popcount_band().contains(&count)
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
            1 if usize::from(entry[1]) < PASSES.len()
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

fn chunks(rows: u64, size: u64) -> impl Iterator<Item = Range<u64>> {
    (0..rows.div_ceil(size)).map(move |chunk| chunk * size..((chunk + 1) * size).min(rows))
}

fn u32s(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().expect("4 bytes")))
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a buffer fits in memory")
}
