//! Takes one pass of all submissions, gives the candidate pairs that agree on two or more fields.
//!
//! Tokens are sorted in every submission, so the join is a merge; rows are read in stretches of
//! neighbouring tokens, which bounds memory whatever the number of records.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use tallystick_kernels::Kernel;
use tallystick_wire::levels::{self, LevelCounts};
use tallystick_wire::schema::{ATTRIBUTES_MAX, FIELDS, Field, FieldSet, KeyPart, PassSpec};
use tallystick_wire::{
    BlockToken, ContinuityToken, ReadAt, Rejection, SectionKind, SourceLabel, Submission,
};

use crate::compare::{Comparator, DIFFERENT, Levels, MISSING, NameCounts, Row, SAME, Thresholds};
use crate::pattern::{PATTERN_BITS, Pattern};

/// Rows of the largest source in one stretch.
const STRETCH_ROWS: usize = 16_384;

/// Two records that met in a block, with their levels and the passes in which they met.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CandidatePair {
    key: u64,
    value: u64,
}

impl CandidatePair {
    /// A pair met in one pass; `first` is below `second`.
    pub fn new(first: u32, second: u32, pattern: Pattern, pass: u8) -> Self {
        let key = u64::from(first) << 32 | u64::from(second);
        Self { key, value: pattern.0 | 1 << (PATTERN_BITS + u32::from(pass)) }
    }

    /// The two record numbers, the lower first.
    pub fn records(&self) -> (u32, u32) {
        let low = u32::try_from(self.key & 0xFFFF_FFFF).expect("masked to 32 bits");
        (u32::try_from(self.key >> 32).expect("the high 32 bits"), low)
    }

    /// The levels of the pair.
    pub fn pattern(&self) -> Pattern {
        Pattern(self.value & ((1 << PATTERN_BITS) - 1))
    }

    /// Passes in which the pair was met, one bit each.
    pub fn passes(&self) -> u32 {
        u32::try_from(self.value >> PATTERN_BITS).expect("27 bits are left for passes")
    }

    fn merge(self, other: Self) -> Self {
        let passes = (self.value | other.value) >> PATTERN_BITS << PATTERN_BITS;
        Self { key: self.key, value: passes | self.pattern().merge(other.pattern()).0 }
    }
}

/// What one pass did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PassCounts {
    /// Blocks with at least one pair.
    pub blocks: u64,
    /// Pairs compared.
    pub pairs_compared: u64,
    /// Pairs kept: agreeing on two or more fields.
    pub pairs_kept: u64,
    /// Blocks over the limit, left out.
    pub blocks_over_limit: u64,
    /// Rows in blocks over the limit.
    pub rows_over_limit: u64,
    /// Rows in the largest block.
    pub largest_block: u64,
}

impl PassCounts {
    fn add(mut self, other: &Self) -> Self {
        self.blocks += other.blocks;
        self.pairs_compared += other.pairs_compared;
        self.pairs_kept += other.pairs_kept;
        self.blocks_over_limit += other.blocks_over_limit;
        self.rows_over_limit += other.rows_over_limit;
        self.largest_block = self.largest_block.max(other.largest_block);
        self
    }
}

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
    trusted: Vec<Option<Rows>>,
    /// Where each source's attributes go.
    places: Vec<AttributePlaces>,
    /// Names of the attributes that are compared, by place.
    pub attributes: Vec<SourceLabel>,
}

/// For each attribute of a source its place among those of all sources, or none.
type AttributePlaces = [Option<usize>; ATTRIBUTES_MAX];

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
    /// Reads what is needed in every pass.
    pub fn read(
        submissions: &'a [Submission<R>],
        without_duplicates: Vec<bool>,
    ) -> Result<Self, Rejection> {
        let mut offsets = vec![0u32];
        let mut continuity = Vec::new();
        let mut trusted = Vec::new();
        let (attributes, places) = place_attributes(submissions);
        for (submission, places) in submissions.iter().zip(&places) {
            let last = offsets[offsets.len() - 1];
            let count = u32::try_from(submission.record_count())
                .ok()
                .and_then(|count| last.checked_add(count))
                .ok_or(Rejection::HeaderInvalid { what: "the number of records of all sources" })?;
            offsets.push(count);
            continuity.extend(submission.continuity_tokens()?);
            trusted.push(if submission.header().profile.is_salted() {
                None
            } else {
                let rows = 0..submission.header().records;
                Some(Rows::read(submission, SectionKind::Filters, rows, places)?)
            });
        }
        Ok(Self {
            submissions,
            offsets,
            continuity,
            without_duplicates,
            trusted,
            places,
            attributes,
        })
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

    /// Whether a pass can join rows of these two sources: they share its fields, and an attribute
    /// in its key is the same attribute.
    pub fn joins(&self, pass: &PassSpec, first: usize, second: usize) -> bool {
        let has = |source: usize| {
            let layout = self.submissions[source].layout();
            layout.passes().any(|(other, rows)| other.number == pass.number && rows > 0)
        };
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
        wanted && has(first) && has(second) && same_attributes
    }
}

fn place_fields(fields: FieldSet, places: &AttributePlaces) -> FieldSet {
    let bits = (0..ATTRIBUTES_MAX).map(Field::attribute);
    let plain = bits.clone().fold(fields, FieldSet::without);
    bits.zip(places).fold(plain, |set, (field, place)| match place {
        Some(place) if fields.contains(field) => set.with(Field::attribute(*place)),
        _ => set,
    })
}

/// Rows of a section: filters by field, presence words.
#[derive(Debug, Default)]
struct Rows {
    words: [Vec<u64>; FIELDS.len()],
    presence: Vec<u32>,
}

impl Rows {
    fn read<R: ReadAt>(
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
    fn gather(&self, records: &[u32]) -> Self {
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
const COUNTED: [Field; 9] = [
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
struct Side<'a> {
    rows: Rows,
    popcounts: [Vec<u32>; FIELDS.len()],
    records: &'a [u32],
    tokens: &'a [BlockToken],
}

impl Side<'_> {
    fn row(&self, row: usize) -> Row<'_> {
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

/// Largest blocks that are compared, in rows over all sources; larger ones are left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlockLimits {
    /// Of passes in general.
    pub records_max: usize,
    /// Of wide passes, whose keys many persons share.
    pub wide_records_max: usize,
}

/// Finds and compares the pairs of passes.
#[derive(Debug)]
pub struct Blocker<'a, R> {
    sources: &'a Sources<'a, R>,
    thresholds: Thresholds,
    limits: BlockLimits,
    kernel: Kernel,
}

/// Tokens and records of one source in one pass.
struct PassColumns {
    tokens: Vec<BlockToken>,
    records: Vec<u32>,
}

impl<'a, R: ReadAt> Blocker<'a, R> {
    /// A blocker over all sources.
    pub fn new(
        sources: &'a Sources<'a, R>,
        thresholds: Thresholds,
        limits: BlockLimits,
        kernel: Kernel,
    ) -> Self {
        Self { sources, thresholds, limits, kernel }
    }

    /// The kept pairs of a pass, ascending. `step` is called after each stretch and returns
    /// `false` to cancel, upon which the result is `None`.
    pub fn pass(
        &self,
        pass: &PassSpec,
        step: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Result<Option<(Vec<CandidatePair>, PassCounts)>, Rejection> {
        let columns = self
            .sources
            .submissions
            .iter()
            .map(|submission| {
                let has =
                    submission.layout().passes().any(|(other, _)| other.number == pass.number);
                Ok(if has {
                    PassColumns {
                        tokens: submission.tokens(pass)?,
                        records: submission.pass_records(pass.number)?,
                    }
                } else {
                    PassColumns { tokens: Vec::new(), records: Vec::new() }
                })
            })
            .collect::<Result<Vec<_>, Rejection>>()?;
        let stretches = stretches(&columns);
        let total = stretches.len();
        let results = stretches
            .into_par_iter()
            .map(|ranges| {
                if !step(0, total) {
                    return Ok(None);
                }
                let result = self.stretch(pass, &columns, &ranges)?;
                step(1, total);
                Ok(Some(result))
            })
            .collect::<Result<Vec<_>, Rejection>>()?;
        let mut counts = PassCounts::default();
        let mut pairs = Vec::new();
        for result in results {
            let Some((found, found_counts)) = result else { return Ok(None) };
            pairs.extend(found);
            counts = counts.add(&found_counts);
        }
        pairs.par_sort_unstable();
        // Compound names have several keys in one pass, so a pair can meet more than once.
        pairs.dedup_by(|next, kept| {
            let same = next.key == kept.key;
            if same {
                *kept = kept.merge(*next);
            }
            same
        });
        counts.pairs_kept = pairs.len() as u64;
        Ok(Some((pairs, counts)))
    }

    fn stretch(
        &self,
        pass: &PassSpec,
        columns: &[PassColumns],
        ranges: &[Range<usize>],
    ) -> Result<(Vec<CandidatePair>, PassCounts), Rejection> {
        let sides = ranges
            .iter()
            .zip(columns)
            .enumerate()
            .map(|(source, (range, columns))| self.side(source, pass, columns, range.clone()))
            .collect::<Result<Vec<_>, Rejection>>()?;
        let mut stretch = Stretch {
            blocker: self,
            pass,
            sides: &sides,
            comparators: self.per_pair(|first, second| {
                let shared = self.sources.shared_fields(first, second);
                Comparator::new(self.thresholds, shared, self.fixed_fields(pass, first))
            }),
            joins: self.per_pair(|first, second| self.sources.joins(pass, first, second)),
            pairs: Vec::new(),
            counts: PassCounts::default(),
            names: Default::default(),
        };
        for_each_block(&sides, |block| stretch.block(block));
        Ok((stretch.pairs, stretch.counts))
    }

    fn side<'c>(
        &self,
        source: usize,
        pass: &PassSpec,
        columns: &'c PassColumns,
        range: Range<usize>,
    ) -> Result<Side<'c>, Rejection> {
        let records = &columns.records[range.clone()];
        let rows = match &self.sources.trusted[source] {
            Some(filters) => filters.gather(records),
            None if range.is_empty() => Rows::default(),
            None => Rows::read(
                &self.sources.submissions[source],
                SectionKind::Pass(pass.number),
                range.start as u64..range.end as u64,
                &self.sources.places[source],
            )?,
        };
        let mut popcounts: [Vec<u32>; FIELDS.len()] = Default::default();
        for field in COUNTED {
            let words = &rows.words[field as usize];
            let counts = &mut popcounts[field as usize];
            counts.resize(words.len() / field.words(), 0);
            self.kernel.popcounts(field.words(), words, counts);
        }
        Ok(Side { rows, popcounts, records, tokens: &columns.tokens[range] })
    }

    /// Fields equal by construction of the pass, attributes at their common places.
    fn fixed_fields(&self, pass: &PassSpec, source: usize) -> FieldSet {
        place_fields(pass.fixed_fields(), &self.sources.places[source])
    }

    fn per_pair<T>(&self, of: impl Fn(usize, usize) -> T) -> Vec<Vec<T>> {
        let count = self.sources.submissions.len();
        (0..count).map(|first| (0..count).map(|second| of(first, second)).collect()).collect()
    }
}

/// The work on one stretch.
struct Stretch<'s, 'a, R> {
    blocker: &'s Blocker<'a, R>,
    pass: &'s PassSpec,
    sides: &'s [Side<'s>],
    comparators: Vec<Vec<Comparator>>,
    joins: Vec<Vec<bool>>,
    pairs: Vec<CandidatePair>,
    counts: PassCounts,
    names: [Vec<u32>; 2],
}

impl<R: ReadAt> Stretch<'_, '_, R> {
    /// Compares all pairs of one block: `block[source]` are the rows of a source.
    fn block(&mut self, block: &[Range<usize>]) {
        let rows: usize = block.iter().map(Range::len).sum();
        if rows < 2 {
            return;
        }
        let limits = self.blocker.limits;
        let wide = self.pass.is_wide();
        if rows > (if wide { limits.wide_records_max } else { limits.records_max }) {
            self.counts.blocks_over_limit += 1;
            self.counts.rows_over_limit += rows as u64;
            return;
        }
        let before = self.counts.pairs_compared;
        for first in 0..block.len() {
            for second in first..block.len() {
                if !self.joins[first][second] {
                    continue;
                }
                let within = first == second;
                for row in block[first].clone() {
                    let others =
                        if within { row + 1..block[first].end } else { block[second].clone() };
                    if !others.is_empty() {
                        self.row(first, row, second, others);
                    }
                }
            }
        }
        if self.counts.pairs_compared > before {
            self.counts.blocks += 1;
            self.counts.largest_block = self.counts.largest_block.max(rows as u64);
        }
    }

    /// Compares one row with a range of rows of another side.
    fn row(&mut self, first: usize, row: usize, second: usize, others: Range<usize>) {
        let (side, other) = (&self.sides[first], &self.sides[second]);
        let a = side.row(row);
        for (counts, field) in self.names.iter_mut().zip([Field::First, Field::Last]) {
            counts.clear();
            counts.resize(others.len(), 0);
            let words = &other.rows.words[field as usize];
            let width = field.words();
            if !words.is_empty() && !a.words[field as usize].is_empty() {
                let stretch = &words[others.start * width..others.end * width];
                self.blocker.kernel.and_counts(width, a.words[field as usize], stretch, counts);
            }
        }
        let sources = self.blocker.sources;
        let record = sources.offsets[first] + side.records[row];
        let comparator = self.comparators[first][second];
        self.counts.pairs_compared += others.len() as u64;
        for (position, b_row) in others.enumerate() {
            let b_record = sources.offsets[second] + other.records[b_row];
            let names =
                NameCounts { first: self.names[0][position], last: self.names[1][position] };
            let mut levels = comparator.compare(&a, &other.row(b_row), names);
            if first == second {
                levels.local_id = local_id_level(&sources.continuity, record, b_record);
            }
            self.keep(record, b_record, &levels);
        }
    }

    fn keep(&mut self, a: u32, b: u32, levels: &Levels) {
        if a == b || levels.agreements() < 2 {
            return;
        }
        let pattern = Pattern::pack(levels);
        self.pairs.push(CandidatePair::new(a.min(b), a.max(b), pattern, self.pass.number));
    }
}

fn local_id_level(continuity: &[ContinuityToken], a: u32, b: u32) -> u8 {
    let (x, y) = (continuity[a as usize], continuity[b as usize]);
    if x == ContinuityToken::default() || y == ContinuityToken::default() {
        MISSING
    } else if x == y {
        SAME
    } else {
        DIFFERENT
    }
}

/// Splits a pass into stretches of whole blocks: ranges of rows by source.
fn stretches(columns: &[PassColumns]) -> Vec<Vec<Range<usize>>> {
    let Some(largest) = columns.iter().max_by_key(|columns| columns.tokens.len()) else {
        return Vec::new();
    };
    let mut starts = vec![0; columns.len()];
    let mut out = Vec::new();
    for cut in (1..=largest.tokens.len() / STRETCH_ROWS).map(|n| n * STRETCH_ROWS) {
        let Some(token) = largest.tokens.get(cut) else { break };
        let ends: Vec<usize> = columns
            .iter()
            .map(|columns| columns.tokens.partition_point(|other| other < token))
            .collect();
        out.push(starts.iter().zip(&ends).map(|(start, end)| *start..*end).collect());
        starts = ends;
    }
    out.push(
        starts.iter().zip(columns).map(|(start, columns)| *start..columns.tokens.len()).collect(),
    );
    out
}

/// Calls `visit` with the rows of each source for every token, ascending.
fn for_each_block(sides: &[Side<'_>], mut visit: impl FnMut(&[Range<usize>])) {
    let mut at = vec![0usize; sides.len()];
    let mut block = vec![0..0; sides.len()];
    while let Some(token) =
        sides.iter().zip(&at).filter_map(|(side, row)| side.tokens.get(*row)).min().copied()
    {
        for ((side, row), range) in sides.iter().zip(&mut at).zip(&mut block) {
            let start = *row;
            while side.tokens.get(*row) == Some(&token) {
                *row += 1;
            }
            *range = start..*row;
        }
        visit(&block);
    }
}

/// Joins the pairs of one more pass into those found so far; both ascending.
pub fn merge(found: Vec<CandidatePair>, more: Vec<CandidatePair>) -> Vec<CandidatePair> {
    if found.is_empty() {
        return more;
    }
    let mut out = Vec::with_capacity(found.len() + more.len() / 2);
    let (mut left, mut right) = (found.into_iter().peekable(), more.into_iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a.key == b.key => {
                out.push(a.merge(*b));
                left.next();
                right.next();
            }
            (Some(a), Some(b)) if a.key > b.key => out.extend(right.next()),
            (Some(_), _) => out.extend(left.next()),
            (None, Some(_)) => out.extend(right.next()),
            (None, None) => return out,
        }
    }
}
