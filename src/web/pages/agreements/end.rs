//! The end of an agreement before its time, with what it will mean.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::compliance::Choice;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::describe::{title, why_word};
use crate::accounts::Compliance;
use crate::agreements::{self, AgreementError, EndReason};
use crate::audit::words::Names;
use crate::ids::AgreementId;
use crate::unit::Unit;

#[derive(Template)]
#[template(path = "agreements/end.html")]
struct EndPage {
    frame: Frame,
    id: String,
    title: String,
    until: String,
    reasons: Vec<Choice>,
    typed: String,
    wrong: &'static str,
    problem: Option<Problem>,
}

async fn read(unit: Data<Unit>, reader: &Reader, asked: &str) -> Result<EndPage, Refusal> {
    let id = AgreementId::parse(asked).ok_or_else(Refusal::not_found)?;
    let (it, names) = block(move || {
        unit.store.read(|connection| {
            let names = Names::read(connection)?;
            Ok::<_, AgreementError>((agreements::find(connection, id)?, names))
        })
    })
    .await?;
    let reason = |why: &EndReason| Choice {
        value: why.as_str().to_owned(),
        label: why_word(*why).to_owned(),
    };
    Ok(EndPage {
        frame: Frame::of(reader),
        id: id.to_string(),
        title: title(&it, &names),
        until: it.interval.until().to_string(),
        reasons: EndReason::ALL.iter().map(reason).collect(),
        typed: String::new(),
        wrong: "",
        problem: None,
    })
}

/// What will happen.
pub(in crate::web::pages) async fn confirm(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Path<String>,
) -> Result<HttpResponse, Refusal> {
    page(&read(unit, &visit.reader, &asked).await?)
}

/// Ends it.
pub(in crate::web::pages) async fn end(
    unit: Data<Unit>,
    posted: Posted<Compliance>,
    asked: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let shown = read(unit.clone(), &reader, &asked).await?;
    let id = AgreementId::parse(&asked).ok_or_else(Refusal::not_found)?;
    let Some(reason) = EndReason::parse(fields.text("reason")) else {
        let problem = Problem::malformed("the reason is missing or not known");
        return page_again(&problem, &EndPage { wrong: "Choose why it ends.", ..shown });
    };
    match block(move || agreements::end(&unit.store, Some(&by), id, reason)).await {
        Ok(()) => Ok(see(&format!("/agreements/{id}?done=ended"))),
        Err(problem) => {
            let typed = reason.as_str().to_owned();
            page_again(&problem, &EndPage { problem: Some(problem.clone()), typed, ..shown })
        }
    }
}
