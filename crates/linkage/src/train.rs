//! Takes pattern histograms, gives match weights: a three-class mixture over the whole pair space.
//!
//! Every pair of records is a match, a pair of one household, or random (Fellegi and Sunter 1969,
//! doi:10.1080/01621459.1969.10501049; a third class as in Larsen and Rubin 2001,
//! doi:10.1198/016214501750332956). u comes from the agencies' counts and stays fixed; the
//! household class is defined, not fitted; pairs that never met in a block count as random. Only m
//! and the shares of the classes are estimated, by expectation-maximisation on the histogram, so
//! that training on sparse data cannot drift into another meaning of "match".

use crate::chance::{Chance, LevelProbabilities};
use crate::compare::{MISSING, NAME_EXACT, NAME_NICKNAME};
use crate::pattern::{COMPARISONS, Comparison, LEVELS_MAX, NAMES, Pattern, Vector, vector};

/// Pairs of one pair of sources.
#[derive(Clone, Debug)]
pub struct Group {
    /// Lower source number.
    pub first_source: usize,
    /// Higher source number; the same for pairs within a source.
    pub second_source: usize,
    /// All pairs of records, met or not.
    pub pairs_total: u64,
    /// Chance agreement.
    pub chance: Chance,
    /// Kept pairs by pattern, ascending.
    pub histogram: Vec<(Pattern, u64)>,
}

impl Group {
    /// Whether the pairs lie within one source.
    pub fn is_within(&self) -> bool {
        self.first_source == self.second_source
    }
}

/// How training ended for one kind of pairs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Training {
    /// The estimates settled.
    Converged,
    /// The estimates still moved when the limit of rounds was reached; they are used.
    RoundsExhausted,
    /// There were no pairs to learn from; the prior is used.
    NoPairs,
    /// The match class lost most of the pairs that agree exactly on several fields, or took in
    /// pairs that agree on nothing; the prior is used instead.
    Collapsed,
}

/// Match probabilities of levels for pairs across sources, or within one.
#[derive(Clone, Debug)]
pub struct KindModel {
    /// m by comparison and level.
    pub m: [LevelProbabilities; COMPARISONS],
    /// How training ended.
    pub training: Training,
    /// Rounds of expectation-maximisation.
    pub rounds: u32,
}

/// Shares of the classes in one group.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// Share of matches among all pairs.
    pub matches: f64,
    /// Share of pairs of one household among all pairs.
    pub household: f64,
}

/// A trained model and the weight of every pattern.
#[derive(Clone, Debug)]
pub struct Model {
    /// Pairs across sources.
    pub across: KindModel,
    /// Pairs within a source.
    pub within: KindModel,
    /// Class shares by group.
    pub shares: Vec<Shares>,
    /// Match weight by group, in the order of its histogram: log2 odds in thousandths of a bit.
    pub weights: Vec<Vec<i32>>,
}

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

/// Levels of pairs of one household that do not agree by chance alone: they share family name and
/// place; some are twins, or father and son of one name.
const HOUSEHOLD: [Option<&[f64]>; COMPARISONS] = {
    let mut out: [Option<&[f64]>; COMPARISONS] = [None; COMPARISONS];
    out[Comparison::First as usize] = Some(&[0.945, 0.02, 0.01, 0.02, 0.005]);
    out[Comparison::Sex as usize] = Some(&[0.5, 0.5]);
    out[Comparison::Last as usize] = Some(&[0.10, 0.02, 0.03, 0.85]);
    out[Comparison::Dob as usize] = Some(&[0.94, 0.03, 0.01, 0.02]);
    out[Comparison::Location as usize] = Some(&[0.20, 0.02, 0.03, 0.02, 0.08, 0.25, 0.40]);
    out[Comparison::Place as usize] = Some(&[0.20, 0.05, 0.35, 0.40]);
    out
};

/// Weight of the prior in pairs, per comparison.
const PRIOR_MATCHES: f64 = 20.0;
const ROUNDS_MAX: u32 = 200;
const SHARE_MIN: f64 = 1e-12;
/// Weights are cut at +-64 bits: beyond that they say nothing more, and sums stay small.
const WEIGHT_MBIT_MAX: f64 = 64_000.0;

/// Trains across and within, and scores every pattern.
pub fn train(groups: &[Group]) -> Model {
    let across = Trainer::new(groups, false).run();
    let within = Trainer::new(groups, true).run();
    let mut shares = vec![Shares { matches: SHARE_MIN, household: SHARE_MIN }; groups.len()];
    for (group, share) in across.1.into_iter().chain(within.1) {
        shares[group] = share;
    }
    let weights = groups
        .iter()
        .zip(&shares)
        .map(|(group, shares)| {
            let kind = if group.is_within() { &within.0 } else { &across.0 };
            group
                .histogram
                .iter()
                .map(|(pattern, _)| weight_mbit(&vector(*pattern), group, &kind.m, shares))
                .collect()
        })
        .collect();
    Model { across: across.0, within: within.0, shares, weights }
}

/// One distinct pattern of a group with the parts of its likelihood that do not change.
struct Cell {
    vector: Vector,
    count: f64,
    random: f64,
    household: f64,
}

struct Trainer<'a> {
    groups: Vec<(usize, &'a Group, Vec<Cell>)>,
    m: [LevelProbabilities; COMPARISONS],
    shares: Vec<Shares>,
}

impl<'a> Trainer<'a> {
    fn new(groups: &'a [Group], within: bool) -> Self {
        let groups: Vec<_> = groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.is_within() == within)
            .map(|(index, group)| (index, group, cells(group)))
            .collect();
        let shares = groups.iter().map(|(_, group, cells)| start_shares(group, cells)).collect();
        Self { groups, m: prior_m(), shares }
    }

    fn run(mut self) -> (KindModel, Vec<(usize, Shares)>) {
        let start = self.shares.clone();
        let mut training = Training::RoundsExhausted;
        let mut rounds = 0;
        if self.groups.iter().all(|(_, _, cells)| cells.is_empty()) {
            training = Training::NoPairs;
        } else {
            let mut last = f64::INFINITY;
            while rounds < ROUNDS_MAX {
                rounds += 1;
                let expected = self.round();
                if (expected - last).abs() <= 1e-7 * expected.max(1.0) {
                    training = Training::Converged;
                    break;
                }
                last = expected;
            }
            if self.has_collapsed() {
                training = Training::Collapsed;
                self.m = prior_m();
                self.shares = start;
            }
        }
        let shares = self.groups.iter().map(|(index, _, _)| *index).zip(self.shares).collect();
        (KindModel { m: self.m, training, rounds }, shares)
    }

    /// One round; gives the expected number of matches.
    fn round(&mut self) -> f64 {
        let mut counts = [[0.0; LEVELS_MAX]; COMPARISONS];
        let mut chance = [[0.0; LEVELS_MAX]; COMPARISONS];
        let mut expected = 0.0;
        for ((_, group, cells), shares) in self.groups.iter().zip(&mut self.shares) {
            let (mut matches, mut household) = (0.0, 0.0);
            for cell in cells {
                let (p_match, p_household) = posterior(cell, &self.m, shares);
                matches += p_match * cell.count;
                household += p_household * cell.count;
                for (count, level) in counts.iter_mut().zip(cell.vector) {
                    count[usize::from(level)] += p_match * cell.count;
                }
            }
            for (pooled, levels) in chance.iter_mut().zip(&group.chance.levels) {
                for (sum, u) in pooled.iter_mut().zip(levels) {
                    *sum += u * matches;
                }
            }
            let total = group.pairs_total.max(1) as f64;
            shares.matches = (matches / total).clamp(SHARE_MIN, 0.9);
            shares.household = (household / total).clamp(SHARE_MIN, 0.5);
            expected += matches;
        }
        for comparison in 0..COMPARISONS {
            self.m[comparison] =
                update_m(comparison, &counts[comparison], &chance[comparison], expected);
        }
        expected
    }

    /// A sound match class holds nearly all pairs that agree exactly on names and one more strong
    /// field, and agreement weighs more than disagreement.
    fn has_collapsed(&self) -> bool {
        let (mut exact, mut kept) = (0.0, 0.0);
        for ((_, _, cells), shares) in self.groups.iter().zip(&self.shares) {
            for cell in cells.iter().filter(|cell| is_exact_rule(&cell.vector)) {
                exact += cell.count;
                kept += cell.count * posterior(cell, &self.m, shares).0;
            }
        }
        kept < 0.5 * exact
    }
}

fn cells(group: &Group) -> Vec<Cell> {
    let household = household_levels(&group.chance);
    group
        .histogram
        .iter()
        .map(|(pattern, count)| {
            let vector = vector(*pattern);
            let shares_place = vector[Comparison::Location as usize] != MISSING
                || vector[Comparison::Place as usize] != MISSING;
            Cell {
                vector,
                count: *count as f64,
                random: group.chance.probability(&vector),
                household: if shares_place { product(&vector, &household) } else { 0.0 },
            }
        })
        .collect()
}

fn prior_m() -> [LevelProbabilities; COMPARISONS] {
    let mut m = [[1.0; LEVELS_MAX]; COMPARISONS];
    for (levels, prior) in m.iter_mut().zip(PRIOR_M) {
        levels[1..=prior.len()].copy_from_slice(prior);
    }
    m
}

fn household_levels(chance: &Chance) -> [LevelProbabilities; COMPARISONS] {
    let mut levels = chance.levels;
    for (levels, defined) in levels.iter_mut().zip(HOUSEHOLD) {
        if let Some(defined) = defined {
            levels[1..=defined.len()].copy_from_slice(defined);
        }
    }
    levels
}

fn product(vector: &Vector, levels: &[LevelProbabilities; COMPARISONS]) -> f64 {
    vector.iter().zip(levels).map(|(level, p)| p[usize::from(*level)]).product()
}

/// Posterior probabilities of match and household.
fn posterior(cell: &Cell, m: &[LevelProbabilities; COMPARISONS], shares: &Shares) -> (f64, f64) {
    let a = shares.matches * product(&cell.vector, m);
    let b = shares.household * cell.household;
    let c = (1.0 - shares.matches - shares.household) * cell.random;
    let total = a + b + c;
    if total > 0.0 { (a / total, b / total) } else { (0.0, 0.0) }
}

/// Names exactly equal, and one strong field besides: nearly always one person.
fn is_exact_rule(vector: &Vector) -> bool {
    let level = |comparison: Comparison| vector[comparison as usize];
    let first = matches!(level(Comparison::First), NAME_EXACT | NAME_NICKNAME);
    let last = level(Comparison::Last) == NAME_EXACT;
    let strong = level(Comparison::Dob) == 4
        || level(Comparison::Ssn4) == 3
        || level(Comparison::Location) >= 6;
    first && last && strong
}

/// Where training starts: as many matches as the exact rule finds, or one in ten thousand pairs.
fn start_shares(group: &Group, cells: &[Cell]) -> Shares {
    let total = group.pairs_total.max(1) as f64;
    let exact: f64 =
        cells.iter().filter(|cell| is_exact_rule(&cell.vector)).map(|cell| cell.count).sum();
    let matches = if exact > 0.0 { exact * 1.2 / total } else { 1e-4 };
    Shares { matches: matches.clamp(SHARE_MIN, 0.5), household: 1e-4 }
}

/// New m of one comparison: counts with a prior, then made monotone in the level.
fn update_m(
    comparison: usize,
    counts: &LevelProbabilities,
    chance: &LevelProbabilities,
    expected: f64,
) -> LevelProbabilities {
    let prior = PRIOR_M[comparison];
    let observed: f64 = counts[1..=prior.len()].iter().sum();
    let mut m = [1.0; LEVELS_MAX];
    for (level, p) in prior.iter().enumerate() {
        m[level + 1] = (counts[level + 1] + PRIOR_MATCHES * p) / (observed + PRIOR_MATCHES);
    }
    let u = |level: usize| {
        if expected > 0.0 { (chance[level] / expected).max(1e-9) } else { 1.0 }
    };
    // A nickname is no step between different and equal names, so it stands aside.
    let ordered = if comparison == Comparison::First as usize { 4 } else { prior.len() };
    make_monotone(&mut m[1..=ordered], &(1..=ordered).map(u).collect::<Vec<_>>());
    m
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

/// Log2 odds of match against household or random, in thousandths of a bit.
fn weight_mbit(
    vector: &Vector,
    group: &Group,
    m: &[LevelProbabilities; COMPARISONS],
    shares: &Shares,
) -> i32 {
    let household = household_levels(&group.chance);
    let shares_place = vector[Comparison::Location as usize] != MISSING
        || vector[Comparison::Place as usize] != MISSING;
    let a = shares.matches * product(vector, m);
    let b = if shares_place { shares.household * product(vector, &household) } else { 0.0 };
    let c = (1.0 - shares.matches - shares.household) * group.chance.probability(vector);
    let bits = libm::log2(a / (b + c).max(f64::MIN_POSITIVE));
    let mbit = libm::round((bits * 1_000.0).clamp(-WEIGHT_MBIT_MAX, WEIGHT_MBIT_MAX));
    #[expect(clippy::cast_possible_truncation, reason = "cut to +-64,000 above")]
    let mbit = mbit as i32;
    mbit
}

/// The probability that belongs to a weight.
pub fn probability(weight_mbit: i32) -> f64 {
    1.0 / (1.0 + libm::exp2(-f64::from(weight_mbit) / 1_000.0))
}

/// Single weights of levels, log2(m/u) in bits, for reports.
pub fn level_weights(model: &KindModel, chance: &Chance) -> Vec<Vec<f64>> {
    NAMES
        .iter()
        .enumerate()
        .map(|(comparison, (_, levels))| {
            (1..=levels.len())
                .map(|level| {
                    libm::log2(model.m[comparison][level] / chance.levels[comparison][level])
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn priors_sum_to_one() {
        for (comparison, (name, levels)) in NAMES.iter().enumerate() {
            assert_eq!(PRIOR_M[comparison].len(), levels.len(), "{name}");
            let sum: f64 = PRIOR_M[comparison].iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
            if let Some(household) = HOUSEHOLD[comparison] {
                let sum: f64 = household.iter().sum();
                assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
                assert_eq!(household.len(), levels.len(), "{name}");
            }
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
    }

    #[test]
    fn even_odds_are_probability_one_half() {
        assert!((probability(0) - 0.5).abs() < 1e-12);
        assert!((probability(6_629) - 0.99).abs() < 1e-4);
    }
}
