//! Backups, made by the service while it runs.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::Operator;
use crate::operate::{Asker, OperateError, begin_backup, list_backups};
use crate::unit::Unit;

impl From<OperateError> for Problem {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::NoDirectory | OperateError::Running => {
                Self::new(StatusCode::CONFLICT, error.code(), &error, error.help())
            }
            // Paths are for the log of the service.
            error => Self::of_store(error.code(), &error),
        }
    }
}

/// A backup that was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupBegun {
    /// Name of its directory in `store.backup_directory`.
    name: String,
}

/// Begins a backup into the service's own directory for them.
#[utoipa::path(post, path = "/api/v1/backups", tag = "backups", responses(
    (status = 202, description = "Begun; the list says when it is made", body = BackupBegun),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "One is being made, or there is no directory for them", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn begin(unit: Data<Unit>, by: Operator) -> Result<HttpResponse, Problem> {
    let by = Asker { actor: by.actor(), address: by.principal().address() };
    let name = block(move || begin_backup(&unit.into_inner(), by)).await?;
    Ok(HttpResponse::Accepted().json(BackupBegun { name }))
}

/// Backups that were made.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupList {
    /// Names of their directories, newest first.
    backups: Vec<String>,
    /// The one being made.
    running: Option<String>,
    /// Code of the error of the last one, if it failed.
    failed: Option<&'static str>,
}

/// Lists the backups in the service's directory for them.
#[utoipa::path(get, path = "/api/v1/backups", tag = "backups", responses(
    (status = 200, description = "Backups, newest first", body = BackupList),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "There is no directory for them", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Operator,
) -> Result<HttpResponse, Problem> {
    let found = block(move || list_backups(&unit)).await?;
    json(
        &request,
        &BackupList { backups: found.backups, running: found.running, failed: found.failed },
    )
}
