//! Destruction of what a run linked, with a certificate.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::reply::created;
use super::runs::run_id;
use crate::accounts::Compliance;
use crate::ids::hex;
use crate::release::desk;
use crate::unit::Unit;

/// A certificate of destruction.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateShown {
    /// What is signed, JSON.
    certificate: String,
    /// Ed25519 signature over `tallystick destruction v1`, a zero byte and the certificate, hex.
    signature: String,
    /// The public key, hex.
    key: String,
}

/// Destroys the persons that a run linked, after delivery (42 CFR 2.52), and certifies it.
#[utoipa::path(post, path = "/api/v1/runs/{run}/destruction", tag = "releases",
    params(("run" = String, Path, description = "Id of the run")), responses(
    (status = 201, description = "Destroyed", body = CertificateShown),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It has no result", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn destroy(
    unit: Data<Unit>,
    by: Compliance,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = run_id(&path)?;
    let key = unit.store.key().public().to_string();
    let (certificate, signature) = block(move || desk::destroy(&unit, &by, run)).await?;
    let certificate =
        serde_json::to_string(&certificate).map_err(|_| Problem::internal("answer-unwritable"))?;
    Ok(created(&CertificateShown { certificate, signature: hex(&signature), key }))
}
