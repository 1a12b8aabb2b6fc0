//! What holders change of their own account; for it they show password and code once more, in an open session.

use rusqlite::{Connection, params};
use zeroize::Zeroizing;

use super::enrolment::{invite_within, replace_recovery_codes};
use super::factor::recovery_codes;
use super::session::{refuse, shown, spend, stored};
use super::{AccountError, AccountLimits, Password, Principal};
use crate::audit::{Event, EventKind};
use crate::ids::{AccountId, hex, random_bytes};
use crate::seal::SealKey;
use crate::store::{Act, Store};

/// What is typed once more.
#[derive(Debug)]
pub struct Proof {
    /// Password.
    pub password: Password,
    /// Code of the second factor, or a recovery code.
    pub code: Zeroizing<String>,
}

/// How many recovery codes of an account are not spent.
///
/// # Errors
/// As the records fail.
pub fn recovery_codes_left(
    connection: &Connection,
    account: AccountId,
) -> Result<u64, AccountError> {
    let sql = "SELECT count(*) FROM recovery_code WHERE account = ?1 AND used_at IS NULL";
    Ok(connection.query_row(sql, [account], |row| row.get(0))?)
}

/// Makes new recovery codes; the ones before are good no more.
///
/// # Errors
/// [`AccountError`]; a refused proof counts as a refused log-on.
pub fn renew_recovery_codes(
    store: &Store,
    key: &SealKey,
    limits: &AccountLimits,
    principal: &Principal,
    proof: &Proof,
) -> Result<Vec<Zeroizing<String>>, AccountError> {
    let codes = recovery_codes()?;
    prove(store, key, limits, principal, proof, |act| {
        replace_recovery_codes(act, principal.account, &codes)?;
        let event = Event::new(EventKind::AccountChanged, principal.actor());
        let event = event.object("account", principal.account).because("recovery-codes-renewed");
        act.record(&event.from_address(principal.address))?;
        Ok(())
    })?;
    Ok(codes)
}

/// Makes the secret of a link by which the holder sets a new password and second factor. Until it is used, the old ones stay.
///
/// # Errors
/// [`AccountError`]; a refused proof counts as a refused log-on.
pub fn invite_oneself(
    store: &Store,
    key: &SealKey,
    limits: &AccountLimits,
    principal: &Principal,
    proof: &Proof,
) -> Result<Zeroizing<String>, AccountError> {
    let secret = Zeroizing::new(random_bytes::<32>()?);
    prove(store, key, limits, principal, proof, |act| {
        invite_within(act, limits, principal.account, &secret, principal.actor())
    })?;
    Ok(Zeroizing::new(hex(&secret[..])))
}

/// Does it if password and code fit; else a refusal is counted and logged, as at log-on.
fn prove(
    store: &Store,
    key: &SealKey,
    limits: &AccountLimits,
    principal: &Principal,
    proof: &Proof,
    change: impl FnOnce(&mut Act<'_>) -> Result<(), AccountError>,
) -> Result<(), AccountError> {
    if principal.session.is_none() {
        // A token that leaked must not take the account over.
        return Err(AccountError::NotAllowed);
    }
    let account = principal.account;
    let now = store.now();
    let stored = store.read(|connection| stored(connection, key, &principal.name, now))?;
    let fits = proof.password.fits(stored.as_ref().and_then(|it| it.password.as_deref()));
    let shown = stored.as_ref().and_then(|it| shown(it, &proof.code, now));
    let done = match (&stored, shown) {
        (Some(stored), Some(shown)) if fits && stored.is_open => store.act(|act| {
            let same = "SELECT 1 FROM account WHERE id = ?1 AND disabled_at IS NULL \
                        AND coalesce(locked_until, 0) <= ?3 AND password = ?2";
            let values = params![account, stored.password, act.now()];
            let is_same = act.sql().prepare_cached(same)?.exists(values)?;
            if !is_same || !spend(act, account, &shown, principal.address)? {
                return Err(AccountError::SignInRefused);
            }
            change(act)
        }),
        _ => Err(AccountError::SignInRefused),
    };
    if matches!(done, Err(AccountError::SignInRefused)) {
        let event = Event::new(EventKind::AccountChanged, principal.actor());
        let event = event.from_address(principal.address).denied("sign-in-refused");
        refuse(store, limits, Some(account), event)?;
    }
    done
}
