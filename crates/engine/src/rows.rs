//! Takes rows of a pass, gives their filters by field with attributes at their common places, whether they lie in the pass or
//! with the records.

use std::ops::Range;

use tallystick_kernels::Kernel;
use tallystick_linkage::block::{COUNTED, Sources, place_fields};
use tallystick_linkage::compare::Row;
use tallystick_wire::schema::FIELDS;
use tallystick_wire::{Field, FieldSet, ReadAt, Rejection, SectionKind};

use crate::columns::carries;
use crate::plan::PlanPass;

/// Filters by field, presence words.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    words: [Vec<u64>; FIELDS.len()],
    popcounts: [Vec<u32>; FIELDS.len()],
    presence: Vec<u32>,
}

impl Filters {
    /// Reads rows of a section of a source.
    fn read<R: ReadAt>(
        sources: &Sources<'_, R>,
        source: usize,
        kind: SectionKind,
        rows: Range<u64>,
    ) -> Result<Self, Rejection> {
        let submission = &sources.submissions[source];
        let mut filters = Self::default();
        for field in submission.layout().filter_fields(kind).fields() {
            let alone = FieldSet::default().with(field);
            // An attribute without a place is not compared.
            let Some(place) = place_fields(alone, sources.places(source)).fields().next() else {
                continue;
            };
            let words = &mut filters.words[place as usize];
            submission.filters(kind, field, rows.clone(), words)?;
        }
        submission.presence(kind, rows, &mut filters.presence)?;
        for presence in &mut filters.presence {
            *presence = place_fields(FieldSet(*presence), sources.places(source)).0;
        }
        Ok(filters)
    }

    /// Some rows, or those of some records where they lie by record.
    pub(crate) fn gather(&self, records: &[u32]) -> Self {
        let mut filters = Self::default();
        for (field, width) in FIELDS {
            let from = &self.words[field as usize];
            if from.is_empty() {
                continue;
            }
            let to = &mut filters.words[field as usize];
            for record in records {
                let start = *record as usize * width;
                to.extend_from_slice(&from[start..start + width]);
            }
            let counts = &self.popcounts[field as usize];
            if !counts.is_empty() {
                filters.popcounts[field as usize] =
                    records.iter().map(|record| counts[*record as usize]).collect();
            }
        }
        filters.presence = records.iter().map(|it| self.presence[*it as usize]).collect();
        filters
    }

    /// Fills what a pass carries and this source does not have with zeros, drops what it does not carry, counts bits.
    fn complete(&mut self, pass: &PlanPass, kernel: Kernel) {
        let rows = self.presence.len();
        for (field, width) in FIELDS {
            let words = &mut self.words[field as usize];
            if !carries(pass, field) {
                words.clear();
                continue;
            }
            words.resize(rows * width, 0);
            if COUNTED.contains(&field) {
                let counts = &mut self.popcounts[field as usize];
                counts.resize(rows, 0);
                kernel.popcounts(width, words, counts);
            }
        }
    }

    /// Which fields each row has, and its flags.
    pub(crate) fn presence(&self) -> &[u32] {
        &self.presence
    }

    /// A field's filters, one after the other.
    pub(crate) fn words(&self, field: Field) -> &[u64] {
        &self.words[field as usize]
    }

    /// Bits set in a field's filters.
    pub(crate) fn popcounts(&self, field: Field) -> &[u32] {
        &self.popcounts[field as usize]
    }

    /// One row, as it is compared.
    pub(crate) fn row(&self, row: usize) -> Row<'_> {
        let mut out = Row { words: [&[]; 16], popcounts: [0; 16], presence: self.presence[row] };
        for (field, width) in FIELDS {
            let field = field as usize;
            if let Some(words) = self.words[field].get(row * width..(row + 1) * width) {
                out.words[field] = words;
            }
            out.popcounts[field] = self.popcounts[field].get(row).copied().unwrap_or(0);
        }
        out
    }
}

/// Reads rows of passes. Filters that lie with the records are held in memory, 8 bytes a word.
pub(crate) struct RowReader<'a, R> {
    pub(crate) sources: &'a Sources<'a, R>,
    with_records: Vec<Option<Filters>>,
    kernel: Kernel,
}

impl<'a, R: ReadAt> RowReader<'a, R> {
    pub(crate) fn new(sources: &'a Sources<'a, R>, kernel: Kernel) -> Result<Self, Rejection> {
        let read = |source: usize| {
            let header = sources.submissions[source].header();
            if header.profile.is_salted() {
                return Ok(None);
            }
            Filters::read(sources, source, SectionKind::Filters, 0..header.records).map(Some)
        };
        let with_records = (0..sources.submissions.len()).map(read).collect::<Result<_, _>>()?;
        Ok(Self { sources, with_records, kernel })
    }

    /// Some rows of a source: their records in it, and their filters.
    pub(crate) fn read(
        &self,
        pass: &PlanPass,
        source: usize,
        rows: Range<u64>,
    ) -> Result<(Vec<u32>, Filters), Rejection> {
        let submission = &self.sources.submissions[source];
        let records = submission.some_pass_records(pass.number, rows.clone())?;
        let mut filters = match &self.with_records[source] {
            Some(filters) => filters.gather(&records),
            None => Filters::read(self.sources, source, SectionKind::Pass(pass.number), rows)?,
        };
        filters.complete(pass, self.kernel);
        Ok((records, filters))
    }
}
