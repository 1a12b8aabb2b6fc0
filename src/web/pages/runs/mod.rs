//! Linkage runs, for operators: what could be linked, what it would cost, how far it is, and what came of it.
//!
//! Ids, names of sources, counts and shares; no value of a record, no content, no release.

mod changes;
mod charts;
mod compare;
mod find;
mod new;
mod pair;
mod show;

pub(super) use changes::changes;
pub(super) use compare::compare;
pub(super) use find::list;
pub(super) use new::{new, queue};
pub(super) use show::{ask_cancel, cancel, show};

use actix_web::HttpRequest;
use actix_web::web::{Data, Query};

use super::super::extract::block;
use super::super::problem::Problem;
use super::fields::Fields;
use super::shown::Moment;
use crate::accounts::{self, Project};
use crate::ids::{ProjectId, RunId};
use crate::runs::{Run, RunState};
use crate::unit::Unit;

/// What the query of an address brought, repeated names too.
fn asked(request: &HttpRequest) -> Result<Fields, Problem> {
    let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string());
    let pairs = pairs.map_err(|_| Problem::malformed("the address has a query that is none"))?;
    Ok(Fields::new(pairs.into_inner()))
}

/// All projects, by name.
async fn projects(unit: Data<Unit>) -> Result<Vec<Project>, Problem> {
    block(move || unit.store.read(accounts::list_projects)).await
}

/// The name of a project; its id, should it have none.
fn name_of(projects: &[Project], id: ProjectId) -> String {
    let project = projects.iter().find(|project| project.id == id);
    project.map_or_else(|| id.to_string(), |project| project.name.clone())
}

fn run_id(path: &str) -> Result<RunId, Problem> {
    RunId::parse(path).ok_or_else(Problem::not_found)
}

/// How a run stands, in a word and its colour.
struct Badge {
    word: &'static str,
    class: &'static str,
}

impl Badge {
    fn of(run: &Run) -> Self {
        let (word, class) = match run.state {
            RunState::Finished if run.outdated.is_some() => ("out of date", "warn"),
            RunState::Queued => ("waiting", ""),
            RunState::Running => ("running", "busy"),
            RunState::Finished => ("finished", "good"),
            RunState::Failed => ("failed", "bad"),
            RunState::Cancelled => ("cancelled", ""),
        };
        Self { word, class }
    }
}

/// A length of time as people say it: `42 s`, `3 min 5 s`, `2 h 10 min`.
fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// How long a run took.
fn took(run: &Run) -> Option<String> {
    let (from, to) = run.started_at.zip(run.ended_at)?;
    Some(duration(u64::try_from((to.0 - from.0) / 1_000).unwrap_or(0)))
}

/// Why something that a run linked is no longer so.
fn outdated_word(code: &str) -> &'static str {
    match code {
        "rows-retracted" => "an agency took rows out",
        "submission-withdrawn" => "an agency withdrew a submission",
        "consents-changed" => "consents were taken back",
        _ => "something that it linked was taken out",
    }
}

/// A run in a list.
struct RunLine {
    id: String,
    number: u64,
    project: String,
    badge: Badge,
    queued_at: Moment,
    took: String,
    sources: String,
    records: String,
    persons: String,
}

impl RunLine {
    fn new(run: &Run, project: String) -> Self {
        let records = run.sources.iter().map(|source| source.records).sum();
        let summary = charts::Summary::of(run);
        Self {
            id: run.id.to_string(),
            number: run.number,
            project,
            badge: Badge::of(run),
            queued_at: run.queued_at.into(),
            took: took(run).unwrap_or_default(),
            sources: super::shown::counted(run.sources.len() as u64, "source", "sources"),
            records: super::shown::grouped(records),
            persons: summary.map_or_else(String::new, |summary| summary.count("persons")),
        }
    }
}
