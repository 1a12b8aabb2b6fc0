//! Who asks: principals and capabilities from a request.

use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpRequest, web};

use super::problem::Problem;
use crate::accounts::{
    self, AccountError, Administrator, AgreementReader, Approver, Compliance, Evaluator, Operator,
    Preparer, Principal, ReleaseReader, RunReader, Uploader,
};
use crate::audit::{Event, EventKind};
use crate::unit::Unit;

/// Name of the session's cookie. The prefix ties it to this host and to TLS (RFC 6265bis, section 4.1.3.2).
pub(crate) const COOKIE: &str = "__Host-tallystick";
/// Header with the session's token against forged requests.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Address of the other side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl Peer {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let behind_proxy = request
            .app_data::<web::Data<Unit>>()
            .is_some_and(|unit| unit.config.service.behind_proxy);
        let direct = request.peer_addr().map(|address| address.ip());
        let from_proxy = behind_proxy && direct.is_some_and(|address| address.is_loopback());
        if !from_proxy {
            return Self(direct);
        }
        // Only the last address is the proxy's own word; those before it are the caller's.
        let last = request.headers().get_all("x-forwarded-for").last();
        let last =
            last.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Self(last.or(direct))
    }
}

impl FromRequest for Peer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

pub(super) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// What a request brings to show who asks.
enum Shown {
    Token(String),
    Session { secret: String, csrf: Option<String> },
}

/// Takes a token before a cookie. A request that changes something by a cookie must come from a page of ours.
fn shown(request: &HttpRequest) -> Result<Shown, Problem> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        return token
            .map(|token| Shown::Token(token.to_owned()))
            .ok_or_else(Problem::unauthenticated);
    }
    let cookie = request.cookie(COOKIE).ok_or_else(Problem::unauthenticated)?;
    let secret = cookie.value().to_owned();
    if [Method::GET, Method::HEAD].contains(request.method()) {
        return Ok(Shown::Session { secret, csrf: None });
    }
    same_origin(request)?;
    let csrf = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    Ok(Shown::Session { secret, csrf: Some(csrf.unwrap_or("").to_owned()) })
}

/// Refuses what another site's page sends.
pub(crate) fn same_origin(request: &HttpRequest) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or(""));
    let foreign_site =
        text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let info = request.connection_info();
    let own = request
        .app_data::<web::Data<Unit>>()
        .map(|unit| unit.config.service.public_url.trim_end_matches('/').to_owned())
        .unwrap_or_default();
    let foreign_origin = text("origin").is_some_and(|origin| {
        origin != format!("https://{}", info.host()) && (own.is_empty() || origin != own)
    });
    if foreign_site || foreign_origin {
        return Err(Problem::new(
            actix_web::http::StatusCode::FORBIDDEN,
            "origin-foreign",
            "the request comes from another site's page",
            "open the service's own page",
        ));
    }
    Ok(())
}

fn principal(request: &HttpRequest) -> Answer<Principal> {
    principal_by(request, shown(request))
}

/// The principal of a page's request: by the cookie alone, with what came in the form if something is to change.
pub(super) fn principal_of_page(request: &HttpRequest, csrf: Option<String>) -> Answer<Principal> {
    let cookie = request.cookie(COOKIE).ok_or_else(Problem::unauthenticated);
    principal_by(request, cookie.map(|it| Shown::Session { secret: it.value().to_owned(), csrf }))
}

fn principal_by(request: &HttpRequest, shown: Result<Shown, Problem>) -> Answer<Principal> {
    let peer = Peer::of(request);
    let unit = request.app_data::<web::Data<Unit>>().cloned();
    Box::pin(async move {
        let unit = unit.ok_or_else(|| Problem::internal("service-incomplete"))?;
        let shown = shown?;
        block(move || match shown {
            Shown::Token(secret) => accounts::of_token(&unit.store, &secret, peer.0),
            Shown::Session { secret, csrf } => {
                let limits = &unit.config.accounts;
                accounts::of_session(&unit.store, limits, &secret, csrf.as_deref(), peer.0)
            }
        })
        .await
    })
}

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Answer<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        principal(request)
    }
}

/// What a handler must hold.
pub(super) trait Held: Sized + Send + 'static {
    /// It, if the principal may have it.
    fn of(principal: &Principal) -> Result<Self, AccountError>;
}

impl Held for Principal {
    fn of(principal: &Principal) -> Result<Self, AccountError> {
        Ok(principal.clone())
    }
}

/// The capability of a request's principal; a refusal is logged with the route it was for.
pub(super) fn capability<T: Held>(
    request: &HttpRequest,
    found: Answer<Principal>,
) -> Answer<(T, Principal)> {
    let unit = request.app_data::<web::Data<Unit>>().cloned();
    let route = format!("{} {}", request.method(), request.match_pattern().unwrap_or_default());
    Box::pin(async move {
        let principal = found.await?;
        let unit = unit.ok_or_else(|| Problem::internal("service-incomplete"))?;
        block(move || {
            let held = T::of(&principal).inspect_err(|_| {
                let event = Event::new(EventKind::AccessDenied, principal.actor())
                    .denied("not-allowed")
                    .object("route", route)
                    .from_address(principal.address());
                if let Err(error) = unit.store.record(&event) {
                    tracing::error!(code = error.code(), "a refusal could not be logged");
                }
            })?;
            Ok::<_, AccountError>((held, principal))
        })
        .await
    })
}

macro_rules! extractors {
    ($($name:ident)*) => {$(
        impl Held for $name {
            fn of(principal: &Principal) -> Result<Self, AccountError> {
                Self::of(principal)
            }
        }

        impl FromRequest for $name {
            type Error = Problem;
            type Future = Answer<Self>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let found = capability(request, principal(request));
                Box::pin(async move { Ok(found.await?.0) })
            }
        }
    )*};
}

extractors! { Administrator AgreementReader Approver Compliance Evaluator Operator Preparer ReleaseReader RunReader Uploader }

/// Runs what reads or writes records, away from the threads that serve.
pub(crate) async fn block<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Send + 'static,
    Problem: From<E>,
{
    let result = web::block(work).await.map_err(|_| Problem::internal("service-stopping"))?;
    result.map_err(Problem::from)
}
