//! Open sessions and tokens: one's own, and for administrators anybody's.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::reply::json;
use crate::accounts::{self, Administrator, Principal, SignIns};
use crate::ids::{AccountId, SessionId};
use crate::unit::Unit;

/// An open session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionShown {
    session: String,
    /// RFC 3339.
    opened_at: String,
    /// RFC 3339; within half a minute.
    used_at: String,
    /// RFC 3339; it may end earlier when it is not used.
    ends_at: String,
    /// From where it was opened.
    address: Option<String>,
}

/// A token that is good. Its secret is not known here.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenShown {
    token: String,
    role: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    expires_at: String,
    /// RFC 3339, within a minute; absent if it was never used.
    used_at: Option<String>,
}

/// What an account is signed in by, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInsShown {
    sessions: Vec<SessionShown>,
    tokens: Vec<TokenShown>,
}

impl From<SignIns> for SignInsShown {
    fn from(found: SignIns) -> Self {
        let sessions = found.sessions.into_iter().map(|session| SessionShown {
            session: session.id.to_string(),
            opened_at: session.opened_at.to_string(),
            used_at: session.used_at.to_string(),
            ends_at: session.ends_at.to_string(),
            address: session.address,
        });
        let tokens = found.tokens.into_iter().map(|token| TokenShown {
            token: token.id.to_string(),
            role: token.role,
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.to_string(),
            used_at: token.used_at.map(|at| at.to_string()),
        });
        Self { sessions: sessions.collect(), tokens: tokens.collect() }
    }
}

async fn find(unit: Data<Unit>, account: AccountId) -> Result<SignInsShown, Problem> {
    let found = block(move || {
        let (now, idle) = (unit.store.now(), unit.config.accounts.session_idle_seconds);
        unit.store.read(|connection| accounts::sign_ins(connection, account, now, idle))
    });
    Ok(found.await?.into())
}

/// Lists one's own open sessions and tokens.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions", responses(
    (status = 200, description = "Open sessions and tokens", body = SignInsShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn own(
    request: HttpRequest,
    unit: Data<Unit>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    json(&request, &find(unit, principal.account()).await?)
}

/// Closes a session of one's own, such as one that was left open elsewhere.
#[utoipa::path(delete, path = "/api/v1/sessions/{session}", tag = "sessions",
    params(("session" = String, Path, description = "Id of the session")), responses(
    (status = 204, description = "Closed"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No open session of this account", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn close(
    unit: Data<Unit>,
    principal: Principal,
    session: Path<String>,
) -> Result<HttpResponse, Problem> {
    let session = SessionId::parse(&session).ok_or_else(Problem::not_found)?;
    block(move || accounts::close(&unit.store, &principal, session)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists open sessions and tokens of an account.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/sign-ins", tag = "accounts",
    params(("account" = String, Path, description = "Id of the account")), responses(
    (status = 200, description = "Open sessions and tokens", body = SignInsShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn of_account(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Administrator,
    account: Path<String>,
) -> Result<HttpResponse, Problem> {
    let account = AccountId::parse(&account).ok_or_else(Problem::not_found)?;
    json(&request, &find(unit, account).await?)
}

/// Ends all sessions and tokens of an account, which stays open: for a lost device or a token that leaked.
#[utoipa::path(delete, path = "/api/v1/accounts/{account}/sign-ins", tag = "accounts",
    params(("account" = String, Path, description = "Id of the account")), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn end(
    unit: Data<Unit>,
    by: Administrator,
    account: Path<String>,
) -> Result<HttpResponse, Problem> {
    let account = AccountId::parse(&account).ok_or_else(Problem::not_found)?;
    block(move || accounts::end_sign_ins(&unit.store, Some(&by), account)).await?;
    Ok(HttpResponse::NoContent().finish())
}
