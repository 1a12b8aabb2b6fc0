//! One account as administrators keep it: what it is for, its link, its sign-ins, its end.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::extract::block;
use super::super::problem::Problem;
use super::accounts::{Badge, LinkPage, roles_of, state_of, training_of};
use super::frame::{Frame, role_word};
use super::refusal::Refusal;
use super::shown::Moment;
use super::terms::{Places, TermsForm, terms};
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::{self, Account, AccountError, Administrator, Role, SignIns};
use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::unit::Unit;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[
    ("changed", "The account was changed."),
    ("signed-out", "All sessions and tokens of the account were ended."),
];

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    frame: Frame,
    account: Shown,
    form: TermsForm,
    problem: Option<Problem>,
}

/// What an administrator sees of an account.
struct Shown {
    id: String,
    name: String,
    roles: String,
    agency: String,
    projects: Vec<String>,
    state: Badge,
    training: Badge,
    created_at: Moment,
    disabled_at: Option<Moment>,
    locked_until: Option<Moment>,
    link_until: Option<Moment>,
    is_enrolled: bool,
    /// Whether it is the account of who reads.
    is_own: bool,
    codes_left: u64,
    sessions: Vec<(String, Moment, Moment)>,
    tokens: Vec<(&'static str, Option<Moment>, Moment)>,
}

impl Shown {
    fn new(
        account: &Account,
        places: &Places,
        found: SignIns,
        codes_left: u64,
        now: Timestamp,
    ) -> Self {
        let agency = places.agencies.iter().find(|it| Some(it.id) == account.agency);
        let projects = places.projects.iter().filter(|it| account.projects.contains(&it.id));
        let future = |at: Option<Timestamp>| at.filter(|at| *at > now).map(Into::into);
        let session = |it: accounts::OpenSession| {
            let from = it.address.unwrap_or_else(|| "unknown".to_owned());
            (from, it.opened_at.into(), it.used_at.into())
        };
        let token = |it: accounts::OpenToken| {
            let role = Role::parse(&it.role).map_or("unknown", role_word);
            (role, it.used_at.map(Into::into), it.expires_at.into())
        };
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            roles: roles_of(account),
            agency: agency.map(|it| it.name.clone()).unwrap_or_default(),
            projects: projects.map(|it| it.name.clone()).collect(),
            state: state_of(account, now),
            training: training_of(account, now),
            created_at: account.created_at.into(),
            disabled_at: account.disabled_at.map(Into::into),
            locked_until: future(account.locked_until),
            link_until: future(account.link_until),
            is_enrolled: account.is_enrolled,
            is_own: false,
            codes_left,
            sessions: found.sessions.into_iter().map(session).collect(),
            tokens: found.tokens.into_iter().map(token).collect(),
        }
    }
}

/// The account of an address.
fn id_of(text: &str) -> Result<AccountId, Refusal> {
    AccountId::parse(text).ok_or_else(Refusal::not_found)
}

impl AccountPage {
    async fn read(unit: Data<Unit>, reader: &Reader, id: AccountId) -> Result<Self, Problem> {
        let found = block(move || {
            let (now, idle) = (unit.store.now(), unit.config.accounts.session_idle_seconds);
            unit.store.read(|connection| {
                let account = accounts::find(connection, id)?;
                let account = account.ok_or(AccountError::Unknown { what: "account" })?;
                let places = Places::read(connection)?;
                let found = accounts::sign_ins(connection, id, now, idle)?;
                let left = accounts::recovery_codes_left(connection, id)?;
                let form = TermsForm::of_account(&account, &places);
                Ok::<_, AccountError>((Shown::new(&account, &places, found, left, now), form))
            })
        });
        let (mut account, form) = found.await?;
        account.is_own = account.name == reader.name;
        let frame = Frame::of(reader).after(reader, NOTICES);
        Ok(Self { frame, account, form, problem: None })
    }
}

/// The page.
pub(super) async fn show(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
    account: Path<String>,
) -> Result<HttpResponse, Refusal> {
    page(&AccountPage::read(unit, &visit.reader, id_of(&account)?).await?)
}

/// Changes what it is for.
pub(super) async fn change(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
    account: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&account)?;
    let Posted { by, reader, fields } = posted;
    let changed = match terms(&fields) {
        Err(problem) => Err(problem),
        Ok(terms) => {
            let unit = unit.clone();
            block(move || accounts::change(&unit.store, Some(&by), id, &terms)).await
        }
    };
    let Err(problem) = changed else {
        return Ok(see(&format!("/admin/accounts/{id}?done=changed")));
    };
    let mut again = AccountPage::read(unit.clone(), &reader, id).await?;
    let places = block(move || unit.store.read(Places::read)).await?;
    again.form = TermsForm::of_fields(&fields, &places);
    again.problem = again.form.refuse(problem.clone());
    page_again(&problem, &again)
}

/// Makes a new link, and shows it this once.
pub(super) async fn link(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
    account: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&account)?;
    let Posted { by, reader, .. } = posted;
    let (limits, service) = (unit.config.accounts.clone(), unit.config.service.clone());
    let (name, secret) = block(move || {
        let secret = accounts::invite(&unit.store, Some(&by), &unit.config.accounts, id)?;
        let found = unit.store.read(|connection| accounts::find(connection, id))?;
        Ok::<_, AccountError>((found.map(|found| found.name).unwrap_or_default(), secret))
    })
    .await?;
    page(&LinkPage {
        frame: Frame::of(&reader),
        account: id.to_string(),
        name,
        link: format!("{}/enrol#{}", service.url(service.listen), *secret),
        hours: limits.enrolment_hours,
        is_new: false,
    })
}

/// Ends its sessions and tokens; it stays open.
pub(super) async fn end_sign_ins(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
    account: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&account)?;
    block(move || accounts::end_sign_ins(&unit.store, Some(&posted.by), id)).await?;
    Ok(see(&format!("/admin/accounts/{id}?done=signed-out")))
}

#[derive(Template)]
#[template(path = "admin/account_close.html")]
struct ClosePage {
    frame: Frame,
    account: Shown,
    problem: Option<Problem>,
}

impl ClosePage {
    async fn read(unit: Data<Unit>, reader: &Reader, id: AccountId) -> Result<Self, Problem> {
        let AccountPage { frame, account, .. } = AccountPage::read(unit, reader, id).await?;
        Ok(Self { frame, account, problem: None })
    }
}

/// Says what closing does.
pub(super) async fn ask_close(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
    account: Path<String>,
) -> Result<HttpResponse, Refusal> {
    page(&ClosePage::read(unit, &visit.reader, id_of(&account)?).await?)
}

/// Closes it for good.
pub(super) async fn close(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
    account: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&account)?;
    let Posted { by, reader, .. } = posted;
    let worker = unit.clone();
    match block(move || accounts::disable(&worker.store, Some(&by), id)).await {
        Ok(()) => Ok(see("/admin/accounts?done=disabled")),
        Err(problem) => {
            let again = ClosePage::read(unit, &reader, id).await?;
            page_again(&problem.clone(), &ClosePage { problem: Some(problem), ..again })
        }
    }
}
