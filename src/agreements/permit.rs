//! Whether an action is permitted now: a pure decision over what was recorded.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::agreement::{Agreement, Dsa, Terms};
use super::terms::{Basis, Content, MinimumCell, Purpose};
use super::{AgreementError, Clause, Kind, Lapse, stored};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId};

/// What somebody is about to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action<'a> {
    /// An agency begins an upload; its project is known when all of it is there.
    Announce {
        /// Which agency.
        agency: AgencyId,
    },
    /// A submission is taken in.
    Upload {
        /// Whose.
        agency: AgencyId,
        /// Of which project.
        project: ProjectId,
    },
    /// Submissions are linked.
    Run {
        /// Of which project.
        project: ProjectId,
        /// Whose submissions.
        agencies: &'a [AgencyId],
    },
    /// The result of a run is released.
    Release {
        /// Of which project.
        project: ProjectId,
        /// Whose submissions went into it.
        agencies: &'a [AgencyId],
    },
    /// A release is downloaded.
    Download {
        /// Of which project.
        project: ProjectId,
        /// By whom.
        account: AccountId,
    },
}

/// What permits an action, for its entry in the log and for what must be kept to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Permit {
    /// All agreements in force that cover it, in order of their ids.
    pub agreements: Vec<AgreementId>,
    /// What it may be for.
    pub purposes: BTreeSet<Purpose>,
    /// Content columns that every source may send.
    pub content: Content,
    /// The smallest cell that may be shown: the strictest licence's.
    pub minimum_cell: Option<MinimumCell>,
}

impl Permit {
    /// The purpose, where there is one only.
    #[must_use]
    pub fn purpose(&self) -> Option<Purpose> {
        let mut purposes = self.purposes.iter();
        purposes.next().copied().filter(|_| purposes.next().is_none())
    }
}

/// What was recorded that may bear on an action.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Agreements, in force or not.
    pub agreements: Vec<Agreement>,
    /// Agencies with a snapshot of consents for the project.
    pub consents: BTreeSet<AgencyId>,
}

/// Decides by what stands in the records. The caller logs the permit's agreements or the clause.
///
/// # Errors
/// As the records fail; the inner error is the refusal.
pub fn permit(
    connection: &Connection,
    now: Timestamp,
    action: &Action<'_>,
) -> Result<Result<Permit, Clause>, AgreementError> {
    Ok(decide(&stored::held(connection, action)?, now, action))
}

/// Decides by what is given. Each agreement counts for itself: ending one never permits more.
///
/// # Errors
/// The first clause that is not met, in the order MOU, DSA, IRB, DUL, consent.
pub fn decide(held: &Held, now: Timestamp, action: &Action<'_>) -> Result<Permit, Clause> {
    let mut made = Making { held, now, used: BTreeSet::new() };
    let of = |agency, project: Option<ProjectId>| {
        move |dsa: &Dsa| {
            dsa.agency == agency && project.is_none_or(|project| dsa.projects.contains(&project))
        }
    };
    let (purposes, content, minimum_cell) = match *action {
        Action::Announce { agency } => {
            made.mou(&[agency])?;
            let dsas = made.dsas(of(agency, None))?;
            (purposes_of(&dsas), content_of(&dsas), None)
        }
        Action::Upload { agency, project } => {
            made.mou(&[agency])?;
            let dsas = made.dsas(of(agency, Some(project)))?;
            (purposes_of(&dsas), content_of(&dsas), None)
        }
        Action::Run { project, agencies } => {
            let (purposes, content) = made.sources(project, agencies)?;
            (purposes, content, None)
        }
        Action::Release { project, agencies } => {
            let (shared, content) = made.sources(project, agencies)?;
            let (purposes, cell) = made.licences(project, None, Some(&shared))?;
            (purposes, content, cell)
        }
        Action::Download { project, account } => {
            made.irb(project)?;
            let (purposes, cell) = made.licences(project, Some(account), None)?;
            (purposes, Content::All, cell)
        }
    };
    Ok(Permit { agreements: made.used.into_iter().collect(), purposes, content, minimum_cell })
}

/// A permit in the making.
struct Making<'h> {
    held: &'h Held,
    now: Timestamp,
    used: BTreeSet<AgreementId>,
}

impl<'h> Making<'h> {
    /// All in force of what covers the action. Else the refusal that is nearest to being cured.
    fn in_force(
        &self,
        kind: Kind,
        covers: impl Fn(&Terms) -> bool,
    ) -> Result<Vec<&'h Agreement>, Clause> {
        let fitting = |it: &&'h Agreement| it.terms.kind() == kind && covers(&it.terms);
        let fitting: Vec<&Agreement> = self.held.agreements.iter().filter(fitting).collect();
        let lapses = fitting.iter().filter_map(|it| it.lapse(self.now));
        let nearest = lapses.max().unwrap_or(Lapse::Missing);
        let good: Vec<_> = fitting.into_iter().filter(|it| it.lapse(self.now).is_none()).collect();
        if good.is_empty() { Err(Clause::Lapsed(kind, nearest)) } else { Ok(good) }
    }

    /// One paper that all of them signed.
    fn mou(&mut self, agencies: &[AgencyId]) -> Result<(), Clause> {
        let good = self.in_force(Kind::Mou, |terms| {
            matches!(terms, Terms::Mou(mou) if agencies.iter().all(|it| mou.partners.contains(it)))
        })?;
        self.used.extend(good.iter().map(|it| it.id));
        Ok(())
    }

    fn dsas(&mut self, covers: impl Fn(&Dsa) -> bool) -> Result<Vec<&'h Dsa>, Clause> {
        let good =
            self.in_force(Kind::Dsa, |terms| matches!(terms, Terms::Dsa(dsa) if covers(dsa)))?;
        self.used.extend(good.iter().map(|it| it.id));
        let dsas = good.into_iter().filter_map(|it| match &it.terms {
            Terms::Dsa(dsa) => Some(dsa),
            _ => None,
        });
        Ok(dsas.collect())
    }

    fn irb(&mut self, project: ProjectId) -> Result<(), Clause> {
        let good = self.in_force(
            Kind::Irb,
            |terms| matches!(terms, Terms::Irb(it) if it.project == project),
        )?;
        self.used.extend(good.iter().map(|it| it.id));
        Ok(())
    }

    /// Every input of a run or a release: what all of them may be used for, and what all of them send.
    fn sources(
        &mut self,
        project: ProjectId,
        agencies: &[AgencyId],
    ) -> Result<(BTreeSet<Purpose>, Content), Clause> {
        self.mou(agencies)?;
        let mut shared: BTreeSet<Purpose> = Purpose::ALL.iter().copied().collect();
        let mut content = Content::All;
        let mut lacks_consents = false;
        for agency in agencies {
            let dsas = self.dsas(|dsa| dsa.agency == *agency && dsa.projects.contains(&project))?;
            let purposes = purposes_of(&dsas);
            shared.retain(|purpose| purposes.contains(purpose));
            content = content.and(&content_of(&dsas));
            let by_consent = dsas.iter().all(|dsa| dsa.basis == Some(Basis::Consent));
            lacks_consents |= by_consent && !self.held.consents.contains(agency);
        }
        if shared.is_empty() {
            return Err(Clause::DsaPurpose);
        }
        self.irb(project)?;
        if lacks_consents { Err(Clause::ConsentMissing) } else { Ok((shared, content)) }
    }

    /// Licences of a project, for an account if one is named, whose purposes all sources permit.
    fn licences(
        &mut self,
        project: ProjectId,
        account: Option<AccountId>,
        shared: Option<&BTreeSet<Purpose>>,
    ) -> Result<(BTreeSet<Purpose>, Option<MinimumCell>), Clause> {
        let good = self.in_force(
            Kind::Dul,
            |terms| matches!(terms, Terms::Dul(it) if it.project == project),
        )?;
        let duls = good.into_iter().filter_map(|it| match &it.terms {
            Terms::Dul(dul) => Some((it.id, dul)),
            _ => None,
        });
        let named = duls.filter(|(_, dul)| account.is_none_or(|it| dul.recipients.contains(&it)));
        let named: Vec<_> = named.collect();
        if named.is_empty() {
            return Err(Clause::DulRecipient);
        }
        let fits = |purposes: &BTreeSet<Purpose>| shared.is_none_or(|it| purposes.is_subset(it));
        let fitting: Vec<_> = named.iter().filter(|(_, dul)| fits(&dul.purposes)).collect();
        if fitting.is_empty() {
            return Err(Clause::DsaPurpose);
        }
        self.used.extend(fitting.iter().map(|(id, _)| *id));
        let purposes = fitting.iter().flat_map(|(_, dul)| dul.purposes.iter().copied());
        let cell = fitting.iter().map(|(_, dul)| dul.minimum_cell).max();
        Ok((purposes.collect(), cell))
    }
}

fn purposes_of(dsas: &[&Dsa]) -> BTreeSet<Purpose> {
    dsas.iter().flat_map(|dsa| dsa.purposes.iter().copied()).collect()
}

fn content_of(dsas: &[&Dsa]) -> Content {
    let none = Content::Only(BTreeSet::new());
    dsas.iter().fold(none, |content, dsa| content.or(&dsa.content))
}
