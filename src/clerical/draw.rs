//! Takes a run and how many pairs are wanted, gives a set of pairs for review, refuses runs of which nothing may be shown.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::pairs_of;
use super::{ClericalError, sample};
use crate::accounts::Operator;
use crate::audit::{Event, EventKind};
use crate::ids::{AgencyId, ReviewSetId, RunId, SegmentId, random_bytes};
use crate::runs::{self, NewFile, Run, RunState};
use crate::store::segment::SegmentKind;
use crate::unit::Unit;

/// What is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Of which run.
    pub run: RunId,
    /// How many pairs; as configured if `None`.
    pub pairs: Option<u32>,
    /// Draws the same pairs again; a random one if `None`.
    pub seed: Option<u32>,
}

/// Draws a set.
///
/// # Errors
/// [`ClericalError`].
pub fn draw(unit: &Unit, by: &Operator, wanted: Wanted) -> Result<ReviewSetId, ClericalError> {
    let limits = &unit.config.clerical;
    let pairs = wanted.pairs.unwrap_or(limits.set_pairs);
    if pairs > limits.set_pairs_max {
        return Err(ClericalError::TooMany { most: limits.set_pairs_max });
    }
    let (_, pool) = unit.store.read(|connection| fit(connection, wanted.run))?;
    let seed = match wanted.seed {
        Some(seed) => seed,
        None => u32::from_le_bytes(random_bytes()?),
    };
    let set = sample::draw(&pairs_of(unit, pool)?, u64::from(pairs), seed)?;
    if set.pairs.is_empty() {
        return Err(ClericalError::RunUnfit("it has no pairs"));
    }
    let file = NewFile::write(unit, SegmentKind::Pairs, |out| set.encode(out))?;
    let id = ReviewSetId::random()?;
    let most = limits.open_sets_max;
    let entered = unit.store.act(|act| {
        // Something may have been taken out of the run since.
        let (run, _) = fit(act.sql(), wanted.run)?;
        let sql = "SELECT count(*) FROM review_set WHERE run = ?1 AND state = 'open'";
        if act.sql().query_row(sql, [run.id], |row| row.get::<_, u64>(0))? >= most {
            return Err(ClericalError::SetsOpen { most });
        }
        let agencies = agencies(act.sql(), run.id)?;
        let agreements = runs::permitted(act.sql(), act.now(), run.project, &agencies)?;
        file.enter(act.sql(), act.now())?;
        let sql = "INSERT INTO review_set (id, number, project, run, drawn_by, drawn_at, seed, pairs, segment, state) \
                   SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open' FROM review_set";
        let account = by.principal().account();
        let count = set.pairs.len() as u64;
        let values = params![id, run.project, run.id, account, act.now(), seed, count, file.id];
        act.sql().execute(sql, values)?;
        let sql = "INSERT INTO review_pair (review_set, place) VALUES (?1, ?2)";
        for place in 1..=count {
            act.sql().prepare_cached(sql)?.execute(params![id, place])?;
        }
        let event = Event::new(EventKind::ReviewSetDrawn, by.actor())
            .object("review-set", id)
            .project(run.project)
            .under(agreements)
            .count("pairs", count)
            .count("strata", set.strata.len() as u64)
            .count("seed", seed.into())
            .digest_of_each("result", run.digest)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok(())
    });
    if let Err(ClericalError::NotPermitted(clause)) = &entered {
        let event = Event::new(EventKind::ReviewSetDrawn, by.actor())
            .denied(clause.code())
            .object("run", wanted.run)
            .from_address(by.principal().address());
        unit.store.record(&event)?;
    }
    entered?;
    file.keep();
    Ok(id)
}

/// The run, if its pairs may be shown, and where they are.
fn fit(connection: &Connection, id: RunId) -> Result<(Run, SegmentId), ClericalError> {
    let run = runs::find(connection, id)?;
    if run.state != RunState::Finished {
        return Err(ClericalError::RunUnfit("it has not finished"));
    }
    if run.outdated.is_some() {
        return Err(ClericalError::RunUnfit("something that it linked was taken out since"));
    }
    let sql = "SELECT p.segment FROM pair_pool p JOIN segment s ON s.id = p.segment \
               WHERE p.run = ?1 AND s.shredded_at IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let pool = statement.query_row([id], |row| row.get(0)).optional()?;
    pool.map(|pool| (run, pool)).ok_or(ClericalError::RunUnfit("its pairs are not kept"))
}

/// Agencies of a run's submissions, each once.
pub(super) fn agencies(
    connection: &Connection,
    run: RunId,
) -> Result<Vec<AgencyId>, ClericalError> {
    let sql = "SELECT DISTINCT s.agency FROM run_source r JOIN submission s ON s.id = r.submission \
               WHERE r.run = ?1 ORDER BY s.agency";
    let mut statement = connection.prepare_cached(sql)?;
    let agencies = statement.query_map([run], |row| row.get(0))?;
    Ok(agencies.collect::<Result<_, _>>()?)
}
