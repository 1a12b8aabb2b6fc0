//! Where each column of each section lies; the same computation writes and checks a file.
//!
//! ```text
//! magic 8 | version u32 | header bytes u32 | sections u32 | zero u32     24 bytes
//! header                                                                376 bytes
//! directory: kind u8, pass u8, zero 6, rows u64, offset u64, bytes u64, SHA-256 32   64 bytes each
//! SHA-256 of all the above                                               32 bytes
//! zeros to a multiple of 64 bytes
//! sections, each padded with zeros to a multiple of 64 bytes
//! ```
//!
//! All numbers are little-endian; every column is an array of one fixed width, so that a section
//! can be memory-mapped.

use core::ops::Range;

use crate::header::{HEADER_BYTES, Header};
use crate::levels;
use crate::schema::{FIELDS, Field, FieldSet, PASSES, PassSpec};

/// Sections start at multiples of this many bytes.
pub const ALIGN_BYTES: u64 = 64;
/// Bytes before the header.
pub const PREFIX_BYTES: usize = 24;
/// Bytes of one directory entry.
pub const ENTRY_BYTES: usize = 64;
/// Bytes of a SHA-256 digest.
pub const DIGEST_BYTES: usize = 32;

/// What a section holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SectionKind {
    /// Tokens of one pass in ascending order and, where filters are salted, the filters.
    Pass(u8),
    /// Unsalted filters, one row per record; only in profile `trusted`.
    Filters,
    /// Handles, continuity tokens, and for each pass the record of each row.
    Assembler,
    /// Level counts over random pairs.
    Levels,
    /// Content, sealed to the release key.
    Content,
}

impl SectionKind {
    /// Number on the wire: kind and pass.
    pub const fn to_wire(self) -> (u8, u8) {
        match self {
            Self::Pass(pass) => (1, pass),
            Self::Filters => (2, 0),
            Self::Assembler => (3, 0),
            Self::Levels => (4, 0),
            Self::Content => (5, 0),
        }
    }
}

/// One section of a submission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Section {
    /// What it holds.
    pub kind: SectionKind,
    /// Its rows; bytes for the content section.
    pub rows: u64,
    /// First byte in the file.
    pub offset: u64,
    /// Bytes without padding.
    pub bytes: u64,
}

impl Section {
    /// First byte after the padding.
    pub const fn end(&self) -> u64 {
        (self.offset + self.bytes).next_multiple_of(ALIGN_BYTES)
    }
}

/// A column within a section.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Column {
    /// Block tokens, 16 bytes.
    Token,
    /// The filter of one field.
    Filter(Field),
    /// Presence word, 4 bytes.
    Presence,
    /// Handles, 16 bytes.
    Handle,
    /// Continuity tokens, 16 bytes.
    Continuity,
    /// Export rows of each record, 4 bytes.
    RowCount,
    /// Record number of each row of one pass, 4 bytes.
    Record(u8),
}

impl Column {
    /// Width of one value in bytes.
    pub const fn width(self) -> u64 {
        match self {
            Self::Token | Self::Handle | Self::Continuity => 16,
            Self::Filter(field) => field.words() as u64 * 8,
            Self::Presence | Self::RowCount | Self::Record(_) => 4,
        }
    }
}

/// Where everything lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    fields: FieldSet,
    salted: bool,
    records: u64,
    sections: Vec<Section>,
}

impl Layout {
    /// Lays out a submission. `pass_rows` holds the passes in ascending order with their rows.
    pub fn new(header: &Header, pass_rows: &[(u8, u64)], content_bytes: Option<u64>) -> Self {
        let mut layout = Self {
            fields: header.fields,
            salted: header.profile.is_salted(),
            records: header.records,
            sections: Vec::new(),
        };
        let mut kinds: Vec<(SectionKind, u64)> =
            pass_rows.iter().map(|(pass, rows)| (SectionKind::Pass(*pass), *rows)).collect();
        if !layout.salted {
            kinds.push((SectionKind::Filters, header.records));
        }
        kinds.push((SectionKind::Assembler, header.records));
        kinds.push((SectionKind::Levels, 1));
        if let Some(bytes) = content_bytes {
            kinds.push((SectionKind::Content, bytes));
        }
        let mut offset = head_bytes(kinds.len()).next_multiple_of(ALIGN_BYTES);
        for (kind, rows) in kinds {
            let bytes = match kind {
                SectionKind::Levels => 8 + 4 * levels::CELLS as u64,
                SectionKind::Content => rows,
                kind => layout
                    .columns(kind, pass_rows)
                    .iter()
                    .map(|(column, rows)| column.width() * rows)
                    .sum(),
            };
            let section = Section { kind, rows, offset, bytes };
            offset = section.end();
            layout.sections.push(section);
        }
        layout
    }

    /// Bytes before the padding of the first section: prefix, header, directory and their digest.
    pub fn head_bytes(&self) -> u64 {
        head_bytes(self.sections.len())
    }

    /// All sections in file order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Bytes of the whole file.
    pub fn file_bytes(&self) -> u64 {
        self.sections.last().map_or(0, Section::end)
    }

    /// The section of this kind and its position.
    pub fn section(&self, kind: SectionKind) -> Option<(usize, Section)> {
        let position = self.sections.iter().position(|section| section.kind == kind)?;
        Some((position, self.sections[position]))
    }

    /// Passes in ascending order with their rows.
    pub fn passes(&self) -> impl Iterator<Item = (&'static PassSpec, u64)> + '_ {
        self.sections.iter().filter_map(|section| match section.kind {
            SectionKind::Pass(pass) => Some((&PASSES[usize::from(pass)], section.rows)),
            _ => None,
        })
    }

    /// Fields whose filters stand in a section.
    pub fn filter_fields(&self, kind: SectionKind) -> FieldSet {
        match kind {
            SectionKind::Pass(pass) if self.salted => {
                FieldSet(self.fields.0 & !PASSES[usize::from(pass)].fixed_fields().0)
            }
            SectionKind::Filters => self.fields,
            _ => FieldSet::default(),
        }
    }

    /// Columns of a section in file order, each with its number of rows.
    fn columns(&self, kind: SectionKind, pass_rows: &[(u8, u64)]) -> Vec<(Column, u64)> {
        let rows_of =
            |pass| pass_rows.iter().find(|(other, _)| *other == pass).map_or(0, |(_, rows)| *rows);
        let (mut columns, rows, presence) = match kind {
            SectionKind::Pass(pass) => {
                (vec![(Column::Token, rows_of(pass))], rows_of(pass), self.salted)
            }
            SectionKind::Filters => (Vec::new(), self.records, true),
            SectionKind::Assembler => {
                let records = self.records;
                let mut columns = vec![
                    (Column::Handle, records),
                    (Column::Continuity, records),
                    (Column::RowCount, records),
                ];
                columns.extend(pass_rows.iter().map(|(pass, rows)| (Column::Record(*pass), *rows)));
                return columns;
            }
            SectionKind::Levels | SectionKind::Content => return Vec::new(),
        };
        let fields = self.filter_fields(kind);
        columns.extend(
            FIELDS
                .iter()
                .filter(|(field, _)| fields.contains(*field))
                .map(|(field, _)| (Column::Filter(*field), rows)),
        );
        if presence {
            columns.push((Column::Presence, rows));
        }
        columns
    }

    /// Columns of a section in file order, with their rows.
    pub fn columns_of(&self, kind: SectionKind) -> Vec<(Column, u64)> {
        let pass_rows: Vec<(u8, u64)> =
            self.passes().map(|(pass, rows)| (pass.number, rows)).collect();
        self.columns(kind, &pass_rows)
    }

    /// Byte range in the file of some rows of a column; `None` where the column does not exist.
    pub fn range(&self, kind: SectionKind, column: Column, rows: Range<u64>) -> Option<Range<u64>> {
        let (_, section) = self.section(kind)?;
        let mut offset = section.offset;
        for (other, count) in self.columns_of(kind) {
            if other == column {
                let width = column.width();
                return (rows.end <= count)
                    .then(|| offset + rows.start * width..offset + rows.end * width);
            }
            offset += other.width() * count;
        }
        None
    }
}

const fn head_bytes(sections: usize) -> u64 {
    (PREFIX_BYTES + HEADER_BYTES + sections * ENTRY_BYTES + DIGEST_BYTES) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::tests::sample;

    #[test]
    fn columns_tile_each_section() {
        let header = sample();
        let passes = [(2, 7), (14, 5)];
        let layout = Layout::new(&header, &passes, Some(100));
        let kinds: Vec<_> = layout.sections().iter().map(|section| section.kind).collect();
        assert_eq!(
            kinds,
            [
                SectionKind::Pass(2),
                SectionKind::Pass(14),
                SectionKind::Assembler,
                SectionKind::Levels,
                SectionKind::Content
            ]
        );
        let (_, section) = layout.section(SectionKind::Pass(2)).unwrap();
        let last = layout.range(section.kind, Column::Presence, 0..7).unwrap();
        assert_eq!(last.end, section.offset + section.bytes);
        assert_eq!(layout.range(section.kind, Column::Presence, 0..8), None);
        assert_eq!(layout.range(section.kind, Column::Handle, 0..1), None);
        let records = layout.range(SectionKind::Assembler, Column::Record(14), 0..5).unwrap();
        let (_, assembler) = layout.section(SectionKind::Assembler).unwrap();
        assert_eq!(records.end, assembler.offset + assembler.bytes);
    }
}
