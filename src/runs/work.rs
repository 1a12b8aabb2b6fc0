//! Takes the run whose turn it is, gives its result or the code of what stopped it.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::params;
use tallystick_kernels::Kernel;
use tallystick_linkage::cluster::ClusterConfig;
use tallystick_program::VERSION;
use tallystick_wire::{Digest, Submission};

use super::files::{self, NewFile, forget_passes};
use super::progress::Recorder;
use super::queue::{digest_of, open_all};
use super::record::{Run, RunState, next};
use super::{RunError, check_agreements, left_out, summary};
use crate::audit::{Actor, Event, EventKind};
use crate::clerical;
use crate::ids::{RunId, SegmentId, SubmissionId};
use crate::intake::StoredSubmission;
use crate::link::{self, LinkError, Observer as _, Settings};
use crate::persons::{self, Prepared};
use crate::release::contract::Linked;
use crate::report;
use crate::store::StoreError;
use crate::store::segment::SegmentKind;
use crate::unit::Unit;

/// How far a run is, for whoever may want to break it off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Halt {
    /// Passes that are finished and kept.
    pub passes: usize,
}

/// What a run came to: files that no record has yet.
struct Made {
    result: NewFile,
    report: NewFile,
    page: NewFile,
    pairs: NewFile,
    digest: Digest,
    summary: summary::Summary,
    persons: Prepared,
}

/// Forgets what was taken out of known persons, and pairs for review of runs that are out of date. Then works on one run, that which was broken off or the oldest that waits, until it
/// ends, or until `halt` says so: then it goes on another time. Gives the run, or `None` if there is none or it was broken off.
///
/// # Errors
/// [`RunError`], where not even the end of the run could be entered; it goes on another time, too.
pub fn work(unit: &Unit, halt: &(dyn Fn(Halt) -> bool + Sync)) -> Result<Option<RunId>, RunError> {
    if let Err(error) = persons::forget(unit) {
        // It is asked for again, and holds up no run: what was taken out is in none.
        tracing::error!(code = error.code(), reason = %error, "known persons could not be forgotten");
    }
    if let Err(error) = clerical::forget_outdated(unit) {
        // As above: from the moment of the mark on no pair is shown.
        tracing::error!(code = error.code(), reason = %error, "pairs for review could not be erased");
    }
    let Some(run) = unit.store.read(next)? else { return Ok(None) };
    let end = unit.runs.begin(run.id);
    let recorder = Recorder::new(unit, run.id, &end, halt);
    let result = work_on(unit, &run, &recorder);
    unit.runs.leave();
    result.map(|has_ended| has_ended.then_some(run.id))
}

/// Whether the run has ended.
fn work_on(unit: &Unit, run: &Run, recorder: &Recorder<'_>) -> Result<bool, RunError> {
    if let Err(error) = begin(unit, run) {
        return match error {
            RunError::Ended => Ok(true),
            RunError::Store(_) => Err(error),
            error => fail(unit, run, &error),
        };
    }
    unit.runs.changed();
    // What the linkage holds is dropped with it, whatever broke; the records are changed in transactions only.
    let made = catch_unwind(AssertUnwindSafe(|| make(unit, run, recorder)));
    match made.unwrap_or(Err(RunError::Panicked)) {
        Ok(made) => finish(unit, run, made),
        Err(RunError::Link(LinkError::Cancelled)) if recorder.is_halted() => Ok(false),
        // Whoever ended it has entered that.
        Err(RunError::Link(LinkError::Cancelled)) => Ok(true),
        Err(error) => fail(unit, run, &error),
    }
}

/// Enters that the run begins, or goes on. What passes of another program or under other settings found is forgotten.
fn begin(unit: &Unit, run: &Run) -> Result<(), RunError> {
    let settings_hash = unit.config.settings_hash().0;
    let forgotten = unit.store.act(|act| {
        let ids: Vec<SubmissionId> = run.sources.iter().map(|source| source.submission).collect();
        let agreements = check_agreements(act, run.project, &ids)?;
        let sql = "UPDATE run SET state = 'running', started_at = coalesce(started_at, ?2), code_version = ?3, \
                   settings_hash = ?4, stage = 'reading', done = 0, total = 0, stage_at = ?2, stage_done = 0, \
                   progress_at = ?2 WHERE id = ?1 AND state IN ('queued', 'running')";
        let values = params![run.id, act.now(), VERSION, settings_hash];
        if act.sql().execute(sql, values)? == 0 {
            return Err(RunError::Ended);
        }
        let is_same = run.code_version.as_deref() == Some(VERSION)
            && run.settings_hash == Some(settings_hash);
        let forgotten =
            if is_same { Vec::new() } else { forget_passes(act.sql(), run.id)? };
        let kept = "SELECT count(*) FROM run_pass WHERE run = ?1";
        let kept: u64 = act.sql().query_row(kept, [run.id], |row| row.get(0))?;
        let event = Event::new(EventKind::RunStarted, Actor::Unit)
            .object("run", run.id)
            .project(run.project)
            .under(agreements)
            .count("passes_kept", kept)
            .digest("config", run.config_hash)
            .digest("settings", settings_hash)
            .digest_of_each("submission", run.sources.iter().map(|source| source.digest));
        let is_resumed = run.state == RunState::Running;
        act.record(&if is_resumed { event.because("resumed") } else { event })?;
        Ok(forgotten)
    })?;
    files::remove(unit, &forgotten);
    Ok(())
}

/// Links, and writes what came of it. Submissions were checked when they were taken in, and each chunk of a sealed file is
/// checked when it is read, so their checksums are not computed again.
fn make(unit: &Unit, run: &Run, recorder: &Recorder<'_>) -> Result<Made, RunError> {
    let opened = open_all(unit, run.sources.iter().map(|source| source.submission))?;
    let same = run.sources.iter().zip(&opened);
    if !same.clone().all(|(source, opened)| source.digest == digest_of(opened).0) {
        return Err(StoreError::Corrupt { table: "run_source", column: "digest" }.into());
    }
    let submissions: Vec<Submission<StoredSubmission>> =
        opened.into_iter().map(|(_, submission)| submission).collect();
    let left_out = left_out::find(unit, run, &submissions)?;
    left_out::enter(unit, run, &left_out)?;
    let settings = Settings {
        config: &unit.config,
        policy: &run.policy,
        kernel: Kernel::detect(),
        stores_all: false,
        retracted: &left_out.rows,
    };
    let linkage = link::run(&settings, &submissions, recorder, recorder)?;
    recorder.stage("writing the report", 3);
    let linked = link::linked(&linkage, None);
    let report = link::build_report(&settings, &linkage, &linked, None);
    let digest = link::digest(&linked, &report)?;
    let summary = summary::of(&linkage, &linked, &report, &left_out);
    let main_stop_mbit = ClusterConfig::from(&unit.config.clustering).main_stop_mbit;
    let pool = link::pool(&linkage, &report.quality, &unit.config.clerical, main_stop_mbit);
    drop(linkage);
    let tokens = submissions.iter().map(Submission::continuity_tokens).collect::<Result<_, _>>();
    let tokens: Vec<_> = tokens.map_err(LinkError::Together)?;
    let persons = persons::prepare(unit, run.project, &linked, &tokens)?;
    let result = NewFile::write(unit, SegmentKind::Result, |out| link::encode(&linked, out))?;
    recorder.advance(1);
    let json = report::json(&report).map_err(std::io::Error::from)?;
    let report_file =
        NewFile::write(unit, SegmentKind::Report, |out| out.write_all(json.as_bytes()))?;
    recorder.advance(1);
    let page = report::for_people(&report);
    let page = NewFile::write(unit, SegmentKind::Report, |out| out.write_all(page.as_bytes()))?;
    let pairs = NewFile::write(unit, SegmentKind::Pairs, |out| pool.encode(out))?;
    if recorder.is_cancelled() {
        return Err(LinkError::Cancelled.into());
    }
    Ok(Made { result, report: report_file, page, pairs, digest, summary, persons })
}

/// Enters the result, if the run is still to have one.
fn finish(unit: &Unit, run: &Run, made: Made) -> Result<bool, RunError> {
    let entered = unit.store.act(|act| {
        let now = act.now();
        let sql = "SELECT 1 FROM run WHERE id = ?1 AND state = 'running'";
        if !act.sql().prepare_cached(sql)?.exists([run.id])? {
            return Err(RunError::Ended);
        }
        for file in [&made.result, &made.report, &made.page, &made.pairs] {
            file.enter(act.sql(), now)?;
        }
        let sql = "UPDATE run SET state = 'finished', ended_at = ?2, digest = ?3, result = ?4, report = ?5, page = ?6, \
                   summary = ?7 WHERE id = ?1";
        let Made { result, report, page, pairs, digest, summary, persons } = &made;
        let values =
            params![run.id, now, digest.0, result.id, report.id, page.id, summary.text()?];
        act.sql().execute(sql, values)?;
        let sql = "INSERT INTO pair_pool (run, segment) VALUES (?1, ?2)";
        act.sql().execute(sql, params![run.id, pairs.id])?;
        let mut passes = forget_passes(act.sql(), run.id)?;
        let event = Event::new(EventKind::RunFinished, Actor::Unit)
            .object("run", run.id)
            .project(run.project)
            .digest("result", digest.0);
        act.record(&summary.count_in(event))?;
        passes.extend(persons::enter(act, run, persons)?);
        Ok(passes)
    });
    match entered {
        Ok(passes) => {
            [made.result, made.report, made.page, made.pairs].into_iter().for_each(NewFile::keep);
            made.persons.keep();
            files::remove(unit, &passes);
            unit.runs.changed();
            Ok(true)
        }
        Err(RunError::Ended) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Enters that the run failed; nothing else of it stays.
fn fail(unit: &Unit, run: &Run, error: &RunError) -> Result<bool, RunError> {
    let code = error.code();
    tracing::error!(run = %run.id, code, reason = %error, "a run failed");
    let failed = unit.store.act(|act| {
        let sql = "UPDATE run SET state = 'failed', failure = ?2, ended_at = ?3 \
                   WHERE id = ?1 AND state IN ('queued', 'running')";
        if act.sql().execute(sql, params![run.id, code, act.now()])? == 0 {
            return Err(RunError::Ended);
        }
        let passes = forget_passes(act.sql(), run.id)?;
        let event = Event::new(EventKind::RunFinished, Actor::Unit).failed(code);
        act.record(&event.object("run", run.id).project(run.project))?;
        Ok(passes)
    });
    match failed {
        Ok(passes) => {
            files::remove(unit, &passes);
            unit.runs.changed();
            Ok(true)
        }
        Err(RunError::Ended) => Ok(true),
        Err(error) => Err(error),
    }
}

/// The persons of a finished run, for whatever makes tables of them.
///
/// # Errors
/// [`RunError::Unknown`] without a result.
pub fn open_result(unit: &Unit, run: RunId) -> Result<Linked, RunError> {
    let mut bytes = files::open(unit, file_of(unit, run, "result")?, SegmentKind::Result)?;
    Ok(link::decode(&mut bytes)?)
}

/// The report of a finished run for programs, JSON.
///
/// # Errors
/// [`RunError::Unknown`] without one.
pub fn open_report(unit: &Unit, run: RunId) -> Result<String, RunError> {
    text(unit, file_of(unit, run, "report")?)
}

/// The report of a finished run for people, a page.
///
/// # Errors
/// [`RunError::Unknown`] without one.
pub fn open_page(unit: &Unit, run: RunId) -> Result<String, RunError> {
    text(unit, file_of(unit, run, "page")?)
}

fn text(unit: &Unit, id: SegmentId) -> Result<String, RunError> {
    let mut text = String::new();
    files::open(unit, id, SegmentKind::Report)?.read_to_string(&mut text)?;
    Ok(text)
}

fn file_of(unit: &Unit, run: RunId, column: &'static str) -> Result<SegmentId, RunError> {
    use rusqlite::OptionalExtension as _;
    unit.store.read(|connection| {
        let sql = format!("SELECT {column} FROM run WHERE id = ?1 AND {column} IS NOT NULL");
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_row([run], |row| row.get(0)).optional()?.ok_or(RunError::Unknown)
    })
}
