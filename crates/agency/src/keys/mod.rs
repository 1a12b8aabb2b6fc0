//! Takes the agency's key file, gives its keys; makes, hands on and changes them. Refuses other
//! holders' files, and invitations that are not for this file and project.

mod draft;
mod error;
mod invitation;
#[cfg(test)]
mod tests;

use std::path::Path;

use tallystick_encoder::keys::{AgencyKeys, Fingerprint, SecretKey};
use tallystick_keyfile::{Holder, KeyFileError, KeyTable};
use tallystick_wire::ProjectId;

use draft::Draft;
pub use error::KeysError;
pub use invitation::{accept, invite};
pub use tallystick_keyfile::{Passphrase, Passphrases};

/// An agency's keys and the public key to which content is sealed.
pub struct KeyFile {
    /// The secrets.
    pub keys: AgencyKeys,
    /// The agency's own key pair; invitations and handles files are sealed to it.
    pub identity: Option<age::x25519::Identity>,
    /// Public key of the release desk, where the project has one.
    pub release_recipient: Option<age::x25519::Recipient>,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile").finish_non_exhaustive()
    }
}

impl KeyFile {
    /// Reads a key file that is not sealed.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        Self::open(path, &Passphrases::Absent)
    }

    /// Reads a key file; a sealed one is opened.
    pub fn open(path: &Path, passphrases: &Passphrases) -> Result<Self, KeyFileError> {
        Self::of_table(path, &KeyTable::read(path, Holder::Agency, passphrases)?)
    }

    /// The text of a key file that somebody else has read; `path` is for errors only.
    pub fn parse(path: &Path, text: &str) -> Result<Self, KeyFileError> {
        Self::of_table(path, &KeyTable::parse(path, text, Holder::Agency)?)
    }

    fn of_table(path: &Path, table: &KeyTable) -> Result<Self, KeyFileError> {
        let invalid = |entry| KeyFileError::EntryInvalid { path: path.to_owned(), entry };
        if table.optional("encoding_key").is_none() && table.optional("identity").is_some() {
            return Err(KeyFileError::NotJoined { path: path.to_owned() });
        }
        let parsed = |entry| table.optional(entry).map(|text| (entry, text));
        let identity = parsed("identity")
            .map(|(entry, text)| text.parse().map_err(|_| invalid(entry)))
            .transpose()?;
        let release_recipient = parsed("release_recipient")
            .map(|(entry, text)| text.parse().map_err(|_| invalid(entry)))
            .transpose()?;
        let keys = AgencyKeys {
            encoding_key: SecretKey::new(table.bytes("encoding_key")?),
            local_key: SecretKey::new(table.bytes("local_key")?),
            project: ProjectId(table.bytes("project")?),
            epoch: table.number("epoch")?,
        };
        Ok(Self { keys, identity, release_recipient })
    }

    /// The agency's own public key.
    pub fn recipient(&self) -> Option<age::x25519::Recipient> {
        self.identity.as_ref().map(age::x25519::Identity::to_public)
    }

    /// What all agencies of the project must read alike: encoding key, project, epoch and release
    /// recipient.
    pub fn fingerprint(&self) -> Fingerprint {
        let recipient = self.release_recipient.as_ref().map(ToString::to_string);
        Fingerprint::of_keys(&self.keys, &recipient.unwrap_or_default())
    }
}

/// What a key file of an agency is: complete, or waiting for an invitation with a public key.
#[derive(Debug)]
pub enum Joined {
    /// It has the keys of a project.
    Yes(Box<KeyFile>),
    /// It waits; others seal invitations to this.
    NotYet(age::x25519::Recipient),
}

impl Joined {
    /// Reads a key file.
    pub fn open(path: &Path, passphrases: &Passphrases) -> Result<Self, KeysError> {
        let draft = Draft::read(path, passphrases)?;
        match draft.key_file(path) {
            Ok(file) => Ok(Self::Yes(Box::new(file))),
            Err(KeyFileError::NotJoined { .. }) => {
                Ok(Self::NotYet(draft.identity(path)?.to_public()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes the key file of a new project, sealed if there is a passphrase.
pub fn make(
    path: &Path,
    release_recipient: Option<&str>,
    passphrase: Option<Passphrase>,
) -> Result<KeyFile, KeysError> {
    let mut draft = Draft::new(passphrase)?;
    draft.begin_project()?;
    if let Some(recipient) = release_recipient {
        draft.seal_to(recipient)?;
    }
    draft.write_new(path)?;
    Ok(draft.key_file(path)?)
}

/// Makes a key file that waits for an invitation; gives its agency recipient.
pub fn join(
    path: &Path,
    passphrase: Option<Passphrase>,
) -> Result<age::x25519::Recipient, KeysError> {
    let draft = Draft::new(passphrase)?;
    draft.write_new(path)?;
    Ok(draft.identity(path)?.to_public())
}

/// Writes a new key file with the next epoch: with a new encoding key if one is wanted, and with
/// another release recipient if there is one. Local key and identity stay, so continuity tokens do;
/// so does the passphrase.
pub fn rotate(
    path: &Path,
    output: &Path,
    with_new_key: bool,
    release_recipient: Option<&str>,
    passphrases: &Passphrases,
) -> Result<KeyFile, KeysError> {
    let mut draft = Draft::read(path, passphrases)?;
    draft.key_file(path)?;
    draft.raise_epoch(path, with_new_key)?;
    if let Some(recipient) = release_recipient {
        draft.seal_to(recipient)?;
    }
    draft.write_new(output)?;
    Ok(draft.key_file(output)?)
}
