//! What a run did to the ids of persons, change by change. Ids and counts only.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use tallystick_chart::numbers;

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::short;
use super::super::visit::Visit;
use super::find::Choice;
use super::{asked, charts, run_id};
use crate::accounts::Operator;
use crate::persons::{self, ChangeKind, Reason};
use crate::runs::{self, RunError};
use crate::unit::Unit;

/// Changes of a page.
const PAGE_CHANGES: u32 = 50;

struct ChangeLine {
    kind: &'static str,
    class: &'static str,
    meaning: &'static str,
    person: (String, String),
    other: Option<(String, String)>,
    records: String,
}

#[derive(Template)]
#[template(path = "runs/changes.html")]
struct ChangesPage {
    frame: Frame,
    id: String,
    number: u64,
    before: Option<String>,
    reasons: Vec<String>,
    figure: Option<String>,
    kinds: Vec<Choice>,
    changes: Vec<ChangeLine>,
    is_first: bool,
    next: Option<String>,
}

/// A change in words and a colour.
fn words(kind: ChangeKind) -> (&'static str, &'static str) {
    match kind {
        ChangeKind::Returned => ("as in an earlier run", ""),
        ChangeKind::Created => ("a new person", "good"),
        ChangeKind::Split => ("new, from the other", "warn"),
        ChangeKind::Merged => ("ended in the other", "warn"),
        ChangeKind::Moved => ("got records from the other", "warn"),
        ChangeKind::Gone => ("has no records now", ""),
    }
}

fn reason(Reason { code, source, .. }: &Reason) -> String {
    let source = source.as_deref().unwrap_or("a source");
    match code.as_str() {
        "source-added" => format!("{source} was added"),
        "source-left-out" => format!("{source} was left out"),
        "submission-superseded" => format!("{source} sent a newer submission"),
        "submission-withdrawn" => format!("{source} withdrew its submission"),
        "submission-differs" => format!("another submission of {source} was linked"),
        "rules-changed" => "the rules of linking changed".to_owned(),
        "settings-changed" => "the settings changed".to_owned(),
        "program-changed" => "another version of the program linked".to_owned(),
        code => code.to_owned(),
    }
}

/// The page.
pub(in super::super) async fn changes(
    request: HttpRequest,
    unit: Data<Unit>,
    visit: Visit<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = run_id(&path)?;
    let fields = asked(&request)?;
    let kind = ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == fields.text("kind"));
    let from: u64 = fields.text("from").parse().unwrap_or(0);
    let (run, step, found) = block(move || {
        unit.store.read(|connection| {
            let run = runs::find(connection, id)?;
            let step = persons::step(connection, id)?;
            let found = persons::changes_of(connection, id, kind, from, PAGE_CHANGES)?;
            Ok::<_, RunError>((run, step, found))
        })
    })
    .await?;
    let is_full = found.len() == PAGE_CHANGES as usize;
    let kept = kind.map_or_else(String::new, |kind| format!("kind={}&", kind.as_str()));
    let next = found.last().filter(|_| is_full);
    let next = next.map(|last| format!("/runs/{id}/changes?{kept}from={}", last.number + 1));
    let named = |id: crate::ids::PersonId| {
        let whole = id.to_string();
        (short(&whole).to_owned(), whole)
    };
    let line = |listed: &persons::Listed| {
        let change = listed.change;
        let (meaning, class) = words(change.kind);
        ChangeLine {
            kind: change.kind.as_str(),
            class,
            meaning,
            person: named(change.person),
            other: change.other.map(named),
            records: numbers::count(change.records),
        }
    };
    let choice = |one: ChangeKind| Choice {
        value: one.as_str().to_owned(),
        label: format!("{}: {}", one.as_str(), words(one).0),
        is_chosen: kind == Some(one),
    };
    let step = step.filter(|step| step.before.is_some());
    page(&ChangesPage {
        frame: Frame::of(&visit.reader),
        id: id.to_string(),
        number: run.number,
        before: step.as_ref().and_then(|step| step.before).map(|id| id.to_string()),
        reasons: step
            .as_ref()
            .map_or_else(Vec::new, |step| step.reasons.iter().map(reason).collect()),
        figure: step.as_ref().map(charts::steps),
        kinds: ChangeKind::ALL.map(choice).into(),
        changes: found.iter().map(line).collect(),
        is_first: from == 0,
        next,
    })
}
