//! Agreements as the records have them: found by what they say, read back, checked once more.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, ToSql, params_from_iter};

use super::AgreementError;
use super::agreement::{Agreement, Dsa, Dul, Irb, Kind, Mou, Terms};
use super::permit::{Action, Held};
use super::terms::{
    Basis, Content, Day, Decision, EndReason, Interval, MinimumCell, Protocol, Purpose,
};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId};
use crate::store::StoreError;

/// Which agreements are wanted; everything that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that name it.
    pub project: Option<ProjectId>,
    /// Its DSA, and MOUs that it is a partner of.
    pub agency: Option<AgencyId>,
    /// In force no longer than the day before; ended ones are left out.
    pub expiring_before: Option<Day>,
    /// Whose last day is not before this one.
    pub expiring_since: Option<Day>,
    /// Those after this one: the next page.
    pub after: Option<AgreementId>,
}

/// One agreement.
///
/// # Errors
/// [`AgreementError::Unknown`].
pub fn find(connection: &Connection, id: AgreementId) -> Result<Agreement, AgreementError> {
    let found = select(connection, "a.id = ?1", vec![Box::new(id)])?.pop();
    found.ok_or(AgreementError::Unknown { what: "agreement" })
}

/// The kinds of which an agreement is in force at `now`.
///
/// # Errors
/// As the records fail.
pub fn kinds_in_force(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<Kind>, AgreementError> {
    let sql = "SELECT 1 FROM agreement WHERE kind = ?1 AND ended_at IS NULL AND ?2 BETWEEN valid_from AND valid_until";
    let mut statement = connection.prepare_cached(sql)?;
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        if statement.exists(rusqlite::params![kind.as_str(), Day::of(now).days()])? {
            kinds.push(kind);
        }
    }
    Ok(kinds)
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
    if let Some(day) = wanted.expiring_since {
        fit("a.valid_until >= #", Box::new(day.days()));
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
