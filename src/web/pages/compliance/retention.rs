//! What is held, since when and until when; destruction of what a run linked, and its certificate.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, bytes};
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::{Choice, Pager, ROWS, until};
use crate::accounts::{self, AccountError, Compliance};
use crate::audit::words::Names;
use crate::ids::{AgencyId, DestructionId, ProjectId, RunId, hex};
use crate::operate::held::{self, Destroyed, HeldRun, HeldSubmission, Part};
use crate::release::desk;
use crate::store::StoreError;
use crate::unit::Unit;

const DAY_SECONDS: i64 = 86_400;

struct Submission {
    id: String,
    agency: String,
    project: String,
    received_at: Moment,
    bytes: String,
    /// Word and class of the badge.
    word: String,
    class: &'static str,
    /// What happens next.
    next: String,
}

impl Submission {
    fn new(it: &HeldSubmission, unit: &Unit, names: &Names) -> Self {
        let today = unit.store.now().days();
        let days = i64::from(unit.config.retention.superseded_days);
        let (word, class, next) = match (it.superseded_at, it.held_until) {
            (Some(at), _) => {
                let on = at.plus_seconds(days * DAY_SECONDS);
                let next = format!("erased by the service after {}", Moment::from(on).day);
                ("replaced".to_owned(), "", next)
            }
            (None, Some(day)) if day < today => {
                let next = "ask the agency to withdraw it, or record a new agreement".to_owned();
                (format!("over: {}", until(day, today)), "bad", next)
            }
            (None, Some(day)) => {
                let class = if day - today <= 90 { "warn" } else { "good" };
                (until(day, today), class, format!("may be held until {}", super::day(day)))
            }
            (None, None) => {
                let next = "record the sharing agreement that it came under".to_owned();
                ("no agreement".to_owned(), "bad", next)
            }
        };
        Self {
            id: it.id.to_string(),
            agency: names.of(&it.agency.to_string()).to_owned(),
            project: names.of(&it.project.to_string()).to_owned(),
            received_at: it.received_at.into(),
            bytes: bytes(it.bytes),
            word,
            class,
            next,
        }
    }
}

struct Run {
    id: String,
    number: u64,
    project: String,
    ended_at: Moment,
    releases: u64,
    downloaded_at: Option<Moment>,
}

impl Run {
    fn new(it: &HeldRun, names: &Names) -> Self {
        Self {
            id: it.id.to_string(),
            number: it.number,
            project: names.of(&it.project.to_string()).to_owned(),
            ended_at: it.ended_at.into(),
            releases: it.releases,
            downloaded_at: it.downloaded_at.map(Moment::from),
        }
    }
}

struct Gone {
    id: String,
    run: String,
    project: String,
    by: String,
    at: Moment,
}

impl Gone {
    fn new(it: &Destroyed, names: &Names) -> Self {
        Self {
            id: it.id.to_string(),
            run: it.run.to_string(),
            project: names.of(&it.project.to_string()).to_owned(),
            by: names.of(&it.account).to_owned(),
            at: it.at.into(),
        }
    }
}

#[derive(Template)]
#[template(path = "retention/list.html")]
struct RetentionPage {
    frame: Frame,
    part: &'static str,
    projects: Vec<Choice>,
    agencies: Vec<Choice>,
    project: String,
    agency: String,
    submissions: Vec<Submission>,
    runs: Vec<Run>,
    gone: Vec<Gone>,
    over: u64,
    superseded_days: u32,
    pager: Pager,
}

/// The list.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader);
    let fields = Fields::new(asked.into_inner());
    let shown =
        block(move || unit.store.read(|connection| read(&unit, connection, frame, &fields)));
    page(&shown.await?)
}

fn read(
    unit: &Unit,
    connection: &rusqlite::Connection,
    frame: Frame,
    fields: &Fields,
) -> Result<RetentionPage, AccountError> {
    let names = Names::read(connection).map_err(StoreError::from)?;
    let part = match fields.text("part") {
        "runs" => "runs",
        "destroyed" => "destroyed",
        _ => "submissions",
    };
    let project = fields.given("project").and_then(ProjectId::parse);
    let agency = fields.given("agency").and_then(AgencyId::parse);
    let rows = Part { after: Pager::after(fields.given("page")), most: u64::from(ROWS) };
    let (mut submissions, mut runs, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    let count = match part {
        "runs" => {
            let (found, count) = held::runs(connection, project, None, rows)?;
            runs = found.iter().map(|it| Run::new(it, &names)).collect();
            count
        }
        "destroyed" => {
            let found = held::destroyed(connection, None, rows)?;
            gone = found.iter().map(|it| Gone::new(it, &names)).collect();
            held::destructions(connection)?
        }
        _ => {
            let (found, count) = held::submissions(connection, project, agency, rows)?;
            submissions = found.iter().map(|it| Submission::new(it, unit, &names)).collect();
            count
        }
    };
    let projects = accounts::list_projects(connection)?.into_iter();
    let agencies = accounts::list_agencies(connection)?.into_iter();
    let project = project.map(|id| id.to_string()).unwrap_or_default();
    let agency = agency.map(|id| id.to_string()).unwrap_or_default();
    let kept = [("part", part), ("project", &project), ("agency", &agency)];
    Ok(RetentionPage {
        frame,
        part,
        projects: projects.map(|it| Choice { value: it.id.to_string(), label: it.name }).collect(),
        agencies: agencies.map(|it| Choice { value: it.id.to_string(), label: it.name }).collect(),
        submissions,
        runs,
        gone,
        over: held::submissions_over(connection, unit.store.now().days())?,
        superseded_days: unit.config.retention.superseded_days,
        pager: Pager::new(count, fields.given("page"), "/retention", &kept),
        project,
        agency,
    })
}

#[derive(Template)]
#[template(path = "retention/destroy.html")]
struct DestroyPage {
    frame: Frame,
    run: Run,
    problem: Option<Problem>,
    wrong: &'static str,
    typed: String,
}

async fn destroy_page(
    unit: Data<Unit>,
    reader: &Reader,
    run: &str,
) -> Result<DestroyPage, Refusal> {
    let id = RunId::parse(run).ok_or_else(Refusal::not_found)?;
    let frame = Frame::of(reader);
    let found = block(move || {
        unit.store.read(|connection| {
            let names = Names::read(connection)?;
            Ok::<_, StoreError>(held::run(connection, id)?.map(|it| Run::new(&it, &names)))
        })
    });
    let run = found.await?.ok_or_else(Refusal::not_found)?;
    Ok(DestroyPage { frame, run, problem: None, wrong: "", typed: String::new() })
}

/// What will happen.
pub(in crate::web::pages) async fn confirm(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    run: Path<String>,
) -> Result<HttpResponse, Refusal> {
    page(&destroy_page(unit, &visit.reader, &run).await?)
}

/// Destroys what a run linked.
pub(in crate::web::pages) async fn destroy(
    unit: Data<Unit>,
    posted: Posted<Compliance>,
    run: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let shown = destroy_page(unit.clone(), &reader, &run).await?;
    let typed = fields.text("number").to_owned();
    if typed != shown.run.number.to_string() {
        let problem = Problem::malformed("the number is not that of the run");
        let wrong = "Type the number of this run.";
        return page_again(&problem, &DestroyPage { wrong, typed, ..shown });
    }
    let id = RunId::parse(&run).ok_or_else(Refusal::not_found)?;
    match block(move || desk::destroy(&unit, &by, id)).await {
        Ok((certificate, _)) => {
            Ok(see(&format!("/retention/certificates/{}?done=destroyed", certificate.destruction)))
        }
        Err(problem) => {
            let shown = DestroyPage { problem: Some(problem.clone()), typed, ..shown };
            page_again(&problem, &shown)
        }
    }
}

/// What can have been done before the certificate is shown.
const NOTICES: &[(&str, &str)] =
    &[("destroyed", "Destroyed. Keep this certificate with the agreements.")];

#[derive(Template)]
#[template(path = "retention/certificate.html")]
struct CertificatePage {
    frame: Frame,
    gone: Gone,
    method: String,
    files: Vec<String>,
    certificate: String,
    signature: String,
    key: String,
}

/// The certificate of a destruction.
pub(in crate::web::pages) async fn certificate(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    destruction: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = DestructionId::parse(&destruction).ok_or_else(Refusal::not_found)?;
    let frame = Frame::of(&visit.reader).after(&visit.reader, NOTICES);
    let key = unit.store.key().public().to_string();
    let found = block(move || {
        unit.store.read(|connection| {
            let names = Names::read(connection)?;
            let found = held::destroyed(connection, Some(id), Part { after: 0, most: 1 })?.pop();
            Ok::<_, StoreError>(found.map(|it| (Gone::new(&it, &names), it)))
        })
    });
    let (gone, it) = found.await?.ok_or_else(Refusal::not_found)?;
    let text: Result<desk::Certificate, _> = serde_json::from_str(&it.certificate);
    let text = text.map_err(|_| Problem::internal("store-corrupt"))?;
    page(&CertificatePage {
        frame,
        gone,
        method: text.method,
        files: text.files,
        certificate: it.certificate,
        signature: hex(&it.signature),
        key,
    })
}
