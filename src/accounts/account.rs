//! Accounts: made, listed, closed.

use std::collections::BTreeMap;

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
    /// Until when it is locked after refused log-ons; a moment in the past locks nothing.
    pub locked_until: Option<Timestamp>,
    /// When the link that its holder has not used yet ends.
    pub link_until: Option<Timestamp>,
}

/// What an account is for: all of it that an administrator can change.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What it is for.
    pub roles: Roles,
    /// Of an uploader.
    pub agency: Option<AgencyId>,
    /// Of an evaluator.
    pub projects: Vec<ProjectId>,
    /// Day until which its holder's training is valid, days since 1970-01-01.
    pub trained_until: Option<i64>,
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
        write(act, id, new.roles, &new.projects)?;
        let event = new.roles.iter().fold(
            Event::new(EventKind::AccountCreated, actor(by)).object("account", id),
            |event, role| event.count(role.as_str(), 1),
        );
        act.record(&event)?;
        Ok(id)
    })
}

/// Gives an account other roles, another agency, other projects, or another end of training. Programs' tokens of roles that
/// are taken away end; its sessions go on with the new roles. With another agency all sessions and tokens end: a program
/// that one agency left running must not act for another.
///
/// # Errors
/// [`AccountError`].
pub fn change(
    store: &Store,
    by: Option<&Administrator>,
    account: AccountId,
    terms: &Terms,
) -> Result<(), AccountError> {
    if terms.roles.holds(Role::Uploader) != terms.agency.is_some() {
        return Err(AccountError::AgencyMisplaced);
    }
    store.act(|act| {
        let held = find(act.sql(), account)?.filter(|held| held.disabled_at.is_none());
        let held = held.ok_or(AccountError::Unknown { what: "account" })?;
        let resigns = held.roles.holds(Role::Administrator) && !terms.roles.holds(Role::Administrator);
        if resigns && is_last_administrator(act, account)? {
            return Err(AccountError::LastAdministrator);
        }
        if let Some(agency) = terms.agency {
            expect(act, "agency", "SELECT 1 FROM agency WHERE id = ?1", agency)?;
        }
        let sql = "UPDATE account SET agency = ?2, trained_until = ?3 WHERE id = ?1";
        act.sql().execute(sql, params![account, terms.agency, terms.trained_until])?;
        act.sql().execute("DELETE FROM account_role WHERE account = ?1", [account])?;
        act.sql().execute("DELETE FROM account_project WHERE account = ?1", [account])?;
        write(act, account, terms.roles, &terms.projects)?;
        let (mut sessions, mut tokens) = (0, 0);
        if held.agency != terms.agency {
            (sessions, tokens) = end_all(act, account)?;
        }
        for role in held.roles.iter().filter(|role| !terms.roles.holds(*role)) {
            let sql = "UPDATE token SET revoked_at = ?3 WHERE account = ?1 AND role = ?2 AND revoked_at IS NULL";
            tokens += act.sql().execute(sql, params![account, role.as_str(), act.now()])? as u64;
        }
        let event = Event::new(EventKind::AccountChanged, actor(by)).object("account", account);
        let event = terms.roles.iter().fold(event.because("terms-changed"), |event, role| {
            event.count(role.as_str(), 1)
        });
        let event = event.count("projects", terms.projects.len() as u64);
        act.record(&event.count("sessions", sessions).count("tokens", tokens))?;
        Ok(())
    })
}

/// Roles and projects of an account that has none.
fn write(
    act: &Act<'_>,
    account: AccountId,
    roles: Roles,
    projects: &[ProjectId],
) -> Result<(), AccountError> {
    for role in roles.iter() {
        let sql = "INSERT INTO account_role (account, role) VALUES (?1, ?2)";
        act.sql().execute(sql, params![account, role.as_str()])?;
    }
    for project in projects {
        expect(act, "project", "SELECT 1 FROM project WHERE id = ?1", *project)?;
        let sql = "INSERT OR IGNORE INTO account_project (account, project) VALUES (?1, ?2)";
        act.sql().execute(sql, params![account, project])?;
    }
    Ok(())
}

/// Whether no other open account that is enrolled is an administrator's.
fn is_last_administrator(act: &Act<'_>, account: AccountId) -> Result<bool, AccountError> {
    let others = "SELECT 1 FROM account a JOIN account_role r ON r.account = a.id \
                  WHERE r.role = 'administrator' AND a.disabled_at IS NULL AND a.password IS NOT NULL AND a.id <> ?1";
    Ok(!act.sql().prepare_cached(others)?.exists([account])?)
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
        if is_last_administrator(act, account)?
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

/// Log-in names by account, closed ones too.
///
/// # Errors
/// As the records fail.
pub fn names(connection: &Connection) -> Result<BTreeMap<AccountId, String>, AccountError> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM account")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
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
///
/// # Errors
/// As the records fail.
pub fn find(connection: &Connection, id: AccountId) -> Result<Option<Account>, AccountError> {
    let roles = texts(connection, "SELECT role FROM account_role WHERE account = ?1", id)?;
    let roles = Roles::new(roles.iter().filter_map(|role| Role::parse(role)))?;
    let projects = "SELECT project FROM account_project WHERE account = ?1 ORDER BY project";
    let projects = texts(connection, projects, id)?;
    let sql = "SELECT name, agency, created_at, disabled_at, trained_until, password IS NOT NULL, locked_until, \
               (SELECT max(expires_at) FROM enrolment WHERE enrolment.account = account.id AND used_at IS NULL) \
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
            locked_until: row.get(6)?,
            link_until: row.get(7)?,
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
