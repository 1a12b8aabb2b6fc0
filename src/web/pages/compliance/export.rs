//! A selection of the log as lines of JSON, for reading elsewhere. Only the whole log can be checked by itself.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Query};
use futures_util::stream::try_unfold;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::refusal::Refusal;
use super::super::visit::Visit;
use super::wanted::Wanted;
use crate::accounts::Compliance;
use crate::audit::{self, Event, EventKind, Filter};
use crate::store::StoreError;
use crate::unit::Unit;

/// Entries that are read at a time.
const PIECE_ENTRIES: u32 = 1_000;

/// Gives the entries that fit, newest first. That they were exported is an entry.
pub(in crate::web::pages) async fn download(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let fields = Fields::new(asked.into_inner());
    let (worker, by) = (unit.clone(), visit.by);
    let filter = block(move || {
        let wanted = worker.store.read(|connection| Wanted::read(&fields, connection))?;
        if !wanted.wrong.is_empty() {
            return Err(Problem::malformed("a field of the filter is not of its form"));
        }
        let event =
            Event::new(EventKind::AuditExported, by.actor()).from_address(by.principal().address());
        let last = worker.store.record(&event.because("selection"))?;
        let below = wanted.filter.below.unwrap_or(last.seq + 1).min(last.seq + 1);
        Ok(Filter { below: Some(below), ..wanted.filter })
    })
    .await?;
    let pieces = try_unfold(Some(filter), move |rest| piece(unit.clone(), rest));
    Ok(HttpResponse::Ok()
        .content_type("application/jsonl")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("content-disposition", "attachment; filename=\"audit-selection.jsonl\""))
        .streaming(pieces))
}

type Piece = Option<(Bytes, Option<Filter>)>;

async fn piece(unit: Data<Unit>, rest: Option<Filter>) -> Result<Piece, Problem> {
    let Some(filter) = rest else { return Ok(None) };
    block(move || {
        let read = |c: &rusqlite::Connection| {
            Ok::<_, StoreError>(audit::search(c, &filter, PIECE_ENTRIES)?)
        };
        let found = unit.store.read(read)?;
        let lines: String = found.entries.iter().map(|it| it.line() + "\n").collect();
        let rest = found.next_below.map(|below| Filter { below: Some(below), ..filter });
        Ok::<_, StoreError>(Some((Bytes::from(lines), rest)))
    })
    .await
}
