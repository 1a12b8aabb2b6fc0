//! Takes an agency and what it brings, gives the agreements that cover it now, refuses with the clause that is not met.

use rusqlite::Connection;

use super::IntakeError;
use crate::accounts::Uploader;
use crate::agreements::{self, Action, Clause, Permit};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, AgreementId, ProjectId};
use crate::unit::Unit;

/// The agreements under which an agency may upload at all; a refusal is logged, and no byte is read.
pub(super) fn announce(unit: &Unit, by: &Uploader) -> Result<Vec<AgreementId>, IntakeError> {
    let (now, action) = (unit.store.now(), Action::Announce { agency: by.agency() });
    let decided = unit.store.read(|connection| agreements::permit(connection, now, &action))?;
    decided.map(|permit| permit.agreements).or_else(|clause| {
        let event = Event::new(EventKind::UploadOpened, by.actor()).denied(clause.code());
        unit.store.record(&event.from_address(by.principal().address()))?;
        Err(IntakeError::NotPermitted { clause, project: None })
    })
}

/// What covers a submission at a moment: asked before anything that a refusal would tell of the project, and again when it is entered.
pub(super) fn permitted(
    connection: &Connection,
    now: Timestamp,
    agency: AgencyId,
    project: ProjectId,
    has_content: bool,
) -> Result<Permit, IntakeError> {
    let refused = |clause| IntakeError::NotPermitted { clause, project: Some(project) };
    let action = Action::Upload { agency, project };
    let permit = agreements::permit(connection, now, &action)?.map_err(refused)?;
    if has_content && permit.content.is_none() {
        return Err(refused(Clause::DsaContent));
    }
    Ok(permit)
}
