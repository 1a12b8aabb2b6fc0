//! Sums over many rows, with what rounding may have done to them.
//!
//! Takes terms one by one, gives their sum, and whether it lies below another, or off 0, by more than rounding explains. Refuses
//! nothing.
//!
//! A sum of n numbers is off by at most about `n * u` times the sum of their absolute values, `u` half of [`f64::EPSILON`]:
//! Higham (2002), Accuracy and Stability of Numerical Algorithms, doi:10.1137/1.9780898718027, section 4.2. The difference of
//! two of them is off by twice that. With bounds that do not grow with n, the last steps of a fit to a million rows look like
//! losses: they were halved until they moved nothing, over and over, or until there was no fit.

use crate::distribution::whole;

/// Rounding of the terms themselves, as a share of their absolute values; of few terms it is the larger part.
const TERM_SHARE: f64 = 1e-12;
/// The same where as little as can be is put down to it: of terms of up to sixteen roundings.
const TERM_ROUNDING: f64 = 8.0 * f64::EPSILON;

/// A sum in the order of its terms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    /// The sum.
    pub(crate) value: f64,
    /// Sum of the absolute values.
    magnitude: f64,
    /// How many numbers go into it: its terms, and those of sums in them.
    numbers: usize,
}

impl Sum {
    /// No term yet, of so many numbers that go into it.
    pub(crate) fn of(numbers: usize) -> Self {
        Self { numbers, ..Self::default() }
    }

    /// Adds a term.
    pub(crate) fn add(&mut self, term: f64) {
        self.value += term;
        self.magnitude += term.abs();
    }

    /// Adds a weight times the logarithm of a sum. The relative error of that sum is the absolute one of its logarithm, however
    /// small the logarithm is.
    pub(crate) fn add_log_of_sum(&mut self, weight: f64, sum: f64) {
        self.add(weight * libm::log(sum));
        self.magnitude += weight.abs();
    }

    /// Whether this is less than another sum. What is not a number is.
    pub(crate) fn is_below(&self, before: &Self) -> bool {
        let share = (whole(self.numbers as u64) * f64::EPSILON).max(TERM_SHARE);
        let is_kept = self.value >= before.value - share * before.magnitude;
        !is_kept
    }
}

/// A sum that is off by no more for more terms: Neumaier (1974), doi:10.1002/zamm.19740540106. For sums that are looked for a 0,
/// of which little is left after much has cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Compensated {
    sum: f64,
    /// What rounding took off it.
    rest: f64,
    /// Sum of the absolute values.
    magnitude: f64,
}

impl Compensated {
    /// Adds a term.
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let is_larger = self.sum.abs() >= term.abs();
        let (large, small) = if is_larger { (self.sum, term) } else { (term, self.sum) };
        self.rest += (large - sum) + small;
        self.sum = sum;
        self.magnitude += term.abs();
    }

    /// The sum.
    pub(crate) fn value(&self) -> f64 {
        self.sum + self.rest
    }

    /// Whether rounding of the terms alone may have made it of 0.
    pub(crate) fn is_rounding(&self) -> bool {
        self.value().abs() <= TERM_ROUNDING * self.magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(terms: &[f64]) -> Sum {
        let mut sum = Sum::of(terms.len());
        terms.iter().for_each(|term| sum.add(*term));
        sum
    }

    #[test]
    fn the_order_of_terms_loses_nothing() {
        let terms: Vec<f64> =
            (0..1_000_000_u32).map(|row| -libm::log(f64::from(row % 97) + 1.1)).collect();
        let turned: Vec<f64> = terms.iter().rev().copied().collect();
        let (one, other) = (sum(&terms), sum(&turned));
        assert!((one.value - other.value).abs() > 0.0, "they differ by rounding");
        assert!(!one.is_below(&other) && !other.is_below(&one));
    }

    #[test]
    fn of_terms_that_cancel_nothing_is_left() {
        let mut compensated = Compensated::default();
        let mut plain = 0.0;
        let terms = || (0..1_000_000_u32).map(|row| libm::log(f64::from(row % 97) + 1.1));
        for term in terms().chain(terms().map(|term| -term)) {
            compensated.add(term);
            plain += term;
        }
        assert!(plain.abs() > 0.0, "a plain sum has something left");
        assert!(compensated.value().abs() < 1e-9 && compensated.is_rounding());
        compensated.add(1e-6);
        assert!(!compensated.is_rounding());
    }

    #[test]
    fn a_loss_is_seen_also_where_terms_cancel() {
        let before = sum(&[-5.0, -3.0]);
        assert!(sum(&[-5.0, -3.000_000_1]).is_below(&before));
        assert!(sum(&[f64::NAN]).is_below(&before));
        // Of a sum of nothing a share is nothing; of its terms it is not.
        let cancelled = sum(&[1e6, -1e6]);
        assert!(!sum(&[1e6, -1e6 - 1e-9]).is_below(&cancelled));
        assert!(sum(&[1e6, -1e6 - 1e-3]).is_below(&cancelled));
    }
}
