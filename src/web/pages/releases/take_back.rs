//! A release taken back by a compliance officer: what it does is said before, and who holds it after.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::counted;
use super::super::visit::{Posted, Visit};
use super::super::{page, page_again, see};
use super::release_id;
use super::show::{Wrongs, read};
use crate::accounts::{Compliance, ReleaseReader};
use crate::release::desk::{self, DeskError, ReleaseState};
use crate::unit::Unit;

#[derive(Template)]
#[template(path = "releases/take_back.html")]
struct TakeBackPage {
    frame: Frame,
    id: String,
    number: u64,
    title: String,
    /// How often it was downloaded, in words.
    downloads: String,
}

/// What taking back does.
pub(in crate::web::pages) async fn before(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = release_id(&path)?;
    let (release, downloads) = block(move || {
        unit.store.read(|connection| {
            let release = desk::find(connection, id)?;
            Ok::<_, DeskError>((release, desk::downloads(connection, id)?.len()))
        })
    })
    .await?;
    if !matches!(release.state, ReleaseState::Approved | ReleaseState::Released) {
        // There is nothing to take back, or no more.
        return Ok(see(&format!("/releases/{id}")));
    }
    let downloads = u64::try_from(downloads).expect("addresses have at most 64 bits");
    page(&TakeBackPage {
        frame: Frame::of(&visit.reader),
        id: id.to_string(),
        number: release.number,
        title: super::study::title(&release.study),
        downloads: counted(downloads, "time", "times"),
    })
}

/// Takes it back.
pub(in crate::web::pages) async fn take_back(
    unit: Data<Unit>,
    posted: Posted<Compliance>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, .. } = posted;
    let id = release_id(&path)?;
    let (worker, asked) = (unit.clone(), by.clone());
    match block(move || desk::revoke(&worker, &asked, id, "taken-back")).await {
        Ok(()) => Ok(see(&format!("/releases/{id}?done=taken-back"))),
        Err(problem) => {
            let by = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
            let wrongs = Wrongs { end: Some(problem.clone()), ..Wrongs::default() };
            page_again(&problem, &read(unit, &by, &reader, id, wrongs).await?)
        }
    }
}
