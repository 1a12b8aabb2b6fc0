//! Takes a pattern, says whether a pair of that pattern could come to be a match, before training.
//!
//! Where it could not, counting the pair is enough. The bound is generous, and not relied upon:
//! [`crate::link::Fitted::misses_some`] holds the trained weights against it.

use crate::chance::{Chance, LevelProbabilities};
use crate::link::Space;
use crate::pattern::{COMPARISONS, LEVELS_MAX, Pattern, vector};
use crate::train::DIFFERENT_MAX;

/// Most matches, in units of the larger source's records.
const MATCHES_PER_RECORD_MAX: f64 = 4.0;

/// The highest weights that training may come to.
#[derive(Clone, Debug)]
pub struct Ceilings {
    /// Chance agreement of each group and the highest odds of a match in it.
    groups: Vec<(Chance, f64)>,
    /// Highest m by comparison and level: training that exceeds it is thrown away.
    m: [LevelProbabilities; COMPARISONS],
    connect_mbit: i32,
}

impl Ceilings {
    /// Ceilings for pairs of these sources, against the weight from which pairs connect.
    pub fn new(space: &Space, connect_mbit: i32) -> Self {
        let mut m = [[1.0; LEVELS_MAX]; COMPARISONS];
        for (comparison, limit) in DIFFERENT_MAX {
            m[comparison as usize][1] = limit;
        }
        let groups = space
            .groups()
            .into_iter()
            .map(|group| {
                let records =
                    [group.first_source, group.second_source].map(|s| space.records_of(s));
                let largest = records[0].max(records[1]) as f64;
                let odds = MATCHES_PER_RECORD_MAX * largest / group.pairs_total.max(1) as f64;
                (group.chance, odds)
            })
            .collect();
        Self { groups, m, connect_mbit }
    }

    /// Whether a pair of this pattern could connect two records.
    pub fn may_connect(&self, group: usize, pattern: Pattern) -> bool {
        let (chance, odds) = &self.groups[group];
        let vector = vector(pattern);
        let m: f64 = vector.iter().zip(&self.m).map(|(level, m)| m[usize::from(*level)]).product();
        let ratio = odds * m / chance.probability(&vector).max(f64::MIN_POSITIVE);
        1_000.0 * libm::log2(ratio) >= f64::from(self.connect_mbit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{DIFFERENT, DOB_EXACT, EXACT, Levels, NAME_EXACT, SAME};
    use tallystick_wire::{FieldSet, LevelCounts};

    fn space() -> Space {
        Space {
            offsets: vec![0, 100_000, 200_000],
            levels: vec![LevelCounts::default(); 2],
            shared: vec![vec![FieldSet(0xFFFF); 2]; 2],
            without_duplicates: vec![true; 2],
            one_to_one: vec![(0, 1)],
        }
    }

    #[test]
    fn namesakes_of_another_age_and_place_are_unlikely_and_equal_records_are_not() {
        let ceilings = Ceilings::new(&space(), -1_000);
        let namesakes = Levels {
            first: NAME_EXACT,
            last: DIFFERENT,
            dob: DIFFERENT,
            zip: EXACT,
            sex: SAME,
            ..Levels::default()
        };
        assert!(!ceilings.may_connect(1, Pattern::pack(&namesakes)));
        let equal = Levels { last: NAME_EXACT, dob: DOB_EXACT, ..namesakes };
        assert!(ceilings.may_connect(1, Pattern::pack(&equal)));
    }
}
