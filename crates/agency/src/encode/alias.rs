//! Takes rows and, if there is one, a second file of names by person number, gives the further
//! identities of each row.
//!
//! The names of the second file are held in memory, at most [`ALIAS_BYTES_MAX`], and overwritten
//! when they are dropped; nothing of them is written but encodings.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tallystick_encoder::encode::SourceEncoder;
use tallystick_encoder::mapping::{AliasFile, BoundMapping};
use tallystick_encoder::normalise::{AliasNormaliser, AliasOutcome, NormalisedRecord, RawFields};
use tallystick_wire::{ContinuityToken, Handle};
use zeroize::Zeroizing;

use super::EncodeError;
use super::report::{AliasCounts, AliasFileCounts, RowPlace, reject};
use crate::export::{Export, Input, RawRow, ReadLimits, ReadSpec, RowOutcome};
use crate::files::Files;

/// Most bytes of names of an alias file.
pub(crate) const ALIAS_BYTES_MAX: usize = 512 << 20;
/// Most names in one cell.
const ALIAS_ENTRIES_MAX: usize = 1_000;
/// Bytes of one piece of memory; it never grows, so that no copy is left behind.
const CHUNK_BYTES: usize = 1 << 20;

/// The aliases of an export.
#[derive(Default)]
pub(super) struct Aliases {
    rows: Vec<AliasNormaliser>,
    file: Option<NamesByPerson>,
    #[expect(clippy::vec_box, reason = "records are not moved, so that no copy is left behind")]
    /// Records of the aliases of one row; the first `used` are filled.
    pool: Vec<Box<NormalisedRecord>>,
    used: usize,
    pub(super) counts: AliasCounts,
}

impl Aliases {
    pub(super) fn new(bound: &BoundMapping, year_max: u16) -> Self {
        Self {
            rows: AliasNormaliser::of_rows(bound, year_max),
            file: None,
            pool: Vec::new(),
            used: 0,
            counts: AliasCounts {
                is_mapped: !bound.aliases().is_empty(),
                ..AliasCounts::default()
            },
        }
    }

    /// Reads the second file.
    pub(super) fn read_file(
        &mut self,
        files: &Arc<dyn Files>,
        (input, file): (&Input, &AliasFile),
        encoder: &SourceEncoder,
        (limits, year_max): (&ReadLimits, u16),
    ) -> Result<(), EncodeError> {
        let mut names = NamesByPerson::read(files, (input, file), encoder, (limits, year_max))?;
        self.counts.is_mapped = true;
        self.counts.file = Some(std::mem::take(&mut names.counts));
        self.file = Some(names);
        Ok(())
    }

    /// Fills the aliases that stand in a row; where there are some and the row has no number of the
    /// person, `record` gets one of the row, so that all are known as one person's.
    pub(super) fn of_row(
        &mut self,
        row: &RawRow,
        record: &mut NormalisedRecord,
        encoder: &SourceEncoder,
        place: RowPlace,
    ) -> Result<(), EncodeError> {
        let Self { rows, pool, used, counts, .. } = self;
        let mut whose: Vec<usize> = Vec::new();
        for (number, alias) in rows.iter_mut().enumerate() {
            let entries = alias.entries(row);
            if entries.len() > ALIAS_ENTRIES_MAX {
                return Err(EncodeError::TooManyEntries { place, entries_max: ALIAS_ENTRIES_MAX });
            }
            for entry in entries {
                match alias.read(row, entry, spare(pool, whose.len())) {
                    AliasOutcome::Empty => {}
                    AliasOutcome::Unreadable => counts.unreadable.add(place),
                    AliasOutcome::Named => whose.push(number),
                }
            }
        }
        *used = whose.len();
        if *used > 0 && record.local_id().is_empty() {
            encoder.number_by_row(record);
            counts.rows_numbered += 1;
        }
        for (alias, number) in pool.iter_mut().zip(whose) {
            rows[number].complete(alias, record);
        }
        Ok(())
    }

    /// The aliases that stand in the row.
    pub(super) fn in_row(&self) -> impl Iterator<Item = &NormalisedRecord> + Clone {
        self.pool[..self.used].iter().map(Box::as_ref)
    }

    /// Calls `visit` with the aliases that the second file has for the person of a record, once for
    /// each of the person's identities.
    pub(super) fn of_person(
        &mut self,
        (handle, token): (Handle, ContinuityToken),
        record: &NormalisedRecord,
        mut visit: impl FnMut(&NormalisedRecord) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let Some(person) = file.persons.get_mut(&token) else { return Ok(()) };
        person.is_met = true;
        if !file.seen.insert(handle) {
            return Ok(());
        }
        let alias = spare(&mut self.pool, self.used);
        for held in &person.rows {
            let row = file.arena.row(*held, &file.columns);
            for entry in file.normaliser.entries(&row) {
                // What is no name was counted when the file was read.
                if file.normaliser.read(&row, entry, alias) == AliasOutcome::Named {
                    file.normaliser.complete(alias, record);
                    visit(alias)?;
                }
            }
        }
        Ok(())
    }

    /// The counts, once all rows are read.
    pub(super) fn finish(mut self) -> AliasCounts {
        if let (Some(file), Some(counts)) = (&self.file, &mut self.counts.file) {
            let absent = file.persons.values().filter(|person| !person.is_met);
            (counts.persons_absent, counts.rows_absent) = absent
                .fold((0, 0), |(persons, rows), one| (persons + 1, rows + one.rows.len() as u64));
        }
        self.counts
    }
}

#[expect(clippy::vec_box, reason = "records are not moved, so that no copy is left behind")]
/// The record at a place of the pool. Records are boxed, so that none is moved when it grows.
fn spare(pool: &mut Vec<Box<NormalisedRecord>>, place: usize) -> &mut NormalisedRecord {
    if pool.len() <= place {
        pool.push(Box::default());
    }
    &mut pool[place]
}

/// Where the cells of one row are held.
#[derive(Clone, Copy, Debug)]
struct Held {
    chunk: u32,
    at: u32,
}

#[derive(Debug, Default)]
struct Person {
    rows: Vec<Held>,
    is_met: bool,
}

/// The names of an alias file.
struct NamesByPerson {
    normaliser: AliasNormaliser,
    columns: Vec<usize>,
    persons: HashMap<ContinuityToken, Person>,
    /// Identities whose aliases were given.
    seen: HashSet<Handle>,
    arena: Arena,
    counts: AliasFileCounts,
}

impl NamesByPerson {
    fn read(
        files: &Arc<dyn Files>,
        (input, file): (&Input, &AliasFile),
        encoder: &SourceEncoder,
        (limits, year_max): (&ReadLimits, u16),
    ) -> Result<Self, EncodeError> {
        let refused = |source| EncodeError::export(input, source);
        let spec = ReadSpec::of_options(file.read());
        let mut export = Export::open_input(files, input, &spec, limits).map_err(refused)?;
        let bound = file.bind(export.header())?;
        let normaliser = AliasNormaliser::of_file(&bound, year_max);
        let columns = normaliser.columns();
        let mut names = Self {
            normaliser,
            columns,
            persons: HashMap::new(),
            seen: HashSet::new(),
            arena: Arena::default(),
            counts: AliasFileCounts::default(),
        };
        let (mut row, mut record) = (RawRow::new(), NormalisedRecord::default());
        while let Some(outcome) = export.read_row(&mut row).map_err(refused)? {
            names.counts.rows_read += 1;
            match outcome {
                RowOutcome::Row => names.add(&row, &mut record, encoder)?,
                RowOutcome::Rejected { line, code } => {
                    let place = RowPlace { file: None, line };
                    reject(&mut names.counts.rejections, code.code(), place);
                }
            }
        }
        Ok(names)
    }

    fn add(
        &mut self,
        row: &RawRow,
        record: &mut NormalisedRecord,
        encoder: &SourceEncoder,
    ) -> Result<(), EncodeError> {
        let place = RowPlace { file: None, line: row.line() };
        let (mut named, mut token) = (false, ContinuityToken::default());
        let entries = self.normaliser.entries(row);
        if entries.len() > ALIAS_ENTRIES_MAX {
            return Err(EncodeError::TooManyEntries { place, entries_max: ALIAS_ENTRIES_MAX });
        }
        for entry in entries {
            match self.normaliser.read(row, entry, record) {
                AliasOutcome::Named => named = true,
                AliasOutcome::Unreadable => self.counts.unreadable.add(place),
                AliasOutcome::Empty => {}
            }
            token = encoder.continuity(record);
        }
        if token == ContinuityToken::default() {
            reject(&mut self.counts.rejections, "alias-no-person", place);
        } else if !named {
            reject(&mut self.counts.rejections, "alias-no-name", place);
        } else {
            let held = self.arena.hold(row, &self.columns)?;
            self.persons.entry(token).or_default().rows.push(held);
            self.counts.rows_held += 1;
        }
        Ok(())
    }
}

/// Cells of rows, in pieces that are overwritten when dropped.
#[derive(Default)]
struct Arena {
    chunks: Vec<Zeroizing<Vec<u8>>>,
    bytes: usize,
}

/// The cells of one row that is held.
struct HeldRow<'a>(BTreeMap<usize, (bool, &'a str)>);

impl RawFields for HeldRow<'_> {
    fn expose(&self, column: usize) -> &str {
        self.0.get(&column).map_or("", |(_, text)| *text)
    }

    fn is_date(&self, column: usize) -> bool {
        self.0.get(&column).is_some_and(|(is_date, _)| *is_date)
    }
}

impl Arena {
    /// Each cell as length, whether it is a date, and text.
    fn hold(&mut self, row: &impl RawFields, columns: &[usize]) -> Result<Held, EncodeError> {
        let bytes: usize = columns.iter().map(|column| 5 + row.expose(*column).len()).sum();
        self.bytes += bytes;
        if self.bytes > ALIAS_BYTES_MAX {
            return Err(EncodeError::AliasesTooLarge { bytes_max: ALIAS_BYTES_MAX });
        }
        let has_room = |chunk: &Zeroizing<Vec<u8>>| chunk.capacity() - chunk.len() >= bytes;
        if !self.chunks.last().is_some_and(has_room) {
            self.chunks.push(Zeroizing::new(Vec::with_capacity(CHUNK_BYTES.max(bytes))));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let at = chunk.len();
        for column in columns {
            let text = row.expose(*column);
            let length = u32::try_from(text.len()).expect("cells are shorter than the limit");
            chunk.extend_from_slice(&length.to_le_bytes());
            chunk.push(u8::from(row.is_date(*column)));
            chunk.extend_from_slice(text.as_bytes());
        }
        let small = |number: usize| u32::try_from(number).expect("the memory is limited");
        Ok(Held { chunk: small(number), at: small(at) })
    }

    fn row(&self, held: Held, columns: &[usize]) -> HeldRow<'_> {
        let mut bytes = &self.chunks[held.chunk as usize][held.at as usize..];
        let mut cells = BTreeMap::new();
        for column in columns {
            let (head, rest) = bytes.split_at(5);
            let length = u32::from_le_bytes(head[..4].try_into().expect("4 of 5 bytes"));
            let (text, rest) = rest.split_at(length as usize);
            let text = std::str::from_utf8(text).expect("held as text");
            cells.insert(*column, (head[4] == 1, text));
            bytes = rest;
        }
        HeldRow(cells)
    }
}
