//! Takes the release whose turn it is: makes and checks its tables, or writes the bundle of an approved one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::params;
use tallystick_dataset::Table;
use tallystick_disclosure::{Difference, ReleaseSketch, Standing, compare};
use tallystick_program::VERSION;

use super::make::{Facts, Halting, Making, hash, project_key};
use super::prepare::{fit_run, permitted, profile_count, ready};
use super::record::{Release, ReleaseState, earlier, next};
use super::{DeskError, Plan, bundle, checklist, linkage};
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{AgreementId, ReleaseId, SegmentId};
use crate::runs::{NewFile, open_file};
use crate::store::segment::SegmentKind;
use crate::store::{Act, StoreError};
use crate::unit::Unit;

/// Works on one release, until it is checked, refused, bundled or failed, or until `halt` says so: then it is taken up another
/// time. Gives the release, or `None` if there is none or it was broken off.
///
/// # Errors
/// [`DeskError`], where not even that could be entered.
pub fn work(unit: &Unit, halt: &dyn Fn() -> bool) -> Result<Option<ReleaseId>, DeskError> {
    super::mark_superseded(unit)?;
    let Some(release) = unit.store.read(next)? else { return Ok(None) };
    let halting = Halting(halt);
    // What is held is dropped with it, whatever broke; the records are changed in transactions only.
    let done = catch_unwind(AssertUnwindSafe(|| match release.state {
        ReleaseState::Approved => bundle_one(unit, &release, &halting),
        _ => check_one(unit, &release, &halting),
    }));
    match done.unwrap_or(Err(DeskError::Panicked)) {
        Ok(()) => Ok(Some(release.id)),
        Err(DeskError::Stopping) => Ok(None),
        // What is damaged stays so; anything else of the records may be better another time.
        Err(DeskError::Store(error)) if !matches!(error, StoreError::Corrupt { .. }) => {
            Err(error.into())
        }
        Err(error) => fail(unit, &release, &error).map(|()| Some(release.id)),
    }
}

/// Removes what a process left that was broken off while it wrote a bundle.
///
/// # Errors
/// That of the system.
pub fn sweep(unit: &Unit) -> std::io::Result<()> {
    match std::fs::remove_dir_all(unit.store.directory().join(bundle::SCRATCH)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes and checks a release's tables, and enters what was found.
fn check_one(unit: &Unit, release: &Release, halting: &Halting<'_>) -> Result<(), DeskError> {
    let plan = Plan::parse(&release.study)?;
    let (run, agreements, minimum_cell) = ready(unit, release.run)?;
    let making = Making { unit, run: &run, plan: &plan, minimum_cell };
    let (checked, facts) = making.checked(halting)?;
    let sketch = checked.sketch(&project_key(unit, release.project, b"sketch"));
    let earlier = compare_with_earlier(unit, release, &sketch, making.policy().k)?;
    let tables = with_summary(checked.tables(), &facts, making.policy().k);
    let tables_hash = hash(&tables);
    let seen = (&checked, tables.as_slice());
    let report = checklist::report(unit, release, &run, &agreements, seen, &facts, &earlier)?;
    let file = NewFile::write(unit, SegmentKind::Sketch, |out| out.write_all(&sketch.to_bytes()))?;
    let cells: u64 = checked.report().columns.iter().map(|column| column.cells_suppressed).sum();
    let disclosure = checked.report();
    let count = |count: usize| u64::try_from(count).expect("addresses have at most 64 bits");
    unit.store.act(|act| {
        still_permitted(act, release, &agreements)?;
        let sql = "UPDATE release SET state = 'checked', report = ?2, tables_hash = ?3, sketch = ?4, checked_at = ?5 \
                   WHERE id = ?1 AND state = 'queued'";
        file.enter(act.sql(), act.now())?;
        let values = params![release.id, report, tables_hash, file.id, act.now()];
        if act.sql().execute(sql, values)? == 0 {
            return Err(DeskError::WrongState("not waiting"));
        }
        let event = Event::new(EventKind::ReleaseChecked, Actor::Unit)
            .object("release", release.id)
            .project(release.project)
            .under(agreements.iter().copied())
            .count(profile_count(&release.profile), 1)
            .count("tables", count(tables.len()))
            .count("columns", count(tables.iter().map(|table| table.columns.len()).sum()))
            .count("rows", count(tables.iter().map(|table| table.rows).sum()))
            .count("persons", disclosure.persons)
            .count("k", disclosure.k_achieved)
            .count("minimum_cell", minimum_cell.unwrap_or_else(|| making.policy().k.into()))
            .count("suppressed_persons", disclosure.persons_suppressed)
            .count("suppressed_cells", cells)
            .digest("tables", tables_hash)
            .digest("study", release.study_hash);
        act.record(&event)?;
        Ok::<_, DeskError>(())
    })?;
    file.keep();
    Ok(())
}

/// The tables as they leave: those of the check, and the aggregates that are made of them.
fn with_summary(checked: &[Table], facts: &Facts, k: u32) -> Vec<Table> {
    let mut tables = checked.to_vec();
    let person = checked.iter().find(|table| table.name == "person");
    tables.extend(person.map(|person| linkage::summary(person, facts, k.into())));
    tables
}

/// What was looked at minutes ago is looked at again in the transaction that enters what came of it.
fn still_permitted(
    act: &Act<'_>,
    release: &Release,
    agreements: &[AgreementId],
) -> Result<(), DeskError> {
    let run = fit_run(act.sql(), release.run)?;
    let (now, _) = permitted(act.sql(), act.now(), &run)?;
    if now != agreements {
        return Err(DeskError::RunUnfit("the agreements have changed since its tables were made"));
    }
    match release.valid_until {
        Some(until) if until <= act.now() => Err(DeskError::Expired),
        _ => Ok(()),
    }
}

/// Refuses a release that, beside an earlier one that somebody may hold, would show a few persons alone. Gives how it differs
/// from those that were taken back.
fn compare_with_earlier(
    unit: &Unit,
    release: &Release,
    sketch: &ReleaseSketch,
    k: u32,
) -> Result<Vec<(String, Difference)>, DeskError> {
    let earlier = unit.store.read(|connection| earlier(connection, release.project, release.id))?;
    let mut taken_back = Vec::new();
    for before in earlier {
        let Some(segment) = before.sketch else { continue };
        let difference = compare(&read_sketch(unit, segment)?, sketch, k);
        // What was taken out must be taken out, even where that shows whom it concerned to those who still hold the old release;
        // that somebody is new must never show.
        let is_withdrawn = before.superseded.is_some() || before.ended.is_some();
        let standing = if is_withdrawn { Standing::Retracted } else { Standing::Standing };
        let shows_new = (1..u64::from(k)).contains(&difference.added);
        if shows_new || difference.permit(standing).is_err() {
            return Err(DeskError::Differencing { k });
        }
        if is_withdrawn {
            taken_back.push((before.id.to_string(), difference));
        }
    }
    Ok(taken_back)
}

fn read_sketch(unit: &Unit, segment: SegmentId) -> Result<ReleaseSketch, DeskError> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut open_file(unit, segment, SegmentKind::Sketch)?, &mut bytes)?;
    let corrupt = StoreError::Corrupt { table: "release", column: "sketch" };
    ReleaseSketch::from_bytes(&bytes).map_err(|_| corrupt.into())
}

/// Makes an approved release's tables again and writes its bundle.
fn bundle_one(unit: &Unit, release: &Release, halting: &Halting<'_>) -> Result<(), DeskError> {
    let plan = Plan::parse(&release.study)?;
    let (run, agreements, minimum_cell) = ready(unit, release.run)?;
    let making = Making { unit, run: &run, plan: &plan, minimum_cell };
    let (checked, facts) = making.checked(halting)?;
    let tables = with_summary(checked.tables(), &facts, making.policy().k);
    if release.tables_hash != Some(hash(&tables)) {
        return Err(DeskError::Changed);
    }
    // Another may have been released since it was checked.
    let sketch = checked.sketch(&project_key(unit, release.project, b"sketch"));
    compare_with_earlier(unit, release, &sketch, making.policy().k)?;
    drop(tables);
    let of = bundle::Of { unit, release, run: &run, plan: &plan, agreements: &agreements };
    let written = bundle::write(&of, checked, &facts, halting)?;
    let (file, sha256) = (&written.file, written.sha256);
    unit.store.act(|act| {
        still_permitted(act, release, &agreements)?;
        file.enter(act.sql(), act.now())?;
        let sql = "UPDATE release SET state = 'released', bundle = ?2, bundle_sha256 = ?3, bundle_bytes = ?4, \
                   released_at = ?5 WHERE id = ?1 AND state = 'approved'";
        let values = params![release.id, file.id, sha256, written.bytes, act.now()];
        if act.sql().execute(sql, values)? == 0 {
            return Err(DeskError::WrongState("not approved"));
        }
        let event = Event::new(EventKind::ReleasePrepared, Actor::Unit)
            .because("bundled")
            .object("release", release.id)
            .project(release.project)
            .under(agreements.iter().copied())
            .sha256(sha256)
            .digest("bundle", sha256)
            .digest("manifest", written.manifest_sha256);
        close_replaced(act, release)?;
        let event = match written.notice_sha256 {
            Some(notice) => event.digest("notice", notice),
            None => event,
        };
        act.record(&event)?;
        Ok::<_, DeskError>(())
    })?;
    written.file.keep();
    Ok(())
}

/// What it takes the place of is out of date from now on.
fn close_replaced(act: &mut Act<'_>, release: &Release) -> Result<(), DeskError> {
    let Some(replaced) = release.replaces else { return Ok(()) };
    let sql = "UPDATE release SET superseded_at = ?2, superseded_because = 'replaced' \
               WHERE id = ?1 AND superseded_at IS NULL";
    if act.sql().execute(sql, params![replaced, act.now()])? > 0 {
        let event = Event::new(EventKind::ReleaseSuperseded, Actor::Unit).because("replaced");
        act.record(&event.object("release", replaced).project(release.project))?;
    }
    Ok(())
}

/// Enters that a release was refused by the check, or failed. The reasons are kept for the preparer.
fn fail(unit: &Unit, release: &Release, error: &DeskError) -> Result<(), DeskError> {
    let is_refusal = matches!(
        error,
        DeskError::Refused(_)
            | DeskError::CohortSmall { .. }
            | DeskError::Differencing { .. }
            | DeskError::NotPermitted(_)
            | DeskError::RunUnfit(_)
            | DeskError::Expired
            | DeskError::Study(_)
    );
    let code = error.code();
    if !is_refusal {
        tracing::error!(release = %release.id, code, reason = %error, "a release failed");
    }
    let reasons: Vec<_> = match error {
        DeskError::Refused(refusal) => refusal
            .reasons
            .iter()
            // Sentences of refusals have counts in them.
            .map(
                |it| serde_json::json!({"code": it.code(), "place": it.place(), "help": it.help()}),
            )
            .collect(),
        error => vec![
            serde_json::json!({"code": code, "reason": error.to_string(), "help": error.help()}),
        ],
    };
    let report = serde_json::json!({ "refusals": reasons, "code_version": VERSION }).to_string();
    let entered = unit.store.act(|act| {
        let state = if is_refusal { "refused" } else { "failed" };
        // What an approver decided on stays.
        let sql = "UPDATE release SET state = ?2, failure = ?3, checked_at = coalesce(checked_at, ?5), \
                   report = CASE WHEN state = 'queued' THEN ?4 ELSE report END \
                   WHERE id = ?1 AND state IN ('queued', 'approved')";
        if act.sql().execute(sql, params![release.id, state, code, report, act.now()])? == 0 {
            return Err(DeskError::WrongState("decided by somebody"));
        }
        let event = Event::new(EventKind::ReleaseChecked, Actor::Unit);
        let event = if is_refusal { event.denied(code) } else { event.failed(code) };
        act.record(&event.object("release", release.id).project(release.project))?;
        Ok(())
    });
    match entered {
        Err(DeskError::WrongState(_)) => Ok(()),
        other => other,
    }
}
