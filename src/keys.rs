//! The linkage unit's key file.

use std::path::Path;

use age::secrecy::ExposeSecret as _;
use tallystick_keyfile::{
    Entry, Holder, KeyFileError, KeyTable, Passphrase, Passphrases, write_new,
};
use zeroize::Zeroizing;

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
        let table = KeyTable::read(path, Holder::LinkageUnit, passphrases)?;
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

/// Makes a new key file, sealed if there is a passphrase.
pub fn make(path: &Path, passphrase: Option<&Passphrase>) -> Result<UnitKeys, KeyFileError> {
    let release_key = age::x25519::Identity::generate();
    let secret = release_key.to_string();
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut bytes[..]).map_err(|_| KeyFileError::NoRandomness)?;
    let hex: Zeroizing<String> =
        Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    let entries = [
        Entry {
            name: "release_key",
            comment: "Opens the content that agencies seal; for the release desk only.",
            value: secret.expose_secret(),
        },
        Entry {
            name: "study_id_key",
            comment: "Makes the study ids of this project; never shared, never used for another.",
            value: &hex,
        },
    ];
    write_new(path, Holder::LinkageUnit, &entries, passphrase)?;
    Ok(UnitKeys { release_key, study_id_key: bytes })
}
