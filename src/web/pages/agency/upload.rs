//! The upload in the browser: the page that the script works on, with the facts it needs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde_json::{Value, json};

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::page_with;
use super::super::refusal::Refusal;
use super::super::visit::Visit;
use super::{ProjectShown, Standing};
use crate::accounts::{Agency, Uploader};
use crate::unit::Unit;

/// What the page may do: as any other, and run the encoder, which is WebAssembly, in a worker of its own.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
                      style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Template)]
#[template(path = "agency/upload.html")]
struct UploadPage {
    frame: Frame,
    agency: Agency,
    /// What the script reads, as JSON.
    projects: String,
    unit_key: String,
    bytes_max: u64,
}

fn fact(project: &ProjectShown) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "number": project.number,
        "is_open": project.is_open,
        "why": project.why,
        "until": project.until.as_ref().map(|(text, _)| text),
        "key_check": project.key_check,
    })
}

/// The page.
pub(crate) async fn show(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let worker = unit.clone();
    let Standing { agency, projects } = block(move || Standing::read(&worker, by.agency())).await?;
    let facts: Vec<Value> = projects.iter().map(fact).collect();
    let page = UploadPage {
        frame: Frame::of(&reader),
        agency,
        projects: Value::from(facts).to_string(),
        unit_key: unit.store.key().public().to_string(),
        bytes_max: unit.config.limits.submission_bytes_max,
    };
    page_with(StatusCode::OK, POLICY, &page)
}
