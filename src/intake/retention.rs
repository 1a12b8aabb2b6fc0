//! Takes submissions that others took the place of, and erases those that were kept long enough.

use rusqlite::params;

use super::IntakeError;
use super::over::remove;
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{ProjectId, SegmentId, SubmissionId};
use crate::unit::Unit;

/// How long things are kept; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days for which a superseded submission is kept.
    pub superseded_days: u32,
}

/// Submissions that are over their time: superseded before `?1`, not erased yet, and in no run or release that waits or
/// is worked on.
const OVER: &str = "SELECT s.id, s.project, s.encodings, s.content FROM submission s JOIN segment e ON e.id = s.encodings \
                    WHERE s.state = 'superseded' AND s.ended_at < ?1 AND e.shredded_at IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM run_source l JOIN run r ON r.id = l.run \
                                    WHERE l.submission = s.id AND r.state IN ('queued', 'running')) \
                    AND NOT EXISTS (SELECT 1 FROM run_source l JOIN release w ON w.run = l.run \
                                    WHERE l.submission = s.id AND w.state IN ('queued', 'checked', 'approved'))";

type Over = (SubmissionId, ProjectId, SegmentId, Option<SegmentId>);

/// Erases submissions that were superseded more than `retention.superseded_days` ago, as a withdrawal does: the keys of their sealed
/// files are gone, each with its entry. Receipt and counts stay. Gives their number.
///
/// # Errors
/// As the records or files fail.
pub fn erase_superseded(unit: &Unit) -> Result<u64, IntakeError> {
    let seconds = i64::from(unit.config.retention.superseded_days) * 86_400;
    let before = unit.store.now().plus_seconds(-seconds);
    let over: Vec<Over> = unit.store.read(|connection| {
        let mut statement = connection.prepare_cached(&format!("{OVER} ORDER BY s.id"))?;
        let rows = statement
            .query_map([before], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        Ok::<_, IntakeError>(rows.collect::<Result<_, _>>()?)
    })?;
    let mut erased = 0;
    for (id, project, encodings, content) in over {
        let segments: Vec<SegmentId> = std::iter::once(encodings).chain(content).collect();
        let is_erased = unit.store.act(|act| {
            // Since it was looked up a run may have been asked for that needs it: then it is looked at again next time.
            let sql = format!("{OVER} AND s.id = ?2");
            if !act.sql().prepare_cached(&sql)?.exists(params![before, id])? {
                return Err(IntakeError::Busy);
            }
            for segment in &segments {
                unit.shred(act, *segment)?;
            }
            let event = Event::new(EventKind::DataDestroyed, Actor::Unit)
                .because("superseded")
                .object("submission", id)
                .project(project)
                .count("segments_erased", segments.len() as u64);
            act.record(&event)?;
            Ok(())
        });
        match is_erased {
            Err(IntakeError::Busy) => continue,
            other => other?,
        }
        for segment in segments {
            remove(unit.store.segment_path(segment))?;
        }
        erased += 1;
    }
    if erased > 0 {
        unit.store.empty_write_ahead()?;
    }
    Ok(erased)
}
