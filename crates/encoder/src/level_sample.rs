//! Counts comparison levels over random pairs of the source's own records, under a key that is
//! thrown away, so that the linkage unit knows chance agreement without seeing comparable filters.

use std::collections::BinaryHeap;

use tallystick_linkage::compare::{
    Comparator, DOB_NEAR, Levels, MISSING, NAME_ONE_EDIT, NEAR, NameCounts, Row, Thresholds,
};
use tallystick_wire::Handle;
use tallystick_wire::levels::{self, LevelCounts, SEX_LEVELS};
use tallystick_wire::schema::{ATTRIBUTES_MAX, FIELDS, Field, FieldSet};

use crate::digests::Digests;
use crate::filter_key::FilterKey;
use crate::filters::Filters;

/// Records kept; handles are keyed hashes, so the lowest ones are a random sample that does not
/// depend on the order of rows.
const RECORDS_MAX: usize = 20_000;
/// Pairs drawn.
const PAIRS_MAX: usize = 1_000_000;

/// One kept record.
#[derive(Debug)]
struct Kept {
    filters: Filters,
    presence: u32,
}

/// A random sample of a source's records under a throw-away key.
#[derive(Debug)]
pub(crate) struct LevelSample {
    fields: FieldSet,
    /// Handles of the kept records with their places in `kept`; the highest on top.
    handles: BinaryHeap<(Handle, usize)>,
    kept: Vec<Kept>,
}

impl LevelSample {
    pub(crate) fn new(fields: FieldSet) -> Self {
        Self { fields, handles: BinaryHeap::new(), kept: Vec::new() }
    }

    /// Keeps a record if its handle is among the lowest, with filters under the throw-away key.
    pub(crate) fn offer(
        &mut self,
        handle: Handle,
        (digests, presence): (&Digests, u32),
        throw_away: &FilterKey,
    ) {
        let make = || Kept {
            filters: Filters::salted(digests, throw_away, FieldSet::default()),
            presence,
        };
        if self.kept.len() < RECORDS_MAX {
            self.handles.push((handle, self.kept.len()));
            self.kept.push(make());
        } else if let Some(mut highest) = self.handles.peek_mut()
            && handle < highest.0
        {
            let place = highest.1;
            self.kept[place] = make();
            *highest = (handle, place);
        }
    }

    /// Counts over pairs at growing distance in the order of handles, rounded.
    ///
    /// Pairs that agree on two or more identifying fields are left out: they are mostly one person
    /// twice, not chance.
    pub(crate) fn counts(&self) -> LevelCounts {
        let mut sample: Vec<&(Handle, usize)> = self.handles.iter().collect();
        sample.sort_unstable();
        let rows: Vec<Row<'_>> = sample.iter().map(|(_, at)| row(&self.kept[*at])).collect();
        let comparator = Comparator::new(Thresholds::default(), self.fields, FieldSet::default());
        let mut counts = LevelCounts::default();
        let mut drawn = 0usize;
        for distance in 1..=rows.len() / 2 {
            for first in 0..rows.len() {
                let second = (first + distance) % rows.len();
                // At half way round, each pair would come twice.
                if drawn == PAIRS_MAX || (2 * distance == rows.len() && first >= distance) {
                    break;
                }
                drawn += 1;
                count_pair(&comparator, &rows[first], &rows[second], &mut counts);
            }
        }
        counts.pairs = drawn as u64;
        counts.round();
        counts
    }
}

fn row(kept: &Kept) -> Row<'_> {
    let mut row = Row { words: [&[]; 16], popcounts: [0; 16], presence: kept.presence };
    for (field, _) in FIELDS {
        let words = kept.filters.field(field);
        row.words[field as usize] = words;
        row.popcounts[field as usize] = words.iter().map(|word| word.count_ones()).sum();
    }
    row
}

fn count_pair(comparator: &Comparator, a: &Row<'_>, b: &Row<'_>, counts: &mut LevelCounts) {
    let both = |field: Field| -> u32 {
        let words = a.words[field as usize].iter().zip(b.words[field as usize]);
        words.map(|(x, y)| (x & y).count_ones()).sum()
    };
    let names = NameCounts { first: both(Field::First), last: both(Field::Last) };
    let levels = comparator.compare(a, b, names);
    if !looks_like_one_person(&levels) {
        count_levels(&levels, counts);
    }
}

fn looks_like_one_person(levels: &Levels) -> bool {
    let agreements = [
        levels.first >= NAME_ONE_EDIT,
        levels.last >= NAME_ONE_EDIT,
        levels.dob >= DOB_NEAR,
        levels.ssn4 >= NEAR,
        levels.address >= NEAR || levels.phone >= NEAR,
    ];
    agreements.iter().filter(|agrees| **agrees).count() >= 2
}

fn count_levels(levels: &Levels, counts: &mut LevelCounts) {
    let cell = usize::from;
    counts.add(levels::FIRST_SEX, cell(levels.first) * SEX_LEVELS + cell(levels.sex));
    for (table, level) in [
        (levels::LAST, levels.last),
        (levels::DOB, levels.dob),
        (levels::DOB_YEAR, levels.dob_year),
        (levels::SSN4, levels.ssn4),
        (levels::MIDDLE, levels.middle),
        (levels::SUFFIX, levels.suffix),
    ] {
        if level != MISSING {
            counts.add(table, cell(level));
        }
    }
    let location = [levels.address, levels.phone, levels.zip, levels.city];
    counts.add(levels::LOCATION, location.into_iter().fold(0, |sum, l| sum * 4 + cell(l)));
    for index in 0..ATTRIBUTES_MAX {
        counts.add(levels::ATTRIBUTES[index], cell(levels.attributes[index]));
    }
}
