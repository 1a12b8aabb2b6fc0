//! The second factor: time-based one-time passwords (RFC 6238), six digits, thirty seconds, one step of tolerance; and
//! recovery codes for the day the device is lost.

use sha2::{Digest as _, Sha256};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::ids::{AccountId, NoRandomness, hex, random_bytes};
use crate::seal::SealKey;

/// Bytes of a secret: as long as the output of its hash (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
/// Recovery codes of an account.
pub(super) const RECOVERY_CODES: usize = 10;

/// The shared secret of an account and its device.
pub struct SecondFactor(Zeroizing<[u8; SECRET_BYTES]>);

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").finish_non_exhaustive()
    }
}

impl SecondFactor {
    /// A new secret.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random() -> Result<Self, NoRandomness> {
        random_bytes().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(30)
            .with_secret(Secret::new_stack(*self.0))
            .build()
            .expect("the parameters are those of RFC 6238")
    }

    /// For the authenticator's own form, and for its picture: `otpauth://totp/...`.
    #[must_use]
    pub fn uri(&self, name: &str) -> Zeroizing<String> {
        let secret = Zeroizing::new(Secret::new_stack(*self.0).to_base32());
        Zeroizing::new(format!(
            "otpauth://totp/tallystick:{name}?secret={}&issuer=tallystick&algorithm=SHA1&digits=6&period=30",
            *secret
        ))
    }

    /// What an authenticator reads from [`uri`](Self::uri); `None` if it is none of this unit's.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let secret = uri.split_once("secret=")?.1.split('&').next()?;
        let bytes = Secret::try_from_base32(secret).ok()?;
        bytes.as_bytes().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The code that a device shows at `now`.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> String {
        self.totp().generate(seconds(now)).to_string()
    }

    /// The time step of the code, if it is one of now, the step before or the step after.
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        self.totp().check(code, seconds(now))
    }

    pub(super) fn seal(&self, key: &SealKey, account: AccountId) -> Result<Vec<u8>, NoRandomness> {
        key.seal(&place(account), &self.0[..])
    }

    pub(super) fn open(key: &SealKey, account: AccountId, sealed: &[u8]) -> Option<Self> {
        let bytes = key.open(&place(account), sealed)?;
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }
}

fn place(account: AccountId) -> Vec<u8> {
    format!("account.second_factor/{account}").into_bytes()
}

fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.0 / 1_000).unwrap_or(0)
}

/// Recovery codes of 80 random bits each: so long that a plain digest is kept.
pub(super) fn recovery_codes() -> Result<Vec<Zeroizing<String>>, NoRandomness> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let digits = Zeroizing::new(hex(&random_bytes::<10>()?));
            let groups: Vec<&str> = (0..4).map(|at| &digits[at * 5..at * 5 + 5]).collect();
            Ok(Zeroizing::new(groups.join("-")))
        })
        .collect()
}

/// Digest of a recovery code, bound to its account.
pub(super) fn recovery_digest(account: AccountId, code: &str) -> [u8; 32] {
    let code: Zeroizing<String> = Zeroizing::new(code.trim().to_ascii_lowercase());
    Sha256::new()
        .chain_update(b"tallystick/recovery/v1\n")
        .chain_update(account.to_string())
        .chain_update(code.as_bytes())
        .finalize()
        .into()
}
