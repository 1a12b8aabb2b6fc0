//! A provider's consents for a project: one list that takes the place of the one before.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::Standing;
use crate::accounts::Uploader;
use crate::agreements::AgreementError;
use crate::agreements::consents::{self, Snapshot};
use crate::ids::ProjectId;
use crate::unit::Unit;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] =
    &[("entered", "The consents were entered. They take the place of those of before.")];

#[derive(Template)]
#[template(path = "agency/consents.html")]
struct ConsentsPage {
    frame: Frame,
    is_provider: bool,
    projects: Vec<(String, String)>,
    /// What was filled in before.
    project: String,
    list: String,
    problem: Option<Problem>,
}

impl ConsentsPage {
    async fn read(unit: Data<Unit>, by: &Uploader, reader: &Reader) -> Result<Self, Problem> {
        let agency = by.agency();
        let Standing { agency, projects } = block(move || Standing::read(&unit, agency)).await?;
        let projects = projects.into_iter().filter(|it| it.is_open).map(|it| (it.id, it.name));
        Ok(Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            is_provider: agency.source_type == "provider",
            projects: projects.collect(),
            project: String::new(),
            list: String::new(),
            problem: None,
        })
    }
}

/// The page.
pub(in super::super) async fn show(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
) -> Result<HttpResponse, Refusal> {
    page(&ConsentsPage::read(unit, &visit.by, &visit.reader).await?)
}

/// Enters a list.
pub(in super::super) async fn enter(
    unit: Data<Unit>,
    posted: Posted<Uploader>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let (project, list) = (fields.text("project").to_owned(), fields.raw("list").to_owned());
    let (worker, who) = (unit.clone(), by.clone());
    let (wanted, text) = (ProjectId::parse(&project), list.clone());
    let entered = block(move || {
        let project = wanted.ok_or_else(Problem::not_found)?;
        let snapshot = Snapshot::of_csv(text.as_bytes()).map_err(AgreementError::Snapshot)?;
        consents::replace(&worker, &who, project, &snapshot).map_err(Problem::from)
    });
    match entered.await {
        Ok(_) => Ok(see("/agency/consents?done=entered")),
        Err(problem) => {
            let again = ConsentsPage::read(unit, &by, &reader).await?;
            let shown = ConsentsPage { project, list, problem: Some(problem.clone()), ..again };
            page_again(&problem, &shown)
        }
    }
}
