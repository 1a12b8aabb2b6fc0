//! One's own account: what it may do, where it is signed in, its programs' tokens.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::extract::block;
use super::super::problem::Problem;
use super::frame::{Frame, role_word};
use super::refusal::Refusal;
use super::shown::Moment;
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::{self, OpenSession, OpenToken, Principal, Role, TOKEN_ROLES, TokenScope};
use crate::ids::{SessionId, TokenId};
use crate::unit::Unit;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] =
    &[("session-closed", "The session was ended."), ("token-revoked", "The token was ended.")];

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    account: String,
    roles: Vec<&'static str>,
    sessions: Vec<SessionShown>,
    tokens: Vec<TokenShown>,
    /// Roles that a token of this account can have.
    token_roles: Vec<RoleChoice>,
    token_days_max: i64,
    /// What was typed before.
    days: String,
    problem: Option<Problem>,
    codes_left: u64,
}

/// A role to choose.
struct RoleChoice {
    name: &'static str,
    word: &'static str,
}

struct SessionShown {
    id: String,
    opened_at: Moment,
    used_at: Moment,
    ends_at: Moment,
    address: String,
    /// Whether it is the one that asks.
    is_this: bool,
}

impl SessionShown {
    fn new(session: OpenSession, own: Option<SessionId>) -> Self {
        Self {
            id: session.id.to_string(),
            opened_at: session.opened_at.into(),
            used_at: session.used_at.into(),
            ends_at: session.ends_at.into(),
            address: session.address.unwrap_or_else(|| "unknown".to_owned()),
            is_this: own == Some(session.id),
        }
    }
}

struct TokenShown {
    id: String,
    role: &'static str,
    created_at: Moment,
    used_at: Option<Moment>,
    expires_at: Moment,
}

impl TokenShown {
    fn new(token: OpenToken) -> Self {
        Self {
            id: token.id.to_string(),
            role: Role::parse(&token.role).map_or("unknown", role_word),
            created_at: token.created_at.into(),
            used_at: token.used_at.map(Into::into),
            expires_at: token.expires_at.into(),
        }
    }
}

impl AccountPage {
    async fn read(unit: Data<Unit>, by: &Principal, reader: &Reader) -> Result<Self, Problem> {
        let account = by.account();
        let limits = unit.config.accounts.clone();
        let (found, codes_left) = block(move || {
            let now = unit.store.now();
            unit.store.read(|connection| {
                let idle = unit.config.accounts.session_idle_seconds;
                let found = accounts::sign_ins(connection, account, now, idle)?;
                let left = accounts::recovery_codes_left(connection, account)?;
                Ok::<_, accounts::AccountError>((found, left))
            })
        })
        .await?;
        let own = by.session();
        let held = TOKEN_ROLES.into_iter().filter(|role| by.roles().holds(*role));
        Ok(Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            account: account.to_string(),
            roles: by.roles().iter().map(role_word).collect(),
            sessions: found
                .sessions
                .into_iter()
                .map(|session| SessionShown::new(session, own))
                .collect(),
            tokens: found.tokens.into_iter().map(TokenShown::new).collect(),
            token_roles: held
                .map(|role| RoleChoice { name: role.as_str(), word: role_word(role) })
                .collect(),
            token_days_max: limits.token_days_max,
            days: "90".to_owned(),
            problem: None,
            codes_left,
        })
    }
}

/// The page.
pub(super) async fn show(
    unit: Data<Unit>,
    visit: Visit<Principal>,
) -> Result<HttpResponse, Refusal> {
    page(&AccountPage::read(unit, &visit.by, &visit.reader).await?)
}

/// Ends a session of one's own, such as one that was left open elsewhere.
pub(super) async fn close_session(
    unit: Data<Unit>,
    posted: Posted<Principal>,
    session: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let session = SessionId::parse(&session).ok_or_else(Refusal::not_found)?;
    block(move || accounts::close(&unit.store, &posted.by, session)).await?;
    Ok(see("/account?done=session-closed"))
}

#[derive(Template)]
#[template(path = "account/token.html")]
struct TokenPage {
    frame: Frame,
    secret: String,
    role: &'static str,
    expires_at: Moment,
}

/// Makes a token for a program, and shows it this once.
pub(super) async fn issue_token(
    unit: Data<Unit>,
    posted: Posted<Principal>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let days = fields.text("days").to_owned();
    let scope = Role::parse(fields.text("role")).map(|role| {
        // What is no number is no number of days that is allowed.
        TokenScope { role, days: days.parse().unwrap_or(0) }
    });
    let scope = scope.ok_or_else(|| Problem::malformed("there is no such role"));
    let made = match scope {
        Err(problem) => Err(problem),
        Ok(scope) => {
            let (unit, by) = (unit.clone(), by.clone());
            block(move || accounts::issue(&unit.store, &unit.config.accounts, &by, scope))
                .await
                .map(|made| (scope.role, made))
        }
    };
    match made {
        Ok((role, made)) => page(&TokenPage {
            frame: Frame::of(&reader),
            secret: made.secret.to_string(),
            role: role_word(role),
            expires_at: made.expires_at.into(),
        }),
        Err(problem) => {
            let again = AccountPage::read(unit, &by, &reader).await?;
            page_again(&problem.clone(), &AccountPage { days, problem: Some(problem), ..again })
        }
    }
}

/// Ends a token of one's own.
pub(super) async fn revoke_token(
    unit: Data<Unit>,
    posted: Posted<Principal>,
    token: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let token = TokenId::parse(&token).ok_or_else(Refusal::not_found)?;
    block(move || accounts::revoke(&unit.store, &posted.by, token)).await?;
    Ok(see("/account?done=token-revoked"))
}
