//! Key files: TOML with one table per holder.
//!
//! Takes a path and the holder who reads it, gives that holder's entries, refuses files that
//! others may read, that hold another holder's table, unknown entries or values of the example.
//! A file may be sealed with a passphrase, which shows in its first bytes.
//! No error shows a value; `toml`'s own errors would print the offending line.

mod error;
mod passphrase;
mod seal;
mod write;

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

pub use error::KeyFileError;
pub use passphrase::{COUNTED_CHARS_MIN, PASSPHRASE_BYTES_MAX, Passphrase, Passphrases};
pub use seal::{WORK_FACTOR, WORK_FACTOR_MAX};
pub use write::{Entry, change_passphrase, protect, replace, text_of, unprotect, write_new};

/// Who holds a table of keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holder {
    /// An agency.
    Agency,
    /// The linkage unit.
    LinkageUnit,
    /// An agency that is invited to a project; the table stands in a sealed invitation only.
    Invitation,
}

impl Holder {
    /// Name of the table.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::LinkageUnit => "linkage_unit",
            Self::Invitation => "invitation",
        }
    }

    /// The entries that the table may have.
    pub const fn entries(self) -> &'static [&'static str] {
        match self {
            Self::Agency => {
                &["project", "epoch", "encoding_key", "local_key", "identity", "release_recipient"]
            }
            Self::LinkageUnit => &[
                "release_key",
                "study_id_key",
                "audit_key",
                "accounts_key",
                "encodings_key",
                "content_key",
            ],
            Self::Invitation => &["project", "epoch", "encoding_key", "release_recipient"],
        }
    }
}

/// Every value in `keys.example` starts or consists of this.
pub const EXAMPLE_MARK: &str = "example";

/// Largest key file in bytes; a larger one is something else.
pub const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The entries of one holder.
#[derive(Debug)]
pub struct KeyTable {
    path: PathBuf,
    entries: Vec<(String, SecretString)>,
    passphrase: Option<Passphrase>,
}

impl KeyTable {
    /// Reads a key file for a holder; a sealed one is opened.
    pub fn read(
        path: &Path,
        holder: Holder,
        passphrases: &Passphrases,
    ) -> Result<Self, KeyFileError> {
        Self::of_bytes(path, &read_bytes(path)?, holder, passphrases)
    }

    /// Takes the bytes of a key file, sealed or not; `path` is for errors only.
    pub fn of_bytes(
        path: &Path,
        bytes: &[u8],
        holder: Holder,
        passphrases: &Passphrases,
    ) -> Result<Self, KeyFileError> {
        if seal::is_sealed(bytes) {
            let (text, passphrase) = seal::open(path, bytes, || passphrases.to_open(path))?;
            let table = Self::parse(path, utf8(path, &text)?, holder)?;
            return Ok(Self { passphrase: Some(passphrase), ..table });
        }
        // Who names a passphrase believes the file to be sealed.
        if matches!(passphrases, Passphrases::File(_)) {
            return Err(KeyFileError::NotSealed { path: path.to_owned() });
        }
        Self::parse(path, utf8(path, bytes)?, holder)
    }

    /// What the file was sealed with; files made from it are sealed alike.
    pub fn passphrase(&self) -> Option<&Passphrase> {
        self.passphrase.as_ref()
    }

    /// Parses the text of a key file; `path` is for errors only.
    pub fn parse(path: &Path, text: &str, holder: Holder) -> Result<Self, KeyFileError> {
        let path = path.to_owned();
        let document: toml::Table = match text.parse() {
            Ok(document) => document,
            Err(error) => {
                let line = line_of(text, &error);
                return Err(KeyFileError::Syntax { path, line });
            }
        };
        let mut entries = Vec::new();
        for (table, value) in document {
            if table != holder.table() {
                return Err(KeyFileError::foreign_table(path, holder, &table));
            }
            let toml::Value::Table(values) = value else {
                return Err(KeyFileError::EntryInvalid { path, entry: holder.table() });
            };
            for (name, value) in values {
                let Some(entry) = holder.entries().iter().find(|known| **known == name) else {
                    return Err(KeyFileError::EntryUnknown { path, holder });
                };
                let mut text = match value {
                    toml::Value::String(text) => text,
                    toml::Value::Integer(number) => number.to_string(),
                    _ => return Err(KeyFileError::EntryInvalid { path, entry }),
                };
                if text.is_empty() || text.starts_with(EXAMPLE_MARK) {
                    text.zeroize();
                    return Err(KeyFileError::EntryIsExample { path, entry });
                }
                entries.push((name, SecretString::from(text)));
            }
        }
        if entries.is_empty() {
            return Err(KeyFileError::TableMissing { path, holder });
        }
        Ok(Self { path, entries, passphrase: None })
    }

    /// An entry as text.
    pub fn text(&self, entry: &'static str) -> Result<&str, KeyFileError> {
        self.optional(entry)
            .ok_or_else(|| KeyFileError::EntryMissing { path: self.path.clone(), entry })
    }

    /// An entry that may be left out.
    pub fn optional(&self, entry: &'static str) -> Option<&str> {
        let found = self.entries.iter().find(|(name, _)| name == entry)?;
        Some(found.1.expose_secret())
    }

    /// An entry of exactly `N` bytes in hex.
    pub fn bytes<const N: usize>(&self, entry: &'static str) -> Result<[u8; N], KeyFileError> {
        let invalid = || KeyFileError::EntryInvalid { path: self.path.clone(), entry };
        let digits = self.text(entry)?.as_bytes();
        let mut out = [0u8; N];
        if digits.len() != 2 * N {
            return Err(invalid());
        }
        for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or_else(invalid);
            let value = digit(pair[0])? << 4 | digit(pair[1])?;
            *byte = u8::try_from(value).expect("two hex digits");
        }
        if out.iter().all(|byte| *byte == out[0]) && N >= 16 {
            return Err(KeyFileError::EntryWeak { path: self.path.clone(), entry });
        }
        Ok(out)
    }

    /// An entry that is a whole number.
    pub fn number(&self, entry: &'static str) -> Result<u32, KeyFileError> {
        let invalid = || KeyFileError::EntryInvalid { path: self.path.clone(), entry };
        self.text(entry)?.parse().map_err(|_| invalid())
    }
}

/// The bytes of a key file that only its owner may read.
fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    let too_large = || KeyFileError::TooLarge { path: path.to_owned() };
    if metadata.len() > FILE_BYTES_MAX {
        return Err(too_large());
    }
    check_mode(path, &metadata)?;
    // As large as it may be, so that what was read is never moved and left behind.
    let bound = usize::try_from(FILE_BYTES_MAX).expect("a small number");
    let mut bytes = Zeroizing::new(Vec::with_capacity(bound + 2));
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > bound {
        return Err(too_large());
    }
    Ok(bytes)
}

fn utf8<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, KeyFileError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        KeyFileError::Syntax { path: path.to_owned(), line }
    })
}

/// Line of a syntax error, from 1. The error's own text may hold the line itself.
fn line_of(text: &str, error: &toml::de::Error) -> usize {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::ModeTooWide { path: path.to_owned() });
    }
    Ok(())
}

/// Other systems keep rights in access lists, which the directory's owner sets.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), KeyFileError> {
    Ok(())
}

/// Entry of the fuzzer: parses any text for every holder.
#[doc(hidden)]
pub fn fuzz_keyfile(bytes: &[u8]) {
    for holder in [Holder::Agency, Holder::LinkageUnit, Holder::Invitation] {
        let path = Path::new("fuzz");
        if let Ok(table) = KeyTable::of_bytes(path, bytes, holder, &Passphrases::Absent) {
            for entry in holder.entries() {
                let _ = table.bytes::<32>(entry);
                let _ = table.number(entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, holder: Holder) -> Result<KeyTable, KeyFileError> {
        KeyTable::parse(Path::new("K"), text, holder)
    }

    #[test]
    fn another_holders_table_is_refused() {
        let text = "[linkage_unit]\nrelease_key = \"x\"\n";
        assert_eq!(parse(text, Holder::Agency).unwrap_err().code(), "keys-foreign-table");
        assert!(parse(text, Holder::LinkageUnit).is_ok());
        let both = format!("[agency]\nepoch = 0\n{text}");
        for holder in [Holder::Agency, Holder::LinkageUnit] {
            assert_eq!(parse(&both, holder).unwrap_err().code(), "keys-foreign-table");
        }
    }

    #[test]
    fn no_error_shows_a_value() {
        let secret = "c0ffee15c0ffee15";
        for text in [
            format!("[agency]\nencoding_key = {secret}\n"),
            format!("[agency]\nencoding_key = \"{secret}\n"),
            format!("[agency]\nencoding_kee = \"{secret}\"\n"),
            format!("[agency]\n{secret} = 1\n"),
            format!("{secret} = 1\n"),
            format!("[{secret}]\na = 1\n"),
        ] {
            let error = parse(&text, Holder::Agency).unwrap_err();
            let shown = format!("{error} {error:?} {}", error.help());
            assert!(!shown.contains("c0ffee"), "{shown}");
        }
        let table = parse(&format!("[agency]\nencoding_key = \"{secret}\"\n"), Holder::Agency);
        let error = table.unwrap().bytes::<32>("encoding_key").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c0ffee"));
    }

    #[test]
    fn example_and_weak_values_are_refused() {
        let example = "[agency]\nencoding_key = \"example\"\n";
        assert_eq!(parse(example, Holder::Agency).unwrap_err().code(), "keys-entry-is-example");
        let weak = format!("[agency]\nencoding_key = \"{}\"\n", "00".repeat(32));
        let error = parse(&weak, Holder::Agency).unwrap().bytes::<32>("encoding_key").unwrap_err();
        assert_eq!(error.code(), "keys-entry-weak");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "[agency]\nepoch = 0\n").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
        let error = KeyTable::read(file.path(), Holder::Agency, &Passphrases::Absent).unwrap_err();
        assert_eq!(error.code(), "keys-mode-too-wide");
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
        assert!(KeyTable::read(file.path(), Holder::Agency, &Passphrases::Absent).is_ok());
    }
}
