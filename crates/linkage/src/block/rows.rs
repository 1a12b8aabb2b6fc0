//! Takes rows of a section, gives their filters by field with popcounts.

use std::ops::Range;

use tallystick_kernels::Kernel;
use tallystick_wire::schema::{FIELDS, Field, FieldSet};
use tallystick_wire::{ReadAt, Rejection, SectionKind, Submission};

use super::meeting::Standing;
use super::sources::{AttributePlaces, place_fields};
use crate::compare::Filters;

/// Rows of a section: filters by field, presence words.
#[derive(Debug, Default)]
pub(super) struct Rows {
    words: [Vec<u64>; FIELDS.len()],
    presence: Vec<u32>,
}

impl Rows {
    /// Reads rows in place of those held; `buffer` is for bytes on their way.
    pub(super) fn read<R: ReadAt>(
        &mut self,
        submission: &Submission<R>,
        kind: SectionKind,
        rows: Range<u64>,
        places: &AttributePlaces,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Rejection> {
        self.clear();
        for field in submission.layout().filter_fields(kind).fields() {
            let place = match (field as usize).checked_sub(Field::Attribute0 as usize) {
                None => field,
                Some(attribute) => match places[attribute] {
                    Some(place) => Field::attribute(place),
                    None => continue,
                },
            };
            let words = &mut self.words[place as usize];
            submission.filters_through(kind, field, rows.clone(), buffer, words)?;
        }
        submission.presence(kind, rows, &mut self.presence)?;
        for presence in &mut self.presence {
            *presence = place_fields(FieldSet(*presence), places).0;
        }
        Ok(())
    }

    /// Copies the rows of some records in place of those held.
    pub(super) fn gather(&mut self, from: &Self, records: &[u32]) {
        self.clear();
        for (field, width) in FIELDS {
            let from = &from.words[field as usize];
            if from.is_empty() {
                continue;
            }
            let to = &mut self.words[field as usize];
            for record in records {
                let start = *record as usize * width;
                to.extend_from_slice(&from[start..start + width]);
            }
        }
        self.presence.extend(records.iter().map(|record| from.presence[*record as usize]));
    }

    fn clear(&mut self) {
        self.words.iter_mut().for_each(Vec::clear);
        self.presence.clear();
    }
}

/// Fields whose levels need popcounts.
pub const COUNTED: [Field; 9] = [
    Field::First,
    Field::Last,
    Field::Roots,
    Field::Ssn4,
    Field::Phone,
    Field::Attribute0,
    Field::Attribute1,
    Field::Attribute2,
    Field::Attribute3,
];

/// One source's rows of a stretch, ready for comparison. Kept from stretch to stretch, so that its
/// memory is used again.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) rows: Rows,
    popcounts: [Vec<u32>; FIELDS.len()],
    /// Record of each row, over all sources.
    pub(super) records: Vec<u32>,
    /// Block of each row, see [`super::meeting::PassRows`].
    pub(super) blocks: Vec<u32>,
    /// Where the record of each row stands; of rows that meet none, anything.
    pub(super) standings: Vec<Standing>,
}

impl Side {
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.records.clear();
        self.blocks.clear();
        self.standings.clear();
    }

    pub(super) fn count(&mut self, kernel: Kernel) {
        for field in COUNTED {
            let words = &self.rows.words[field as usize];
            let counts = &mut self.popcounts[field as usize];
            counts.resize(words.len() / field.words(), 0);
            kernel.popcounts(field.words(), words, counts);
        }
    }

    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> SideRow<'_> {
        SideRow { side: self, row }
    }
}

/// A row where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct SideRow<'a> {
    side: &'a Side,
    row: usize,
}

impl Filters for SideRow<'_> {
    #[inline(always)]
    fn words<const W: usize>(&self, field: Field) -> &[u64; W] {
        &self.side.rows.words[field as usize].as_chunks::<W>().0[self.row]
    }

    #[inline(always)]
    fn popcount(&self, field: Field) -> u32 {
        self.side.popcounts[field as usize][self.row]
    }

    #[inline(always)]
    fn presence(&self) -> u32 {
        self.side.rows.presence[self.row]
    }
}
