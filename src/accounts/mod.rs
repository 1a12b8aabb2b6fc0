//! Takes names, passwords, codes and tokens, gives principals and what each may name, refuses everybody else alike.
//!
//! A [`Principal`] is who asks. What may be done with the unit is asked of a capability ([`Uploader`], [`Operator`], ...),
//! and a capability can only be had from a principal that holds the role: a handler that names no capability can do
//! nothing, and an uploader's names its own agency and no other.

mod account;
mod agency;
mod capability;
mod enrolment;
mod error;
mod factor;
mod listing;
mod own;
mod password;
mod role;
mod session;
mod sign_ins;
mod token;

#[cfg(test)]
mod tests;

pub use account::{Account, NewAccount, Terms, change, create, disable, find, list, names};
pub use agency::{Agency, Project, list_agencies, list_projects, record_agency, record_project};
pub use capability::{
    Administrator, AgreementReader, Approver, Compliance, Evaluator, Operator, Preparer, Principal,
    ReleaseReader, RunReader, Uploader,
};
pub use enrolment::{Enrolled, confirm, invite, prepare};
pub use error::AccountError;
pub use factor::SecondFactor;
pub use listing::{AccountState, AccountsFound, AccountsWanted, Staff, search, staff};
pub use own::{Proof, invite_oneself, recovery_codes_left, renew_recovery_codes};
pub use password::Password;
pub use role::{Role, Roles};
pub use session::{Credentials, Opened, close, csrf, of_session, sign_in};
pub use sign_ins::{OpenSession, OpenToken, SignIns, end_sign_ins, sign_ins};
pub use token::{Issued, TOKEN_ROLES, TokenScope, issue, of_token, revoke};

/// Limits of accounts; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountLimits {
    /// Seconds after which an unused session ends.
    pub session_idle_seconds: i64,
    /// Seconds after which any session ends.
    pub session_seconds_max: i64,
    /// Refused log-ons in a row after which an account is locked.
    pub failures_max: u32,
    /// Seconds for which it is locked.
    pub lock_seconds: i64,
    /// Days after which any token ends.
    pub token_days_max: i64,
    /// Hours after which a link for setting password and second factor ends.
    pub enrolment_hours: i64,
    /// Accounts of one page.
    pub accounts_max: std::num::NonZeroU16,
    /// Passwords that are hashed at the same time.
    pub password_hashes_max: std::num::NonZeroU16,
}
