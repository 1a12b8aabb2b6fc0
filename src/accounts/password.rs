//! Passwords: Argon2id (RFC 9106) with 19 MiB, two passes, one lane.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tallystick_keyfile::Passphrase;

use super::AccountError;

/// Longest password in bytes.
const PASSWORD_BYTES_MAX: usize = 256;

/// A password as it was typed.
pub struct Password(Passphrase);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").finish_non_exhaustive()
    }
}

/// What a password is compared with where there is none, so that both take as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let hashed = Argon2::default().hash_password(b"nobody has this password");
    hashed.expect("the defaults of Argon2 are valid").to_string()
});

impl Password {
    /// Takes a text of any kind; a longer one than allowed fits nothing.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Passphrase::new(text))
    }

    /// A PHC string of a new password.
    ///
    /// # Errors
    /// [`AccountError::PasswordWeak`], by the rule for key files.
    pub fn hash(&self) -> Result<String, AccountError> {
        let weak = || AccountError::PasswordWeak;
        if self.0.expose().len() > PASSWORD_BYTES_MAX {
            return Err(weak());
        }
        self.0.check_strength().map_err(|_| weak())?;
        let hashed = Argon2::default().hash_password(self.0.expose().as_bytes());
        Ok(hashed.map_err(|_| weak())?.to_string())
    }

    /// Whether it is the one of `stored`; takes as long where there is none.
    #[must_use]
    pub fn fits(&self, stored: Option<&str>) -> bool {
        let nobodys = &*NOBODYS;
        let text = self.0.expose();
        let text = if text.len() > PASSWORD_BYTES_MAX { "" } else { text };
        let Ok(hash) = PasswordHash::new(stored.unwrap_or(nobodys)) else { return false };
        let fits = Argon2::default().verify_password(text.as_bytes(), &hash).is_ok();
        fits && stored.is_some()
    }
}
