//! Sessions of browsers: opened by password and second factor, ended by time, by log-off or with the account.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::account::find;
use super::factor::{SecondFactor, recovery_digest};
use super::{AccountError, AccountLimits, Password, Principal};
use crate::audit::{Actor, Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, SessionId, hex, random_bytes, unhex};
use crate::seal::SealKey;
use crate::store::{Act, Store};

/// Seconds between two notes of a session's last use, so that reading does not write each time.
const USE_NOTED_SECONDS: i64 = 30;

/// What is typed at log-on.
#[derive(Debug)]
pub struct Credentials {
    /// Log-in name.
    pub name: String,
    /// Password.
    pub password: Password,
    /// Code of the second factor, or a recovery code.
    pub code: Zeroizing<String>,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// Whose.
    pub account: AccountId,
    /// The secret of the cookie: 64 hex digits, shown once.
    pub secret: Zeroizing<String>,
    /// What forms and scripts must send back: 64 hex digits.
    pub csrf: Zeroizing<String>,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// What is known of the account that a name belongs to.
pub(super) struct Stored {
    account: AccountId,
    pub(super) password: Option<String>,
    factor: Option<SecondFactor>,
    pub(super) is_open: bool,
}

/// How a log-on showed the second factor.
pub(super) enum Shown {
    Step(u64),
    Recovery([u8; 32]),
}

/// Opens a session. Every refusal is the same, takes as long, and is logged.
///
/// # Errors
/// [`AccountError::SignInRefused`], or that of the records.
pub fn sign_in(
    store: &Store,
    key: &SealKey,
    limits: &AccountLimits,
    credentials: &Credentials,
    address: Option<IpAddr>,
) -> Result<Opened, AccountError> {
    let now = store.now();
    let stored = store.read(|connection| stored(connection, key, &credentials.name, now))?;
    let fits = credentials.password.fits(stored.as_ref().and_then(|it| it.password.as_deref()));
    let shown = stored.as_ref().and_then(|it| shown(it, &credentials.code, now));
    let opened = match (&stored, shown) {
        (Some(stored), Some(shown)) if fits && stored.is_open => {
            let password = stored.password.as_deref().unwrap_or_default();
            open(store, limits, (stored.account, password), &shown, address)?
        }
        _ => None,
    };
    if opened.is_none() {
        let event = Event::new(EventKind::SessionOpened, Actor::Anonymous)
            .from_address(address)
            .denied("sign-in-refused");
        refuse(store, limits, stored.map(|it| it.account), event)?;
    }
    opened.ok_or(AccountError::SignInRefused)
}

pub(super) fn stored(
    connection: &Connection,
    key: &SealKey,
    name: &str,
    now: Timestamp,
) -> Result<Option<Stored>, AccountError> {
    let sql = "SELECT id, password, second_factor, disabled_at IS NULL AND coalesce(locked_until, 0) <= ?2 \
               FROM account WHERE name = ?1";
    let found = connection.prepare_cached(sql)?.query_row(params![name, now], |row| {
        let account = row.get(0)?;
        let sealed: Option<Vec<u8>> = row.get(2)?;
        Ok(Stored {
            account,
            password: row.get(1)?,
            factor: sealed.and_then(|sealed| SecondFactor::open(key, account, &sealed)),
            is_open: row.get(3)?,
        })
    });
    Ok(found.optional()?)
}

pub(super) fn shown(stored: &Stored, code: &str, now: Timestamp) -> Option<Shown> {
    let factor = stored.factor.as_ref()?;
    let by_step = factor.step_of(code, now).map(Shown::Step);
    by_step.or_else(|| Some(Shown::Recovery(recovery_digest(stored.account, code))))
}

/// Opens the session if the code was not spent before; `None` if it was.
fn open(
    store: &Store,
    limits: &AccountLimits,
    (account, password): (AccountId, &str),
    shown: &Shown,
    address: Option<IpAddr>,
) -> Result<Option<Opened>, AccountError> {
    let secret = Zeroizing::new(random_bytes()?);
    let csrf = csrf_of(&secret);
    let session = SessionId::random()?;
    let mut ends_at = store.now();
    let result = store.act(|act| {
        let now = act.now();
        // What was read before may have changed meanwhile: closed, locked, or enrolled anew.
        let same = "SELECT 1 FROM account WHERE id = ?1 AND disabled_at IS NULL \
                    AND coalesce(locked_until, 0) <= ?2 AND password = ?3";
        let is_same = act.sql().prepare_cached(same)?.exists(params![account, now, password])?;
        if !is_same || !spend(act, account, shown, address)? {
            return Err(AccountError::SignInRefused);
        }
        ends_at = now.plus_seconds(limits.session_seconds_max);
        let sql = "UPDATE account SET failures = 0, locked_until = NULL WHERE id = ?1";
        act.sql().execute(sql, [account])?;
        let sql = "INSERT INTO session (id, account, digest, csrf, opened_at, used_at, ends_at, address) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)";
        let address_text = address.map(|address| address.to_string());
        let (digest, csrf) = (digest(&secret), digest(&csrf));
        act.sql().execute(sql, params![session, account, digest, csrf, now, ends_at, address_text])?;
        let found = find(act.sql(), account)?.ok_or(AccountError::SignInRefused)?;
        let role = found.roles.iter().next().map_or("", super::Role::as_str);
        let actor = Actor::Account { account, role, agency: found.agency, session: Some(session) };
        let event = Event::new(EventKind::SessionOpened, actor).from_address(address);
        act.record(&event.object("session", session))?;
        Ok(())
    });
    match result {
        Ok(()) => Ok(Some(Opened {
            session,
            account,
            secret: Zeroizing::new(hex(&secret[..])),
            csrf: Zeroizing::new(hex(&csrf[..])),
            ends_at,
        })),
        Err(AccountError::SignInRefused) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Spends a code; false if it was spent before.
pub(super) fn spend(
    act: &mut Act<'_>,
    account: AccountId,
    shown: &Shown,
    address: Option<IpAddr>,
) -> Result<bool, AccountError> {
    match shown {
        Shown::Step(step) => {
            let sql = "UPDATE account SET second_factor_step = ?2 WHERE id = ?1 AND second_factor_step < ?2";
            Ok(act.sql().execute(sql, params![account, step])? == 1)
        }
        Shown::Recovery(digest) => {
            let sql = "UPDATE recovery_code SET used_at = ?3 WHERE digest = ?2 AND account = ?1 AND used_at IS NULL";
            let spent = act.sql().execute(sql, params![account, digest, act.now()])? == 1;
            if spent {
                let event = Event::new(EventKind::RecoveryCodeUsed, Actor::Anonymous);
                act.record(&event.object("account", account).from_address(address))?;
            }
            Ok(spent)
        }
    }
}

/// Counts and logs a refusal; locks the account after too many in a row.
pub(super) fn refuse(
    store: &Store,
    limits: &AccountLimits,
    account: Option<AccountId>,
    event: Event,
) -> Result<(), AccountError> {
    store.act(|act| {
        let Some(account) = account else {
            act.record(&event)?;
            return Ok(());
        };
        // A try while it is locked counts for nothing: else anybody could keep an account locked for good.
        let locked_until = act.now().plus_seconds(limits.lock_seconds);
        let sql = "UPDATE account SET failures = CASE WHEN failures + 1 >= ?2 THEN 0 ELSE failures + 1 END, \
                   locked_until = CASE WHEN failures + 1 >= ?2 THEN ?3 ELSE locked_until END \
                   WHERE id = ?1 AND coalesce(locked_until, 0) <= ?4 RETURNING locked_until = ?3";
        let values = params![account, limits.failures_max, locked_until, act.now()];
        let locked: Option<Option<bool>> =
            act.sql().query_row(sql, values, |row| row.get(0)).optional()?;
        let is_locked = locked.flatten().unwrap_or(false);
        act.record(&event.object("account", account).count("locked", u64::from(is_locked)))?;
        Ok(())
    })
}

/// The principal of a session's secret; notes its use. `csrf` is what came with a request that changes something.
///
/// # Errors
/// [`AccountError::SessionEnded`].
pub fn of_session(
    store: &Store,
    limits: &AccountLimits,
    secret: &str,
    csrf: Option<&str>,
    address: Option<IpAddr>,
) -> Result<Principal, AccountError> {
    let ended = || AccountError::SessionEnded;
    let digest = digest(&unhex(secret).ok_or_else(ended)?);
    let now = store.now();
    let (principal, used_at) = store.read(|connection| {
        let sql = "SELECT s.id, s.account, s.used_at, s.csrf FROM session s JOIN account a ON a.id = s.account \
                   WHERE s.digest = ?1 AND s.closed_at IS NULL AND s.ends_at > ?2 AND s.used_at > ?3 \
                   AND a.disabled_at IS NULL";
        let idle_since = now.plus_seconds(-limits.session_idle_seconds);
        let found = connection
            .prepare_cached(sql)?
            .query_row(params![digest, now, idle_since], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, Timestamp>(2)?, row.get::<_, [u8; 32]>(3)?))
            })
            .optional()?;
        let (session, account, used_at, stored) = found.ok_or_else(ended)?;
        if let Some(csrf) = csrf {
            // Digests are compared: how far they agree says nothing about the token.
            let given = unhex(csrf).map(|bytes| self::digest(&bytes));
            if given != Some(stored) {
                return Err(ended());
            }
        }
        let principal = principal(connection, account, address)?;
        Ok((Principal { session: Some(session), ..principal }, used_at))
    })?;
    if now.0 - used_at.0 >= USE_NOTED_SECONDS * 1_000 {
        store.keep(|transaction, now| {
            let sql = "UPDATE session SET used_at = ?2 WHERE id = ?1";
            transaction.execute(sql, params![principal.session, now])?;
            Ok::<_, AccountError>(())
        })?;
    }
    Ok(principal)
}

/// An open account as a principal with all its roles.
pub(super) fn principal(
    connection: &Connection,
    account: AccountId,
    address: Option<IpAddr>,
) -> Result<Principal, AccountError> {
    let found = find(connection, account)?.filter(|found| found.disabled_at.is_none());
    let found = found.ok_or(AccountError::SessionEnded)?;
    Ok(Principal {
        account,
        name: found.name,
        roles: found.roles,
        agency: found.agency,
        projects: found.projects,
        session: None,
        token: None,
        address,
    })
}

/// What forms and scripts of a session send back, from the secret of its cookie: pages write it without its being kept.
/// HMAC-SHA-256 (RFC 2104); who has it does not have the secret. `None` for what is no secret.
#[must_use]
pub fn csrf(secret: &str) -> Option<Zeroizing<String>> {
    let secret = Zeroizing::new(unhex::<32>(secret)?);
    Some(Zeroizing::new(hex(&csrf_of(&secret)[..])))
}

fn csrf_of(secret: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
    Zeroizing::new(mac.chain_update(b"tallystick/csrf/v1").finalize().into_bytes().into())
}

/// Ends a session.
///
/// # Errors
/// [`AccountError`].
pub fn close(store: &Store, principal: &Principal, session: SessionId) -> Result<(), AccountError> {
    store.act(|act| {
        let sql = "UPDATE session SET closed_at = ?3 WHERE id = ?1 AND account = ?2 AND closed_at IS NULL";
        if act.sql().execute(sql, params![session, principal.account, act.now()])? == 0 {
            return Err(AccountError::Unknown { what: "session" });
        }
        let event = Event::new(EventKind::SessionClosed, principal.actor());
        act.record(&event.object("session", session).from_address(principal.address))?;
        Ok(())
    })
}

/// Of 256 random bits a plain digest is enough: nobody guesses them.
fn digest(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"tallystick/session/v1\n").chain_update(secret).finalize().into()
}
