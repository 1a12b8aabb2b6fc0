//! Takes counts of judged pairs by stratum, gives shares with intervals and how far two reviewers agree; refuses nothing. Pure.
//!
//! Within a stratum every pair is as likely to be drawn as every other, so the share of a whole is the mean of its strata's shares,
//! weighted by their pairs (Horvitz-Thompson for a stratified sample): unbiased, whatever the allocation was. Intervals are at 95 %.

/// The normal quantile of 97.5 %.
const Z: f64 = 1.96;

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Nothing is known of a stratum of which no pair could be told.
const UNKNOWN: Share = Share { value: 0.5, low: 0.0, high: 1.0 };

/// What was found in a stratum.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Found {
    /// Pairs of the stratum.
    pub(super) pairs: u64,
    /// Pairs that were judged to be of one person.
    pub(super) same: u64,
    /// Pairs that were judged to be of two.
    pub(super) different: u64,
}

impl Found {
    /// Pairs that could be told.
    #[must_use]
    pub(super) const fn told(&self) -> u64 {
        self.same + self.different
    }

    /// Share of pairs of one person.
    #[must_use]
    pub(super) fn share(&self) -> Share {
        wilson(self.same, self.told(), self.pairs)
    }
}

/// Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953) of a sample without replacement of `population`: trials count for
/// as many as would have the variance of such a sample, n (N - 1) / (N - n). Whoever saw all knows.
#[must_use]
pub(super) fn wilson(hits: u64, trials: u64, population: u64) -> Share {
    if trials == 0 {
        return UNKNOWN;
    }
    let p = hits as f64 / trials as f64;
    if trials >= population {
        return Share { value: p, low: p, high: p };
    }
    let n = trials as f64 * (population - 1) as f64 / (population - trials) as f64;
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / (1.0 + Z * Z / n);
    // The ends hold the estimate, also where they are rounded.
    Share { value: p, low: (centre - half).clamp(0.0, p), high: (centre + half).clamp(p, 1.0) }
}

/// The share of all pairs of some strata. Its interval recovers the variance of each stratum's on either side (MOVER: Zou, Donner 2008,
/// doi:10.1002/sim.3095), so it never leaves 0 and 1. `None` without a pair.
#[must_use]
pub(super) fn weighted(strata: &[Found]) -> Option<Share> {
    let all: u64 = strata.iter().map(|stratum| stratum.pairs).sum();
    if all == 0 {
        return None;
    }
    let (mut value, mut below, mut above) = (0.0, 0.0, 0.0);
    for stratum in strata {
        let (weight, share) = (stratum.pairs as f64 / all as f64, stratum.share());
        value += weight * share.value;
        below += (weight * (share.value - share.low)).powi_two();
        above += (weight * (share.high - share.value)).powi_two();
    }
    let value = value.clamp(0.0, 1.0);
    let (low, high) = ((value - below.sqrt()).max(0.0), (value + above.sqrt()).min(1.0));
    Some(Share { value, low, high })
}

/// Of the pairs of one person in two sets of strata, the share that is in the first: with accepted and rejected pairs, recall. Its ends
/// are those of the two numbers taken against each other: the interval is wider than 95 % needs, not narrower. `None` where no pair of
/// one person is to be expected.
#[must_use]
pub(super) fn part(first: &[Found], second: &[Found]) -> Option<Share> {
    let number = |strata: &[Found]| {
        let all = strata.iter().map(|stratum| stratum.pairs).sum::<u64>() as f64;
        let Share { value, low, high } = weighted(strata).unwrap_or_default();
        Share { value: value * all, low: low * all, high: high * all }
    };
    let (a, b) = (number(first), number(second));
    let of = |a: f64, b: f64| if a + b > 0.0 { Some(a / (a + b)) } else { None };
    let value = of(a.value, b.value)?;
    let low = of(a.low, b.high).unwrap_or(value).min(value);
    let high = of(a.high, b.low).unwrap_or(value).max(value);
    Some(Share { value, low, high })
}

impl Default for Share {
    fn default() -> Self {
        Self { value: 0.0, low: 0.0, high: 0.0 }
    }
}

/// How far two judgements of the same pairs agree: rows are the first, columns the second.
pub(super) type Agreement = [[u64; 3]; 3];

/// Share of pairs on which two judgements agree; `None` without a pair.
#[must_use]
pub(super) fn agreed(table: &Agreement) -> Option<f64> {
    let all: u64 = table.iter().flatten().sum();
    let same: u64 = (0..3).map(|at| table[at][at]).sum();
    (all > 0).then(|| same as f64 / all as f64)
}

/// Cohen's kappa (1960, doi:10.1177/001316446002000104) with the large-sample interval of Fleiss, Cohen and Everitt (1969,
/// doi:10.1037/h0028106), cut to -1 and 1. `None` without a pair, and where chance alone would agree on all.
#[must_use]
pub(super) fn kappa(table: &Agreement) -> Option<Share> {
    let all = table.iter().flatten().sum::<u64>() as f64;
    if all < 1.0 {
        return None;
    }
    let p = |row: usize, column: usize| table[row][column] as f64 / all;
    let row = |at: usize| (0..3).map(|column| p(at, column)).sum::<f64>();
    let column = |at: usize| (0..3).map(|row| p(row, at)).sum::<f64>();
    let observed: f64 = (0..3).map(|at| p(at, at)).sum();
    let chance: f64 = (0..3).map(|at| row(at) * column(at)).sum();
    if chance >= 1.0 {
        return None;
    }
    let kappa = (observed - chance) / (1.0 - chance);
    let rest = 1.0 - kappa;
    let agreeing: f64 =
        (0..3).map(|at| p(at, at) * (1.0 - (row(at) + column(at)) * rest).powi_two()).sum();
    let cells = (0..3).flat_map(|one| (0..3).map(move |other| (one, other)));
    let differing: f64 = cells
        .filter(|(one, other)| one != other)
        .map(|(one, other)| p(one, other) * (column(one) + row(other)).powi_two())
        .sum();
    let centre = (kappa - chance * rest).powi_two();
    let variance =
        (agreeing + rest * rest * differing - centre).max(0.0) / (all * (1.0 - chance).powi_two());
    let half = Z * variance.sqrt();
    Some(Share { value: kappa, low: (kappa - half).max(-1.0), high: (kappa + half).min(1.0) })
}

/// The square, by multiplication: the same bits everywhere.
trait Square {
    fn powi_two(self) -> f64;
}

impl Square for f64 {
    fn powi_two(self) -> f64 {
        self * self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-7, "{found} {expected}");
    }

    fn found(pairs: u64, same: u64, different: u64) -> Found {
        Found { pairs, same, different }
    }

    /// By statsmodels: `proportion_confint(8, 10, 2 * (1 - norm.cdf(1.96)), 'wilson')`; of a population of 20, 10 trials count for
    /// 10 * 19 / 10 = 19: `proportion_confint(15.2, 19, 2 * (1 - norm.cdf(1.96)), 'wilson')`.
    #[test]
    fn an_interval_of_a_stratum() {
        let share = wilson(8, 10, u64::MAX);
        near(share.low, 0.490_156_8);
        near(share.high, 0.943_319_1);
        let share = wilson(8, 10, 20);
        near(share.low, 0.577_919_4);
        near(share.high, 0.921_170_0);
        assert_eq!(wilson(3, 4, 4), Share { value: 0.75, low: 0.75, high: 0.75 });
        assert_eq!(wilson(0, 0, 4), UNKNOWN);
    }

    /// By hand from the intervals of the strata: 0.95 - sqrt((0.9 * 0.158264)^2 + (0.1 * 0.254382)^2), and the like above.
    #[test]
    fn strata_count_by_their_pairs() {
        let share = weighted(&[found(900, 20, 0), found(100, 5, 5)]).unwrap();
        near(share.value, 0.95);
        near(share.low, 0.805_309_0);
        near(share.high, 0.975_438_2);
        assert_eq!(weighted(&[]), None);
    }

    #[test]
    fn recall_is_the_part_that_was_linked() {
        let share = part(&[found(10, 9, 1)], &[found(20, 1, 19)]).unwrap();
        near(share.value, 0.9);
        near(share.low, 0.9);
        let share = part(&[found(1_000, 50, 0)], &[found(1_000, 1, 49)]).unwrap();
        near(share.value, 1.0 / 1.02);
        assert!(share.low < share.value && share.value < share.high && share.high < 1.0);
        assert_eq!(part(&[], &[]), None);
        assert_eq!(part(&[found(5, 0, 5)], &[]), None);
    }

    /// By statsmodels: `r = cohens_kappa([[25, 3, 1], [4, 12, 2], [0, 1, 2]]); r.kappa, r.std_kappa`.
    #[test]
    fn agreement_beyond_chance() {
        let table = [[25, 3, 1], [4, 12, 2], [0, 1, 2]];
        let share = kappa(&table).unwrap();
        near(share.value, 0.594_395_3);
        near((share.high - share.low) / (2.0 * Z), 0.103_078_7);
        near(agreed(&table).unwrap(), 0.78);
        assert_eq!(kappa(&[[7, 0, 0], [0; 3], [0; 3]]), None);
        assert_eq!(kappa(&[[0; 3]; 3]), None);
        let all = kappa(&[[4, 0, 0], [0, 4, 0], [0; 3]]).unwrap();
        assert!((all.value - 1.0).abs() < 1e-12);
    }

    /// All samples of two of a stratum's pairs, of which some are of one person: the mean of the estimates is the truth.
    #[test]
    fn the_estimate_is_right_on_average() {
        let strata = [(vec![true, true, true, false], 2), (vec![true, false, false], 1)];
        let samples = |(pairs, size): &(Vec<bool>, u32)| -> Vec<Found> {
            (0u32..1 << pairs.len())
                .filter(|chosen| chosen.count_ones() == *size)
                .map(|chosen| {
                    let drawn = pairs.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0);
                    let same = drawn.filter(|(_, same)| **same).count() as u64;
                    found(pairs.len() as u64, same, u64::from(*size) - same)
                })
                .collect()
        };
        let [first, second] = strata.each_ref().map(samples);
        let estimates: Vec<f64> = first
            .iter()
            .flat_map(|one| second.iter().map(|other| weighted(&[*one, *other]).unwrap().value))
            .collect();
        near(estimates.iter().sum::<f64>() / estimates.len() as f64, 4.0 / 7.0);
    }

    proptest! {
        /// An interval holds its estimate, stays in 0 to 1, and is a point where everything was seen.
        #[test]
        fn intervals_hold_their_estimates(
            counts in proptest::collection::vec((0u64..40, 0u64..40, 0u64..1_000), 1..8),
            seen in any::<bool>(),
        ) {
            let strata: Vec<Found> = counts
                .iter()
                .map(|(same, different, more)| {
                    found(same + different + if seen { 0 } else { *more }, *same, *different)
                })
                .collect();
            if let Some(share) = weighted(&strata) {
                prop_assert!(0.0 <= share.low && share.low <= share.value);
                prop_assert!(share.value <= share.high && share.high <= 1.0);
                if seen {
                    prop_assert!(share.high - share.low < 1e-9);
                }
            }
            let (first, second) = strata.split_at(strata.len() / 2);
            if let Some(share) = part(first, second) {
                prop_assert!(0.0 <= share.low && share.low <= share.value);
                prop_assert!(share.value <= share.high && share.high <= 1.0);
            }
        }

        /// Kappa does not know which judgement was first, and its interval holds it.
        #[test]
        fn kappa_is_symmetric(cells in proptest::array::uniform9(0u64..30)) {
            let table = [0, 3, 6].map(|at| [cells[at], cells[at + 1], cells[at + 2]]);
            let turned = [0, 1, 2].map(|at| [cells[at], cells[at + 3], cells[at + 6]]);
            if let Some(share) = kappa(&table) {
                let other = kappa(&turned).unwrap();
                prop_assert!((share.value - other.value).abs() < 1e-9);
                prop_assert!((share.low - other.low).abs() < 1e-9);
                prop_assert!(-1.0 <= share.low && share.low <= share.value && share.value <= share.high);
            }
        }
    }
}
