//! A run to be made: what there is to link, how old it is, what the run would cost; then the start.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use tallystick_wire::SourceLabel;

use super::super::super::extract::block;
use super::super::super::gates::Gates;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, bytes, counted, grouped};
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::find::Choice;
use super::{asked, duration, projects};
use crate::accounts::Operator;
use crate::clock::Timestamp;
use crate::ids::{ProjectId, SubmissionId};
use crate::link::{Policy, Rule};
use crate::runs::{self, Estimate, RunError, SourceStanding, Standing, Wanted};
use crate::unit::Unit;

/// Days after which a submission is said to be old: agencies are asked for exports every month.
const OLD_DAYS: i64 = 35;
const DAY_MS: i64 = 86_400_000;

#[derive(Template)]
#[template(path = "runs/new.html")]
struct NewPage {
    frame: Frame,
    projects: Vec<Choice>,
    /// Of the project that was chosen.
    project: Option<String>,
    sources: Vec<SourceLine>,
    estimate: Option<EstimateShown>,
    /// What is sent when the run is started: names and values.
    sent: Vec<(&'static str, String)>,
    problem: Option<Problem>,
}

/// An agency's submissions.
struct SourceLine {
    name: String,
    kind: String,
    received_at: Moment,
    age: String,
    is_old: bool,
    rows: String,
    records: String,
    /// Word and code of the agreement that is missing.
    clause: Option<(String, &'static str)>,
    choices: Vec<Choice>,
    is_unique: bool,
}

struct EstimateShown {
    records: String,
    pairs: String,
    memory: String,
    time: String,
    passes: Vec<[String; 4]>,
    over_limit: Option<String>,
}

impl From<Estimate> for EstimateShown {
    fn from(estimate: Estimate) -> Self {
        let over: u64 = estimate.passes.iter().map(|pass| pass.counts.blocks_over_limit).sum();
        let rows: u64 = estimate.passes.iter().map(|pass| pass.counts.rows_over_limit).sum();
        let passes = estimate.passes.iter().map(|pass| {
            let counts = &pass.counts;
            let numbers = [counts.blocks, counts.largest_block, counts.pairs_met].map(grouped);
            let [blocks, largest, pairs] = numbers;
            [pass.pass.to_owned(), blocks, largest, pairs]
        });
        Self {
            records: grouped(estimate.records),
            pairs: grouped(estimate.pairs_compared_max),
            memory: bytes(estimate.memory_bytes),
            time: duration(estimate.seconds),
            passes: passes.collect(),
            over_limit: (over > 0).then(|| {
                format!(
                    "{} with {} are too large and will be left out",
                    counted(over, "block", "blocks"),
                    counted(rows, "row", "rows")
                )
            }),
        }
    }
}

fn age(now: Timestamp, then: Timestamp) -> i64 {
    (now.0 - then.0).max(0) / DAY_MS
}

impl SourceLine {
    fn new(source: SourceStanding, now: Timestamp, fields: &Fields) -> Option<Self> {
        let SourceStanding { name, kind, clause, submissions, .. } = source;
        let newest =
            submissions.iter().find(|it| it.is_accepted).or_else(|| submissions.first())?;
        let has_choice = fields.given("chosen").is_some();
        let named = |standing: &Standing| {
            let id = standing.submission.to_string();
            fields.all("submission").any(|value| value == id)
        };
        let is_named = submissions.iter().any(named);
        let label = |standing: &Standing| {
            let moment = Moment::from(standing.received_at);
            let word = if standing.is_accepted { "newest" } else { "superseded" };
            format!("{}, {word}, {}", moment.day, counted(standing.records, "record", "records"))
        };
        let mut choices: Vec<Choice> = submissions
            .iter()
            .map(|standing| Choice {
                value: standing.submission.to_string(),
                label: label(standing),
                is_chosen: if has_choice { named(standing) } else { standing.is_accepted },
            })
            .collect();
        let is_left_out = if has_choice { !is_named } else { !newest.is_accepted };
        choices.push(Choice {
            value: String::new(),
            label: "leave this source out".to_owned(),
            is_chosen: is_left_out,
        });
        let days = age(now, newest.received_at);
        Some(Self {
            received_at: newest.received_at.into(),
            age: match days {
                0 => "today".to_owned(),
                days => counted(days.unsigned_abs(), "day old", "days old"),
            },
            is_old: days > OLD_DAYS,
            rows: grouped(newest.rows_accepted),
            records: grouped(newest.records),
            clause: clause.map(|clause| (clause.to_string(), clause.code())),
            is_unique: fields.all("unique").any(|value| value == name),
            choices,
            name,
            kind,
        })
    }
}

/// What was chosen, as a run is asked for.
fn wanted(project: ProjectId, fields: &Fields) -> Result<Wanted, Problem> {
    let ids = fields.all("submission").filter(|value| !value.is_empty());
    let ids = ids.map(SubmissionId::parse).collect::<Option<Vec<_>>>();
    let rule = |name: &str| {
        let label = SourceLabel::parse(name)?;
        Some((label, label, Rule::Unique))
    };
    let rules = fields.all("unique").map(rule).collect::<Option<Vec<_>>>();
    let rules = rules.ok_or_else(|| Problem::malformed("a rule names no source"))?;
    Ok(Wanted {
        project,
        submissions: Some(ids.ok_or_else(Problem::not_found)?),
        policy: Policy::new(rules).map_err(RunError::from)?,
    })
}

async fn read(unit: Data<Unit>, reader: &Reader, fields: &Fields) -> Result<NewPage, Problem> {
    let chosen = ProjectId::parse(fields.text("project"));
    let now = unit.store.now();
    let projects = projects(unit.clone()).await?;
    let sources = block(move || {
        unit.store.read(|connection| match chosen {
            Some(project) => runs::freshness(connection, now, project),
            None => Ok(Vec::new()),
        })
    })
    .await?;
    let known = chosen.filter(|id| projects.iter().any(|project| project.id == *id));
    let sources = sources.into_iter().filter_map(|source| SourceLine::new(source, now, fields));
    Ok(NewPage {
        frame: Frame::of(reader),
        project: known.map(|id| id.to_string()),
        projects: projects
            .into_iter()
            .map(|project| Choice {
                is_chosen: Some(project.id) == known,
                value: project.id.to_string(),
                label: project.name,
            })
            .collect(),
        sources: sources.collect(),
        estimate: None,
        sent: Vec::new(),
        problem: None,
    })
}

/// The page; with `chosen` in its query it shows what the run would cost.
pub(in super::super) async fn new(
    request: HttpRequest,
    unit: Data<Unit>,
    gates: Data<Gates>,
    visit: Visit<Operator>,
) -> Result<HttpResponse, Refusal> {
    let fields = asked(&request)?;
    let mut shown = read(unit.clone(), &visit.reader, &fields).await?;
    let project = shown.project.as_deref().and_then(ProjectId::parse);
    let Some(project) = project.filter(|_| fields.given("chosen").is_some()) else {
        return page(&shown);
    };
    match estimated(unit, gates, project, &fields).await {
        Ok(estimate) => {
            shown.estimate = Some(estimate.into());
            let repeated = ["submission", "unique"].into_iter();
            let repeated =
                repeated.flat_map(|name| fields.all(name).map(move |it| (name, it.to_owned())));
            shown.sent = [("project", project.to_string())].into_iter().chain(repeated).collect();
            page(&shown)
        }
        Err(problem) => page_again(&problem.clone(), &NewPage { problem: Some(problem), ..shown }),
    }
}

async fn estimated(
    unit: Data<Unit>,
    gates: Data<Gates>,
    project: ProjectId,
    fields: &Fields,
) -> Result<Estimate, Problem> {
    let wanted = wanted(project, fields)?;
    let turn = gates.estimate().await?;
    block(move || {
        let _turn = turn;
        runs::estimate(&unit, &wanted)
    })
    .await
}

/// Queues the run.
pub(in super::super) async fn queue(
    unit: Data<Unit>,
    posted: Posted<Operator>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let project = ProjectId::parse(fields.text("project")).ok_or_else(Problem::not_found)?;
    let wanted = wanted(project, &fields)?;
    let worker = unit.clone();
    match block(move || runs::queue(&worker, &by, &wanted)).await {
        Ok(run) => Ok(see(&format!("/runs/{run}?done=queued"))),
        Err(problem) => {
            let again = read(unit, &reader, &fields).await?;
            page_again(&problem.clone(), &NewPage { problem: Some(problem), ..again })
        }
    }
}
