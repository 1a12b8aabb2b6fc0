//! Takes requests of browsers, gives pages made on the server, refuses with a page that says why and what to do.
//!
//! A page shows what the records say and nothing else: domain values become the strings of a template's struct here, and the
//! templates escape every one of them. All pages but that of the upload work without JavaScript: forms are sent as forms,
//! answered by a redirect, and what a script adds (lists that follow what is typed, progress) is only quicker.

mod account;
mod account_kept;
mod accounts;
mod administration;
mod agency;
mod agreements;
mod assets;
mod compliance;
mod enrolment;
mod estimates;
mod fields;
mod frame;
mod help;
mod home;
mod lookups;
mod operations;
mod own;
mod places;
mod qr;
mod refusal;
mod releases;
mod review;
mod review_pair;
mod roles;
mod routes;
mod runs;
mod shown;
mod sign_in;
mod terms;
mod visit;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, LOCATION};
use askama::Template;

use super::problem::Problem;
pub(super) use refusal::Refusal;
pub use routes::PAGES;
pub(super) use routes::configure;

/// What a page may load: its own style sheet, scripts and pictures. Nothing inline, nothing from anywhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page. Nobody keeps it: the next person at the same machine must not find it.
fn page(template: &impl Template) -> Result<HttpResponse, Refusal> {
    page_with(StatusCode::OK, POLICY, template)
}

/// The page again, with what was wrong beside the field.
fn page_again(problem: &Problem, template: &impl Template) -> Result<HttpResponse, Refusal> {
    use actix_web::ResponseError as _;
    page_with(problem.status_code(), POLICY, template)
}

fn page_with(
    status: StatusCode,
    policy: &'static str,
    template: &impl Template,
) -> Result<HttpResponse, Refusal> {
    let text = template.render().map_err(|_| Problem::internal("answer-unwritable"))?;
    Ok(HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .content_type(ContentType::html())
        .body(text))
}

/// Sends the browser on after a form, so that a reload sends nothing twice. `place` is an address of ours.
fn see(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
