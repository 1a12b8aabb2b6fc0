//! Takes an opened submission, reads every byte once, refuses what no encoder would have written.

use core::ops::Range;

use sha2::{Digest as _, Sha256};
use tallystick_kernels::Kernel;

use super::{ReadAt, Submission, usize_of};
use crate::layout::{Column, Section, SectionKind};
use crate::levels::COUNT_STEP;
use crate::rejection::Rejection;
use crate::schema::{FIELDS, Field, FieldSet};
use crate::types::BlockToken;

const CHUNK_BYTES: u64 = 1 << 20;
/// Rows of a column in one read; half a megabyte of the widest.
const CHUNK_ROWS: u64 = 1 << 14;

impl<R: ReadAt> Submission<R> {
    /// Reads every byte once and checks checksums, padding, order of tokens, filters, record
    /// numbers and every count that the header repeats.
    /// `progress` gets the number of bytes read since the last call.
    pub fn verify(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<(), Rejection> {
        let mut end = self.layout.head_bytes();
        for (position, section) in self.layout.sections().iter().enumerate() {
            self.verify_padding(position, end, section.offset)?;
            self.verify_section(position, section, progress)?;
            end = section.offset + section.bytes;
        }
        let last = self.layout.sections().len() - 1;
        self.verify_padding(last, end, self.layout.file_bytes())?;
        self.verify_presence()
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

    fn verify_section(
        &self,
        position: usize,
        section: &Section,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Rejection> {
        if matches!(section.kind, SectionKind::Pass(_) | SectionKind::Filters) {
            return self.verify_rows(position, section, progress);
        }
        self.verify_checksum(position, section, progress)?;
        match section.kind {
            SectionKind::Assembler => self.verify_records(position),
            SectionKind::Levels => self.verify_levels(position),
            _ => Ok(()),
        }
    }

    /// Tokens and filters are by far the most bytes: each is read once, for the checksum and for
    /// what it says. What it says counts only if the checksum is right.
    fn verify_rows(
        &self,
        position: usize,
        section: &Section,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Rejection> {
        let mut check = RowsCheck::new(position, section);
        if self.layout.columns_of(section.kind).contains(&(Column::Presence, section.rows)) {
            self.presence(section.kind, 0..section.rows, &mut check.presence)?;
        }
        let mut hasher = Sha256::new();
        let mut buffer = Vec::new();
        let mut fault = Ok(());
        for (column, rows) in self.layout.columns_of(section.kind) {
            for range in chunks(rows, CHUNK_ROWS) {
                let start = usize_of(range.start);
                self.bytes(section.kind, column, range, &mut buffer)?;
                hasher.update(&buffer);
                progress(buffer.len() as u64);
                fault = fault.and_then(|()| match column {
                    Column::Token => check.tokens(start, &buffer),
                    Column::Filter(field) => check.filters(field, start, &buffer),
                    _ => Ok(()),
                });
            }
        }
        if self.checksums[position].0[..] != hasher.finalize()[..] {
            return Err(Rejection::SectionChecksum { section: position });
        }
        let unused = |bits: &u32| !self.bits_mean_something(*bits);
        if let Some(row) = check.presence.iter().position(unused) {
            return Err(Rejection::UnusedBits { section: position, row: row as u64 });
        }
        fault
    }

    /// Only fields of the header are present, and only a date can be a default one.
    fn bits_mean_something(&self, bits: u32) -> bool {
        let dated = FieldSet(bits).contains(Field::Dob);
        let flags = if dated { FieldSet::DOB_IS_DEFAULT } else { 0 };
        bits & !(self.header.fields.0 | flags) == 0
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
        let counts = self.row_counts()?;
        let rows: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        if counts.contains(&0) || Some(rows) != self.header.rows_and_aliases() {
            return Err(Rejection::SectionInvalid { section: position, what: "the row counts" });
        }
        Ok(())
    }

    /// Counts are rounded, and no level was counted more often than pairs were drawn.
    fn verify_levels(&self, section: usize) -> Result<(), Rejection> {
        let counts = self.levels()?;
        let rounded = counts.cells.iter().all(|cell| cell % COUNT_STEP == 0);
        let highest = u64::from(counts.cells.iter().copied().max().unwrap_or(0));
        if !rounded || highest > counts.pairs.saturating_add(u64::from(COUNT_STEP / 2)) {
            return Err(Rejection::SectionInvalid { section, what: "the level counts" });
        }
        Ok(())
    }

    /// A record has the same fields wherever it stands, those of its pass among them; the header
    /// counts them. Whoever read a record's fields in one pass may rely on them in all.
    fn verify_presence(&self) -> Result<(), Rejection> {
        let mut known: Vec<Option<u32>> = vec![None; self.record_count()];
        let mut words = Vec::new();
        if !self.header.profile.is_salted() {
            self.presence(SectionKind::Filters, 0..self.header.records, &mut words)?;
            known.iter_mut().zip(&words).for_each(|(known, word)| *known = Some(*word));
        }
        for (section, (pass, rows)) in self.layout.passes().enumerate() {
            let needed = pass.needed_fields();
            let records = self.pass_records(pass.number)?;
            if self.header.profile.is_salted() {
                self.presence(SectionKind::Pass(pass.number), 0..rows, &mut words)?;
            } else {
                words.clear();
                words.extend(records.iter().filter_map(|record| known[*record as usize]));
            }
            for (row, (record, word)) in records.iter().zip(&words).enumerate() {
                let other = known[*record as usize].replace(*word);
                if needed.intersection(FieldSet(*word)) != needed
                    || other.is_some_and(|other| other != *word)
                {
                    return Err(Rejection::PresenceMismatch { section, row: row as u64 });
                }
            }
        }
        let unseen = known.iter().filter(|word| word.is_none()).count() as u64;
        for ((field, _), stated) in FIELDS.into_iter().zip(self.header.present) {
            let words = known.iter().flatten();
            let seen = words.filter(|word| FieldSet(**word).contains(field)).count() as u64;
            if !(seen..=seen + unseen).contains(&stated) {
                return Err(Rejection::HeaderInvalid { what: "presence counts" });
            }
        }
        Ok(())
    }
}

/// Looks at the columns of one section as they come.
struct RowsCheck {
    position: usize,
    kind: SectionKind,
    presence: Vec<u32>,
    last: BlockToken,
    kernel: Kernel,
    words: Vec<u64>,
    counts: Vec<u32>,
}

impl RowsCheck {
    fn new(position: usize, section: &Section) -> Self {
        Self {
            position,
            kind: section.kind,
            presence: Vec::new(),
            last: BlockToken::default(),
            kernel: Kernel::detect(),
            words: Vec::new(),
            counts: Vec::new(),
        }
    }

    /// Tokens ascend.
    fn tokens(&mut self, start: usize, bytes: &[u8]) -> Result<(), Rejection> {
        for (row, token) in bytes.as_chunks().0.iter().enumerate() {
            let token = BlockToken(*token);
            if token < self.last {
                let pass = self.kind.to_wire().1;
                return Err(Rejection::TokensUnordered { pass, row: (start + row) as u64 });
            }
            self.last = token;
        }
        Ok(())
    }

    /// A filter is empty exactly where its field is absent, and else plausibly full.
    fn filters(&mut self, field: Field, start: usize, bytes: &[u8]) -> Result<(), Rejection> {
        self.words.clear();
        self.words.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
        self.counts.resize(self.words.len() / field.words(), 0);
        self.kernel.popcounts(field.words(), &self.words, &mut self.counts);
        let (least, most) = (*field.popcount_band().start(), *field.popcount_band().end());
        let is_faulty = |(presence, count): (&u32, &u32)| {
            let present = FieldSet(*presence).contains(field);
            let within = *count >= least && *count <= most;
            (present && !within) || (!present && *count > 0)
        };
        let rows = || self.presence[start..].iter().zip(&self.counts);
        // Without a way out of the loop, it becomes vector instructions.
        if !rows().fold(false, |faulty, row| faulty | is_faulty(row)) {
            return Ok(());
        }
        let row = rows().position(is_faulty).expect("one row is faulty");
        let present = FieldSet(self.presence[start + row]).contains(field);
        let (section, row, count) = (self.position, (start + row) as u64, self.counts[row]);
        if present != (count > 0) {
            return Err(Rejection::PresenceMismatch { section, row });
        }
        Err(Rejection::PopcountImplausible { section, row, field: field.as_str() })
    }
}

fn chunks(rows: u64, size: u64) -> impl Iterator<Item = Range<u64>> {
    (0..rows.div_ceil(size)).map(move |chunk| chunk * size..((chunk + 1) * size).min(rows))
}
