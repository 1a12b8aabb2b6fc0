//! Estimates corrected for links that are wrong and links that are missing.
//!
//! Takes what was observed in each arm and the quality of the arm's links, gives the ratio or difference there would
//! have been with perfect links, with an error that holds for the quality too. Refuses qualities under which nothing
//! true is observed.
//!
//! Counts: of the events that are a person's, a share `missed` is not linked to them; of the events linked to
//! them, a share `false_share` is somebody else's. So true = observed (1 - false_share) / (1 - missed), by arm. Yes or
//! no: true = (observed - false_chance) / (1 - missed - false_chance); Rogan, Gladen (1978), Am. J. Epidemiol. 107,
//! 71-76; equal rates in both arms shrink a difference by 1 - missed - false_chance: Tahamont and others (2020),
//! doi:10.1007/s10940-020-09461-x. Errors by the delta method.

use crate::error::{Error, finite};
use crate::regression::{Estimate, Reference};

/// What corrections assume; printed beside them.
pub const ASSUMPTIONS: [&str; 5] = [
    "Within an arm, whether an event is missed does not depend on how many events the person has, nor on the effect.",
    "Events linked to the wrong person fall on persons of an arm regardless of their own events.",
    "The error rates are those of the persons analysed: of this linkage, of each arm, of the outcome's source and window.",
    "The rates were estimated on other persons than those analysed, or on so few of them that both errors are independent.",
    "Nothing else differs by linkage: follow-up, covariates and the matching are right as they are.",
];

/// A rate with the error it was estimated with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The rate, from 0 to below 1.
    pub value: f64,
    /// Its standard error; 0 if it is taken as known.
    pub standard_error: f64,
}

impl Rate {
    /// A rate taken as known.
    pub const fn known(value: f64) -> Self {
        Self { value, standard_error: 0.0 }
    }
}

/// Quality of one arm's links.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkQuality {
    /// Share of a person's events that are not linked to them: 1 - recall of the outcome.
    pub missed: Rate,
    /// Counts: share of the events linked that are somebody else's: 1 - precision of the outcome. Yes or no: chance that
    /// a person without the outcome is linked to one.
    pub wrong: Rate,
}

impl LinkQuality {
    fn checked(&self) -> Result<(), Error> {
        for rate in [self.missed, self.wrong] {
            let errors = rate.standard_error >= 0.0 && rate.standard_error.is_finite();
            if !((0.0..1.0).contains(&rate.value) && errors) {
                return Err(Error::Setting { name: "rate of linkage error" });
            }
        }
        Ok(())
    }

    /// What observed counts are multiplied by.
    fn factor(&self) -> f64 {
        (1.0 - self.wrong.value) / (1.0 - self.missed.value)
    }

    /// Variance of the factor's logarithm.
    fn log_variance(&self) -> f64 {
        [self.wrong, self.missed]
            .iter()
            .map(|rate| {
                let share = rate.standard_error / (1.0 - rate.value);
                share * share
            })
            .sum()
    }
}

/// An observed rate ratio on the scale of logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRatio {
    /// Logarithm of the ratio.
    pub log_ratio: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The rate ratio there would have been with perfect links. Also of hazards and means of counts; of odds only where
/// the outcome is rare.
pub fn corrected_rate_ratio(
    observed: &LogRatio,
    programme: &LinkQuality,
    comparison: &LinkQuality,
    confidence: f64,
) -> Result<Estimate, Error> {
    finite("rate ratio", &[observed.log_ratio, observed.standard_error])?;
    programme.checked()?;
    comparison.checked()?;
    let log = observed.log_ratio + libm::log(programme.factor()) - libm::log(comparison.factor());
    let variance = observed.standard_error * observed.standard_error
        + programme.log_variance()
        + comparison.log_variance();
    Estimate::wald(log, variance.sqrt(), Reference::Normal, confidence)?.exponentiated()
}

/// Shares of an arm's persons with a yes-or-no outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Observed share.
    pub share: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The risk difference there would have been with perfect links: programme less comparison, and each arm's own share.
/// A share that comes out below 0 or above 1 is refused: the rates do not fit the data.
pub fn corrected_risk_difference(
    programme: (&Share, &LinkQuality),
    comparison: (&Share, &LinkQuality),
    confidence: f64,
) -> Result<(Estimate, [f64; 2]), Error> {
    let (treated, treated_variance) = corrected_share(programme)?;
    let (other, other_variance) = corrected_share(comparison)?;
    let error = (treated_variance + other_variance).sqrt();
    let estimate = Estimate::wald(treated - other, error, Reference::Normal, confidence)?;
    Ok((estimate, [treated, other]))
}

/// A share without linkage error, and its variance.
fn corrected_share((observed, quality): (&Share, &LinkQuality)) -> Result<(f64, f64), Error> {
    finite("share", &[observed.share, observed.standard_error])?;
    quality.checked()?;
    let left = 1.0 - quality.missed.value - quality.wrong.value;
    if left <= 0.0 {
        return Err(Error::Degenerate { what: "the share of true outcomes observed" });
    }
    let share = (observed.share - quality.wrong.value) / left;
    if !(0.0..=1.0).contains(&share) {
        return Err(Error::OutOfRange { what: "share corrected for linkage error", row: 0 });
    }
    let square = |value: f64| value * value;
    let variance = square(observed.standard_error / left)
        + square(share * quality.missed.standard_error / left)
        + square((1.0 - share) * quality.wrong.standard_error / left);
    Ok((share, variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn quality(missed: f64, wrong: f64) -> LinkQuality {
        LinkQuality { missed: Rate::known(missed), wrong: Rate::known(wrong) }
    }

    #[test]
    fn equal_quality_leaves_a_ratio_as_it_is() {
        let observed = LogRatio { log_ratio: -0.5, standard_error: 0.1 };
        let same = quality(0.2, 0.05);
        let found = corrected_rate_ratio(&observed, &same, &same, 0.95).unwrap();
        assert!((found.estimate - libm::exp(-0.5)).abs() < 1e-12);
    }

    #[test]
    fn a_better_linked_programme_had_too_many_events_counted() {
        let observed = LogRatio { log_ratio: 0.0, standard_error: 0.1 };
        let found =
            corrected_rate_ratio(&observed, &quality(0.0, 0.0), &quality(0.2, 0.0), 0.95).unwrap();
        assert!((found.estimate - 0.8).abs() < 1e-12);
        let unsure = LinkQuality {
            missed: Rate { value: 0.2, standard_error: 0.08 },
            wrong: Rate::known(0.0),
        };
        let wider = corrected_rate_ratio(&observed, &quality(0.0, 0.0), &unsure, 0.95).unwrap();
        assert!((wider.standard_error - 0.02_f64.sqrt()).abs() < 1e-12);
    }

    /// Domain's own figure: a miss rate of 0.10 and a false-hit rate of 0.01 shrink a difference by 11 %.
    #[test]
    fn a_risk_difference_is_stretched_back() {
        let shares = |share: f64| Share { share, standard_error: 0.02 };
        let both = quality(0.10, 0.01);
        let observed = |p: f64| p * 0.9 + (1.0 - p) * 0.01;
        let (found, [treated, other]) = corrected_risk_difference(
            (&shares(observed(0.3)), &both),
            (&shares(observed(0.5)), &both),
            0.95,
        )
        .unwrap();
        assert!((treated - 0.3).abs() < 1e-12 && (other - 0.5).abs() < 1e-12);
        assert!((found.estimate + 0.2).abs() < 1e-12);
        let nothing = quality(0.6, 0.5);
        let refused =
            corrected_risk_difference((&shares(0.3), &nothing), (&shares(0.5), &both), 0.95);
        assert_eq!(refused.unwrap_err().code(), "evaluate-degenerate");
        assert!(
            corrected_risk_difference((&shares(0.001), &both), (&shares(0.5), &both), 0.95)
                .is_err()
        );
    }
}
