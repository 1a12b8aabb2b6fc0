//! One-time links: by one, the holder of an account sets password and second factor.

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::account::{actor, find};
use super::factor::{SecondFactor, recovery_codes, recovery_digest};
use super::sign_ins::end_all;
use super::{AccountError, AccountLimits, Administrator, Password};
use crate::audit::{Actor, Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, hex, random_bytes, unhex};
use crate::seal::SealKey;
use crate::store::{Act, Store};

/// An account that is ready.
#[derive(Debug)]
pub struct Enrolled {
    /// Whose.
    pub account: AccountId,
    /// Each is good once, in place of a code. Shown now and never again.
    pub recovery_codes: Vec<Zeroizing<String>>,
}

/// Makes a link's secret; earlier links of the account end. 64 hex digits, to be handed to the holder alone.
///
/// # Errors
/// [`AccountError`].
pub fn invite(
    store: &Store,
    by: Option<&Administrator>,
    limits: &AccountLimits,
    account: AccountId,
) -> Result<Zeroizing<String>, AccountError> {
    let secret = Zeroizing::new(random_bytes::<32>()?);
    store.act(|act| invite_within(act, limits, account, &secret, actor(by)))?;
    Ok(Zeroizing::new(hex(&secret[..])))
}

/// Enters a link with this secret; earlier links of the account end.
pub(super) fn invite_within(
    act: &mut Act<'_>,
    limits: &AccountLimits,
    account: AccountId,
    secret: &[u8; 32],
    by: Actor,
) -> Result<(), AccountError> {
    let now = act.now();
    let open = find(act.sql(), account)?.is_some_and(|found| found.disabled_at.is_none());
    if !open {
        return Err(AccountError::Unknown { what: "account" });
    }
    let sql = "UPDATE enrolment SET used_at = ?2 WHERE account = ?1 AND used_at IS NULL";
    act.sql().execute(sql, params![account, now])?;
    let ends = now.plus_seconds(limits.enrolment_hours * 3_600);
    let sql = "INSERT INTO enrolment (digest, account, expires_at) VALUES (?1, ?2, ?3)";
    act.sql().execute(sql, params![digest(secret), account, ends])?;
    let event = Event::new(EventKind::AccountChanged, by).object("account", account);
    act.record(&event.because("enrolment-invited"))?;
    Ok(())
}

/// Takes the new password, gives the secret of the second factor, which [`confirm`] then wants to see working.
///
/// # Errors
/// [`AccountError`].
pub fn prepare(
    store: &Store,
    key: &SealKey,
    link: &str,
    password: &Password,
) -> Result<Zeroizing<String>, AccountError> {
    let digest = digest(&unhex::<32>(link).ok_or(AccountError::EnrolmentEnded)?);
    let now = store.now();
    // Who has no link makes no work.
    store.read(|connection| invited(connection, &digest, now))?;
    let hash = password.hash()?;
    let factor = SecondFactor::random()?;
    store.keep(|transaction, now| {
        let account = invited(transaction, &digest, now)?;
        let sealed = factor.seal(key, account)?;
        let sql = "UPDATE enrolment SET password = ?2, second_factor = ?3 WHERE digest = ?1";
        transaction.execute(sql, params![digest, hash, sealed])?;
        let found = find(transaction, account)?.ok_or(AccountError::EnrolmentEnded)?;
        Ok(factor.uri(&found.name))
    })
}

/// Whom a link invites.
fn invited(
    connection: &Connection,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<AccountId, AccountError> {
    let sql =
        "SELECT account FROM enrolment WHERE digest = ?1 AND used_at IS NULL AND expires_at > ?2";
    let account = connection.query_row(sql, params![digest, now], |row| row.get(0)).optional()?;
    account.ok_or(AccountError::EnrolmentEnded)
}

/// Makes the account ready, if the code is one of the new second factor. The link is spent; sessions and tokens end.
///
/// # Errors
/// [`AccountError`].
pub fn confirm(
    store: &Store,
    key: &SealKey,
    link: &str,
    code: &str,
) -> Result<Enrolled, AccountError> {
    let secret = unhex::<32>(link).ok_or(AccountError::EnrolmentEnded)?;
    let codes = recovery_codes()?;
    let account = store.act(|act| {
        let now = act.now();
        let sql = "SELECT account, password, second_factor FROM enrolment \
                   WHERE digest = ?1 AND used_at IS NULL AND expires_at > ?2 AND password IS NOT NULL";
        let found = act.sql().query_row(sql, params![digest(&secret), now], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
        });
        let (account, password, sealed) = found.optional()?.ok_or(AccountError::EnrolmentEnded)?;
        let factor =
            SecondFactor::open(key, account, &sealed).ok_or(AccountError::EnrolmentEnded)?;
        let Some(step) = factor.step_of(code, now) else {
            // The entry stays, whatever becomes of the rest.
            let event = Event::new(EventKind::SecondFactorEnrolled, Actor::Anonymous);
            act.record(&event.denied("code-refused").object("account", account))?;
            return Ok(None);
        };
        let sql = "UPDATE enrolment SET used_at = ?2, password = NULL, second_factor = NULL WHERE digest = ?1";
        act.sql().execute(sql, params![digest(&secret), now])?;
        let sql = "UPDATE account SET password = ?2, second_factor = ?3, second_factor_step = ?4, \
                   failures = 0, locked_until = NULL WHERE id = ?1";
        act.sql().execute(sql, params![account, password, sealed, step])?;
        end_all(act, account)?;
        replace_recovery_codes(act, account, &codes)?;
        let holder = Actor::Anonymous;
        for kind in [EventKind::PasswordChanged, EventKind::SecondFactorEnrolled] {
            act.record(&Event::new(kind, holder).object("account", account))?;
        }
        Ok::<_, AccountError>(Some(account))
    })?;
    let account = account.ok_or(AccountError::CodeRefused)?;
    Ok(Enrolled { account, recovery_codes: codes })
}

pub(super) fn replace_recovery_codes(
    act: &Act<'_>,
    account: AccountId,
    codes: &[Zeroizing<String>],
) -> Result<(), AccountError> {
    act.sql().execute("DELETE FROM recovery_code WHERE account = ?1", [account])?;
    for code in codes {
        let sql = "INSERT INTO recovery_code (digest, account) VALUES (?1, ?2)";
        act.sql().execute(sql, params![recovery_digest(account, code), account])?;
    }
    Ok(())
}

/// Of 256 random bits a plain digest is enough: nobody guesses them.
fn digest(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"tallystick/enrolment/v1\n").chain_update(secret).finalize().into()
}
