//! Keeps what passes found, sealed, until the run has ended.

use std::sync::atomic::Ordering;

use rusqlite::params;
use tallystick_linkage::block::Found;

use super::RunError;
use super::files::{self, NewFile};
use super::progress::Recorder;
use crate::ids::SegmentId;
use crate::link::{Keeper, LinkError, Sweep};
use crate::store::segment::SegmentKind;

impl Keeper for Recorder<'_> {
    fn kept(&self, sweep: Sweep, record_count: u32) -> Result<(Found, usize), LinkError> {
        let read = || {
            let segments: Vec<SegmentId> = self.unit.store.read(|connection| {
                let sql =
                    "SELECT segment FROM run_pass WHERE run = ?1 AND sweep = ?2 ORDER BY position";
                let mut statement = connection.prepare_cached(sql)?;
                let ids = statement.query_map(params![self.run, sweep as u8], |row| row.get(0))?;
                Ok::<_, RunError>(ids.collect::<Result<_, _>>()?)
            })?;
            let mut found = Found::default();
            for segment in &segments {
                let mut bytes = files::open(self.unit, *segment, SegmentKind::Pass)?;
                found.join(Found::read(&mut bytes, record_count)?);
            }
            Ok::<_, RunError>((found, segments.len()))
        };
        let (found, finished) = read().map_err(failed)?;
        self.passes.fetch_add(finished, Ordering::Relaxed);
        Ok((found, finished))
    }

    /// File first, record after; the record of a run that ended meanwhile takes no more.
    fn keep(&self, sweep: Sweep, position: usize, found: &Found) -> Result<(), LinkError> {
        let keep = || {
            let file = NewFile::write(self.unit, SegmentKind::Pass, |out| found.write(out))?;
            self.unit.store.keep(|transaction, now| {
                let sql = "SELECT 1 FROM run WHERE id = ?1 AND state = 'running'";
                if !transaction.prepare_cached(sql)?.exists([self.run])? {
                    return Err(RunError::Ended);
                }
                file.enter(transaction, now)?;
                let sql =
                    "INSERT INTO run_pass (run, sweep, position, segment) VALUES (?1, ?2, ?3, ?4)";
                transaction.execute(sql, params![self.run, sweep as u8, position, file.id])?;
                Ok::<_, RunError>(())
            })?;
            file.keep();
            Ok::<_, RunError>(())
        };
        keep().map_err(failed)?;
        self.passes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A run that ended meanwhile is one that was told to.
fn failed(error: RunError) -> LinkError {
    match error {
        RunError::Ended => LinkError::Cancelled,
        error => {
            tracing::error!(code = error.code(), reason = %error, "what a pass found could not be kept");
            LinkError::Kept { code: error.code() }
        }
    }
}
