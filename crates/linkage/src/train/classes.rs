//! The classes of pairs of different persons who agree on more than chance.
//!
//! What each class shares is defined here; only its share among all pairs is estimated, so that no
//! class can come to mean something else. Where relatives share a field, they agree on it as often
//! as two records of one person do: the records of both suffer the same errors, moves and marriages.
//! Everything else agrees as in random pairs.

use crate::chance::{Chance, LevelProbabilities};
use crate::compare::{MISSING, NAME_ONE_EDIT};
use crate::pattern::{COMPARISONS, Comparison, LEVELS_MAX, NAMES, Pattern, Vector, vector};

/// Number of classes.
pub const RELATIVES: usize = 4;

/// How the pairs of a class agree on one comparison.
#[derive(Clone, Copy, Debug)]
enum Agreement {
    /// As random pairs.
    Chance,
    /// As records of one person.
    Match,
    /// As random pairs of which it is known that they are similar: at least at this level.
    Similar(u8),
    /// As given, from one level above missing.
    Given(&'static [f64]),
}

/// A class of pairs of different persons.
struct Relatives {
    agreements: [Agreement; COMPARISONS],
    /// Comparisons without which a pair cannot be told to be of this class.
    needs: &'static [&'static [Comparison]],
}

const RELATED: [Relatives; RELATIVES] = {
    use Agreement::{Chance, Given, Match, Similar};
    use Comparison::{Dob, DobYear, First, Last, Location, Middle, Place, Sex, Ssn4};
    const SOME_PLACE: &[Comparison] = &[Location, Place];
    const SOME_DATE: &[Comparison] = &[Dob, DobYear];
    const SOME_OTHER: &[Comparison] = &[Dob, DobYear, Ssn4, Middle];
    // Family name and place are shared.
    let mut household = [Chance; COMPARISONS];
    household[Last as usize] = Match;
    household[Location as usize] = Match;
    household[Place as usize] = Match;
    // The date of birth too.
    let mut twins = household;
    twins[First as usize] = Given(&[0.95, 0.02, 0.01, 0.01, 0.01]);
    twins[Sex as usize] = Given(&[0.30, 0.70]);
    twins[Dob as usize] = Match;
    twins[DobYear as usize] = Match;
    // Given and family name, but not the date: as father and son of one name.
    let mut namesakes = household;
    namesakes[First as usize] = Match;
    namesakes[Sex as usize] = Given(&[0.05, 0.95]);
    // Names that go together: a given and a family name of one language meet more often than the
    // frequencies of both names say.
    let mut alike = [Chance; COMPARISONS];
    alike[First as usize] = Similar(NAME_ONE_EDIT);
    alike[Last as usize] = Similar(NAME_ONE_EDIT);
    alike[Sex as usize] = Given(&[0.05, 0.95]);
    [
        Relatives { agreements: household, needs: &[SOME_PLACE] },
        Relatives { agreements: twins, needs: &[SOME_DATE, &[First]] },
        Relatives { agreements: namesakes, needs: &[SOME_OTHER, SOME_PLACE] },
        Relatives { agreements: alike, needs: &[&[First], &[Last]] },
    ]
};

/// Share of the kept pairs of two sources in which a class must show itself, in thousandths.
const SEEN_PERMILLE_MIN: u64 = 50;

/// The classes that can be told apart between two sources.
pub(super) fn held(histogram: &[(Pattern, u64)]) -> [bool; RELATIVES] {
    let total: u64 = histogram.iter().map(|(_, count)| count).sum();
    core::array::from_fn(|class| {
        let shown = histogram.iter().filter(|(pattern, _)| RELATED[class].shows(&vector(*pattern)));
        let shown: u64 = shown.map(|(_, count)| count).sum();
        shown > 0 && shown * 1_000 >= total * SEEN_PERMILLE_MIN
    })
}

/// The part of a class's likelihood that training does not change.
pub(super) fn fixed(vector: &Vector, chance: &Chance, held: [bool; RELATIVES]) -> [f64; RELATIVES] {
    core::array::from_fn(
        |class| {
            if held[class] { RELATED[class].fixed(vector, chance) } else { 0.0 }
        },
    )
}

/// The other part: fields on which a class agrees as records of one person do.
pub(super) fn shared(vector: &Vector, m: &[LevelProbabilities; COMPARISONS]) -> [f64; RELATIVES] {
    core::array::from_fn(|class| {
        let parts = vector.iter().zip(m).zip(&RELATED[class].agreements);
        parts
            .filter(|(_, agreement)| matches!(agreement, Agreement::Match))
            .map(|((level, m), _)| m[usize::from(*level)])
            .product()
    })
}

impl Relatives {
    fn shows(&self, vector: &Vector) -> bool {
        self.needs
            .iter()
            .all(|some| some.iter().any(|comparison| vector[*comparison as usize] != MISSING))
    }

    fn fixed(&self, vector: &Vector, chance: &Chance) -> f64 {
        let mut by_chance = [MISSING; COMPARISONS];
        let mut product = 1.0;
        for (comparison, agreement) in self.agreements.iter().enumerate() {
            let level = vector[comparison];
            match agreement {
                _ if level == MISSING => {}
                Agreement::Chance => by_chance[comparison] = level,
                Agreement::Match => {}
                Agreement::Similar(least) => {
                    product *= similar(&chance.levels[comparison], comparison, level, *least);
                }
                Agreement::Given(levels) => product *= levels[usize::from(level) - 1],
            }
        }
        product * chance.probability(&by_chance)
    }
}

/// Probability of a level among random pairs that reach the least one.
fn similar(u: &LevelProbabilities, comparison: usize, level: u8, least: u8) -> f64 {
    if level < least {
        return 0.0;
    }
    let levels = NAMES[comparison].1.len().min(LEVELS_MAX - 1);
    let reached: f64 = u[usize::from(least)..=levels].iter().sum();
    u[usize::from(level)] / reached.max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_agreements_sum_to_one() {
        for relatives in &RELATED {
            for ((name, levels), agreement) in NAMES.iter().zip(&relatives.agreements) {
                if let Agreement::Given(given) = agreement {
                    assert_eq!(given.len(), levels.len(), "{name}");
                    assert!((given.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{name}");
                }
            }
        }
    }
}
