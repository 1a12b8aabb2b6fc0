//! Releases whose run is out of date.

use rusqlite::params;

use super::DeskError;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{ProjectId, ReleaseId};
use crate::unit::Unit;

/// Notes releases whose run went out of date since. They could not be downloaded from that moment on; this enters it, with the
/// number of those who hold one.
pub(crate) fn mark_superseded(unit: &Unit) -> Result<usize, DeskError> {
    let sql = "SELECT release.id, release.project, run.outdated_because FROM release JOIN run ON run.id = release.run \
               WHERE superseded_at IS NULL AND run.outdated_at IS NOT NULL \
               AND release.state IN ('checked', 'approved', 'released')";
    let found = unit.store.read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok::<_, DeskError>(rows.collect::<Result<Vec<(ReleaseId, ProjectId, String)>, _>>()?)
    })?;
    for (id, project, because) in &found {
        let marked = unit.store.act(|act| {
            let sql = "UPDATE release SET superseded_at = ?2, superseded_because = ?3 \
                       WHERE id = ?1 AND superseded_at IS NULL";
            if act.sql().execute(sql, params![id, act.now(), because])? == 0 {
                return Err(DeskError::Superseded);
            }
            let downloads = super::downloads(act.sql(), *id)?;
            let mut holders: Vec<_> = downloads.iter().map(|download| download.by).collect();
            holders.sort_unstable();
            holders.dedup();
            let count =
                |count: usize| u64::try_from(count).expect("addresses have at most 64 bits");
            let event = Event::new(EventKind::ReleaseSuperseded, Actor::Unit)
                .because(code(because))
                .object("release", id)
                .project(*project)
                .count("downloads", count(downloads.len()))
                .count("holders", count(holders.len()));
            act.record(&event)?;
            Ok(())
        });
        // Whoever noted it before has logged it.
        if !matches!(marked, Err(DeskError::Superseded)) {
            marked?;
        }
    }
    Ok(found.len())
}

/// The stable code; the records hold no other.
fn code(because: &str) -> &'static str {
    match because {
        "rows-retracted" => "rows-retracted",
        "consents-changed" => "consents-changed",
        _ => "submission-withdrawn",
    }
}
