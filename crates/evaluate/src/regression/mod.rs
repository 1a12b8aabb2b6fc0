//! Regression models.
//!
//! Takes a design, an outcome, weights and an offset, gives coefficients with covariance matrices: of the model,
//! and robust to unequal variances and to clusters. Refuses collinear columns and separated outcomes by the name of
//! the covariate, and whatever has no finite best fit.
//!
//! Rows are summed in the order given: callers sort them by their ids, so that the last bits do not depend on how
//! they came.

mod dispersion;
mod irls;
mod linear;
mod memo;
mod sandwich;
mod separation;

pub use dispersion::{NegativeBinomial, negative_binomial};
pub use irls::{logistic, poisson};
pub use linear::linear;
pub use sandwich::{Correction, clustered, heteroskedastic};
pub(crate) use sandwich::{cluster_factor, clustered_meat};
pub(crate) use separation::moving_most;

use crate::covariate::{Design, Term};
use crate::distribution::{
    normal_quantile, normal_two_sided, student_two_sided, student_two_sided_quantile, whole,
};
use crate::error::{Error, finite, not_negative, number, same_length};
use crate::matrix::Matrix;

/// What a model is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The columns.
    pub design: &'a Design,
    /// The outcome.
    pub outcome: &'a [f64],
    /// Weights of rows, not negative; all 1 if `None`. Of the kind that matching gives: they say how much a row
    /// counts, and standard errors of the model alone are too small with them. Take [`clustered`] ones.
    pub weights: Option<&'a [f64]>,
    /// What is added to the linear predictor as it is: the logarithm of an exposure.
    pub offset: Option<&'a [f64]>,
}

impl<'a> Rows<'a> {
    /// Rows without weights and offset.
    pub const fn new(design: &'a Design, outcome: &'a [f64]) -> Self {
        Self { design, outcome, weights: None, offset: None }
    }

    /// The same with weights.
    pub const fn weighted(self, weights: &'a [f64]) -> Self {
        Self { weights: Some(weights), ..self }
    }

    /// The same with an offset.
    pub const fn offset(self, offset: &'a [f64]) -> Self {
        Self { offset: Some(offset), ..self }
    }

    /// The parts as models need them, or why they do not fit together.
    fn checked(&self) -> Result<Checked<'a>, Error> {
        let rows = self.design.rows();
        same_length("outcome", rows, self.outcome.len())?;
        finite("outcome", self.outcome)?;
        let weights = self.weights.map_or_else(|| vec![1.0; rows], <[f64]>::to_vec);
        same_length("weights", rows, weights.len())?;
        not_negative("weights", &weights)?;
        let offset = self.offset.map_or_else(|| vec![0.0; rows], <[f64]>::to_vec);
        same_length("offset", rows, offset.len())?;
        finite("offset", &offset)?;
        let used = weights.iter().filter(|weight| **weight > 0.0).count();
        let needed = self.design.terms().len() + 1;
        if used < needed {
            return Err(Error::TooFew { what: "rows", needed, found: used });
        }
        let terms = self.design.terms().to_vec();
        Ok(Checked {
            terms,
            matrix: self.design.matrix(),
            outcome: self.outcome,
            weights,
            offset,
            used,
        })
    }
}

/// Columns that fit together.
struct Checked<'a> {
    terms: Vec<Term>,
    matrix: Matrix,
    outcome: &'a [f64],
    weights: Vec<f64>,
    offset: Vec<f64>,
    /// Rows with weight.
    used: usize,
}

impl Checked<'_> {
    fn used_rows(&self) -> Vec<bool> {
        self.weights.iter().map(|weight| *weight > 0.0).collect()
    }

    fn collinear(&self, column: usize) -> Error {
        Error::Collinear { term: self.terms[column].clone() }
    }
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// What each coefficient stands for.
    pub terms: Vec<Term>,
    /// The coefficients.
    pub coefficients: Vec<f64>,
    /// Covariance of the coefficients if the model holds.
    pub covariance: Matrix,
    /// The linear predictor of each row, offset included.
    pub linear_predictor: Vec<f64>,
    /// What each row adds to the score: derivative of its log-likelihood by its linear predictor, weight included.
    pub score_residuals: Vec<f64>,
    /// Which rows have weight.
    used: Vec<bool>,
    /// Inverse of the information without a dispersion; the bread of sandwiches.
    bread: Matrix,
    /// Rows with weight.
    pub rows: usize,
    /// Log-likelihood at the coefficients, with all constants.
    pub log_likelihood: f64,
    /// Which distribution the tests are taken from.
    pub reference: Reference,
}

/// The distribution of a coefficient over its standard error, if it is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reference {
    /// Normal.
    Normal,
    /// Student's t with these degrees of freedom.
    Student(f64),
}

/// A number with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end of the interval.
    pub upper: f64,
    /// Two-sided p value of being 0.
    pub p_value: f64,
}

impl Estimate {
    /// Wald's interval and test at a confidence such as 0.95.
    pub fn wald(
        estimate: f64,
        standard_error: f64,
        reference: Reference,
        confidence: f64,
    ) -> Result<Self, Error> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Setting { name: "confidence" });
        }
        if !(standard_error > 0.0 && standard_error.is_finite() && estimate.is_finite()) {
            return Err(Error::Degenerate { what: "a standard error" });
        }
        let statistic = estimate / standard_error;
        let (factor, p_value) = match reference {
            Reference::Normal => {
                (-normal_quantile((1.0 - confidence) / 2.0), normal_two_sided(statistic))
            }
            Reference::Student(df) if df > 0.0 => {
                let factor = student_two_sided_quantile(1.0 - confidence, df);
                (factor, student_two_sided(statistic, df))
            }
            Reference::Student(_) => {
                return Err(Error::TooFew { what: "degrees of freedom", needed: 1, found: 0 });
            }
        };
        let half = factor * standard_error;
        let (lower, upper) = (estimate - half, estimate + half);
        Ok(Self { estimate, standard_error, lower, upper, p_value })
    }

    /// The same as a ratio: estimate and interval by the exponential, standard error on the scale of logarithms. Refuses
    /// an interval without an end.
    pub fn exponentiated(self) -> Result<Self, Error> {
        let ratio = |log| number("the interval of a ratio", libm::exp(log));
        let (estimate, lower, upper) =
            (ratio(self.estimate)?, ratio(self.lower)?, ratio(self.upper)?);
        Ok(Self { estimate, lower, upper, ..self })
    }
}

impl Fit {
    /// Standard errors by a covariance matrix.
    pub fn standard_errors(covariance: &Matrix) -> Vec<f64> {
        covariance.diagonal().into_iter().map(f64::sqrt).collect()
    }

    /// Where a covariate's first column stands.
    pub fn place(&self, covariate: &str) -> Option<usize> {
        self.terms.iter().position(|term| term.covariate == covariate)
    }

    /// One coefficient with its interval and test, by a covariance matrix of this fit.
    pub fn estimate(
        &self,
        place: usize,
        covariance: &Matrix,
        confidence: f64,
    ) -> Result<Estimate, Error> {
        let error = covariance.at(place, place).sqrt();
        Estimate::wald(self.coefficients[place], error, self.reference, confidence)
    }

    /// Rows less coefficients.
    pub fn residual_df(&self) -> f64 {
        whole(self.rows as u64) - whole(self.terms.len() as u64)
    }
}
