//! Takes an agency, gives the projects that agreements name it for and whether it may upload for each now.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::agreement::{Agreement, Kind, Terms};
use super::permit::{Action, Permit, permit};
use super::terms::Day;
use super::{AgreementError, Clause, Wanted, in_order};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ProjectId};

/// A project that an agency's agreements name.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Which.
    pub project: ProjectId,
    /// What permits an upload now, or the clause that is not met.
    pub decision: Result<Permit, Clause>,
    /// Last day on which it is permitted by what is recorded.
    pub until: Option<Day>,
}

/// The projects of an agency, in order of their ids. Nothing here tells of any other agency.
///
/// # Errors
/// As the records fail.
pub fn shared_by(
    connection: &Connection,
    now: Timestamp,
    agency: AgencyId,
) -> Result<Vec<Shared>, AgreementError> {
    let wanted = Wanted { agency: Some(agency), ..Wanted::default() };
    let agreements = in_order(connection, &wanted, u32::MAX)?;
    let own = agreements.iter().filter_map(|it| match &it.terms {
        Terms::Dsa(dsa) if dsa.agency == agency => Some(dsa.projects.iter().copied()),
        _ => None,
    });
    let projects: BTreeSet<ProjectId> = own.flatten().collect();
    let shared = projects.into_iter().map(|project| {
        let decision = permit(connection, now, &Action::Upload { agency, project })?;
        let until = decision.as_ref().ok().and_then(|permit| last_day(&agreements, permit));
        Ok(Shared { project, decision, until })
    });
    shared.collect()
}

/// Of each kind the agreement that ends last counts; of the two kinds the one that ends first.
fn last_day(agreements: &[Agreement], permit: &Permit) -> Option<Day> {
    let last = |kind| {
        let used = agreements.iter().filter(|it| permit.agreements.contains(&it.id));
        used.filter(|it| it.terms.kind() == kind).map(|it| it.interval.until()).max()
    };
    Some(last(Kind::Mou)?.min(last(Kind::Dsa)?))
}
