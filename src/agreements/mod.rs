//! Takes agreements and an action, gives the agreements that permit it, refuses with the clause that is not met.
//!
//! Three tiers (AISP): an MOU of all partners, a DSA for each source, a DUL for each project and its recipients; and the
//! decision of a review board (IRB). The papers are kept elsewhere: here are their SHA-256 and what can be decided by a
//! program. What is in force is asked at the moment of each action, and whoever asks logs the answer.
//!
//! What this does not promise: that what was recorded is what the paper says. Two people should compare it.

mod agreement;
mod clause;
pub mod consents;
mod error;
mod permit;
mod records;
mod shared;
mod stored;
mod taken_back;
mod terms;

pub use agreement::{Agreement, Dsa, Dul, Irb, Kind, Mou, Terms};
pub use clause::{Clause, Lapse};
pub use error::AgreementError;
pub use permit::{Action, Held, Permit, decide, permit};
pub use records::{NewAgreement, end, record};
pub use shared::{Shared, shared_by};
pub use stored::{Wanted, find, in_order, kinds_in_force};
pub use terms::{
    Basis, Content, Day, Decision, EndReason, Interval, MinimumCell, Protocol, Purpose,
};

/// Limits of agreements; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementLimits {
    /// Agreements of one answer.
    pub agreements_max: u32,
    /// Bytes of one snapshot of consents.
    pub consents_bytes_max: usize,
}

#[cfg(test)]
mod tests;
