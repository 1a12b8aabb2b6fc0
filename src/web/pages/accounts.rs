//! Accounts as administrators keep them: found, made.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::super::extract::block;
use super::super::problem::Problem;
use super::fields::Fields;
use super::frame::{Frame, role_word};
use super::refusal::Refusal;
use super::shown::{Moment, counted, query};
use super::terms::{Places, TermsForm, terms, training_words};
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again};
use crate::accounts::{
    self, Account, AccountError, AccountState, AccountsWanted, Administrator, NewAccount, Role,
};
use crate::clock::Timestamp;
use crate::unit::Unit;

/// What can have been done before this page.
const NOTICES: &[(&str, &str)] = &[("disabled", "The account was closed.")];

/// What is looked for; what is empty chooses nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Looked {
    text: String,
    role: String,
    state: String,
    after: String,
}

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct AccountsPage {
    frame: Frame,
    looked: Looked,
    roles: Vec<(&'static str, &'static str)>,
    states: Vec<(&'static str, &'static str)>,
    accounts: Vec<AccountRow>,
    count: String,
    /// Address of the next page; empty if there is none.
    next: String,
    is_filtered: bool,
}

/// A badge: its class and its words.
#[derive(Clone, Debug)]
pub(super) struct Badge {
    pub(super) class: &'static str,
    pub(super) text: String,
}

struct AccountRow {
    id: String,
    name: String,
    roles: String,
    state: Badge,
    training: Badge,
    created_at: Moment,
}

/// A state as people call it.
const fn state_word(state: AccountState) -> &'static str {
    match state {
        AccountState::Ready => "can sign in",
        AccountState::Waiting => "waiting for its holder",
        AccountState::Locked => "locked after refused log-ons",
        AccountState::Untrained => "without valid training",
        AccountState::Closed => "closed",
    }
}

/// In which state an account is, in words.
pub(super) fn state_of(account: &Account, now: Timestamp) -> Badge {
    let badge = |class, text: &str| Badge { class, text: text.to_owned() };
    if account.disabled_at.is_some() {
        badge("", "closed")
    } else if account.locked_until.is_some_and(|until| until > now) {
        badge("bad", "locked for a while")
    } else if account.is_enrolled {
        badge("good", "can sign in")
    } else if account.link_until.is_some_and(|until| until > now) {
        badge("busy", "link not used yet")
    } else {
        badge("warn", "needs a new link")
    }
}

/// How training stands, as a badge.
pub(super) fn training_of(account: &Account, now: Timestamp) -> Badge {
    let (text, class) = training_words(account.trained_until, now);
    Badge { class, text }
}

/// Roles of an account in words.
pub(super) fn roles_of(account: &Account) -> String {
    account.roles.iter().map(role_word).collect::<Vec<_>>().join(", ")
}

/// The page of those that are looked for.
pub(super) async fn list(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
    looked: Query<Looked>,
) -> Result<HttpResponse, Refusal> {
    let looked = looked.into_inner();
    let wanted = AccountsWanted {
        text: looked.text.trim().to_owned(),
        role: Role::parse(&looked.role),
        state: AccountState::parse(&looked.state),
        after: looked.after.clone(),
    };
    let now = unit.store.now();
    let accounts_max = unit.config.accounts.accounts_max.get().into();
    let found = block(move || {
        unit.store.read(|connection| accounts::search(connection, &wanted, now, accounts_max))
    })
    .await?;
    let next = found.next_after.map(|after| {
        let Looked { text, role, state, .. } = &looked;
        let [text, role, state, after] = [text, role, state, &after].map(|it| query(it));
        format!("/admin/accounts?text={text}&role={role}&state={state}&after={after}")
    });
    let row = |account: Account| AccountRow {
        id: account.id.to_string(),
        roles: roles_of(&account),
        state: state_of(&account, now),
        training: training_of(&account, now),
        created_at: account.created_at.into(),
        name: account.name,
    };
    page(&AccountsPage {
        frame: Frame::of(&visit.reader).after(&visit.reader, NOTICES),
        is_filtered: [&looked.text, &looked.role, &looked.state].iter().any(|it| !it.is_empty()),
        looked,
        roles: Role::ALL.map(|role| (role.as_str(), role_word(role))).into(),
        states: AccountState::ALL.map(|state| (state.as_str(), state_word(state))).into(),
        accounts: found.accounts.into_iter().map(row).collect(),
        count: counted(found.count, "account", "accounts"),
        next: next.unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "admin/account_new.html")]
struct NewPage {
    frame: Frame,
    name: String,
    name_wrong: String,
    form: TermsForm,
    problem: Option<Problem>,
}

impl NewPage {
    async fn read(unit: Data<Unit>, reader: &Reader, fields: &Fields) -> Result<Self, Problem> {
        let places = block(move || unit.store.read(Places::read)).await?;
        Ok(Self {
            frame: Frame::of(reader),
            name: fields.text("name").to_owned(),
            name_wrong: String::new(),
            form: TermsForm::of_fields(fields, &places),
            problem: None,
        })
    }
}

/// The form of a new account; a link to it can say what will be ticked.
pub(super) async fn ask_new(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
    wanted: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let fields = Fields::new(wanted.into_inner());
    page(&NewPage::read(unit, &visit.reader, &fields).await?)
}

#[derive(Template)]
#[template(path = "admin/link.html")]
pub(super) struct LinkPage {
    pub(super) frame: Frame,
    pub(super) account: String,
    pub(super) name: String,
    pub(super) link: String,
    pub(super) hours: i64,
    /// Whether the account was made just now.
    pub(super) is_new: bool,
}

/// Makes an account, and shows the link for its holder this once.
pub(super) async fn create(
    unit: Data<Unit>,
    posted: Posted<Administrator>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let name = fields.text("name").to_owned();
    let made = match terms(&fields) {
        Err(problem) => Err(problem),
        Ok(terms) => {
            let (unit, name) = (unit.clone(), name.clone());
            block(move || make(&unit, &by, name, terms)).await
        }
    };
    match made {
        Ok((account, secret)) => {
            let service = &unit.config.service;
            page(&LinkPage {
                frame: Frame::of(&reader),
                account,
                name,
                link: format!("{}/enrol#{}", service.url(service.listen), *secret),
                hours: unit.config.accounts.enrolment_hours,
                is_new: true,
            })
        }
        Err(problem) => {
            let mut again = NewPage::read(unit, &reader, &fields).await?;
            match problem.code() {
                "name-invalid" | "name-taken" => {
                    again.name_wrong = format!("{}: {}.", problem.title(), problem.help());
                }
                _ => again.problem = again.form.refuse(problem.clone()),
            }
            page_again(&problem, &again)
        }
    }
}

fn make(
    unit: &Unit,
    by: &Administrator,
    name: String,
    terms: accounts::Terms,
) -> Result<(String, zeroize::Zeroizing<String>), AccountError> {
    let accounts::Terms { roles, agency, projects, trained_until } = terms;
    let new = NewAccount { name, roles, agency, projects, trained_until };
    let account = accounts::create(&unit.store, Some(by), &new)?;
    let secret = accounts::invite(&unit.store, Some(by), &unit.config.accounts, account)?;
    Ok((account.to_string(), secret))
}
