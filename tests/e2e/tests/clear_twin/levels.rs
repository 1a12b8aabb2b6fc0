//! The comparison levels of `person.v1` on clear text: Jaro-Winkler for names and places,
//! Damerau-Levenshtein for numbers and dates, in place of Dice over filters.

use strsim::{damerau_levenshtein, jaro_winkler};
use tallystick_linkage::compare::{
    DIFFERENT, DOB_EXACT, DOB_NEAR, DOB_PARTIAL, EXACT, Levels, MISSING, NAME_EXACT, NAME_NICKNAME,
    NAME_ONE_EDIT, NAME_TWO_EDITS, NEAR, SAME,
};
use tallystick_wire::LevelCounts;
use tallystick_wire::levels::{self, SEX_LEVELS};

use super::records::Record;

const NAME_ONE_EDIT_MIN: f64 = 0.92;
const NAME_TWO_EDITS_MIN: f64 = 0.85;
const PLACE_MIN: f64 = 0.90;

/// Pairs drawn to count levels by chance.
const CHANCE_PAIRS_MAX: usize = 200_000;

/// The levels of two identities.
pub(super) fn compare(a: &Record, b: &Record) -> Levels {
    let mut levels = Levels {
        ssn4: by_edits(&a.ssn4, &b.ssn4, 1),
        phone: by_edits(&a.phone, &b.phone, 2),
        address: addresses(a, b),
        zip: zips(&a.zip, &b.zip),
        city: by_similarity(&a.city, &b.city),
        sex: by_equality(&a.sex, &b.sex),
        middle: by_equality(&a.middle, &b.middle),
        suffix: by_equality(&a.suffix, &b.suffix),
        ..Levels::default()
    };
    names(a, b, &mut levels);
    dates(a, b, &mut levels);
    levels
}

fn missing(a: &str, b: &str) -> bool {
    a.is_empty() || b.is_empty()
}

fn name(a: &str, b: &str) -> u8 {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let similarity = jaro_winkler(a, b);
    if missing(a, b) {
        MISSING
    } else if a == b {
        NAME_EXACT
    } else if similarity >= NAME_ONE_EDIT_MIN || (short.len() >= 3 && long.contains(short)) {
        NAME_ONE_EDIT
    } else if similarity >= NAME_TWO_EDITS_MIN {
        NAME_TWO_EDITS
    } else {
        DIFFERENT
    }
}

fn names(a: &Record, b: &Record, levels: &mut Levels) {
    levels.first = name(&a.first, &b.first);
    levels.last = name(&a.last, &b.last);
    if levels.first != MISSING && levels.first < NAME_ONE_EDIT && share_a_root(a, b) {
        levels.first = NAME_NICKNAME;
    }
    let both = levels.first != MISSING && levels.last != MISSING;
    let similar = |x: &str, y: &str| jaro_winkler(x, y) >= NAME_ONE_EDIT_MIN;
    if both
        && levels.first < NAME_ONE_EDIT
        && levels.last < NAME_ONE_EDIT
        && similar(&a.first, &b.last)
        && similar(&a.last, &b.first)
    {
        levels.first = NAME_ONE_EDIT;
        levels.last = NAME_ONE_EDIT;
    }
}

/// Four in five of the fewer roots are among the others.
fn share_a_root(a: &Record, b: &Record) -> bool {
    let both = a.roots.iter().filter(|root| b.roots.contains(root)).count();
    both * 5 >= a.roots.len().min(b.roots.len()) * 4
}

fn dates(a: &Record, b: &Record, levels: &mut Levels) {
    let (x, y) = (a.dob.as_str(), b.dob.as_str());
    if missing(x, y) {
        return;
    }
    if a.dob_is_default || b.dob_is_default {
        levels.dob_year = if x[..4] == y[..4] { SAME } else { DIFFERENT };
        return;
    }
    let parts = [x[..4] == y[..4], x[4..6] == y[4..6], x[6..] == y[6..]];
    let swapped = parts[0] && x[4..6] == y[6..] && x[6..] == y[4..6];
    levels.dob = match parts.iter().filter(|same| **same).count() {
        3 => DOB_EXACT,
        _ if swapped || damerau_levenshtein(x, y) == 1 => DOB_NEAR,
        2 => DOB_PARTIAL,
        _ => DIFFERENT,
    };
}

fn by_edits(a: &str, b: &str, edits_max: usize) -> u8 {
    if missing(a, b) {
        MISSING
    } else if a == b {
        EXACT
    } else if damerau_levenshtein(a, b) <= edits_max {
        NEAR
    } else {
        DIFFERENT
    }
}

fn by_similarity(a: &str, b: &str) -> u8 {
    if missing(a, b) {
        MISSING
    } else if a == b {
        EXACT
    } else if jaro_winkler(a, b) >= PLACE_MIN {
        NEAR
    } else {
        DIFFERENT
    }
}

fn by_equality(a: &str, b: &str) -> u8 {
    match (missing(a, b), a == b) {
        (true, _) => MISSING,
        (false, true) => SAME,
        (false, false) => DIFFERENT,
    }
}

fn addresses(a: &Record, b: &Record) -> u8 {
    let absent = |record: &Record| record.house.is_empty() && record.street.is_empty();
    if absent(a) || absent(b) {
        return MISSING;
    }
    let (same_house, same_street) = (a.house == b.house, a.street == b.street);
    let near_house = same_house || damerau_levenshtein(&a.house, &b.house) == 1;
    let near_street = same_street || jaro_winkler(&a.street, &b.street) >= PLACE_MIN;
    if same_house && same_street {
        EXACT
    } else if (same_house && near_street) || (near_house && same_street) {
        NEAR
    } else {
        DIFFERENT
    }
}

fn zips(a: &str, b: &str) -> u8 {
    if missing(a, b) {
        MISSING
    } else if a == b {
        EXACT
    } else if a.get(..3) == b.get(..3) {
        NEAR
    } else {
        DIFFERENT
    }
}

/// Levels over random pairs of one source, as its agency counts them.
pub(super) fn chance(records: &[&Record]) -> LevelCounts {
    let count = records.len();
    let mut counts = LevelCounts::default();
    let distances = (1..=count / 2).flat_map(|distance| (0..count).map(move |at| (at, distance)));
    for (at, distance) in distances.take(CHANCE_PAIRS_MAX) {
        counts.pairs += 1;
        let levels = compare(records[at], records[(at + distance) % count]);
        if !looks_like_one_person(&levels) {
            add(&levels, &mut counts);
        }
    }
    counts
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

fn add(levels: &Levels, counts: &mut LevelCounts) {
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
    for (table, level) in levels::ATTRIBUTES.into_iter().zip(levels.attributes) {
        counts.add(table, cell(level));
    }
}
