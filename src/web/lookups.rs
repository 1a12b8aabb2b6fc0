//! Questions to agencies about pairs of their own records.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::Uploader;
use crate::clerical::{self, Answer, Asked};
use crate::ids::LookupId;
use crate::unit::Unit;

/// A question: are these two records of one person?
#[derive(Serialize, ToSchema)]
pub(crate) struct LookupShown {
    lookup: String,
    project: String,
    /// Name of the agency's source.
    source: String,
    /// Two handles of the agency, as its handles file has them.
    handles: Vec<String>,
    asked_at: String,
    /// same, different, cannot-tell or handle-unknown; absent before it is answered.
    answer: Option<&'static str>,
    /// Whether it can be answered still.
    is_open: bool,
}

impl From<Asked> for LookupShown {
    fn from(asked: Asked) -> Self {
        Self {
            lookup: asked.id.to_string(),
            project: asked.project.to_string(),
            source: asked.source.to_string(),
            handles: asked.handles.iter().map(ToString::to_string).collect(),
            asked_at: asked.asked_at.to_string(),
            answer: asked.answer.map(Answer::as_str),
            is_open: asked.is_open && asked.answer.is_none(),
        }
    }
}

/// Questions to an agency, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct LookupList {
    lookups: Vec<LookupShown>,
}

/// What an agency found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupAnswer {
    /// same, different, cannot-tell or handle-unknown.
    answer: String,
}

/// Lists questions to one's own agency.
#[utoipa::path(get, path = "/api/v1/lookups", tag = "review", responses(
    (status = 200, description = "Questions, newest first", body = LookupList),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Uploader,
) -> Result<HttpResponse, Problem> {
    let asked = block(move || clerical::asked(&unit, &by)).await?;
    json(&request, &LookupList { lookups: asked.into_iter().map(Into::into).collect() })
}

/// Answers a question to one's own agency; once.
#[utoipa::path(put, path = "/api/v1/lookups/{lookup}/answer", tag = "review",
    params(("lookup" = String, Path, description = "Id of the question")), request_body = LookupAnswer, responses(
    (status = 204, description = "Answered"),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such question to this agency", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It was answered otherwise, or is closed", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn answer(
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
    body: Json<LookupAnswer>,
) -> Result<HttpResponse, Problem> {
    let id = LookupId::parse(&path).ok_or_else(Problem::not_found)?;
    let answer = Answer::parse(&body.answer);
    let answer = answer.ok_or_else(|| Problem::malformed("there is no such answer"))?;
    block(move || clerical::answer(&unit, &by, id, answer)).await?;
    Ok(HttpResponse::NoContent().finish())
}
