//! Refusals as pages: what is wrong, what to do, and the way back.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::super::problem::Problem;
use super::page_with;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Nobody is signed in; where the browser goes from the log-on page.
    SignIn {
        /// Path and query that were asked for.
        next: String,
    },
    /// As a program would be told.
    Problem(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Refusal {
    /// A refusal of a page at `place`: who is not signed in, is sent to do so.
    pub(super) fn of(problem: Problem, place: &str) -> Self {
        if problem.status_code() == StatusCode::UNAUTHORIZED {
            return Self::SignIn { next: place.to_owned() };
        }
        Self::Problem(problem)
    }

    /// Nothing is there, or nothing that this reader may know of.
    pub(super) fn not_found() -> Self {
        Self::Problem(Problem::not_found())
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignIn { .. } => f.write_str("error[not-signed-in]"),
            Self::Problem(problem) => problem.fmt(f),
        }
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    heading: &'static str,
    title: &'a str,
    help: &'a str,
    code: &'static str,
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Problem(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let problem = match self {
            Self::SignIn { next } => {
                let place = match next.as_str() {
                    "/" => "/sign-in".to_owned(),
                    next => format!("/sign-in?next={}", super::shown::query(next)),
                };
                return HttpResponse::SeeOther()
                    .insert_header((LOCATION, place))
                    .insert_header((CACHE_CONTROL, "no-store"))
                    .finish();
            }
            Self::Problem(problem) => problem,
        };
        let heading = match problem.status_code() {
            StatusCode::NOT_FOUND => "Nothing here",
            StatusCode::FORBIDDEN => "Not for this account",
            StatusCode::TOO_MANY_REQUESTS => "Too many at once",
            status if status.is_server_error() => "The service failed",
            _ => "That did not work",
        };
        let page = RefusalPage {
            heading,
            title: problem.title(),
            help: problem.help(),
            code: problem.code(),
        };
        page_with(problem.status_code(), super::POLICY, &page)
            .unwrap_or_else(|_| problem.error_response())
    }
}
