//! What an agency does here: see what it may send and what it sent, send, withdraw, take rows out, enter consents.
//!
//! An agency sees its own facts and no other's: nothing is read here but by its own id.

mod consents;
mod history;
mod retractions;
mod submissions;
mod upload;

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

pub(super) use consents::{enter as enter_consents, show as consents};
pub(super) use history::{find, uploads_end};
pub(super) use retractions::{
    check as check_retraction, make as make_retraction, show as retractions,
};
pub(super) use submissions::{ask_withdraw, detail, receipt, withdraw};
pub(super) use upload::show as upload;

use super::super::extract::block;
use super::super::problem::Problem;
use super::frame::Frame;
use super::page;
use super::refusal::Refusal;
use super::shown::Moment;
use super::visit::Visit;
use crate::accounts::{self, Agency, Uploader};
use crate::agreements::{self, Clause, Content, Day, Kind, Lapse, Shared};
use crate::ids::{AgencyId, ProjectId};
use crate::intake::{self, Sought};
use crate::unit::Unit;
use history::Row;

/// Submissions that the first page shows.
const LATEST: u32 = 5;
/// Days before the end of an agreement from which it is spoken of.
const SOON_DAYS: i64 = 60;

/// A project as an agency sees it.
#[derive(Clone, Debug)]
struct ProjectShown {
    id: String,
    name: String,
    /// Its number in key files, 32 hex digits.
    number: String,
    is_open: bool,
    /// Why no upload is permitted; empty where one is.
    why: String,
    /// Last day, for people and as YYYY-MM-DD.
    until: Option<(String, String)>,
    /// Whether the last day is near.
    is_soon: bool,
    /// What of the content may be sent, in words.
    content: String,
    /// Check of the key of the agency's standing submission.
    key_check: Option<String>,
}

/// A day as people read it.
fn day(day: Day) -> (String, String) {
    let iso = day.to_string();
    let date = chrono::NaiveDate::parse_from_str(&iso, "%Y-%m-%d");
    (date.map_or_else(|_| iso.clone(), |date| date.format("%-d %b %Y").to_string()), iso)
}

/// Why an upload is not permitted, in words for the agency.
fn why(clause: Clause) -> String {
    let paper = |kind| match kind {
        Kind::Mou => "memorandum of understanding",
        Kind::Dsa => "data sharing agreement",
        Kind::Dul => "data use licence",
        Kind::Irb => "decision of the review board",
    };
    match clause {
        Clause::Lapsed(kind, lapse) => {
            let state = match lapse {
                Lapse::Missing => "is not recorded",
                Lapse::Ended => "was ended",
                Lapse::Expired => "is over",
                Lapse::NotYetValid => "does not begin before a later day",
            };
            format!("the {} {state}", paper(kind))
        }
        clause => clause.to_string(),
    }
}

fn content_words(content: &Content) -> String {
    match content {
        Content::All => "all columns for the evaluation".to_owned(),
        content if content.is_none() => {
            "identifiers only, no columns for the evaluation".to_owned()
        }
        content => format!("these columns for the evaluation: {}", content.names().join(", ")),
    }
}

impl ProjectShown {
    fn new(
        shared: Shared,
        named: &accounts::Project,
        key_check: Option<String>,
        today: Day,
    ) -> Self {
        let until = shared.until.map(day);
        let is_soon = shared.until.is_some_and(|until| until.days() - today.days() <= SOON_DAYS);
        let (is_open, why, content) = match shared.decision {
            Ok(permit) => (true, String::new(), content_words(&permit.content)),
            Err(clause) => (false, why(clause), String::new()),
        };
        Self {
            id: named.id.to_string(),
            name: named.name.clone(),
            number: named.number.clone(),
            is_open,
            why,
            until,
            is_soon,
            content,
            key_check,
        }
    }
}

/// An agency and its projects.
struct Standing {
    agency: Agency,
    projects: Vec<ProjectShown>,
}

impl Standing {
    /// What the records say of the agency of an account.
    fn read(unit: &Unit, id: AgencyId) -> Result<Self, Problem> {
        unit.store.read(|connection| {
            let agency = accounts::list_agencies(connection)?.into_iter().find(|it| it.id == id);
            let agency = agency.ok_or_else(Problem::not_found)?;
            let now = unit.store.now();
            let named: BTreeMap<ProjectId, accounts::Project> =
                accounts::list_projects(connection)?.into_iter().map(|it| (it.id, it)).collect();
            let mut projects = Vec::new();
            for shared in agreements::shared_by(connection, now, id)? {
                let key_check = intake::standing_key(connection, id, shared.project)?;
                let project = named.get(&shared.project).ok_or_else(Problem::not_found)?;
                projects.push(ProjectShown::new(shared, project, key_check, Day::of(now)));
            }
            projects.sort_by(|one, other| {
                (!one.is_open, &one.name).cmp(&(!other.is_open, &other.name))
            });
            Ok::<_, Problem>(Self { agency, projects })
        })
    }
}

/// Names of all projects by id, for what an agency sent under agreements that are over.
fn names(unit: &Unit) -> Result<BTreeMap<ProjectId, String>, Problem> {
    unit.store.read(|connection| {
        let all = accounts::list_projects(connection)?;
        Ok::<_, Problem>(all.into_iter().map(|it| (it.id, it.name)).collect())
    })
}

#[derive(Template)]
#[template(path = "agency/home.html")]
struct HomePage {
    frame: Frame,
    agency: Agency,
    projects: Vec<ProjectShown>,
    is_open: bool,
    is_provider: bool,
    latest: Vec<Row>,
    open_uploads: usize,
}

/// What is to be done: projects, agreements and the last submissions.
pub(super) async fn home(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let (standing, latest, open) = block(move || {
        let standing = Standing::read(&unit, by.agency())?;
        let names = names(&unit)?;
        let found = intake::search(&unit, &by, &Sought::default(), LATEST)?;
        let open = intake::open_uploads(&unit, &by)?.len();
        let latest: Vec<Row> = found.into_iter().map(|it| Row::new(it, &names)).collect();
        Ok::<_, Problem>((standing, latest, open))
    })
    .await?;
    let Standing { agency, projects } = standing;
    page(&HomePage {
        frame: Frame::of(&reader),
        is_open: projects.iter().any(|project| project.is_open),
        is_provider: agency.source_type == "provider",
        agency,
        projects,
        latest,
        open_uploads: open,
    })
}

/// A moment, for templates of this topic.
fn moment(at: crate::clock::Timestamp) -> Moment {
    at.into()
}
