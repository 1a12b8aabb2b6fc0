//! Takes a file, gives the token in it, refuses a file that others may read.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use ureq::http::HeaderValue;
use zeroize::Zeroizing;

use super::UploadError;

/// What every token begins with.
const MARK: &str = "tallystick_";
/// Hex digits after it.
const DIGITS: usize = 64;
/// Most bytes of the file.
const TOKEN_FILE_BYTES_MAX: u64 = 1_024;

/// Says to the service who uploads. Overwritten on drop, but for the copies that the HTTP library makes.
pub struct Token(Zeroizing<String>);

/// Shows nothing.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

impl Token {
    /// Reads a file of mode 0600 that holds one token.
    ///
    /// # Errors
    /// [`UploadError::TokenMode`], [`UploadError::TokenForm`], or if it cannot be read.
    pub fn read(path: &Path) -> Result<Self, UploadError> {
        let file = File::open(path).map_err(UploadError::io(path))?;
        check_mode(path, &file)?;
        let mut text = Zeroizing::new(String::with_capacity(2 * MARK.len() + DIGITS));
        let read = file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text);
        let form = || UploadError::TokenForm { path: path.to_owned() };
        read.map_err(|_| form())?;
        let digits = text.trim().strip_prefix(MARK).ok_or_else(form)?;
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits.len() != DIGITS || !is_hex {
            return Err(form());
        }
        Ok(Self(Zeroizing::new(text.trim().to_owned())))
    }

    /// The value of the header `Authorization`, marked as not to be shown.
    pub(super) fn header(&self) -> HeaderValue {
        let text = Zeroizing::new(format!("Bearer {}", *self.0));
        let mut value = HeaderValue::from_str(&text).expect("a token is letters and digits");
        value.set_sensitive(true);
        value
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), UploadError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(UploadError::io(path))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(UploadError::TokenMode { path: path.to_owned() });
    }
    Ok(())
}

/// Other systems keep rights in access lists, which the directory's owner sets.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &File) -> Result<(), UploadError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, mode: u32) -> Option<&'static str> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let token = Token::read(&path);
        let shown = format!("{token:?}");
        assert!(!shown.contains("abab"));
        token.err().map(|error| error.code())
    }

    #[test]
    fn a_token_is_read_from_a_file_of_ones_own() {
        let good = format!("{MARK}{}\n", "ab".repeat(32));
        assert_eq!(code(&good, 0o600), None);
        #[cfg(unix)]
        assert_eq!(code(&good, 0o640), Some("token-mode"));
        for bad in ["", "tallystick_", &good.to_uppercase(), &good[11..], &good.repeat(2)] {
            assert_eq!(code(bad, 0o600), Some("token-form"));
        }
    }
}
