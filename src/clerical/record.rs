//! Review sets as they stand in the records, and as much of a pair as a reviewer may see.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tallystick_wire::SourceType;

use super::estimates::{Estimates, Outcome};
use super::pool::Pool;
use super::verdict::{Closed, Reason, Verdict};
use super::words::{Compared, compared};
use super::{ClericalError, Judgement};
use crate::accounts::Operator;
use crate::clock::Timestamp;
use crate::ids::{AccountId, ProjectId, ReviewSetId, RunId, SegmentId};
use crate::runs::open_file;
use crate::store::StoreError;
use crate::store::segment::SegmentKind;
use crate::unit::Unit;

/// How a set stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SetState {
    /// Its pairs are judged.
    Open,
    /// It says something of its run.
    Finished,
    /// Its pairs were removed before.
    Removed,
}

impl SetState {
    const ALL: [Self; 3] = [Self::Open, Self::Finished, Self::Removed];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Finished => "finished",
            Self::Removed => "removed",
        }
    }
}

/// A set, with the progress of the account that looks at it. How many pairs are closed is not told: whoever has just judged one would
/// learn what another judged.
#[derive(Clone, Debug)]
pub struct ReviewSet {
    /// Its id.
    pub id: ReviewSetId,
    /// In which order sets were drawn.
    pub number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// Of which run.
    pub run: RunId,
    /// Who drew it.
    pub drawn_by: AccountId,
    /// When.
    pub drawn_at: Timestamp,
    /// Draws the same pairs again.
    pub seed: u32,
    /// Pairs.
    pub pairs: u64,
    /// How it stands.
    pub state: SetState,
    /// When it was finished or removed.
    pub ended_at: Option<Timestamp>,
    /// First and second judgements, of all reviewers: twice the pairs at most.
    pub judgements: u64,
    /// Judgements of the account that looks.
    pub own: u64,
    /// Pairs that this account may judge still.
    pub left: u64,
    /// Questions to agencies without an answer.
    pub lookups_open: u64,
    /// What it says, once it is finished.
    pub estimates: Option<Estimates>,
    pub(super) segment: SegmentId,
}

/// Which sets are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which {
    /// Of one run.
    pub run: Option<RunId>,
    /// With a number below.
    pub below: Option<u64>,
    /// Most of them.
    pub most: u32,
}

/// A pair as a reviewer sees it.
#[derive(Clone, Debug)]
pub struct PairShown {
    /// Its turn in the set, from 1.
    pub place: u32,
    /// Of what kind its sources are.
    pub kinds: [SourceType; 2],
    /// Whether both records are of one source.
    pub is_one_source: bool,
    /// How the records compare.
    pub compared: Vec<Compared>,
    /// What this account judged.
    pub own: Option<Judgement>,
}

/// Columns of a set as an account sees it, `?1`.
const COLUMNS: &str = "id, number, project, run, drawn_by, drawn_at, seed, pairs, \
    CASE WHEN s.state = 'open' AND (SELECT outdated_at FROM run WHERE run.id = s.run) IS NOT NULL THEN 'removed' ELSE s.state END \
    AS stands, ended_at, estimates, segment, \
    (SELECT count(*) FROM review_judgement j WHERE j.review_set = s.id AND turn <= 2) AS judgements, \
    (SELECT count(*) FROM review_judgement j WHERE j.review_set = s.id AND j.account = ?1) AS own, \
    (SELECT count(*) FROM review_pair p WHERE p.review_set = s.id AND verdict IS NULL AND s.state = 'open' \
     AND NOT EXISTS (SELECT 1 FROM review_judgement j WHERE j.review_set = s.id AND j.place = p.place AND j.account = ?1)) \
    AS left_over, \
    (SELECT count(*) FROM review_lookup l WHERE l.review_set = s.id AND answer IS NULL AND s.state = 'open') AS lookups";

/// A set by its id, as an account sees it.
///
/// # Errors
/// [`ClericalError::Unknown`].
pub fn find(
    connection: &Connection,
    account: AccountId,
    id: ReviewSetId,
) -> Result<ReviewSet, ClericalError> {
    let sql = format!("SELECT {COLUMNS} FROM review_set s WHERE id = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row(params![account, id], read).optional()?;
    complete(found.ok_or(ClericalError::Unknown)?)
}

/// Sets as an account sees them, newest first.
///
/// # Errors
/// As the records fail.
pub fn list(
    connection: &Connection,
    account: AccountId,
    which: Which,
) -> Result<Vec<ReviewSet>, ClericalError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM review_set s WHERE (?2 IS NULL OR run = ?2) AND number < ?3 ORDER BY number DESC LIMIT ?4"
    );
    let below = which.below.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![account, which.run, below, which.most], read)?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(complete).collect()
}

/// What finished sets say of a run, oldest first.
///
/// # Errors
/// As the records fail.
pub fn finished_of(
    connection: &Connection,
    run: RunId,
) -> Result<Vec<(ReviewSetId, Timestamp, Estimates)>, StoreError> {
    let sql = "SELECT id, ended_at, estimates FROM review_set WHERE run = ?1 AND state = 'finished' ORDER BY number";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
    rows.map(|row| {
        let (id, at, text) = row?;
        Ok((id, at, parse(&text)?))
    })
    .collect()
}

fn parse(text: &str) -> Result<Estimates, StoreError> {
    let corrupt = |_| StoreError::Corrupt { table: "review_set", column: "estimates" };
    serde_json::from_str(text).map_err(corrupt)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(ReviewSet, Option<String>)> {
    let state: String = row.get("stands")?;
    let state = SetState::ALL.into_iter().find(|one| one.as_str() == state);
    let set = ReviewSet {
        id: row.get("id")?,
        number: row.get("number")?,
        project: row.get("project")?,
        run: row.get("run")?,
        drawn_by: row.get("drawn_by")?,
        drawn_at: row.get("drawn_at")?,
        seed: row.get("seed")?,
        pairs: row.get("pairs")?,
        state: state.ok_or(rusqlite::Error::InvalidQuery)?,
        ended_at: row.get("ended_at")?,
        judgements: row.get("judgements")?,
        own: row.get("own")?,
        left: row.get("left_over")?,
        lookups_open: row.get("lookups")?,
        estimates: None,
        segment: row.get("segment")?,
    };
    Ok((set, row.get("estimates")?))
}

fn complete((set, text): (ReviewSet, Option<String>)) -> Result<ReviewSet, ClericalError> {
    let estimates = text.as_deref().map(parse).transpose()?;
    let set = ReviewSet { estimates, ..set };
    // Between the mark on its run and the end of its pairs.
    Ok(match set.state {
        SetState::Removed => ReviewSet { left: 0, lookups_open: 0, ..set },
        SetState::Open | SetState::Finished => set,
    })
}

/// The pairs of a set that is open, for whoever works with them.
pub(super) fn open(
    unit: &Unit,
    account: AccountId,
    id: ReviewSetId,
) -> Result<(ReviewSet, Pool), ClericalError> {
    let set = unit.store.read(|connection| find(connection, account, id))?;
    if set.state != SetState::Open {
        return Err(ClericalError::SetClosed);
    }
    let pairs = pairs_of(unit, set.segment)?;
    Ok((set, pairs))
}

/// The pairs of a set with their handles, for whatever checks reviews against a known truth. No address gives them.
///
/// # Errors
/// [`ClericalError::Unknown`], and as files fail.
pub fn open_pairs(unit: &Unit, id: ReviewSetId) -> Result<Pool, ClericalError> {
    let sql = "SELECT segment FROM review_set WHERE id = ?1";
    let segment = unit.store.read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_row([id], |row| row.get(0)).optional()?;
        found.ok_or(ClericalError::Unknown)
    })?;
    pairs_of(unit, segment)
}

/// Opens sealed pairs.
pub(super) fn pairs_of(unit: &Unit, segment: SegmentId) -> Result<Pool, ClericalError> {
    Ok(Pool::decode(&mut open_file(unit, segment, SegmentKind::Pairs)?)?)
}

/// The pair that an account is to judge next: one that is open and that it has not judged, the first in the set's order. `None` if there
/// is none. Whether it is the first, the second or the third to judge it, it is not told.
///
/// # Errors
/// [`ClericalError::Unknown`], [`ClericalError::SetClosed`].
pub fn next(
    unit: &Unit,
    by: &Operator,
    id: ReviewSetId,
) -> Result<Option<PairShown>, ClericalError> {
    let account = by.principal().account();
    let (_, pairs) = open(unit, account, id)?;
    let place: Option<u32> = unit.store.read(|connection| {
        let sql = "SELECT place FROM review_pair p WHERE review_set = ?1 AND verdict IS NULL AND NOT EXISTS \
                   (SELECT 1 FROM review_judgement j WHERE j.review_set = ?1 AND j.place = p.place AND j.account = ?2) \
                   ORDER BY place LIMIT 1";
        let mut statement = connection.prepare_cached(sql)?;
        Ok::<_, ClericalError>(
            statement.query_row(params![id, account], |row| row.get(0)).optional()?,
        )
    })?;
    place.map(|place| shown(&pairs, place, None)).transpose()
}

/// A pair of an open set, with what the account judged of it.
///
/// # Errors
/// [`ClericalError::Unknown`], [`ClericalError::SetClosed`].
pub fn pair(
    unit: &Unit,
    by: &Operator,
    id: ReviewSetId,
    place: u32,
) -> Result<PairShown, ClericalError> {
    let account = by.principal().account();
    let (_, pairs) = open(unit, account, id)?;
    let own = unit.store.read(|connection| judged(connection, id, place, account))?;
    shown(&pairs, place, own)
}

/// A pair by its turn.
pub(super) fn at(pairs: &Pool, place: u32) -> Result<&super::Pair, ClericalError> {
    let position = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
    position.and_then(|position| pairs.pairs.get(position)).ok_or(ClericalError::Unknown)
}

fn shown(pairs: &Pool, place: u32, own: Option<Judgement>) -> Result<PairShown, ClericalError> {
    let pair = at(pairs, place)?;
    Ok(PairShown {
        place,
        kinds: pair.sources.map(|source| pairs.sources[usize::from(source)].1),
        is_one_source: pair.sources[0] == pair.sources[1],
        compared: compared(pair.pattern),
        own,
    })
}

/// What an account judged of a pair.
pub(super) fn judged(
    connection: &Connection,
    id: ReviewSetId,
    place: u32,
    account: AccountId,
) -> Result<Option<Judgement>, ClericalError> {
    let sql = "SELECT verdict, reason FROM review_judgement WHERE review_set = ?1 AND place = ?2 AND account = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let found = statement.query_row(params![id, place, account], row).optional()?;
    let Some((verdict, reason)) = found else { return Ok(None) };
    let reason = reason.map(|text| Reason::parse(&text).ok_or(corrupt("reason"))).transpose()?;
    let verdict = Verdict::parse(&verdict).ok_or(corrupt("verdict"))?;
    Ok(Some(Judgement { verdict, reason }))
}

const fn corrupt(column: &'static str) -> StoreError {
    StoreError::Corrupt { table: "review_judgement", column }
}

/// How all pairs of a set were judged, in their order.
pub(super) fn outcomes(
    connection: &Connection,
    id: ReviewSetId,
) -> Result<Vec<Outcome>, ClericalError> {
    let sql = "SELECT verdict, closed_by, \
               (SELECT before_second FROM review_judgement j WHERE j.review_set = p.review_set AND j.place = p.place AND turn = 1), \
               (SELECT before_second FROM review_judgement j WHERE j.review_set = p.review_set AND j.place = p.place AND turn = 2) \
               FROM review_pair p WHERE review_set = ?1 ORDER BY place";
    let mut statement = connection.prepare_cached(sql)?;
    let text = |row: &Row<'_>, at| row.get::<_, Option<String>>(at);
    let rows = statement
        .query_map([id], |row| Ok((text(row, 0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?)))?;
    let verdict = |text: &String| Verdict::parse(text).ok_or(corrupt("verdict"));
    let mut outcomes = Vec::new();
    for row in rows {
        let (closed, by, first, second) = row?;
        let closed = closed.as_ref().map(verdict).transpose()?;
        let by = by.as_deref().and_then(Closed::parse);
        let blind = match (first, second) {
            (Some(first), Some(second)) => Some([verdict(&first)?, verdict(&second)?]),
            _ => None,
        };
        outcomes.push(Outcome { closed: closed.zip(by), blind });
    }
    Ok(outcomes)
}
