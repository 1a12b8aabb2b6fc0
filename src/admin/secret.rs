//! Who asks: a token of a program, or a session of a person; each in a file that its owner alone may read.

use std::fmt;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::AdminError;

/// What every token begins with.
const MARK: &str = "tallystick_";
/// Most bytes of a file with a secret.
const FILE_BYTES_MAX: u64 = 4_096;

/// Shown to the service. Overwritten on drop, but for the copies that the HTTP library makes.
pub enum Secret {
    /// `Authorization: Bearer`.
    Token(Zeroizing<String>),
    /// The cookie, and what goes with it into a header.
    Session {
        /// `name=value`.
        cookie: Zeroizing<String>,
        /// For `x-csrf-token`.
        csrf: Zeroizing<String>,
    },
}

/// Shows nothing.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

impl Secret {
    /// Reads a token, as `tokens create` printed it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn token(path: &Path) -> Result<Self, AdminError> {
        Self::of_token(&read(path)?).ok_or_else(|| AdminError::SecretForm { path: path.to_owned() })
    }

    /// A token by itself; `None` if it is none.
    #[must_use]
    pub fn of_token(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_token = text.strip_prefix(MARK).is_some_and(is_hex);
        is_token.then(|| Self::Token(Zeroizing::new(text.to_owned())))
    }

    /// Reads a session, as `sign-in` wrote it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn session(path: &Path) -> Result<Self, AdminError> {
        let text = read(path)?;
        let form = || AdminError::SecretForm { path: path.to_owned() };
        let mut lines = text.lines();
        let (Some(cookie), Some(csrf), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(form());
        };
        Self::of_session(cookie, csrf).ok_or_else(form)
    }

    /// A session by itself; `None` if it is none.
    #[must_use]
    pub fn of_session(cookie: &str, csrf: &str) -> Option<Self> {
        let (name, value) = cookie.split_once('=')?;
        let is_name =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        (is_name && is_hex(value) && is_hex(csrf)).then(|| Self::Session {
            cookie: Zeroizing::new(cookie.to_owned()),
            csrf: Zeroizing::new(csrf.to_owned()),
        })
    }

    /// Writes a session into a new file.
    ///
    /// # Errors
    /// [`AdminError`], also if there is such a file.
    pub fn write(&self, path: &Path) -> Result<(), AdminError> {
        let Self::Session { cookie, csrf } = self else {
            return Err(AdminError::SecretForm { path: path.to_owned() });
        };
        let io = |source| AdminError::Io { path: path.to_owned(), source };
        let mut file = crate::store::new_private_file(path).map_err(io)?;
        file.write_all(format!("{}\n{}\n", **cookie, **csrf).as_bytes()).map_err(io)
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn read(path: &Path) -> Result<Zeroizing<String>, AdminError> {
    let io = |source| AdminError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.metadata().map_err(io)?.permissions().mode() & 0o077 != 0 {
            return Err(AdminError::SecretMode { path: path.to_owned() });
        }
    }
    let mut text = Zeroizing::new(String::with_capacity(256));
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|_| AdminError::SecretForm { path: path.to_owned() })?;
    Ok(text)
}
