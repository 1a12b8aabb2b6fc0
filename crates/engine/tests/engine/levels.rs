//! Pairs of which each is made for one rule of the comparison: a threshold met exactly, a filter without bits, a field that is absent.

use tallystick_linkage::compare::{
    DIFFERENT, DOB_NEAR, EXACT, Levels, MISSING, NAME_EXACT, NAME_NICKNAME, NAME_ONE_EDIT,
    NAME_TWO_EDITS, NEAR, SAME, Thresholds,
};
use tallystick_wire::Field;

use crate::made::run;
use crate::written::{Fixture, NAME_PAIR, Record};

/// A level of a pair.
type LevelOf = fn(&Levels) -> u8;

/// Filters of the record of court, and of that of jail.
type Pair = [Vec<(Field, Vec<u64>)>; 2];

/// Two filters with so many bits each, and so many in common.
fn overlapping(words: usize, bits: [usize; 2], common: usize) -> [Vec<u64>; 2] {
    [run(words, 0, bits[0]), run(words, bits[0] - common, bits[1])]
}

/// The same field on both sides.
fn of_field(field: Field, filters: [Vec<u64>; 2]) -> Pair {
    filters.map(|filter| vec![(field, filter)])
}

/// A threshold: what a pair is like that has so many bits in common, and how many meet it exactly.
struct Threshold {
    name: &'static str,
    pair: Box<dyn Fn(usize) -> Pair>,
    common: usize,
    level: LevelOf,
    /// The level where it is met.
    met: u8,
    /// The level where one bit is missing.
    missed: u8,
}

impl Threshold {
    fn new(
        name: &'static str,
        common: usize,
        (met, missed): (u8, u8),
        level: LevelOf,
        pair: impl Fn(usize) -> Pair + 'static,
    ) -> Self {
        Self { name, pair: Box::new(pair), common, level, met, missed }
    }

    /// Of filters with so many bits on either side.
    fn dice(field: Field, bits: usize, common: usize, levels: (u8, u8), level: LevelOf) -> Self {
        let pair = move |common| of_field(field, overlapping(field.words(), [bits; 2], common));
        Self::new(field.as_str(), common, levels, level, pair)
    }
}

fn thresholds() -> Vec<Threshold> {
    let mut all = Vec::new();
    for (field, level) in
        [(Field::First, (|it| it.first) as LevelOf), (Field::Last, |it: &Levels| it.last)]
    {
        all.push(Threshold::dice(field, 25, 16, (NAME_ONE_EDIT, NAME_TWO_EDITS), level));
        all.push(Threshold::dice(field, 50, 27, (NAME_TWO_EDITS, DIFFERENT), level));
        // So much longer that Dice says two edits.
        let contained = move |common| of_field(field, overlapping(4, [100, 200], common));
        let levels = (NAME_ONE_EDIT, NAME_TWO_EDITS);
        all.push(Threshold::new("contained", 83, levels, level, contained));
    }
    all.push(Threshold::new(
        "roots",
        4,
        (NAME_NICKNAME, DIFFERENT),
        |it| it.first,
        |common| {
            let [mut x, mut y] = of_field(Field::Roots, overlapping(4, [5; 2], common));
            x.push((Field::First, run(4, 0, 25)));
            y.push((Field::First, run(4, 150, 25)));
            [x, y]
        },
    ));
    // One name is equal to the other name of the other side, the other only similar.
    for (name, similar, equal) in
        [("there", Field::First, Field::Last), ("back", Field::Last, Field::First)]
    {
        let pair = move |common| {
            let [x, y] = overlapping(4, [25; 2], common);
            let shared = run(4, 150, 25);
            [vec![(similar, x), (equal, shared.clone())], vec![(equal, y), (similar, shared)]]
        };
        all.push(Threshold::new(name, 16, (NAME_ONE_EDIT, DIFFERENT), |it| it.first, pair));
    }
    all.push(Threshold::new(
        "dob",
        4,
        (DOB_NEAR, DIFFERENT),
        |it| it.dob,
        |common| {
            let [x, y] = overlapping(1, [5; 2], common);
            of_field(Field::Dob, [vec![1, 1, 1, x[0]], vec![2, 4, 2, y[0]]])
        },
    ));
    let levels = (NEAR, DIFFERENT);
    all.push(Threshold::dice(Field::Ssn4, 20, 13, levels, |it| it.ssn4));
    all.push(Threshold::dice(Field::Phone, 25, 21, levels, |it| it.phone));
    all.push(Threshold::new(
        "street",
        16,
        levels,
        |it| it.address,
        |common| {
            let [x, y] = overlapping(2, [25; 2], common);
            of_field(Field::Address, [vec![1, 3, x[0], x[1]], vec![1, 3, y[0], y[1]]])
        },
    ));
    all.push(Threshold::new(
        "house number",
        6,
        levels,
        |it| it.address,
        |common| {
            let [x, y] = overlapping(1, [10; 2], common);
            of_field(Field::Address, [vec![1, x[0], 7, 7], vec![2, y[0], 7, 7]])
        },
    ));
    let attributes: [LevelOf; 4] = [
        |it| it.attributes[0],
        |it| it.attributes[1],
        |it| it.attributes[2],
        |it| it.attributes[3],
    ];
    for (index, level) in attributes.into_iter().enumerate() {
        all.push(Threshold::dice(Field::attribute(index), 25, 16, levels, level));
    }
    all
}

/// Each pair alone in its block.
fn fixture(pairs: impl IntoIterator<Item = [Record; 2]>) -> Fixture {
    let pairs = (0..).zip(pairs).map(|(block, pair)| pair.map(|it| it.at(NAME_PAIR, block)));
    let (court, jail) = pairs.map(|[x, y]| (x, y)).unzip();
    Fixture::of(court, jail)
}

fn known_with(pair: Pair) -> [Record; 2] {
    pair.map(|filters| Record::known().with(filters))
}

#[test]
fn thresholds_are_met_exactly_and_missed_by_one_bit() {
    let thresholds = thresholds();
    let pairs = thresholds.iter().flat_map(|it| [(it.pair)(it.common), (it.pair)(it.common - 1)]);
    let fixture = fixture(pairs.map(known_with));
    let each = || (0..).step_by(2).zip(&thresholds);
    let found = |at: usize| fixture.found.pairs[&fixture.across(at, at)];
    for (at, threshold) in each() {
        let level = |at| (threshold.level)(&fixture.levels(&fixture.found, at, at));
        let levels = (level(at), level(at + 1));
        assert_eq!(levels, (threshold.met, threshold.missed), "{}", threshold.name);
        let boundary = (found(at).boundary, found(at + 1).boundary);
        assert_eq!(boundary, (true, false), "{}", threshold.name);
    }
    // Were any of them to be exceeded, the pair that only meets it would be the one that misses it.
    let exceeded = fixture.changed(&[("_c >= ", "_c > ")]).unwrap();
    for (at, threshold) in each() {
        let level = (threshold.level)(&fixture.levels(&exceeded, at, at));
        assert_eq!(level, threshold.missed, "{}", threshold.name);
    }
    // Were any other number one, that pair would not be said to be at it.
    let permille = Thresholds::default();
    let permille = [
        permille.name_one_edit,
        permille.name_two_edits,
        permille.name_contained,
        permille.roots,
        permille.ssn4,
        permille.phone,
        permille.house_digits,
    ];
    let changes = permille.map(|it| (format!("_c = {it} * "), format!("_c = 1 + {it} * ")));
    let changes = changes.each_ref().map(|(from, to)| (from.as_str(), to.as_str()));
    let elsewhere = fixture.changed(&changes).unwrap();
    for (at, threshold) in each() {
        assert!(!elsewhere.pairs[&fixture.across(at, at)].boundary, "{}", threshold.name);
    }
}

/// Of sums of bits, and of the lesser number of bits, only those above zero are held against a threshold: zero would reach any.
#[test]
fn filters_without_bits_reach_no_threshold() {
    let none = |field: Field| vec![0; field.words()];
    let name = || run(4, 150, 25);
    let first = |it: &Levels| it.first;
    let (by_sum, by_lesser): (Vec<_>, Vec<_>) = {
        let swapped = |empty: Field, full: Field| -> Pair {
            [vec![(empty, none(empty)), (full, name())], vec![(full, none(full)), (empty, name())]]
        };
        let empty_digits =
            |parts: [u64; 3]| vec![(Field::Dob, vec![parts[0], parts[1], parts[2], 0])];
        let house = |house| vec![(Field::Address, vec![house, 0, 7, 7])];
        let by_sum: Vec<(Pair, LevelOf)> = vec![
            (swapped(Field::First, Field::Last), first),
            (swapped(Field::Last, Field::First), first),
            ([empty_digits([1, 1, 1]), empty_digits([2, 4, 2])], |it| it.dob),
            ([house(1), house(2)], |it| it.address),
        ];
        let one_empty = |field: Field| of_field(field, [none(field), name()]);
        let with_roots = |roots: [Vec<u64>; 2]| {
            let [mut x, mut y] = of_field(Field::Roots, roots);
            x.push((Field::First, run(4, 0, 25)));
            y.push((Field::First, name()));
            [x, y]
        };
        let by_lesser: Vec<(Pair, LevelOf)> = vec![
            (one_empty(Field::First), first),
            (one_empty(Field::Last), |it| it.last),
            (with_roots([none(Field::Roots), run(4, 0, 5)]), first),
            (with_roots([none(Field::Roots), none(Field::Roots)]), first),
        ];
        (by_sum, by_lesser)
    };
    // Two that are both empty are equal, in every field.
    let equal: Vec<(Pair, LevelOf, u8)> = vec![
        (of_field(Field::First, [none(Field::First), none(Field::First)]), first, NAME_EXACT),
        (of_field(Field::Ssn4, [none(Field::Ssn4), none(Field::Ssn4)]), |it| it.ssn4, EXACT),
        (of_field(Field::Zip, [none(Field::Zip), none(Field::Zip)]), |it| it.zip, EXACT),
    ];
    let pairs = by_sum.iter().chain(&by_lesser).map(|(pair, _)| pair);
    let pairs = pairs.chain(equal.iter().map(|(pair, _, _)| pair)).cloned();
    let fixture = fixture(pairs.map(known_with));
    let levels = by_sum.iter().chain(&by_lesser).map(|(_, level)| (level, DIFFERENT));
    let levels = levels.chain(equal.iter().map(|(_, level, equal)| (level, *equal)));
    for (at, (level, expected)) in levels.enumerate() {
        assert_eq!(level(&fixture.levels(&fixture.found, at, at)), expected, "pair {at}");
    }
    assert!(fixture.found.pairs.values().all(|pair| !pair.boundary));
    let sums = fixture.changed(&[("> 0 AND 2000", ">= 0 AND 2000")]).unwrap();
    for (at, (_, level)) in by_sum.iter().enumerate() {
        assert!(level(&fixture.levels(&sums, at, at)) > DIFFERENT, "pair {at}");
    }
    let lesser = fixture.changed(&[("> 0 AND 1000", ">= 0 AND 1000")]).unwrap();
    for (at, (_, level)) in (by_sum.len()..).zip(&by_lesser) {
        assert!(level(&fixture.levels(&lesser, at, at)) > DIFFERENT, "pair {at}");
    }
}

const FIELDS_WITH_LEVELS: [(Field, LevelOf); 14] = [
    (Field::First, |it| it.first),
    (Field::Last, |it| it.last),
    (Field::Dob, |it| it.dob),
    (Field::Ssn4, |it| it.ssn4),
    (Field::Phone, |it| it.phone),
    (Field::Address, |it| it.address),
    (Field::Zip, |it| it.zip),
    (Field::City, |it| it.city),
    (Field::Sex, |it| it.sex),
    (Field::Middle, |it| it.middle),
    (Field::Suffix, |it| it.suffix),
    (Field::Attribute0, |it| it.attributes[0]),
    (Field::Attribute1, |it| it.attributes[1]),
    (Field::Attribute3, |it| it.attributes[3]),
];

/// What is absent has a filter of zeros in the export, which would be equal to another such.
#[test]
fn what_is_absent_is_compared_with_nothing() {
    let known = || [Record::known(), Record::known()];
    let absences = FIELDS_WITH_LEVELS.iter().flat_map(|(field, level)| {
        [[true, true], [true, false], [false, true]].map(|absent| (*field, *level, absent))
    });
    let absences: Vec<_> = absences.collect();
    let pairs = absences.iter().map(|(field, _, absent)| {
        let lacking = absent.map(|it| if it { vec![*field] } else { Vec::new() });
        let [x, y] = known();
        let [of_x, of_y] = lacking;
        [x.without(of_x), y.without(of_y)]
    });
    let fixture = fixture(pairs.chain([known()]));
    for (at, (field, level, absent)) in absences.iter().enumerate() {
        let level = level(&fixture.levels(&fixture.found, at, at));
        assert_eq!(level, MISSING, "{} {absent:?}", field.as_str());
    }
    let changed = fixture.changed(&[("WHEN NOT (both_have", "WHEN FALSE AND (both_have")]).unwrap();
    for (at, (field, level, absent)) in absences.iter().enumerate() {
        let level = level(&fixture.levels(&changed, at, at));
        assert_ne!(level, MISSING, "{} {absent:?}", field.as_str());
    }
}

/// Fields that are equal in a block are not compared; where a row lacks one all the same, nothing is said of it.
#[test]
fn what_is_absent_is_not_equal_by_the_block_either() {
    let fixed: [(u8, Field, LevelOf); 7] = [
        (0, Field::Dob, |it| it.dob),
        (8, Field::Ssn4, |it| it.ssn4),
        (10, Field::Phone, |it| it.phone),
        (11, Field::Address, |it| it.address),
        (12, Field::Zip, |it| it.zip),
        (18, Field::City, |it| it.city),
        (22, Field::Attribute0, |it| it.attributes[0]),
    ];
    let sides = fixed.map(|(pass, field, _)| {
        let there = Record::known().at(pass, 1);
        (there.clone(), Record::known().without([field]).at(pass, 1), there)
    });
    // One of jail that lacks it, and one that has it.
    let court = sides.iter().map(|(x, _, _)| x.clone()).collect();
    let jail = sides.into_iter().flat_map(|(_, without, with)| [without, with]).collect();
    let fixture = Fixture::of(court, jail);
    let changed = [("CASE WHEN both_have", "CASE WHEN 0 = 0 OR both_have")];
    let changed = fixture.changed(&changed).unwrap();
    for (at, (pass, _, level)) in fixed.iter().enumerate() {
        let of = |of, second| level(&fixture.levels(of, at, second));
        assert_eq!(of(&fixture.found, 2 * at), MISSING, "pass {pass}");
        assert!(of(&fixture.found, 2 * at + 1) >= EXACT, "pass {pass}");
        assert_ne!(of(&changed, 2 * at), MISSING, "pass {pass}");
    }
}

#[test]
fn of_a_default_date_only_the_year_counts_on_whichever_side_it_is() {
    let known = Record::known;
    let other_year = || [(Field::Dob, vec![2, 1, 1, 7])];
    let fixture = fixture([
        [known().with_default_date(), known()],
        [known(), known().with_default_date()],
        [known().with_default_date(), known().with_default_date()],
        [known().with_default_date(), known().with(other_year())],
        [known(), known()],
    ]);
    let levels = |at| {
        let levels = fixture.levels(&fixture.found, at, at);
        (levels.dob, levels.dob_year)
    };
    assert_eq!([0, 1, 2].map(levels), [(MISSING, SAME); 3]);
    assert_eq!(levels(3), (MISSING, DIFFERENT));
    assert_eq!(levels(4).1, MISSING);
    fixture.tells("either_has & 65536", "both_have & 65536");
}
