//! Answers to the questions of an audit, for compliance officers.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::gates::Gates;
use super::problem::Problem;
use super::reply::json;
use super::routes::reach;
use crate::accounts::{self, AccountError, Compliance};
use crate::audit::answers::{self, AccountStanding, Answer, Log, Material};
use crate::audit::{Event, EventKind};
use crate::ids::ProjectId;
use crate::store::StoreError;
use crate::unit::Unit;

/// Which project is asked about.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerWanted {
    /// Id of the project.
    project: Option<String>,
}

/// An answer, from the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerShown {
    code: &'static str,
    question: &'static str,
    /// answered, attention, not applicable or not recorded.
    status: &'static str,
    summary: String,
    evidence: Vec<String>,
}

/// Answers a question of an audit. The look itself is logged.
#[utoipa::path(get, path = "/api/v1/audit/answers/{question}", tag = "audit",
    params(("question" = String, Path, description = "A1 to A26")), responses(
    (status = 200, description = "The answer", body = AnswerShown),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "No project", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such question", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn answer(
    request: HttpRequest,
    unit: Data<Unit>,
    gates: Data<Gates>,
    by: Compliance,
    (path, wanted): (Path<String>, Query<AnswerWanted>),
) -> Result<HttpResponse, Problem> {
    let project = wanted.project.as_deref().and_then(ProjectId::parse);
    let project = project.ok_or_else(|| Problem::malformed("the project is missing or no id"))?;
    let question = path.into_inner();
    let turn = gates.audit().await?;
    let found = block(move || {
        let _turn = turn;
        let found = find(&unit, project, &question)?.ok_or_else(Problem::not_found)?;
        let event = Event::new(EventKind::AuditRead, by.actor())
            .object("question", found.code)
            .project(project)
            .from_address(by.principal().address());
        unit.store.record(&event)?;
        Ok::<_, Problem>(found)
    })
    .await?;
    let Answer { code, question, status, summary, evidence } = found;
    json(&request, &AnswerShown { code, question, status: status.as_str(), summary, evidence })
}

fn find(unit: &Unit, project: ProjectId, question: &str) -> Result<Option<Answer>, Problem> {
    with_material(unit, project, |material| answers::answer(question, material))
}

/// All questions on a project, answered with one reading of the log; and the last entry that was read.
pub(super) fn answer_all(unit: &Unit, project: ProjectId) -> Result<(Vec<Answer>, u64), Problem> {
    with_material(unit, project, |material| {
        let found = answers::codes().filter_map(|code| answers::answer(code, material));
        (found.collect(), material.log.entries.last().map_or(0, |entry| entry.seq))
    })
}

fn with_material<T>(
    unit: &Unit,
    project: ProjectId,
    ask: impl FnOnce(&Material<'_>) -> T,
) -> Result<T, Problem> {
    let key = unit.store.key().public();
    let (log, accounts) = unit.store.read(|connection| {
        let log = Log::of_records(connection, key).map_err(StoreError::from)?;
        Ok::<_, AccountError>((log, accounts::list(connection)?))
    })?;
    let log = log.map_err(|error| {
        let status = actix_web::http::StatusCode::UNPROCESSABLE_ENTITY;
        Problem::new(status, error.code(), error, error.help())
    })?;
    let accounts: Vec<_> = accounts.iter().map(AccountStanding::from).collect();
    let (project, reach) = (project.to_string(), reach());
    Ok(ask(&Material { log: &log, project: &project, reach: &reach, accounts: Some(&accounts) }))
}
