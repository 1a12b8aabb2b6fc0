//! Takes pattern histograms, gives match weights: a mixture over the whole pair space.
//!
//! Every pair of records is a match, a pair of relatives, or random (Fellegi and Sunter 1969,
//! doi:10.1080/01621459.1969.10501049; further classes as in Larsen and Rubin 2001,
//! doi:10.1198/016214501750332956). u comes from the agencies' counts and stays fixed; what
//! relatives share is defined, not fitted; pairs that never met in a block count as random. Only m
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
    /// There are too few matches to learn from; the weights of pairs across sources are used.
    Borrowed,
    /// The match class lost the pairs that agree exactly, or took in pairs that agree on little;
    /// the prior is used instead.
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

/// Shares of the classes in one group; the rest is random.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// Share of matches among all pairs.
    pub matches: f64,
    /// Shares of the classes of relatives: household, twins, namesakes.
    pub relatives: [f64; RELATIVES],
}

impl Shares {
    fn random(&self) -> f64 {
        1.0 - self.matches - self.relatives.iter().sum::<f64>()
    }
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

/// Number of classes of relatives.
pub const RELATIVES: usize = 3;

/// A class of pairs of different persons who agree on more than chance: what they share is defined
/// here, everything else agrees as in random pairs, and only the class's share is estimated.
struct Relatives {
    levels: [Option<&'static [f64]>; COMPARISONS],
    /// Comparisons without which a pair cannot be told to be of this class.
    needs: &'static [&'static [Comparison]],
}

/// Household: family name and place are shared. Twins: the date of birth too. Namesakes, as father
/// and son of one name: given and family name, but not the date.
const RELATED: [Relatives; RELATIVES] = {
    use Comparison::{Dob, DobYear, First, Last, Location, Place, Sex};
    const NONE: [Option<&[f64]>; COMPARISONS] = [None; COMPARISONS];
    const SAME_LAST: Option<&[f64]> = Some(&[0.10, 0.02, 0.03, 0.85]);
    const SAME_LOCATION: Option<&[f64]> = Some(&[0.20, 0.02, 0.03, 0.02, 0.08, 0.25, 0.40]);
    const SAME_PLACE: Option<&[f64]> = Some(&[0.20, 0.05, 0.35, 0.40]);
    let mut household = NONE;
    household[Last as usize] = SAME_LAST;
    household[Location as usize] = SAME_LOCATION;
    household[Place as usize] = SAME_PLACE;
    let mut twins = household;
    twins[First as usize] = Some(&[0.95, 0.02, 0.01, 0.01, 0.01]);
    twins[Sex as usize] = Some(&[0.30, 0.70]);
    twins[Dob as usize] = Some(&[0.03, 0.03, 0.04, 0.90]);
    twins[DobYear as usize] = Some(&[0.05, 0.95]);
    let mut namesakes = household;
    namesakes[First as usize] = Some(&[0.05, 0.02, 0.05, 0.83, 0.05]);
    namesakes[Sex as usize] = Some(&[0.05, 0.95]);
    const SOME_PLACE: &[Comparison] = &[Location, Place];
    const SOME_DATE: &[Comparison] = &[Dob, DobYear];
    [
        Relatives { levels: household, needs: &[SOME_PLACE] },
        Relatives { levels: twins, needs: &[SOME_DATE, &[First]] },
        Relatives { levels: namesakes, needs: &[SOME_DATE, SOME_PLACE] },
    ]
};

impl Relatives {
    /// Levels of this class between two sources.
    fn with_chance(&self, chance: &Chance) -> [LevelProbabilities; COMPARISONS] {
        let mut levels = chance.levels;
        for (levels, defined) in levels.iter_mut().zip(self.levels) {
            if let Some(defined) = defined {
                levels[1..=defined.len()].copy_from_slice(defined);
            }
        }
        levels
    }

    fn may_hold(&self, vector: &Vector) -> bool {
        self.needs
            .iter()
            .all(|some| some.iter().any(|comparison| vector[*comparison as usize] != MISSING))
    }
}

/// Weight of the prior in pairs, per comparison.
const PRIOR_MATCHES: f64 = 20.0;
const ROUNDS_MAX: u32 = 200;
const SHARE_MIN: f64 = 1e-12;
/// Weights are cut at +-64 bits: beyond that they say nothing more, and sums stay small.
const WEIGHT_MBIT_MAX: f64 = 64_000.0;

/// Trains across and within, and scores every pattern.
pub fn train(groups: &[Group]) -> Model {
    let across = Trainer::new(groups, false).run(None);
    let lend = (across.0.training == Training::Converged).then_some(&across.0.m);
    let within = Trainer::new(groups, true).run(lend);
    let mut shares =
        vec![Shares { matches: SHARE_MIN, relatives: [SHARE_MIN; RELATIVES] }; groups.len()];
    for (group, share) in across.1.into_iter().chain(within.1) {
        shares[group] = share;
    }
    let weights = groups
        .iter()
        .zip(&shares)
        .map(|(group, shares)| {
            let kind = if group.is_within() { &within.0 } else { &across.0 };
            cells(group).iter().map(|cell| weight_mbit(cell, &kind.m, shares)).collect()
        })
        .collect();
    Model { across: across.0, within: within.0, shares, weights }
}

/// One distinct pattern of a group with the parts of its likelihood that do not change.
struct Cell {
    vector: Vector,
    count: f64,
    random: f64,
    relatives: [f64; RELATIVES],
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

    /// Trains m and shares; if that fails, m is borrowed or the prior, and only shares are trained.
    fn run(
        mut self,
        lend: Option<&[LevelProbabilities; COMPARISONS]>,
    ) -> (KindModel, Vec<(usize, Shares)>) {
        let start = self.shares.clone();
        let (mut training, mut rounds) = (Training::NoPairs, 0);
        if self.groups.iter().any(|(_, _, cells)| !cells.is_empty()) {
            (training, rounds) = self.rounds(true);
            if self.has_collapsed() {
                training = if lend.is_some() { Training::Borrowed } else { Training::Collapsed };
                self.m = lend.copied().unwrap_or_else(prior_m);
                self.shares = start;
                self.rounds(false);
            }
        }
        let shares = self.groups.iter().map(|(index, _, _)| *index).zip(self.shares).collect();
        (KindModel { m: self.m, training, rounds }, shares)
    }

    fn rounds(&mut self, with_m: bool) -> (Training, u32) {
        let mut last = f64::INFINITY;
        for round in 1..=ROUNDS_MAX {
            let expected = self.round(with_m);
            if (expected - last).abs() <= 1e-7 * expected.max(1.0) {
                return (Training::Converged, round);
            }
            last = expected;
        }
        (Training::RoundsExhausted, ROUNDS_MAX)
    }

    /// One round; gives the expected number of matches.
    fn round(&mut self, with_m: bool) -> f64 {
        let mut counts = [[0.0; LEVELS_MAX]; COMPARISONS];
        let mut chance = [[0.0; LEVELS_MAX]; COMPARISONS];
        let mut expected = 0.0;
        for ((_, group, cells), shares) in self.groups.iter().zip(&mut self.shares) {
            let (mut matches, mut relatives) = (0.0, [0.0; RELATIVES]);
            for cell in cells {
                let (p_match, p_relatives) = posterior(cell, &self.m, shares);
                matches += p_match * cell.count;
                for (sum, p) in relatives.iter_mut().zip(p_relatives) {
                    *sum += p * cell.count;
                }
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
            shares.matches = (matches / total).clamp(SHARE_MIN, 0.4);
            shares.relatives = relatives.map(|sum| (sum / total).clamp(SHARE_MIN, 0.2));
            expected += matches;
        }
        for comparison in (0..COMPARISONS).filter(|_| with_m) {
            self.m[comparison] =
                update_m(comparison, &counts[comparison], &chance[comparison], expected);
        }
        expected
    }

    /// A sound match class holds most pairs that agree exactly on names and a strong field, is not
    /// many times larger than these, and mostly agrees on what identifies people.
    fn has_collapsed(&self) -> bool {
        let (mut exact, mut kept, mut expected) = (0.0, 0.0, 0.0);
        for ((_, group, cells), shares) in self.groups.iter().zip(&self.shares) {
            expected += shares.matches * group.pairs_total as f64;
            for cell in cells.iter().filter(|cell| is_exact_rule(&cell.vector)) {
                exact += cell.count;
                kept += cell.count * posterior(cell, &self.m, shares).0;
            }
        }
        let differs_too_often = DIFFERENT_MAX
            .iter()
            .any(|(comparison, limit)| self.m[*comparison as usize][1] > *limit);
        kept < 0.5 * exact || expected > 10.0 * exact + 30.0 || differs_too_often
    }
}

/// Shares of matches that may differ in a field; above, the class means something else.
pub(crate) const DIFFERENT_MAX: [(Comparison, f64); 4] = [
    (Comparison::First, 0.35),
    (Comparison::Last, 0.40),
    (Comparison::Dob, 0.25),
    (Comparison::Ssn4, 0.25),
];

fn cells(group: &Group) -> Vec<Cell> {
    let levels = RELATED.each_ref().map(|relatives| relatives.with_chance(&group.chance));
    group
        .histogram
        .iter()
        .map(|(pattern, count)| {
            let vector = vector(*pattern);
            let relatives = core::array::from_fn(|class| {
                if RELATED[class].may_hold(&vector) {
                    product(&vector, &levels[class])
                } else {
                    0.0
                }
            });
            let random = group.chance.probability(&vector);
            Cell { vector, count: *count as f64, random, relatives }
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

fn product(vector: &Vector, levels: &[LevelProbabilities; COMPARISONS]) -> f64 {
    vector.iter().zip(levels).map(|(level, p)| p[usize::from(*level)]).product()
}

/// Likelihoods of match, relatives and random, each times the share of its class.
fn joint(
    cell: &Cell,
    m: &[LevelProbabilities; COMPARISONS],
    shares: &Shares,
) -> (f64, [f64; RELATIVES], f64) {
    let relatives = core::array::from_fn(|class| shares.relatives[class] * cell.relatives[class]);
    (shares.matches * product(&cell.vector, m), relatives, shares.random() * cell.random)
}

/// Posterior probabilities of match and of each class of relatives.
fn posterior(
    cell: &Cell,
    m: &[LevelProbabilities; COMPARISONS],
    shares: &Shares,
) -> (f64, [f64; RELATIVES]) {
    let (matches, relatives, random) = joint(cell, m, shares);
    let total = matches + relatives.iter().sum::<f64>() + random;
    if total > 0.0 {
        (matches / total, relatives.map(|relatives| relatives / total))
    } else {
        (0.0, [0.0; RELATIVES])
    }
}

/// Names exactly equal, and one strong field besides (or a weak one, where no strong field can be
/// compared): nearly always one person.
fn is_exact_rule(vector: &Vector) -> bool {
    let level = |comparison: Comparison| vector[comparison as usize];
    let first = matches!(level(Comparison::First), NAME_EXACT | NAME_NICKNAME);
    let last = level(Comparison::Last) == NAME_EXACT;
    let strong = level(Comparison::Dob) == 4
        || level(Comparison::Ssn4) == 3
        || level(Comparison::Location) >= 6;
    let nothing_strong = level(Comparison::Dob) == MISSING
        && level(Comparison::Ssn4) == MISSING
        && level(Comparison::Location) == MISSING;
    let weak = level(Comparison::Place) >= 3
        || level(Comparison::Middle) == 2
        || level(Comparison::Attribute0) == 3;
    first && last && (strong || (nothing_strong && weak))
}

/// Where training starts: as many matches as the exact rule finds, or one in ten thousand pairs.
fn start_shares(group: &Group, cells: &[Cell]) -> Shares {
    let total = group.pairs_total.max(1) as f64;
    let exact: f64 =
        cells.iter().filter(|cell| is_exact_rule(&cell.vector)).map(|cell| cell.count).sum();
    let matches = if exact > 0.0 { exact * 1.2 / total } else { 1e-4 };
    Shares { matches: matches.clamp(SHARE_MIN, 0.3), relatives: [1e-4, 1e-6, 1e-6] }
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

/// Log2 odds of match against all other classes, in thousandths of a bit.
fn weight_mbit(cell: &Cell, m: &[LevelProbabilities; COMPARISONS], shares: &Shares) -> i32 {
    let (matches, relatives, random) = joint(cell, m, shares);
    let others = relatives.iter().sum::<f64>() + random;
    let bits = libm::log2(matches / others.max(f64::MIN_POSITIVE));
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
            for defined in RELATED.iter().filter_map(|relatives| relatives.levels[comparison]) {
                let sum: f64 = defined.iter().sum();
                assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
                assert_eq!(defined.len(), levels.len(), "{name}");
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
