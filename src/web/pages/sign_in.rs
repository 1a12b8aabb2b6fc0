//! Log-on and log-off in a browser.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::extract::{Peer, block};
use super::super::gates::Gates;
use super::super::problem::Problem;
use super::super::sessions::{cookie, sign_in};
use super::super::sign_ins::SignIns;
use super::refusal::Refusal;
use super::visit::{Form, Posted};
use super::{page, page_again, see};
use crate::accounts::{self, Credentials, Password, Principal};
use crate::unit::Unit;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    /// Where the browser goes afterwards.
    next: String,
    /// Log-in name that was typed before.
    name: String,
    problem: Option<Problem>,
    /// Whether the account's holder has just signed out.
    is_out: bool,
}

/// What a link to the page says.
#[derive(Deserialize)]
pub(super) struct Wanted {
    next: Option<String>,
    done: Option<String>,
}

/// The page.
pub(super) async fn show(wanted: Query<Wanted>) -> Result<HttpResponse, Refusal> {
    let Wanted { next, done } = wanted.into_inner();
    page(&SignInPage {
        next: own(&next.unwrap_or_default()).to_owned(),
        name: String::new(),
        problem: None,
        is_out: done.as_deref() == Some("signed-out"),
    })
}

/// Signs in, and goes on to the page that was asked for.
pub(super) async fn open(
    unit: Data<Unit>,
    guards: (Data<SignIns>, Data<Gates>),
    peer: Peer,
    form: Form,
) -> Result<HttpResponse, Refusal> {
    let fields = form.0;
    let credentials = Credentials {
        name: fields.text("name").to_owned(),
        password: Password::new(fields.raw("password").to_owned()),
        code: Zeroizing::new(fields.text("code").replace(' ', "")),
    };
    match sign_in(unit, guards, peer, credentials).await {
        Ok(opened) => {
            let mut response = see(own(fields.text("next")));
            response
                .add_cookie(&cookie(opened.secret.to_string()))
                .map_err(|_| Problem::internal("answer-unwritable"))?;
            Ok(response)
        }
        Err(problem) => page_again(
            &problem,
            &SignInPage {
                next: own(fields.text("next")).to_owned(),
                name: fields.text("name").to_owned(),
                problem: Some(problem.clone()),
                is_out: false,
            },
        ),
    }
}

/// Signs out.
pub(super) async fn close(
    unit: Data<Unit>,
    posted: Posted<Principal>,
) -> Result<HttpResponse, Refusal> {
    let principal = posted.by;
    let session = principal.session().ok_or_else(Problem::not_found)?;
    block(move || accounts::close(&unit.store, &principal, session)).await?;
    let mut response = see("/sign-in?done=signed-out");
    let mut gone = cookie(String::new());
    gone.make_removal();
    response.add_cookie(&gone).map_err(|_| Problem::internal("answer-unwritable"))?;
    Ok(response)
}

/// The place, if it is one of ours; else the first page. `//host` and `/\host` are other hosts to a browser.
fn own(place: &str) -> &str {
    let is_ours = place.starts_with('/')
        && !place[1..].starts_with(['/', '\\'])
        && place.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours { place } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn nobody_is_sent_to_another_host() {
        assert_eq!(own("/runs?state=done"), "/runs?state=done");
        for bad in [
            "",
            "runs",
            "//host",
            "/\\host",
            "https://host",
            "/\t/host",
            "/a\r\nset-cookie: x",
            "\\\\host",
            "javascript:alert(1)",
        ] {
            assert_eq!(own(bad), "/", "{bad:?}");
        }
    }
}
