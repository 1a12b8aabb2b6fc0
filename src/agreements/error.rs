//! Why an agreement is not recorded or ended.

use super::Clause;
use super::consents::SnapshotError;
use crate::store::StoreError;

/// A refusal, or a failure of the records.
#[derive(Debug, thiserror::Error)]
pub enum AgreementError {
    /// Nothing has this id.
    #[error("there is no {what} with this id")]
    Unknown {
        /// Of what.
        what: &'static str,
    },
    /// A term is missing, empty or not of its form.
    #[error("{what} is missing, empty or not of its form")]
    Malformed {
        /// Which.
        what: &'static str,
    },
    /// The last day lies before the first.
    #[error("the last day lies before the first")]
    Interval,
    /// Data would have to be destroyed while they may be used.
    #[error("retention_until lies before valid_until")]
    Retention,
    /// A provider's agreement needs a basis, and no other has one.
    #[error("a provider's agreement names its basis, and no other does")]
    Basis,
    /// Only evaluators receive releases.
    #[error("a recipient is not an evaluator")]
    NotEvaluator,
    /// It has ended already.
    #[error("the agreement has ended")]
    Ended,
    /// Only providers have consents.
    #[error("the agency is not a provider")]
    NotProvider,
    /// No agreement covers it.
    #[error(transparent)]
    NotPermitted(Clause),
    /// Consents are not of their form.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AgreementError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<crate::ids::NoRandomness> for AgreementError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl AgreementError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-id",
            Self::Malformed { .. } => "agreement-malformed",
            Self::Interval => "agreement-interval",
            Self::Retention => "agreement-retention",
            Self::Basis => "agreement-basis",
            Self::NotEvaluator => "agreement-recipient",
            Self::Ended => "agreement-ended",
            Self::NotProvider => "consents-not-provider",
            Self::NotPermitted(clause) => clause.code(),
            Self::Snapshot(_) => "consents-malformed",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "look the id up in the list",
            Self::Malformed { .. } => "docs/agreements.md has an example of each kind",
            Self::Interval => "exchange valid_from and valid_until",
            Self::Retention => "data may be held at least as long as they may be used",
            Self::Basis => {
                "give basis (consent, research or audit) for a provider, and for nobody else"
            }
            Self::NotEvaluator => "name accounts of role evaluator",
            Self::Ended => "record a new agreement",
            Self::NotProvider => "only an agency of type provider sends consents",
            Self::NotPermitted(clause) => clause.help(),
            Self::Snapshot(_) => "docs/agreements.md shows the form; nothing was kept",
            Self::Store(error) => error.help(),
        }
    }
}
