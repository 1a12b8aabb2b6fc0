//! Approval: what waits, the checklist of the Five Safes with its evidence, and the decision. Two browsers may decide at once:
//! the records take one, and the other learns who decided and when.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::Moment;
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, page_with, see};
use super::findings::{finding_words, safe_words};
use super::list::Line;
use super::report::Report;
use super::show::Found;
use super::{Badge, Choice, Names, Who, Wrong, profile_words, release_id, standing_badge};
use crate::accounts::{Approver, ReleaseReader};
use crate::release::desk::{
    self, Approval, DeskError, Objection, Opinion, Point, Sought, Standing,
};
use crate::unit::Unit;

/// Releases of the list of what waits.
const WAITING_MAX: u32 = 100;

/// Why a release is refused, in words.
pub(super) const fn objection_words(objection: Objection) -> &'static str {
    match objection {
        Objection::Study => "The study is not what was agreed or reviewed",
        Objection::Recipients => "A recipient should not have it",
        Objection::Risk => "What is known of single persons weighs too much",
        Objection::Cohort => "Groups are too small to be of use as rows",
        Objection::Linkage => "The linkage is not good enough for the question",
        Objection::Unneeded => "It is not needed, or another takes its place",
    }
}

#[derive(Template)]
#[template(path = "releases/approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    /// With whether the reader prepared it.
    lines: Vec<(Line, bool)>,
    /// Whether more wait than are listed.
    is_cut: bool,
}

/// The list of what waits.
pub(in crate::web::pages) async fn waiting(
    unit: Data<Unit>,
    visit: Visit<Approver>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let account = by.principal().account();
    let asked = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
    let now = unit.store.now();
    let (found, names) = block(move || {
        unit.store.read(|connection| {
            let sought = Sought { standing: Some(Standing::Checked), ..Sought::default() };
            let found = desk::search(connection, now, &sought, WAITING_MAX + 1)?;
            Ok::<_, DeskError>((found, Names::read(connection, &asked)?))
        })
    })
    .await?;
    let most = WAITING_MAX as usize;
    let is_cut = found.len() > most;
    let listed = found.iter().take(most);
    let lines = listed.map(|it| (Line::of(it, &names, now), it.prepared.by == account));
    page(&ApprovalsPage { frame: Frame::of(&reader), lines: lines.collect(), is_cut })
}

/// An item of the checklist.
struct ItemShown {
    item: String,
    evidence: String,
    is_met: bool,
}

/// A point of the Five Safes with its evidence.
struct PointShown {
    name: &'static str,
    heading: &'static str,
    question: &'static str,
    besides: &'static str,
    items: Vec<ItemShown>,
    /// Severe findings and warnings, under what they belong to.
    findings: Vec<(String, &'static str, String)>,
    is_ticked: bool,
}

#[derive(Template)]
#[template(path = "releases/decide.html")]
struct DecidePage {
    frame: Frame,
    id: String,
    number: u64,
    title: String,
    project: String,
    profile: &'static str,
    badge: Badge,
    prepared: Who,
    prepared_at: Moment,
    /// Who decided, if somebody did.
    decided: Option<(Who, Moment)>,
    is_waiting: bool,
    is_own: bool,
    /// Whether this is the answer to a decision that came too late.
    is_late: bool,
    points: Vec<PointShown>,
    objections: Vec<Choice>,
    days: String,
    days_max: u32,
    points_wrong: &'static str,
    objection_wrong: &'static str,
    days_wrong: String,
    wrong: Wrong,
}

/// What was typed and ticked, and what is wrong with it.
#[derive(Default)]
struct Typed {
    ticked: Vec<String>,
    objection: String,
    days: Option<String>,
    points_wrong: &'static str,
    objection_wrong: &'static str,
    days_wrong: String,
    wrong: Wrong,
    is_late: bool,
}

/// The checklist.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Approver>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    page(&read(unit, &by, &reader, &path, Typed::default()).await?)
}

async fn read(
    unit: Data<Unit>,
    by: &Approver,
    reader: &Reader,
    path: &str,
    typed: Typed,
) -> Result<DecidePage, Refusal> {
    let id = release_id(path)?;
    let asked = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
    let worker = unit.clone();
    let found = block(move || Found::read(&worker, &asked, id)).await?;
    let release = found.release;
    let standing = Standing::of(&release, unit.store.now());
    let report = Report::of(&release)?;
    let limits = &unit.config.release;
    let objections = Objection::ALL.into_iter().map(|it| Choice {
        value: it.as_str().to_owned(),
        label: objection_words(it).to_owned(),
        is_chosen: it.as_str() == typed.objection,
    });
    Ok(DecidePage {
        frame: Frame::of(reader),
        id: id.to_string(),
        number: release.number,
        title: super::study::title(&release.study),
        project: found.names.project(release.project),
        profile: profile_words(&release.profile),
        badge: standing_badge(standing),
        prepared: found.names.who(release.prepared.by),
        prepared_at: release.prepared.at.into(),
        decided: release.decided.map(|it| (found.names.who(it.by), it.at.into())),
        is_waiting: standing == Standing::Checked,
        is_own: release.prepared.by == by.principal().account(),
        is_late: typed.is_late,
        points: points(&report, &typed.ticked),
        objections: objections.collect(),
        days: typed.days.unwrap_or_else(|| limits.valid_days.to_string()),
        days_max: limits.valid_days_max,
        points_wrong: typed.points_wrong,
        objection_wrong: typed.objection_wrong,
        days_wrong: typed.days_wrong,
        wrong: typed.wrong,
    })
}

fn points(report: &Report, ticked: &[String]) -> Vec<PointShown> {
    let of = |point: Point| {
        let name = point.as_str();
        let (heading, question, besides) = safe_words(name);
        let items = report.checklist.iter().filter(|it| it.safe == name).map(|it| ItemShown {
            item: it.item.clone(),
            evidence: it.evidence.clone(),
            is_met: it.is_met,
        });
        let mut items: Vec<ItemShown> = items.collect();
        if point == Point::Data {
            items.extend(report.disclosure.as_ref().map(|found| ItemShown {
                item: "persons and cells that were taken out".to_owned(),
                evidence: format!(
                    "{} of at most {} persons; {} cells",
                    found.persons_suppressed, found.persons_suppressed_max, found.cells_suppressed
                ),
                is_met: found.persons_suppressed <= found.persons_suppressed_max,
            }));
        }
        PointShown {
            name,
            heading,
            question,
            besides,
            items,
            findings: if point == Point::Outputs { findings(report) } else { Vec::new() },
            is_ticked: ticked.iter().any(|it| it == name),
        }
    };
    Point::ALL.into_iter().map(of).collect()
}

/// Severity, words, and where.
fn findings(report: &Report) -> Vec<(String, &'static str, String)> {
    let all = report.disclosure.as_ref().map_or(&[][..], |found| &found.findings);
    let weighty = all.iter().filter(|it| it.severity != "note");
    let of = |it: &super::report::Finding| {
        (
            it.severity.clone(),
            finding_words(&it.code).0,
            format!("{} {} of {}", it.place, it.count, it.of),
        )
    };
    weighty.map(of).collect()
}

/// Enters a decision.
pub(in crate::web::pages) async fn decide(
    unit: Data<Unit>,
    posted: Posted<Approver>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let id = release_id(&path)?;
    let (approval, opinion) = match wanted(&fields) {
        Ok(wanted) => wanted,
        Err(typed) => {
            let page = read(unit, &by, &reader, &path, *typed).await?;
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, super::super::POLICY, &page);
        }
    };
    let (worker, asked) = (unit.clone(), by.clone());
    let decided = block(move || match desk::decide_with(&worker, &asked, id, approval, &opinion) {
        Err(error @ DeskError::WrongState(_)) => Ok(Err((true, Problem::from(error)))),
        Err(DeskError::Store(error)) => Err(error),
        Err(error) => Ok(Err((false, Problem::from(error)))),
        Ok(_) => Ok(Ok(())),
    })
    .await?;
    match decided {
        Ok(()) if approval == Approval::Reject => Ok(see(&format!("/releases/{id}?done=rejected"))),
        Ok(()) => Ok(see(&format!("/releases/{id}?done=approved"))),
        Err((is_late, problem)) => {
            let is_days = problem.code() == "release-valid-days";
            let typed = Typed {
                days_wrong: if is_days { problem.title().to_owned() } else { String::new() },
                wrong: (!is_days).then(|| problem.clone()),
                is_late,
                ..typed(&fields)
            };
            page_again(&problem, &read(unit, &by, &reader, &path, typed).await?)
        }
    }
}

fn typed(fields: &Fields) -> Typed {
    Typed {
        ticked: fields.all("point").map(ToOwned::to_owned).collect(),
        objection: fields.text("objection").to_owned(),
        days: Some(fields.text("days").to_owned()),
        ..Typed::default()
    }
}

/// What the form says; or what is wrong with it.
fn wanted(fields: &Fields) -> Result<(Approval, Opinion), Box<Typed>> {
    let wrong = |set: &dyn Fn(&mut Typed)| {
        let mut typed = typed(fields);
        set(&mut typed);
        Box::new(typed)
    };
    let mut points: Vec<Point> = fields.all("point").filter_map(Point::parse).collect();
    points.sort_unstable();
    points.dedup();
    match fields.text("decision") {
        "approve" => {
            if points.len() < Point::ALL.len() {
                return Err(wrong(&|it| {
                    it.points_wrong = "Tick every point, or refuse the release."
                }));
            }
            let days = fields.text("days").parse();
            let days = days
                .map_err(|_| wrong(&|it| it.days_wrong = "A whole number of days.".to_owned()))?;
            let approval = Approval::Approve { valid_days: Some(days) };
            Ok((approval, Opinion { points, objection: None }))
        }
        "reject" => match Objection::parse(fields.text("objection")) {
            Some(objection) => {
                Ok((Approval::Reject, Opinion { points, objection: Some(objection) }))
            }
            None => {
                Err(wrong(&|it| it.objection_wrong = "Choose the reason; the preparer sees it."))
            }
        },
        _ => Err(wrong(&|it| it.points_wrong = "Approve or refuse by one of the buttons.")),
    }
}
