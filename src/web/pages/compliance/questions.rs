//! The questions of an audit, answered on request. An answer reads the whole log, which takes seconds where it is long: what was
//! last found is kept, and the page says up to which entry it goes.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::super::super::answers::answer_all;
use super::super::super::extract::block;
use super::super::super::gates::Gates;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, grouped};
use super::super::visit::{Posted, Visit};
use super::super::{page, see};
use super::Choice;
use super::law;
use crate::accounts::{self, AccountError, Compliance};
use crate::audit::answers::{self, Status};
use crate::audit::kept::{self, Kept};
use crate::audit::words::Names;
use crate::audit::{self, Event, EventKind};
use crate::ids::ProjectId;
use crate::unit::Unit;

/// What can have been done on these pages.
const NOTICES: &[(&str, &str)] = &[("answered", "Answered from the log as it is now.")];

/// A question, and how it was last answered.
struct Question {
    code: &'static str,
    text: &'static str,
    /// Class and word of the badge.
    class: &'static str,
    word: &'static str,
    summary: String,
}

struct Group {
    name: &'static str,
    questions: Vec<Question>,
}

#[derive(Template)]
#[template(path = "compliance/questions.html")]
struct QuestionsPage {
    frame: Frame,
    projects: Vec<Choice>,
    project: String,
    groups: Vec<Group>,
    /// When the oldest answer was given, and how many entries came since.
    answered: Option<(Moment, String)>,
    attention: usize,
}

#[derive(Template)]
#[template(path = "compliance/question.html")]
struct QuestionPage {
    frame: Frame,
    code: &'static str,
    text: &'static str,
    law: &'static str,
    project: String,
    project_name: String,
    class: &'static str,
    word: &'static str,
    kept: Option<KeptShown>,
    before: Option<&'static str>,
    after: Option<&'static str>,
}

struct KeptShown {
    summary: String,
    evidence: Vec<Line>,
    at: Moment,
    by: String,
    head: String,
    since: String,
}

/// A line of evidence; it begins with the entry that it is about, where it is about one.
struct Line {
    seq: Option<u64>,
    text: String,
}

impl Line {
    fn new(text: String) -> Self {
        let rest = text.strip_prefix("entry ");
        let seq = rest.and_then(|rest| rest.split(',').next()?.parse().ok());
        match (seq, rest.and_then(|rest| rest.split_once(", "))) {
            (Some(seq), Some((_, rest))) => Self { seq: Some(seq), text: rest.to_owned() },
            _ => Self { seq: None, text },
        }
    }
}

const fn badge(status: Option<Status>) -> (&'static str, &'static str) {
    match status {
        Some(Status::Answered) => ("good", "answered"),
        Some(Status::Attention) => ("bad", "needs attention"),
        Some(Status::NotApplicable) => ("", "did not happen"),
        Some(Status::NotRecorded) => ("warn", "not recorded"),
        None => ("", "not asked yet"),
    }
}

/// The project that was chosen; the first one if none was.
fn chosen(
    connection: &rusqlite::Connection,
    asked: Option<&str>,
) -> Result<(Vec<Choice>, Option<ProjectId>), AccountError> {
    let projects = accounts::list_projects(connection)?;
    let id = asked.and_then(ProjectId::parse);
    let id = id.filter(|id| projects.iter().any(|it| it.id == *id));
    let id = if asked.is_some() { id } else { projects.first().map(|it| it.id) };
    let choices =
        projects.into_iter().map(|it| Choice { value: it.id.to_string(), label: it.name });
    Ok((choices.collect(), id))
}

/// All questions.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader).after(&visit.reader, NOTICES);
    let fields = Fields::new(asked.into_inner());
    let shown = block(move || {
        unit.store.read(|connection| {
            let (projects, project) = chosen(connection, fields.given("project"))?;
            let kept = match project {
                Some(project) => kept::answers(connection, project)?,
                None => Vec::new(),
            };
            let head = audit::head(connection).map_err(crate::store::StoreError::from)?;
            let head = head.map_or(0, |head| head.seq);
            let oldest = kept.iter().min_by_key(|it| it.head);
            let answered = oldest.map(|it| (it.at.into(), grouped(head.saturating_sub(it.head))));
            Ok::<_, AccountError>(QuestionsPage {
                frame,
                projects,
                project: project.map(|it| it.to_string()).unwrap_or_default(),
                groups: groups(&kept),
                answered,
                attention: kept.iter().filter(|it| it.status == Status::Attention).count(),
            })
        })
    });
    page(&shown.await?)
}

fn groups(kept: &[Kept]) -> Vec<Group> {
    let question = |(code, text)| {
        let found = kept.iter().find(|it| it.code == code);
        let (class, word) = badge(found.map(|it| it.status));
        let summary = found.map(|it| it.summary.clone()).unwrap_or_default();
        Question { code, text, class, word, summary }
    };
    let of = |name| {
        let ours = answers::questions().filter(|(code, _)| law::of(code).group == name);
        Group { name, questions: ours.map(question).collect() }
    };
    law::GROUPS.into_iter().map(of).collect()
}

/// One question. The look at its answer is logged.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    code: Path<String>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let frame = Frame::of(&reader).after(&reader, NOTICES);
    let fields = Fields::new(asked.into_inner());
    let all: Vec<_> = answers::questions().collect();
    let place = all.iter().position(|(known, _)| *known == code.as_str());
    let place = place.ok_or_else(Refusal::not_found)?;
    let (code, text) = all[place];
    let shown = block(move || {
        let (projects, project) =
            unit.store.read(|connection| chosen(connection, fields.given("project")))?;
        let project = project.ok_or_else(Problem::not_found)?;
        let (kept, head, names) = unit.store.read(|connection| {
            let kept = kept::answers(connection, project)?;
            let head = audit::head(connection).map_err(crate::store::StoreError::from)?;
            let names = Names::read(connection).map_err(crate::store::StoreError::from)?;
            Ok::<_, AccountError>((kept, head.map_or(0, |head| head.seq), names))
        })?;
        let kept = kept.into_iter().find(|it| it.code == code);
        let (class, word) = badge(kept.as_ref().map(|it| it.status));
        if kept.is_some() {
            let event = Event::new(EventKind::AuditRead, by.actor())
                .object("question", code)
                .project(project)
                .from_address(by.principal().address());
            unit.store.record(&event)?;
        }
        let project = project.to_string();
        let named = projects.into_iter().find(|it| it.value == project);
        Ok::<_, Problem>(QuestionPage {
            frame,
            code,
            text,
            law: law::of(code).law,
            project,
            project_name: named.map(|it| it.label).unwrap_or_default(),
            class,
            word,
            kept: kept.map(|it| KeptShown {
                summary: it.summary,
                evidence: it.evidence.into_iter().map(Line::new).collect(),
                at: it.at.into(),
                by: names.of(&it.by.to_string()).to_owned(),
                head: grouped(it.head),
                since: grouped(head.saturating_sub(it.head)),
            }),
            before: place.checked_sub(1).and_then(|place| Some(all.get(place)?.0)),
            after: all.get(place + 1).map(|(code, _)| *code),
        })
    });
    page(&shown.await?)
}

/// Answers all questions on a project now.
pub(in crate::web::pages) async fn answer(
    unit: Data<Unit>,
    gates: Data<Gates>,
    posted: Posted<Compliance>,
) -> Result<HttpResponse, Refusal> {
    let project = ProjectId::parse(posted.fields.text("project")).ok_or_else(Problem::not_found)?;
    let code = answers::codes().find(|code| *code == posted.fields.text("question"));
    let turn = gates.audit().await?;
    block(move || {
        let _turn = turn;
        let (_, known) =
            unit.store.read(|connection| chosen(connection, Some(&project.to_string())))?;
        known.ok_or_else(Problem::not_found)?;
        let (found, head) = answer_all(&unit, project)?;
        kept::keep(&unit.store, &posted.by, project, head, &found)?;
        Ok::<_, Problem>(())
    })
    .await?;
    let place = code.map(|code| format!("/{code}")).unwrap_or_default();
    Ok(see(&format!("/audit/questions{place}?project={project}&done=answered")))
}
