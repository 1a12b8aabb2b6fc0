//! Takes a plan of an evaluation, gives its report on a release in the page: aggregates, none of too few persons. Keeps nothing
//! but the entry in the log; refuses a plan with its line, and whoever could not download the release at this moment.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ContentType};
use actix_web::web::{Data, Path};
use askama::Template;
use tallystick_evaluate::bundle::{self, Unmade};
use tallystick_evaluate::report::{self, Origin, Verified};
use tallystick_evaluate::study::plan::PLAN_BYTES_MAX;
use tallystick_evaluate::study::{Evaluation, Plan, StudyError};

use super::super::super::extract::block;
use super::super::super::gates::Gates;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again};
use super::papers::{Head, head};
use super::prepare::Mistake;
use super::release_id;
use crate::accounts::{Evaluator, ReleaseReader};
use crate::ids::ReleaseId;
use crate::release::desk::{self, DeskError};
use crate::unit::Unit;

/// The plan that stands in the form at first.
const FIRST_PLAN: &str = include_str!("../../../../demo/evaluation.toml");

#[derive(Template)]
#[template(path = "releases/evaluation.html")]
struct EvaluationPage {
    frame: Frame,
    head: Head,
    plan: String,
    mistake: Option<Mistake>,
    /// The report, as HTML of the evaluation's own making.
    report: Option<String>,
}

impl EvaluationPage {
    fn new(reader: &Reader, head: Head, plan: String) -> Self {
        Self { frame: Frame::of(reader), head, plan, mistake: None, report: None }
    }
}

async fn head_for(unit: &Data<Unit>, by: &Evaluator, path: &str) -> Result<Head, Refusal> {
    let reader = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
    Ok(head(unit, &reader, path).await?.0)
}

/// The form.
pub(in crate::web::pages) async fn ask(
    unit: Data<Unit>,
    visit: Visit<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let head = head_for(&unit, &visit.by, &path).await?;
    page(&EvaluationPage::new(&visit.reader, head, FIRST_PLAN.to_owned()))
}

/// The report in the page, or what is wrong with the plan.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    gates: Data<Gates>,
    posted: Posted<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let (blank, made) = asked(unit, gates, posted, &path).await?;
    match made {
        Ok((evaluation, origin)) => {
            let report = report::sections_of(&evaluation, &origin);
            page(&EvaluationPage { report: Some(report), ..blank })
        }
        Err(error) => refused(&error, blank),
    }
}

/// The report as a file.
pub(in crate::web::pages) async fn save(
    unit: Data<Unit>,
    gates: Data<Gates>,
    posted: Posted<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let (blank, made) = asked(unit, gates, posted, &path).await?;
    match made {
        Ok((evaluation, origin)) => Ok(HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"evaluation.html\""))
            .content_type(ContentType::html())
            .body(report::page(&evaluation, &origin))),
        Err(error) => refused(&error, blank),
    }
}

/// An evaluation, or what is wrong with its plan.
type Made = Result<(Evaluation, Origin), StudyError>;

/// The page with what was typed, and what comes of it.
async fn asked(
    unit: Data<Unit>,
    gates: Data<Gates>,
    posted: Posted<Evaluator>,
    path: &str,
) -> Result<(EvaluationPage, Made), Refusal> {
    let Posted { by, reader, fields } = posted;
    let head = head_for(&unit, &by, path).await?;
    let text = fields.raw("plan").replace("\r\n", "\n");
    let blank = EvaluationPage::new(&reader, head, text.clone());
    Ok((blank, made(unit, gates, by, release_id(path)?, text).await?))
}

fn refused(error: &StudyError, blank: EvaluationPage) -> Result<HttpResponse, Refusal> {
    let line = match error {
        StudyError::Syntax { line, .. } => Some(*line),
        _ => None,
    };
    let said = (error.to_string(), error.help().to_owned(), error.code());
    let mistake = Mistake::new(said, &blank.plan, line);
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error, error.help());
    page_again(&problem, &EvaluationPage { mistake: Some(mistake), ..blank })
}

/// Evaluates, one at a time: it holds all tables of the release.
async fn made(
    unit: Data<Unit>,
    gates: Data<Gates>,
    by: Evaluator,
    id: ReleaseId,
    text: String,
) -> Result<Made, Problem> {
    if text.len() > PLAN_BYTES_MAX {
        return Err(Problem::too_large());
    }
    // Nothing is opened, and no look is logged, for a plan that cannot be read.
    if let Err(error) = Plan::parse(&text) {
        return Ok(Err(error));
    }
    let turn = gates.evaluation().await?;
    block(move || {
        let _turn = turn;
        let bundle = desk::open_to_evaluate(&unit, &by, id)?;
        match bundle::evaluate(&bundle, &text, Verified::AtUnit) {
            Ok(made) => Ok(Ok(made)),
            Err(Unmade::Study(error)) => Ok(Err(error)),
            Err(Unmade::Bundle(error)) => Err(DeskError::Bundle(error)),
        }
    })
    .await
}
