//! The download of a bundle, by a form on which its terms are shown and accepted.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::super::super::extract::block;
use super::super::super::release_bundle::sent;
use super::super::page_again;
use super::super::refusal::Refusal;
use super::super::visit::Posted;
use super::release_id;
use super::show::{Wrongs, read};
use crate::accounts::{Evaluator, ReleaseReader};
use crate::release::desk;
use crate::unit::Unit;

/// Sends the bundle, as the interface for programs does: logged before the first byte.
pub(in crate::web::pages) async fn download(
    unit: Data<Unit>,
    posted: Posted<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let id = release_id(&path)?;
    let accepted = fields.text("terms") == "accepted";
    let (worker, asked) = (unit.clone(), by.clone());
    match block(move || desk::download(&worker, &asked, id, accepted)).await {
        Ok(found) => Ok(sent(found, id)),
        Err(problem) => {
            let by = ReleaseReader::of(by.principal())
                .map_err(super::super::super::problem::Problem::from)?;
            let wrongs = Wrongs { download: Some(problem.clone()), ..Wrongs::default() };
            page_again(&problem, &read(unit, &by, &reader, id, wrongs).await?)
        }
    }
}
