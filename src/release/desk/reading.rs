//! Papers of a bundle, read on a page without a download of its tables.
//!
//! Takes a release and who reads, gives a paper of its bundle as it was signed, refuses evaluators what they could not
//! download at this moment. Each reading is logged before anything is given.

use std::net::IpAddr;
use std::sync::Arc;

use rusqlite::Connection;
use tallystick_dataset::bundle::Bundle;

use super::download::permit_reading;
use super::record::find;
use super::{DeskError, Release};
use crate::accounts::{Evaluator, ReleaseReader};
use crate::audit::{Actor, Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AgreementId, ReleaseId};
use crate::store::segment::SegmentKind;
use crate::unit::Unit;

/// A paper of a bundle.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The linkage report, HTML.
    Report,
    /// The codebook, a table.
    Codebook,
}

impl Part {
    const fn member(self) -> &'static str {
        match self {
            Self::Report => "linkage_report.html",
            Self::Codebook => "codebook.csv",
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Codebook => "codebook",
        }
    }
}

/// Whether an account could read a release's papers now, and if not why.
///
/// # Errors
/// [`DeskError`], as a download would be refused.
pub fn may_read(
    connection: &Connection,
    now: Timestamp,
    by: &ReleaseReader,
    release: &Release,
) -> Result<Vec<AgreementId>, DeskError> {
    match by.projects() {
        Some(projects) => {
            permit_reading(connection, now, projects, by.principal().account(), release)
        }
        None => match release.bundle {
            None => Err(DeskError::Unknown),
            Some(_) if release.state == super::ReleaseState::Revoked => {
                Err(DeskError::WrongState(release.state.as_str()))
            }
            Some(_) => Ok(Vec::new()),
        },
    }
}

/// A paper of a release's bundle.
///
/// # Errors
/// [`DeskError`].
pub fn read(
    unit: &Unit,
    by: &ReleaseReader,
    id: ReleaseId,
    part: Part,
) -> Result<Vec<u8>, DeskError> {
    let permit =
        |connection: &Connection, now, release: &Release| may_read(connection, now, by, release);
    let asked = (by.actor(), by.principal().address());
    let bundle = open(unit, asked, id, part.reason(), &permit)?;
    bundle.member(part.member()).map_err(DeskError::Bundle)
}

/// The bundle of a release, to evaluate it: only aggregates of its tables may be shown. For those who could download it at
/// this moment and nobody else: aggregates that somebody may choose freely tell of rows in the end.
///
/// # Errors
/// [`DeskError`].
pub fn open_to_evaluate(unit: &Unit, by: &Evaluator, id: ReleaseId) -> Result<Bundle, DeskError> {
    let permit = |connection: &Connection, now, release: &Release| {
        permit_reading(connection, now, by.projects(), by.principal().account(), release)
    };
    open(unit, (by.actor(), by.principal().address()), id, "evaluation", &permit)
}

/// Agreements under which somebody may look at a release at a moment.
type Permit<'p> =
    &'p dyn Fn(&Connection, Timestamp, &Release) -> Result<Vec<AgreementId>, DeskError>;

/// Opens the bundle once the look, or its refusal, stands in the log.
fn open(
    unit: &Unit,
    (actor, address): (Actor, Option<IpAddr>),
    id: ReleaseId,
    reason: &'static str,
    permit: Permit<'_>,
) -> Result<Bundle, DeskError> {
    let event =
        Event::new(EventKind::ReleaseRead, actor).object("release", id).from_address(address);
    let found = unit.store.act(|act| {
        let release = find(act.sql(), id)?;
        let agreements = permit(act.sql(), act.now(), &release)?;
        let bundle = release.bundle.ok_or(DeskError::Unknown)?;
        let event = event.clone().project(release.project).under(agreements).sha256(bundle.sha256);
        act.record(&event.because(reason))?;
        Ok(bundle)
    });
    let found = match found {
        Ok(found) => found,
        Err(DeskError::Store(error)) => return Err(error.into()),
        Err(error) => {
            unit.store.record(&event.denied(error.code()))?;
            return Err(error);
        }
    };
    let reader = unit.open_segment(found.segment, SegmentKind::Release, &unit.content_key)?;
    Bundle::over(Arc::new(reader)).map_err(DeskError::Bundle)
}
