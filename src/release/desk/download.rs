//! Bundles for those whom the licence names.

use rusqlite::{Connection, params};

use super::prepare::permitted;
use super::record::{ReleaseState, find, recipients};
use super::{Bundle, DeskError, Release};
use crate::accounts::Evaluator;
use crate::agreements::{self, Action};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgreementId, ProjectId, ReleaseId};
use crate::runs;
use crate::store::Act;
use crate::store::segment::{SegmentKind, SegmentReader};
use crate::unit::Unit;

/// A bundle that may be sent now; that it is sent stands in the log already.
#[derive(Debug)]
pub struct Download {
    /// The bundle.
    pub bundle: Bundle,
    /// Its bytes, open.
    pub reader: SegmentReader,
}

/// Opens a bundle for one of its recipients. Each time is logged before the first byte is sent, and so is each refusal.
///
/// # Errors
/// [`DeskError`].
pub fn download(
    unit: &Unit,
    by: &Evaluator,
    id: ReleaseId,
    terms_accepted: bool,
) -> Result<Download, DeskError> {
    let entered = unit.store.act(|act| permit(act, by, id, terms_accepted));
    match entered {
        Ok(bundle) => {
            let reader =
                unit.open_segment(bundle.segment, SegmentKind::Release, &unit.content_key)?;
            Ok(Download { bundle, reader })
        }
        Err(DeskError::Store(error)) => Err(error.into()),
        Err(error) => {
            let event = Event::new(EventKind::ReleaseDownloaded, by.actor())
                .denied(error.code())
                .object("release", id)
                .from_address(by.principal().address());
            // Of which project it is stands in the log, not in the answer.
            let found = unit.store.read(|connection| match find(connection, id) {
                Ok(release) => Ok(Some(release.project)),
                Err(DeskError::Unknown) => Ok(None),
                Err(error) => Err(error),
            })?;
            unit.store.record(&match found {
                Some(project) => event.project(project),
                None => event,
            })?;
            Err(error)
        }
    }
}

fn permit(
    act: &mut Act<'_>,
    by: &Evaluator,
    id: ReleaseId,
    terms_accepted: bool,
) -> Result<Bundle, DeskError> {
    let account = by.principal().account();
    let release = find(act.sql(), id)?;
    let agreements = permit_reading(act.sql(), act.now(), by.projects(), account, &release)?;
    if !terms_accepted {
        return Err(DeskError::TermsNotAccepted);
    }
    let bundle = release.bundle.ok_or(DeskError::Unknown)?;
    let sql = "INSERT INTO release_download (release, account, at) VALUES (?1, ?2, ?3)";
    act.sql().execute(sql, params![id, account, act.now()])?;
    let event = Event::new(EventKind::ReleaseDownloaded, by.actor())
        .object("release", id)
        .project(release.project)
        .under(agreements)
        .sha256(bundle.sha256)
        .bytes(None, Some(bundle.bytes))
        .from_address(by.principal().address());
    act.record(&event)?;
    Ok(bundle)
}

/// Agreements under which an evaluator may have a release at a moment.
pub(super) fn permit_reading(
    connection: &Connection,
    now: Timestamp,
    projects: &[ProjectId],
    account: AccountId,
    release: &Release,
) -> Result<Vec<AgreementId>, DeskError> {
    // Whoever may not know of it learns no more than that there is nothing.
    if !projects.contains(&release.project) || release.bundle.is_none() {
        return Err(DeskError::Unknown);
    }
    if !recipients(connection, release.id)?.contains(&account) {
        return Err(DeskError::NotRecipient);
    }
    if release.superseded.is_some() {
        return Err(DeskError::Superseded);
    }
    if release.state != ReleaseState::Released {
        return Err(DeskError::WrongState(release.state.as_str()));
    }
    if !release.is_open(now) {
        return Err(DeskError::Expired);
    }
    let action = Action::Download { project: release.project, account };
    let permit = agreements::permit(connection, now, &action)?.map_err(DeskError::NotPermitted)?;
    // The sources' own agreements, too: what ended since it was released permits nothing any more.
    let run = runs::find(connection, release.run)?;
    permitted(connection, now, &run)?;
    Ok(permit.agreements)
}
