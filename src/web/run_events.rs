//! A run as it changes, as server-sent events (WHATWG HTML, section 9.2).

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::rt::time::{Instant, timeout};
use actix_web::web::{Bytes, Data, Path};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::extract::block;
use super::gates::Gates;
use super::problem::Problem;
use super::runs::{RunShown, run_id};
use crate::accounts::Operator;
use crate::ids::RunId;
use crate::runs::{self, Run};
use crate::unit::Unit;

/// Milliseconds after which a client asks again when the stream was cut.
const RETRY_MS: u32 = 2_000;

/// A client that watches a run.
struct Watcher {
    unit: Data<Unit>,
    run: RunId,
    changes: watch::Receiver<u64>,
    /// What was sent last.
    sent: String,
    ends_at: Instant,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    /// The next bytes, once there are some; `None` when the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        let heartbeat = Duration::from_secs(self.unit.config.runs.heartbeat_seconds);
        // Ends at the latest when the stream does.
        while !self.is_over && !self.unit.runs.is_stopping() && !is_past(self.ends_at) {
            self.changes.borrow_and_update();
            let (unit, id) = (self.unit.clone(), self.run);
            let found = block(move || unit.store.read(|connection| runs::find(connection, id)));
            let run = found.await.ok()?;
            self.is_over = run.state.has_ended();
            let text = text(run)?;
            if text != self.sent {
                self.sent.clone_from(&text);
                return Some(Bytes::from(text));
            }
            match timeout(heartbeat, self.changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(Bytes::from_static(b":\n\n")),
            }
        }
        None
    }
}

#[allow(clippy::disallowed_methods, reason = "how long a connection is held is real time")]
fn now() -> Instant {
    Instant::now()
}

fn is_past(at: Instant) -> bool {
    now() >= at
}

/// JSON has no line breaks of its own.
fn text(run: Run) -> Option<String> {
    let shown = RunShown::of(run).ok()?;
    let json = serde_json::to_string(&shown).ok()?;
    Some(format!("retry: {RETRY_MS}\nevent: run\ndata: {json}\n\n"))
}

fn stream(watcher: Watcher) -> impl Stream<Item = Result<Bytes, Problem>> {
    unfold(watcher, |mut watcher| async move {
        let bytes = watcher.next().await?;
        Some((Ok(bytes), watcher))
    })
}

/// The run as it is, and again whenever it changes, until it has ended. A stream is cut now and then; clients ask again.
#[utoipa::path(get, path = "/api/v1/runs/{run}/events", tag = "runs",
    params(("run" = String, Path, description = "Id of the run")), responses(
    (status = 200, description = "Events named `run`, each with the run as JSON", body = String, content_type = "text/event-stream"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many watch", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn watch(
    unit: Data<Unit>,
    gates: Data<Gates>,
    _: Operator,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = run_id(&path)?;
    let place = gates.watcher()?;
    let records = unit.clone();
    block(move || records.store.read(|connection| runs::find(connection, run))).await?;
    let watcher = Watcher {
        changes: unit.runs.watch(),
        run,
        sent: String::new(),
        ends_at: now() + Duration::from_secs(unit.config.runs.watch_seconds),
        is_over: false,
        unit,
        _place: place,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream(watcher)))
}
