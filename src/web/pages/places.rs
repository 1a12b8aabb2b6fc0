//! Agencies and projects, kept by administrators.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use tallystick_wire::SourceType;

use super::super::extract::block;
use super::super::problem::Problem;
use super::frame::Frame;
use super::refusal::Refusal;
use super::terms::kind_word;
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::{self, Administrator, Project};
use crate::unit::Unit;

/// What can have been done on these pages.
const NOTICES: &[(&str, &str)] =
    &[("recorded", "The agency was entered."), ("project", "The project was entered.")];

#[derive(Template)]
#[template(path = "admin/agencies.html")]
struct AgenciesPage {
    frame: Frame,
    agencies: Vec<AgencyRow>,
    kinds: Vec<(&'static str, &'static str)>,
    /// What was typed before.
    name: String,
    name_wrong: String,
    kind: String,
    problem: Option<Problem>,
}

struct AgencyRow {
    id: String,
    name: String,
    kind: &'static str,
    uploaders: u64,
}

impl AgenciesPage {
    async fn read(unit: Data<Unit>, reader: &Reader) -> Result<Self, Problem> {
        let agencies = block(move || unit.store.read(accounts::list_agencies)).await?;
        let kinds = SourceType::ALL.map(|kind| (kind.as_str(), kind_word(kind.as_str())));
        let row = |agency: accounts::Agency| AgencyRow {
            id: agency.id.to_string(),
            kind: kind_word(&agency.source_type),
            name: agency.name,
            uploaders: agency.uploaders,
        };
        Ok(Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            agencies: agencies.into_iter().map(row).collect(),
            kinds: kinds.into(),
            name: String::new(),
            name_wrong: String::new(),
            kind: String::new(),
            problem: None,
        })
    }
}

/// The page.
pub(super) async fn agencies(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
) -> Result<HttpResponse, Refusal> {
    page(&AgenciesPage::read(unit, &visit.reader).await?)
}

/// Enters an agency.
pub(super) async fn record_agency(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let (name, kind) = (fields.text("name").to_owned(), fields.text("kind").to_owned());
    let (worker, wanted) = (unit.clone(), (name.clone(), kind.clone()));
    let made =
        block(move || accounts::record_agency(&worker.store, Some(&by), &wanted.0, &wanted.1));
    let Err(problem) = made.await else { return Ok(see("/admin/agencies?done=recorded")) };
    let again = AgenciesPage { name, kind, ..AgenciesPage::read(unit, &reader).await? };
    let again = match problem.code() {
        "name-invalid" => {
            let wrong = "1 to 16 of a-z, 0-9 and hyphens.".to_owned();
            AgenciesPage { name_wrong: wrong, ..again }
        }
        "name-taken" => {
            AgenciesPage { name_wrong: "There is an agency of this name.".to_owned(), ..again }
        }
        _ => AgenciesPage { problem: Some(problem.clone()), ..again },
    };
    page_again(&problem, &again)
}

#[derive(Template)]
#[template(path = "admin/projects.html")]
struct ProjectsPage {
    frame: Frame,
    projects: Vec<Project>,
    /// What was typed before.
    name: String,
    number: String,
    name_wrong: String,
    number_wrong: String,
    problem: Option<Problem>,
}

impl ProjectsPage {
    async fn read(unit: Data<Unit>, reader: &Reader) -> Result<Self, Problem> {
        Ok(Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            projects: block(move || unit.store.read(accounts::list_projects)).await?,
            name: String::new(),
            number: String::new(),
            name_wrong: String::new(),
            number_wrong: String::new(),
            problem: None,
        })
    }
}

/// The page.
pub(super) async fn projects(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
) -> Result<HttpResponse, Refusal> {
    page(&ProjectsPage::read(unit, &visit.reader).await?)
}

/// Enters a project.
pub(super) async fn record_project(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let (name, number) = (fields.text("name").to_owned(), fields.text("number").to_owned());
    let (worker, wanted) = (unit.clone(), (name.clone(), number.clone()));
    let made =
        block(move || accounts::record_project(&worker.store, Some(&by), &wanted.0, &wanted.1));
    let Err(problem) = made.await else { return Ok(see("/admin/projects?done=project")) };
    let again = ProjectsPage { name, number, ..ProjectsPage::read(unit, &reader).await? };
    let again = match problem.code() {
        "name-invalid" => {
            ProjectsPage { name_wrong: "1 to 64 characters on one line.".to_owned(), ..again }
        }
        "name-taken" => ProjectsPage {
            name_wrong: "There is a project of this name or number.".to_owned(),
            ..again
        },
        "unknown-id" => {
            ProjectsPage { number_wrong: "32 digits of 0-9 and a-f.".to_owned(), ..again }
        }
        _ => ProjectsPage { problem: Some(problem.clone()), ..again },
    };
    page_again(&problem, &again)
}
