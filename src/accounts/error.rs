//! Why an account, a log-on or a token is refused.

use crate::store::StoreError;

/// A refusal. None says more than its caller knows already.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Name, password or code do not fit; or the account is locked or closed.
    #[error("name, password and code do not fit together")]
    SignInRefused,
    /// No session, or one that ended.
    #[error("there is no such session, or it has ended")]
    SessionEnded,
    /// No token, or one that ended.
    #[error("there is no such token, or it has ended")]
    TokenEnded,
    /// A link that is unknown, used or too old.
    #[error("the link is not valid any more")]
    EnrolmentEnded,
    /// The code of the second factor does not fit.
    #[error("the code does not fit")]
    CodeRefused,
    /// A password that is too weak.
    #[error("the password is too weak")]
    PasswordWeak,
    /// Two roles that are kept apart.
    #[error("no account may hold two of uploader, operator, approver and evaluator")]
    DutiesApart,
    /// An account without a role.
    #[error("an account needs a role")]
    NoRole,
    /// A name that is no log-in name.
    #[error("a log-in name has 3 to 64 of a-z, 0-9, dot, hyphen and underscore")]
    NameInvalid,
    /// A name that is taken.
    #[error("the name is taken")]
    NameTaken,
    /// An uploader without an agency, or somebody else with one.
    #[error("an uploader belongs to one agency, and nobody else does")]
    AgencyMisplaced,
    /// An id of nothing.
    #[error("there is no {what} with this id")]
    Unknown {
        /// Of what.
        what: &'static str,
    },
    /// The last administrator cannot be closed.
    #[error("the last administrator stays")]
    LastAdministrator,
    /// The role is not held.
    #[error("the account may not do this")]
    NotAllowed,
    /// A time outside of what is allowed.
    #[error("a token ends after 1 to {days_max} days")]
    TokenDays {
        /// Most days.
        days_max: i64,
    },
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AccountError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<crate::ids::NoRandomness> for AccountError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl AccountError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SignInRefused => "sign-in-refused",
            Self::SessionEnded => "session-ended",
            Self::TokenEnded => "token-ended",
            Self::EnrolmentEnded => "enrolment-ended",
            Self::CodeRefused => "code-refused",
            Self::PasswordWeak => "password-weak",
            Self::DutiesApart => "duties-apart",
            Self::NoRole => "role-missing",
            Self::NameInvalid => "name-invalid",
            Self::NameTaken => "name-taken",
            Self::AgencyMisplaced => "agency-misplaced",
            Self::Unknown { .. } => "unknown-id",
            Self::LastAdministrator => "last-administrator",
            Self::NotAllowed => "not-allowed",
            Self::TokenDays { .. } => "token-days",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::SignInRefused => {
                "try again in a while; an administrator can send a new link for setting both"
            }
            Self::SessionEnded => "sign in again",
            Self::TokenEnded => "make a new token in the account's page",
            Self::EnrolmentEnded => "ask an administrator for a new link",
            Self::CodeRefused => "check the clock of the device that shows the code",
            Self::PasswordWeak => "use at least 16 characters, several words, nothing repeated",
            Self::DutiesApart => "make a second account for another person",
            Self::NoRole => "name at least one role",
            Self::NameInvalid | Self::NameTaken => "choose another name",
            Self::AgencyMisplaced => "name the agency of an uploader, and of nobody else",
            Self::Unknown { .. } => "look the id up in the list",
            Self::LastAdministrator => "make another administrator first",
            Self::NotAllowed => "ask an administrator for the role, if it is yours to have",
            Self::TokenDays { .. } => "choose a shorter time",
            Self::Store(error) => error.help(),
        }
    }
}
