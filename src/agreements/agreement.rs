//! An agreement as it was recorded.

use std::collections::BTreeSet;

use super::terms::{Basis, Content, Day, Decision, Interval, MinimumCell, Protocol, Purpose};
use super::{AgreementError, EndReason, Lapse};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId};

/// Which tier.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// Memorandum of understanding: all partners.
    Mou,
    /// Data sharing agreement: one source.
    Dsa,
    /// Data use licence: one project and its recipients.
    Dul,
    /// Decision of a review board.
    Irb,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mou, Self::Dsa, Self::Dul, Self::Irb];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mou => "mou",
            Self::Dsa => "dsa",
            Self::Dul => "dul",
            Self::Irb => "irb",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Who works together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mou {
    /// At least one agency; the unit itself is a partner of every one.
    pub partners: BTreeSet<AgencyId>,
}

/// What one source gives, for which projects and purposes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dsa {
    /// Whose data.
    pub agency: AgencyId,
    /// For which projects; at least one.
    pub projects: BTreeSet<ProjectId>,
    /// What for; at least one.
    pub purposes: BTreeSet<Purpose>,
    /// Which content columns.
    pub content: Content,
    /// By what a provider's rows may be disclosed; only a provider's has it, and always.
    pub basis: Option<Basis>,
    /// Last day on which the data may be held.
    pub retention_until: Day,
}

/// Who may have a project's releases, for what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dul {
    /// Of which project.
    pub project: ProjectId,
    /// Accounts of evaluators; at least one.
    pub recipients: BTreeSet<AccountId>,
    /// What for; at least one.
    pub purposes: BTreeSet<Purpose>,
    /// The smallest cell that may be shown.
    pub minimum_cell: MinimumCell,
    /// Last day on which a release may be held.
    pub retention_until: Day,
}

/// What a review board decided on a project.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Irb {
    /// Of which project.
    pub project: ProjectId,
    /// Number of the protocol.
    pub protocol: Protocol,
    /// What was decided.
    pub decision: Decision,
}

/// What an agreement says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Terms {
    /// All partners.
    Mou(Mou),
    /// One source.
    Dsa(Dsa),
    /// One project's recipients.
    Dul(Dul),
    /// A review board's decision.
    Irb(Irb),
}

impl Terms {
    /// Which tier.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Mou(_) => Kind::Mou,
            Self::Dsa(_) => Kind::Dsa,
            Self::Dul(_) => Kind::Dul,
            Self::Irb(_) => Kind::Irb,
        }
    }

    /// Its projects; an MOU has none of its own.
    #[must_use]
    pub fn projects(&self) -> Vec<ProjectId> {
        match self {
            Self::Mou(_) => Vec::new(),
            Self::Dsa(dsa) => dsa.projects.iter().copied().collect(),
            Self::Dul(Dul { project, .. }) | Self::Irb(Irb { project, .. }) => vec![*project],
        }
    }

    /// The last day on which its data may be held.
    #[must_use]
    pub const fn retention_until(&self) -> Option<Day> {
        match self {
            Self::Dsa(Dsa { retention_until, .. }) | Self::Dul(Dul { retention_until, .. }) => {
                Some(*retention_until)
            }
            Self::Mou(_) | Self::Irb(_) => None,
        }
    }

    /// Refuses what no agreement can say.
    pub(super) fn check(&self, interval: Interval) -> Result<(), AgreementError> {
        let empty = match self {
            Self::Mou(Mou { partners }) if partners.is_empty() => Some("partners"),
            Self::Dsa(Dsa { projects, .. }) if projects.is_empty() => Some("projects"),
            Self::Dsa(Dsa { purposes, .. }) | Self::Dul(Dul { purposes, .. })
                if purposes.is_empty() =>
            {
                Some("purposes")
            }
            Self::Dul(Dul { recipients, .. }) if recipients.is_empty() => Some("recipients"),
            _ => None,
        };
        if let Some(what) = empty {
            return Err(AgreementError::Malformed { what });
        }
        // What may be used may be held: then an agreement in force never asks for destruction.
        if self.retention_until().is_some_and(|last| last < interval.until()) {
            return Err(AgreementError::Retention);
        }
        Ok(())
    }
}

/// An agreement as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// SHA-256 of the paper.
    pub document: [u8; 32],
    /// First and last day.
    pub interval: Interval,
    /// What it says.
    pub terms: Terms,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// By whom; `None` at the console.
    pub recorded_by: Option<AccountId>,
    /// When and why it was ended before its time.
    pub ended: Option<(Timestamp, EndReason)>,
}

impl Agreement {
    /// Why it is not in force at an instant; `None` if it is. The first day begins and the last ends at midnight, UTC.
    #[must_use]
    pub fn lapse(&self, now: Timestamp) -> Option<Lapse> {
        if self.ended.is_some_and(|(ended_at, _)| ended_at <= now) {
            Some(Lapse::Ended)
        } else if now.days() < self.interval.from().days() {
            Some(Lapse::NotYetValid)
        } else if now.days() > self.interval.until().days() {
            Some(Lapse::Expired)
        } else {
            None
        }
    }
}
