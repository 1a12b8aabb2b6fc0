//! The feed of changes of persons' ids, for operators: ids and counts only.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use tallystick_wire::Handle;
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::problem::Problem;
use super::reply::{created, json};
use crate::accounts::{Operator, Uploader};
use crate::ids::ProjectId;
use crate::persons::{self, Listed, Reason, Step};
use crate::runs::RunError;
use crate::unit::Unit;

/// Which changes are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangesWanted {
    /// Number of the first change; 0 without it.
    from: Option<u64>,
    /// Most changes of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// What happened to an id.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeShown {
    number: u64,
    run: String,
    /// returned, created, split, merged, moved or gone.
    kind: &'static str,
    person: String,
    /// Split or moved: from whom; merged: into whom.
    other: Option<String>,
    /// Records that this is about.
    records: u64,
}

/// What differs between a run and the one before.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReasonShown {
    code: String,
    source: Option<String>,
    submission: Option<String>,
}

/// The persons of a run against those of the run before.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepShown {
    run: String,
    before: Option<String>,
    persons: u64,
    kept: u64,
    returned: u64,
    created: u64,
    split: u64,
    merged: u64,
    moved: u64,
    gone: u64,
    reasons: Vec<ReasonShown>,
}

/// Some changes in the order in which they happened, and the runs that made them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Changes {
    changes: Vec<ChangeShown>,
    runs: Vec<StepShown>,
    /// What to send as `from` for the next page.
    next_from: Option<u64>,
}

impl From<Listed> for ChangeShown {
    fn from(listed: Listed) -> Self {
        Self {
            number: listed.number,
            run: listed.run.to_string(),
            kind: listed.change.kind.as_str(),
            person: listed.change.person.to_string(),
            other: listed.change.other.map(|id| id.to_string()),
            records: listed.change.records,
        }
    }
}

impl From<Step> for StepShown {
    fn from(step: Step) -> Self {
        let reason = |Reason { code, source, submission }| ReasonShown { code, source, submission };
        Self {
            run: step.run.to_string(),
            before: step.before.map(|id| id.to_string()),
            persons: step.persons,
            kept: step.kept,
            returned: step.returned,
            created: step.created,
            split: step.split,
            merged: step.merged,
            moved: step.moved,
            gone: step.gone,
            reasons: step.reasons.into_iter().map(reason).collect(),
        }
    }
}

/// Rows to be taken out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetractionWanted {
    /// Handles, 32 hex digits each, as the agency's handles file has them: of one row, or all of one person.
    handles: Vec<String>,
}

/// Rows that were taken out.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetractionMade {
    retraction: String,
    /// Rows that had not been taken out before.
    rows: u64,
}

/// Takes rows of one's own agency out: later runs do without them, and runs of before are out of date.
#[utoipa::path(post, path = "/api/v1/projects/{project}/retractions", tag = "persons",
    params(("project" = String, Path, description = "Id of the project")), responses(
    (status = 201, description = "Taken out", body = RetractionMade),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "The agency has no submission in such a project", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn retract(
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
    body: Json<RetractionWanted>,
) -> Result<HttpResponse, Problem> {
    let project = ProjectId::parse(&path).ok_or_else(Problem::not_found)?;
    let handles = body.handles.iter().map(|handle| Handle::from_hex(handle));
    let handles = handles.collect::<Option<Vec<_>>>().filter(|handles| !handles.is_empty());
    let handles = handles.ok_or_else(|| Problem::malformed("a handle has 32 hex digits"))?;
    let made = block(move || persons::retract(&unit, &by, project, &handles)).await?;
    Ok(created(&RetractionMade { retraction: made.id.to_string(), rows: made.rows }))
}

/// Which ids of persons changed, and why.
#[utoipa::path(get, path = "/api/v1/projects/{project}/persons/changes", tag = "persons",
    params(("project" = String, Path, description = "Id of the project")), responses(
    (status = 200, description = "Changes, oldest first", body = Changes),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "Not an id", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn changes(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Operator,
    path: Path<String>,
    wanted: Query<ChangesWanted>,
) -> Result<HttpResponse, Problem> {
    let project = ProjectId::parse(&path).ok_or_else(Problem::not_found)?;
    let most = unit.config.runs.changes_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let from = wanted.from.unwrap_or(0);
    let (found, steps) = block(move || {
        unit.store.read(|connection| {
            let found = persons::changes(connection, project, from, limit)?;
            let mut runs: Vec<_> = found.iter().map(|listed| listed.run).collect();
            runs.dedup();
            let steps = runs.into_iter().map(|run| persons::step(connection, run));
            let steps = steps.collect::<Result<Vec<_>, RunError>>()?;
            Ok::<_, RunError>((found, steps))
        })
    })
    .await?;
    let full = found.len() == limit as usize;
    let next_from = found.last().filter(|_| full).map(|listed| listed.number + 1);
    let changes = found.into_iter().map(Into::into).collect();
    let runs = steps.into_iter().flatten().map(Into::into).collect();
    json(&request, &Changes { changes, runs, next_from })
}
