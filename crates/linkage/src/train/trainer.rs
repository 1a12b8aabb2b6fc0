//! Expectation-maximisation over the pairs across sources, or within them, and its safeguard.

use super::classes::{self, RELATIVES};
use super::matches::{Counts, Matches, PRIOR_MATCHES};
use super::presence::{self, PARTS, Presence, Present};
use super::{Group, KindModel, SHARE_MIN, Shares, Training, weight_mbit};
use crate::compare::{MISSING, NAME_EXACT, NAME_NICKNAME};
use crate::pattern::{Comparison, Vector, vector};

/// Each class of relatives loses so many pairs a round, over all sources together: the mode of its
/// share under the scale-free prior 1/share, which leaves no class to a handful of odd pairs.
const CLASS_PAIRS_LESS: f64 = 1.0;
const ROUNDS_MAX: u32 = 200;

/// Training of one kind of pairs.
pub(super) struct Trainer<'a> {
    learners: Vec<Learner<'a>>,
    matches: Matches,
}

/// What is known of two sources after training: their number, shares and weights.
pub(super) type Learned = (usize, Shares, Vec<i32>);

impl<'a> Trainer<'a> {
    pub(super) fn new(groups: &'a [Group], within: bool) -> Self {
        let learners = groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.is_within() == within)
            .map(|(index, group)| Learner::new(index, group))
            .collect();
        Self { learners, matches: Matches::prior() }
    }

    /// Trains m and shares; if that fails, m is borrowed or the prior, and only shares are trained.
    pub(super) fn run(mut self, lend: Option<&KindModel>) -> (KindModel, Vec<Learned>) {
        let (mut training, mut rounds) = (Training::NoPairs, 0);
        if self.learners.iter().any(|learner| !learner.cells.is_empty()) {
            (training, rounds) = self.rounds(true);
            if self.has_collapsed() {
                training = if lend.is_some() { Training::Borrowed } else { Training::Collapsed };
                self.matches = lend
                    .map_or_else(Matches::prior, |lend| Matches { m: lend.m, names: lend.names });
                for learner in &mut self.learners {
                    *learner = Learner::new(learner.index, learner.group);
                }
                self.rounds(false);
            }
        }
        let learned = self.learners.iter().map(|learner| learner.learned(&self.matches)).collect();
        let Matches { m, names } = self.matches;
        (KindModel { m, names, training, rounds }, learned)
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
        let mut counts = Counts::default();
        let pairs_less = CLASS_PAIRS_LESS / self.learners.len().max(1) as f64;
        let expected = self
            .learners
            .iter_mut()
            .map(|learner| learner.round(&self.matches, with_m, pairs_less, &mut counts))
            .sum();
        if with_m {
            self.matches.update(&counts);
        }
        expected
    }

    /// A sound match class holds most pairs that agree exactly on names and a strong field, is not
    /// many times larger than these, and mostly agrees on what identifies people.
    fn has_collapsed(&self) -> bool {
        let (mut exact, mut kept, mut expected) = (0.0, 0.0, 0.0);
        for learner in &self.learners {
            expected += learner.shares.matches * learner.group.pairs_total as f64;
            for cell in learner.cells.iter().filter(|cell| is_exact_rule(&cell.vector)) {
                exact += cell.count;
                kept += cell.count * learner.joint(cell, &self.matches).posterior().matches;
            }
        }
        let differs_too_often = DIFFERENT_MAX
            .iter()
            .any(|(comparison, limit)| self.matches.m[*comparison as usize][1] > *limit);
        kept < 0.5 * exact || expected > 10.0 * exact + 30.0 || differs_too_often
    }
}

/// One distinct pattern of a group with the parts of its likelihood that do not change.
struct Cell {
    vector: Vector,
    count: f64,
    random: f64,
    relatives: [f64; RELATIVES],
    present: Present,
}

/// Two sources on their way to a model.
struct Learner<'a> {
    index: usize,
    group: &'a Group,
    cells: Vec<Cell>,
    shares: Shares,
    presence: Presence,
}

impl<'a> Learner<'a> {
    fn new(index: usize, group: &'a Group) -> Self {
        let cells = cells(group);
        let shares = start_shares(group, &cells);
        Self { index, group, cells, shares, presence: Presence::new(&group.chance) }
    }

    fn joint(&self, cell: &Cell, matches: &Matches) -> Joint {
        let likelihood = matches.likelihood(&cell.vector) * self.presence.factor(cell.present);
        let shared = classes::shared(&cell.vector, &matches.m);
        let relatives = core::array::from_fn(|class| {
            self.shares.relatives[class] * cell.relatives[class] * shared[class]
        });
        Joint {
            matches: self.shares.matches * likelihood,
            relatives,
            random: self.shares.random() * cell.random,
        }
    }

    /// One round; gives the expected number of matches and adds them to the counts.
    fn round(&mut self, by: &Matches, with_m: bool, pairs_less: f64, counts: &mut Counts) -> f64 {
        let (mut matches, mut relatives) = (0.0, [0.0; RELATIVES]);
        let mut present = [0.0; PARTS];
        for cell in &self.cells {
            let found = self.joint(cell, by).posterior();
            let found_matches = found.matches * cell.count;
            matches += found_matches;
            for (sum, p) in relatives.iter_mut().zip(found.relatives) {
                *sum += p * cell.count;
            }
            counts.add(&cell.vector, found_matches);
            for (sum, is_present) in present.iter_mut().zip(cell.present) {
                *sum += if is_present { found_matches } else { 0.0 };
            }
        }
        counts.add_chance(&self.group.chance.levels, matches);
        let total = self.group.pairs_total.max(1) as f64;
        self.shares.matches = (matches / total).clamp(SHARE_MIN, 0.4);
        self.shares.relatives =
            relatives.map(|sum| ((sum - pairs_less) / total).clamp(SHARE_MIN, 0.2));
        if with_m {
            self.presence.update(&present, matches, PRIOR_MATCHES);
        }
        matches
    }

    fn learned(&self, matches: &Matches) -> Learned {
        let weight = |cell| {
            let joint = self.joint(cell, matches);
            weight_mbit(joint.matches, joint.others())
        };
        (self.index, self.shares, self.cells.iter().map(weight).collect())
    }
}

/// Likelihood of each class times its share, or its posterior probability.
#[derive(Clone, Copy, Debug)]
struct Joint {
    matches: f64,
    relatives: [f64; RELATIVES],
    random: f64,
}

impl Joint {
    fn others(&self) -> f64 {
        self.relatives.iter().sum::<f64>() + self.random
    }

    fn posterior(self) -> Self {
        let total = (self.matches + self.others()).max(f64::MIN_POSITIVE);
        Self {
            matches: self.matches / total,
            relatives: self.relatives.map(|relatives| relatives / total),
            random: self.random / total,
        }
    }
}

fn cells(group: &Group) -> Vec<Cell> {
    let held = classes::held(&group.histogram);
    group
        .histogram
        .iter()
        .map(|(pattern, count)| {
            let vector = vector(*pattern);
            Cell {
                vector,
                count: *count as f64,
                random: group.chance.probability(&vector),
                relatives: classes::fixed(&vector, &group.chance, held),
                present: presence::present(&vector),
            }
        })
        .collect()
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

/// Shares of matches that may differ in a field; above, the class means something else.
pub(crate) const DIFFERENT_MAX: [(Comparison, f64); 4] = [
    (Comparison::First, 0.35),
    (Comparison::Last, 0.40),
    (Comparison::Dob, 0.25),
    (Comparison::Ssn4, 0.25),
];

/// Where training starts: as many matches as the exact rule finds, or one in ten thousand pairs.
fn start_shares(group: &Group, cells: &[Cell]) -> Shares {
    let total = group.pairs_total.max(1) as f64;
    let exact: f64 =
        cells.iter().filter(|cell| is_exact_rule(&cell.vector)).map(|cell| cell.count).sum();
    let matches = if exact > 0.0 { exact * 1.2 / total } else { 1e-4 };
    Shares { matches: matches.clamp(SHARE_MIN, 0.3), relatives: [1e-4, 1e-6, 1e-6, 1e-6] }
}
