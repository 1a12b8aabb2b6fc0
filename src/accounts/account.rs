//! Accounts: made, listed, closed.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::sign_ins::end_all;
use super::{AccountError, Administrator, Role, Roles};
use crate::audit::{Actor, Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, ProjectId};
use crate::store::{Act, Store};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Log-in name.
    pub name: String,
    /// What it is for.
    pub roles: Roles,
    /// Of an uploader.
    pub agency: Option<AgencyId>,
    /// Of an evaluator.
    pub projects: Vec<ProjectId>,
    /// Day until which its holder's training is valid, days since 1970-01-01.
    pub trained_until: Option<i64>,
}

/// An account as it stands.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id, by which the log knows it.
    pub id: AccountId,
    /// Log-in name.
    pub name: String,
    /// What it is for.
    pub roles: Roles,
    /// Of an uploader.
    pub agency: Option<AgencyId>,
    /// Of an evaluator.
    pub projects: Vec<ProjectId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed.
    pub disabled_at: Option<Timestamp>,
    /// Day until which training is valid.
    pub trained_until: Option<i64>,
    /// Whether its holder has set password and second factor.
    pub is_enrolled: bool,
}

/// Makes an account; its holder enrols by a link ([`invite`](super::invite)).
///
/// # Errors
/// [`AccountError`].
pub fn create(
    store: &Store,
    by: Option<&Administrator>,
    new: &NewAccount,
) -> Result<AccountId, AccountError> {
    let valid = (3..=64).contains(&new.name.len())
        && new
            .name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'));
    if !valid {
        return Err(AccountError::NameInvalid);
    }
    if new.roles.holds(Role::Uploader) != new.agency.is_some() {
        return Err(AccountError::AgencyMisplaced);
    }
    let id = AccountId::random()?;
    store.act(|act| {
        let taken = "SELECT 1 FROM account WHERE name = ?1";
        if act.sql().prepare_cached(taken)?.exists([&new.name])? {
            return Err(AccountError::NameTaken);
        }
        if let Some(agency) = new.agency {
            expect(act, "agency", "SELECT 1 FROM agency WHERE id = ?1", agency)?;
        }
        act.sql().execute(
            "INSERT INTO account (id, name, agency, created_at, trained_until) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, new.name, new.agency, act.now(), new.trained_until],
        )?;
        for role in new.roles.iter() {
            let sql = "INSERT INTO account_role (account, role) VALUES (?1, ?2)";
            act.sql().execute(sql, params![id, role.as_str()])?;
        }
        for project in &new.projects {
            expect(act, "project", "SELECT 1 FROM project WHERE id = ?1", *project)?;
            let sql = "INSERT OR IGNORE INTO account_project (account, project) VALUES (?1, ?2)";
            act.sql().execute(sql, params![id, project])?;
        }
        let event = new.roles.iter().fold(
            Event::new(EventKind::AccountCreated, actor(by)).object("account", id),
            |event, role| event.count(role.as_str(), 1),
        );
        act.record(&event)?;
        Ok(id)
    })
}

/// Closes an account and ends its sessions and tokens, at once.
///
/// # Errors
/// [`AccountError`].
pub fn disable(
    store: &Store,
    by: Option<&Administrator>,
    account: AccountId,
) -> Result<(), AccountError> {
    store.act(|act| {
        let now = act.now();
        let others = "SELECT 1 FROM account a JOIN account_role r ON r.account = a.id \
                      WHERE r.role = 'administrator' AND a.disabled_at IS NULL AND a.password IS NOT NULL AND a.id <> ?1";
        let is_last = !act.sql().prepare_cached(others)?.exists([account])?;
        if is_last
            && find(act.sql(), account)?.is_some_and(|it| it.roles.holds(Role::Administrator))
        {
            return Err(AccountError::LastAdministrator);
        }
        let sql = "UPDATE account SET disabled_at = ?2 WHERE id = ?1 AND disabled_at IS NULL";
        if act.sql().execute(sql, params![account, now])? == 0 {
            return Err(AccountError::Unknown { what: "account" });
        }
        end_all(act, account)?;
        let sql = "UPDATE enrolment SET used_at = ?2 WHERE account = ?1 AND used_at IS NULL";
        act.sql().execute(sql, params![account, now])?;
        act.record(&Event::new(EventKind::AccountDisabled, actor(by)).object("account", account))?;
        Ok(())
    })
}

/// All accounts, by name.
///
/// # Errors
/// As the records fail.
pub fn list(connection: &Connection) -> Result<Vec<Account>, AccountError> {
    let mut statement = connection.prepare_cached("SELECT id FROM account ORDER BY name")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?;
    ids.into_iter().filter_map(|id| find(connection, id).transpose()).collect()
}

/// One account.
pub(super) fn find(
    connection: &Connection,
    id: AccountId,
) -> Result<Option<Account>, AccountError> {
    let roles = texts(connection, "SELECT role FROM account_role WHERE account = ?1", id)?;
    let roles = Roles::new(roles.iter().filter_map(|role| Role::parse(role)))?;
    let projects = "SELECT project FROM account_project WHERE account = ?1 ORDER BY project";
    let projects = texts(connection, projects, id)?;
    let sql = "SELECT name, agency, created_at, disabled_at, trained_until, password IS NOT NULL \
               FROM account WHERE id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([id], |row| {
        Ok(Account {
            id,
            name: row.get(0)?,
            roles,
            agency: row.get(1)?,
            projects: projects.iter().filter_map(|id| ProjectId::parse(id)).collect(),
            created_at: row.get(2)?,
            disabled_at: row.get(3)?,
            trained_until: row.get(4)?,
            is_enrolled: row.get(5)?,
        })
    });
    Ok(found.optional()?)
}

fn texts(connection: &Connection, sql: &str, id: AccountId) -> rusqlite::Result<Vec<String>> {
    connection.prepare_cached(sql)?.query_map([id], |row| row.get(0))?.collect()
}

fn expect(
    act: &Act<'_>,
    what: &'static str,
    sql: &str,
    id: impl rusqlite::ToSql,
) -> Result<(), AccountError> {
    let exists = act.sql().prepare_cached(sql)?.exists([id])?;
    if exists { Ok(()) } else { Err(AccountError::Unknown { what }) }
}

/// The log's name of an administrator, or of whoever sits at the machine.
pub(super) fn actor(by: Option<&Administrator>) -> Actor {
    by.map_or(Actor::Console, Administrator::actor)
}
