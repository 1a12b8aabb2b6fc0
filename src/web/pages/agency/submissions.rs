//! One submission of an agency: its facts, its receipt, and taking it back.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, bytes, grouped};
use super::super::visit::{Posted, Visit};
use super::super::{page, see};
use super::history::state_words;
use super::{moment, names};
use crate::accounts::Uploader;
use crate::ids::{SubmissionId, hex};
use crate::intake::{self, Found, State};
use crate::unit::Unit;

/// A submission as its page shows it.
struct Shown {
    id: String,
    project: String,
    state: &'static str,
    badge: &'static str,
    is_withdrawn: bool,
    stands: bool,
    received_at: Moment,
    ended_at: Option<Moment>,
    superseded_by: Option<String>,
    rows_read: String,
    rows_accepted: String,
    rows_rejected: String,
    records: String,
    content_rows: String,
    size: String,
    sha256: String,
    key_check: String,
}

impl Shown {
    fn new(found: Found, project: String) -> Self {
        let Found { listed: it, .. } = found;
        let (state, badge) = state_words(it.state);
        Self {
            id: it.id.to_string(),
            project,
            state,
            badge,
            is_withdrawn: it.state == State::Withdrawn,
            stands: it.state == State::Accepted,
            received_at: moment(it.received_at),
            ended_at: it.ended_at.map(moment),
            superseded_by: found.superseded_by.map(|id| id.to_string()),
            rows_read: grouped(it.rows_read),
            rows_accepted: grouped(found.rows_accepted),
            rows_rejected: grouped(found.rows_rejected),
            records: grouped(it.records),
            content_rows: grouped(found.content_rows),
            size: bytes(it.bytes),
            sha256: hex(&it.sha256),
            key_check: found.key_check,
        }
    }
}

#[derive(Template)]
#[template(path = "agency/submission.html")]
struct SubmissionPage {
    frame: Frame,
    it: Shown,
}

#[derive(Template)]
#[template(path = "agency/withdraw.html")]
struct WithdrawPage {
    frame: Frame,
    it: Shown,
}

async fn read(unit: Data<Unit>, by: Uploader, path: &str) -> Result<Shown, Refusal> {
    let id = SubmissionId::parse(path).ok_or_else(Refusal::not_found)?;
    let shown = block(move || {
        let found = intake::find(&unit, &by, id)?;
        let project = names(&unit)?.remove(&found.listed.project).unwrap_or_default();
        Ok::<_, Problem>(Shown::new(found, project))
    });
    Ok(shown.await?)
}

/// The page of a submission.
pub(in super::super) async fn detail(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    page(&SubmissionPage { frame: Frame::of(&reader), it: read(unit, by, &path).await? })
}

/// The receipt, as a file to keep.
pub(in super::super) async fn receipt(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = SubmissionId::parse(&path).ok_or_else(Refusal::not_found)?;
    let receipt = block(move || intake::receipt_of(&unit, &visit.by, id)).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.receipt.json\"")))
        .body(format!("{}\n", receipt.line())))
}

/// What withdrawing does, before it is done.
pub(in super::super) async fn ask_withdraw(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let it = read(unit, by, &path).await?;
    if it.is_withdrawn {
        return Ok(see(&format!("/agency/submissions/{}", it.id)));
    }
    page(&WithdrawPage { frame: Frame::of(&reader), it })
}

/// Takes the submission back.
pub(in super::super) async fn withdraw(
    unit: Data<Unit>,
    posted: Posted<Uploader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = SubmissionId::parse(&path).ok_or_else(Refusal::not_found)?;
    block(move || intake::withdraw(&unit, &posted.by, id)).await?;
    Ok(see("/agency/submissions?done=withdrawn"))
}
