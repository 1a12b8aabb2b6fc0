//! How the service does, for operators: its health, its queue, what it stores, and its backups.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::super::extract::block;
use super::super::problem::Problem;
use super::frame::Frame;
use super::refusal::Refusal;
use super::shown::{Moment, bytes, counted, grouped};
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::Operator;
use crate::audit::review;
use crate::operate::{Asker, OperateError, Overview, begin_backup, list_backups};
use crate::runs::{self, Run, RunError, RunState, Search};
use crate::store::StoreError;
use crate::unit::Unit;

const NOTICES: &[(&str, &str)] =
    &[("begun", "The backup was begun. Reload this page to see when it is made.")];
/// Runs that are shown of those that wait; no more may wait than `runs.queue_max`.
const QUEUE_SHOWN: u32 = 20;
/// Backups that are shown.
const BACKUPS_SHOWN: usize = 20;

/// Something that is well, or is not.
struct Sign {
    name: &'static str,
    word: &'static str,
    class: &'static str,
    text: String,
}

impl Sign {
    fn new(
        name: &'static str,
        is_well: bool,
        wrong: (&'static str, &'static str),
        text: String,
    ) -> Self {
        let (word, class) = if is_well { ("well", "good") } else { wrong };
        Self { name, word, class, text }
    }
}

struct Waiting {
    id: String,
    number: u64,
    queued_at: Moment,
    word: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "operations/show.html")]
struct OperationsPage {
    frame: Frame,
    signs: Vec<Sign>,
    waiting: Vec<Waiting>,
    room: Vec<[String; 3]>,
    room_all: String,
    backups: Vec<String>,
    backups_more: usize,
    running: Option<String>,
    failed: Option<&'static str>,
    has_directory: bool,
    problem: Option<Problem>,
}

/// What is stored: kind, files and bytes of the plain text.
fn room(connection: &rusqlite::Connection) -> Result<Vec<(String, u64, u64)>, StoreError> {
    let sql = "SELECT kind, count(*), coalesce(sum(bytes), 0) FROM segment WHERE shredded_at IS NULL GROUP BY kind ORDER BY kind";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

struct Found {
    overdue: usize,
    room: Vec<(String, u64, u64)>,
    open: Vec<Run>,
    last: Vec<Run>,
}

fn read(unit: &Unit) -> Result<Found, RunError> {
    let now = unit.store.now();
    unit.store.read(|connection| {
        let of = |state, most| {
            runs::search(connection, &Search { state: Some(state), ..Search::default() }, most)
        };
        let mut open = of(RunState::Queued, QUEUE_SHOWN)?;
        open.extend(of(RunState::Running, 1)?);
        open.reverse();
        Ok(Found {
            overdue: review::open_weeks(connection, now, true)?.len(),
            room: room(connection)?,
            open,
            last: runs::list(connection, None, None, QUEUE_SHOWN)?,
        })
    })
}

fn kind_word(kind: &str) -> &'static str {
    match kind {
        "encodings" => "Encodings of submissions",
        "content" => "Sealed content of submissions",
        "upload" => "Uploads that are not whole",
        "pass" => "Work of runs",
        "result" => "Results of runs",
        "report" => "Reports of runs",
        "persons" => "Ids of persons",
        "release" | "sketch" => "Releases",
        _ => "Others",
    }
}

fn signs(unit: &Unit, found: &Found) -> Vec<Sign> {
    let failures = unit.store.log_failures();
    let failed = found.last.iter().find(|run| run.state.has_ended());
    let is_failed = failed.is_some_and(|run| run.state == RunState::Failed);
    let last = failed.map_or_else(
        || "No run has ended yet.".to_owned(),
        |run| match &run.failure {
            Some(code) if is_failed => format!("Run {} failed with {code}.", run.number),
            _ => format!("Run {} was the last to end.", run.number),
        },
    );
    vec![
        Sign::new("Records", true, ("", ""), "The records can be read.".to_owned()),
        Sign::new(
            "Audit log",
            failures == 0,
            ("failing", "bad"),
            if failures == 0 {
                "Every entry was written since the service started.".to_owned()
            } else {
                format!(
                    "{} could not be written since the service started.",
                    counted(failures, "entry", "entries")
                )
            },
        ),
        Sign::new(
            "Reviews of the log",
            found.overdue == 0,
            ("overdue", "warn"),
            if found.overdue == 0 {
                "No week waits for its review too long.".to_owned()
            } else {
                format!(
                    "{} over for more than seven days without a review.",
                    counted(found.overdue as u64, "week is", "weeks are")
                )
            },
        ),
        Sign::new("Runs", !is_failed, ("failed", "bad"), last),
    ]
}

async fn shown(unit: Data<Unit>, reader: &Reader) -> Result<OperationsPage, Problem> {
    let worker = unit.clone();
    let found = block(move || read(&worker)).await?;
    let worker = unit.clone();
    let listed = block(move || match list_backups(&worker) {
        Err(OperateError::NoDirectory) => Ok::<_, OperateError>(None),
        listed => listed.map(Some),
    })
    .await?;
    let has_directory = listed.is_some();
    let Overview { mut backups, running, failed } =
        listed.unwrap_or(Overview { backups: Vec::new(), running: None, failed: None });
    let backups_more = backups.len().saturating_sub(BACKUPS_SHOWN);
    backups.truncate(BACKUPS_SHOWN);
    let waiting = found.open.iter().map(|run| {
        let is_running = run.state == RunState::Running;
        Waiting {
            id: run.id.to_string(),
            number: run.number,
            queued_at: run.queued_at.into(),
            word: if is_running { "running" } else { "waiting" },
            class: if is_running { "busy" } else { "" },
        }
    });
    Ok(OperationsPage {
        frame: Frame::of(reader).after(reader, NOTICES),
        signs: signs(&unit, &found),
        waiting: waiting.collect(),
        room: found
            .room
            .iter()
            .map(|(kind, files, size)| [kind_word(kind).to_owned(), grouped(*files), bytes(*size)])
            .collect(),
        room_all: bytes(found.room.iter().map(|(_, _, size)| size).sum()),
        backups,
        backups_more,
        running,
        failed,
        has_directory,
        problem: None,
    })
}

/// The page.
pub(super) async fn show(
    unit: Data<Unit>,
    visit: Visit<Operator>,
) -> Result<HttpResponse, Refusal> {
    page(&shown(unit, &visit.reader).await?)
}

/// Begins a backup.
pub(super) async fn backup(
    unit: Data<Unit>,
    posted: Posted<Operator>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, .. } = posted;
    let asker = Asker { actor: by.actor(), address: by.principal().address() };
    let worker = unit.clone();
    match block(move || begin_backup(&worker.into_inner(), asker)).await {
        Ok(_) => Ok(see("/operations?done=begun")),
        Err(problem) => {
            let again = shown(unit, &reader).await?;
            page_again(&problem.clone(), &OperationsPage { problem: Some(problem), ..again })
        }
    }
}
