//! Requests of evaluators for a change of a release, and the answers of the release desk.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::Moment;
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::show::Found;
use super::{Badge, Choice, Names, Who, Wrong, badge, release_id};
use crate::accounts::{Evaluator, ReleaseReader};
use crate::ids::ChangeRequestId;
use crate::release::requests::{
    self, ChangeError, ChangeRequest, Kind, State, TEXT_CHARACTERS_MAX,
};
use crate::unit::Unit;

/// Requests of a page of the list.
const PAGE_REQUESTS: u32 = 25;
/// What can have been done on the page of a request.
const NOTICES: &[(&str, &str)] = &[("answered", "The answer was entered; the evaluator sees it.")];

const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::MissingVariable => "A variable is missing",
        Kind::WrongWindow => "A window or period is not the right one",
        Kind::Question => "A question about a figure",
        Kind::ErrorFound => "An error was found",
        Kind::Renewal => "Renewal of a download that has ended",
    }
}

const fn state_badge(state: State) -> Badge {
    match state {
        State::Open => badge("warn", "not answered yet"),
        State::Accepted => badge("busy", "accepted"),
        State::Declined => badge("bad", "declined"),
        State::Done => badge("good", "done"),
    }
}

/// A request as a page shows it.
struct Shown {
    id: String,
    number: u64,
    release: String,
    release_number: u64,
    project: String,
    kind: &'static str,
    badge: Badge,
    text: Option<String>,
    asked: Who,
    asked_at: Moment,
    answer: Option<String>,
    answered: Option<(Who, Moment)>,
}

impl Shown {
    fn of(it: &ChangeRequest, names: &Names) -> Self {
        Self {
            id: it.id.to_string(),
            number: it.number,
            release: it.release.to_string(),
            release_number: it.release_number,
            project: names.project(it.project),
            kind: kind_words(it.kind),
            badge: state_badge(it.state),
            text: it.text.clone(),
            asked: names.who(it.asked.by),
            asked_at: it.asked.at.into(),
            answer: it.answer.clone(),
            answered: it.answered.map(|by| (names.who(by.by), by.at.into())),
        }
    }
}

/// What is looked for.
#[derive(Deserialize)]
pub(in crate::web::pages) struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    below: Option<u64>,
}

#[derive(Template)]
#[template(path = "releases/requests.html")]
struct ListPage {
    frame: Frame,
    is_evaluator: bool,
    lines: Vec<Shown>,
    states: Vec<Choice>,
    is_filtered: bool,
    next: Option<String>,
    is_later: bool,
}

/// The list: all for the release desk, one's own for evaluators.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let is_evaluator = by.projects().is_some();
    let (now, state, below) = (unit.store.now(), State::parse(&wanted.state), wanted.below);
    let (found, names) = block(move || {
        unit.store.read(|connection| {
            let sought = (None, state);
            let found = requests::list(connection, now, &by, sought, below, PAGE_REQUESTS + 1)?;
            Ok::<_, ChangeError>((found, Names::read(connection, &by)?))
        })
    })
    .await?;
    let most = PAGE_REQUESTS as usize;
    let last = (found.len() > most).then(|| found[most - 1].number);
    let asked = state.map_or("", State::as_str);
    page(&ListPage {
        frame: Frame::of(&reader),
        is_evaluator,
        lines: found.iter().take(most).map(|it| Shown::of(it, &names)).collect(),
        states: states(State::ALL, asked),
        is_filtered: state.is_some(),
        next: last.map(|below| format!("/requests?state={asked}&below={below}")),
        is_later: below.is_some(),
    })
}

fn states(of: &[State], chosen: &str) -> Vec<Choice> {
    let choice = |it: &State| Choice {
        value: it.as_str().to_owned(),
        label: state_badge(*it).word.to_owned(),
        is_chosen: it.as_str() == chosen,
    };
    of.iter().map(choice).collect()
}

#[derive(Template)]
#[template(path = "releases/request.html")]
struct AskPage {
    frame: Frame,
    id: String,
    number: u64,
    kinds: Vec<Choice>,
    text: String,
    most: usize,
    kind_wrong: String,
    text_wrong: String,
    wrong: Wrong,
    earlier: Vec<Shown>,
}

/// What was wrong with a form of a choice and a text: beside which field it belongs.
fn beside(problem: Option<&Problem>) -> (String, String, Wrong) {
    match problem {
        Some(it) if it.code() == "change-kind" => ("Choose one.".to_owned(), String::new(), None),
        Some(it) if it.code() == "change-text" => {
            let text = format!("Write 1 to {TEXT_CHARACTERS_MAX} characters.");
            (String::new(), text, None)
        }
        other => (String::new(), String::new(), other.cloned()),
    }
}

async fn ask_page(
    unit: Data<Unit>,
    by: &Evaluator,
    reader: &Reader,
    path: &str,
    (fields, problem): (&Fields, Option<&Problem>),
) -> Result<AskPage, Refusal> {
    let id = release_id(path)?;
    let asked = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
    let (found, earlier) = block(move || {
        let found = Found::read(&unit, &asked, id)?;
        let now = unit.store.now();
        let earlier = unit.store.read(|connection| {
            requests::list(connection, now, &asked, (Some(id), None), None, PAGE_REQUESTS)
        })?;
        Ok::<_, ChangeError>((found, earlier))
    })
    .await?;
    let kinds = Kind::ALL.iter().map(|it| Choice {
        value: it.as_str().to_owned(),
        label: kind_words(*it).to_owned(),
        is_chosen: it.as_str() == fields.text("kind"),
    });
    let (kind_wrong, text_wrong, wrong) = beside(problem);
    Ok(AskPage {
        frame: Frame::of(reader),
        id: id.to_string(),
        number: found.release.number,
        kinds: kinds.collect(),
        text: fields.raw("text").to_owned(),
        most: TEXT_CHARACTERS_MAX,
        kind_wrong,
        text_wrong,
        wrong,
        earlier: earlier.iter().map(|it| Shown::of(it, &found.names)).collect(),
    })
}

/// The form.
pub(in crate::web::pages) async fn before_ask(
    unit: Data<Unit>,
    visit: Visit<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    page(&ask_page(unit, &by, &reader, &path, (&Fields::default(), None)).await?)
}

/// Sends a request.
pub(in crate::web::pages) async fn ask(
    unit: Data<Unit>,
    posted: Posted<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let id = release_id(&path)?;
    let (worker, asked) = (unit.clone(), by.clone());
    let (kind, text) = (fields.text("kind").to_owned(), fields.raw("text").to_owned());
    match block(move || requests::ask(&worker.store, &asked, id, &kind, &text)).await {
        Ok(_) => Ok(see(&format!("/releases/{id}?done=asked"))),
        Err(problem) => {
            let again = ask_page(unit, &by, &reader, &path, (&fields, Some(&problem))).await?;
            page_again(&problem, &again)
        }
    }
}

#[derive(Template)]
#[template(path = "releases/answer.html")]
struct AnswerPage {
    frame: Frame,
    it: Shown,
    /// What can be answered now; nothing for evaluators, and once it is closed.
    states: Vec<Choice>,
    text: String,
    most: usize,
    state_wrong: String,
    text_wrong: String,
    wrong: Wrong,
}

fn request_id(path: &str) -> Result<ChangeRequestId, Refusal> {
    ChangeRequestId::parse(path).ok_or_else(Refusal::not_found)
}

async fn answer_page(
    unit: Data<Unit>,
    by: ReleaseReader,
    reader: &Reader,
    path: &str,
    (fields, problem): (&Fields, Option<&Problem>),
) -> Result<AnswerPage, Refusal> {
    let id = request_id(path)?;
    let (now, is_evaluator) = (unit.store.now(), by.projects().is_some());
    let (found, names) = block(move || {
        unit.store.read(|connection| {
            let found = requests::find(connection, now, &by, id)?;
            Ok::<_, ChangeError>((found, Names::read(connection, &by)?))
        })
    })
    .await?;
    let answers: &[State] = match found.state {
        _ if is_evaluator => &[],
        State::Open => &[State::Accepted, State::Declined, State::Done],
        State::Accepted => &[State::Declined, State::Done],
        State::Declined | State::Done => &[],
    };
    let (state_wrong, text_wrong, wrong) = beside(problem);
    Ok(AnswerPage {
        frame: Frame::of(reader).after(reader, NOTICES),
        it: Shown::of(&found, &names),
        states: states(answers, fields.text("state")),
        text: fields.raw("text").to_owned(),
        most: TEXT_CHARACTERS_MAX,
        state_wrong,
        text_wrong,
        wrong,
    })
}

/// A request.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    page(&answer_page(unit, by, &reader, &path, (&Fields::default(), None)).await?)
}

/// Answers a request.
pub(in crate::web::pages) async fn answer(
    unit: Data<Unit>,
    posted: Posted<ReleaseReader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let id = request_id(&path)?;
    let (worker, asked) = (unit.clone(), by.clone());
    let (state, text) = (fields.text("state").to_owned(), fields.raw("text").to_owned());
    match block(move || requests::answer(&worker.store, &asked, id, &state, &text)).await {
        Ok(()) => Ok(see(&format!("/requests/{id}?done=answered"))),
        Err(problem) => {
            let again = answer_page(unit, by, &reader, &path, (&fields, Some(&problem))).await?;
            page_again(&problem, &again)
        }
    }
}
