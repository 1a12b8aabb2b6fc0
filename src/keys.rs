//! The linkage unit's key file.

use std::path::Path;
use std::sync::Arc;

use age::secrecy::ExposeSecret as _;
use tallystick_keyfile::{
    Entry, Holder, KeyFileError, KeyTable, Passphrase, Passphrases, write_new,
};
use zeroize::Zeroizing;

use crate::audit::AuditKey;
use crate::ids::{hex, random_bytes, unhex};
use crate::seal::SealKey;

/// Keys of the release desk, a role of the linkage unit.
pub struct UnitKeys {
    /// Opens sealed content.
    pub release_key: age::x25519::Identity,
    /// Makes study ids; another project, another key.
    pub study_id_key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for UnitKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitKeys").finish_non_exhaustive()
    }
}

impl UnitKeys {
    /// Reads a key file that is not sealed.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        Self::open(path, &Passphrases::Absent)
    }

    /// Reads a key file; a sealed one is opened.
    pub fn open(path: &Path, passphrases: &Passphrases) -> Result<Self, KeyFileError> {
        Self::of(&KeyTable::read(path, Holder::LinkageUnit, passphrases)?, path)
    }

    fn of(table: &KeyTable, path: &Path) -> Result<Self, KeyFileError> {
        let entry = "release_key";
        let release_key = table
            .text(entry)?
            .parse()
            .map_err(|_| KeyFileError::EntryInvalid { path: path.to_owned(), entry })?;
        Ok(Self { release_key, study_id_key: Zeroizing::new(table.bytes("study_id_key")?) })
    }

    /// The public key to which agencies seal content.
    pub fn recipient(&self) -> String {
        self.release_key.to_public().to_string()
    }
}

/// Keys of the service.
pub struct ServiceKeys {
    /// Keys of the release desk.
    pub unit: UnitKeys,
    /// Signs checkpoints of the log, and receipts.
    pub audit: Arc<AuditKey>,
    /// Seals second factors of accounts.
    pub accounts: SealKey,
    /// Wraps the keys of stored encodings.
    pub encodings: SealKey,
    /// Wraps the keys of stored content.
    pub content: SealKey,
}

impl std::fmt::Debug for ServiceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceKeys").finish_non_exhaustive()
    }
}

impl ServiceKeys {
    /// Reads a key file; a sealed one is opened.
    pub fn open(path: &Path, passphrases: &Passphrases) -> Result<Self, KeyFileError> {
        let table = KeyTable::read(path, Holder::LinkageUnit, passphrases)?;
        let bytes = |entry| table.bytes::<32>(entry).map(Zeroizing::new);
        let entry = "audit_key";
        let invalid = || KeyFileError::EntryInvalid { path: path.to_owned(), entry };
        Ok(Self {
            unit: UnitKeys::of(&table, path)?,
            audit: Arc::new(AuditKey::from_seed(&*bytes(entry)?).ok_or_else(invalid)?),
            accounts: SealKey::new(&*bytes("accounts_key")?),
            encodings: SealKey::new(&*bytes("encodings_key")?),
            content: SealKey::new(&*bytes("content_key")?),
        })
    }
}

/// Entries of random bytes that a new key file gets, with what they are for.
const RANDOM_ENTRIES: [(&str, &str); 5] = [
    ("study_id_key", "Makes the study ids of this project; never shared, never used for another."),
    (
        "audit_key",
        "Signs checkpoints of the audit log and receipts; its public half is for all who verify.",
    ),
    ("accounts_key", "Seals second factors of accounts."),
    ("encodings_key", "Wraps the keys of stored encodings."),
    ("content_key", "Wraps the keys of stored content."),
];

/// Makes a new key file, sealed if there is a passphrase.
pub fn make(path: &Path, passphrase: Option<&Passphrase>) -> Result<UnitKeys, KeyFileError> {
    let release_key = age::x25519::Identity::generate();
    let secret = release_key.to_string();
    let random = RANDOM_ENTRIES
        .iter()
        .map(|_| {
            let bytes = random_bytes::<32>().map_err(|_| KeyFileError::NoRandomness)?;
            let bytes = Zeroizing::new(bytes);
            Ok(Zeroizing::new(hex(&bytes[..])))
        })
        .collect::<Result<Vec<_>, KeyFileError>>()?;
    let comment = "Opens the content that agencies seal; for the release desk only.";
    let release = Entry { name: "release_key", comment, value: secret.expose_secret() };
    let others = RANDOM_ENTRIES.iter().zip(&random);
    let entries: Vec<Entry<'_>> = std::iter::once(release)
        .chain(others.map(|((name, comment), value)| Entry { name, comment, value }))
        .collect();
    write_new(path, Holder::LinkageUnit, &entries, passphrase)?;
    let study_id_key = unhex(&random[0]).expect("hex digits of 32 bytes");
    Ok(UnitKeys { release_key, study_id_key: Zeroizing::new(study_id_key) })
}
