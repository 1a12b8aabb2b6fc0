//! How records of one person agree: m by comparison, and of the two names jointly.

use crate::chance::LevelProbabilities;
use crate::compare::NAME_EXACT;
use crate::pattern::{COMPARISONS, Comparison, LEVELS_MAX, Vector};

/// Prior m, from one level above missing.
const PRIOR_M: [&[f64]; COMPARISONS] = [
    &[0.08, 0.06, 0.06, 0.70, 0.10],
    &[0.03, 0.97],
    &[0.08, 0.06, 0.06, 0.80],
    &[0.06, 0.03, 0.06, 0.85],
    &[0.10, 0.90],
    &[0.05, 0.05, 0.90],
    &[0.20, 0.05, 0.06, 0.04, 0.10, 0.15, 0.40],
    &[0.25, 0.05, 0.30, 0.40],
    &[0.05, 0.95],
    &[0.10, 0.90],
    &[0.08, 0.04, 0.88],
    &[0.08, 0.04, 0.88],
    &[0.08, 0.04, 0.88],
    &[0.08, 0.04, 0.88],
    &[0.15, 0.85],
];

/// Weight of the prior in pairs, per comparison.
pub(super) const PRIOR_MATCHES: f64 = 20.0;

const FIRST: usize = Comparison::First as usize;
const LAST: usize = Comparison::Last as usize;

/// Joint probabilities of the levels of given name and family name.
pub type NameProbabilities = [LevelProbabilities; LEVELS_MAX];

/// How records of one person agree.
#[derive(Clone, Debug)]
pub(super) struct Matches {
    /// By comparison and level.
    pub(super) m: [LevelProbabilities; COMPARISONS],
    /// Of the two names.
    pub(super) names: NameProbabilities,
}

/// Expected matches by level, and what the same pairs would show by chance.
#[derive(Debug, Default)]
pub(super) struct Counts {
    levels: [LevelProbabilities; COMPARISONS],
    names: NameProbabilities,
    chance: [LevelProbabilities; COMPARISONS],
    matches: f64,
}

impl Counts {
    /// Counts expected matches of one vector.
    pub(super) fn add(&mut self, vector: &Vector, matches: f64) {
        for (count, level) in self.levels.iter_mut().zip(vector) {
            count[usize::from(*level)] += matches;
        }
        self.names[usize::from(vector[FIRST])][usize::from(vector[LAST])] += matches;
    }

    /// Adds the chance agreement of two sources with so many expected matches.
    pub(super) fn add_chance(&mut self, u: &[LevelProbabilities; COMPARISONS], matches: f64) {
        for (sums, levels) in self.chance.iter_mut().zip(u) {
            for (sum, u) in sums.iter_mut().zip(levels) {
                *sum += u * matches;
            }
        }
        self.matches += matches;
    }

    fn u(&self, comparison: usize, level: usize) -> f64 {
        if self.matches > 0.0 {
            (self.chance[comparison][level] / self.matches).max(1e-9)
        } else {
            1.0
        }
    }
}

impl Matches {
    pub(super) fn prior() -> Self {
        let mut m = [[1.0; LEVELS_MAX]; COMPARISONS];
        for (levels, prior) in m.iter_mut().zip(PRIOR_M) {
            levels[1..=prior.len()].copy_from_slice(prior);
        }
        Self { names: independent_names(&m), m }
    }

    /// Likelihood of a vector.
    pub(super) fn likelihood(&self, vector: &Vector) -> f64 {
        let names = self.names[usize::from(vector[FIRST])][usize::from(vector[LAST])];
        let others = vector.iter().zip(&self.m).enumerate();
        let others = others.filter(|(comparison, _)| *comparison != FIRST && *comparison != LAST);
        others.fold(names, |product, (_, (level, m))| product * m[usize::from(*level)])
    }

    /// Counts with the prior, made monotone.
    pub(super) fn update(&mut self, counts: &Counts) {
        for (comparison, m) in self.m.iter_mut().enumerate() {
            *m = new_m(comparison, counts);
        }
        self.names = new_names(&self.m, counts);
    }
}

/// Levels of a comparison that are steps from different to equal. A nickname is no such step, so it
/// stands aside.
const fn ordered(comparison: usize) -> usize {
    if comparison == FIRST { NAME_EXACT as usize } else { PRIOR_M[comparison].len() }
}

/// New m of one comparison: counts with a prior, then made monotone in the level.
fn new_m(comparison: usize, counts: &Counts) -> LevelProbabilities {
    let (prior, counted) = (PRIOR_M[comparison], &counts.levels[comparison]);
    let observed: f64 = counted[1..=prior.len()].iter().sum();
    let mut m = [1.0; LEVELS_MAX];
    for (level, p) in prior.iter().enumerate() {
        m[level + 1] = (counted[level + 1] + PRIOR_MATCHES * p) / (observed + PRIOR_MATCHES);
    }
    let ordered = ordered(comparison);
    let u: Vec<f64> = (1..=ordered).map(|level| counts.u(comparison, level)).collect();
    make_monotone(&mut m[1..=ordered], &u);
    m
}

/// Joint probabilities of names whose errors are independent; a missing name counts one.
fn independent_names(m: &[LevelProbabilities; COMPARISONS]) -> NameProbabilities {
    m[FIRST].map(|first| m[LAST].map(|last| first * last))
}

/// New joint m of the names: counts with independent names as prior, raised until m/u never falls
/// from one level to the next higher one of either name.
///
/// Errors of both names go together: aliases, exchanged names, names of another script. Taken as
/// independent, pairs with one name wrong would look more like matches than they are, and pairs with
/// both wrong less.
fn new_names(m: &[LevelProbabilities; COMPARISONS], counts: &Counts) -> NameProbabilities {
    let mut names = independent_names(m);
    let (firsts, lasts) = (PRIOR_M[FIRST].len(), PRIOR_M[LAST].len());
    let observed: f64 = counts.names[1..].iter().flat_map(|row| &row[1..]).sum();
    let step = |comparison, level| counts.u(comparison, level) / counts.u(comparison, level - 1);
    let mut sum = 0.0;
    for first in 1..=firsts {
        for last in 1..=lasts {
            let prior = PRIOR_MATCHES * names[first][last];
            let mut m = (counts.names[first][last] + prior) / (observed + PRIOR_MATCHES);
            if first > 1 && first <= ordered(FIRST) {
                m = m.max(names[first - 1][last] * step(FIRST, first));
            }
            if last > 1 {
                m = m.max(names[first][last - 1] * step(LAST, last));
            }
            names[first][last] = m;
            sum += m;
        }
    }
    for row in &mut names[1..=firsts] {
        row[1..=lasts].iter_mut().for_each(|m| *m /= sum);
    }
    names
}

/// Pools neighbouring levels until m/u never falls from one level to the next higher one
/// (pool-adjacent-violators; Ayer et al. 1955, doi:10.1214/aoms/1177728423).
fn make_monotone(m: &mut [f64], u: &[f64]) {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (m, u) in m.iter().zip(u) {
        blocks.push((*m, *u, 1));
        while let [.., (m0, u0, _), (m1, u1, _)] = blocks[..]
            && m1 * u0 < m0 * u1
        {
            let (m1, u1, n1) = blocks.pop().expect("two blocks were matched");
            let last = blocks.last_mut().expect("two blocks were matched");
            *last = (last.0 + m1, last.1 + u1, last.2 + n1);
        }
    }
    let mut level = 0;
    for (m_sum, u_sum, count) in blocks {
        for _ in 0..count {
            m[level] = u[level] * m_sum / u_sum;
            level += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::NAMES;
    use proptest::prelude::*;

    #[test]
    fn priors_sum_to_one() {
        for (prior, (name, levels)) in PRIOR_M.iter().zip(NAMES) {
            assert_eq!(prior.len(), levels.len(), "{name}");
            let sum: f64 = prior.iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
        }
    }

    proptest! {
        #[test]
        fn monotone_keeps_the_sum_and_orders_the_ratios(
            m in prop::collection::vec(0.001..1.0f64, 1..7),
            u in prop::collection::vec(0.001..1.0f64, 7),
        ) {
            let mut pooled = m.clone();
            make_monotone(&mut pooled, &u);
            prop_assert!((pooled.iter().sum::<f64>() - m.iter().sum::<f64>()).abs() < 1e-9);
            for level in 1..m.len() {
                prop_assert!(pooled[level] / u[level] >= pooled[level - 1] / u[level - 1] - 1e-9);
            }
        }

        #[test]
        fn joint_names_sum_to_one_and_never_fall_as_names_come_closer(
            counted in prop::collection::vec(0.0..500.0f64, 20),
            u in prop::collection::vec(0.001..1.0f64, 9),
        ) {
            let mut counts = Counts::default();
            let mut chance = [[1.0; LEVELS_MAX]; COMPARISONS];
            chance[FIRST][1..6].copy_from_slice(&u[..5]);
            chance[LAST][1..5].copy_from_slice(&u[5..]);
            for (cell, count) in counted.iter().enumerate() {
                let mut vector = [0; COMPARISONS];
                vector[FIRST] = u8::try_from(cell / 4 + 1).unwrap();
                vector[LAST] = u8::try_from(cell % 4 + 1).unwrap();
                counts.add(&vector, *count);
            }
            counts.add_chance(&chance, counted.iter().sum());
            let mut matches = Matches::prior();
            matches.update(&counts);
            let sum: f64 = matches.names[1..6].iter().flat_map(|row| &row[1..5]).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
            let ratio = |first: usize, last: usize| {
                matches.names[first][last] / (counts.u(FIRST, first) * counts.u(LAST, last))
            };
            for first in 1..6 {
                for last in 1..5 {
                    let below = if (2..5).contains(&first) { ratio(first - 1, last) } else { 0.0 };
                    let left = if last > 1 { ratio(first, last - 1) } else { 0.0 };
                    prop_assert!(ratio(first, last) >= below.max(left) * (1.0 - 1e-9));
                }
            }
        }
    }
}
