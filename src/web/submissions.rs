//! Submissions of the asking agency: taken in one request, listed, withdrawn.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::gates::Gates;
use super::problem::Problem;
use super::receive::{Broken, receive};
use super::reply::json;
use super::uploads::header;
use crate::accounts::Uploader;
use crate::clock::Timestamp;
use crate::ids::{SubmissionId, hex};
use crate::intake::{self, Outcome, UploadState};
use crate::unit::Unit;

/// Takes a whole submission in one request, gives its receipt.
#[utoipa::path(put, path = "/api/v1/submissions", tag = "submissions",
    request_body(content = String, content_type = "application/octet-stream"), responses(
    (status = 201, description = "The receipt", content_type = "application/json", body = Object),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, or no agreement covers it", body = Problem, content_type = "application/problem+json"),
    (status = 411, description = "No Content-Length", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Not a submission of this agency; it is erased", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many uploads are open", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn put(
    request: HttpRequest,
    (unit, gates): (Data<Unit>, Data<Gates>),
    by: Uploader,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let length = header(&request, "content-length").and_then(|text| text.parse().ok());
    let length: u64 = length.ok_or_else(|| {
        let title = "the length of the submission is not announced";
        let status = StatusCode::LENGTH_REQUIRED;
        Problem::new(status, "upload-length-missing", title, "send Content-Length")
    })?;
    let (worker, holder) = (unit.clone(), by.clone());
    let id = block(move || intake::begin(&worker, &holder, length)).await?.id;
    let received = receive(&unit, by.clone(), (id, 0), payload, None, Broken::Ended).await;
    if received?.state != UploadState::Complete {
        let (worker, holder) = (unit.clone(), by.clone());
        let _ = block(move || intake::end(&worker, &holder, id)).await;
        return Err(Problem::malformed("the body ended before its announced length"));
    }
    let turn = gates.take().await?;
    let receipt = block(move || {
        let _turn = turn;
        match intake::take(&unit, id)? {
            Outcome::Accepted(submission) => Ok(intake::receipt_of(&unit, &by, submission)?),
            Outcome::Refused(code) => Err(Problem::refused(&code)),
        }
    })
    .await?;
    Ok(HttpResponse::Created()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(receipt.line()))
}

/// Which submissions are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmissionsWanted {
    /// Received before, RFC 3339: the next page.
    before: Option<String>,
    /// Most submissions of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// A submission of one's own agency.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubmissionShown {
    submission: String,
    project: String,
    /// accepted, superseded or withdrawn.
    state: &'static str,
    sha256: String,
    bytes: u64,
    rows_read: u64,
    records: u64,
    received_at: String,
    ended_at: Option<String>,
}

/// Some submissions, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubmissionList {
    submissions: Vec<SubmissionShown>,
    /// What to send as `before` for the next page.
    next_before: Option<String>,
}

/// Lists the agency's own submissions.
#[utoipa::path(get, path = "/api/v1/submissions", tag = "submissions", responses(
    (status = 200, description = "Submissions, newest first", body = SubmissionList),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Uploader,
    wanted: Query<SubmissionsWanted>,
) -> Result<HttpResponse, Problem> {
    let most = unit.config.intake.submissions_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let before = wanted.before.as_ref().map(|text| Timestamp::parse(text).ok_or(())).transpose();
    let before = before.map_err(|()| Problem::malformed("a time is not of RFC 3339"))?;
    let found = block(move || intake::list(&unit, &by, before, limit)).await?;
    let full = found.len() == limit as usize;
    let next_before =
        found.last().filter(|_| full).map(|submission| submission.received_at.to_string());
    let submissions = found.into_iter().map(|it| SubmissionShown {
        submission: it.id.to_string(),
        project: it.project.to_string(),
        state: it.state.as_str(),
        sha256: hex(&it.sha256),
        bytes: it.bytes,
        rows_read: it.rows_read,
        records: it.records,
        received_at: it.received_at.to_string(),
        ended_at: it.ended_at.map(|at| at.to_string()),
    });
    json(&request, &SubmissionList { submissions: submissions.collect(), next_before })
}

fn submission_id(path: &str) -> Result<SubmissionId, Problem> {
    SubmissionId::parse(path).ok_or_else(Problem::not_found)
}

/// The receipt of a submission, as it was given first.
#[utoipa::path(get, path = "/api/v1/submissions/{submission}/receipt", tag = "submissions",
    params(("submission" = String, Path, description = "Id of the submission")), responses(
    (status = 200, description = "The receipt", content_type = "application/json", body = Object),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such submission", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn receipt(
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = submission_id(&path)?;
    let receipt = block(move || intake::receipt_of(&unit, &by, id)).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(receipt.line()))
}

/// Takes a submission back; it is erased at once.
#[utoipa::path(delete, path = "/api/v1/submissions/{submission}", tag = "submissions",
    params(("submission" = String, Path, description = "Id of the submission")), responses(
    (status = 204, description = "Withdrawn and erased"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No standing submission", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn withdraw(
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = submission_id(&path)?;
    block(move || intake::withdraw(&unit, &by, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
