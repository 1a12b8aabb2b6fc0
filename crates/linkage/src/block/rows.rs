//! Takes rows of a section, gives their filters by field with popcounts.

use std::ops::Range;

use tallystick_wire::schema::{FIELDS, Field, FieldSet};
use tallystick_wire::{BlockToken, ReadAt, Rejection, SectionKind, Submission};

use super::sources::{AttributePlaces, place_fields};
use crate::compare::Row;

/// Rows of a section: filters by field, presence words.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) words: [Vec<u64>; FIELDS.len()],
    presence: Vec<u32>,
}

impl Rows {
    pub(super) fn read<R: ReadAt>(
        submission: &Submission<R>,
        kind: SectionKind,
        rows: Range<u64>,
        places: &AttributePlaces,
    ) -> Result<Self, Rejection> {
        let mut out = Self::default();
        for field in submission.layout().filter_fields(kind).fields() {
            let place = match (field as usize).checked_sub(Field::Attribute0 as usize) {
                None => field,
                Some(attribute) => match places[attribute] {
                    Some(place) => Field::attribute(place),
                    None => continue,
                },
            };
            submission.filters(kind, field, rows.clone(), &mut out.words[place as usize])?;
        }
        submission.presence(kind, rows, &mut out.presence)?;
        for presence in &mut out.presence {
            *presence = place_fields(FieldSet(*presence), places).0;
        }
        Ok(out)
    }

    /// Copies the rows of some records.
    pub(super) fn gather(&self, records: &[u32]) -> Self {
        let mut out = Self::default();
        for (field, width) in FIELDS {
            let from = &self.words[field as usize];
            if from.is_empty() {
                continue;
            }
            let to = &mut out.words[field as usize];
            for record in records {
                let start = *record as usize * width;
                to.extend_from_slice(&from[start..start + width]);
            }
        }
        out.presence.extend(records.iter().map(|record| self.presence[*record as usize]));
        out
    }

    fn words(&self, field: Field, row: usize) -> &[u64] {
        let (width, words) = (field.words(), &self.words[field as usize]);
        if words.is_empty() { &[] } else { &words[row * width..(row + 1) * width] }
    }
}

/// Fields whose levels need popcounts.
pub(super) const COUNTED: [Field; 9] = [
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

/// One source's rows of a stretch, ready for comparison.
pub(super) struct Side<'a> {
    pub(super) rows: Rows,
    pub(super) popcounts: [Vec<u32>; FIELDS.len()],
    pub(super) records: &'a [u32],
    pub(super) tokens: &'a [BlockToken],
}

impl Side<'_> {
    pub(super) fn row(&self, row: usize) -> Row<'_> {
        let mut out =
            Row { words: [&[]; 16], popcounts: [0; 16], presence: self.rows.presence[row] };
        for (field, _) in FIELDS {
            out.words[field as usize] = self.rows.words(field, row);
            out.popcounts[field as usize] =
                self.popcounts[field as usize].get(row).copied().unwrap_or(0);
        }
        out
    }
}
