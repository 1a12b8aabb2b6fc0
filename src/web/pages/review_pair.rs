//! One pair, by levels: judged by a form that works without a script, and that sent twice counts once.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;
use tallystick_wire::SourceType;

use super::super::extract::block;
use super::super::problem::Problem;
use super::frame::Frame;
use super::refusal::Refusal;
use super::review::set_id;
use super::shown::grouped;
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::Operator;
use crate::clerical::{self, Judgement, Likeness, PairShown, Reason, ReviewSet, Verdict};
use crate::ids::ReviewSetId;
use crate::unit::Unit;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[
    ("judged", "Your judgement was taken. Here is the next pair; go back to change the last one."),
    ("asked", "The agency was asked to look up its two records."),
];

/// What is compared, as a line of the table.
struct Line {
    what: &'static str,
    level: &'static str,
    class: &'static str,
    how: &'static str,
    is_missing: bool,
}

/// A reason as an option.
struct Choice {
    code: &'static str,
    text: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "review/pair.html")]
struct PairPage {
    frame: Frame,
    set: String,
    place: u32,
    pairs: String,
    /// "One is a police record, the other a court record".
    records: String,
    is_one_source: bool,
    lines: Vec<Line>,
    own: Option<&'static str>,
    reasons: Vec<Choice>,
    left: String,
    problem: Option<Problem>,
}

const fn record_words(kind: SourceType) -> &'static str {
    match kind {
        SourceType::Police => "a police record",
        SourceType::Court => "a court record",
        SourceType::Prosecutor => "a prosecutor's record",
        SourceType::Jail => "a jail record",
        SourceType::Provider => "a provider's record",
        SourceType::Other => "a record of another kind",
    }
}

const fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "the same person",
        Verdict::Different => "two different people",
        Verdict::CannotTell => "cannot tell",
    }
}

const fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Names => "the names",
        Reason::Birth => "date or year of birth",
        Reason::Numbers => "a number",
        Reason::Place => "address, telephone or place",
        Reason::Relatives => "they look like relatives, or twins",
        Reason::Namesakes => "they look like two people of one name",
        Reason::TooLittle => "too much is missing",
    }
}

fn line(compared: clerical::Compared) -> Line {
    let class = match compared.likeness {
        Likeness::Same => "good",
        Likeness::Near => "warn",
        Likeness::Different => "bad",
        Likeness::Missing => "",
    };
    Line {
        what: compared.what,
        level: compared.likeness.as_str(),
        class,
        how: compared.how.unwrap_or(""),
        is_missing: compared.likeness == Likeness::Missing,
    }
}

fn view(reader: &Reader, set: &ReviewSet, pair: PairShown) -> PairPage {
    let [first, second] = pair.kinds.map(record_words);
    let records = match (pair.is_one_source, first == second) {
        (true, _) => format!("Both are of one source, each {first}"),
        (false, true) => format!("They are of two sources, each {first}"),
        (false, false) => format!("One is {first}, the other {second}"),
    };
    let chosen = pair.own.and_then(|own| own.reason);
    let reasons = Reason::ALL.iter().map(|reason| Choice {
        code: reason.as_str(),
        text: reason_words(*reason),
        is_chosen: chosen == Some(*reason),
    });
    PairPage {
        frame: Frame::of(reader).after(reader, NOTICES),
        set: set.id.to_string(),
        place: pair.place,
        pairs: grouped(set.pairs),
        records,
        is_one_source: pair.is_one_source,
        lines: pair.compared.into_iter().map(line).collect(),
        own: pair.own.map(|own| verdict_words(own.verdict)),
        reasons: reasons.collect(),
        left: grouped(set.left),
        problem: None,
    }
}

async fn read(
    unit: Data<Unit>,
    reader: &Reader,
    by: Operator,
    (id, place): (ReviewSetId, u32),
) -> Result<PairPage, Problem> {
    let (set, pair) = block(move || {
        let pair = clerical::pair(&unit, &by, id, place)?;
        let account = by.principal().account();
        let set = unit.store.read(|connection| clerical::find(connection, account, id))?;
        Ok::<_, clerical::ClericalError>((set, pair))
    })
    .await?;
    Ok(view(reader, &set, pair))
}

fn place_of(path: &(String, String)) -> Result<(ReviewSetId, u32), Refusal> {
    Ok((set_id(&path.0)?, path.1.parse().map_err(|_| Refusal::not_found())?))
}

/// Leads to the pair whose turn it is: each has an address of its own, so that going back and loading again show the same one.
pub(super) async fn next(
    unit: Data<Unit>,
    visit: Visit<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = set_id(&path)?;
    let next = block(move || clerical::next(&unit, &visit.by, id)).await;
    let done = if visit.reader.done.as_deref() == Some("judged") { "?done=judged" } else { "" };
    match next {
        Ok(Some(pair)) => Ok(see(&format!("/review/{id}/pairs/{}{done}", pair.place))),
        Ok(None) => Ok(see(&format!("/review/{id}?done=all-judged"))),
        // It was the last judgement of the set.
        Err(problem) if problem.code() == "review-set-closed" => Ok(see(&format!("/review/{id}"))),
        Err(problem) => Err(problem.into()),
    }
}

/// A pair.
pub(super) async fn pair(
    unit: Data<Unit>,
    visit: Visit<Operator>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Refusal> {
    let place = place_of(&path)?;
    match read(unit, &visit.reader, visit.by, place).await {
        Ok(shown) => page(&shown),
        // Nothing is judged there any more: what became of it stands at the set.
        Err(problem) if problem.code() == "review-set-closed" => {
            Ok(see(&format!("/review/{}", place.0)))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Judges it.
pub(super) async fn judge(
    unit: Data<Unit>,
    posted: Posted<Operator>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let (id, place) = place_of(&path)?;
    let reason = fields.given("reason").map(|text| Reason::parse(text).ok_or(()));
    let judged = match (Verdict::parse(fields.text("verdict")), reason.transpose()) {
        (Some(verdict), Ok(reason)) => {
            let (worker, sender) = (unit.clone(), by.clone());
            let judgement = Judgement { verdict, reason };
            block(move || clerical::judge(&worker, &sender, id, place, judgement)).await
        }
        _ => Err(Problem::malformed("choose one of the three")),
    };
    match judged {
        Ok(()) => Ok(see(&format!("/review/{id}/next?done=judged"))),
        Err(problem) => {
            let again = read(unit, &reader, by, (id, place)).await?;
            page_again(&problem, &PairPage { problem: Some(problem.clone()), ..again })
        }
    }
}

/// Asks the agency whose records both are.
pub(super) async fn ask(
    unit: Data<Unit>,
    posted: Posted<Operator>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, .. } = posted;
    let (id, place) = place_of(&path)?;
    let (worker, sender) = (unit.clone(), by.clone());
    match block(move || clerical::ask(&worker, &sender, id, place)).await {
        Ok(_) => Ok(see(&format!("/review/{id}/pairs/{place}?done=asked"))),
        Err(problem) => {
            let again = read(unit, &reader, by, (id, place)).await?;
            page_again(&problem, &PairPage { problem: Some(problem.clone()), ..again })
        }
    }
}
