//! Accounts, agencies and projects, kept by administrators.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::reply::{created, json};
use crate::accounts::{self, Account, Administrator, NewAccount, Role, Roles};
use crate::ids::{AccountId, AgencyId, ProjectId};
use crate::unit::Unit;

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountShown {
    account: String,
    name: String,
    roles: Vec<&'static str>,
    agency: Option<String>,
    projects: Vec<String>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; absent while it is open.
    disabled_at: Option<String>,
    /// Day until which training is valid, days since 1970-01-01.
    trained_until: Option<i64>,
    /// Whether its holder has set password and second factor.
    is_enrolled: bool,
}

impl From<Account> for AccountShown {
    fn from(account: Account) -> Self {
        Self {
            account: account.id.to_string(),
            name: account.name,
            roles: account.roles.iter().map(Role::as_str).collect(),
            agency: account.agency.map(|id| id.to_string()),
            projects: account.projects.iter().map(ToString::to_string).collect(),
            created_at: account.created_at.to_string(),
            disabled_at: account.disabled_at.map(|at| at.to_string()),
            trained_until: account.trained_until,
            is_enrolled: account.is_enrolled,
        }
    }
}

/// All accounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountList {
    accounts: Vec<AccountShown>,
}

/// Lists accounts by name.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", responses(
    (status = 200, description = "All accounts", body = AccountList),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Administrator,
) -> Result<HttpResponse, Problem> {
    let accounts = block(move || unit.store.read(accounts::list)).await?;
    json(&request, &AccountList { accounts: accounts.into_iter().map(Into::into).collect() })
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountWanted {
    /// 3 to 64 of a-z, 0-9, dot, hyphen and underscore.
    name: String,
    /// uploader, operator, preparer, approver, evaluator, compliance, administrator.
    roles: Vec<String>,
    /// Id of the agency, of an uploader.
    #[serde(default)]
    agency: Option<String>,
    /// Ids of projects, of an evaluator.
    #[serde(default)]
    projects: Vec<String>,
    /// Day until which training is valid, days since 1970-01-01.
    #[serde(default)]
    trained_until: Option<i64>,
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountMade {
    account: String,
    /// For its holder alone; it is not shown again.
    link: String,
}

/// Makes an account and the link by which its holder enrols.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", responses(
    (status = 201, description = "Made", body = AccountMade),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such agency or project", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "An account that cannot be", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    unit: Data<Unit>,
    by: Administrator,
    body: Json<AccountWanted>,
) -> Result<HttpResponse, Problem> {
    let new = wanted(body.into_inner())?;
    let base = unit.config.service.url(unit.config.service.listen);
    let (account, secret) = block(move || {
        let account = accounts::create(&unit.store, Some(&by), &new)?;
        let secret = accounts::invite(&unit.store, Some(&by), &unit.config.accounts, account)?;
        Ok::<_, accounts::AccountError>((account, secret))
    })
    .await?;
    let link = format!("{base}/enrol#{}", *secret);
    Ok(created(&AccountMade { account: account.to_string(), link }))
}

fn wanted(body: AccountWanted) -> Result<NewAccount, Problem> {
    let roles = body.roles.iter().map(|role| Role::parse(role)).collect::<Option<Vec<_>>>();
    let roles = roles.ok_or_else(|| Problem::malformed("there is no such role"))?;
    let agency = body.agency.map(|id| AgencyId::parse(&id).ok_or_else(Problem::not_found));
    let projects = body.projects.iter().map(|id| ProjectId::parse(id));
    let projects = projects.collect::<Option<Vec<_>>>().ok_or_else(Problem::not_found)?;
    Ok(NewAccount {
        name: body.name,
        roles: Roles::new(roles)?,
        agency: agency.transpose()?,
        projects,
        trained_until: body.trained_until,
    })
}

/// Makes a new link for an account; earlier ones end.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/link", tag = "accounts",
    params(("account" = String, Path, description = "Id of the account")), responses(
    (status = 201, description = "The link", body = AccountMade),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No open account", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn link(
    unit: Data<Unit>,
    by: Administrator,
    account: Path<String>,
) -> Result<HttpResponse, Problem> {
    let account = AccountId::parse(&account).ok_or_else(Problem::not_found)?;
    let base = unit.config.service.url(unit.config.service.listen);
    let secret =
        block(move || accounts::invite(&unit.store, Some(&by), &unit.config.accounts, account))
            .await?;
    let link = format!("{base}/enrol#{}", *secret);
    Ok(created(&AccountMade { account: account.to_string(), link }))
}

/// Closes an account; its sessions, tokens and links end at once.
#[utoipa::path(delete, path = "/api/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Id of the account")), responses(
    (status = 204, description = "Closed"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No open account", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The last administrator stays", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn disable(
    unit: Data<Unit>,
    by: Administrator,
    account: Path<String>,
) -> Result<HttpResponse, Problem> {
    let account = AccountId::parse(&account).ok_or_else(Problem::not_found)?;
    block(move || accounts::disable(&unit.store, Some(&by), account)).await?;
    Ok(HttpResponse::NoContent().finish())
}
