//! Releases: prepared, looked at, taken back.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::{Compliance, Preparer, ReleaseReader};
use crate::ids::{ProjectId, ReleaseId, RunId, hex};
use crate::release::desk::{self, Decision, Release, Wanted};
use crate::unit::Unit;

/// A release to be prepared, or to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseWanted {
    /// Id of a finished run.
    run: String,
    /// The study with its `[disclosure]`, TOML; see docs/study.md.
    study: String,
    /// Id of the release that it takes the place of.
    #[serde(default)]
    replaces: Option<String>,
}

impl ReleaseWanted {
    fn parse(self, unit: &Unit) -> Result<Wanted, Problem> {
        if self.study.len() > unit.config.release.study_bytes_max {
            return Err(Problem::too_large());
        }
        let replaces = self.replaces.map(|id| release_id(&id)).transpose()?;
        let run = RunId::parse(&self.run).ok_or_else(Problem::not_found)?;
        Ok(Wanted { run, study: self.study, replaces })
    }
}

/// Who did something, and when.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionShown {
    account: String,
    at: String,
}

impl From<Decision> for DecisionShown {
    fn from(decision: Decision) -> Self {
        Self { account: decision.by.to_string(), at: decision.at.to_string() }
    }
}

/// A release.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseShown {
    release: String,
    number: u64,
    project: String,
    run: String,
    /// The release that it takes the place of.
    replaces: Option<String>,
    /// safe-harbor, expert or limited.
    profile: String,
    study_hash: String,
    prepared: DecisionShown,
    /// queued, refused, failed, checked, rejected, approved, released or revoked.
    state: &'static str,
    /// Whether it can be downloaded now.
    is_open: bool,
    /// Code of what stopped it.
    failure: Option<String>,
    /// Approval or refusal.
    decided: Option<DecisionShown>,
    valid_until: Option<String>,
    bundle_sha256: Option<String>,
    bundle_bytes: Option<u64>,
    released_at: Option<String>,
    ended_at: Option<String>,
    end_reason: Option<String>,
    /// When it went out of date: a replacement is to be prepared of a new run.
    superseded_at: Option<String>,
    /// rows-retracted, submission-withdrawn, consents-changed or replaced; not for evaluators.
    superseded_because: Option<String>,
    /// What the check found, with the Five Safes, and every count; not for evaluators.
    #[schema(value_type = Option<Object>)]
    report: Option<serde_json::Value>,
    /// Accounts that may download it; not for evaluators.
    recipients: Vec<String>,
    /// Who downloaded it, oldest first; not for evaluators.
    downloads: Vec<DecisionShown>,
}

impl ReleaseShown {
    pub(super) fn of(release: Release, now: crate::clock::Timestamp) -> Self {
        Self {
            is_open: release.is_open(now),
            release: release.id.to_string(),
            number: release.number,
            project: release.project.to_string(),
            run: release.run.to_string(),
            replaces: release.replaces.map(|id| id.to_string()),
            profile: release.profile,
            study_hash: hex(&release.study_hash),
            prepared: release.prepared.into(),
            state: release.state.as_str(),
            failure: release.failure,
            decided: release.decided.map(DecisionShown::from),
            valid_until: release.valid_until.map(|at| at.to_string()),
            bundle_sha256: release.bundle.map(|bundle| hex(&bundle.sha256)),
            bundle_bytes: release.bundle.map(|bundle| bundle.bytes),
            released_at: release.bundle.map(|bundle| bundle.at.to_string()),
            ended_at: release.ended.as_ref().map(|(at, _)| at.to_string()),
            end_reason: release.ended.map(|(_, reason)| reason),
            superseded_at: release.superseded.as_ref().map(|(at, _)| at.to_string()),
            superseded_because: release.superseded.map(|(_, because)| because),
            report: None,
            recipients: Vec::new(),
            downloads: Vec::new(),
        }
    }

    /// That it is out of date, but not by whose act.
    fn for_evaluators(self) -> Self {
        Self { superseded_because: None, end_reason: None, ..self }
    }
}

pub(super) fn release_id(path: &str) -> Result<ReleaseId, Problem> {
    ReleaseId::parse(path).ok_or_else(Problem::not_found)
}

/// Whether a reader may know of a release: evaluators of those of their projects that were made.
fn may_know(by: &ReleaseReader, release: &Release) -> bool {
    let is_made = release.bundle.is_some();
    by.projects().is_none_or(|projects| is_made && projects.contains(&release.project))
}

/// Prepares a release; its tables are made and checked in their turn.
#[utoipa::path(post, path = "/api/v1/releases", tag = "releases", responses(
    (status = 201, description = "It waits", body = ReleaseShown),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, or not permitted by an agreement", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The run or the study cannot be released", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many wait", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn queue(
    unit: Data<Unit>,
    by: Preparer,
    body: Json<ReleaseWanted>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.into_inner().parse(&unit)?;
    let now = unit.store.now();
    let release = block(move || {
        let id = desk::queue(&unit, &by, &wanted)?;
        unit.store.read(|connection| desk::find(connection, id))
    })
    .await?;
    let place = format!("/api/v1/releases/{}", release.id);
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((LOCATION, place))
        .json(ReleaseShown::of(release, now)))
}

/// A step of the flow of counts.
#[derive(Serialize, ToSchema)]
pub(crate) struct FlowShown {
    /// Arm; of all without it.
    arm: Option<String>,
    label: String,
    /// Rounded down; absent where it, or what left since another step, is a small count.
    persons: Option<u64>,
}

/// A table that would be made.
#[derive(Serialize, ToSchema)]
pub(crate) struct TableShown {
    table: String,
    rows: usize,
    columns: usize,
}

/// A reason for which the check would refuse it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusalShown {
    code: &'static str,
    /// What to do about it.
    help: String,
}

/// What a study would come to.
#[derive(Serialize, ToSchema)]
pub(crate) struct DryRunShown {
    flow: Vec<FlowShown>,
    tables: Vec<TableShown>,
    notes: Vec<String>,
    /// Empty if the check would pass.
    refusals: Vec<RefusalShown>,
}

/// Tries a study: the flow of counts, the sizes of its tables, and what the check would refuse. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/releases/dry-run", tag = "releases", responses(
    (status = 200, description = "What it would come to", body = DryRunShown),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, or not permitted by an agreement", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The run or the study cannot be released", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn dry_run(
    unit: Data<Unit>,
    gates: Data<super::gates::Gates>,
    by: Preparer,
    body: Json<ReleaseWanted>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.into_inner().parse(&unit)?;
    let turn = gates.estimate().await?;
    let found = block(move || {
        let _turn = turn;
        desk::dry_run(&unit, &by, &wanted)
    })
    .await?;
    let flow = found.flow.into_iter();
    let flow = flow.map(|(it, persons)| FlowShown { arm: it.arm, label: it.label, persons });
    let tables = found.tables.into_iter();
    let tables = tables.map(|(table, rows, columns)| TableShown { table, rows, columns });
    let refusals = found.refusals.into_iter();
    let refusals = refusals.map(|(code, help)| RefusalShown { code, help });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(DryRunShown {
        flow: flow.collect(),
        tables: tables.collect(),
        notes: found.notes,
        refusals: refusals.collect(),
    }))
}

/// Which releases are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleasesWanted {
    /// Id of a project; of all without it.
    project: Option<String>,
    /// Releases with a number below this: the next page.
    below: Option<u64>,
    /// Most releases of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Some releases, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseList {
    releases: Vec<ReleaseShown>,
    /// What to send as `below` for the next page.
    next_below: Option<u64>,
}

/// Lists releases; evaluators see those of their projects that were made.
#[utoipa::path(get, path = "/api/v1/releases", tag = "releases", responses(
    (status = 200, description = "Releases, newest first", body = ReleaseList),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "Not an id", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    by: ReleaseReader,
    wanted: Query<ReleasesWanted>,
) -> Result<HttpResponse, Problem> {
    let project = wanted.project.as_ref().map(|id| ProjectId::parse(id).ok_or(()));
    let project = project.transpose().map_err(|()| Problem::not_found())?;
    let most = unit.config.release.releases_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let (below, now) = (wanted.below, unit.store.now());
    let found = block(move || {
        let reach = by.projects().map(<[_]>::to_vec);
        let list = |connection: &_| desk::list(connection, project, reach.as_deref(), below, limit);
        Ok::<_, desk::DeskError>((unit.store.read(list)?, reach.is_some()))
    })
    .await?;
    let (found, is_evaluator) = found;
    let full = found.len() == limit as usize;
    let next_below = found.last().filter(|_| full).map(|release| release.number);
    let shown = |release| {
        let shown = ReleaseShown::of(release, now);
        if is_evaluator { shown.for_evaluators() } else { shown }
    };
    let releases = found.into_iter().map(shown).collect();
    json(&request, &ReleaseList { releases, next_below })
}

/// A release as it stands, for its approver with the checklist, and with who holds it.
#[utoipa::path(get, path = "/api/v1/releases/{release}", tag = "releases",
    params(("release" = String, Path, description = "Id of the release")), responses(
    (status = 200, description = "How it stands", body = ReleaseShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    request: HttpRequest,
    unit: Data<Unit>,
    by: ReleaseReader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = release_id(&path)?;
    let now = unit.store.now();
    let (release, recipients, downloads) = block(move || {
        unit.store.read(|connection| {
            let release = desk::find(connection, id)?;
            let recipients = desk::recipients(connection, id)?;
            Ok::<_, desk::DeskError>((release, recipients, desk::downloads(connection, id)?))
        })
    })
    .await?;
    if !may_know(&by, &release) {
        return Err(Problem::not_found());
    }
    let report = release.report.as_deref().map(serde_json::from_str).transpose();
    let report = report.map_err(|_| Problem::internal("store-corrupt"))?;
    let mut shown = ReleaseShown::of(release, now);
    if by.projects().is_some() {
        shown = shown.for_evaluators();
    } else {
        shown.report = report;
        shown.recipients = recipients.iter().map(ToString::to_string).collect();
        shown.downloads = downloads.into_iter().map(DecisionShown::from).collect();
    }
    json(&request, &shown)
}

/// Takes a release back: it cannot be downloaded any more.
#[utoipa::path(delete, path = "/api/v1/releases/{release}", tag = "releases",
    params(("release" = String, Path, description = "Id of the release")), responses(
    (status = 204, description = "Taken back; the list of downloads says who holds it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Not approved", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn revoke(
    unit: Data<Unit>,
    by: Compliance,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = release_id(&path)?;
    block(move || desk::revoke(&unit, &by, id, "taken-back")).await?;
    Ok(HttpResponse::NoContent().finish())
}
