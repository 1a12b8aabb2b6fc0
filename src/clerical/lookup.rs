//! Takes pairs that an agency is to look up among its own records, gives it their handles under an opaque number and takes its answer;
//! refuses whatever could tell an agency what another has.
//!
//! Two rules hold it (42 CFR 2.52; invariants of the design: no agency of justice learns who is a provider's client):
//!
//! 1. Only pairs within one source are asked. Of a pair of two sources each agency would hold one handle: it could not answer, and
//!    would learn that somebody of its own is, or may be, known to another.
//! 2. Of a run that links a provider's rows with another agency's, nothing is asked of anybody. Which pairs a run stores, and at which
//!    rate they are drawn, hangs on what their records have in common with those of other sources: two weak records of the police
//!    that a provider's record puts together would be asked about, and the question itself would tell. The provider's own pairs would
//!    tell the provider the same of the police.
//!
//! So the list of lookups of any agency is the same whoever a provider's clients are. Without a provider a question may let an agency
//! guess that other sources speak for or against two records of its own; agreements that permit the linkage permit that.

use rusqlite::{OptionalExtension as _, params};
use tallystick_wire::{Handle, SourceLabel, SourceType};

use super::judge::{finish_if_done, set_verdict, still_open};
use super::record::{at, open, pairs_of};
use super::verdict::{Answer, Closed, Verdict};
use super::{ClericalError, Pair, Pool, draw};
use crate::accounts::{Operator, Uploader};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, LookupId, ProjectId, ReviewSetId, RunId, SegmentId};
use crate::runs;
use crate::store::{Act, StoreError};
use crate::unit::Unit;

/// A question to an agency, as it sees it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its number, which says nothing.
    pub id: LookupId,
    /// Of which project.
    pub project: ProjectId,
    /// Of which source of the agency.
    pub source: SourceLabel,
    /// Two of its own handles.
    pub handles: [Handle; 2],
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What it answered.
    pub answer: Option<Answer>,
    /// Whether it can be answered still.
    pub is_open: bool,
}

/// Asks the agency of a pair's records to look them up.
///
/// # Errors
/// [`ClericalError::LookupAcross`], [`ClericalError::LookupProvider`], [`ClericalError::LookupAsked`], and clauses of agreements.
pub fn ask(
    unit: &Unit,
    by: &Operator,
    id: ReviewSetId,
    place: u32,
) -> Result<LookupId, ClericalError> {
    let account = by.principal().account();
    let (_, pairs) = open(unit, account, id)?;
    let pair = at(&pairs, place)?;
    let lookup = LookupId::random()?;
    let entered = unit.store.act(|act| ask_in(act, by, (id, place), (lookup, &pairs, pair)));
    if let Err(
        error @ (ClericalError::NotPermitted(_)
        | ClericalError::LookupAcross
        | ClericalError::LookupProvider),
    ) = &entered
    {
        let event = Event::new(EventKind::LookupAsked, by.actor())
            .denied(error.code())
            .object("review-pair", format!("{id}/{place}"))
            .from_address(by.principal().address());
        unit.store.record(&event)?;
    }
    entered?;
    Ok(lookup)
}

fn ask_in(
    act: &mut Act<'_>,
    by: &Operator,
    (id, place): (ReviewSetId, u32),
    (lookup, pairs, pair): (LookupId, &Pool, &Pair),
) -> Result<(), ClericalError> {
    let account = by.principal().account();
    let set = still_open(act.sql(), account, id)?;
    if pair.sources[0] != pair.sources[1] {
        return Err(ClericalError::LookupAcross);
    }
    let agencies = draw::agencies(act.sql(), set.run)?;
    let has_provider = pairs.sources.iter().any(|(_, kind)| *kind == SourceType::Provider);
    if has_provider && agencies.len() > 1 {
        return Err(ClericalError::LookupProvider);
    }
    let source = pairs.sources[usize::from(pair.sources[0])].0;
    let agency = agency_of(act, set.run, source)?;
    let agreements = runs::permitted(act.sql(), act.now(), set.project, &[agency])?;
    let sql = "INSERT INTO review_lookup (id, review_set, place, agency, asked_by, asked_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (review_set, place) DO NOTHING";
    let values = params![lookup, id, place, agency, account, act.now()];
    if act.sql().execute(sql, values)? == 0 {
        return Err(ClericalError::LookupAsked);
    }
    let event = Event::new(EventKind::LookupAsked, by.actor())
        .object("review-pair", format!("{id}/{place}"))
        .project(set.project)
        .under(agreements)
        .from_address(by.principal().address());
    act.record(&event)?;
    Ok(())
}

fn agency_of(act: &Act<'_>, run: RunId, source: SourceLabel) -> Result<AgencyId, ClericalError> {
    let sql = "SELECT s.agency FROM run_source r JOIN submission s ON s.id = r.submission \
               WHERE r.run = ?1 AND r.source = ?2";
    let mut statement = act.sql().prepare_cached(sql)?;
    let agency = statement.query_row(params![run, source.as_str()], |row| row.get(0)).optional()?;
    agency.ok_or(ClericalError::Unknown)
}

/// A question as it stands in the records.
struct Row {
    id: LookupId,
    set: ReviewSetId,
    place: u32,
    project: ProjectId,
    segment: SegmentId,
    asked_at: Timestamp,
    answer: Option<String>,
    is_open: bool,
}

/// Questions to an agency: those that wait first, then newest first, at most `clerical.lookups_max`. Those whose pairs are removed are not among them.
///
/// # Errors
/// As the records or files fail.
pub fn asked(unit: &Unit, by: &Uploader) -> Result<Vec<Asked>, ClericalError> {
    let rows: Vec<Row> = unit.store.read(|connection| {
        let sql = "SELECT l.id, l.review_set, l.place, s.project, s.segment, l.asked_at, l.answer, s.state = 'open' \
                   FROM review_lookup l JOIN review_set s ON s.id = l.review_set \
                   JOIN segment e ON e.id = s.segment AND e.shredded_at IS NULL \
                   JOIN run r ON r.id = s.run AND r.outdated_at IS NULL \
                   WHERE l.agency = ?1 \
                   ORDER BY l.answer IS NULL AND s.state = 'open' DESC, l.asked_at DESC, l.id LIMIT ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let values = params![by.agency(), unit.config.clerical.lookups_max];
        let rows = statement.query_map(values, |row| {
            Ok(Row {
                id: row.get(0)?,
                set: row.get(1)?,
                place: row.get(2)?,
                project: row.get(3)?,
                segment: row.get(4)?,
                asked_at: row.get(5)?,
                answer: row.get(6)?,
                is_open: row.get(7)?,
            })
        })?;
        Ok::<_, ClericalError>(rows.collect::<Result<_, _>>()?)
    })?;
    let corrupt = StoreError::Corrupt { table: "review_lookup", column: "answer" };
    let mut opened: Vec<(ReviewSetId, Pool)> = Vec::new();
    let mut asked = Vec::new();
    for row in rows {
        if !opened.iter().any(|(set, _)| *set == row.set) {
            opened.push((row.set, pairs_of(unit, row.segment)?));
        }
        let found = opened.iter().find(|(set, _)| *set == row.set);
        let (_, pairs) = found.ok_or(ClericalError::Unknown)?;
        let pair = at(pairs, row.place)?;
        let answer = row.answer.as_deref().map(|text| Answer::parse(text).ok_or(&corrupt));
        asked.push(Asked {
            id: row.id,
            project: row.project,
            source: pairs.sources[usize::from(pair.sources[0])].0,
            handles: pair.handles,
            asked_at: row.asked_at,
            answer: answer
                .transpose()
                .map_err(|_| StoreError::Corrupt { table: "review_lookup", column: "answer" })?,
            is_open: row.is_open,
        });
    }
    Ok(asked)
}

/// Takes an agency's answer. Whether they are of one person or of two the agency knows better than anybody who sees levels: that is the
/// pair's verdict. The same answer once more changes nothing.
///
/// # Errors
/// [`ClericalError::Unknown`] for a question to another agency or none, [`ClericalError::LookupAnswered`], [`ClericalError::SetClosed`].
pub fn answer(
    unit: &Unit,
    by: &Uploader,
    lookup: LookupId,
    answer: Answer,
) -> Result<(), ClericalError> {
    let (id, place, earlier, drawn_by): (ReviewSetId, u32, Option<String>, AccountId) =
        unit.store.read(|connection| {
            let sql = "SELECT l.review_set, l.place, l.answer, s.drawn_by FROM review_lookup l \
                       JOIN review_set s ON s.id = l.review_set WHERE l.id = ?1 AND l.agency = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement
                .query_row(params![lookup, by.agency()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
                .optional()?;
            found.ok_or(ClericalError::Unknown)
        })?;
    if earlier.as_deref() == Some(answer.as_str()) {
        return Ok(());
    }
    let (_, pairs) = open(unit, drawn_by, id)?;
    unit.store.act(|act| {
        let set = still_open(act.sql(), drawn_by, id)?;
        let sql = "UPDATE review_lookup SET answer = ?2, answered_by = ?3, answered_at = ?4 \
                   WHERE id = ?1 AND answer IS NULL";
        let account = by.principal().account();
        let values = params![lookup, answer.as_str(), account, act.now()];
        if act.sql().execute(sql, values)? == 0 {
            return Err(ClericalError::LookupAnswered);
        }
        if let Some(verdict) = answer.verdict().map(Verdict::as_str) {
            set_verdict(act.sql(), (id, place), verdict, Closed::Agency)?;
        }
        let event = Event::new(EventKind::LookupAnswered, by.actor())
            .because(answer.as_str())
            .object("lookup", lookup)
            .project(set.project)
            .from_address(by.principal().address());
        act.record(&event)?;
        finish_if_done(act, &set, &pairs)
    })
}
