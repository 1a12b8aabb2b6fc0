//! What is not met, by stable codes.

use super::Kind;

/// Why an agreement is not in force.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lapse {
    /// None was recorded.
    Missing,
    /// It was ended before its time.
    Ended,
    /// Its last day is over.
    Expired,
    /// Its first day has not come.
    NotYetValid,
}

/// The clause by which an action is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Clause {
    /// No agreement of this kind is in force.
    #[error("no {} that covers this is in force", long(*.0))]
    Lapsed(Kind, Lapse),
    /// The sources have no purpose in common, or not the licence's.
    #[error("the data sharing agreements do not all permit the purpose")]
    DsaPurpose,
    /// The source may not send content.
    #[error("the data sharing agreement permits no content")]
    DsaContent,
    /// The account is not named as a recipient.
    #[error("the data use licence does not name this account")]
    DulRecipient,
    /// A provider's data need a snapshot of consents.
    #[error("the provider has recorded no consents for this project")]
    ConsentMissing,
    /// A person's consent was taken back, or is over.
    #[error("consent was taken back or is over")]
    ConsentRevoked,
}

const fn long(kind: Kind) -> &'static str {
    match kind {
        Kind::Mou => "memorandum of understanding",
        Kind::Dsa => "data sharing agreement",
        Kind::Dul => "data use licence",
        Kind::Irb => "decision of a review board",
    }
}

impl Clause {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(self) -> &'static str {
        use Kind::{Dsa, Dul, Irb, Mou};
        use Lapse::{Ended, Expired, Missing, NotYetValid};
        match self {
            Self::Lapsed(Mou, Missing) => "mou-missing",
            Self::Lapsed(Mou, Ended) => "mou-ended",
            Self::Lapsed(Mou, Expired) => "mou-expired",
            Self::Lapsed(Mou, NotYetValid) => "mou-not-yet-valid",
            Self::Lapsed(Dsa, Missing) => "dsa-missing",
            Self::Lapsed(Dsa, Ended) => "dsa-ended",
            Self::Lapsed(Dsa, Expired) => "dsa-expired",
            Self::Lapsed(Dsa, NotYetValid) => "dsa-not-yet-valid",
            Self::Lapsed(Dul, Missing) => "dul-missing",
            Self::Lapsed(Dul, Ended) => "dul-ended",
            Self::Lapsed(Dul, Expired) => "dul-expired",
            Self::Lapsed(Dul, NotYetValid) => "dul-not-yet-valid",
            Self::Lapsed(Irb, Missing) => "irb-missing",
            Self::Lapsed(Irb, Ended) => "irb-ended",
            Self::Lapsed(Irb, Expired) => "irb-expired",
            Self::Lapsed(Irb, NotYetValid) => "irb-not-yet-valid",
            Self::DsaPurpose => "dsa-purpose",
            Self::DsaContent => "dsa-content",
            Self::DulRecipient => "dul-recipient",
            Self::ConsentMissing => "consent-missing",
            Self::ConsentRevoked => "consent-revoked",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Lapsed(..) => {
                "have the unit's compliance officer record the agreement that covers it (docs/agreements.md)"
            }
            Self::DsaPurpose => {
                "the licence's purpose must stand in the agreement of every source (docs/agreements.md)"
            }
            Self::DsaContent => {
                "encode without content, or have an agreement recorded that permits it (docs/agreements.md)"
            }
            Self::DulRecipient => "have the licence name the account (docs/agreements.md)",
            Self::ConsentMissing => "the provider sends its consents first (docs/agreements.md)",
            Self::ConsentRevoked => "leave the person out",
        }
    }
}
