//! Rosenbaum's bounds.
//!
//! Takes matched pairs, gives the range in which the one-sided p value lies if a hidden cause makes one of two alike
//! persons up to gamma times as likely, by odds, to be in the programme. Refuses pairs that all tie.
//!
//! Rosenbaum (2002), Observational Studies, doi:10.1007/978-1-4757-3692-2, sections 4.3.2 (McNemar) and 4.3.3 (signed
//! ranks). R's `rbounds` gives the same for signed ranks. For McNemar's test it gives the chance of strictly more
//! events than were seen; here it is the chance of as many or more, as in the book, which is larger.

use crate::distribution::{binomial_above, normal_above, whole};
use crate::error::{Error, finite};

/// Largest gamma that is searched.
const GAMMA_MAX: f64 = 1e3;

/// The range of a one-sided p value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// If the hidden cause works against the finding.
    pub lower: f64,
    /// If it works for it.
    pub upper: f64,
}

/// Pairs with a yes-or-no outcome: McNemar's test that the first kind is more frequent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct McNemar {
    more: u64,
    pairs: u64,
}

impl McNemar {
    /// By the numbers of pairs in which only one person had the outcome: `more` of the kind the finding says is more
    /// frequent (of a programme that prevents: only the comparison person), `fewer` of the other.
    pub const fn new(more: u64, fewer: u64) -> Result<Self, Error> {
        match more.checked_add(fewer) {
            None => Err(Error::OutOfRange { what: "pairs", row: 0 }),
            Some(0) => Err(Error::TooFew { what: "pairs that differ", needed: 1, found: 0 }),
            Some(pairs) => Ok(Self { more, pairs }),
        }
    }

    /// The p value's range at a gamma of 1 or more.
    pub fn bounds(&self, gamma: f64) -> Result<Bounds, Error> {
        let chance = chance(gamma)?;
        let p_value = |chance| match self.more.checked_sub(1) {
            Some(below) => binomial_above(below, self.pairs, chance),
            None => 1.0,
        };
        Ok(Bounds { lower: p_value(1.0 - chance), upper: p_value(chance) })
    }

    /// The largest gamma at which the p value is still at most `alpha`; `None` if it is not at 1.
    pub fn gamma_at(&self, alpha: f64) -> Result<Option<f64>, Error> {
        gamma_at(alpha, |gamma| self.bounds(gamma))
    }
}

/// Pairs with a number as outcome: Wilcoxon's signed rank test that differences are above 0.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks of positive differences.
    statistic: f64,
    rank_sum: f64,
    square_sum: f64,
}

impl SignedRank {
    /// By the differences of pairs, in the direction of the finding (of a programme that prevents: comparison less
    /// programme). Differences of 0 are left out; ties share their mean rank.
    pub fn new(differences: &[f64]) -> Result<Self, Error> {
        finite("difference", differences)?;
        let mut sizes: Vec<(f64, bool)> = differences
            .iter()
            .filter(|difference| difference.abs() > 0.0)
            .map(|difference| (difference.abs(), *difference > 0.0))
            .collect();
        if sizes.is_empty() {
            return Err(Error::TooFew { what: "pairs that differ", needed: 1, found: 0 });
        }
        sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut test = Self { statistic: 0.0, rank_sum: 0.0, square_sum: 0.0 };
        let mut before = 0;
        for tied in sizes.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let count = whole(tied.len() as u64);
            let rank = whole(before as u64) + (count + 1.0) / 2.0;
            let positive = tied.iter().filter(|(_, is_positive)| *is_positive).count();
            test.statistic += rank * whole(positive as u64);
            test.rank_sum += rank * count;
            test.square_sum += rank * rank * count;
            before += tied.len();
        }
        Ok(test)
    }

    /// The p value's range at a gamma of 1 or more, by the normal approximation without a correction for continuity.
    pub fn bounds(&self, gamma: f64) -> Result<Bounds, Error> {
        let chance = chance(gamma)?;
        let deviation = (self.square_sum * chance * (1.0 - chance)).sqrt();
        let p_value =
            |chance: f64| normal_above((self.statistic - self.rank_sum * chance) / deviation);
        Ok(Bounds { lower: p_value(1.0 - chance), upper: p_value(chance) })
    }

    /// The largest gamma at which the p value is still at most `alpha`; `None` if it is not at 1.
    pub fn gamma_at(&self, alpha: f64) -> Result<Option<f64>, Error> {
        gamma_at(alpha, |gamma| self.bounds(gamma))
    }
}

/// The chance that the hidden cause gives at most.
fn chance(gamma: f64) -> Result<f64, Error> {
    if (1.0..=GAMMA_MAX).contains(&gamma) {
        Ok(gamma / (1.0 + gamma))
    } else {
        Err(Error::Setting { name: "gamma" })
    }
}

/// Halves an interval 60 times: the upper bound rises with gamma.
fn gamma_at(
    alpha: f64,
    bounds: impl Fn(f64) -> Result<Bounds, Error>,
) -> Result<Option<f64>, Error> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(Error::Setting { name: "alpha" });
    }
    if bounds(1.0)?.upper > alpha {
        return Ok(None);
    }
    let (mut low, mut high) = (1.0, GAMMA_MAX);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if bounds(middle)?.upper > alpha { high = middle } else { low = middle }
    }
    Ok(Some(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbaum (2002), section 4.3.2: 122 pairs, 110 of them smokers who died of lung cancer, hold to gamma 5 and not
    /// to 6, where p is about 0.1. Values of R 4.2.2: `pbinom(109, 122, gamma / (1 + gamma), lower = FALSE)`.
    #[test]
    fn smoking_and_lung_cancer_hold_to_gamma_five() {
        let test = McNemar::new(110, 12).unwrap();
        let upper = |gamma| test.bounds(gamma).unwrap().upper;
        assert!((upper(5.0) - 0.023_168_56).abs() < 1e-7);
        assert!((upper(6.0) - 0.096_928_77).abs() < 1e-7);
        let gamma = test.gamma_at(0.05).unwrap().unwrap();
        assert!((upper(gamma) - 0.05).abs() < 1e-9 && (5.0..6.0).contains(&gamma));
        assert_eq!(McNemar::new(5, 5).unwrap().gamma_at(0.05).unwrap(), None);
    }

    /// Section 4.3.3: lead in the blood of 33 pairs of children; Morton and others (1982), Am.
    /// J. Epidemiol. 115, 549-555. Values of `rbounds` 2.2.
    #[test]
    fn lead_in_blood_has_the_bounds_of_rbounds() {
        let exposed = [
            38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35,
            49, 48, 44, 35, 43, 39, 34, 13, 73, 25, 27,
        ];
        let other = [
            16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19,
            7, 18, 19, 12, 11, 22, 25, 16, 13, 11, 13,
        ];
        let differences: Vec<f64> =
            exposed.iter().zip(other).map(|(a, b)| f64::from(a - b)).collect();
        let test = SignedRank::new(&differences).unwrap();
        for (gamma, theirs) in
            [(2.0, 0.0018), (3.0, 0.0131), (4.0, 0.0367), (5.0, 0.0694), (6.0, 0.1073)]
        {
            assert!((test.bounds(gamma).unwrap().upper - theirs).abs() < 5e-5);
        }
        assert!(SignedRank::new(&[0.0, 0.0]).is_err());
    }
}
