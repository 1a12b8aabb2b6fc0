//! Questions to an agency about two records of its own.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::extract::block;
use super::super::problem::Problem;
use super::frame::Frame;
use super::refusal::Refusal;
use super::shown::{Moment, short};
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::Uploader;
use crate::clerical::{self, Answer, Asked};
use crate::ids::LookupId;
use crate::unit::Unit;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[("answered", "Your answer was taken. Thank you.")];

/// An answer as an option.
struct Choice {
    code: &'static str,
    text: &'static str,
}

/// A question.
struct Question {
    id: String,
    short: String,
    source: String,
    handles: [String; 2],
    asked_at: Moment,
    answer: Option<&'static str>,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "agency/lookups.html")]
struct LookupsPage {
    frame: Frame,
    questions: Vec<Question>,
    choices: Vec<Choice>,
    problem: Option<Problem>,
}

const fn words(answer: Answer) -> &'static str {
    match answer {
        Answer::Same => "the same person",
        Answer::Different => "two different people",
        Answer::CannotTell => "cannot tell",
        Answer::Unknown => "a handle is not in our list",
    }
}

impl From<Asked> for Question {
    fn from(asked: Asked) -> Self {
        let id = asked.id.to_string();
        Self {
            short: short(&id).to_owned(),
            id,
            source: asked.source.to_string(),
            handles: asked.handles.map(|handle| handle.to_string()),
            asked_at: asked.asked_at.into(),
            is_open: asked.is_open && asked.answer.is_none(),
            answer: asked.answer.map(words),
        }
    }
}

async fn read(unit: Data<Unit>, reader: &Reader, by: Uploader) -> Result<LookupsPage, Problem> {
    let asked = block(move || clerical::asked(&unit, &by)).await?;
    let choice = |answer: &Answer| Choice { code: answer.as_str(), text: words(*answer) };
    Ok(LookupsPage {
        frame: Frame::of(reader).after(reader, NOTICES),
        questions: asked.into_iter().map(Into::into).collect(),
        choices: Answer::ALL.iter().map(choice).collect(),
        problem: None,
    })
}

/// All questions to the agency.
pub(super) async fn lookups(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
) -> Result<HttpResponse, Refusal> {
    page(&read(unit, &visit.reader, visit.by).await?)
}

/// Answers one.
pub(super) async fn answer(
    unit: Data<Unit>,
    posted: Posted<Uploader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let id = LookupId::parse(&path).ok_or_else(Refusal::not_found)?;
    let answered = match Answer::parse(fields.text("answer")) {
        Some(answer) => {
            let (worker, sender) = (unit.clone(), by.clone());
            block(move || clerical::answer(&worker, &sender, id, answer)).await
        }
        None => Err(Problem::malformed("choose an answer")),
    };
    match answered {
        Ok(()) => Ok(see("/agency/lookups?done=answered")),
        Err(problem) => {
            let again = read(unit, &reader, by).await?;
            page_again(&problem, &LookupsPage { problem: Some(problem.clone()), ..again })
        }
    }
}
