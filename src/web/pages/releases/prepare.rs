//! Preparing: a finished run and a study are tried, then asked for; one's own release is withdrawn while it waits.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::super::extract::block;
use super::super::super::gates::Gates;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, grouped, short};
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, page_with, see};
use super::findings::refusal_words;
use super::flow::{FlowShown, flows};
use super::report::Step;
use super::show::{Wrongs, read as read_release};
use super::{Choice, Names, release_id};
use crate::accounts::{Preparer, ReleaseReader};
use crate::ids::{ReleaseId, RunId};
use crate::release::desk::{self, DeskError, DryRun, Plan, Sought, Wanted as Release};
use crate::unit::Unit;

/// Runs and releases to choose from.
const CHOICES_MAX: u32 = 100;
/// Lines shown before and after the one that is wrong.
const LINES_AROUND: usize = 2;

/// What the page begins with.
#[derive(Deserialize)]
pub(in crate::web::pages) struct Begin {
    /// A release whose study is taken.
    #[serde(default)]
    like: String,
    #[serde(default)]
    run: String,
}

/// What a study would come to.
struct Tried {
    refusals: Vec<(&'static str, String, &'static str)>,
    flows: Vec<FlowShown>,
    tables: Vec<(String, String, String)>,
    notes: Vec<String>,
}

/// Where a study, or the plan of an evaluation, is wrong.
pub(super) struct Mistake {
    pub(super) title: String,
    pub(super) help: String,
    pub(super) code: &'static str,
    /// Number of the line, if it is known; with the lines around it.
    pub(super) line: Option<usize>,
    pub(super) lines: Vec<(usize, String, bool)>,
}

impl Mistake {
    /// In a text, at a line of it if that is known.
    pub(super) fn new(
        (title, help, code): (String, String, &'static str),
        text: &str,
        line: Option<usize>,
    ) -> Self {
        Self { title, help, code, line, lines: around(text, line) }
    }
}

#[derive(Template)]
#[template(path = "releases/new.html")]
struct NewPage {
    frame: Frame,
    runs: Vec<Choice>,
    replaces: Vec<Choice>,
    study: String,
    run_wrong: &'static str,
    mistake: Option<Mistake>,
    tried: Option<Tried>,
}

/// What was typed.
#[derive(Clone, Default)]
struct Typed {
    run: String,
    replaces: String,
    study: String,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            run: fields.text("run").to_owned(),
            replaces: fields.text("replaces").to_owned(),
            study: fields.raw("study").replace("\r\n", "\n"),
        }
    }

    /// What is wanted; the run is chosen from a list.
    fn wanted(&self, unit: &Unit) -> Result<Option<Release>, Problem> {
        if self.study.len() > unit.config.release.study_bytes_max {
            return Err(Problem::too_large());
        }
        let replaces = (!self.replaces.is_empty()).then(|| ReleaseId::parse(&self.replaces));
        let replaces = replaces.map(|id| id.ok_or_else(Problem::not_found)).transpose()?;
        let run = RunId::parse(&self.run);
        Ok(run.map(|run| Release { run, study: self.study.clone(), replaces }))
    }
}

async fn read(
    unit: Data<Unit>,
    by: &Preparer,
    reader: &Reader,
    typed: Typed,
) -> Result<NewPage, Problem> {
    let asked = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
    let now = unit.store.now();
    let (runs, releases, names) = block(move || {
        unit.store.read(|connection| {
            let runs = desk::fit_runs(connection, CHOICES_MAX)?;
            let releases = desk::search(connection, now, &Sought::default(), CHOICES_MAX)?;
            Ok::<_, DeskError>((runs, releases, Names::read(connection, &asked)?))
        })
    })
    .await?;
    let runs = runs.into_iter().map(|run| Choice {
        is_chosen: run.id.to_string() == typed.run,
        label: format!(
            "{}, run {} ({}), finished {}",
            names.project(run.project),
            run.number,
            short(&run.id.to_string()),
            Moment::from(run.finished_at).text
        ),
        value: run.id.to_string(),
    });
    let bundled = releases.into_iter().filter(|it| it.bundle.is_some());
    let replaces = bundled.map(|it| Choice {
        is_chosen: it.id.to_string() == typed.replaces,
        label: format!("Release {} ({})", it.number, names.project(it.project)),
        value: it.id.to_string(),
    });
    Ok(NewPage {
        frame: Frame::of(reader),
        runs: runs.collect(),
        replaces: replaces.collect(),
        study: typed.study,
        run_wrong: "",
        mistake: None,
        tried: None,
    })
}

/// The form, with the study of an earlier release if one is named.
pub(in crate::web::pages) async fn new(
    unit: Data<Unit>,
    visit: Visit<Preparer>,
    begin: Query<Begin>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let mut typed = Typed { run: begin.run.clone(), ..Typed::default() };
    if let Some(id) = ReleaseId::parse(&begin.like) {
        let worker = unit.clone();
        let like =
            block(move || worker.store.read(|connection| desk::find(connection, id))).await?;
        typed.study = like.study;
        if typed.run.is_empty() {
            typed.run = like.run.to_string();
        }
    }
    page(&read(unit, &by, &reader, typed).await?)
}

/// Tries a study, as it was typed. Nothing is kept.
pub(in crate::web::pages) async fn attempt(
    unit: Data<Unit>,
    gates: Data<Gates>,
    posted: Posted<Preparer>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let typed = Typed::of(&fields);
    let Some(wanted) = typed.wanted(&unit)? else {
        return without_run(unit, &by, &reader, typed).await;
    };
    let turn = gates.estimate().await?;
    let (worker, asked) = (unit.clone(), by.clone());
    let found = block(move || {
        let _turn = turn;
        sorted(Plan::parse(&wanted.study).and_then(|_| desk::dry_run(&worker, &asked, &wanted)))
    })
    .await?;
    let again = read(unit, &by, &reader, typed.clone()).await?;
    match found {
        Ok(found) => page(&NewPage { tried: Some(tried(found)), ..again }),
        Err(error) => refused(error, &typed.study, again),
    }
}

/// Asks for a release.
pub(in crate::web::pages) async fn queue(
    unit: Data<Unit>,
    posted: Posted<Preparer>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let typed = Typed::of(&fields);
    let Some(wanted) = typed.wanted(&unit)? else {
        return without_run(unit, &by, &reader, typed).await;
    };
    let (worker, asked) = (unit.clone(), by.clone());
    match block(move || sorted(desk::queue(&worker, &asked, &wanted))).await? {
        Ok(id) => Ok(see(&format!("/releases/{id}?done=queued"))),
        Err(error) => {
            let again = read(unit, &by, &reader, typed.clone()).await?;
            refused(error, &typed.study, again)
        }
    }
}

/// Failures of the records are no answer to what was typed.
fn sorted<T>(result: Result<T, DeskError>) -> Result<Result<T, DeskError>, DeskError> {
    match result {
        Err(DeskError::Store(error)) => Err(error.into()),
        other => Ok(other),
    }
}

async fn without_run(
    unit: Data<Unit>,
    by: &Preparer,
    reader: &Reader,
    typed: Typed,
) -> Result<HttpResponse, Refusal> {
    let again =
        NewPage { run_wrong: "Choose a finished run.", ..read(unit, by, reader, typed).await? };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, super::super::POLICY, &again)
}

fn refused(error: DeskError, study: &str, again: NewPage) -> Result<HttpResponse, Refusal> {
    let line = line_of(&error, study);
    let said = (error.to_string(), error.help(), error.code());
    let mistake = Mistake::new(said, study, line);
    let problem = Problem::from(error);
    page_again(&problem, &NewPage { mistake: Some(mistake), ..again })
}

/// The line that an error is about, if it can be found.
fn line_of(error: &DeskError, study: &str) -> Option<usize> {
    use tallystick_study::StudyError;
    let DeskError::Study(error) = error else {
        let is_policy = matches!(error, DeskError::Policy(_));
        return is_policy.then(|| line_with(study, "[disclosure]", 1)).flatten();
    };
    match error {
        StudyError::Syntax { line, .. } => Some(*line),
        StudyError::TableUnknown { number, .. }
        | StudyError::ColumnUnknown { number, .. }
        | StudyError::ColumnType { number, .. } => line_with(study, "[[record]]", *number),
        StudyError::Setting { place, .. } => {
            let place = place.split(',').next().unwrap_or_default();
            let (kind, name) = place.split_once(' ').unwrap_or((place, ""));
            match (kind, name.parse::<usize>()) {
                ("record" | "coverage", Ok(number)) => {
                    line_with(study, &format!("[[{kind}]]"), number)
                }
                _ if name.is_empty() => line_beginning(study, kind),
                _ => study
                    .lines()
                    .position(|line| {
                        let line = line.trim_start();
                        line.starts_with("name") && line.contains(&format!("\"{name}\""))
                    })
                    .map(|place| place + 1),
            }
        }
    }
}

/// The line of the `number`th heading.
fn line_with(study: &str, heading: &str, number: usize) -> Option<usize> {
    let mut found = study.lines().enumerate().filter(|(_, line)| line.trim() == heading);
    found.nth(number.checked_sub(1)?).map(|(place, _)| place + 1)
}

/// The first line that begins with a key.
fn line_beginning(study: &str, key: &str) -> Option<usize> {
    study.lines().position(|line| line.trim_start().starts_with(key)).map(|place| place + 1)
}

/// Lines of what was typed around the one that is wrong.
fn around(study: &str, line: Option<usize>) -> Vec<(usize, String, bool)> {
    let Some(wrong) = line else { return Vec::new() };
    let lines = study.lines().enumerate().map(|(place, text)| (place + 1, text.to_owned()));
    let near = lines.filter(|(number, _)| number.abs_diff(wrong) <= LINES_AROUND);
    near.map(|(number, text)| (number, text, number == wrong)).collect()
}

fn tried(found: DryRun) -> Tried {
    let steps: Vec<Step> = found
        .flow
        .into_iter()
        .map(|(step, persons)| Step { arm: step.arm, label: step.label, persons })
        .collect();
    let count =
        |count: usize| grouped(u64::try_from(count).expect("addresses have at most 64 bits"));
    let tables = found.tables.into_iter();
    let tables = tables.map(|(name, rows, columns)| (name, count(rows), count(columns)));
    let refusals = found.refusals.into_iter();
    Tried {
        refusals: refusals.map(|(code, help)| (code, help, refusal_words(code))).collect(),
        flows: flows(&steps),
        tables: tables.collect(),
        notes: found.notes,
    }
}

#[derive(Template)]
#[template(path = "releases/withdraw.html")]
struct WithdrawPage {
    frame: Frame,
    id: String,
    number: u64,
    title: String,
}

/// What withdrawing does.
pub(in crate::web::pages) async fn before_withdraw(
    unit: Data<Unit>,
    visit: Visit<Preparer>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let id = release_id(&path)?;
    let release = block(move || unit.store.read(|connection| desk::find(connection, id))).await?;
    if release.prepared.by != by.principal().account() {
        return Err(Refusal::not_found());
    }
    page(&WithdrawPage {
        frame: Frame::of(&reader),
        id: id.to_string(),
        number: release.number,
        title: super::study::title(&release.study),
    })
}

/// Withdraws one's own release.
pub(in crate::web::pages) async fn withdraw(
    unit: Data<Unit>,
    posted: Posted<Preparer>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, .. } = posted;
    let id = release_id(&path)?;
    let (worker, asked) = (unit.clone(), by.clone());
    match block(move || desk::withdraw(&worker, &asked, id)).await {
        Ok(()) => Ok(see(&format!("/releases/{id}?done=withdrawn"))),
        Err(problem) => {
            let by = ReleaseReader::of(by.principal()).map_err(Problem::from)?;
            let wrongs = Wrongs { end: Some(problem.clone()), ..Wrongs::default() };
            page_again(&problem, &read_release(unit, &by, &reader, id, wrongs).await?)
        }
    }
}
