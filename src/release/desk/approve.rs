//! Decisions of people on what was checked: approval, refusal, and taking back.

use rusqlite::params;

use super::prepare::{fit_run, permitted};
use super::record::{ReleaseState, find};
use super::search::WITHDRAWN;
use super::{DeskError, Opinion, Release};
use crate::accounts::{Approver, Compliance, Preparer};
use crate::audit::{Event, EventKind};
use crate::ids::ReleaseId;
use crate::store::Act;
use crate::unit::Unit;

const SECONDS_OF_A_DAY: i64 = 86_400;

/// What an approver says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Approval {
    /// It may leave, for so many days; as configured if `None`.
    Approve {
        /// Days for which it can be downloaded.
        valid_days: Option<u32>,
    },
    /// It may not.
    Reject,
}

/// Enters an approver's decision.
///
/// # Errors
/// [`DeskError::OwnRelease`] for whoever prepared it; [`DeskError::WrongState`] if somebody decided already; a clause of the
/// agreements; what makes it out of date.
pub fn decide(
    unit: &Unit,
    by: &Approver,
    id: ReleaseId,
    approval: Approval,
) -> Result<Release, DeskError> {
    decide_with(unit, by, id, approval, &Opinion::default())
}

/// Enters an approver's decision, with what was weighed for it.
///
/// # Errors
/// As [`decide`].
pub fn decide_with(
    unit: &Unit,
    by: &Approver,
    id: ReleaseId,
    approval: Approval,
    opinion: &Opinion,
) -> Result<Release, DeskError> {
    let entered = unit.store.act(|act| decide_in(unit, act, by, (id, approval), opinion));
    if let Err(error) = &entered {
        let is_refusal = matches!(
            error,
            DeskError::OwnRelease
                | DeskError::NotPermitted(_)
                | DeskError::RunUnfit(_)
                | DeskError::WrongState(_)
        );
        if is_refusal {
            let event = Event::new(EventKind::ReleaseApproved, by.actor())
                .denied(error.code())
                .object("release", id)
                .from_address(by.principal().address());
            unit.store.record(&event)?;
        }
    }
    entered?;
    unit.runs.tell();
    unit.store.read(|connection| find(connection, id))
}

fn decide_in(
    unit: &Unit,
    act: &mut Act<'_>,
    by: &Approver,
    (id, approval): (ReleaseId, Approval),
    opinion: &Opinion,
) -> Result<(), DeskError> {
    let release = find(act.sql(), id)?;
    let account = by.principal().account();
    if release.prepared.by == account {
        return Err(DeskError::OwnRelease);
    }
    if release.state != ReleaseState::Checked {
        return Err(DeskError::WrongState(release.state.as_str()));
    }
    let event = Event::new(EventKind::ReleaseApproved, by.actor())
        .object("release", id)
        .project(release.project)
        .digest_of_each("tables", release.tables_hash)
        .from_address(by.principal().address());
    let event = opinion.told(event);
    let Approval::Approve { valid_days } = approval else {
        let sql =
            "UPDATE release SET state = 'rejected', decided_by = ?2, decided_at = ?3 WHERE id = ?1";
        act.sql().execute(sql, params![id, account, act.now()])?;
        opinion.enter(act, id)?;
        act.record(&event.denied("rejected-by-approver"))?;
        return Ok(());
    };
    let limits = &unit.config.release;
    let days = valid_days.unwrap_or(limits.valid_days);
    if !(1..=limits.valid_days_max).contains(&days) {
        return Err(DeskError::ValidDays { most: limits.valid_days_max });
    }
    let run = fit_run(act.sql(), release.run)?;
    let (agreements, _) = permitted(act.sql(), act.now(), &run)?;
    let now = act.now();
    let until = now.plus_seconds(i64::from(days) * SECONDS_OF_A_DAY);
    let sql = "UPDATE release SET state = 'approved', decided_by = ?2, decided_at = ?3, valid_until = ?4 WHERE id = ?1";
    act.sql().execute(sql, params![id, account, now, until])?;
    opinion.enter(act, id)?;
    let mut recipients = 0;
    for agreement in &agreements {
        let sql = "INSERT INTO release_recipient (release, account) \
                   SELECT ?1, account FROM agreement_recipient WHERE agreement = ?2 ON CONFLICT DO NOTHING";
        recipients += act.sql().prepare_cached(sql)?.execute(params![id, agreement])?;
    }
    let recipients = u64::try_from(recipients).expect("addresses have at most 64 bits");
    act.record(
        &event.under(agreements).count("recipients", recipients).count("valid_days", days.into()),
    )?;
    Ok(())
}

/// Takes one's own release back before somebody approved it. It has no bundle, and nobody has it.
///
/// # Errors
/// [`DeskError::Unknown`] for what somebody else prepared; [`DeskError::WrongState`] if it does not wait.
pub fn withdraw(unit: &Unit, by: &Preparer, id: ReleaseId) -> Result<(), DeskError> {
    unit.store.act(|act| {
        let release = find(act.sql(), id)?;
        let account = by.principal().account();
        if release.prepared.by != account {
            return Err(DeskError::Unknown);
        }
        if !matches!(release.state, ReleaseState::Queued | ReleaseState::Checked) {
            return Err(DeskError::WrongState(release.state.as_str()));
        }
        let sql = "UPDATE release SET state = 'revoked', ended_at = ?2, ended_by = ?3, end_reason = ?4 WHERE id = ?1";
        act.sql().execute(sql, params![id, act.now(), account, WITHDRAWN])?;
        let event = Event::new(EventKind::ReleaseRevoked, by.actor())
            .because(WITHDRAWN)
            .object("release", id)
            .project(release.project)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok(())
    })
}

/// Takes a release back: nobody can download it any more. Who holds it is in the list of downloads.
///
/// # Errors
/// [`DeskError::WrongState`] unless it was approved.
pub fn revoke(
    unit: &Unit,
    by: &Compliance,
    id: ReleaseId,
    reason: &'static str,
) -> Result<(), DeskError> {
    let bundle = unit.store.act(|act| {
        let release = find(act.sql(), id)?;
        if !matches!(release.state, ReleaseState::Approved | ReleaseState::Released) {
            return Err(DeskError::WrongState(release.state.as_str()));
        }
        let sql = "UPDATE release SET state = 'revoked', ended_at = ?2, ended_by = ?3, end_reason = ?4 WHERE id = ?1";
        act.sql().execute(sql, params![id, act.now(), by.principal().account(), reason])?;
        let holders = super::downloads(act.sql(), id)?.len();
        if let Some(bundle) = release.bundle {
            unit.shred(act, bundle.segment)?;
        }
        let event = Event::new(EventKind::ReleaseRevoked, by.actor())
            .because(reason)
            .object("release", id)
            .project(release.project)
            .count("downloads", u64::try_from(holders).expect("addresses have at most 64 bits"))
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok::<_, DeskError>(release.bundle)
    })?;
    if let Some(bundle) = bundle {
        crate::runs::remove_files(unit, &[bundle.segment]);
    }
    Ok(())
}
