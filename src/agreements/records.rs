//! Agreements in the records: entered and ended.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, ToSql, params};

use super::AgreementError;
use super::agreement::Terms;
use super::stored::find;
use super::terms::{Basis, Day, EndReason, Interval, Purpose};
use crate::accounts::Compliance;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::AgreementId;
use crate::store::{Act, Store};

/// An agreement to be recorded.
#[derive(Clone, Debug)]
pub struct NewAgreement {
    /// SHA-256 of the paper.
    pub document: [u8; 32],
    /// First and last day.
    pub interval: Interval,
    /// What it says.
    pub terms: Terms,
}

fn actor(by: Option<&Compliance>) -> Actor {
    by.map_or(Actor::Console, Compliance::actor)
}

/// Records an agreement; `by` nobody is somebody at the machine.
///
/// # Errors
/// [`AgreementError`].
pub fn record(
    store: &Store,
    by: Option<&Compliance>,
    new: &NewAgreement,
) -> Result<AgreementId, AgreementError> {
    new.terms.check(new.interval)?;
    let id = AgreementId::random()?;
    store.act(|act| {
        check_names(act, &new.terms)?;
        insert(act, id, by, new)?;
        for event in events(EventKind::AgreementRecorded, actor(by), id, new.document, &new.terms) {
            let event = event
                .from_address(by.and_then(|by| by.principal().address()))
                .count("valid_from_days", new.interval.from().count())
                .count("valid_until_days", new.interval.until().count());
            act.record(&event)?;
        }
        Ok(id)
    })
}

/// An entry for each of its projects, so that whoever asks for a project finds it; one for an MOU.
fn events(
    kind: EventKind,
    actor: Actor,
    id: AgreementId,
    document: [u8; 32],
    terms: &Terms,
) -> Vec<Event> {
    let mut event =
        Event::new(kind, actor).object(terms.kind().as_str(), id).sha256(document).under([id]);
    if let Some(day) = terms.retention_until() {
        event = event.count("retention_until_days", day.count());
    }
    event = match terms {
        Terms::Mou(mou) => event.count("partners", mou.partners.len() as u64),
        Terms::Dul(dul) => event
            .count("minimum_cell", u64::from(dul.minimum_cell.persons()))
            .count("recipients", dul.recipients.len() as u64),
        Terms::Dsa(dsa) => match dsa.basis {
            Some(Basis::Consent) => event.count("basis_consent", 1),
            Some(Basis::Research) => event.count("basis_research", 1),
            Some(Basis::Audit) => event.count("basis_audit", 1),
            None => event,
        },
        Terms::Irb(_) => event,
    };
    let projects = terms.projects();
    if projects.is_empty() {
        return vec![event];
    }
    projects.into_iter().map(|project| event.clone().project(project)).collect()
}

/// Everything that is named is there.
fn check_names(act: &Act<'_>, terms: &Terms) -> Result<(), AgreementError> {
    let expect = |what: &'static str, sql: &str, id: &dyn ToSql| {
        let exists = act.sql().prepare_cached(sql)?.exists([id])?;
        if exists { Ok(()) } else { Err(AgreementError::Unknown { what }) }
    };
    for project in terms.projects() {
        expect("project", "SELECT 1 FROM project WHERE id = ?1", &project)?;
    }
    match terms {
        Terms::Mou(mou) => {
            for agency in &mou.partners {
                expect("agency", "SELECT 1 FROM agency WHERE id = ?1", agency)?;
            }
        }
        Terms::Dsa(dsa) => {
            let sql = "SELECT source_type = 'provider' FROM agency WHERE id = ?1";
            let is_provider: Option<bool> =
                act.sql().query_row(sql, [dsa.agency], |row| row.get(0)).optional()?;
            let is_provider = is_provider.ok_or(AgreementError::Unknown { what: "agency" })?;
            if is_provider != dsa.basis.is_some() {
                return Err(AgreementError::Basis);
            }
        }
        Terms::Dul(dul) => {
            for account in &dul.recipients {
                expect("account", "SELECT 1 FROM account WHERE id = ?1", account)?;
                let sql = "SELECT 1 FROM account_role WHERE account = ?1 AND role = 'evaluator'";
                if !act.sql().prepare_cached(sql)?.exists([account])? {
                    return Err(AgreementError::NotEvaluator);
                }
            }
        }
        Terms::Irb(_) => {}
    }
    Ok(())
}

/// A JSON array of codes.
fn array<T: AsRef<str>>(codes: impl Iterator<Item = T>) -> String {
    serde_json::Value::from_iter(codes.map(|code| code.as_ref().to_owned())).to_string()
}

fn insert(
    act: &Act<'_>,
    id: AgreementId,
    by: Option<&Compliance>,
    new: &NewAgreement,
) -> Result<(), AgreementError> {
    let (mut agency, mut purposes, mut content, mut basis) = (None, None, None, None);
    let (mut cell, mut protocol, mut decision) = (None, None, None);
    let codes = |purposes: &BTreeSet<Purpose>| Some(array(purposes.iter().map(|it| it.as_str())));
    match &new.terms {
        Terms::Mou(_) => {}
        Terms::Dsa(dsa) => {
            (agency, basis) = (Some(dsa.agency), dsa.basis.map(Basis::as_str));
            (purposes, content) = (codes(&dsa.purposes), Some(array(dsa.content.names().iter())));
        }
        Terms::Dul(dul) => {
            (purposes, cell) = (codes(&dul.purposes), Some(dul.minimum_cell.persons()));
        }
        Terms::Irb(irb) => {
            (protocol, decision) = (Some(irb.protocol.as_str()), Some(irb.decision.as_str()));
        }
    }
    let sql = "INSERT INTO agreement (id, kind, sha256, valid_from, valid_until, agency, purposes, content, basis, \
               retention_until, minimum_cell, protocol, decision, recorded_at, recorded_by) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let values = params![
        id,
        new.terms.kind().as_str(),
        new.document,
        new.interval.from().days(),
        new.interval.until().days(),
        agency,
        purposes,
        content,
        basis,
        new.terms.retention_until().map(Day::days),
        cell,
        protocol,
        decision,
        act.now(),
        by.map(|by| by.principal().account()),
    ];
    act.sql().execute(sql, values)?;
    for project in new.terms.projects() {
        let sql = "INSERT INTO agreement_project (agreement, project) VALUES (?1, ?2)";
        act.sql().execute(sql, params![id, project])?;
    }
    if let Terms::Mou(mou) = &new.terms {
        for agency in &mou.partners {
            let sql = "INSERT INTO agreement_partner (agreement, agency) VALUES (?1, ?2)";
            act.sql().execute(sql, params![id, agency])?;
        }
    }
    if let Terms::Dul(dul) = &new.terms {
        for account in &dul.recipients {
            let sql = "INSERT INTO agreement_recipient (agreement, account) VALUES (?1, ?2)";
            act.sql().execute(sql, params![id, account])?;
        }
    }
    Ok(())
}

/// Ends an agreement now. What was done under it stays in the log as it was.
///
/// # Errors
/// [`AgreementError`].
pub fn end(
    store: &Store,
    by: Option<&Compliance>,
    id: AgreementId,
    reason: EndReason,
) -> Result<(), AgreementError> {
    store.act(|act| {
        let found = find(act.sql(), id)?;
        let sql = "UPDATE agreement SET ended_at = ?2, end_reason = ?3 WHERE id = ?1 AND ended_at IS NULL";
        if act.sql().execute(sql, params![id, act.now(), reason.as_str()])? == 0 {
            return Err(AgreementError::Ended);
        }
        let kind = EventKind::AgreementEnded;
        for event in events(kind, actor(by), id, found.document, &found.terms) {
            let address = by.and_then(|by| by.principal().address());
            act.record(&event.because(reason.as_str()).from_address(address))?;
        }
        Ok(())
    })
}
