//! Whether the service is well, and its figures.

use actix_web::HttpResponse;
use actix_web::web::Data;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use crate::accounts::Operator;
use crate::store::StoreError;
use crate::unit::Unit;

/// A service that is well.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/api/v1/health/live", tag = "health", security(()), responses(
    (status = 200, description = "It answers", body = Health),
))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "live" })
}

/// The records can be read.
#[utoipa::path(get, path = "/api/v1/health/ready", tag = "health", security(()), responses(
    (status = 200, description = "It serves", body = Health),
    (status = 500, description = "The records cannot be read", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn ready(unit: Data<Unit>) -> Result<HttpResponse, Problem> {
    block(move || {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM audit_entry LIMIT 1)";
        let look = |c: &rusqlite::Connection| c.query_row(sql, [], |row| row.get::<_, u64>(0));
        unit.store.read(|c| Ok::<_, StoreError>(look(c)?))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Health { status: "ready" }))
}

/// Counters and durations, as Prometheus reads them.
#[utoipa::path(get, path = "/api/v1/metrics", tag = "health", responses(
    (status = 200, description = "Figures", content_type = "text/plain", body = String),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn metrics(
    unit: Data<Unit>,
    recorder: Data<PrometheusHandle>,
    _: Operator,
) -> HttpResponse {
    #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("tallystick_audit_failures").set(unit.store.log_failures() as f64);
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(recorder.render())
}
