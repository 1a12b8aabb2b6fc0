//! Logistic and Poisson regression.
//!
//! Takes rows, gives the maximum of the likelihood by iteratively reweighted least squares (McCullagh, Nelder 1989,
//! Generalized Linear Models, section 2.5), refuses collinear columns, separated and constant outcomes.

use super::memo::Memo;
use super::separation::{Allowed, recession};
use super::{Checked, Fit, Reference, Rows};
use crate::distribution::log_factorial;
use crate::error::Error;
use crate::matrix::{Cholesky, Matrix, dot};
use crate::sum::Sum;

/// Iterations at most; a fit that exists takes fewer than twenty.
const ITERATIONS_MAX: usize = 100;
/// A fit has converged when no row's linear predictor moves by more.
const STEP_MIN: f64 = 1e-9;
/// No row's linear predictor moves by more in one iteration.
const STEP_MAX: f64 = 8.0;
/// A step that loses likelihood is halved so often at most.
const HALVINGS_MAX: u32 = 30;
/// From this iteration on a step that does not shrink is looked at for separation.
const SEPARATION_FROM: usize = 12;

/// The distribution of an outcome given its linear predictor.
#[derive(Clone, Copy, Debug)]
pub(super) enum Family {
    /// 0 or 1, logit link.
    Binomial,
    /// Counts, logarithmic link.
    Poisson,
    /// Counts with variance `mu + mu^2 / theta`, logarithmic link.
    NegativeBinomial { theta: f64 },
}

impl Family {
    /// The mean at a linear predictor.
    pub(super) fn mean(self, eta: f64) -> f64 {
        match self {
            // Both sides without cancellation: 1 - mean is never computed from a mean near 1.
            Self::Binomial if eta < 0.0 => {
                let odds = libm::exp(eta);
                odds / (1.0 + odds)
            }
            Self::Binomial => 1.0 / (1.0 + libm::exp(-eta)),
            Self::Poisson | Self::NegativeBinomial { .. } => libm::exp(eta),
        }
    }

    /// A row's score and information by its linear predictor, of weight 1.
    fn score_and_information(self, outcome: f64, eta: f64) -> (f64, f64) {
        let mean = self.mean(eta);
        match self {
            Self::Binomial => (outcome - mean, mean * self.mean(-eta)),
            Self::Poisson => (outcome - mean, mean),
            Self::NegativeBinomial { theta } => {
                let shrink = 1.0 + mean / theta;
                ((outcome - mean) / shrink, mean / shrink)
            }
        }
    }

    /// The curvature of a row's log-likelihood itself, by which steps towards the best fit are taken. By the expected one
    /// they go back and forth where counts vary much.
    fn observed_information(self, outcome: f64, eta: f64) -> f64 {
        let (_, expected) = self.score_and_information(outcome, eta);
        match self {
            Self::NegativeBinomial { theta } => {
                expected * (outcome + theta) / (self.mean(eta) + theta)
            }
            Self::Binomial | Self::Poisson => expected,
        }
    }

    /// A linear predictor to start from, near the outcome.
    fn start(self, outcome: f64) -> f64 {
        match self {
            Self::Binomial => {
                let mean = (outcome + 0.5) / 2.0;
                libm::log(mean / (1.0 - mean))
            }
            Self::Poisson => libm::log(outcome + 0.1),
            Self::NegativeBinomial { .. } => libm::log(outcome.max(1.0 / 6.0)),
        }
    }

    /// Log-likelihood of a row less what does not depend on its linear predictor.
    fn kernel(self, outcome: f64, eta: f64) -> f64 {
        match self {
            Self::Binomial => {
                let softplus = |x: f64| x.max(0.0) + libm::log1p(libm::exp(-x.abs()));
                outcome * eta - softplus(eta)
            }
            Self::Poisson => outcome * eta - libm::exp(eta),
            Self::NegativeBinomial { theta } => {
                outcome * eta - (outcome + theta) * libm::log(theta + libm::exp(eta))
            }
        }
    }

    /// What the kernel leaves out.
    fn constant(self, outcome: f64) -> f64 {
        match self {
            Self::Binomial => 0.0,
            Self::Poisson => -log_factorial(outcome),
            Self::NegativeBinomial { theta } => {
                libm::lgamma(theta + outcome) - libm::lgamma(theta) - log_factorial(outcome)
                    + theta * libm::log(theta)
            }
        }
    }

    /// Whither the likelihood lets a row's linear predictor go for ever.
    fn allowed(self, outcome: f64) -> Allowed {
        match self {
            Self::Binomial if outcome >= 1.0 => Allowed::Up,
            _ if outcome <= 0.0 => Allowed::Down,
            _ => Allowed::Nowhere,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Binomial => "logistic regression",
            Self::Poisson => "Poisson regression",
            Self::NegativeBinomial { .. } => "negative binomial regression",
        }
    }
}

/// Logistic regression of an outcome that is 0 or 1.
///
/// Cox (1958), doi:10.1111/j.2517-6161.1958.tb00292.x. Coefficients are logarithms of odds ratios.
pub fn logistic(rows: &Rows<'_>) -> Result<Fit, Error> {
    let checked = rows.checked()?;
    // Not `== 0.0 || == 1.0`, which a lint forbids for good reasons elsewhere.
    let is_binary = |value: &f64| *value * (1.0 - *value) == 0.0;
    if let Some(row) = checked.outcome.iter().position(|value| !is_binary(value)) {
        return Err(Error::OutOfRange { what: "outcome", row });
    }
    refuse_constant(&checked)?;
    fit(&checked, Family::Binomial, None)
}

/// Poisson regression of counts; with the logarithm of an exposure as offset, of rates.
///
/// Coefficients are logarithms of rate ratios. Counts vary more than the model has it where persons differ: take the
/// [`clustered`](super::clustered) standard errors.
pub fn poisson(rows: &Rows<'_>) -> Result<Fit, Error> {
    let checked = rows.checked()?;
    refuse_not_counts(&checked)?;
    fit(&checked, Family::Poisson, None)
}

/// Refuses what is no count, and counts that are all 0.
pub(super) fn refuse_not_counts(checked: &Checked<'_>) -> Result<(), Error> {
    let is_count = |value: &f64| *value >= 0.0 && (*value - value.round()).abs() <= 0.0;
    if let Some(row) = checked.outcome.iter().position(|value| !is_count(value)) {
        return Err(Error::OutOfRange { what: "outcome", row });
    }
    let some = checked.outcome.iter().zip(&checked.weights).any(|(y, w)| *y > 0.0 && *w > 0.0);
    if some { Ok(()) } else { Err(Error::OutcomeConstant { rows: checked.used }) }
}

fn refuse_constant(checked: &Checked<'_>) -> Result<(), Error> {
    let used = || checked.outcome.iter().zip(&checked.weights).filter(|(_, w)| **w > 0.0);
    let first = used().next().map(|(y, _)| *y > 0.5);
    if used().all(|(y, _)| Some(*y > 0.5) == first) {
        return Err(Error::OutcomeConstant { rows: checked.used });
    }
    Ok(())
}

/// The best fit of a family, from given coefficients or from the outcome itself.
pub(super) fn fit(
    checked: &Checked<'_>,
    family: Family,
    from: Option<&[f64]>,
) -> Result<Fit, Error> {
    fit_counted(checked, family, from, &mut 0)
}

/// The same, with how often a step was halved added to a count.
fn fit_counted(
    checked: &Checked<'_>,
    family: Family,
    from: Option<&[f64]>,
    halvings: &mut u32,
) -> Result<Fit, Error> {
    let columns = checked.terms.len();
    let mut coefficients = from.map_or_else(|| vec![0.0; columns], <[f64]>::to_vec);
    let mut eta = match from {
        Some(from) => predictor(checked, from),
        None => checked.outcome.iter().map(|outcome| family.start(*outcome)).collect(),
    };
    if from.is_none() {
        let (information, score) = derivatives(checked, family, &eta, Curvature::Start);
        let factor = Cholesky::of(&information).map_err(|column| checked.collinear(column))?;
        coefficients = factor.solve(&score);
        eta = predictor(checked, &coefficients);
    }
    let mut height = kernel(checked, family, &eta);
    for iteration in 0..ITERATIONS_MAX {
        let (information, score) = derivatives(checked, family, &eta, Curvature::Observed);
        let factor = match Cholesky::of(&information) {
            Ok(factor) => factor,
            // Weights of rows far out vanish only on the way to a fit that does not exist.
            Err(_) if iteration >= SEPARATION_FROM => break,
            Err(column) => return Err(checked.collinear(column)),
        };
        let mut step = factor.solve(&score);
        let moves = checked.matrix.times(&step);
        let largest = moves.iter().fold(0.0_f64, |most, moved| most.max(moved.abs()));
        if largest > STEP_MAX {
            step.iter_mut().for_each(|value| *value *= STEP_MAX / largest);
        }
        let from = coefficients.clone();
        for _ in 0..=HALVINGS_MAX {
            coefficients = from.iter().zip(&step).map(|(value, step)| value + step).collect();
            eta = predictor(checked, &coefficients);
            let now = kernel(checked, family, &eta);
            if !now.is_below(&height) {
                height = now;
                break;
            }
            step.iter_mut().for_each(|value| *value /= 2.0);
            *halvings += 1;
        }
        if largest < STEP_MIN {
            return finished(checked, family, coefficients, eta);
        }
        if iteration >= SEPARATION_FROM {
            refuse_separated(checked, family, &step, &moves)?;
        }
    }
    Err(Error::NotConverged { model: family.name(), iterations: ITERATIONS_MAX })
}

fn refuse_separated(
    checked: &Checked<'_>,
    family: Family,
    step: &[f64],
    moves: &[f64],
) -> Result<(), Error> {
    let allowed =
        |row: usize| (checked.weights[row] > 0.0).then(|| family.allowed(checked.outcome[row]));
    match recession(moves, allowed) {
        Some(kind) => {
            let term = super::separation::moving_most(&checked.matrix, &checked.terms, step);
            Err(Error::Separated { term, kind })
        }
        None => Ok(()),
    }
}

/// Linear predictors of all rows.
pub(super) fn predictor(checked: &Checked<'_>, coefficients: &[f64]) -> Vec<f64> {
    let rows = (0..checked.offset.len()).map(|row| checked.matrix.row(row));
    rows.zip(&checked.offset).map(|(row, offset)| dot(row, coefficients) + offset).collect()
}

/// Which second derivatives are summed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Curvature {
    /// The expected ones, with the score of the working response, for coefficients from nothing.
    Start,
    /// Those of the likelihood itself.
    Observed,
    /// The expected ones, which standard errors are taken from, as in R.
    Expected,
}

/// Information and score.
fn derivatives(
    checked: &Checked<'_>,
    family: Family,
    eta: &[f64],
    curvature: Curvature,
) -> (Matrix, Vec<f64>) {
    let columns = checked.terms.len();
    let mut information = Matrix::zeros(columns, columns);
    let mut score = vec![0.0; columns];
    let mut memo = Memo::new();
    for (row, (&eta, &weight)) in eta.iter().zip(&checked.weights).enumerate() {
        if weight <= 0.0 {
            continue;
        }
        let (x, outcome) = (checked.matrix.row(row), checked.outcome[row]);
        let (residual, curve) = memo.of(outcome, eta, || {
            let (residual, expected) = family.score_and_information(outcome, eta);
            match curvature {
                Curvature::Observed => (residual, family.observed_information(outcome, eta)),
                Curvature::Start | Curvature::Expected => (residual, expected),
            }
        });
        let working = match curvature {
            Curvature::Start => curve * (eta - checked.offset[row]) + residual,
            Curvature::Observed | Curvature::Expected => residual,
        };
        information.add_outer(weight * curve, x);
        score.iter_mut().zip(x).for_each(|(sum, x)| *sum += weight * working * x);
    }
    (information, score)
}

/// Log-likelihood of all rows less what does not depend on the coefficients.
fn kernel(checked: &Checked<'_>, family: Family, eta: &[f64]) -> Sum {
    let rows = checked.outcome.iter().zip(eta).zip(&checked.weights);
    let mut memo = Memo::new();
    let mut of_row = |outcome: f64, eta: f64| memo.of(outcome, eta, || family.kernel(outcome, eta));
    let mut height = Sum::of(checked.used);
    for ((outcome, eta), weight) in rows.filter(|(_, weight)| **weight > 0.0) {
        height.add(weight * of_row(*outcome, *eta));
    }
    height
}

fn finished(
    checked: &Checked<'_>,
    family: Family,
    coefficients: Vec<f64>,
    eta: Vec<f64>,
) -> Result<Fit, Error> {
    let (information, _) = derivatives(checked, family, &eta, Curvature::Expected);
    let covariance =
        Cholesky::of(&information).map_err(|column| checked.collinear(column))?.inverse();
    let mut score_residuals = Vec::with_capacity(eta.len());
    let mut log_likelihood = kernel(checked, family, &eta).value;
    let (mut residuals, mut constants) = (Memo::new(), Memo::new());
    for ((&outcome, &eta), &weight) in checked.outcome.iter().zip(&eta).zip(&checked.weights) {
        let residual = residuals.of(outcome, eta, || family.score_and_information(outcome, eta).0);
        score_residuals.push(weight * residual);
        if weight > 0.0 {
            log_likelihood += weight * constants.of(outcome, 0.0, || family.constant(outcome));
        }
    }
    Ok(Fit {
        terms: checked.terms.clone(),
        coefficients,
        bread: covariance.clone(),
        covariance,
        linear_predictor: eta,
        score_residuals,
        used: checked.used_rows(),
        rows: checked.used,
        log_likelihood,
        reference: Reference::Normal,
    })
}

#[cfg(test)]
mod tests;
