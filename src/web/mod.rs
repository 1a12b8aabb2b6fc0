//! Takes HTTPS requests, gives answers and problem documents, refuses whoever may not ask. The only place that knows actix.

mod accounts;
mod agreements;
mod answers;
mod audit;
mod backups;
mod clerical;
mod consents;
mod decisions;
mod destruction;
mod estimates;
mod extract;
mod gates;
mod health;
mod lookups;
mod openapi;
mod pages;
mod persons;
mod places;
mod problem;
mod receive;
mod release_bundle;
mod releases;
mod repeats;
mod reply;
mod reviews;
mod routes;
mod run_events;
mod runs;
mod sessions;
mod sign_ins;
mod signed_in;
mod submissions;
mod tls;
mod uploads;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, FormConfig, JsonConfig, PathConfig, PayloadConfig, QueryConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use utoipa::OpenApi as _;

use crate::ids::RequestId;
use crate::unit::Unit;
use gates::Gates;
pub use pages::PAGES;
use problem::Problem;
pub use repeats::expire as expire_repeats;
pub use routes::{Access, ROUTES, Route, reach};
use sign_ins::SignIns;
pub use tls::TlsError;

/// Headers of every answer: nothing is guessed, framed, kept or sent on.
const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Nothing goes to others; `no-referrer` would make browsers send forms of ours with `Origin: null`, as if from elsewhere.
    ("referrer-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("strict-transport-security", "max-age=31536000"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Swagger UI's page needs its own scripts and inline styles; nothing comes from anywhere else.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// The page of a report has its styles and pictures within itself.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";

/// Between two times that figures are gathered.
const UPKEEP: Duration = Duration::from_secs(10);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error("{address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

impl ServeError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Tls(error) => error.code(),
            Self::Listen { .. } => "listen-refused",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Tls(error) => error.help(),
            Self::Listen { .. } => "set service.listen to a free address of this machine",
        }
    }
}

/// A service that listens.
pub struct Application {
    /// Where.
    pub address: SocketAddr,
    server: Server,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Application {
    /// Listens, on the configured address; port 0 takes a free one.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn build(unit: Arc<Unit>) -> Result<Self, ServeError> {
        let service = unit.config.service.clone();
        let tls = tls::configure(&service, unit.store.directory())?;
        let listen = |source| ServeError::Listen { address: service.listen, source };
        let listener = TcpListener::bind(service.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let sign_ins = Data::new(SignIns::new(service.sign_ins_per_minute));
        let gates = Data::new(Gates::new(&unit.config));
        let recorder = Data::new(recorder());
        let unit = Data::from(unit);
        let mut server = HttpServer::new(move || {
            App::new()
                .app_data(unit.clone())
                .app_data(sign_ins.clone())
                .app_data(gates.clone())
                .app_data(recorder.clone())
                .app_data(json(unit.config.service.request_bytes_max))
                .app_data(PayloadConfig::new(unit.config.service.request_bytes_max))
                .app_data(FormConfig::default().limit(unit.config.service.request_bytes_max))
                .app_data(QueryConfig::default().error_handler(|_, request| {
                    let what = "a parameter is unknown or not of its form";
                    told(request, Problem::malformed(what))
                }))
                .app_data(
                    PathConfig::default()
                        .error_handler(|_, request| told(request, Problem::not_found())),
                )
                .wrap(from_fn(repeats::once))
                .wrap(from_fn(observe))
                .configure(routes::configure)
                .configure(pages::configure)
                .configure(documentation)
                .default_service(web::to(nothing))
        })
        .max_connections(service.connections_max)
        .client_request_timeout(Duration::from_secs(service.request_head_seconds))
        .shutdown_timeout(service.shutdown_seconds)
        .disable_signals();
        if service.workers > 0 {
            server = server.workers(service.workers);
        }
        let server = server.listen_rustls_0_23(listener, tls).map_err(listen)?.run();
        Ok(Self { address, server })
    }

    /// Stops it from elsewhere: requests that are being answered may end.
    #[must_use]
    pub fn handle(&self) -> actix_web::dev::ServerHandle {
        self.server.handle()
    }

    /// Serves until it is stopped.
    ///
    /// # Errors
    /// That of the system.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }
}

/// Serves on threads of its own until `stop` says so. `started` is told the address.
///
/// # Errors
/// [`ServeError`].
pub fn serve(
    unit: Arc<Unit>,
    stop: std::sync::mpsc::Receiver<()>,
    started: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let configured = unit.config.service.listen;
    let listen = |source| ServeError::Listen { address: configured, source };
    actix_web::rt::System::new().block_on(async move {
        let application = Application::build(Arc::clone(&unit))?;
        let handle = application.handle();
        started(application.address);
        let waiting = actix_web::rt::task::spawn_blocking(move || stop.recv());
        actix_web::rt::spawn(async move {
            let _ = waiting.await;
            // Whoever watches a run would else be waited for.
            unit.runs.stop();
            handle.stop(true).await;
        });
        application.run().await.map_err(listen)
    })
}

/// Figures of this process. A second service in one process, as in tests, counts for itself.
fn recorder() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    let upkeep = handle.clone();
    // Durations are gathered where nobody asks for them, too.
    actix_web::rt::spawn(async move {
        loop {
            actix_web::rt::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    handle
}

fn json(bytes_max: usize) -> JsonConfig {
    JsonConfig::default().limit(bytes_max).error_handler(|error, _| {
        use actix_web::error::JsonPayloadError::{Overflow, OverflowKnownLength};
        if matches!(error, Overflow { .. } | OverflowKnownLength { .. }) {
            return Problem::too_large().into();
        }
        Problem::malformed("the body is not JSON of the form this address takes").into()
    })
}

fn documentation(service: &mut web::ServiceConfig) {
    let page = utoipa_swagger_ui::SwaggerUi::new("/api/v1/docs/{_:.*}")
        .url("/api/v1/openapi.json", openapi::Description::openapi());
    service.service(page);
}

/// Programs get a problem document, people a page.
fn told(request: &HttpRequest, problem: Problem) -> actix_web::Error {
    if request.path().starts_with("/api/") {
        return problem.into();
    }
    pages::Refusal::from(problem).into()
}

/// What is asked for where there is nothing.
async fn nothing(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    Err(told(&request, Problem::not_found()))
}

/// Gives a request its id, its line in the log of the service, and its answer the headers that all have.
async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let id = RequestId::random().map(|id| id.to_string()).unwrap_or_default();
    #[allow(clippy::disallowed_methods, reason = "a duration for the log of the service")]
    let start = Instant::now();
    let method = request.method().clone();
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let is_upload = matches!(route.as_str(), "/api/v1/uploads/{upload}" | "/api/v1/submissions");
    let limit = request.app_data::<Data<Unit>>().filter(|_| !is_upload);
    let limit = limit.map(|unit| Duration::from_secs(unit.config.service.answer_seconds));
    let mut response = match limit {
        None => next.call(request).await?,
        Some(limit) => actix_web::rt::time::timeout(limit, next.call(request))
            .await
            .map_err(|_| Problem::too_slow())??,
    };
    let status = response.status().as_u16();
    let elapsed = start.elapsed();
    metrics::counter!("tallystick_requests", "status" => status.to_string()).increment(1);
    metrics::histogram!("tallystick_request_seconds").record(elapsed.as_secs_f64());
    tracing::info!(
        request = %id,
        %method,
        route,
        status,
        elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let value = match name {
            "content-security-policy" if route.starts_with("/api/v1/docs") => DOCS_POLICY,
            "content-security-policy" if route == "/api/v1/runs/{run}/report" => REPORT_POLICY,
            _ => value,
        };
        // A page says itself what it needs.
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    Ok(response)
}
