//! Takes columns in any order, gives a submission file. The agency's side of the container.

use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest as _, Sha256};

use crate::header::{HEADER_BYTES, Header, MAGIC};
use crate::layout::{Column, Layout, Section, SectionKind};
use crate::levels::LevelCounts;
use crate::read::directory_entry;
use crate::types::Digest;

/// Writes a submission into a new, empty file or buffer.
#[derive(Debug)]
pub struct SubmissionWriter<W> {
    out: W,
    header: Header,
    layout: Layout,
}

impl<W: Read + Seek + Write> SubmissionWriter<W> {
    /// Starts a submission. `pass_rows` holds the passes in ascending order with their rows.
    pub fn new(
        mut out: W,
        header: Header,
        pass_rows: &[(u8, u64)],
        content_bytes: Option<u64>,
    ) -> io::Result<Self> {
        let layout = Layout::new(&header, pass_rows, content_bytes);
        // The file gets its full length now, so that a full disk shows early and gaps are zeros.
        if layout.file_bytes() > 0 {
            out.seek(SeekFrom::Start(layout.file_bytes() - 1))?;
            out.write_all(&[0])?;
        }
        Ok(Self { out, header, layout })
    }

    /// Where the columns go.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Writes consecutive values of a column from row `start` on.
    ///
    /// # Panics
    /// If the column does not exist or is shorter: a fault of the caller, not of the data.
    pub fn write_column(
        &mut self,
        kind: SectionKind,
        column: Column,
        start: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        let rows = bytes.len() as u64 / column.width();
        let range = self
            .layout
            .range(kind, column, start..start + rows)
            .expect("the caller writes columns of the layout");
        assert_eq!(range.end - range.start, bytes.len() as u64, "whole values are written");
        self.out.seek(SeekFrom::Start(range.start))?;
        self.out.write_all(bytes)
    }

    /// Writes the level counts.
    pub fn write_levels(&mut self, counts: &LevelCounts) -> io::Result<()> {
        let mut bytes = counts.pairs.to_le_bytes().to_vec();
        bytes.extend(counts.cells.iter().flat_map(|cell| cell.to_le_bytes()));
        let section = self.section(SectionKind::Levels);
        assert_eq!(section.bytes, bytes.len() as u64, "level counts have the schema's cells");
        self.out.seek(SeekFrom::Start(section.offset))?;
        self.out.write_all(&bytes)
    }

    /// Copies the sealed content.
    pub fn write_content(&mut self, sealed: &mut impl Read) -> io::Result<()> {
        let section = self.section(SectionKind::Content);
        self.out.seek(SeekFrom::Start(section.offset))?;
        let copied = io::copy(&mut sealed.take(section.bytes), &mut self.out)?;
        if copied != section.bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn section(&self, kind: SectionKind) -> Section {
        self.layout.section(kind).expect("the caller writes sections of the layout").1
    }

    /// Computes the checksums, writes header and directory, and gives the file's digest.
    pub fn finish(mut self) -> io::Result<(W, Digest)> {
        let mut head = MAGIC.to_vec();
        let sections = u32::try_from(self.layout.sections().len()).expect("a few dozen sections");
        let header_bytes = u32::try_from(HEADER_BYTES).expect("a few hundred bytes");
        for number in [self.header.version(), header_bytes, sections, 0] {
            head.extend_from_slice(&number.to_le_bytes());
        }
        head.extend_from_slice(&self.header.encode());
        for section in self.layout.sections() {
            self.out.seek(SeekFrom::Start(section.offset))?;
            let mut hasher = Sha256::new();
            let mut buffer = vec![0u8; 1 << 20];
            let mut left = section.bytes;
            while left > 0 {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                self.out.read_exact(&mut buffer[..count])?;
                hasher.update(&buffer[..count]);
                left -= count as u64;
            }
            head.extend_from_slice(&directory_entry(section));
            head.extend_from_slice(&hasher.finalize());
        }
        let digest = Digest(Sha256::digest(&head).into());
        head.extend_from_slice(&digest.0);
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&head)?;
        self.out.flush()?;
        Ok((self.out, digest))
    }
}
