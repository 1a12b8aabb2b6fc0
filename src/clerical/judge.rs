//! Takes judgements of pairs, gives verdicts and finished sets, refuses whatever comes after a verdict.
//!
//! What a reviewer is answered is the same whether somebody else judged the pair before or not.

use rusqlite::{Connection, params};

use super::estimates;
use super::pool::Pool;
use super::record::{SetState, at, find, judged, open, outcomes};
use super::verdict::{Closed, Reason, Verdict};
use super::{ClericalError, ReviewSet};
use crate::accounts::Operator;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{AccountId, ReviewSetId};
use crate::store::{Act, StoreError};
use crate::unit::Unit;

/// What a reviewer says of a pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Judgement {
    /// What it is.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<Reason>,
}

/// Judges a pair, or corrects what the same account judged. The same judgement once more changes nothing.
///
/// # Errors
/// [`ClericalError::Unknown`], [`ClericalError::SetClosed`], [`ClericalError::PairClosed`].
pub fn judge(
    unit: &Unit,
    by: &Operator,
    id: ReviewSetId,
    place: u32,
    judgement: Judgement,
) -> Result<(), ClericalError> {
    let account = by.principal().account();
    let own = unit.store.read(|connection| judged(connection, id, place, account))?;
    if own == Some(judgement) {
        return Ok(());
    }
    let (_, pairs) = open(unit, account, id)?;
    at(&pairs, place)?;
    unit.store.act(|act| {
        let set = still_open(act.sql(), account, id)?;
        let turn = enter(act, account, (id, place), judgement)?;
        let event = Event::new(EventKind::ReviewDecided, by.actor())
            .because(judgement.verdict.as_str())
            .object("review-pair", format!("{id}/{place}"))
            .project(set.project)
            .count("turn", turn.into())
            .count("corrections", u64::from(own.is_some()))
            .from_address(by.principal().address());
        act.record(&event)?;
        close_pair(act.sql(), id, place)?;
        finish_if_done(act, &set, &pairs)
    })
}

/// Finishes a set before all its pairs are closed. Pairs are judged in an order that has nothing to do with their strata, so those that
/// are closed are a sample as good, if smaller.
///
/// # Errors
/// [`ClericalError::Unknown`], [`ClericalError::SetClosed`], [`ClericalError::Unjudged`].
pub fn end(unit: &Unit, by: &Operator, id: ReviewSetId) -> Result<(), ClericalError> {
    let account = by.principal().account();
    let (_, pairs) = open(unit, account, id)?;
    unit.store.act(|act| {
        let set = still_open(act.sql(), account, id)?;
        let sql = "SELECT 1 FROM review_pair WHERE review_set = ?1 AND verdict IS NOT NULL";
        if !act.sql().prepare_cached(sql)?.exists([id])? {
            return Err(ClericalError::Unjudged);
        }
        let event = Event::new(EventKind::ReviewSetFinished, by.actor())
            .because("ended")
            .from_address(by.principal().address());
        finish(act, &set, &pairs, event)
    })
}

/// The set, in the transaction that changes it.
pub(super) fn still_open(
    connection: &Connection,
    account: AccountId,
    id: ReviewSetId,
) -> Result<ReviewSet, ClericalError> {
    let set = find(connection, account, id)?;
    if set.state == SetState::Open { Ok(set) } else { Err(ClericalError::SetClosed) }
}

/// Enters a judgement; gives its turn. What is corrected after another has judged does not count for how far the two agreed.
fn enter(
    act: &Act<'_>,
    account: AccountId,
    (id, place): (ReviewSetId, u32),
    judgement: Judgement,
) -> Result<u8, ClericalError> {
    let sql = "SELECT 1 FROM review_pair WHERE review_set = ?1 AND place = ?2 AND verdict IS NULL";
    if !act.sql().prepare_cached(sql)?.exists(params![id, place])? {
        return Err(ClericalError::PairClosed);
    }
    let verdict = judgement.verdict.as_str();
    let reason = judgement.reason.map(Reason::as_str);
    let sql = "SELECT account, turn FROM review_judgement WHERE review_set = ?1 AND place = ?2 ORDER BY turn";
    let judgements: Vec<(AccountId, u8)> = {
        let mut statement = act.sql().prepare_cached(sql)?;
        let rows = statement.query_map(params![id, place], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    if let Some((_, turn)) = judgements.iter().find(|(by, _)| *by == account) {
        // Once two have judged, neither may change: whether that is refused would else tell whether they agree.
        if judgements.len() > 1 {
            return Err(ClericalError::PairClosed);
        }
        let sql = "UPDATE review_judgement SET verdict = ?4, reason = ?5, judged_at = ?6, \
                   before_second = ?4 \
                   WHERE review_set = ?1 AND place = ?2 AND account = ?3";
        act.sql().execute(sql, params![id, place, account, verdict, reason, act.now()])?;
        return Ok(*turn);
    }
    let turn = u8::try_from(judgements.len() + 1).unwrap_or(u8::MAX);
    let sql = "INSERT INTO review_judgement (review_set, place, account, turn, verdict, before_second, reason, judged_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)";
    act.sql().execute(sql, params![id, place, account, turn, verdict, reason, act.now()])?;
    Ok(turn)
}

/// Closes a pair on which two agree, or that a third has judged.
fn close_pair(connection: &Connection, id: ReviewSetId, place: u32) -> Result<(), ClericalError> {
    let sql =
        "SELECT verdict FROM review_judgement WHERE review_set = ?1 AND place = ?2 ORDER BY turn";
    let verdicts: Vec<String> = {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![id, place], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let (verdict, by) = match &verdicts[..] {
        [first, second] if first == second => (second, Closed::Agreement),
        [_, _, third] => (third, Closed::Adjudication),
        _ => return Ok(()),
    };
    set_verdict(connection, (id, place), verdict, by)
}

/// Gives a pair its verdict.
pub(super) fn set_verdict(
    connection: &Connection,
    (id, place): (ReviewSetId, u32),
    verdict: &str,
    by: Closed,
) -> Result<(), ClericalError> {
    let sql =
        "UPDATE review_pair SET verdict = ?3, closed_by = ?4 WHERE review_set = ?1 AND place = ?2";
    connection.execute(sql, params![id, place, verdict, by.as_str()])?;
    Ok(())
}

/// Finishes a set of which every pair is closed and every question answered.
pub(super) fn finish_if_done(
    act: &mut Act<'_>,
    set: &ReviewSet,
    pairs: &Pool,
) -> Result<(), ClericalError> {
    let sql = "SELECT 1 FROM review_pair WHERE review_set = ?1 AND verdict IS NULL \
               UNION ALL SELECT 1 FROM review_lookup WHERE review_set = ?1 AND answer IS NULL";
    if act.sql().prepare_cached(sql)?.exists([set.id])? {
        return Ok(());
    }
    let event = Event::new(EventKind::ReviewSetFinished, Actor::Unit).because("all-closed");
    finish(act, set, pairs, event)
}

fn finish(
    act: &mut Act<'_>,
    set: &ReviewSet,
    pairs: &Pool,
    event: Event,
) -> Result<(), ClericalError> {
    let estimates = estimates::of(pairs, &outcomes(act.sql(), set.id)?);
    let corrupt = |_| StoreError::Corrupt { table: "review_set", column: "estimates" };
    let text = serde_json::to_string(&estimates).map_err(corrupt)?;
    let sql =
        "UPDATE review_set SET state = 'finished', ended_at = ?2, estimates = ?3 WHERE id = ?1";
    act.sql().execute(sql, params![set.id, act.now(), text])?;
    let event = event.object("review-set", set.id).project(set.project);
    act.record(&estimates.count_in(event))?;
    Ok(())
}
