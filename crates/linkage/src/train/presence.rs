//! Whether two records have a value to compare is evidence of its own, where it is a trait of the
//! person: somebody without an address, a number or a middle name in one export is without it in
//! others.
//!
//! How often random pairs have a value on both sides is known from the agencies' counts; how often
//! matches do is estimated for each two sources, with the former as prior. Where nothing can be
//! learned, presence says nothing.

use crate::chance::Chance;
use crate::compare::MISSING;
use crate::pattern::{Comparison, PRESENCES, Vector};

/// Number of parts of a record of which presence is looked at.
pub(super) const PARTS: usize = PRESENCES;

/// Comparisons of each part; one of them is present at most.
///
/// Chosen on synthetic sets: a date of birth or a middle initial is left out by clerks, not by who
/// the person is. Records without a date also meet in fewer blocks, which would be taken for a trait.
const COMPARED: [&[Comparison]; PARTS] =
    [&[Comparison::Ssn4], &[Comparison::Location, Comparison::Place]];

/// Presence of one part never says more than two bits.
const FACTOR_MAX: f64 = 4.0;

/// Which parts of a pair are present.
pub(super) type Present = [bool; PARTS];

/// Which parts of a vector are present.
pub(super) fn present(vector: &Vector) -> Present {
    COMPARED.map(|part| part.iter().any(|comparison| vector[*comparison as usize] != MISSING))
}

/// What presence says about a match between two sources.
#[derive(Clone, Debug)]
pub(super) struct Presence {
    /// Share of random pairs with a value on both sides; nothing where unknown.
    chance: [Option<f64>; PARTS],
    /// Likelihood ratios of absence and presence.
    factors: [[f64; 2]; PARTS],
}

impl Presence {
    pub(super) fn new(chance: &Chance) -> Self {
        Self { chance: chance.present, factors: [[1.0; 2]; PARTS] }
    }

    /// Likelihood ratio of a match against all others.
    pub(super) fn factor(&self, present: Present) -> f64 {
        self.factors
            .iter()
            .zip(present)
            .map(|(factor, present)| factor[usize::from(present)])
            .product()
    }

    /// Learns from expected matches with each part present, and all expected matches.
    pub(super) fn update(&mut self, counts: &[f64; PARTS], matches: f64, prior: f64) {
        for ((factors, chance), count) in self.factors.iter_mut().zip(self.chance).zip(counts) {
            let Some(u) = chance else { continue };
            let m = (count + prior * u) / (matches + prior);
            *factors = [ratio(1.0 - m, 1.0 - u), ratio(m, u)];
        }
    }
}

fn ratio(m: f64, u: f64) -> f64 {
    if u > 0.0 { (m / u).clamp(1.0 / FACTOR_MAX, FACTOR_MAX) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_wire::FieldSet;
    use tallystick_wire::levels::{self, LevelCounts};

    /// A tenth of random pairs have a number on both sides.
    fn presence() -> Presence {
        let mut counts = LevelCounts::default();
        counts.cells[levels::SSN4.start] = 9_000;
        counts.cells[levels::SSN4.start + 1] = 1_000;
        Presence::new(&Chance::between(&counts, &counts, FieldSet(0xFFFF)))
    }

    #[test]
    fn presence_says_nothing_before_it_is_learned_or_where_matches_are_like_others() {
        let mut presence = presence();
        assert!((presence.factor([true, false]) - 1.0).abs() < 1e-12);
        presence.update(&[100.0, 0.0], 1_000.0, 20.0);
        assert!((presence.factor([true, true]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_trait_of_persons_speaks_for_presence_and_against_absence() {
        let mut presence = presence();
        presence.update(&[200.0, 0.0], 1_000.0, 20.0);
        assert!(presence.factor([true, false]) > 1.9);
        assert!(presence.factor([false, false]) < 0.9);
        presence.update(&[1_000.0, 0.0], 1_000.0, 20.0);
        assert!((presence.factor([true, false]) - FACTOR_MAX).abs() < 1e-9, "two bits at most");
    }
}
