//! Uploads by the tus resumable upload protocol 1.0.0 (core, creation, checksum, termination).

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::block;
use super::gates::Gates;
use super::problem::Problem;
use super::receive::{Broken, Checksum, receive};
use super::reply::json;
use crate::accounts::Uploader;
use crate::ids::UploadId;
use crate::intake::{self, Upload, UploadState};
use crate::unit::Unit;

/// The protocol's version.
const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
pub(super) fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The protocol asks for its version in every request but OPTIONS.
fn tus(request: &HttpRequest) -> Result<(), Problem> {
    if header(request, TUS.0) == Some(TUS.1) {
        return Ok(());
    }
    let help = "send Tus-Resumable: 1.0.0";
    let title = "the request is of another version of the upload protocol";
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, "upload-version", title, help))
}

fn upload_id(path: &str) -> Result<UploadId, Problem> {
    UploadId::parse(path).ok_or_else(Problem::not_found)
}

/// What the server can do.
#[utoipa::path(options, path = "/api/v1/uploads", tag = "uploads", security(()), responses(
    (status = 204, description = "In its headers"),
))]
pub(crate) async fn options(unit: Data<Unit>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(TUS)
        .insert_header(("tus-version", "1.0.0"))
        .insert_header(("tus-extension", "creation,checksum,termination"))
        .insert_header(("tus-checksum-algorithm", "sha1,sha256"))
        .insert_header(("tus-max-size", unit.config.limits.submission_bytes_max.to_string()))
        .finish()
}

/// Begins an upload.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads",
    params(("Upload-Length" = u64, Header, description = "Bytes of the submission"),
           ("Tus-Resumable" = String, Header, description = "1.0.0")), responses(
    (status = 201, description = "Begun; Location says where it goes on"),
    (status = 400, description = "No length", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, or no agreement covers it", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "Another version of the protocol", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many uploads are open", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn begin(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Uploader,
) -> Result<HttpResponse, Problem> {
    tus(&request)?;
    let length = header(&request, "upload-length").and_then(|text| text.parse().ok());
    let length: u64 = length.ok_or_else(|| Problem::malformed("Upload-Length is missing"))?;
    let upload = block(move || intake::begin(&unit, &by, length)).await?;
    Ok(HttpResponse::Created()
        .insert_header(TUS)
        .insert_header((LOCATION, format!("/api/v1/uploads/{}", upload.id)))
        .finish())
}

/// How far an upload is.
#[utoipa::path(head, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path, description = "Id of the upload"),
           ("Tus-Resumable" = String, Header, description = "1.0.0")), responses(
    (status = 200, description = "Upload-Offset and Upload-Length"),
    (status = 401, description = "Nobody is signed in"),
    (status = 403, description = "Not for this role"),
    (status = 404, description = "No such upload"),
    (status = 410, description = "It was refused or given up"),
    (status = 412, description = "Another version of the protocol"),
))]
pub(crate) async fn offset(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    tus(&request)?;
    let id = upload_id(&path)?;
    let upload = block(move || Upload::find(&unit, &by, id)).await?;
    let gone = matches!(upload.state, UploadState::Refused | UploadState::Ended);
    let status = if gone { StatusCode::GONE } else { StatusCode::OK };
    Ok(HttpResponse::build(status)
        .insert_header(TUS)
        .insert_header(("upload-offset", upload.received.to_string()))
        .insert_header(("upload-length", upload.length.to_string()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish())
}

/// Takes a piece of an upload. A connection that breaks keeps what came before.
#[utoipa::path(patch, path = "/api/v1/uploads/{upload}", tag = "uploads",
    request_body(content = String, content_type = "application/offset+octet-stream"),
    params(("upload" = String, Path, description = "Id of the upload"),
           ("Upload-Offset" = u64, Header, description = "Where the piece begins"),
           ("Tus-Resumable" = String, Header, description = "1.0.0")), responses(
    (status = 204, description = "Taken; Upload-Offset says how far it is"),
    (status = 400, description = "Not of the protocol's form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such upload", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Another offset, or it is closed", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "Another version of the protocol", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "More bytes than announced", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "Another media type", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Not a submission; it is erased", body = Problem, content_type = "application/problem+json"),
    (status = 423, description = "Another request writes to it", body = Problem, content_type = "application/problem+json"),
    (status = 460, description = "The checksum does not fit; nothing was taken", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn patch(
    request: HttpRequest,
    (unit, gates): (Data<Unit>, Data<Gates>),
    by: Uploader,
    path: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    tus(&request)?;
    if header(&request, "content-type") != Some("application/offset+octet-stream") {
        let help = "send Content-Type: application/offset+octet-stream";
        let title = "the piece is of another media type";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "upload-media-type", title, help));
    }
    let offset = header(&request, "upload-offset").and_then(|text| text.parse().ok());
    let offset: u64 = offset.ok_or_else(|| Problem::malformed("Upload-Offset is missing"))?;
    let id = upload_id(&path)?;
    let checksum = Checksum::of(&request)?;
    let upload = receive(&unit, by, (id, offset), payload, checksum, Broken::Kept).await?;
    if upload.state == UploadState::Complete {
        take_later(&unit, gates, id);
    }
    Ok(HttpResponse::NoContent()
        .insert_header(TUS)
        .insert_header(("upload-offset", upload.received.to_string()))
        .finish())
}

/// Takes a complete upload in without keeping its client waiting.
fn take_later(unit: &Data<Unit>, gates: Data<Gates>, id: UploadId) {
    let unit = unit.clone();
    actix_web::rt::spawn(async move {
        let Ok(turn) = gates.take().await else { return };
        let taken = block(move || {
            let _turn = turn;
            intake::take(&unit, id).inspect_err(|error| {
                tracing::error!(upload = %id, code = error.code(), reason = %error, "intake failed");
            })
        });
        // What is not taken in now is when the unit looks again for what is complete.
        let _ = taken.await;
    });
}

/// An upload as it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct UploadShown {
    upload: String,
    /// receiving, complete, accepted, refused or ended.
    state: &'static str,
    length: u64,
    received: u64,
    /// Of an accepted one.
    submission: Option<String>,
    /// Code of a refusal.
    reason: Option<String>,
}

/// What became of an upload.
#[utoipa::path(get, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path, description = "Id of the upload")), responses(
    (status = 200, description = "How it stands", body = UploadShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such upload", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = upload_id(&path)?;
    let upload = block(move || Upload::find(&unit, &by, id)).await?;
    json(
        &request,
        &UploadShown {
            upload: upload.id.to_string(),
            state: upload.state.as_str(),
            length: upload.length,
            received: upload.received,
            submission: upload.submission.map(|id| id.to_string()),
            reason: upload.reason,
        },
    )
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path, description = "Id of the upload"),
           ("Tus-Resumable" = String, Header, description = "1.0.0")), responses(
    (status = 204, description = "Erased"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such upload", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is complete or has ended", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "Another version of the protocol", body = Problem, content_type = "application/problem+json"),
    (status = 423, description = "Another request writes to it", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn end(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Uploader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    tus(&request)?;
    let id = upload_id(&path)?;
    block(move || intake::end(&unit, &by, id)).await?;
    Ok(HttpResponse::NoContent().insert_header(TUS).finish())
}
