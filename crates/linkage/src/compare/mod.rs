//! Takes two encoded rows of one block, gives the level of each comparison. Integers only.
//!
//! Levels follow `person.v1`: q-gram fields by the Dice coefficient in thousandths, compared by
//! multiplying out; fields laid out in words by equality of words.

mod levels;

use tallystick_wire::schema::{Field, FieldSet};

pub use levels::*;

/// Dice coefficients in thousandths from which a pair of filters reaches a level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Thresholds {
    /// Names after one edit.
    pub name_one_edit: u32,
    /// Names after two edits.
    pub name_two_edits: u32,
    /// Share of the smaller name filter that lies in the larger one, for compound names.
    pub name_contained: u32,
    /// Share of the smaller roots filter that lies in the larger one.
    pub roots: u32,
    /// Last four digits with one wrong or two exchanged.
    pub ssn4: u32,
    /// Telephone with up to two wrong digits.
    pub phone: u32,
    /// Digits of a date with one wrong.
    pub dob_digits: u32,
    /// Street names.
    pub street: u32,
    /// Digits of a house number.
    pub house_digits: u32,
    /// Q-gram attributes.
    pub attribute: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            name_one_edit: 640,
            name_two_edits: 540,
            name_contained: 830,
            roots: 800,
            ssn4: 650,
            phone: 840,
            dob_digits: 800,
            street: 640,
            house_digits: 600,
            attribute: 640,
        }
    }
}

/// One side of a comparison: words of each field's filter and the presence word.
///
/// `words[field]` is empty where the pass does not carry the field.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Filters by field number.
    pub words: [&'a [u64]; 16],
    /// Popcounts of the filters by field number.
    pub popcounts: [u32; 16],
    /// Which fields are present, and row flags.
    pub presence: u32,
}

/// One side of a comparison, wherever its filters lie. The words of a field may be asked for only
/// where the row has the field and the pass carries it.
pub trait Filters {
    /// The field's filter of `W` words.
    fn words<const W: usize>(&self, field: Field) -> &[u64; W];
    /// Bits set in it.
    fn popcount(&self, field: Field) -> u32;
    /// Which fields are present, and row flags.
    fn presence(&self) -> u32;
}

impl Filters for Row<'_> {
    #[inline(always)]
    fn words<const W: usize>(&self, field: Field) -> &[u64; W] {
        self.words[field as usize].try_into().expect("a filter has its field's width")
    }

    #[inline(always)]
    fn popcount(&self, field: Field) -> u32 {
        self.popcounts[field as usize]
    }

    #[inline(always)]
    fn presence(&self) -> u32 {
        self.presence
    }
}

/// Bits common to the name filters of a pair, counted by a kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct NameCounts {
    /// Given names.
    pub first: u32,
    /// Family names.
    pub last: u32,
}

/// `2000 * both >= permille * (a + b)`, where something is set.
#[inline(always)]
pub const fn dice_reaches(both: u32, a: u32, b: u32, permille: u32) -> bool {
    a + b > 0 && 2_000 * both >= permille * (a + b)
}

/// `1000 * both >= permille * min(a, b)`, where something is set on both sides.
#[inline(always)]
const fn overlap_reaches(both: u32, a: u32, b: u32, permille: u32) -> bool {
    let smaller = if a < b { a } else { b };
    smaller > 0 && 1_000 * both >= permille * smaller
}

#[inline(always)]
fn and_count<const W: usize>(a: &[u64; W], b: &[u64; W]) -> u32 {
    a.iter().zip(b).map(|(x, y)| (x & y).count_ones()).sum()
}

/// [`dice_reaches`] of two words.
#[inline(always)]
const fn words_reach(x: u64, y: u64, permille: u32) -> bool {
    dice_reaches((x & y).count_ones(), x.count_ones(), y.count_ones(), permille)
}

/// Compares pairs of rows of one pass.
#[derive(Clone, Copy, Debug)]
pub struct Comparator {
    thresholds: Thresholds,
    /// Fields that both sources have.
    shared: FieldSet,
    /// Fields equal by construction of the block.
    fixed: FieldSet,
}

impl Comparator {
    /// A comparator for two sources in one pass.
    pub const fn new(thresholds: Thresholds, shared: FieldSet, fixed: FieldSet) -> Self {
        Self { thresholds, shared, fixed }
    }

    /// The levels of a pair; `names` holds the kernel's counts for the two name fields.
    pub fn compare(&self, a: &Row<'_>, b: &Row<'_>, names: NameCounts) -> Levels {
        let mut levels = self.identify(a, b, names);
        self.describe(a, b, &mut levels);
        levels
    }

    /// Bits common to the name filters of a pair, where they can be compared.
    #[inline(always)]
    pub fn count_names<F: Filters>(&self, a: &F, b: &F) -> NameCounts {
        let count = |field| {
            if self.comparable(field, a, b) {
                and_count::<4>(a.words(field), b.words(field))
            } else {
                0
            }
        };
        NameCounts { first: count(Field::First), last: count(Field::Last) }
    }

    /// The levels of the fields that [`Levels::agreements`] counts; the others stay missing.
    #[inline(always)]
    pub fn identify<F: Filters>(&self, a: &F, b: &F, names: NameCounts) -> Levels {
        let mut levels = Levels::default();
        self.compare_names(a, b, names, &mut levels);
        self.compare_dates(a, b, &mut levels);
        levels.ssn4 = self.by_dice(Field::Ssn4, a, b, self.thresholds.ssn4);
        levels.phone = self.by_dice(Field::Phone, a, b, self.thresholds.phone);
        levels.address = self.compare_addresses(a, b);
        levels.zip = self.compare_zips(a, b);
        levels.city = self.compare_cities(a, b);
        for (index, level) in levels.attributes.iter_mut().enumerate() {
            *level = self.by_dice(Field::attribute(index), a, b, self.thresholds.attribute);
        }
        levels
    }

    /// Adds the levels of the fields that only describe a person.
    #[inline(always)]
    pub fn describe<F: Filters>(&self, a: &F, b: &F, levels: &mut Levels) {
        levels.sex = self.by_equality(Field::Sex, a, b);
        levels.middle = self.by_equality(Field::Middle, a, b);
        levels.suffix = self.by_equality(Field::Suffix, a, b);
    }

    /// Whether both rows have the field, and both sources share it.
    #[inline(always)]
    fn comparable<F: Filters>(&self, field: Field, a: &F, b: &F) -> bool {
        FieldSet(a.presence() & b.presence() & self.shared.0).contains(field)
    }

    #[inline(always)]
    fn compare_names<F: Filters>(&self, a: &F, b: &F, names: NameCounts, levels: &mut Levels) {
        let (first, last) = (Field::First, Field::Last);
        let (has_first, has_last) =
            (self.comparable(Field::First, a, b), self.comparable(Field::Last, a, b));
        if has_first {
            levels.first = self.name_level(names.first, a.popcount(first), b.popcount(first));
            if levels.first < NAME_ONE_EDIT && self.share_a_root(a, b) {
                levels.first = NAME_NICKNAME;
            }
        }
        if has_last {
            levels.last = self.name_level(names.last, a.popcount(last), b.popcount(last));
        }
        if has_first
            && has_last
            && levels.first < NAME_ONE_EDIT
            && levels.last < NAME_ONE_EDIT
            && self.are_swapped(a, b)
        {
            levels.first = NAME_ONE_EDIT;
            levels.last = NAME_ONE_EDIT;
        }
    }

    #[inline(always)]
    fn name_level(&self, both: u32, a: u32, b: u32) -> u8 {
        if both == a && both == b {
            NAME_EXACT
        } else if dice_reaches(both, a, b, self.thresholds.name_one_edit)
            || overlap_reaches(both, a, b, self.thresholds.name_contained)
        {
            NAME_ONE_EDIT
        } else if dice_reaches(both, a, b, self.thresholds.name_two_edits) {
            NAME_TWO_EDITS
        } else {
            DIFFERENT
        }
    }

    #[inline(always)]
    fn share_a_root<F: Filters>(&self, a: &F, b: &F) -> bool {
        let roots = Field::Roots;
        self.comparable(Field::Roots, a, b)
            && overlap_reaches(
                and_count::<4>(a.words(roots), b.words(roots)),
                a.popcount(roots),
                b.popcount(roots),
                self.thresholds.roots,
            )
    }

    #[inline(always)]
    fn are_swapped<F: Filters>(&self, a: &F, b: &F) -> bool {
        let (first, last) = (Field::First, Field::Last);
        let similar = |x: Field, y: Field| {
            dice_reaches(
                and_count::<4>(a.words(x), b.words(y)),
                a.popcount(x),
                b.popcount(y),
                self.thresholds.name_one_edit,
            )
        };
        similar(first, last) && similar(last, first)
    }

    #[inline(always)]
    fn compare_dates<F: Filters>(&self, a: &F, b: &F, levels: &mut Levels) {
        if !self.comparable(Field::Dob, a, b) {
            return;
        }
        if self.fixed.contains(Field::Dob) {
            levels.dob = DOB_EXACT;
            return;
        }
        let (x, y): (&[u64; 4], &[u64; 4]) = (a.words(Field::Dob), b.words(Field::Dob));
        if (a.presence() | b.presence()) & FieldSet::DOB_IS_DEFAULT != 0 {
            levels.dob_year = if x[0] == y[0] { SAME } else { DIFFERENT };
            return;
        }
        let parts = [x[0] == y[0], x[1] == y[1], x[2] == y[2]];
        let agreeing = parts.iter().filter(|same| **same).count();
        let swapped = parts[0] && x[1] == y[2] && x[2] == y[1];
        levels.dob = match agreeing {
            3 => DOB_EXACT,
            _ if swapped || words_reach(x[3], y[3], self.thresholds.dob_digits) => DOB_NEAR,
            2 => DOB_PARTIAL,
            _ => DIFFERENT,
        };
    }

    #[inline(always)]
    fn compare_addresses<F: Filters>(&self, a: &F, b: &F) -> u8 {
        if !self.comparable(Field::Address, a, b) {
            return MISSING;
        }
        if self.fixed.contains(Field::Address) {
            return EXACT;
        }
        let x: &[u64; 4] = a.words(Field::Address);
        let y: &[u64; 4] = b.words(Field::Address);
        if x == y {
            return EXACT;
        }
        let same_house = x[0] == y[0];
        let (street_x, street_y) = ([x[2], x[3]], [y[2], y[3]]);
        let near = if street_x == street_y {
            same_house || words_reach(x[1], y[1], self.thresholds.house_digits)
        } else {
            same_house
                && dice_reaches(
                    and_count(&street_x, &street_y),
                    and_count(&street_x, &street_x),
                    and_count(&street_y, &street_y),
                    self.thresholds.street,
                )
        };
        if near { NEAR } else { DIFFERENT }
    }

    #[inline(always)]
    fn compare_zips<F: Filters>(&self, a: &F, b: &F) -> u8 {
        if !self.comparable(Field::Zip, a, b) {
            return MISSING;
        }
        if self.fixed.contains(Field::Zip) {
            return EXACT;
        }
        let (x, y): (&[u64; 1], &[u64; 1]) = (a.words(Field::Zip), b.words(Field::Zip));
        let differing = x[0] ^ y[0];
        match (differing, differing & 0xFFFF_FFFF) {
            (0, _) => EXACT,
            (_, 0) => NEAR,
            _ => DIFFERENT,
        }
    }

    /// Near where a city sounds or begins alike.
    #[inline(always)]
    fn compare_cities<F: Filters>(&self, a: &F, b: &F) -> u8 {
        if !self.comparable(Field::City, a, b) {
            return MISSING;
        }
        if self.fixed.contains(Field::City) {
            return EXACT;
        }
        let (x, y): (&[u64; 2], &[u64; 2]) = (a.words(Field::City), b.words(Field::City));
        let differing = x[1] ^ y[1];
        if x[0] == y[0] {
            EXACT
        } else if differing & 0xFFFF_FFFF == 0 || differing >> 32 == 0 {
            NEAR
        } else {
            DIFFERENT
        }
    }

    /// Level of a field of two words.
    #[inline(always)]
    fn by_dice<F: Filters>(&self, field: Field, a: &F, b: &F, permille: u32) -> u8 {
        if !self.comparable(field, a, b) {
            return MISSING;
        }
        if self.fixed.contains(field) {
            return EXACT;
        }
        let (x, y): (&[u64; 2], &[u64; 2]) = (a.words(field), b.words(field));
        if x == y {
            EXACT
        } else if dice_reaches(and_count(x, y), a.popcount(field), b.popcount(field), permille) {
            NEAR
        } else {
            DIFFERENT
        }
    }

    /// Level of a field of one word.
    #[inline(always)]
    fn by_equality<F: Filters>(&self, field: Field, a: &F, b: &F) -> u8 {
        if !self.comparable(field, a, b) {
            return MISSING;
        }
        if self.fixed.contains(field) || a.words::<1>(field) == b.words::<1>(field) {
            SAME
        } else {
            DIFFERENT
        }
    }
}
