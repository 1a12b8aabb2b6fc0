//! Balance of covariates.
//!
//! Takes covariates, arms and weights, gives for each column a design would make its means, standardised difference,
//! variance ratio and Kolmogorov-Smirnov distance. Refuses empty arms.
//!
//! Definitions are those of R's MatchIt 4.5 and cobalt: the standard deviation is of the arm before weighting, columns
//! of 0 and 1 have the variance p (1 - p) and no variance ratio; Austin (2009), doi:10.1002/sim.3697. Missing numbers
//! are left out of their own column and have one for themselves.

use super::both_arms;
use crate::covariate::{Covariate, Part, Term, Values, indicator};
use crate::error::{Error, finite, same_length};

/// Smallest difference that is divided by a standard deviation.
const DIFFERENCE_MIN: f64 = 1.5e-8;

/// Which standard deviation differences are divided by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denominator {
    /// Of the programme, for the effect on those in it.
    Programme,
    /// The root of the mean of both arms' variances.
    Pooled,
}

/// Balance of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// The column. Of categories every level has one.
    pub term: Term,
    /// Whether all its values are 0 or 1, so that its means are shares of persons.
    pub is_binary: bool,
    /// Weighted mean in the programme.
    pub programme_mean: f64,
    /// Weighted mean of the comparison group.
    pub comparison_mean: f64,
    /// Difference of means in standard deviations; `None` if the column does not vary there.
    pub standardised_difference: Option<f64>,
    /// Weighted variance in the programme over that of the comparison group; `None` for 0 and 1, and where either
    /// arm does not vary.
    pub variance_ratio: Option<f64>,
    /// Largest distance of the weighted distribution functions.
    pub kolmogorov_smirnov: f64,
}

/// Balance of covariates under weights; before any, weights are 1.
pub fn balance(
    programme: &[bool],
    covariates: &[Covariate],
    weights: Option<&[f64]>,
    denominator: Denominator,
) -> Result<Vec<Balance>, Error> {
    both_arms(programme, weights)?;
    let ones = vec![1.0; programme.len()];
    let weights = weights.unwrap_or(&ones);
    let mut found = Vec::new();
    for covariate in covariates {
        same_length("covariate", programme.len(), covariate.rows())?;
        for (part, column) in columns(covariate)? {
            let term = Term { covariate: covariate.name.clone(), part };
            let known: Vec<usize> =
                (0..column.len()).filter(|row| column[*row].is_some()).collect();
            let pick = |from: &[f64]| known.iter().map(|row| from[*row]).collect::<Vec<f64>>();
            let arms: Vec<bool> = known.iter().map(|row| programme[*row]).collect();
            let values: Vec<f64> = column.into_iter().flatten().collect();
            finite("covariate", &values)?;
            let weights = pick(weights);
            both_arms(&arms, Some(&weights))?;
            found.push(of_column(term, &arms, &values, &weights, denominator));
        }
    }
    Ok(found)
}

/// A part of a covariate with its values.
type Column = (Part, Vec<Option<f64>>);

/// The columns of a covariate: numbers where known, each level that occurs, and missing.
fn columns(covariate: &Covariate) -> Result<Vec<Column>, Error> {
    let mut columns = match &covariate.values {
        Values::Number(values) => vec![(Part::Value, values.clone())],
        Values::Category { codes, levels } => Covariate::levels_seen(codes, *levels)?
            .into_iter()
            .map(|level| {
                let is = |code: &Option<u32>| Some(indicator(*code == Some(level)));
                (Part::Level(level), codes.iter().map(is).collect())
            })
            .collect(),
    };
    if let Some(missing) = covariate.missing() {
        columns.push((Part::Missing, missing.into_iter().map(Some).collect()));
    }
    Ok(columns)
}

fn of_column(
    term: Term,
    programme: &[bool],
    values: &[f64],
    weights: &[f64],
    denominator: Denominator,
) -> Balance {
    let is_binary = values.iter().all(|value| (*value * (1.0 - *value)).abs() <= 0.0);
    let arm = |is_programme: bool, weights: &[f64]| {
        let rows = || (0..values.len()).filter(|row| programme[*row] == is_programme);
        moments(rows().map(|row| (values[row], weights[row])), is_binary)
    };
    let ones = vec![1.0; values.len()];
    let (programme_raw, comparison_raw) = (arm(true, &ones), arm(false, &ones));
    let (programme_now, comparison_now) = (arm(true, weights), arm(false, weights));
    let variance = match denominator {
        Denominator::Programme => programme_raw.variance,
        Denominator::Pooled => f64::midpoint(programme_raw.variance, comparison_raw.variance),
    };
    let difference = programme_now.mean - comparison_now.mean;
    let standardised_difference = if difference.abs() <= DIFFERENCE_MIN {
        Some(difference)
    } else {
        Some(difference / variance.sqrt()).filter(|value| value.is_finite())
    };
    let variance_ratio = Some(programme_now.variance / comparison_now.variance)
        .filter(|ratio| !is_binary && ratio.is_finite() && *ratio > 0.0);
    let kolmogorov_smirnov =
        if is_binary { difference.abs() } else { distance(programme, values, weights) };
    Balance {
        term,
        is_binary,
        programme_mean: programme_now.mean,
        comparison_mean: comparison_now.mean,
        standardised_difference,
        variance_ratio,
        kolmogorov_smirnov,
    }
}

struct Moments {
    mean: f64,
    variance: f64,
}

/// Weighted mean, and variance `sum w (x - m)^2 / (1 - sum w^2)` with weights that add up to 1.
fn moments(pairs: impl Iterator<Item = (f64, f64)> + Clone, is_binary: bool) -> Moments {
    let total: f64 = pairs.clone().map(|(_, weight)| weight).sum();
    let mean = pairs.clone().map(|(value, weight)| weight / total * value).sum::<f64>();
    if is_binary {
        return Moments { mean, variance: (mean * (1.0 - mean)).max(0.0) };
    }
    let (mut spread, mut squares) = (0.0, 0.0);
    for (value, weight) in pairs {
        let share = weight / total;
        spread += share * (value - mean) * (value - mean);
        squares += share * share;
    }
    Moments { mean, variance: spread / (1.0 - squares) }
}

/// Largest distance of the arms' weighted distribution functions.
fn distance(programme: &[bool], values: &[f64], weights: &[f64]) -> f64 {
    let total = |arm: bool| {
        let of_arm = programme.iter().zip(weights).filter(|(yes, _)| **yes == arm);
        of_arm.map(|(_, weight)| weight).sum::<f64>()
    };
    let totals = (total(true), total(false));
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (mut above, mut most) = (0.0_f64, 0.0_f64);
    for tied in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        for row in tied {
            above +=
                if programme[*row] { weights[*row] / totals.0 } else { -weights[*row] / totals.1 };
        }
        most = most.max(above.abs());
    }
    most
}
