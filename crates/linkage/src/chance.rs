//! u: how often random pairs reach each level, from the agencies' counts.

use tallystick_wire::levels::{self, LevelCounts, SEX_LEVELS, Table};
use tallystick_wire::schema::{ATTRIBUTES_MAX, Field, FieldSet};

use crate::compare::{MISSING, NAME_ONE_EDIT};
use crate::pattern::{COMPARISONS, Comparison, LEVELS_MAX, NAMES, PRESENCES, Vector, location};

/// Probabilities of the levels of one comparison; index 0 (missing) is 1.
pub type LevelProbabilities = [f64; LEVELS_MAX];

/// How many pairs the prior table of u counts for: it decides only where an agency drew few pairs.
const PRIOR_PAIRS: f64 = 1_000.0;

/// Prior probabilities of levels of random pairs, from one level above missing.
const PRIOR_U: [&[f64]; COMPARISONS] = [
    &[0.9834, 0.008, 0.005, 0.003, 0.0006],
    &[0.48, 0.52],
    &[0.9955, 0.0015, 0.0017, 0.0013],
    &[0.9946, 0.0045, 0.0008, 0.0001],
    &[0.98, 0.02],
    &[0.9959, 0.004, 0.0001],
    &[0.92, 0.03, 0.04, 0.0087, 0.001, 0.0002, 0.0001],
    &[0.9, 0.05, 0.04, 0.01],
    &[0.93, 0.07],
    &[0.6, 0.4],
    &[0.8, 0.05, 0.15],
    &[0.8, 0.05, 0.15],
    &[0.8, 0.05, 0.15],
    &[0.8, 0.05, 0.15],
    &[0.999_99, 0.000_01],
];

/// Chance agreement between two sources.
#[derive(Clone, Debug)]
pub struct Chance {
    /// Marginal probabilities per comparison.
    pub levels: [LevelProbabilities; COMPARISONS],
    /// Joint probabilities of given name and sex, `first * SEX_LEVELS + sex`, both present.
    first_sex: Vec<f64>,
    /// Probability that both records have a value, by part; nothing where the agencies drew too few
    /// pairs to say, or do not share the field.
    pub present: [Option<f64>; PRESENCES],
}

/// Random pairs from which on their presence is believed.
const PRESENCE_PAIRS_MIN: f64 = 1_000.0;

impl Chance {
    /// Chance agreement between two sources that share some fields; the same source twice for
    /// pairs within it. Each source weighs the same.
    pub fn between(first: &LevelCounts, second: &LevelCounts, shared: FieldSet) -> Self {
        let counts = [first, second];
        let mut levels = [[1.0; LEVELS_MAX]; COMPARISONS];
        let direct = [
            (Comparison::Last, levels::LAST),
            (Comparison::Dob, levels::DOB),
            (Comparison::DobYear, levels::DOB_YEAR),
            (Comparison::Ssn4, levels::SSN4),
            (Comparison::Middle, levels::MIDDLE),
            (Comparison::Suffix, levels::SUFFIX),
        ];
        for (comparison, table) in direct {
            let tables = counts.map(|source| to_f64(source.table(table)));
            levels[comparison as usize] = smooth(comparison, &tables);
        }
        for index in 0..ATTRIBUTES_MAX {
            let tables = counts.map(|source| to_f64(source.table(levels::ATTRIBUTES[index])));
            let comparison = Comparison::Attribute0 as usize + index;
            levels[comparison] = smooth_at(comparison, &tables);
        }
        let places = counts.map(|source| location_counts(source, shared));
        let [location, place] =
            [0, 1].map(|part| places.iter().map(|p| p[part].to_vec()).collect::<Vec<_>>());
        levels[Comparison::Location as usize] = smooth(Comparison::Location, &location);
        levels[Comparison::Place as usize] = smooth(Comparison::Place, &place);
        let joint = counts.map(|source| to_f64(source.table(levels::FIRST_SEX)));
        levels[Comparison::First as usize] =
            smooth(Comparison::First, &joint.each_ref().map(|table| marginal(table, true)));
        levels[Comparison::Sex as usize] =
            smooth(Comparison::Sex, &joint.each_ref().map(|table| marginal(table, false)));
        levels[Comparison::LocalId as usize] = prior(Comparison::LocalId as usize);
        let first_sex = joint_first_sex(&joint, &levels);
        let present = presences(counts, &places, shared);
        Self { levels, first_sex, present }
    }

    /// Probability that a random pair shows this vector.
    pub fn probability(&self, vector: &Vector) -> f64 {
        let (first, sex) = (vector[Comparison::First as usize], vector[Comparison::Sex as usize]);
        let mut product = if first != MISSING && sex != MISSING {
            self.first_sex[usize::from(first) * SEX_LEVELS + usize::from(sex)]
        } else {
            self.levels[0][usize::from(first)] * self.levels[1][usize::from(sex)]
        };
        for (level, probabilities) in vector.iter().zip(&self.levels).skip(2) {
            product *= probabilities[usize::from(*level)];
        }
        product
    }
}

fn to_f64(counts: &[u32]) -> Vec<f64> {
    counts.iter().map(|count| f64::from(*count)).collect()
}

fn prior(comparison: usize) -> LevelProbabilities {
    let mut out = [1.0; LEVELS_MAX];
    out[1..=PRIOR_U[comparison].len()].copy_from_slice(PRIOR_U[comparison]);
    out
}

fn smooth(comparison: Comparison, tables: &[Vec<f64>]) -> LevelProbabilities {
    smooth_at(comparison as usize, tables)
}

/// Shares per source, smoothed by the prior, averaged. Cell 0 (missing) does not count.
fn smooth_at(comparison: usize, tables: &[Vec<f64>]) -> LevelProbabilities {
    let prior = prior(comparison);
    let levels = NAMES[comparison].1.len();
    let mut out = [1.0; LEVELS_MAX];
    for (level, probability) in out.iter_mut().enumerate().take(levels + 1).skip(1) {
        let share = |table: &Vec<f64>| {
            let total: f64 = table[1..=levels].iter().sum();
            (table[level] + PRIOR_PAIRS * prior[level]) / (total + PRIOR_PAIRS)
        };
        *probability = tables.iter().map(share).sum::<f64>() / tables.len() as f64;
    }
    out
}

/// Counts of the two location comparisons from the joint table, over the shared fields.
fn location_counts(source: &LevelCounts, shared: FieldSet) -> [[f64; LEVELS_MAX]; 2] {
    let mut out = [[0.0; LEVELS_MAX]; 2];
    let keep = |field, level: u8| if shared.contains(field) { level } else { MISSING };
    for (cell, count) in source.table(levels::LOCATION).iter().enumerate() {
        let digit = |place: u32| u8::try_from(cell / 4usize.pow(place) % 4).expect("below four");
        let (strong, weak) = location(
            keep(Field::Address, digit(3)),
            keep(Field::Phone, digit(2)),
            keep(Field::Zip, digit(1)),
            keep(Field::City, digit(0)),
        );
        out[0][usize::from(strong)] += f64::from(*count);
        out[1][usize::from(weak)] += f64::from(*count);
    }
    out
}

/// Probability that both records have a value, by part. A source's counts give the chance that two
/// of its own records have one; records of two sources are independent.
fn presences(
    counts: [&LevelCounts; 2],
    places: &[[[f64; LEVELS_MAX]; 2]; 2],
    shared: FieldSet,
) -> [Option<f64>; PRESENCES] {
    let part = |field: Field, table: Table| {
        let shares = counts.map(|source| both_present(&[to_f64(source.table(table))]));
        if shared.contains(field) { across(shares) } else { None }
    };
    let place = across([0, 1].map(|source| both_present(&places[source])));
    [part(Field::Ssn4, levels::SSN4), place.filter(|share| *share > 0.0)]
}

/// Share of pairs that have a value in one of the tables; a pair has it in one at most.
fn both_present<T: AsRef<[f64]>>(tables: &[T]) -> Option<f64> {
    let total: f64 = tables.first()?.as_ref().iter().sum();
    let present: f64 = tables.iter().flat_map(|table| &table.as_ref()[1..]).sum();
    (total >= PRESENCE_PAIRS_MIN).then(|| (present / total).clamp(0.0, 1.0))
}

fn across(shares: [Option<f64>; 2]) -> Option<f64> {
    let [Some(first), Some(second)] = shares else { return None };
    Some((first * second).sqrt())
}

/// Marginal counts of the given name, or of sex, over pairs that have it.
fn marginal(joint: &[f64], of_first: bool) -> Vec<f64> {
    let levels = if of_first { levels::FIRST_LEVELS } else { SEX_LEVELS };
    let mut out = vec![0.0; levels];
    for (cell, count) in joint.iter().enumerate() {
        let level = if of_first { cell / SEX_LEVELS } else { cell % SEX_LEVELS };
        out[level] += count;
    }
    out
}

/// P(first, sex) = P(first) P(sex | first); sex given a similar name is nearly always the same,
/// which the smoothing assumes until the counts say it.
fn joint_first_sex(tables: &[Vec<f64>; 2], levels: &[LevelProbabilities; COMPARISONS]) -> Vec<f64> {
    const PRIOR: f64 = 20.0;
    let same = 2;
    let mut out = vec![1.0; levels::FIRST_LEVELS * SEX_LEVELS];
    for first in 1..levels::FIRST_LEVELS {
        let cell = |table: &Vec<f64>, sex: usize| table[first * SEX_LEVELS + sex];
        let counted = |sex| tables.iter().map(|table| cell(table, sex)).sum::<f64>();
        let expected_same = if first >= usize::from(NAME_ONE_EDIT) {
            0.95
        } else {
            levels[Comparison::Sex as usize][same]
        };
        let total = counted(1) + counted(2);
        let p_same = (counted(same) + PRIOR * expected_same) / (total + PRIOR);
        let p_first = levels[Comparison::First as usize][first];
        out[first * SEX_LEVELS + same] = p_first * p_same;
        out[first * SEX_LEVELS + 1] = p_first * (1.0 - p_same);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_counts_the_prior_decides() {
        let empty = LevelCounts::default();
        let all = FieldSet(0xFFFF);
        let chance = Chance::between(&empty, &empty, all);
        assert!((chance.levels[Comparison::Last as usize][4] - 0.0013).abs() < 1e-9);
        assert!((chance.probability(&[0; COMPARISONS]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn probabilities_of_a_comparison_sum_to_one() {
        let mut counts = LevelCounts::default();
        counts
            .cells
            .iter_mut()
            .enumerate()
            .for_each(|(cell, n)| *n = u32::try_from(cell * 37 % 1000).unwrap());
        let chance = Chance::between(&counts, &counts, FieldSet(0xFFFF));
        for (comparison, (name, levels)) in NAMES.iter().enumerate() {
            let sum: f64 = chance.levels[comparison][1..=levels.len()].iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
        }
        let joint: f64 =
            chance.first_sex[SEX_LEVELS..].chunks(SEX_LEVELS).map(|row| row[1] + row[2]).sum();
        assert!((joint - 1.0).abs() < 1e-9, "{joint}");
    }
}
