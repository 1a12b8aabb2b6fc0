//! One run: its progress, its end, and its figures.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use tallystick_chart::numbers;

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, grouped};
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, see};
use super::charts::{self, Summary};
use super::pair::{Pair, pair};
use super::{Badge, asked, duration, name_of, outdated_word, projects, run_id, took};
use crate::accounts::Operator;
use crate::ids::{RunId, hex};
use crate::persons;
use crate::report;
use crate::runs::{self, Run, RunError, RunState, Stage};
use crate::unit::Unit;

const NOTICES: &[(&str, &str)] = &[
    ("queued", "The run waits for its turn. This page follows it."),
    ("cancelled", "The run was cancelled."),
];

/// A number to see first.
struct Tile {
    name: &'static str,
    value: String,
    note: String,
}

/// A source of the run.
struct SourceLine {
    source: String,
    submission: String,
    records: String,
    digest: String,
}

/// How far it is.
struct ProgressShown {
    /// The stages with a mark for those that are over, and the one that is worked on.
    stages: Vec<(&'static str, &'static str, &'static str)>,
    percent: u64,
    text: String,
    left: String,
}

#[derive(Template)]
#[template(path = "runs/show.html")]
struct RunPage {
    frame: Frame,
    id: String,
    number: u64,
    project: String,
    badge: Badge,
    /// As the API calls it.
    state: &'static str,
    is_open: bool,
    is_finished: bool,
    queued_at: Moment,
    started_at: Option<Moment>,
    ended_at: Option<Moment>,
    took: String,
    progress: ProgressShown,
    /// Code of what stopped it.
    failure: Option<String>,
    outdated: Option<(Moment, &'static str)>,
    warnings: Vec<String>,
    tiles: Vec<Tile>,
    sources: Vec<SourceLine>,
    rules: Vec<String>,
    facts: Vec<(&'static str, String)>,
    figures: Vec<String>,
    changes: Option<String>,
    before: Option<String>,
    pair: Option<(Pair, String)>,
}

/// What is read of a run.
struct Found {
    run: Run,
    report: Option<String>,
    step: Option<persons::Step>,
}

fn find(unit: &Unit, id: RunId) -> Result<Found, RunError> {
    let (run, step) = unit.store.read(|connection| {
        Ok::<_, RunError>((runs::find(connection, id)?, persons::step(connection, id)?))
    })?;
    // The report of a run may have been destroyed with what it linked.
    let report = match run.state {
        RunState::Finished => match runs::open_report(unit, id) {
            Ok(text) => Some(text),
            Err(RunError::Unknown) => None,
            Err(error) => return Err(error),
        },
        _ => None,
    };
    Ok(Found { run, report, step })
}

/// The page.
pub(in super::super) async fn show(
    request: HttpRequest,
    unit: Data<Unit>,
    visit: Visit<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = run_id(&path)?;
    let fields = asked(&request)?;
    let projects = projects(unit.clone()).await?;
    let found = block(move || find(&unit, id)).await?;
    let report = found.report.as_deref().and_then(|text| report::read(text).ok());
    let pair = report.as_ref().and_then(|report| pair(report, &fields));
    let shown = RunPage {
        figures: report.as_ref().map_or_else(Vec::new, charts::drawn),
        pair: pair.map(|pair| {
            let drawing = charts::written(&pair.figure);
            (pair, drawing)
        }),
        ..RunPage::of(&visit.reader, &found, name_of(&projects, found.run.project))
    };
    page(&shown)
}

impl RunPage {
    fn of(reader: &Reader, found: &Found, project: String) -> Self {
        let Found { run, step, .. } = found;
        let summary = Summary::of(run);
        let moment = |at: Option<crate::clock::Timestamp>| at.map(Moment::from);
        let rules = run.policy.rules().map(|(first, second, rule)| {
            let word = rule.as_str();
            if first == second {
                format!("{first}: {word}")
            } else {
                format!("{first} with {second}: {word}")
            }
        });
        Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            id: run.id.to_string(),
            number: run.number,
            project,
            badge: Badge::of(run),
            state: run.state.as_str(),
            is_open: !run.state.has_ended(),
            is_finished: run.state == RunState::Finished,
            queued_at: run.queued_at.into(),
            started_at: moment(run.started_at),
            ended_at: moment(run.ended_at),
            took: took(run).unwrap_or_default(),
            progress: progress(run),
            failure: run.failure.clone(),
            outdated: run.outdated.as_ref().map(|(at, code)| ((*at).into(), outdated_word(code))),
            warnings: summary.as_ref().map_or_else(Vec::new, Summary::warnings),
            tiles: summary.as_ref().map_or_else(Vec::new, tiles),
            sources: sources(run),
            rules: rules.collect(),
            facts: facts(run, summary.as_ref()),
            figures: Vec::new(),
            changes: step.as_ref().filter(|step| step.before.is_some()).map(charts::steps),
            before: step.as_ref().and_then(|step| step.before).map(|id| id.to_string()),
            pair: None,
        }
    }
}

fn sources(run: &Run) -> Vec<SourceLine> {
    let line = |source: &runs::Source| SourceLine {
        source: source.source.to_string(),
        submission: source.submission.to_string(),
        records: grouped(source.records),
        digest: hex(&source.digest),
    };
    run.sources.iter().map(line).collect()
}

/// What repeats the run.
fn facts(run: &Run, summary: Option<&Summary>) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Run", run.id.to_string())];
    facts.extend(run.code_version.clone().map(|version| ("Program", version)));
    facts.extend(run.settings_hash.map(|hash| ("Hash of settings", hex(&hash))));
    facts.push(("Hash of encoding", hex(&run.config_hash)));
    facts.extend(run.digest.map(|digest| ("Digest of the result", hex(&digest))));
    facts.extend(summary.map(|summary| ("Schema", summary.text("/parameters/schema"))));
    facts
}

fn tiles(summary: &Summary) -> Vec<Tile> {
    let estimate = |name: &'static str, key: &str| {
        let [value, low, high] = summary.estimate(key);
        Tile {
            name,
            value: numbers::percent(value),
            note: format!("95% interval {}", numbers::interval(low, high)),
        }
    };
    vec![
        Tile {
            name: "Persons",
            value: summary.count("persons"),
            note: format!("{} in several sources", summary.count("persons_in_several_sources")),
        },
        Tile {
            name: "Records",
            value: summary.count("records"),
            note: format!("{} pairs accepted", summary.count("pairs_accepted")),
        },
        estimate("Expected precision", "expected_precision"),
        estimate("Expected recall", "expected_recall"),
        estimate("Met in a block", "blocking_completeness"),
        Tile {
            name: "To be reviewed",
            value: summary.count("persons_to_review"),
            note: "persons that look doubtful".to_owned(),
        },
    ]
}

const STAGES: [(Stage, &str); 4] = [
    (Stage::Reading, "Reading submissions"),
    (Stage::Comparing, "Comparing pairs"),
    (Stage::Clustering, "Making persons"),
    (Stage::Writing, "Writing the result"),
];

fn progress(run: &Run) -> ProgressShown {
    let at = run.progress.and_then(|it| STAGES.iter().position(|(stage, _)| *stage == it.stage));
    let class = |index: usize| match at {
        Some(at) if index < at => "is-done",
        Some(at) if index == at => "is-here",
        _ => "",
    };
    let stages = STAGES
        .iter()
        .enumerate()
        .map(|(index, (stage, word))| (stage.as_str(), *word, class(index)));
    let (done, total) = run.progress.map_or((0, 0), |progress| (progress.done, progress.total));
    let percent = (done * 100).checked_div(total).unwrap_or(0).min(100);
    let text = match (run.state, at) {
        (RunState::Queued, _) => "Waiting for its turn".to_owned(),
        (_, Some(at)) => STAGES[at].1.to_owned(),
        _ => "Beginning".to_owned(),
    };
    let left = run.progress.and_then(|progress| progress.left_seconds);
    let left = left.map_or_else(String::new, |seconds| format!("about {} left", duration(seconds)));
    ProgressShown { stages: stages.collect(), percent, text, left }
}

#[derive(Template)]
#[template(path = "runs/cancel.html")]
struct CancelPage {
    frame: Frame,
    id: String,
    number: u64,
    project: String,
    is_open: bool,
}

/// Asks whether a run is to be ended.
pub(in super::super) async fn ask_cancel(
    unit: Data<Unit>,
    visit: Visit<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = run_id(&path)?;
    let projects = projects(unit.clone()).await?;
    let run = block(move || unit.store.read(|connection| runs::find(connection, id))).await?;
    page(&CancelPage {
        frame: Frame::of(&visit.reader),
        id: run.id.to_string(),
        number: run.number,
        project: name_of(&projects, run.project),
        is_open: !run.state.has_ended(),
    })
}

/// Ends a run that waits or is worked on.
pub(in super::super) async fn cancel(
    unit: Data<Unit>,
    posted: Posted<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = run_id(&path)?;
    block(move || runs::cancel(&unit, &posted.by, id)).await?;
    Ok(see(&format!("/runs/{id}?done=cancelled")))
}
