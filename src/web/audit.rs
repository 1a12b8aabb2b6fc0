//! The log, for compliance officers.

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::try_unfold;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::Compliance;
use crate::audit::{self, Column, Event, EventKind, Export, Filter, Outcome};
use crate::clock::Timestamp;
use crate::ids::hex;
use crate::store::StoreError;
use crate::unit::Unit;

/// Which entries are wanted; every one that is given must fit.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntriesWanted {
    /// Not before, RFC 3339.
    from: Option<String>,
    /// Before, RFC 3339.
    until: Option<String>,
    kind: Option<String>,
    outcome: Option<String>,
    actor: Option<String>,
    role: Option<String>,
    agency: Option<String>,
    session: Option<String>,
    source_address: Option<String>,
    object_kind: Option<String>,
    object: Option<String>,
    object_sha256: Option<String>,
    purpose: Option<String>,
    project: Option<String>,
    reason: Option<String>,
    /// Entries below this number: the next page.
    below: Option<u64>,
    /// Most entries of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Some entries, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entries {
    /// Entries as they are hashed, with their hash.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<serde_json::Value>,
    /// What to send as `below` for the next page.
    next_below: Option<u64>,
}

fn filter(wanted: &EntriesWanted) -> Result<Filter, Problem> {
    let time = |text: &Option<String>| {
        let parsed = text.as_ref().map(|text| Timestamp::parse(text).ok_or(()));
        parsed.transpose().map_err(|()| Problem::malformed("a time is not of RFC 3339"))
    };
    let kind = wanted.kind.as_ref().map(|text| EventKind::parse(text).ok_or(())).transpose();
    let outcome = wanted.outcome.as_ref().map(|text| Outcome::parse(text).ok_or(())).transpose();
    let equal = [
        (Column::Actor, &wanted.actor),
        (Column::Role, &wanted.role),
        (Column::Agency, &wanted.agency),
        (Column::Session, &wanted.session),
        (Column::SourceAddress, &wanted.source_address),
        (Column::ObjectKind, &wanted.object_kind),
        (Column::Object, &wanted.object),
        (Column::ObjectSha256, &wanted.object_sha256),
        (Column::Purpose, &wanted.purpose),
        (Column::Project, &wanted.project),
        (Column::Reason, &wanted.reason),
    ];
    Ok(Filter {
        from: time(&wanted.from)?,
        until: time(&wanted.until)?,
        kind: kind.map_err(|()| Problem::malformed("there is no such kind"))?,
        outcome: outcome.map_err(|()| Problem::malformed("there is no such outcome"))?,
        equal: equal
            .into_iter()
            .filter_map(|(column, text)| Some((column, text.clone()?)))
            .collect(),
        // No entry has a number that SQLite could not hold.
        below: wanted.below.map(|below| below.min(i64::MAX as u64)),
    })
}

/// Finds entries by any field. The look itself is logged.
#[utoipa::path(get, path = "/api/v1/audit/entries", tag = "audit", responses(
    (status = 200, description = "Entries, newest first", body = Entries),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn entries(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Compliance,
    wanted: Query<EntriesWanted>,
) -> Result<HttpResponse, Problem> {
    let filter = filter(&wanted)?;
    let most = unit.config.audit.entries_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let page = block(move || {
        let page = unit.store.read(|c| Ok::<_, StoreError>(audit::query(c, &filter, limit)?))?;
        let event = Event::new(EventKind::AuditRead, by.actor())
            .count("entries", page.entries.len() as u64)
            .from_address(by.principal().address());
        unit.store.record(&event)?;
        Ok::<_, StoreError>(page)
    })
    .await?;
    let entries = page.entries.iter().map(|entry| serde_json::from_str(&entry.line()));
    let entries = entries.collect::<Result<_, _>>();
    let entries = entries.map_err(|_| Problem::internal("store-corrupt"))?;
    json(&request, &Entries { entries, next_below: page.next_below })
}

/// The signed head of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditHead {
    /// Number of the last entry.
    seq: u64,
    /// `NUMBER:HASH`, to be kept elsewhere and given to `tallystick audit verify --anchor`.
    anchor: String,
    /// What is signed.
    checkpoint: String,
    /// Ed25519 signature of it, hex.
    signature: String,
    /// The public key, hex.
    key: String,
}

/// Signs the head of the log and gives it, for keeping elsewhere.
#[utoipa::path(get, path = "/api/v1/audit/head", tag = "audit", responses(
    (status = 200, description = "The head", body = AuditHead),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn head(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Compliance,
) -> Result<HttpResponse, Problem> {
    let key = unit.store.key().public().to_string();
    let (checkpoint, head) = block(move || {
        let checkpoint = unit.store.checkpoint()?;
        let head = unit.store.read(|c| Ok::<_, StoreError>(audit::head(c)?))?;
        Ok::<_, StoreError>((checkpoint, head))
    })
    .await?;
    let (checkpoint, head) = checkpoint.zip(head).ok_or_else(Problem::not_found)?;
    json(
        &request,
        &AuditHead {
            seq: checkpoint.seq,
            anchor: format!("{}:{}", head.seq, hex(&head.hash)),
            checkpoint: checkpoint.body,
            signature: hex(&checkpoint.signature),
            key,
        },
    )
}

/// The log from an entry on, as lines of JSON that `tallystick audit verify` checks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportWanted {
    /// Number of the first entry; 1 without it.
    #[param(minimum = 1)]
    from: Option<u64>,
}

/// Exports the log. That it was exported is its last entry.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", responses(
    (status = 200, description = "Lines of JSON", content_type = "application/jsonl", body = String),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn export(
    unit: Data<Unit>,
    by: Compliance,
    wanted: Query<ExportWanted>,
) -> Result<HttpResponse, Problem> {
    let from = wanted.from.unwrap_or(1).max(1);
    let recorder = unit.clone();
    let last = block(move || {
        let event = Event::new(EventKind::AuditExported, by.actor())
            .count("from", from)
            .from_address(by.principal().address());
        recorder.store.record(&event)
    })
    .await?;
    let export = Export::new(from, last.seq);
    let pieces = try_unfold(export, move |export| piece(unit.clone(), export));
    Ok(HttpResponse::Ok()
        .content_type("application/jsonl")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("content-disposition", "attachment; filename=\"audit.jsonl\""))
        .streaming(pieces))
}

/// The next lines of an export. Between two pieces nothing is held, however slowly they are fetched.
async fn piece(unit: Data<Unit>, mut export: Export) -> Result<Option<(Bytes, Export)>, Problem> {
    block(move || {
        let (now, key) = (unit.store.now(), unit.store.key());
        let mut lines = Vec::new();
        let some = unit.store.read(|connection| {
            export.write_some(connection, now, key, &mut lines).map_err(|error| match error {
                audit::ExportError::Log(error) => StoreError::from(error),
                audit::ExportError::Io(source) => {
                    StoreError::Io { path: unit.store.directory().to_owned(), source }
                }
            })
        })?;
        Ok::<_, StoreError>(some.then(|| (Bytes::from(lines), export)))
    })
    .await
}
