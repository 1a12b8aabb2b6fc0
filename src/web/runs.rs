//! Linkage runs: asked for, looked at and ended by operators; compliance officers read their records.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, LOCATION, VARY};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use tallystick_wire::SourceLabel;
use utoipa::{IntoParams, ToSchema};

use super::estimates::ReviewOfRun;
use super::extract::block;
use super::gates::Gates;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::{Operator, RunReader};
use crate::ids::{ProjectId, RunId, SubmissionId, hex};
use crate::link::{Policy, Rule};
use crate::runs::{self, Estimate, Run, RunError, Wanted};
use crate::unit::Unit;

/// How two sources, or the rows of one, are linked.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleShown {
    /// Name of a source.
    first: String,
    /// Name of a source; the same for the rows of one.
    second: String,
    /// `link` or `one-to-one` for two sources, `dedupe` or `unique` for one.
    rule: String,
}

/// A run to be made, or estimated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunWanted {
    /// Id of the project.
    project: String,
    /// Ids of submissions, also of superseded ones; without it all that stand.
    #[serde(default)]
    submissions: Option<Vec<String>>,
    /// Rules for pairs of sources; others are linked, and deduplicated within.
    #[serde(default)]
    rules: Vec<RuleShown>,
}

impl RunWanted {
    fn parse(self) -> Result<Wanted, Problem> {
        let ids = self.submissions.map(|ids| {
            let ids = ids.iter().map(|id| SubmissionId::parse(id));
            ids.collect::<Option<Vec<_>>>().ok_or_else(Problem::not_found)
        });
        let rules = self.rules.iter().map(|rule| {
            let label = |name: &String| SourceLabel::parse(name);
            Some((label(&rule.first)?, label(&rule.second)?, Rule::parse(&rule.rule)?))
        });
        let unknown = || Problem::malformed("a rule has no name of a source, or is none");
        let rules = rules.collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
        Ok(Wanted {
            project: ProjectId::parse(&self.project).ok_or_else(Problem::not_found)?,
            submissions: ids.transpose()?,
            policy: Policy::new(rules).map_err(RunError::from)?,
        })
    }
}

/// A submission of a run.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunSource {
    source: String,
    submission: String,
    /// Over header and directory of the file; names it in reports.
    digest: String,
    records: u64,
}

/// How far a run is.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunProgress {
    /// reading, comparing, clustering or writing.
    stage: &'static str,
    /// In the stage's own unit.
    done: u64,
    total: u64,
    /// Seconds until the run ends, roughly; absent where it is too early to say.
    left_seconds: Option<u64>,
}

/// A run.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunShown {
    run: String,
    /// Place in the queue.
    number: u64,
    project: String,
    account: String,
    /// queued, running, finished, failed or cancelled.
    state: &'static str,
    queued_at: String,
    started_at: Option<String>,
    ended_at: Option<String>,
    /// Version and commit of the program that runs it.
    code_version: Option<String>,
    /// Over the settings of linkage.
    settings_hash: Option<String>,
    /// Over schema, normalisation and encoding of the submissions.
    config_hash: String,
    sources: Vec<RunSource>,
    rules: Vec<RuleShown>,
    progress: Option<RunProgress>,
    /// Code of what stopped it.
    failure: Option<String>,
    /// Names result and report: the same for the same submissions and settings.
    digest: Option<String>,
    /// When something that it linked was taken out; RFC 3339.
    outdated_at: Option<String>,
    /// rows-retracted, submission-withdrawn or consents-changed.
    outdated_because: Option<String>,
    /// Parameters, counts, links by how they were made, estimated error.
    #[schema(value_type = Option<Object>)]
    summary: Option<serde_json::Value>,
    /// What people found who judged pairs of it: finished review sets, oldest first.
    reviews: Vec<ReviewOfRun>,
}

impl RunShown {
    pub(super) fn of(run: Run) -> Result<Self, Problem> {
        let summary = run.summary.as_deref().map(serde_json::from_str).transpose();
        let sources = run.sources.into_iter().map(|source| RunSource {
            source: source.source.to_string(),
            submission: source.submission.to_string(),
            digest: hex(&source.digest),
            records: source.records,
        });
        let rules = run.policy.rules().map(|(first, second, rule)| RuleShown {
            first: first.to_string(),
            second: second.to_string(),
            rule: rule.as_str().to_owned(),
        });
        Ok(Self {
            run: run.id.to_string(),
            number: run.number,
            project: run.project.to_string(),
            account: run.account.to_string(),
            state: run.state.as_str(),
            queued_at: run.queued_at.to_string(),
            started_at: run.started_at.map(|at| at.to_string()),
            ended_at: run.ended_at.map(|at| at.to_string()),
            code_version: run.code_version,
            settings_hash: run.settings_hash.map(|hash| hex(&hash)),
            config_hash: hex(&run.config_hash),
            sources: sources.collect(),
            rules: rules.collect(),
            progress: run.progress.map(|progress| RunProgress {
                stage: progress.stage.as_str(),
                done: progress.done,
                total: progress.total,
                left_seconds: progress.left_seconds,
            }),
            failure: run.failure,
            digest: run.digest.map(|digest| hex(&digest)),
            outdated_at: run.outdated.as_ref().map(|(at, _)| at.to_string()),
            outdated_because: run.outdated.map(|(_, code)| code),
            summary: summary.map_err(|_| Problem::internal("store-corrupt"))?,
            reviews: run.reviews.into_iter().map(Into::into).collect(),
        })
    }
}

pub(super) fn run_id(path: &str) -> Result<RunId, Problem> {
    RunId::parse(path).ok_or_else(Problem::not_found)
}

/// Asks for a run; it waits for its turn.
#[utoipa::path(post, path = "/api/v1/runs", tag = "runs", responses(
    (status = 201, description = "It waits", body = RunShown),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such project or submission", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It cannot be linked so", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many wait", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn queue(
    unit: Data<Unit>,
    by: Operator,
    body: Json<RunWanted>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.into_inner().parse()?;
    let run = block(move || {
        let id = runs::queue(&unit, &by, &wanted)?;
        unit.store.read(|connection| runs::find(connection, id))
    })
    .await?;
    let place = format!("/api/v1/runs/{}", run.id);
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((LOCATION, place))
        .json(RunShown::of(run)?))
}

/// What a pass would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct PassShown {
    pass: String,
    blocks: u64,
    /// Rows of the largest block.
    largest_block: u64,
    /// Pairs of rows that meet: exact.
    pairs_met: u64,
    /// Blocks over the limit, left out.
    blocks_over_limit: u64,
    rows_over_limit: u64,
}

/// What a run would cost.
#[derive(Serialize, ToSchema)]
pub(crate) struct EstimateShown {
    sources: Vec<String>,
    records: u64,
    passes: Vec<PassShown>,
    /// Sum over passes: a bound, since most pairs that meet in several passes are compared once.
    pairs_compared_max: u64,
    /// Expected memory at its height.
    memory_bytes: u64,
    /// Roughly, on an idle machine.
    seconds: u64,
}

impl From<Estimate> for EstimateShown {
    fn from(estimate: Estimate) -> Self {
        let passes = estimate.passes.into_iter().map(|pass| PassShown {
            pass: pass.pass.to_owned(),
            blocks: pass.counts.blocks,
            largest_block: pass.counts.largest_block,
            pairs_met: pass.counts.pairs_met,
            blocks_over_limit: pass.counts.blocks_over_limit,
            rows_over_limit: pass.counts.rows_over_limit,
        });
        Self {
            sources: estimate.sources.iter().map(ToString::to_string).collect(),
            records: estimate.records,
            passes: passes.collect(),
            pairs_compared_max: estimate.pairs_compared_max,
            memory_bytes: estimate.memory_bytes,
            seconds: estimate.seconds,
        }
    }
}

/// What a run would cost, from the sizes of its blocks; nothing is compared.
#[utoipa::path(post, path = "/api/v1/runs/estimate", tag = "runs", responses(
    (status = 200, description = "The estimate", body = EstimateShown),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such project or submission", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It cannot be linked so, or is too large", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn estimate(
    unit: Data<Unit>,
    gates: Data<Gates>,
    _: Operator,
    body: Json<RunWanted>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.into_inner().parse()?;
    let turn = gates.estimate().await?;
    let estimate = block(move || {
        let _turn = turn;
        runs::estimate(&unit, &wanted)
    })
    .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(EstimateShown::from(estimate)))
}

/// Which runs are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunsWanted {
    /// Id of a project; of all without it.
    project: Option<String>,
    /// Runs with a number below this: the next page.
    below: Option<u64>,
    /// Most runs of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Some runs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunList {
    runs: Vec<RunShown>,
    /// What to send as `below` for the next page.
    next_below: Option<u64>,
}

/// Lists runs.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", responses(
    (status = 200, description = "Runs, newest first", body = RunList),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "Not an id", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    _: RunReader,
    wanted: Query<RunsWanted>,
) -> Result<HttpResponse, Problem> {
    let project = wanted.project.as_ref().map(|id| ProjectId::parse(id).ok_or(()));
    let project = project.transpose().map_err(|()| Problem::not_found())?;
    let most = unit.config.runs.runs_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let below = wanted.below;
    let found =
        block(move || unit.store.read(|connection| runs::list(connection, project, below, limit)))
            .await?;
    let full = found.len() == limit as usize;
    let next_below = found.last().filter(|_| full).map(|run| run.number);
    let runs = found.into_iter().map(RunShown::of).collect::<Result<_, _>>()?;
    json(&request, &RunList { runs, next_below })
}

/// A run as it stands.
#[utoipa::path(get, path = "/api/v1/runs/{run}", tag = "runs",
    params(("run" = String, Path, description = "Id of the run")), responses(
    (status = 200, description = "How it stands", body = RunShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    request: HttpRequest,
    unit: Data<Unit>,
    _: RunReader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&path)?;
    let run = block(move || unit.store.read(|connection| runs::find(connection, id))).await?;
    json(&request, &RunShown::of(run)?)
}

/// Ends a run that waits or is worked on; nothing but its record stays.
#[utoipa::path(delete, path = "/api/v1/runs/{run}", tag = "runs",
    params(("run" = String, Path, description = "Id of the run")), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It has ended", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn cancel(
    unit: Data<Unit>,
    by: Operator,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&path)?;
    block(move || runs::cancel(&unit, &by, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The report of a finished run: a page where `Accept` asks for one, else JSON.
#[utoipa::path(get, path = "/api/v1/runs/{run}/report", tag = "runs",
    params(("run" = String, Path, description = "Id of the run")), responses(
    (status = 200, description = "The report", content(
        (Object = "application/json"), (String = "text/html"))),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run, or it has no result", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn report(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Operator,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&path)?;
    let accepted = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let is_page = accepted.into_iter().any(|text| text.contains("text/html"));
    let open = if is_page { runs::open_page } else { runs::open_report };
    let text = block(move || open(&unit, id)).await?;
    let kind = if is_page { "text/html; charset=utf-8" } else { "application/json" };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept"))
        .body(text))
}
