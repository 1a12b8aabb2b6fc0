//! Who reads a page, and what came with a form. A handler that changes something takes a [`Posted`], which there is only
//! for a form of a page of ours; one that shows something takes a [`Visit`].

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use zeroize::Zeroizing;

use super::super::extract::{Answer, COOKIE, Held, capability, principal_of_page, same_origin};
use super::super::problem::Problem;
use super::fields::Fields;
use super::refusal::Refusal;
use crate::accounts::{self, Principal, Roles};

/// Who reads, as the frame of a page shows it.
#[derive(Clone)]
pub(super) struct Reader {
    /// Log-in name.
    pub(super) name: String,
    /// What the account may be.
    pub(super) roles: Roles,
    /// What forms send back.
    pub(super) csrf: Zeroizing<String>,
    /// Path of the page.
    pub(super) path: String,
    /// Value of `done` in the query: what has just been done.
    pub(super) done: Option<String>,
}

/// Without what forms send back.
impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Reader {
    fn new(request: &HttpRequest, principal: &Principal) -> Result<Self, Problem> {
        let cookie = request.cookie(COOKIE).ok_or_else(Problem::unauthenticated)?;
        let csrf = accounts::csrf(cookie.value()).ok_or_else(Problem::unauthenticated)?;
        let done = request.query_string().split('&').find_map(|pair| pair.strip_prefix("done="));
        Ok(Self {
            name: principal.name().to_owned(),
            roles: principal.roles(),
            csrf,
            path: request.path().to_owned(),
            done: done.map(ToOwned::to_owned),
        })
    }
}

/// A page is asked for by somebody who may see it.
#[derive(Debug)]
pub(super) struct Visit<C> {
    /// What the reader holds.
    pub(super) by: C,
    /// Who it is.
    pub(super) reader: Reader,
}

impl<C: Held> FromRequest for Visit<C> {
    type Error = Refusal;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = capability(request, principal_of_page(request, None));
        let request = request.clone();
        Box::pin(async move {
            let visit = visit(&request, found).await;
            visit.map_err(|problem| Refusal::of(problem, &place(&request)))
        })
    }
}

async fn visit<C>(
    request: &HttpRequest,
    found: Answer<(C, Principal)>,
) -> Result<Visit<C>, Problem> {
    let (by, principal) = found.await?;
    Ok(Visit { by, reader: Reader::new(request, &principal)? })
}

/// A form that was sent from a page of ours, by somebody who may.
#[derive(Debug)]
pub(super) struct Posted<C> {
    /// What the sender holds.
    pub(super) by: C,
    /// Who it is.
    pub(super) reader: Reader,
    /// What was filled in.
    pub(super) fields: Fields,
}

impl<C: Held> FromRequest for Posted<C> {
    type Error = Refusal;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let origin = same_origin(request);
        let fields = fields(request, payload);
        let request = request.clone();
        Box::pin(async move {
            origin?;
            let fields = fields.await?;
            let csrf = fields.raw("csrf").to_owned();
            let found = capability(&request, principal_of_page(&request, Some(csrf)));
            let Visit { by, reader } = visit(&request, found)
                .await
                // What was sent is not sent again after the log-on: only its page is opened.
                .map_err(|problem| Refusal::of(problem, request.path()))?;
            Ok(Self { by, reader, fields })
        })
    }
}

/// Reads a form, up to the length of any request that is no upload.
fn fields(request: &HttpRequest, payload: &mut Payload) -> Answer<Fields> {
    let form = actix_web::web::Form::<Vec<(String, String)>>::from_request(request, payload);
    Box::pin(async move {
        use actix_web::error::UrlencodedError::{Overflow, Payload as Broken};
        let form = form.await.map_err(|error| match error.as_error() {
            Some(Overflow { .. }) => Problem::too_large(),
            Some(Broken(_)) => Problem::malformed("the form did not come whole"),
            _ => Problem::malformed("the request is no form of a page of ours"),
        })?;
        Ok(Fields::new(form.into_inner()))
    })
}

/// Path and query of a request.
fn place(request: &HttpRequest) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// A form from anybody, such as that of the log-on; it must come from a page of ours all the same.
#[derive(Debug)]
pub(super) struct Form(pub(super) Fields);

impl FromRequest for Form {
    type Error = Refusal;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let origin = same_origin(request);
        let fields = fields(request, payload);
        Box::pin(async move {
            origin?;
            Ok(Self(fields.await?))
        })
    }
}
