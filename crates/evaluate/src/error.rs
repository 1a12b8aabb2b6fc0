//! Why there is no estimate.
//!
//! Takes nothing of the data but places and counts, gives a stable code, a sentence and a line of help. A result that
//! does not exist is one of these, never a number that is not a number.

use crate::covariate::Term;

/// One of the two groups compared.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Arm {
    /// Persons of the comparison group.
    Comparison,
    /// Persons of the programme.
    Programme,
}

impl Arm {
    /// Its name in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comparison => "comparison",
            Self::Programme => "programme",
        }
    }
}

/// How far covariates tell an outcome: Albert, Anderson (1984), doi:10.1093/biomet/71.1.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Separation {
    /// Every row is told without error.
    Complete,
    /// Some rows are told without error, the others are on the border.
    Quasi,
}

/// Why there is no estimate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Columns differ in length.
    #[error("{what}: {found} rows where {expected} are expected")]
    LengthsDiffer {
        /// Which column.
        what: &'static str,
        /// Rows of the others.
        expected: usize,
        /// Its own.
        found: usize,
    },
    /// A value is infinite or not a number.
    #[error("{what}, row {row}: not a finite number")]
    NotFinite {
        /// Which column.
        what: &'static str,
        /// Row, from 0.
        row: usize,
    },
    /// A value is outside of what the method takes.
    #[error("{what}, row {row}: outside of what the method takes")]
    OutOfRange {
        /// Which column.
        what: &'static str,
        /// Row, from 0.
        row: usize,
    },
    /// A setting is outside of its range.
    #[error("setting {name} is out of range")]
    Setting {
        /// The setting's name.
        name: &'static str,
    },
    /// Too few of something.
    #[error("{found} {what}, at least {needed} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// An arm has nobody, or nobody with weight.
    #[error("nobody is in the {} arm", .arm.name())]
    ArmEmpty {
        /// Which.
        arm: Arm,
    },
    /// The outcome is the same in all rows.
    #[error("the outcome is the same in all {rows} rows")]
    OutcomeConstant {
        /// Rows.
        rows: usize,
    },
    /// No event, or none among those compared.
    #[error("no event happened in time")]
    NoEvents,
    /// A column follows from those before it.
    #[error("covariate {term} follows from those before it")]
    Collinear {
        /// The column.
        term: Term,
    },
    /// Covariates tell the outcome without error, so that no finite coefficient fits best.
    #[error("covariate {term} separates the outcome ({})", match .kind { Separation::Complete => "complete", Separation::Quasi => "quasi-complete" })]
    Separated {
        /// The column that moves most along the separating direction.
        term: Term,
        /// How far.
        kind: Separation,
    },
    /// The search for the best fit did not end.
    #[error("{model}: not converged after {iterations} iterations")]
    NotConverged {
        /// Which model.
        model: &'static str,
        /// Iterations.
        iterations: usize,
    },
    /// Counts vary no more than a Poisson model has them.
    #[error("counts are not overdispersed: the negative binomial's theta is infinite")]
    NotOverdispersed,
    /// The scores of the arms have no range in common.
    #[error("the propensity scores of the arms do not overlap")]
    NoOverlap,
    /// Nobody found a match.
    #[error("no match was found")]
    NoMatches,
    /// A quantity that others are divided by is nothing.
    #[error("{what} is zero, so that the estimate does not exist")]
    Degenerate {
        /// Which quantity.
        what: &'static str,
    },
}

impl Error {
    /// Stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LengthsDiffer { .. } => "evaluate-lengths-differ",
            Self::NotFinite { .. } => "evaluate-not-finite",
            Self::OutOfRange { .. } => "evaluate-out-of-range",
            Self::Setting { .. } => "evaluate-setting",
            Self::TooFew { .. } => "evaluate-too-few",
            Self::ArmEmpty { .. } => "evaluate-arm-empty",
            Self::OutcomeConstant { .. } => "evaluate-outcome-constant",
            Self::NoEvents => "evaluate-no-events",
            Self::Collinear { .. } => "evaluate-collinear",
            Self::Separated { .. } => "evaluate-separated",
            Self::NotConverged { .. } => "evaluate-not-converged",
            Self::NotOverdispersed => "evaluate-not-overdispersed",
            Self::NoOverlap => "evaluate-no-overlap",
            Self::NoMatches => "evaluate-no-matches",
            Self::Degenerate { .. } => "evaluate-degenerate",
        }
    }

    /// What can be done.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::LengthsDiffer { .. } => "give every column one value a row",
            Self::NotFinite { .. } => {
                "declare the value as missing where the method takes missing values"
            }
            Self::OutOfRange { .. } => {
                "look at the column's definition: counts are whole, times and weights not negative"
            }
            Self::Setting { .. } => "look up the setting's range",
            Self::TooFew { .. } => {
                "widen the window, the catchment or the caliper, or report counts without an estimate"
            }
            Self::ArmEmpty { .. } => "look at the study's eligibility and at the flow of counts",
            Self::OutcomeConstant { .. } => "report the count; there is nothing to compare",
            Self::NoEvents => "report that no event was seen, with the person-time at risk",
            Self::Collinear { .. } => "leave the covariate out, or those that it follows from",
            Self::Separated { .. } => {
                "merge levels or leave the covariate out, and report its cross-table with the outcome"
            }
            Self::NotConverged { .. } => {
                "use fewer covariates; look for values far from all others"
            }
            Self::NotOverdispersed => "use the Poisson model, which fits these counts",
            Self::NoOverlap => {
                "the arms cannot be compared by these covariates; look at the overlap histogram"
            }
            Self::NoMatches => "widen the caliper or use fewer exact strata",
            Self::Degenerate { .. } => "report the counts themselves",
        }
    }
}

/// Refuses a column of another length.
pub(crate) const fn same_length(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::LengthsDiffer { what, expected, found }) }
}

/// Refuses values that are infinite or not a number.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Error::NotFinite { what, row }),
        None => Ok(()),
    }
}

/// Refuses values that are negative, infinite or not a number.
pub(crate) fn not_negative(what: &'static str, values: &[f64]) -> Result<(), Error> {
    finite(what, values)?;
    match values.iter().position(|value| *value < 0.0) {
        Some(row) => Err(Error::OutOfRange { what, row }),
        None => Ok(()),
    }
}

/// A result that must be a number.
pub(crate) fn number(what: &'static str, value: f64) -> Result<f64, Error> {
    if value.is_finite() { Ok(value) } else { Err(Error::Degenerate { what }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_and_never_what() {
        let error = not_negative("exposure", &[1.0, -7.25]).unwrap_err();
        assert_eq!(error.to_string(), "exposure, row 1: outside of what the method takes");
        assert_eq!(error.code(), "evaluate-out-of-range");
        assert!(!error.help().is_empty());
    }
}
