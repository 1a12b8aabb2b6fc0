//! Ids and their changes as they stand in the records.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Change, ChangeKind, Prepared};
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{PersonId, ProjectId, RunId, SegmentId};
use crate::runs::{Run, RunError, find};
use crate::store::{Act, StoreError};

/// What differs between a run and the project's run before.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// `source-added`, `source-left-out`, `submission-superseded`, `submission-withdrawn`, `submission-differs`, `rules-changed`,
    /// `settings-changed`, `program-changed`.
    pub code: String,
    /// Of which source, where it is about one.
    pub source: Option<String>,
    /// The submission that is no longer linked, or the new one.
    pub submission: Option<String>,
}

/// How the persons of a run differ from those of the run before, in numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// The run.
    pub run: RunId,
    /// The run before, if there was one.
    pub before: Option<RunId>,
    /// All persons.
    pub persons: u64,
    /// Of these: as in the run before.
    pub kept: u64,
    /// As in an earlier run.
    pub returned: u64,
    /// New.
    pub created: u64,
    /// New, split from others.
    pub split: u64,
    /// Ids that ended in others.
    pub merged: u64,
    /// Times that records went from one to another.
    pub moved: u64,
    /// Ids without records.
    pub gone: u64,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// A change with its place in the feed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its number; later changes have higher ones.
    pub number: u64,
    /// In which run.
    pub run: RunId,
    /// What.
    pub change: Change,
}

/// Enters the ids of a run together with its end. Gives the file that they take the place of.
pub(crate) fn enter(
    act: &mut Act<'_>,
    run: &Run,
    prepared: &Prepared,
) -> Result<Option<SegmentId>, RunError> {
    let Prepared { assigned, before, ids, known } = prepared;
    let now = act.now();
    ids.enter(act.sql(), now)?;
    known.enter(act.sql(), now)?;
    let sql = "SELECT segment FROM known_persons WHERE project = ?1";
    let earlier: Option<SegmentId> =
        act.sql().query_row(sql, [run.project], |row| row.get(0)).optional()?;
    let sql = "INSERT INTO known_persons (project, segment) VALUES (?1, ?2) \
               ON CONFLICT (project) DO UPDATE SET segment = excluded.segment";
    act.sql().execute(sql, params![run.project, known.id])?;
    if let Some(earlier) = earlier {
        act.sql().execute("DELETE FROM segment WHERE id = ?1", [earlier])?;
    }
    let count = |kind| assigned.changes.iter().filter(|change| change.kind == kind).count() as u64;
    let [returned, created, split, merged, moved, gone] = ChangeKind::ALL.map(count);
    let reasons = match before {
        None => Vec::new(),
        Some(before) => reasons(act.sql(), run.id, *before)?,
    };
    let text = serde_json::to_string(&reasons)
        .map_err(|_| StoreError::Corrupt { table: "run_persons", column: "reasons" })?;
    let sql = "INSERT INTO run_persons (run, project, before, ids, persons, kept, returned, created, split, merged, moved, \
               gone, reasons) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let persons = assigned.ids.len() as u64;
    let counts = params![
        run.id,
        run.project,
        before,
        ids.id,
        persons,
        assigned.kept,
        returned,
        created,
        split,
        merged,
        moved,
        gone,
        text
    ];
    act.sql().execute(sql, counts)?;
    if before.is_some() {
        enter_changes(act.sql(), run, &assigned.changes)?;
    }
    let event = Event::new(EventKind::PersonsChanged, Actor::Unit)
        .object("run", run.id)
        .project(run.project)
        .count("persons", persons)
        .count("kept", assigned.kept)
        .count("returned", returned)
        .count("created", created)
        .count("split", split)
        .count("merged", merged)
        .count("moved", moved)
        .count("gone", gone);
    act.record(&event)?;
    Ok(earlier)
}

fn enter_changes(connection: &Connection, run: &Run, changes: &[Change]) -> Result<(), StoreError> {
    let sql = "INSERT INTO person_change (project, run, kind, person, other, records) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = connection.prepare_cached(sql)?;
    for Change { kind, person, other, records } in changes {
        let other = other.map(PersonId::to_bytes);
        let values = params![run.project, run.id, kind.as_str(), person.to_bytes(), other, records];
        statement.execute(values)?;
    }
    Ok(())
}

/// Compares what two runs linked, and how.
fn reasons(connection: &Connection, run: RunId, before: RunId) -> Result<Vec<Reason>, RunError> {
    let (now, then) = (find(connection, run)?, find(connection, before)?);
    let mut reasons = Vec::new();
    let mut reason = |code: &str, source: Option<String>, submission: Option<String>| {
        reasons.push(Reason { code: code.to_owned(), source, submission });
    };
    let sql = "SELECT state FROM submission WHERE id = ?1";
    let state = |id| connection.query_row(sql, [id], |row| row.get::<_, String>(0));
    for old in &then.sources {
        let new = now.sources.iter().find(|new| new.source == old.source);
        let is_same = new.is_some_and(|new| new.submission == old.submission);
        let code = match (state(old.submission)?.as_str(), new) {
            _ if is_same => continue,
            ("withdrawn", _) => "submission-withdrawn",
            (_, None) => "source-left-out",
            ("superseded", Some(_)) => "submission-superseded",
            _ => "submission-differs",
        };
        reason(code, Some(old.source.to_string()), Some(old.submission.to_string()));
    }
    for new in &now.sources {
        if !then.sources.iter().any(|old| old.source == new.source) {
            let (source, submission) = (new.source.to_string(), new.submission.to_string());
            reason("source-added", Some(source), Some(submission));
        }
    }
    for (code, differs) in [
        ("rules-changed", now.policy != then.policy),
        ("settings-changed", now.settings_hash != then.settings_hash),
        ("program-changed", now.code_version != then.code_version),
    ] {
        if differs {
            reason(code, None, None);
        }
    }
    Ok(reasons)
}

/// How the persons of a run differ from those before; `None` for a run without a result.
///
/// # Errors
/// As the records fail.
pub fn step(connection: &Connection, run: RunId) -> Result<Option<Step>, RunError> {
    let sql = "SELECT before, persons, kept, returned, created, split, merged, moved, gone, reasons \
               FROM run_persons WHERE run = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([run], |row| {
        let step = Step {
            run,
            before: row.get(0)?,
            persons: row.get(1)?,
            kept: row.get(2)?,
            returned: row.get(3)?,
            created: row.get(4)?,
            split: row.get(5)?,
            merged: row.get(6)?,
            moved: row.get(7)?,
            gone: row.get(8)?,
            reasons: Vec::new(),
        };
        Ok((step, row.get::<_, String>(9)?))
    });
    let Some((step, reasons)) = found.optional()? else { return Ok(None) };
    let corrupt = |_| StoreError::Corrupt { table: "run_persons", column: "reasons" };
    Ok(Some(Step { reasons: serde_json::from_str(&reasons).map_err(corrupt)?, ..step }))
}

/// Changes of a project in the order in which they happened, from a number on.
///
/// # Errors
/// As the records fail.
pub fn changes(
    connection: &Connection,
    project: ProjectId,
    from: u64,
    most: u32,
) -> Result<Vec<Listed>, RunError> {
    let sql = "SELECT number, run, kind, person, other, records FROM person_change \
               WHERE project = ?1 AND number >= ?2 ORDER BY number LIMIT ?3";
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    listed(connection, sql, params![project, from, most])
}

/// Changes that a run made, from a number on, all of them or those of one kind.
///
/// # Errors
/// As the records fail.
pub fn changes_of(
    connection: &Connection,
    run: RunId,
    kind: Option<ChangeKind>,
    from: u64,
    most: u32,
) -> Result<Vec<Listed>, RunError> {
    let sql = "SELECT number, run, kind, person, other, records FROM person_change \
               WHERE run = ?1 AND number >= ?2 AND (?3 IS NULL OR kind = ?3) ORDER BY number LIMIT ?4";
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    listed(connection, sql, params![run, from, kind.map(ChangeKind::as_str), most])
}

fn listed(
    connection: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Listed>, RunError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| {
        let kind: String = row.get(2)?;
        let kind = ChangeKind::ALL.into_iter().find(|one| one.as_str() == kind);
        let other: Option<[u8; 16]> = row.get(4)?;
        Ok(Listed {
            number: row.get(0)?,
            run: row.get(1)?,
            change: Change {
                kind: kind.ok_or(rusqlite::Error::InvalidQuery)?,
                person: PersonId::from_bytes(row.get(3)?),
                other: other.map(PersonId::from_bytes),
                records: row.get(5)?,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
