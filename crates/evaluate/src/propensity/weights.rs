//! Weights by the propensity score.
//!
//! Takes chances of being in the programme, gives weights under which the arms are comparable for a stated population,
//! refuses chances of 0 or 1, for whom nobody comparable exists.

use super::both_arms;
use crate::error::{Error, finite, same_length};

/// For whom the effect is estimated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Estimand {
    /// All persons: 1 / e and 1 / (1 - e). Horvitz, Thompson (1952), doi:10.1080/01621459.1952.10483446.
    Everyone,
    /// Those in the programme: 1 and e / (1 - e). Hirano, Imbens (2001), doi:10.1023/A:1020371312283.
    Programme,
    /// Those who might as well have been in the other arm: 1 - e and e. Li, Morgan, Zaslavsky (2018),
    /// doi:10.1080/01621459.2016.1260466. With a logistic score the weighted means of covariates are exactly equal.
    Overlap,
}

/// One weight a person.
pub fn weights(programme: &[bool], chances: &[f64], estimand: Estimand) -> Result<Vec<f64>, Error> {
    both_arms(programme, None)?;
    same_length("scores", programme.len(), chances.len())?;
    finite("scores", chances)?;
    if let Some(row) = chances.iter().position(|chance| !(*chance > 0.0 && *chance < 1.0)) {
        return Err(Error::OutOfRange { what: "scores", row });
    }
    let weight = |(is_programme, chance): (&bool, &f64)| match (estimand, *is_programme) {
        (Estimand::Everyone, true) => 1.0 / chance,
        (Estimand::Everyone, false) => 1.0 / (1.0 - chance),
        (Estimand::Programme, true) => 1.0,
        (Estimand::Programme, false) => chance / (1.0 - chance),
        (Estimand::Overlap, true) => 1.0 - chance,
        (Estimand::Overlap, false) => *chance,
    };
    Ok(programme.iter().zip(chances).map(weight).collect())
}

/// How many persons of equal weight would tell as much as an arm's weighted ones: (sum w)^2 / sum w^2. Kish (1965),
/// Survey Sampling, section 11.7.
pub fn effective_size(programme: &[bool], weights: &[f64], arm: bool) -> Result<f64, Error> {
    both_arms(programme, Some(weights))?;
    let of_arm = || programme.iter().zip(weights).filter(|(yes, _)| **yes == arm);
    let sum: f64 = of_arm().map(|(_, weight)| weight).sum();
    let squares: f64 = of_arm().map(|(_, weight)| weight * weight).sum();
    Ok(sum * sum / squares)
}
