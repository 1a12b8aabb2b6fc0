//! Why a run is refused, or fails.

use crate::agreements::{AgreementError, Clause};
use crate::intake::IntakeError;
use crate::link::LinkError;
use crate::store::StoreError;

/// A refusal, or a failure of the records.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no such run, project or submission.
    #[error("there is no such run, project or submission")]
    Unknown,
    /// The project has nothing to link.
    #[error("the project has no submission to link")]
    Nothing,
    /// Too many wait.
    #[error("{queue_max} runs are waiting")]
    QueueFull {
        /// Most runs that wait.
        queue_max: u64,
    },
    /// It has ended already.
    #[error("the run has ended")]
    Ended,
    /// An estimate of so many records takes too long.
    #[error("an estimate takes at most {records_max} records")]
    EstimateTooLarge {
        /// Most records.
        records_max: u64,
    },
    /// No agreement in force permits it.
    #[error(transparent)]
    NotPermitted(Clause),
    /// The submissions do not go together, or the rules do not fit them.
    #[error("{}", plain(.0))]
    Link(LinkError),
    /// A submission cannot be opened.
    #[error(transparent)]
    Intake(IntakeError),
    /// A stored file cannot be read or written.
    #[error("a stored file failed: {0}")]
    Io(std::io::Error),
    /// The program broke.
    #[error("the run broke by a fault of the program")]
    Panicked,
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error of the linkage without the name of a source that a caller gave: it might be anything.
fn plain(error: &LinkError) -> String {
    match error {
        LinkError::SourceUnknown { .. } => {
            "a rule names a source that the run does not have".to_owned()
        }
        error => error.to_string(),
    }
}

impl From<LinkError> for RunError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

impl From<IntakeError> for RunError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Store(error) => Self::Store(error),
            error => Self::Intake(error),
        }
    }
}

impl From<AgreementError> for RunError {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::Store(error) => Self::Store(error),
            _ => Self::Store(StoreError::Corrupt { table: "agreement", column: "id" }),
        }
    }
}

impl From<std::io::Error> for RunError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::Store(StoreError::Full),
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for RunError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<crate::ids::NoRandomness> for RunError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl RunError {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown-id",
            Self::Nothing => "run-nothing",
            Self::QueueFull { .. } => "runs-too-many",
            Self::Ended => "run-ended",
            Self::EstimateTooLarge { .. } => "estimate-too-large",
            Self::NotPermitted(clause) => clause.code(),
            Self::Link(error) => error.code(),
            // Since it was asked for, or it would not be in the run.
            Self::Intake(IntakeError::Unknown) => "submission-withdrawn",
            Self::Intake(error) => error.code(),
            Self::Io(_) => "store-io",
            Self::Panicked => "run-panicked",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unknown => "look the id up in the list of runs".to_owned(),
            Self::Nothing => "an agency of the project must upload first".to_owned(),
            Self::QueueFull { .. } => "wait, or cancel one; runs.queue_max is the limit".to_owned(),
            Self::Ended => "ask for a new run".to_owned(),
            Self::EstimateTooLarge { .. } => "runs.estimate_records_max is the limit".to_owned(),
            Self::NotPermitted(clause) => clause.help().to_owned(),
            Self::Link(error) => error.help(),
            Self::Intake(error) => error.help().to_owned(),
            Self::Io(_) => "the operator finds the reason in the log of the service".to_owned(),
            Self::Panicked => "this is a fault of the program; report it".to_owned(),
            Self::Store(error) => error.help().to_owned(),
        }
    }
}
