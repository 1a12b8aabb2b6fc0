//! The list of releases.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, query};
use super::super::visit::Visit;
use super::{Badge, Choice, Names, Who, standing_badge};
use crate::accounts::{ReleaseReader, Role};
use crate::clock::Timestamp;
use crate::ids::ProjectId;
use crate::release::desk::{self, DeskError, Release, Sought, Standing};
use crate::unit::Unit;

/// Releases of a page of the list.
const PAGE_RELEASES: u32 = 25;

/// What is looked for.
#[derive(Deserialize)]
pub(in crate::web::pages) struct Wanted {
    #[serde(default)]
    project: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    below: Option<u64>,
}

/// A line of the list.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) project: String,
    pub(super) title: String,
    pub(super) prepared: Who,
    pub(super) prepared_at: Moment,
    pub(super) until: Option<Moment>,
    pub(super) badge: Badge,
}

impl Line {
    pub(super) fn of(release: &Release, names: &Names, now: Timestamp) -> Self {
        Self {
            id: release.id.to_string(),
            number: release.number,
            project: names.project(release.project),
            title: super::study::title(&release.study),
            prepared: names.who(release.prepared.by),
            prepared_at: release.prepared.at.into(),
            until: release.valid_until.map(Moment::from),
            badge: standing_badge(Standing::of(release, now)),
        }
    }
}

#[derive(Template)]
#[template(path = "releases/list.html")]
struct ListPage {
    frame: Frame,
    lines: Vec<Line>,
    projects: Vec<Choice>,
    states: Vec<Choice>,
    is_filtered: bool,
    is_evaluator: bool,
    may_prepare: bool,
    /// Address of the next page.
    next: Option<String>,
    /// Whether it is not the first page.
    is_later: bool,
}

/// Projects of which a reader can ask.
fn projects(names: &Names, by: &ReleaseReader, chosen: &str) -> Vec<Choice> {
    let reach = by.projects();
    let within = |id: &ProjectId| reach.is_none_or(|projects| projects.contains(id));
    let of = |(id, name): (&ProjectId, &String)| Choice {
        value: id.to_string(),
        label: name.clone(),
        is_chosen: id.to_string() == chosen,
    };
    let mut found: Vec<Choice> = names.projects.iter().filter(|it| within(it.0)).map(of).collect();
    found.sort_by(|a, b| a.label.cmp(&b.label));
    found
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let wanted = wanted.into_inner();
    let project = (!wanted.project.is_empty()).then(|| ProjectId::parse(&wanted.project));
    let project = project.map(|id| id.ok_or_else(Problem::not_found)).transpose()?;
    let sought = Sought {
        project,
        standing: Standing::parse(&wanted.state),
        reach: by.projects().map(<[_]>::to_vec),
        below: wanted.below,
    };
    let (now, asked) = (unit.store.now(), by.clone());
    let (found, names) = block(move || {
        unit.store.read(|connection| {
            let found = desk::search(connection, now, &sought, PAGE_RELEASES + 1)?;
            let names = Names::read(connection, &asked)?;
            Ok::<_, DeskError>((found, names))
        })
    })
    .await?;
    let most = PAGE_RELEASES as usize;
    let last = (found.len() > most).then(|| found[most - 1].number);
    let next = last.map(|below| {
        let (project, state) = (query(&wanted.project), query(&wanted.state));
        format!("/releases?project={project}&state={state}&below={below}")
    });
    let is_evaluator = by.projects().is_some();
    let of_evaluators =
        [Standing::Open, Standing::Expired, Standing::Superseded, Standing::Revoked];
    let states = Standing::ALL.into_iter();
    let states = states.filter(|it| !is_evaluator || of_evaluators.contains(it));
    let states = states.map(|it| Choice {
        value: it.as_str().to_owned(),
        label: standing_badge(it).word.to_owned(),
        is_chosen: it.as_str() == wanted.state,
    });
    page(&ListPage {
        frame: Frame::of(&reader),
        lines: found.iter().take(most).map(|it| Line::of(it, &names, now)).collect(),
        projects: projects(&names, &by, &wanted.project),
        states: states.collect(),
        is_filtered: project.is_some() || !wanted.state.is_empty(),
        is_evaluator,
        may_prepare: reader.roles.holds(Role::Preparer),
        next,
        is_later: wanted.below.is_some(),
    })
}
