//! Accounts found by name, role and state, a page at a time.

use rusqlite::{Connection, params};

use super::account::{Account, find};
use super::{AccountError, Role};
use crate::clock::Timestamp;

/// In which state accounts are looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccountState {
    /// Open, and its holder has set password and second factor.
    Ready,
    /// Open, and its holder has not.
    Waiting,
    /// Open, and locked after refused log-ons.
    Locked,
    /// Open, and without valid training.
    Untrained,
    /// Closed.
    Closed,
}

impl AccountState {
    /// All states.
    pub const ALL: [Self; 5] =
        [Self::Ready, Self::Waiting, Self::Locked, Self::Untrained, Self::Closed];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Locked => "locked",
            Self::Untrained => "untrained",
            Self::Closed => "closed",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Of the open accounts, or of all, those that have it: a condition on `account`, with `?3` the moment and `?4` the day.
    const fn condition(self) -> &'static str {
        match self {
            Self::Ready => "disabled_at IS NULL AND password IS NOT NULL",
            Self::Waiting => "disabled_at IS NULL AND password IS NULL",
            Self::Locked => "disabled_at IS NULL AND coalesce(locked_until, 0) > ?3",
            Self::Untrained => "disabled_at IS NULL AND coalesce(trained_until, -1) < ?4",
            Self::Closed => "disabled_at IS NOT NULL",
        }
    }
}

/// Which accounts are looked for.
#[derive(Clone, Debug, Default)]
pub struct AccountsWanted {
    /// Part of the log-in name.
    pub text: String,
    /// A role they hold.
    pub role: Option<Role>,
    /// A state they are in.
    pub state: Option<AccountState>,
    /// Only names behind this one.
    pub after: String,
}

/// A page of accounts.
#[derive(Clone, Debug)]
pub struct AccountsFound {
    /// By name.
    pub accounts: Vec<Account>,
    /// How many there are on all pages.
    pub count: u64,
    /// `after` of the next page, if there is one.
    pub next_after: Option<String>,
}

/// Accounts that are looked for, by name, at most `accounts_max`.
///
/// # Errors
/// As the records fail.
pub fn search(
    connection: &Connection,
    wanted: &AccountsWanted,
    now: Timestamp,
    accounts_max: u32,
) -> Result<AccountsFound, AccountError> {
    let state = wanted.state.map_or("TRUE", AccountState::condition);
    // All parameters stand in each statement, so that both take the same.
    let having = format!(
        "FROM account WHERE instr(name, ?1) > 0 AND ({state}) AND ?3 IS NOT NULL AND ?4 IS NOT NULL \
         AND (?2 = '' OR EXISTS (SELECT 1 FROM account_role WHERE account_role.account = account.id AND role = ?2))"
    );
    let role = wanted.role.map_or("", Role::as_str);
    let today = now.0.div_euclid(86_400_000);
    let text = wanted.text.to_ascii_lowercase();
    let count = connection
        .prepare_cached(&format!("SELECT count(*) {having}"))?
        .query_row(params![text, role, now, today], |row| row.get(0))?;
    let sql = format!("SELECT id, name {having} AND name > ?5 ORDER BY name LIMIT ?6");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::from(accounts_max) + 1;
    let rows = statement
        .query_map(params![text, role, now, today, wanted.after, limit], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let shown = rows.len().min(accounts_max as usize);
    let next_after = (rows.len() > shown).then(|| rows[shown - 1].1.clone());
    let accounts = rows[..shown].iter().filter_map(|(id, _)| find(connection, *id).transpose());
    Ok(AccountsFound { accounts: accounts.collect::<Result<_, _>>()?, count, next_after })
}

/// What of accounts a unit has, to see what is still to be set up.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Accounts that are open and enrolled, by role.
    pub ready: Vec<(Role, u64)>,
    /// Accounts that are open and not enrolled, by role.
    pub waiting: Vec<(Role, u64)>,
    /// Whether one account can prepare a release that another can approve.
    pub has_second_person: bool,
    /// Agencies without an uploader who is enrolled.
    pub agencies_without_uploader: u64,
}

/// Counts them.
///
/// # Errors
/// As the records fail.
pub fn staff(connection: &Connection) -> Result<Staff, AccountError> {
    let by_role = |condition: &str| {
        let sql = format!(
            "SELECT count(*) FROM account JOIN account_role ON account_role.account = account.id WHERE role = ?1 AND {condition}"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let count =
            |role: Role| Ok((role, statement.query_row([role.as_str()], |row| row.get(0))?));
        Role::ALL.into_iter().map(count).collect::<Result<Vec<_>, AccountError>>()
    };
    let pair = "SELECT 1 FROM account_role p JOIN account_role a ON a.account <> p.account \
                JOIN account one ON one.id = p.account JOIN account other ON other.id = a.account \
                WHERE p.role = 'preparer' AND a.role = 'approver' AND one.disabled_at IS NULL \
                AND other.disabled_at IS NULL AND one.password IS NOT NULL AND other.password IS NOT NULL";
    let without = "SELECT count(*) FROM agency WHERE NOT EXISTS (SELECT 1 FROM account \
                   WHERE account.agency = agency.id AND disabled_at IS NULL AND password IS NOT NULL)";
    Ok(Staff {
        ready: by_role(AccountState::Ready.condition())?,
        waiting: by_role(AccountState::Waiting.condition())?,
        has_second_person: connection.prepare_cached(pair)?.exists([])?,
        agencies_without_uploader: connection.query_row(without, [], |row| row.get(0))?,
    })
}
