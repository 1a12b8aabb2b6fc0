//! Runs, newest first, found by project, state and day.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::query;
use super::super::visit::Visit;
use super::{RunLine, asked, name_of, projects};
use crate::accounts::Operator;
use crate::agreements::Day;
use crate::clock::Timestamp;
use crate::ids::ProjectId;
use crate::runs::{self, RunState, Search};
use crate::unit::Unit;

/// Runs of a page.
const PAGE_RUNS: u32 = 25;
const DAY_MS: i64 = 86_400_000;

/// A choice of a list.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "runs/list.html")]
struct RunsPage {
    frame: Frame,
    runs: Vec<RunLine>,
    projects: Vec<Choice>,
    states: Vec<Choice>,
    from: String,
    until: String,
    /// Whether anything was asked for.
    is_filtered: bool,
    /// Whether the list begins with the newest.
    is_first: bool,
    /// Address of the first page, and of the next if there is one.
    first: String,
    next: Option<String>,
}

/// The first moment of a day that was typed; nothing where it is no day.
fn moment(text: &str) -> Option<Timestamp> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Day::parse(text)?;
    Some(Timestamp(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()))
}

/// The page.
pub(in super::super) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    visit: Visit<Operator>,
) -> Result<HttpResponse, Refusal> {
    let fields = asked(&request)?;
    let [project, state] = ["project", "state"].map(|name| fields.text(name).to_owned());
    let [from, until] = ["from", "until"].map(|name| fields.text(name).to_owned());
    let search = Search {
        project: ProjectId::parse(&project),
        state: RunState::parse(&state),
        from: moment(&from),
        until: moment(&until).map(|day| Timestamp(day.0.saturating_add(DAY_MS))),
        below: fields.text("below").parse().ok(),
    };
    let projects = projects(unit.clone()).await?;
    let found =
        block(move || unit.store.read(|connection| runs::search(connection, &search, PAGE_RUNS)))
            .await?;
    let kept: Vec<String> =
        [("project", &project), ("state", &state), ("from", &from), ("until", &until)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query(value)))
            .collect();
    let place = |more: Option<String>| {
        let all: Vec<String> = kept.iter().cloned().chain(more).collect();
        if all.is_empty() { "/runs".to_owned() } else { format!("/runs?{}", all.join("&")) }
    };
    let is_full = found.len() == PAGE_RUNS as usize;
    let next =
        found.last().filter(|_| is_full).map(|run| place(Some(format!("below={}", run.number))));
    let choice = |value: String, label: String, chosen: &str| Choice {
        is_chosen: value == chosen,
        value,
        label,
    };
    page(&RunsPage {
        frame: Frame::of(&visit.reader),
        runs: found.iter().map(|run| RunLine::new(run, name_of(&projects, run.project))).collect(),
        projects: projects
            .iter()
            .map(|it| choice(it.id.to_string(), it.name.clone(), &project))
            .collect(),
        states: RunState::ALL
            .map(|it| choice(it.as_str().to_owned(), it.as_str().to_owned(), &state))
            .into(),
        is_filtered: !kept.is_empty(),
        is_first: search.below.is_none(),
        first: place(None),
        next,
        from,
        until,
    })
}
