//! Takes submissions, gives what blocking needs to know of each in every pass.

use std::collections::BTreeMap;

use tallystick_wire::levels::{self, LevelCounts};
use tallystick_wire::schema::{ATTRIBUTES_MAX, Field, FieldSet, KeyPart, PassSpec};
use tallystick_wire::{ContinuityToken, ReadAt, Rejection, SectionKind, SourceLabel, Submission};

use super::rows::Rows;

/// Records of all sources are fewer: numbers from here on stand for blocks that a record has alone.
const RECORDS_END: u32 = 1 << 31;

/// Everything about the sources that blocking needs. Sources are sorted by name.
#[derive(Debug)]
pub struct Sources<'a, R> {
    /// The submissions.
    pub submissions: &'a [Submission<R>],
    /// First record number of each source, and the number of all records at the end.
    pub offsets: Vec<u32>,
    /// Continuity tokens of all records, in record order; zero where there is none.
    pub continuity: Vec<ContinuityToken>,
    /// Whether pairs within each source are left out, because it holds nobody twice.
    pub without_duplicates: Vec<bool>,
    /// Unsalted filters by source, in profile `trusted`.
    pub(super) trusted: Vec<Option<Rows>>,
    /// Where each source's attributes go.
    pub(super) places: Vec<AttributePlaces>,
    /// Names of the attributes that are compared, by place.
    pub attributes: Vec<SourceLabel>,
}

/// For each attribute of a source its place among those of all sources, or none.
pub type AttributePlaces = [Option<usize>; ATTRIBUTES_MAX];

/// Attributes are known by name, whatever their place in a mapping. Those that most sources have
/// come first; more than [`ATTRIBUTES_MAX`] names cannot be compared.
fn place_attributes<R: ReadAt>(
    submissions: &[Submission<R>],
) -> (Vec<SourceLabel>, Vec<AttributePlaces>) {
    let names_of = |submission: &Submission<R>| submission.header().attributes;
    let mut holders: BTreeMap<SourceLabel, usize> = BTreeMap::new();
    for name in submissions.iter().flat_map(names_of) {
        if name != SourceLabel::default() {
            *holders.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<_> = holders.into_iter().collect();
    names.sort_by_key(|(name, count)| (core::cmp::Reverse(*count), *name));
    let names: Vec<SourceLabel> =
        names.into_iter().map(|(name, _)| name).take(ATTRIBUTES_MAX).collect();
    let places = submissions
        .iter()
        .map(|submission| {
            names_of(submission).map(|name| names.iter().position(|other| *other == name))
        })
        .collect();
    (names, places)
}

impl<'a, R: ReadAt> Sources<'a, R> {
    /// The sources without what is read of them: enough to ask which passes join them.
    pub fn outline(submissions: &'a [Submission<R>], without_duplicates: Vec<bool>) -> Self {
        let (attributes, places) = place_attributes(submissions);
        Self {
            submissions,
            offsets: vec![0],
            continuity: Vec::new(),
            without_duplicates,
            trusted: submissions.iter().map(|_| None).collect(),
            places,
            attributes,
        }
    }

    /// The outline with the numbers of the records.
    ///
    /// # Errors
    /// More records than have numbers.
    pub fn numbered(
        submissions: &'a [Submission<R>],
        without_duplicates: Vec<bool>,
    ) -> Result<Self, Rejection> {
        let mut sources = Self::outline(submissions, without_duplicates);
        for submission in submissions {
            sources.push_offset(submission)?;
        }
        Ok(sources)
    }

    /// Numbers the records of one more source.
    fn push_offset(&mut self, submission: &Submission<R>) -> Result<(), Rejection> {
        let last = self.record_count();
        let count = u32::try_from(submission.record_count())
            .ok()
            .and_then(|count| last.checked_add(count))
            .filter(|count| *count < RECORDS_END)
            .ok_or(Rejection::HeaderInvalid { what: "the number of records of all sources" })?;
        self.offsets.push(count);
        Ok(())
    }

    /// Reads what is needed in every pass.
    pub fn read(
        submissions: &'a [Submission<R>],
        without_duplicates: Vec<bool>,
    ) -> Result<Self, Rejection> {
        let mut sources = Self::numbered(submissions, without_duplicates)?;
        for (source, submission) in submissions.iter().enumerate() {
            sources.continuity.extend(submission.continuity_tokens()?);
            if !submission.header().profile.is_salted() {
                let (rows, mut filters) = (0..submission.header().records, Rows::default());
                let places = &sources.places[source];
                filters.read(submission, SectionKind::Filters, rows, places, &mut Vec::new())?;
                sources.trusted[source] = Some(filters);
            }
        }
        Ok(sources)
    }

    /// A value for each pair of sources, in either order.
    pub(super) fn per_pair<T>(&self, of: impl Fn(usize, usize) -> T) -> Vec<Vec<T>> {
        let count = self.submissions.len();
        (0..count).map(|first| (0..count).map(|second| of(first, second)).collect()).collect()
    }

    /// The source of a record.
    pub fn source_of(&self, record: u32) -> usize {
        self.offsets.partition_point(|offset| *offset <= record) - 1
    }

    /// Number of all records.
    pub fn record_count(&self) -> u32 {
        self.offsets[self.offsets.len() - 1]
    }

    /// Number of records of one source.
    pub fn records_of(&self, source: usize) -> u64 {
        u64::from(self.offsets[source + 1] - self.offsets[source])
    }

    /// Fields that two sources share; attributes are meant by name.
    pub fn shared_fields(&self, first: usize, second: usize) -> FieldSet {
        self.fields_of(first).intersection(self.fields_of(second))
    }

    /// Fields of a source, attributes at their common places.
    pub fn fields_of(&self, source: usize) -> FieldSet {
        place_fields(self.submissions[source].header().fields, &self.places[source])
    }

    /// Where the attributes of a source go.
    pub fn places(&self, source: usize) -> &AttributePlaces {
        &self.places[source]
    }

    /// Fields that are equal in all rows of a block of a pass, as a source has them, attributes at their common places.
    pub fn fixed_fields(&self, pass: &PassSpec, source: usize) -> FieldSet {
        place_fields(pass.fixed_fields(), &self.places[source])
    }

    /// Level counts of a source, attributes at their common places.
    pub fn levels(&self, source: usize) -> Result<LevelCounts, Rejection> {
        let counts = self.submissions[source].levels()?;
        let mut placed = counts.clone();
        for table in levels::ATTRIBUTES {
            placed.cells[table.start..table.start + table.cells].fill(0);
        }
        for (from, place) in levels::ATTRIBUTES.iter().zip(&self.places[source]) {
            if let Some(place) = place {
                let to = levels::ATTRIBUTES[*place];
                placed.cells[to.start..to.start + to.cells].copy_from_slice(counts.table(*from));
            }
        }
        Ok(placed)
    }

    /// Whether a source has rows in a pass.
    pub fn hold(&self, source: usize, pass: &PassSpec) -> bool {
        let layout = self.submissions[source].layout();
        layout.passes().any(|(other, rows)| other.number == pass.number && rows > 0)
    }

    /// Whether a pass can join rows of these two sources: they share its fields, and an attribute
    /// in its key is the same attribute.
    pub fn joins(&self, pass: &PassSpec, first: usize, second: usize) -> bool {
        let same_attributes = pass.key.iter().all(|part| match part {
            KeyPart::Attribute(index) => {
                let index = usize::from(*index);
                let name = |source: usize| self.submissions[source].header().attributes[index];
                name(first) == name(second)
            }
            _ => true,
        });
        let within = first == second;
        let wanted =
            if within { !self.without_duplicates[first] } else { !pass.is_within_source() };
        wanted && self.hold(first, pass) && self.hold(second, pass) && same_attributes
    }
}

/// The fields with attributes at their common places.
pub fn place_fields(fields: FieldSet, places: &AttributePlaces) -> FieldSet {
    let bits = (0..ATTRIBUTES_MAX).map(Field::attribute);
    let plain = bits.clone().fold(fields, FieldSet::without);
    bits.zip(places).fold(plain, |set, (field, place)| match place {
        Some(place) if fields.contains(field) => set.with(Field::attribute(*place)),
        _ => set,
    })
}
