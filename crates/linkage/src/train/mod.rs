//! Takes pattern histograms, gives match weights: a mixture over the whole pair space.
//!
//! Every pair of records is a match, a pair of relatives, or random (Fellegi and Sunter 1969,
//! doi:10.1080/01621459.1969.10501049; further classes as in Larsen and Rubin 2001,
//! doi:10.1198/016214501750332956). u comes from the agencies' counts and stays fixed; what
//! relatives share is defined, not fitted; pairs that never met in a block count as random. Only m
//! and the shares of the classes are estimated, by expectation-maximisation on the histogram, so
//! that training on sparse data cannot drift into another meaning of "match".
//!
//! Fields are independent within a class, but for three dependences that made weights too hopeful:
//! errors of given and family name go together (`matches`), relatives share a field as reliably as
//! one person's records do (`classes`), and who has no address or number in one export has none in
//! others (`presence`).

mod classes;
mod matches;
mod presence;
mod trainer;

use crate::chance::{Chance, LevelProbabilities};
use crate::pattern::{COMPARISONS, Pattern};
pub use classes::RELATIVES;
pub use matches::NameProbabilities;
pub(crate) use trainer::DIFFERENT_MAX;
use trainer::Trainer;

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
    /// m by comparison and level; of names, where the match is under one name.
    pub m: [LevelProbabilities; COMPARISONS],
    /// m of given and family name jointly, where both can be compared.
    pub names: NameProbabilities,
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
    /// Shares of the classes of different persons who agree on more than chance: household, twins,
    /// namesakes, and names that go together.
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

/// A share that stands for none.
const SHARE_MIN: f64 = 1e-12;
/// Weights are cut at +-64 bits: beyond that they say nothing more, and sums stay small.
const WEIGHT_MBIT_MAX: f64 = 64_000.0;

/// Trains across and within, and scores every pattern.
pub fn train(groups: &[Group]) -> Model {
    let across = Trainer::new(groups, false).run(None);
    let lend = matches!(across.0.training, Training::Converged | Training::RoundsExhausted)
        .then_some(&across.0);
    let within = Trainer::new(groups, true).run(lend);
    let mut shares =
        vec![Shares { matches: SHARE_MIN, relatives: [SHARE_MIN; RELATIVES] }; groups.len()];
    let mut weights = vec![Vec::new(); groups.len()];
    for (group, learned, weighed) in across.1.into_iter().chain(within.1) {
        shares[group] = learned;
        weights[group] = weighed;
    }
    Model { across: across.0, within: within.0, shares, weights }
}

/// Log2 odds of match against all other classes, in thousandths of a bit.
fn weight_mbit(matches: f64, others: f64) -> i32 {
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

#[cfg(test)]
mod tests {
    use tallystick_wire::FieldSet;
    use tallystick_wire::levels::LevelCounts;

    use super::*;
    use crate::compare::Levels;

    fn pattern(first: u8, last: u8, ssn4: u8) -> Pattern {
        with_sex(2, first, last, ssn4)
    }

    fn with_sex(sex: u8, first: u8, last: u8, ssn4: u8) -> Pattern {
        let location = Levels { address: 3, zip: 3, ..Levels::default() };
        Pattern::pack(&Levels { first, last, dob: 4, sex, ssn4, ..location })
    }

    /// Of pairs with numbers one in a hundred matches has another given name, and six times as many
    /// pairs are twins; so most pairs with another name and no number are twins too.
    fn with_twins() -> Group {
        let counts = LevelCounts::default();
        let mut histogram = vec![
            (pattern(4, 4, 3), 1_000),
            (pattern(1, 4, 3), 10),
            (pattern(1, 4, 1), 60),
            (pattern(4, 4, 0), 3_000),
            (pattern(1, 4, 0), 200),
            (with_sex(1, 1, 4, 1), 26),
            (with_sex(1, 1, 4, 0), 75),
            (pattern(1, 1, 3), 30),
        ];
        histogram.sort_unstable();
        Group {
            first_source: 0,
            second_source: 1,
            pairs_total: 25_000_000,
            chance: Chance::between(&counts, &counts, FieldSet(0xFFFF)),
            histogram,
        }
    }

    #[test]
    fn twins_are_told_from_matches_under_another_given_name() {
        let group = with_twins();
        let model = train(core::slice::from_ref(&group));
        let weight = |wanted: Pattern| {
            let place = group.histogram.iter().position(|(pattern, _)| *pattern == wanted);
            model.weights[0][place.expect("it is in the histogram")]
        };
        assert_eq!(model.across.training, Training::Converged);
        assert!(weight(pattern(4, 4, 3)) > 20_000);
        assert!(weight(pattern(1, 4, 3)) > 0, "the number agrees");
        assert!(weight(pattern(1, 4, 1)) < -3_000, "the number differs");
        assert!(weight(pattern(1, 4, 0)) < 0, "more twins than matches look like this");
        assert!(weight(pattern(1, 1, 3)) > 0, "an alias changes both names");
        let names = model.across.names;
        assert!(
            names[1][1] > 2.0 * model.across.m[0][1] * model.across.m[2][1],
            "errors go together"
        );
    }

    #[test]
    fn even_odds_are_probability_one_half() {
        assert!((probability(0) - 0.5).abs() < 1e-12);
        assert!((probability(6_629) - 0.99).abs() < 1e-4);
    }
}
