//! Why a request for a change, or an answer to it, is refused.

use super::{OPEN_MAX, TEXT_CHARACTERS_MAX};
use crate::agreements::AgreementError;
use crate::release::desk::DeskError;
use crate::store::StoreError;

/// Why a request or an answer is refused.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none, or none that this account may know of.
    #[error("there is no such request or release")]
    Unknown,
    /// Not a kind or an answer.
    #[error("that is no kind of request, or no answer to one")]
    Kind,
    /// A text that is empty or too long.
    #[error("a text has 1 to {TEXT_CHARACTERS_MAX} characters on a few lines")]
    Text,
    /// Too many wait for an answer.
    #[error("{OPEN_MAX} requests about the release wait for an answer")]
    TooMany,
    /// It is closed.
    #[error("the request is {0} already")]
    Closed(&'static str),
    /// The release cannot be asked about by this account.
    #[error(transparent)]
    Desk(DeskError),
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ChangeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<crate::ids::NoRandomness> for ChangeError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl From<DeskError> for ChangeError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Unknown => Self::Unknown,
            DeskError::Store(error) => Self::Store(error),
            error => Self::Desk(error),
        }
    }
}

impl From<AgreementError> for ChangeError {
    fn from(error: AgreementError) -> Self {
        DeskError::from(error).into()
    }
}

impl ChangeError {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown-id",
            Self::Kind => "change-kind",
            Self::Text => "change-text",
            Self::TooMany => "changes-too-many",
            Self::Closed(_) => "change-closed",
            Self::Desk(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unknown => "look the id up in the list of requests".to_owned(),
            Self::Kind => "choose one of the list".to_owned(),
            Self::Text => "say it shorter, without a word about any person".to_owned(),
            Self::TooMany => "wait until the release desk has answered some".to_owned(),
            Self::Closed(_) => "the evaluator can ask anew".to_owned(),
            Self::Desk(error) => error.help(),
            Self::Store(error) => error.help().to_owned(),
        }
    }
}
