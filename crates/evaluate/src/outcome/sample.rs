//! Outcomes of two arms.
//!
//! Takes a sample, gives means, their difference, the odds ratio and the rate ratio, adjusted for covariates if any are
//! given. Refuses empty arms, outcomes that are the same for all, and separation by the name of the covariate.
//!
//! Errors are robust: to clusters where there are any (matched sets; persons, with replacement: Abadie, Spiess
//! (2022), doi:10.1080/01621459.2020.1840383), else to unequal variances.

use crate::covariate::{Covariate, Design, indicator};
use crate::distribution::whole;
use crate::error::{Error, finite, not_negative, number, same_length};
use crate::matrix::Matrix;
use crate::propensity::both_arms;
use crate::regression::{
    Correction, Estimate, Fit, Reference, Rows, clustered, heteroskedastic, linear, logistic,
    negative_binomial, poisson,
};

/// Persons with an outcome.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Who is in the programme.
    pub programme: &'a [bool],
    /// The outcome.
    pub outcome: &'a [f64],
    /// What estimates are adjusted for; may be empty.
    pub covariates: &'a [Covariate],
    /// Weights from matching or the score; all 1 if `None`.
    pub weights: Option<&'a [f64]>,
    /// Numbers of clusters.
    pub clusters: Option<&'a [u32]>,
    /// How sure intervals are, such as 0.95.
    pub confidence: f64,
}

/// Weighted means of the arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// Of the programme.
    pub programme: f64,
    /// Of the comparison group.
    pub comparison: f64,
}

/// How counts vary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CountModel {
    /// As their mean, with robust errors for more.
    Poisson,
    /// As `mu + mu^2 / theta`.
    NegativeBinomial,
}

impl Sample<'_> {
    /// Means of the outcome.
    pub fn means(&self) -> Result<Means, Error> {
        self.checked()?;
        let mean = |arm: bool| {
            let rows = || (0..self.outcome.len()).filter(|row| self.programme[*row] == arm);
            let weight = |row: usize| self.weights.map_or(1.0, |weights| weights[row]);
            let total: f64 = rows().map(weight).sum();
            let sum: f64 = rows().map(|row| weight(row) * self.outcome[row]).sum();
            number("the weight of an arm", sum / total)
        };
        Ok(Means { programme: mean(true)?, comparison: mean(false)? })
    }

    /// Programme less comparison; with an outcome of 0 and 1 the risk difference.
    pub fn difference(&self) -> Result<Estimate, Error> {
        let design = self.design()?;
        let fit = linear(&self.rows(&design))?;
        self.estimate(&fit, &design)
    }

    /// Odds of a yes-or-no outcome in the programme over those in the comparison group.
    pub fn odds_ratio(&self) -> Result<Estimate, Error> {
        let design = self.design()?;
        let fit = logistic(&self.rows(&design))?;
        self.estimate(&fit, &design)?.exponentiated()
    }

    /// Rate of a count in the programme over that in the comparison group. `exposure` is time at risk, above 0.
    pub fn rate_ratio(&self, exposure: &[f64], model: CountModel) -> Result<Estimate, Error> {
        let design = self.design()?;
        let offset = log_exposure(exposure, self.outcome.len())?;
        let rows = self.rows(&design).offset(&offset);
        let fit = match model {
            CountModel::Poisson => poisson(&rows)?,
            CountModel::NegativeBinomial => negative_binomial(&rows)?.fit,
        };
        self.estimate(&fit, &design)?.exponentiated()
    }

    fn checked(&self) -> Result<(), Error> {
        both_arms(self.programme, self.weights)?;
        same_length("outcome", self.programme.len(), self.outcome.len())?;
        finite("outcome", self.outcome)?;
        self.weights.map_or(Ok(()), |weights| not_negative("weights", weights))
    }

    fn design(&self) -> Result<Design, Error> {
        self.checked()?;
        let programme: Vec<f64> = self.programme.iter().map(|yes| indicator(*yes)).collect();
        Design::with_intercept(programme.len())
            .number("programme", &programme)?
            .covariates(self.covariates)
    }

    fn rows<'b>(&'b self, design: &'b Design) -> Rows<'b> {
        Rows { design, outcome: self.outcome, weights: self.weights, offset: None }
    }

    fn estimate(&self, fit: &Fit, design: &Design) -> Result<Estimate, Error> {
        let covariance = robust(fit, design, self.clusters)?;
        fit.estimate(1, &covariance, self.confidence)
    }
}

/// Robust to clusters if there are any, else to unequal variances.
pub(super) fn robust(
    fit: &Fit,
    design: &Design,
    clusters: Option<&[u32]>,
) -> Result<Matrix, Error> {
    match clusters {
        Some(clusters) => clustered(fit, design, clusters, Correction::Degrees),
        None => heteroskedastic(fit, design, Correction::Degrees),
    }
}

/// Logarithms of times at risk.
pub(super) fn log_exposure(exposure: &[f64], rows: usize) -> Result<Vec<f64>, Error> {
    same_length("exposure", rows, exposure.len())?;
    finite("exposure", exposure)?;
    match exposure.iter().position(|time| *time <= 0.0) {
        Some(row) => Err(Error::OutOfRange { what: "exposure", row }),
        None => Ok(exposure.iter().map(|time| libm::log(*time)).collect()),
    }
}

/// Mean over matched sets of the programme person's outcome less the mean of those matched to them; Student's t with as
/// many degrees of freedom as sets less one. Takes sets as matching gives them.
pub fn paired_difference(
    sets: &[(usize, Vec<usize>)],
    outcome: &[f64],
    confidence: f64,
) -> Result<Estimate, Error> {
    finite("outcome", outcome)?;
    let known = |row: &usize| *row < outcome.len();
    if !sets.iter().all(|(row, chosen)| known(row) && chosen.iter().all(known)) {
        return Err(Error::OutOfRange { what: "matched sets", row: outcome.len() });
    }
    let differences: Vec<f64> = sets
        .iter()
        .filter(|(_, chosen)| !chosen.is_empty())
        .map(|(row, chosen)| {
            let sum: f64 = chosen.iter().map(|other| outcome[*other]).sum();
            outcome[*row] - sum / whole(chosen.len() as u64)
        })
        .collect();
    if differences.len() < 2 {
        return Err(Error::TooFew { what: "matched sets", needed: 2, found: differences.len() });
    }
    let count = whole(differences.len() as u64);
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|value| (value - mean) * (value - mean)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    Estimate::wald(mean, error, Reference::Student(count - 1.0), confidence)
}
