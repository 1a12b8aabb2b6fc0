//! Who was at risk when an event happened.
//!
//! Takes persons by stratum and time, gives at each time of an event the sums over those at risk and over those who had
//! it, from which everything about a Cox model follows. Time runs backwards, so that sums only grow and never lose
//! digits to differences.

use super::Ties;
use crate::distribution::whole;
use crate::matrix::Matrix;

/// Persons, ready to be gone through.
#[derive(Clone, Debug)]
pub(super) struct RiskSets {
    /// Covariates, less their means.
    pub(super) matrix: Matrix,
    pub(super) times: Vec<f64>,
    pub(super) events: Vec<bool>,
    pub(super) weights: Vec<f64>,
    pub(super) strata: Vec<u32>,
    pub(super) ties: Ties,
    /// Rows with weight by stratum, latest first.
    order: Vec<usize>,
}

/// Sums of `weight * exp(eta)` and of its products with covariates.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) zero: f64,
    one: Vec<f64>,
    /// Lower half.
    two: Matrix,
}

impl Sums {
    fn nothing(columns: usize) -> Self {
        Self { zero: 0.0, one: vec![0.0; columns], two: Matrix::zeros(columns, columns) }
    }

    fn add(&mut self, risk: f64, x: &[f64]) {
        self.zero += risk;
        self.one.iter_mut().zip(x).for_each(|(sum, x)| *sum += risk * x);
        self.two.add_outer(risk, x);
    }
}

/// A time at which somebody of a stratum had the event.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    pub(super) time: f64,
    pub(super) stratum: u32,
    /// Rows that had it.
    pub(super) had: &'a [usize],
    at_risk: &'a Sums,
    leaving: &'a Sums,
}

/// One share of a moment: Efron's method takes those who leave out of those at risk step by step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Share of those leaving who are out already.
    pub(super) out: f64,
    /// Weight of the share.
    pub(super) weight: f64,
}

impl Moment<'_> {
    /// The shares: one for Breslow's method, one an event for Efron's.
    pub(super) fn shares(&self, sets: &RiskSets) -> Vec<Share> {
        let weight: f64 = self.had.iter().map(|row| sets.weights[*row]).sum();
        let count = match sets.ties {
            Ties::Breslow => 1,
            Ties::Efron => self.had.len(),
        };
        let parts = whole(count as u64);
        let share = |k| Share { out: whole(k as u64) / parts, weight: weight / parts };
        (0..count).map(share).collect()
    }

    /// Sum of the risks.
    pub(super) fn risk(&self, share: Share) -> f64 {
        self.at_risk.zero - share.out * self.leaving.zero
    }

    /// Mean of the covariates among those at risk.
    pub(super) fn mean(&self, share: Share) -> Vec<f64> {
        let risk = self.risk(share);
        let pairs = self.at_risk.one.iter().zip(&self.leaving.one);
        pairs.map(|(all, leaving)| (all - share.out * leaving) / risk).collect()
    }

    /// Adds `factor` times the variance of the covariates among those at risk; lower half.
    pub(super) fn add_variance(&self, share: Share, mean: &[f64], factor: f64, to: &mut Matrix) {
        let risk = self.risk(share);
        for (row, one) in mean.iter().enumerate() {
            for (column, other) in mean.iter().enumerate().take(row + 1) {
                let square =
                    self.at_risk.two.at(row, column) - share.out * self.leaving.two.at(row, column);
                *to.at_mut(row, column) += factor * (square / risk - one * other);
            }
        }
    }
}

impl RiskSets {
    pub(super) fn new(
        matrix: Matrix,
        times: &[f64],
        events: &[bool],
        weights: Vec<f64>,
        strata: Vec<u32>,
        ties: Ties,
    ) -> Self {
        let mut order: Vec<usize> = (0..times.len()).filter(|row| weights[*row] > 0.0).collect();
        order.sort_by(|a, b| strata[*a].cmp(&strata[*b]).then(times[*b].total_cmp(&times[*a])));
        let (times, events) = (times.to_vec(), events.to_vec());
        Self { matrix, times, events, weights, strata, ties, order }
    }

    /// Goes through all moments: stratum by stratum, latest first.
    pub(super) fn for_each(&self, eta: &[f64], mut visit: impl FnMut(&Moment<'_>)) {
        let columns = self.matrix.columns();
        for stratum in self.strata_rows() {
            let mut at_risk = Sums::nothing(columns);
            for tied in self.tied(stratum) {
                let mut leaving = Sums::nothing(columns);
                let mut had = Vec::new();
                for &row in tied {
                    let risk = self.weights[row] * libm::exp(eta[row]);
                    at_risk.add(risk, self.matrix.row(row));
                    if self.events[row] {
                        leaving.add(risk, self.matrix.row(row));
                        had.push(row);
                    }
                }
                if let Some(&first) = had.first() {
                    visit(&Moment {
                        time: self.times[first],
                        stratum: self.strata[first],
                        had: &had,
                        at_risk: &at_risk,
                        leaving: &leaving,
                    });
                }
            }
        }
    }

    /// Rows of each stratum, latest first.
    pub(super) fn strata_rows(&self) -> impl Iterator<Item = &[usize]> {
        self.order.chunk_by(|a, b| self.strata[*a] == self.strata[*b])
    }

    /// Rows of the same time.
    pub(super) fn tied<'a>(
        &'a self,
        rows: &'a [usize],
    ) -> impl DoubleEndedIterator<Item = &'a [usize]> {
        rows.chunk_by(|a, b| self.times[*a].total_cmp(&self.times[*b]).is_eq())
    }
}
