//! Propensity scores, and groups made comparable by them.
//!
//! Takes covariates from before and who is in the programme; gives who has somebody alike, scores, matched sets or weights,
//! the range that the arms have in common, and the balance before and after. Refuses an empty arm, separation and arms that do not
//! overlap. Rosenbaum, Rubin (1983), doi:10.1093/biomet/70.1.41. They balance what was measured and nothing else.
//!
//! Optimal full matching is left out: it needs a solver of minimum-cost flows of the size of both arms' product, and
//! no crate for that is kept well enough to be trusted with a study.

mod balance;
mod common;
mod nearest;
mod support;
mod weights;

pub use balance::{Balance, Denominator, balance};
pub use common::{InCommon, LeftOut, in_common};
pub(crate) use nearest::set_weights;
pub use nearest::{Matching, MatchingSettings, Order, match_nearest};
pub use support::{Discard, Overlap, SupportRange, overlap};
pub use weights::{Estimand, effective_size, weights};

use crate::covariate::{Covariate, Design, indicator};
use crate::error::{Arm, Error, same_length};
use crate::regression::{Fit, Rows, logistic};

/// Propensity scores of persons.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Logarithm of the odds of being in the programme.
    pub logits: Vec<f64>,
    /// The chance of being in the programme.
    pub chances: Vec<f64>,
    /// The model.
    pub fit: Fit,
}

/// The chance of being in the programme given covariates, by logistic regression.
pub fn scores(programme: &[bool], covariates: &[Covariate]) -> Result<Scores, Error> {
    both_arms(programme, None)?;
    let design = Design::with_intercept(programme.len()).covariates(covariates)?;
    let outcome: Vec<f64> = programme.iter().map(|yes| indicator(*yes)).collect();
    let fit = logistic(&Rows::new(&design, &outcome))?;
    let logits = fit.linear_predictor.clone();
    let chances = logits.iter().map(|logit| 1.0 / (1.0 + libm::exp(-logit))).collect();
    Ok(Scores { logits, chances, fit })
}

/// Refuses an arm without persons, or without persons of any weight.
pub(crate) fn both_arms(programme: &[bool], weights: Option<&[f64]>) -> Result<(), Error> {
    if let Some(weights) = weights {
        same_length("weights", programme.len(), weights.len())?;
    }
    for (arm, is_in) in [(Arm::Programme, true), (Arm::Comparison, false)] {
        let counts = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
        if !programme.iter().enumerate().any(|(row, yes)| *yes == is_in && counts(row)) {
            return Err(Error::ArmEmpty { arm });
        }
    }
    Ok(())
}
