//! Agreements in the records: entered, ended, read.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params, params_from_iter};

use super::AgreementError;
use super::agreement::{Agreement, Dsa, Dul, Irb, Kind, Mou, Terms};
use super::permit::{Action, Held};
use super::terms::{
    Basis, Content, Day, Decision, EndReason, Interval, MinimumCell, Protocol, Purpose,
};
use crate::accounts::Compliance;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId};
use crate::store::{Act, Store, StoreError};

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

/// Which agreements are wanted; everything that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that name it.
    pub project: Option<ProjectId>,
    /// Its DSA, and MOUs that it is a partner of.
    pub agency: Option<AgencyId>,
    /// In force no longer than the day before; ended ones are left out.
    pub expiring_before: Option<Day>,
    /// Those after this one: the next page.
    pub after: Option<AgreementId>,
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

/// One agreement.
///
/// # Errors
/// [`AgreementError::Unknown`].
pub fn find(connection: &Connection, id: AgreementId) -> Result<Agreement, AgreementError> {
    let found = select(connection, "a.id = ?1", vec![Box::new(id)])?.pop();
    found.ok_or(AgreementError::Unknown { what: "agreement" })
}

/// At most `most` agreements in order of their ids.
///
/// # Errors
/// As the records fail.
pub fn in_order(
    connection: &Connection,
    wanted: &Wanted,
    most: u32,
) -> Result<Vec<Agreement>, AgreementError> {
    let mut clauses = String::from("1");
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut fit = |clause: &str, value: Box<dyn ToSql>| {
        values.push(value);
        clauses.push_str(&format!(" AND {}", clause.replace('#', &format!("?{}", values.len()))));
    };
    if let Some(project) = wanted.project {
        fit(OF_PROJECT, Box::new(project));
    }
    if let Some(agency) = wanted.agency {
        fit(
            "(a.agency = # OR EXISTS (SELECT 1 FROM agreement_partner p WHERE p.agreement = a.id AND p.agency = #))",
            Box::new(agency),
        );
    }
    if let Some(day) = wanted.expiring_before {
        fit("a.valid_until < # AND a.ended_at IS NULL", Box::new(day.days()));
    }
    if let Some(after) = wanted.after {
        fit("a.id > #", Box::new(after));
    }
    fit("1 ORDER BY a.id LIMIT #", Box::new(most));
    select(connection, &clauses, values)
}

const OF_PROJECT: &str =
    "EXISTS (SELECT 1 FROM agreement_project p WHERE p.agreement = a.id AND p.project = #)";

/// What may bear on an action: MOUs, and what names its project or agency.
pub(super) fn held(connection: &Connection, action: &Action<'_>) -> Result<Held, AgreementError> {
    let project = match *action {
        Action::Announce { agency } => {
            let clause = "(a.kind = 'mou' OR a.agency = ?1)";
            let agreements = select(connection, clause, vec![Box::new(agency)])?;
            return Ok(Held { agreements, consents: BTreeSet::new() });
        }
        Action::Upload { project, .. }
        | Action::Run { project, .. }
        | Action::Release { project, .. }
        | Action::Download { project, .. } => project,
    };
    let clause = format!("(a.kind = 'mou' OR {})", OF_PROJECT.replace('#', "?1"));
    let agreements = select(connection, &clause, vec![Box::new(project)])?;
    let sql = "SELECT agency FROM consent_snapshot WHERE project = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let consents = statement.query_map([project], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Held { agreements, consents })
}

fn select(
    connection: &Connection,
    clause: &str,
    values: Vec<Box<dyn ToSql>>,
) -> Result<Vec<Agreement>, AgreementError> {
    let sql = format!(
        "SELECT a.id, a.kind, a.sha256, a.valid_from, a.valid_until, a.agency, a.purposes, a.content, a.basis, \
         a.retention_until, a.minimum_cell, a.protocol, a.decision, a.recorded_at, a.recorded_by, a.ended_at, \
         a.end_reason, \
         (SELECT json_group_array(project) FROM agreement_project WHERE agreement = a.id), \
         (SELECT json_group_array(agency) FROM agreement_partner WHERE agreement = a.id), \
         (SELECT json_group_array(account) FROM agreement_recipient WHERE agreement = a.id) \
         FROM agreement a WHERE {clause}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(of(row)?);
    }
    Ok(found)
}

fn of(row: &Row<'_>) -> Result<Agreement, AgreementError> {
    let interval = days(row, "valid_from")?.zip(days(row, "valid_until")?);
    let (from, until) = interval.ok_or(corrupt("valid_from"))?;
    let reason: Option<String> = row.get("end_reason")?;
    let reason = reason.map(|text| EndReason::parse(&text).ok_or(corrupt("end_reason")));
    let ended_at: Option<_> = row.get("ended_at")?;
    Ok(Agreement {
        id: row.get("id")?,
        document: row.get("sha256")?,
        interval: Interval::new(from, until)?,
        terms: terms(row)?,
        recorded_at: row.get("recorded_at")?,
        recorded_by: row.get("recorded_by")?,
        ended: ended_at.zip(reason.transpose()?),
    })
}

fn terms(row: &Row<'_>) -> Result<Terms, AgreementError> {
    let kind: String = row.get("kind")?;
    let projects = ids(row, 17, ProjectId::parse, "project")?;
    let project = projects.iter().next().copied().ok_or(corrupt("project"));
    let retention_until = days(row, "retention_until")?.ok_or(corrupt("retention_until"));
    Ok(match Kind::parse(&kind).ok_or(corrupt("kind"))? {
        Kind::Mou => Terms::Mou(Mou { partners: ids(row, 18, AgencyId::parse, "partner")? }),
        Kind::Dsa => Terms::Dsa(Dsa {
            agency: row.get("agency")?,
            projects,
            purposes: purposes(row)?,
            content: Content::new(&texts(row, 7)?)?,
            basis: row
                .get::<_, Option<String>>("basis")?
                .map(|text| Basis::parse(&text).ok_or(corrupt("basis")))
                .transpose()?,
            retention_until: retention_until?,
        }),
        Kind::Dul => Terms::Dul(Dul {
            project: project?,
            recipients: ids(row, 19, AccountId::parse, "recipient")?,
            purposes: purposes(row)?,
            minimum_cell: MinimumCell::new(row.get("minimum_cell")?)?,
            retention_until: retention_until?,
        }),
        Kind::Irb => Terms::Irb(Irb {
            project: project?,
            protocol: Protocol::new(&row.get::<_, String>("protocol")?)?,
            decision: Decision::parse(&row.get::<_, String>("decision")?)
                .ok_or(corrupt("decision"))?,
        }),
    })
}

const fn corrupt(column: &'static str) -> AgreementError {
    AgreementError::Store(StoreError::Corrupt { table: "agreement", column })
}

fn days(row: &Row<'_>, column: &str) -> Result<Option<Day>, AgreementError> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(Day::of_days))
}

fn texts(row: &Row<'_>, column: usize) -> Result<Vec<String>, AgreementError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| corrupt("array"))
}

fn ids<T: Ord>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Option<T>,
    what: &'static str,
) -> Result<BTreeSet<T>, AgreementError> {
    texts(row, column)?.iter().map(|text| parse(text).ok_or_else(|| corrupt(what))).collect()
}

fn purposes(row: &Row<'_>) -> Result<BTreeSet<Purpose>, AgreementError> {
    let parse = |text: &String| Purpose::parse(text).ok_or(corrupt("purposes"));
    texts(row, 6)?.iter().map(parse).collect()
}
