//! Log-on, log-off, enrolment, tokens: what an account does with itself.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::extract::{COOKIE, Peer, block, same_origin};
use super::gates::Gates;
use super::problem::Problem;
use super::reply::{created, json};
use super::sign_ins::SignIns;
use crate::accounts::{self, Credentials, Opened, Password, Principal, Role, TokenScope};
use crate::ids::TokenId;
use crate::unit::Unit;

/// Name, password and code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// Log-in name.
    name: String,
    /// Password.
    #[schema(format = Password)]
    password: String,
    /// Code of the second factor, or a recovery code.
    code: String,
}

/// A session that was opened. Its secret is in the cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOpened {
    session: String,
    account: String,
    /// To be sent as `X-CSRF-Token` with every request that changes something.
    csrf: String,
    /// When it ends at the latest, RFC 3339.
    ends_at: String,
}

/// Opens a session.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()), responses(
    (status = 201, description = "Opened; the cookie is the session", body = SessionOpened),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Refused", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many log-ons from this address", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn open(
    request: HttpRequest,
    unit: Data<Unit>,
    (sign_ins, gates): (Data<SignIns>, Data<Gates>),
    peer: Peer,
    body: Json<SignIn>,
) -> Result<HttpResponse, Problem> {
    same_origin(&request)?;
    let SignIn { name, password, code } = body.into_inner();
    let credentials =
        Credentials { name, password: Password::new(password), code: Zeroizing::new(code) };
    let opened = sign_in(unit, (sign_ins, gates), peer, credentials).await?;
    let mut response = created(&SessionOpened {
        session: opened.session.to_string(),
        account: opened.account.to_string(),
        csrf: opened.csrf.to_string(),
        ends_at: opened.ends_at.to_string(),
    });
    response
        .add_cookie(&cookie(opened.secret.to_string()))
        .map_err(|_| Problem::internal("answer-unwritable"))?;
    Ok(response)
}

/// Opens a session for who has name, password and code.
pub(super) async fn sign_in(
    unit: Data<Unit>,
    (sign_ins, gates): (Data<SignIns>, Data<Gates>),
    peer: Peer,
    credentials: Credentials,
) -> Result<Opened, Problem> {
    sign_ins.check(peer.0)?;
    let turn = gates.password().await?;
    block(move || {
        let _turn = turn;
        let Unit { store, accounts_key, config, .. } = &**unit;
        accounts::sign_in(store, accounts_key, &config.accounts, &credentials, peer.0)
    })
    .await
}

/// The session's cookie; one without a value takes it away.
pub(super) fn cookie(secret: String) -> Cookie<'static> {
    Cookie::build(COOKIE, secret)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish()
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Who {
    account: String,
    roles: Vec<&'static str>,
    agency: Option<String>,
    session: Option<String>,
    token: Option<String>,
}

/// Says who is signed in.
#[utoipa::path(get, path = "/api/v1/sessions/current", tag = "sessions", responses(
    (status = 200, description = "The account and its roles", body = Who),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn current(
    request: HttpRequest,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    json(
        &request,
        &Who {
            account: principal.account().to_string(),
            roles: principal.roles().iter().map(Role::as_str).collect(),
            agency: principal.agency().map(|id| id.to_string()),
            session: principal.session().map(|id| id.to_string()),
            token: principal.token().map(|id| id.to_string()),
        },
    )
}

/// Closes the session.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions", responses(
    (status = 204, description = "Closed"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "A token is no session", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn close(unit: Data<Unit>, principal: Principal) -> Result<HttpResponse, Problem> {
    let session = principal.session().ok_or_else(Problem::not_found)?;
    block(move || accounts::close(&unit.store, &principal, session)).await?;
    let mut response = HttpResponse::NoContent().finish();
    let mut gone = cookie(String::new());
    gone.make_removal();
    response.add_cookie(&gone).map_err(|_| Problem::internal("answer-unwritable"))?;
    Ok(response)
}

/// A link's secret and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrolment {
    /// The part of the link behind `#`.
    link: String,
    /// The new password.
    #[schema(format = Password)]
    password: String,
}

/// The new second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolmentPrepared {
    /// For the authenticator: `otpauth://totp/...`.
    uri: String,
}

/// Takes a new password, gives a second factor.
#[utoipa::path(post, path = "/api/v1/enrolment", tag = "sessions", security(()), responses(
    (status = 201, description = "The second factor, to be confirmed", body = EnrolmentPrepared),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "The link is not valid", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The password is weak", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn enrol(
    request: HttpRequest,
    unit: Data<Unit>,
    (sign_ins, gates): (Data<SignIns>, Data<Gates>),
    peer: Peer,
    body: Json<Enrolment>,
) -> Result<HttpResponse, Problem> {
    same_origin(&request)?;
    sign_ins.check(peer.0)?;
    let turn = gates.password().await?;
    let Enrolment { link, password } = body.into_inner();
    let password = Password::new(password);
    let uri = block(move || {
        let _turn = turn;
        accounts::prepare(&unit.store, &unit.accounts_key, &link, &password)
    })
    .await?;
    Ok(created(&EnrolmentPrepared { uri: uri.to_string() }))
}

/// A link's secret and a code of the new second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolmentCode {
    /// The part of the link behind `#`.
    link: String,
    /// What the authenticator shows.
    code: String,
}

/// An account that is ready.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolmentDone {
    account: String,
    /// Each is good once in place of a code; they are not shown again.
    recovery_codes: Vec<String>,
}

/// Makes the account ready.
#[utoipa::path(post, path = "/api/v1/enrolment/confirm", tag = "sessions", security(()), responses(
    (status = 201, description = "The account is ready", body = EnrolmentDone),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "The link or the code is not valid", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn confirm(
    request: HttpRequest,
    unit: Data<Unit>,
    sign_ins: Data<SignIns>,
    peer: Peer,
    body: Json<EnrolmentCode>,
) -> Result<HttpResponse, Problem> {
    same_origin(&request)?;
    sign_ins.check(peer.0)?;
    let EnrolmentCode { link, code } = body.into_inner();
    let done =
        block(move || accounts::confirm(&unit.store, &unit.accounts_key, &link, &code)).await?;
    Ok(created(&EnrolmentDone {
        account: done.account.to_string(),
        recovery_codes: done.recovery_codes.iter().map(|code| code.to_string()).collect(),
    }))
}

/// What a token is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// The one role in which it acts: uploader, operator, evaluator or compliance.
    role: String,
    /// Days after which it ends.
    days: i64,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenMade {
    token: String,
    /// Sent as `Authorization: Bearer`. It is not shown again.
    secret: String,
    /// When it ends, RFC 3339.
    expires_at: String,
}

/// Makes a token for a program of one's own.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", responses(
    (status = 201, description = "The token", body = TokenMade),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "The role is not held, or a token asks", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The time is not allowed", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn issue_token(
    unit: Data<Unit>,
    principal: Principal,
    body: Json<NewToken>,
) -> Result<HttpResponse, Problem> {
    let NewToken { role, days } = body.into_inner();
    let role = Role::parse(&role).ok_or_else(|| Problem::malformed("there is no such role"))?;
    let made = block(move || {
        accounts::issue(&unit.store, &unit.config.accounts, &principal, TokenScope { role, days })
    })
    .await?;
    Ok(created(&TokenMade {
        token: made.token.to_string(),
        secret: made.secret.to_string(),
        expires_at: made.expires_at.to_string(),
    }))
}

/// Ends a token of one's own.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "tokens",
    params(("token" = String, Path, description = "Id of the token")), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No token of this account", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn revoke_token(
    unit: Data<Unit>,
    principal: Principal,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    let token = TokenId::parse(&token).ok_or_else(Problem::not_found)?;
    block(move || accounts::revoke(&unit.store, &principal, token)).await?;
    Ok(HttpResponse::NoContent().finish())
}
