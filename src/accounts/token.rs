//! Tokens of programs: one role each, an end, shown once.

use std::net::IpAddr;

use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::session::principal;
use super::{AccountError, AccountLimits, Principal, Role};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{TokenId, hex, random_bytes, unhex};
use crate::store::Store;

/// What every token begins with, so that it is known where it should not be.
const MARK: &str = "tallystick_";
/// Roles that a program may act in. People hold the others.
pub const TOKEN_ROLES: [Role; 4] =
    [Role::Uploader, Role::Operator, Role::Evaluator, Role::Compliance];
/// Seconds between two notes of a token's last use.
const USE_NOTED_SECONDS: i64 = 60;

/// What a token is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenScope {
    /// The one role in which it acts; its account must hold it.
    pub role: Role,
    /// Days after which it ends.
    pub days: i64,
}

/// A token that was made.
#[derive(Debug)]
pub struct Issued {
    /// By which it is revoked.
    pub token: TokenId,
    /// What the program sends. Shown now and never again.
    pub secret: Zeroizing<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Makes a token for one's own account.
///
/// # Errors
/// [`AccountError`].
pub fn issue(
    store: &Store,
    limits: &AccountLimits,
    principal: &Principal,
    scope: TokenScope,
) -> Result<Issued, AccountError> {
    if !TOKEN_ROLES.contains(&scope.role) || !principal.roles.holds(scope.role) {
        return Err(AccountError::NotAllowed);
    }
    if principal.token.is_some() {
        // A token that leaked must not make others that outlive it.
        return Err(AccountError::NotAllowed);
    }
    if !(1..=limits.token_days_max).contains(&scope.days) {
        return Err(AccountError::TokenDays { days_max: limits.token_days_max });
    }
    let secret = Zeroizing::new(random_bytes()?);
    let token = TokenId::random()?;
    let expires_at = store.act(|act| {
        let ends = act.now().plus_seconds(scope.days * 86_400);
        let sql = "INSERT INTO token (id, account, digest, role, created_at, expires_at) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let role = scope.role.as_str();
        let values = params![token, principal.account, digest(&secret), role, act.now(), ends];
        act.sql().execute(sql, values)?;
        let event = Event::new(EventKind::TokenIssued, principal.actor()).object("token", token);
        let days = u64::try_from(scope.days).unwrap_or(0);
        act.record(&event.count("days", days).from_address(principal.address))?;
        Ok::<_, AccountError>(ends)
    })?;
    let secret = Zeroizing::new(format!("{MARK}{}", hex(&secret[..])));
    Ok(Issued { token, secret, expires_at })
}

/// The principal of a token, in its one role.
///
/// # Errors
/// [`AccountError::TokenEnded`].
pub fn of_token(
    store: &Store,
    secret: &str,
    address: Option<IpAddr>,
) -> Result<Principal, AccountError> {
    let ended = || AccountError::TokenEnded;
    let digest = digest(&secret.strip_prefix(MARK).and_then(unhex).ok_or_else(ended)?);
    let now = store.now();
    let (found, used_at) = store.read(|connection| {
        let sql = "SELECT id, account, role, used_at FROM token \
                   WHERE digest = ?1 AND revoked_at IS NULL AND expires_at > ?2";
        let row = connection.prepare_cached(sql)?.query_row(params![digest, now], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Option<Timestamp>>(3)?,
            ))
        });
        let (token, account, role, used_at) = row.optional()?.ok_or_else(ended)?;
        let role = Role::parse(&role).ok_or_else(ended)?;
        let holder = principal(connection, account, address).map_err(|_| ended())?;
        let roles = holder.roles.only(role);
        Ok::<_, AccountError>((Principal { roles, token: Some(token), ..holder }, used_at))
    })?;
    let is_due = used_at.is_none_or(|used| now.0 - used.0 >= USE_NOTED_SECONDS * 1_000);
    if is_due {
        store.keep(|transaction, now| {
            let sql = "UPDATE token SET used_at = ?2 WHERE id = ?1";
            transaction.execute(sql, params![found.token, now])?;
            Ok::<_, AccountError>(())
        })?;
    }
    Ok(found)
}

/// Ends a token of one's own account, at once.
///
/// # Errors
/// [`AccountError`].
pub fn revoke(store: &Store, principal: &Principal, token: TokenId) -> Result<(), AccountError> {
    store.act(|act| {
        let sql = "UPDATE token SET revoked_at = ?3 WHERE id = ?1 AND account = ?2 AND revoked_at IS NULL";
        if act.sql().execute(sql, params![token, principal.account, act.now()])? == 0 {
            return Err(AccountError::Unknown { what: "token" });
        }
        let event = Event::new(EventKind::TokenRevoked, principal.actor());
        act.record(&event.object("token", token).from_address(principal.address))?;
        Ok(())
    })
}

/// Of 256 random bits a plain digest is enough: nobody guesses them.
fn digest(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"tallystick/token/v1\n").chain_update(secret).finalize().into()
}
