//! Whether the service is well, and its figures.

use actix_web::HttpResponse;
use actix_web::web::Data;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use crate::accounts::Operator;
use crate::audit::review;
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

/// The records can be read. Anybody may ask: nothing is said of what stands in them.
#[utoipa::path(get, path = "/api/v1/health/ready", tag = "health", security(()), responses(
    (status = 200, description = "It serves", body = Health),
    (status = 500, description = "The records cannot be read", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn ready(unit: Data<Unit>) -> Result<HttpResponse, Problem> {
    let read = |connection: &rusqlite::Connection| {
        Ok::<_, StoreError>(connection.prepare_cached("SELECT 1 FROM audit_entry")?.exists([])?)
    };
    block(move || unit.store.read(read)).await?;
    Ok(HttpResponse::Ok().json(Health { status: "ready" }))
}

/// Weeks of the log that are over for more than seven days and not signed off.
fn overdue(unit: &Unit) -> Result<usize, StoreError> {
    let now = unit.store.now();
    unit.store.read(|connection| Ok(review::open_weeks(connection, now, true)?.len()))
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
) -> Result<HttpResponse, Problem> {
    #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("tallystick_audit_failures").set(unit.store.log_failures() as f64);
    let overdue = block(move || overdue(&unit)).await?;
    #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("tallystick_reviews_overdue").set(overdue as f64);
    let rendered = recorder.render();
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(rendered))
}
