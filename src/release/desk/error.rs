//! Why a release is refused, or fails.

use tallystick_dataset::DatasetError;
use tallystick_dataset::bundle::BundleError;
use tallystick_disclosure::Refusal;
use tallystick_study::StudyError;

use crate::agreements::{AgreementError, Clause};
use crate::intake::IntakeError;
use crate::link::LinkError;
use crate::release::ReleaseError;
use crate::runs::RunError;
use crate::store::StoreError;

/// A refusal, or a failure of the records.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such release, or none that this account may know of.
    #[error("there is no such release, run or project")]
    Unknown,
    /// The run has no result, or something that it linked was taken out since.
    #[error("the run has no result that can be released: {0}")]
    RunUnfit(&'static str),
    /// Too many wait.
    #[error("{queue_max} releases are waiting")]
    QueueFull {
        /// Most releases that wait.
        queue_max: u64,
    },
    /// The study cannot be used.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The study's disclosure policy cannot be used.
    #[error("study, disclosure: {0}")]
    Policy(String),
    /// The check refuses it.
    #[error("the disclosure check refuses the release: {0}")]
    Refused(Refusal),
    /// Persons of one arm are too few to be shown at all.
    #[error("an arm of the study has fewer than {k} persons")]
    CohortSmall {
        /// Persons that an arm must have, if it has any.
        k: u32,
    },
    /// A release differs from an earlier one by too few persons.
    #[error("the release differs from an earlier one by fewer than {k} persons")]
    Differencing {
        /// Persons by which releases must differ, if they do.
        k: u32,
    },
    /// No agreement in force permits it.
    #[error(transparent)]
    NotPermitted(Clause),
    /// Who prepared it may not approve it.
    #[error("who prepared a release does not approve it")]
    OwnRelease,
    /// It is not in the state in which this can be done.
    #[error("the release is {0}")]
    WrongState(&'static str),
    /// Something that it was made of was taken out.
    #[error("the release is out of date")]
    Superseded,
    /// Its time has ended.
    #[error("the release's time has ended")]
    Expired,
    /// The account is not among its recipients.
    #[error("the account is not among the recipients of the release")]
    NotRecipient,
    /// The terms were not accepted.
    #[error("the terms of the release were not accepted")]
    TermsNotAccepted,
    /// What was to be approved is no longer what would be released.
    #[error("the tables made after the approval are not those that were approved")]
    Changed,
    /// The days for which it can be downloaded.
    #[error("a release can be downloaded for 1 to {most} days")]
    ValidDays {
        /// Most days.
        most: u32,
    },
    /// Content cannot be made into tables.
    #[error(transparent)]
    Content(#[from] ReleaseError),
    /// Content cannot be opened.
    #[error("content cannot be opened: {0}")]
    Opening(LinkError),
    /// The bundle cannot be written.
    #[error("the bundle cannot be written: {0}")]
    Bundle(BundleError),
    /// The service ends; it goes on another time.
    #[error("the service ends")]
    Stopping,
    /// The program broke.
    #[error("the release broke by a fault of the program")]
    Panicked,
    /// A run's files fail.
    #[error(transparent)]
    Run(RunError),
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for DeskError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<crate::ids::NoRandomness> for DeskError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl From<RunError> for DeskError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Unknown => Self::Unknown,
            RunError::NotPermitted(clause) => Self::NotPermitted(clause),
            RunError::Store(error) => Self::Store(error),
            error => Self::Run(error),
        }
    }
}

impl From<IntakeError> for DeskError {
    fn from(error: IntakeError) -> Self {
        RunError::from(error).into()
    }
}

impl From<AgreementError> for DeskError {
    fn from(error: AgreementError) -> Self {
        RunError::from(error).into()
    }
}

impl From<std::io::Error> for DeskError {
    fn from(error: std::io::Error) -> Self {
        RunError::from(error).into()
    }
}

impl From<LinkError> for DeskError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Cancelled => Self::Stopping,
            error => Self::Opening(error),
        }
    }
}

impl From<DatasetError> for DeskError {
    fn from(error: DatasetError) -> Self {
        match error {
            DatasetError::Cancelled => Self::Stopping,
            DatasetError::Io { cause, .. } => cause.into(),
        }
    }
}

impl DeskError {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown-id",
            Self::RunUnfit(_) => "release-run-unfit",
            Self::QueueFull { .. } => "releases-too-many",
            Self::Study(error) => error.code(),
            Self::Policy(_) => "study-disclosure",
            Self::Refused(refusal) => refusal.reasons.first().map_or("disclosure", |it| it.code()),
            Self::CohortSmall { .. } => "release-cohort-small",
            Self::Differencing { .. } => "release-differencing",
            Self::NotPermitted(clause) => clause.code(),
            Self::OwnRelease => "release-own",
            Self::WrongState(_) => "release-wrong-state",
            Self::Superseded => "release-superseded",
            Self::Expired => "release-expired",
            Self::NotRecipient => "release-not-recipient",
            Self::TermsNotAccepted => "release-terms",
            Self::Changed => "release-changed",
            Self::ValidDays { .. } => "release-valid-days",
            Self::Content(error) => error.code(),
            Self::Opening(error) => error.code(),
            Self::Bundle(error) => error.code(),
            Self::Stopping => "service-stopping",
            Self::Panicked => "release-panicked",
            Self::Run(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let help = match self {
            Self::Unknown => "look the id up in the list of releases",
            Self::RunUnfit(_) => "release the result of a finished run that is not out of date",
            Self::QueueFull { .. } => "wait; release.queue_max is the limit",
            Self::Study(error) => error.help(),
            Self::Policy(_) => "docs/disclosure.md lists every key of [disclosure]",
            Self::Refused(refusal) => refusal.reasons.first().map_or("", |it| it.help()),
            Self::CohortSmall { .. } => "lengthen the period of the arm, or leave it out",
            Self::Differencing { .. } => {
                "release again when more persons have changed, or revoke the earlier release first"
            }
            Self::NotPermitted(clause) => return clause.help().to_owned(),
            Self::OwnRelease => "ask another approver",
            Self::WrongState(_) => "look at the release; another may have decided already",
            Self::Superseded => "prepare a release of a new run in its place",
            Self::Expired => "ask the release desk for a new release",
            Self::NotRecipient => "a data use licence in force names its recipients",
            Self::TermsNotAccepted => "read the terms of the release and send terms=accepted",
            Self::Changed | Self::Panicked => "this is a fault of the program; report it",
            Self::ValidDays { .. } => "release.valid_days_max is the limit",
            Self::Content(error) => error.help(),
            Self::Opening(error) => return error.help(),
            Self::Bundle(_) => "the operator finds the reason in the log of the service",
            Self::Stopping => "wait; it goes on when the service starts again",
            Self::Run(error) => return error.help(),
            Self::Store(error) => error.help(),
        };
        help.to_owned()
    }
}
