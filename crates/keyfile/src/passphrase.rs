//! Takes a passphrase from a terminal, a file or the system's randomness, refuses what is
//! certainly weak.
//!
//! How strong a phrase is cannot be seen from it; only what is random for certain is known to be
//! strong, which is why one can be generated. The rule refuses short and repetitive ones. An
//! estimator with dictionaries would refuse more, but the one there is leaves copies of the phrase
//! in memory that nobody overwrites, and brings eleven packages along.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::{Zeroize as _, Zeroizing};

use crate::KeyFileError;

/// Fewest characters of a passphrase, without those that repeat or continue others (NIST SP
/// 800-63B-4, 3.1.1.2, asks for 15 where a password stands alone).
pub const COUNTED_CHARS_MIN: usize = 16;

/// Fewest different characters.
const DIFFERENT_CHARS_MIN: usize = 8;

/// Longest first line of a passphrase file in bytes.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

/// Characters of a generated passphrase: 5 bits each, 120 in all.
const GENERATED_CHARS: usize = 24;

/// Digits and letters without those that are taken for others (i, l, o, u).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What opens a sealed key file. No `Display`, and `Debug` shows nothing.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").finish_non_exhaustive()
    }
}

impl Passphrase {
    /// A text as it was given.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// One that nobody can guess, in groups of four.
    pub fn generate() -> Result<Self, KeyFileError> {
        let mut bytes = Zeroizing::new([0u8; GENERATED_CHARS]);
        getrandom::fill(&mut bytes[..]).map_err(|_| KeyFileError::NoRandomness)?;
        let mut text = String::with_capacity(GENERATED_CHARS + GENERATED_CHARS / 4);
        for (place, byte) in bytes.iter().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(byte % 32)]));
        }
        Ok(Self::new(text))
    }

    /// The text: for sealing, and for the one print of a generated one.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(crate) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    /// Refuses what is certainly weak.
    pub fn check_strength(&self) -> Result<(), KeyFileError> {
        let mut chars: Zeroizing<Vec<char>> =
            Zeroizing::new(Vec::with_capacity(self.expose().len()));
        chars.extend(self.expose().chars().map(|c| c.to_ascii_lowercase()));
        let mut counted = 0;
        for (place, char) in chars.iter().enumerate() {
            let before = &chars[..place];
            let continues = before.last().is_some_and(|last| {
                let (last, this) = (u32::from(*last), u32::from(*char));
                last.abs_diff(this) <= 1
            });
            // Three in a row that stood there before: a word that is repeated.
            let repeats =
                place >= 3 && before.windows(3).any(|three| three == &chars[place - 2..=place]);
            counted += usize::from(!continues && !repeats);
        }
        chars.sort_unstable();
        let different = chars.chunk_by(|a, b| a == b).count();
        if counted < COUNTED_CHARS_MIN || different < DIFFERENT_CHARS_MIN {
            return Err(KeyFileError::PassphraseWeak);
        }
        Ok(())
    }
}

/// Where the passphrases of a program come from. A key file without one never asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Passphrases {
    /// None can be given: a sealed file is refused.
    Absent,
    /// Asked on the terminal.
    Asked,
    /// The first line of a file that only its owner may read.
    File(PathBuf),
}

impl Passphrases {
    /// As on a command line: the named file, else the terminal if there is one.
    pub fn of_option(file: Option<&Path>) -> Self {
        match file {
            Some(path) => Self::File(path.to_owned()),
            // What is asked is shown on the terminal, whatever standard input is.
            None if io::stderr().is_terminal() => Self::Asked,
            None => Self::Absent,
        }
    }

    /// The passphrase that opens a key file.
    pub(crate) fn to_open(&self, path: &Path) -> Result<Passphrase, KeyFileError> {
        match self {
            Self::Absent => Err(KeyFileError::PassphraseNeeded { path: path.to_owned() }),
            Self::Asked => ask(&format!("Passphrase of {}: ", path.display()), path),
            Self::File(file) => read_file(file),
        }
    }

    /// A new passphrase for a key file: asked twice, and not weak.
    pub fn to_seal(&self, path: &Path) -> Result<Passphrase, KeyFileError> {
        let passphrase = match self {
            Self::Absent => Err(KeyFileError::PassphraseNeeded { path: path.to_owned() }),
            Self::Asked => {
                let first = ask(&format!("New passphrase for {}: ", path.display()), path)?;
                first.check_strength()?;
                let again = ask("The same again: ", path)?;
                if first.expose() != again.expose() {
                    return Err(KeyFileError::PassphraseDiffers);
                }
                Ok(first)
            }
            Self::File(file) => read_file(file),
        }?;
        passphrase.check_strength()?;
        Ok(passphrase)
    }
}

/// Asks on the terminal itself, without echo.
fn ask(prompt: &str, path: &Path) -> Result<Passphrase, KeyFileError> {
    let needed = |_| KeyFileError::PassphraseNeeded { path: path.to_owned() };
    rpassword::prompt_password(prompt).map(Passphrase::new).map_err(needed)
}

/// The first line of a file, without its line break.
fn read_file(path: &Path) -> Result<Passphrase, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let invalid = || KeyFileError::PassphraseFileInvalid { path: path.to_owned() };
    let file = File::open(path).map_err(io)?;
    crate::check_mode(path, &file.metadata().map_err(io)?)?;
    // One more than may be, so that a longer line is seen; never moved to a larger buffer.
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_BYTES_MAX + 2));
    file.take(PASSPHRASE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    if line.is_empty() || line.len() > PASSPHRASE_BYTES_MAX {
        return Err(invalid());
    }
    match String::from_utf8(line.to_vec()) {
        Ok(text) => Ok(Passphrase::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(invalid())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Result<(), &'static str> {
        Passphrase::new(text.to_owned()).check_strength().map_err(|error| error.code())
    }

    #[test]
    fn short_and_repetitive_passphrases_are_refused() {
        for weak in [
            "",
            "fifteen letters",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrstuvwxyz",
            "01234567890123456789012345",
            "passwordpasswordpassword",
            "Agency1 agency1 Agency1 agency1",
            "xqxqxzxzxqxqxzxzqzqzxxqqzzxqzqqxxz",
        ] {
            assert_eq!(code(weak), Err("keys-passphrase-weak"), "{weak}");
        }
        assert_eq!(code("marble otter sleeps under a red gate"), Ok(()));
        assert_eq!(code("kv7m-x2qd-9tzr-w4hn"), Ok(()));
    }

    #[test]
    fn generated_ones_are_strong_and_differ() {
        let [first, second] = [(); 2].map(|()| Passphrase::generate().unwrap());
        assert_eq!(first.expose().len(), 29);
        assert_ne!(first.expose(), second.expose());
        assert!(first.expose().bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
        assert!(!format!("{first:?}").contains(first.expose()));
    }

    #[cfg(unix)]
    #[test]
    fn the_first_line_of_a_file_is_the_passphrase() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |bytes: &[u8]| {
            std::fs::write(file.path(), bytes).unwrap();
            read_file(file.path()).map(|found| found.expose().to_owned())
        };
        assert_eq!(read(b"one two\r\nthree\n").unwrap(), "one two");
        assert_eq!(read(b" one two ").unwrap(), " one two ");
        let long = vec![b'a'; PASSPHRASE_BYTES_MAX + 1];
        for bad in [&b""[..], b"\n", b"\r\nsecond", b"\xFF\n", &long] {
            assert_eq!(read(bad).unwrap_err().code(), "passphrase-file-invalid");
        }
        assert!(read(&long[1..]).is_ok());
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read(b"one").unwrap_err().code(), "keys-mode-too-wide");
    }
}
