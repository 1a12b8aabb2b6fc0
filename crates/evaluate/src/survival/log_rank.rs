//! The log-rank test.
//!
//! Takes times, events, groups and strata, gives events observed and expected by group, and the test that hazards are
//! equal. Refuses fewer than two groups and data without an event. Mantel (1966), Cancer Chemother. Rep. 50,
//! 163-170; Peto, Peto (1972), doi:10.2307/2344317; R's `survdiff`.

use super::FollowUp;
use crate::distribution::{chi_square_above, whole};
use crate::error::{Error, same_length};
use crate::matrix::{Cholesky, Matrix, dot};

/// Groups at most.
const GROUPS_MAX: usize = 64;

/// The test.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRank {
    /// The groups that occur, by number.
    pub groups: Vec<u32>,
    /// Events by group.
    pub observed: Vec<f64>,
    /// Events that equal hazards would have given.
    pub expected: Vec<f64>,
    /// The statistic.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub df: u32,
    /// Its p value.
    pub p_value: f64,
}

/// Compares groups, within strata if there are any. Takes no weights: the test's variance does not hold with them;
/// take a Cox model with clustered errors.
pub fn log_rank(
    follow_up: &FollowUp<'_>,
    groups: &[u32],
    strata: Option<&[u32]>,
) -> Result<LogRank, Error> {
    follow_up.checked()?;
    if follow_up.weights.is_some() {
        return Err(Error::Setting { name: "weights" });
    }
    let rows = follow_up.times.len();
    same_length("groups", rows, groups.len())?;
    let strata = strata.map_or_else(|| vec![0; rows], <[u32]>::to_vec);
    same_length("strata", rows, strata.len())?;
    let mut names = groups.to_vec();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return Err(Error::TooFew { what: "groups", needed: 2, found: names.len() });
    }
    if names.len() > GROUPS_MAX {
        return Err(Error::Setting { name: "groups" });
    }
    let group = |row: usize| names.partition_point(|name| *name < groups[row]);
    let times = follow_up.times;
    let mut order: Vec<usize> = (0..rows).collect();
    // Latest first: who is at risk only grows.
    order.sort_by(|a, b| strata[*a].cmp(&strata[*b]).then(times[*b].total_cmp(&times[*a])));
    let count = names.len();
    let (mut observed, mut expected) = (vec![0.0; count], vec![0.0; count]);
    let mut variance = Matrix::zeros(count, count);
    for stratum in order.chunk_by(|a, b| strata[*a] == strata[*b]) {
        let mut at_risk = vec![0.0; count];
        for tied in stratum.chunk_by(|a, b| times[*a].total_cmp(&times[*b]).is_eq()) {
            tied.iter().for_each(|row| at_risk[group(*row)] += 1.0);
            let had: Vec<usize> =
                tied.iter().copied().filter(|row| follow_up.events[*row]).collect();
            had.iter().for_each(|row| observed[group(*row)] += 1.0);
            add_time(&at_risk, whole(had.len() as u64), &mut expected, &mut variance);
        }
    }
    let (chi_square, df) = statistic(&observed, &expected, &variance)?;
    let p_value = chi_square_above(chi_square, f64::from(df));
    Ok(LogRank { groups: names, observed, expected, chi_square, df, p_value })
}

/// Adds what one time expects, and the variance of the hypergeometric distribution.
fn add_time(at_risk: &[f64], events: f64, expected: &mut [f64], variance: &mut Matrix) {
    let total: f64 = at_risk.iter().sum();
    if events <= 0.0 {
        return;
    }
    for (sum, at_risk) in expected.iter_mut().zip(at_risk) {
        *sum += events * at_risk / total;
    }
    if total <= 1.0 {
        return;
    }
    let factor = events * (total - events) / (total - 1.0);
    for (row, one) in at_risk.iter().enumerate() {
        for (column, other) in at_risk.iter().enumerate().take(row + 1) {
            let same = if row == column { one / total } else { 0.0 };
            *variance.at_mut(row, column) += factor * (same - one * other / (total * total));
        }
    }
}

/// The quadratic form over all groups at risk but the last.
fn statistic(observed: &[f64], expected: &[f64], variance: &Matrix) -> Result<(f64, u32), Error> {
    // Groups that were never at risk when an event happened tell nothing.
    let mut kept: Vec<usize> = (0..observed.len()).filter(|group| expected[*group] > 0.0).collect();
    kept.pop();
    let size = kept.len();
    let mut part = Matrix::zeros(size, size);
    for (row, from) in kept.iter().enumerate() {
        for (column, other) in kept.iter().enumerate().take(row + 1) {
            *part.at_mut(row, column) = variance.at(*from, *other);
        }
    }
    let excess: Vec<f64> = kept.iter().map(|group| observed[*group] - expected[*group]).collect();
    let degenerate = Error::Degenerate { what: "the variance of the log-rank test" };
    let factor = Cholesky::of(&part).map_err(|_| degenerate.clone())?;
    match u32::try_from(size) {
        Ok(df) if df > 0 => Ok((dot(&excess, &factor.solve(&excess)), df)),
        _ => Err(degenerate),
    }
}
