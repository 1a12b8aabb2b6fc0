//! What an account is signed in by: its open sessions and tokens, listed and ended.

use rusqlite::{Connection, params};

use super::account::{actor, find};
use super::{AccountError, Administrator};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, SessionId, TokenId};
use crate::store::{Act, Store};

/// An open session.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// By which it is closed.
    pub id: SessionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last used, within half a minute.
    pub used_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// From where it was opened.
    pub address: Option<String>,
}

/// A token that is good.
#[derive(Clone, Debug)]
pub struct OpenToken {
    /// By which it is revoked.
    pub id: TokenId,
    /// The role it acts in.
    pub role: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, within a minute.
    pub used_at: Option<Timestamp>,
}

/// What an account is signed in by.
#[derive(Clone, Debug)]
pub struct SignIns {
    /// Sessions, newest first.
    pub sessions: Vec<OpenSession>,
    /// Tokens, newest first.
    pub tokens: Vec<OpenToken>,
}

/// Open sessions and tokens of an account; sessions that idled too long are none.
///
/// # Errors
/// [`AccountError`].
pub fn sign_ins(
    connection: &Connection,
    account: AccountId,
    now: Timestamp,
    session_idle_seconds: i64,
) -> Result<SignIns, AccountError> {
    if find(connection, account)?.is_none() {
        return Err(AccountError::Unknown { what: "account" });
    }
    let sql = "SELECT id, opened_at, used_at, ends_at, address FROM session WHERE account = ?1 \
               AND closed_at IS NULL AND ends_at > ?2 AND used_at > ?3 ORDER BY opened_at DESC, id";
    let idle_since = now.plus_seconds(-session_idle_seconds);
    let mut statement = connection.prepare_cached(sql)?;
    let sessions = statement.query_map(params![account, now, idle_since], |row| {
        Ok(OpenSession {
            id: row.get(0)?,
            opened_at: row.get(1)?,
            used_at: row.get(2)?,
            ends_at: row.get(3)?,
            address: row.get(4)?,
        })
    })?;
    let sessions = sessions.collect::<Result<_, _>>()?;
    let sql = "SELECT id, role, created_at, expires_at, used_at FROM token WHERE account = ?1 \
               AND revoked_at IS NULL AND expires_at > ?2 ORDER BY created_at DESC, id";
    let mut statement = connection.prepare_cached(sql)?;
    let tokens = statement.query_map(params![account, now], |row| {
        Ok(OpenToken {
            id: row.get(0)?,
            role: row.get(1)?,
            created_at: row.get(2)?,
            expires_at: row.get(3)?,
            used_at: row.get(4)?,
        })
    })?;
    Ok(SignIns { sessions, tokens: tokens.collect::<Result<_, _>>()? })
}

/// Ends all sessions and tokens of an account, at once; gives how many of each.
///
/// # Errors
/// [`AccountError`].
pub fn end_sign_ins(
    store: &Store,
    by: Option<&Administrator>,
    account: AccountId,
) -> Result<(u64, u64), AccountError> {
    store.act(|act| {
        if find(act.sql(), account)?.is_none() {
            return Err(AccountError::Unknown { what: "account" });
        }
        let (sessions, tokens) = end_all(act, account)?;
        let event = Event::new(EventKind::AccountChanged, actor(by))
            .object("account", account)
            .because("sign-ins-ended")
            .count("sessions", sessions)
            .count("tokens", tokens);
        act.record(&event)?;
        Ok((sessions, tokens))
    })
}

/// Ends all sessions and tokens within a change; gives how many of each.
pub(super) fn end_all(act: &Act<'_>, account: AccountId) -> Result<(u64, u64), AccountError> {
    let end = |sql: &str| {
        Ok::<_, AccountError>(act.sql().execute(sql, params![account, act.now()])? as u64)
    };
    let sessions =
        end("UPDATE session SET closed_at = ?2 WHERE account = ?1 AND closed_at IS NULL")?;
    let tokens = end("UPDATE token SET revoked_at = ?2 WHERE account = ?1 AND revoked_at IS NULL")?;
    Ok((sessions, tokens))
}
