//! A provider's consents for a project, as one snapshot that takes the place of the one before.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{BytesMut, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::block;
use super::gates::Gates;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::Uploader;
use crate::agreements::AgreementError;
use crate::agreements::consents::{self, Snapshot, SnapshotError};
use crate::ids::{ProjectId, hex};
use crate::unit::Unit;

/// One client's consent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentGiven {
    /// Handle of the submission, 32 hex digits.
    handle: String,
    /// consent, research or audit.
    basis: String,
    /// Last day, YYYY-MM-DD; absent where it has no end.
    #[serde(default)]
    valid_until: Option<String>,
    /// Whether it was taken back.
    revoked: bool,
}

/// What was entered.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsentsTaken {
    /// SHA-256 of the snapshot, as the log has it.
    sha256: String,
    /// Clients, by basis, revoked and expired.
    counts: BTreeMap<&'static str, u64>,
}

/// Enters all consents of the asking provider for a project.
#[utoipa::path(put, path = "/api/v1/projects/{project}/consents", tag = "consents",
    params(("project" = String, Path, description = "Id of the project")),
    request_body(content((Vec<ConsentGiven> = "application/json"), (String = "text/csv"))), responses(
    (status = 200, description = "Entered", body = ConsentsTaken),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role or agency, or no agreement covers it", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such project", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "Neither JSON nor CSV", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A line is not of its form; nothing was kept", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn replace(
    request: HttpRequest,
    (unit, gates): (Data<Unit>, Data<Gates>),
    by: Uploader,
    path: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let project = ProjectId::parse(&path).ok_or_else(Problem::not_found)?;
    let is_csv = match request.headers().get("content-type").and_then(|it| it.to_str().ok()) {
        Some(it) if it.starts_with("text/csv") => true,
        Some(it) if it.starts_with("application/json") => false,
        _ => {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            let title = "consents are of another media type";
            let help = "send Content-Type: text/csv or application/json";
            return Err(Problem::new(status, "consents-media-type", title, help));
        }
    };
    let turn = gates.consents().await?;
    let body = read(payload, unit.config.agreements.consents_bytes_max).await?;
    let (sha256, counts) = block(move || {
        let _turn = turn;
        let snapshot =
            if is_csv { Snapshot::of_csv(&body).map_err(refused)? } else { of_json(&body)? };
        let counts = consents::replace(&unit, &by, project, &snapshot)?;
        Ok::<_, Problem>((snapshot.sha256(), counts))
    })
    .await?;
    json(&request, &ConsentsTaken { sha256: hex(&sha256), counts: counts.into_iter().collect() })
}

fn refused(error: SnapshotError) -> Problem {
    AgreementError::Snapshot(error).into()
}

fn of_json(body: &[u8]) -> Result<Snapshot, Problem> {
    let given: Vec<ConsentGiven> = serde_json::from_slice(body)
        .map_err(|_| Problem::malformed("the body is not JSON of the form this address takes"))?;
    let mut snapshot = Snapshot::default();
    for (place, it) in (1..).zip(given) {
        let (until, revoked) = (it.valid_until.as_deref(), it.revoked);
        snapshot.put(place, &it.handle, &it.basis, until, revoked).map_err(refused)?;
    }
    Ok(snapshot)
}

/// The whole body, up to a limit.
async fn read(mut payload: Payload, bytes_max: usize) -> Result<BytesMut, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed("the body ended too early"))?;
        if body.len() + chunk.len() > bytes_max {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            let help = "agreements.consents_bytes_max is the limit";
            return Err(Problem::new(status, "consents-too-large", "too many consents", help));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
