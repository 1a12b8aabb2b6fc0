//! Takes the release whose turn it is: makes and checks its tables, or writes the bundle of an approved one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::params;
use tallystick_disclosure::{ReleaseSketch, Standing, compare};
use tallystick_program::VERSION;

use super::make::{Halting, Making, hash, project_key};
use super::prepare::{profile_count, ready};
use super::record::{Release, ReleaseState, earlier, next};
use super::{DeskError, Plan, bundle, checklist};
use crate::audit::{Actor, Event, EventKind};
use crate::ids::{ReleaseId, SegmentId};
use crate::runs::{NewFile, open_file};
use crate::store::segment::SegmentKind;
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
        Err(DeskError::Store(error)) => Err(error.into()),
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
    compare_with_earlier(unit, release, &sketch, making.policy().k)?;
    let tables_hash = hash(checked.tables());
    let report = checklist::report(unit, release, &run, &agreements, &checked, &facts)?;
    let file = NewFile::write(unit, SegmentKind::Sketch, |out| out.write_all(&sketch.to_bytes()))?;
    let cells: u64 = checked.report().columns.iter().map(|column| column.cells_suppressed).sum();
    let (tables, disclosure) = (checked.tables(), checked.report());
    let count = |count: usize| u64::try_from(count).expect("addresses have at most 64 bits");
    unit.store.act(|act| {
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

/// Refuses a release that, beside an earlier one that somebody may hold, would show a few persons alone.
fn compare_with_earlier(
    unit: &Unit,
    release: &Release,
    sketch: &ReleaseSketch,
    k: u32,
) -> Result<(), DeskError> {
    let earlier = unit.store.read(|connection| earlier(connection, release.project, release.id))?;
    for before in earlier {
        let Some(segment) = before.sketch else { continue };
        let kept = read_sketch(unit, segment)?;
        // What was taken out must be taken out, even where that shows whom it concerned to those who still hold the old release.
        let is_withdrawn = before.superseded.is_some() || before.ended.is_some();
        let standing = if is_withdrawn { Standing::Retracted } else { Standing::Standing };
        if compare(&kept, sketch, k).permit(standing).is_err() {
            return Err(DeskError::Differencing { k });
        }
    }
    Ok(())
}

fn read_sketch(unit: &Unit, segment: SegmentId) -> Result<ReleaseSketch, DeskError> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut open_file(unit, segment, SegmentKind::Sketch)?, &mut bytes)?;
    let corrupt = crate::store::StoreError::Corrupt { table: "release", column: "sketch" };
    ReleaseSketch::from_bytes(&bytes).map_err(|_| corrupt.into())
}

/// Makes an approved release's tables again and writes its bundle.
fn bundle_one(unit: &Unit, release: &Release, halting: &Halting<'_>) -> Result<(), DeskError> {
    let plan = Plan::parse(&release.study)?;
    let (run, agreements, minimum_cell) = ready(unit, release.run)?;
    let making = Making { unit, run: &run, plan: &plan, minimum_cell };
    let (checked, facts) = making.checked(halting)?;
    if release.tables_hash != Some(hash(checked.tables())) {
        return Err(DeskError::Changed);
    }
    // Another may have been released since it was checked.
    let sketch = checked.sketch(&project_key(unit, release.project, b"sketch"));
    compare_with_earlier(unit, release, &sketch, making.policy().k)?;
    let of = bundle::Of { unit, release, run: &run, plan: &plan, agreements: &agreements };
    let written = bundle::write(&of, checked, &facts, halting)?;
    let (file, sha256) = (&written.file, written.sha256);
    unit.store.act(|act| {
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

/// Enters that a release was refused by the check, or failed. The reasons are kept for the preparer.
fn fail(unit: &Unit, release: &Release, error: &DeskError) -> Result<(), DeskError> {
    let is_refusal = matches!(
        error,
        DeskError::Refused(_)
            | DeskError::CohortSmall { .. }
            | DeskError::Differencing { .. }
            | DeskError::NotPermitted(_)
            | DeskError::RunUnfit(_)
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
            .map(|it| serde_json::json!({"code": it.code(), "reason": it.to_string(), "help": it.help()}))
            .collect(),
        error => vec![
            serde_json::json!({"code": code, "reason": error.to_string(), "help": error.help()}),
        ],
    };
    let report = serde_json::json!({ "refusals": reasons, "code_version": VERSION }).to_string();
    unit.store.act(|act| {
        let state = if is_refusal { "refused" } else { "failed" };
        let sql = "UPDATE release SET state = ?2, failure = ?3, report = ?4, checked_at = ?5 \
                   WHERE id = ?1 AND state IN ('queued', 'approved')";
        act.sql().execute(sql, params![release.id, state, code, report, act.now()])?;
        let event = Event::new(EventKind::ReleaseChecked, Actor::Unit);
        let event = if is_refusal { event.denied(code) } else { event.failed(code) };
        act.record(&event.object("release", release.id).project(release.project))?;
        Ok(())
    })
}
