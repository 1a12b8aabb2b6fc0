//! Linear regression.
//!
//! Takes rows, gives least squares with the residual variance, refuses collinear columns and residuals that are all
//! zero.

use super::irls::predictor;
use super::{Fit, Reference, Rows};
use crate::distribution::whole;
use crate::error::Error;
use crate::matrix::{Cholesky, Matrix, dot};

/// Residual sum of squares, as a share of the outcome's, below which a fit is exact.
const RESIDUAL_MIN: f64 = 1e-20;

/// Least squares, weighted if weights are given. With an outcome of 0 and 1 the coefficients are risk differences.
pub fn linear(rows: &Rows<'_>) -> Result<Fit, Error> {
    let checked = rows.checked()?;
    let columns = checked.terms.len();
    let mut gram = Matrix::zeros(columns, columns);
    for (row, &weight) in checked.weights.iter().enumerate() {
        if weight > 0.0 {
            gram.add_outer(weight, checked.matrix.row(row));
        }
    }
    let factor = Cholesky::of(&gram).map_err(|column| checked.collinear(column))?;
    let mut coefficients = vec![0.0; columns];
    // The second and third round solve for what rounding left over: Wilkinson's iterative refinement.
    for _ in 0..3 {
        let fitted = predictor(&checked, &coefficients);
        let mut score = vec![0.0; columns];
        for (row, fitted) in fitted.iter().enumerate() {
            let residual = checked.weights[row] * (checked.outcome[row] - fitted);
            let x = checked.matrix.row(row);
            score.iter_mut().zip(x).for_each(|(sum, x)| *sum += residual * x);
        }
        let step = factor.solve(&score);
        coefficients.iter_mut().zip(&step).for_each(|(value, step)| *value += step);
    }
    let fitted = predictor(&checked, &coefficients);
    let score_residuals: Vec<f64> = (0..fitted.len())
        .map(|row| checked.weights[row] * (checked.outcome[row] - fitted[row]))
        .collect();
    let squares: f64 = (0..fitted.len())
        .map(|row| score_residuals[row] * (checked.outcome[row] - fitted[row]))
        .sum();
    let weighted: Vec<f64> =
        checked.outcome.iter().zip(&checked.weights).map(|(y, w)| y * w).collect();
    if squares <= RESIDUAL_MIN * dot(&weighted, checked.outcome) {
        return Err(Error::Degenerate { what: "the residual variance" });
    }
    let df = whole(checked.used as u64) - whole(columns as u64);
    let bread = factor.inverse();
    let log_weights: f64 =
        checked.weights.iter().filter(|w| **w > 0.0).map(|w| libm::log(*w)).sum();
    let rows = whole(checked.used as u64);
    let log_likelihood = 0.5
        * (log_weights
            - rows
                * (libm::log(2.0 * std::f64::consts::PI) + 1.0 - libm::log(rows)
                    + libm::log(squares)));
    Ok(Fit {
        used: checked.used_rows(),
        covariance: bread.clone().scaled(squares / df),
        terms: checked.terms,
        coefficients,
        linear_predictor: fitted,
        score_residuals,
        bread,
        rows: checked.used,
        log_likelihood,
        reference: Reference::Student(df),
    })
}
