//! The entries of an agency's key file as text, while it is made or changed.

use std::path::Path;

use age::secrecy::ExposeSecret as _;
use tallystick_keyfile::{
    Entry, Holder, KeyFileError, KeyTable, Passphrase, Passphrases, replace, text_of, write_new,
};
use zeroize::Zeroizing;

use super::{KeyFile, KeysError};

/// What all agencies of a project have alike.
pub(super) struct Shared {
    pub(super) project: String,
    pub(super) epoch: u32,
    pub(super) encoding_key: Zeroizing<String>,
    pub(super) release_recipient: Option<String>,
}

impl Shared {
    /// Reads the shared entries of a table, and checks their form.
    pub(super) fn of_table(table: &KeyTable) -> Result<Self, KeyFileError> {
        Ok(Self {
            project: hex(&table.bytes::<16>("project")?).to_string(),
            epoch: table.number("epoch")?,
            encoding_key: hex(&*Zeroizing::new(table.bytes::<32>("encoding_key")?)),
            release_recipient: table.optional("release_recipient").map(str::to_owned),
        })
    }

    /// The entries in the order in which they are written; `epoch` is their epoch as text.
    pub(super) fn entries<'a>(&'a self, epoch: &'a str) -> Vec<Entry<'a>> {
        let mut entries = vec![
            Entry { name: "project", comment: "Number of the project.", value: &self.project },
            Entry {
                name: "epoch",
                comment: "Raised by `keys rotate`; all agencies must raise it together.",
                value: epoch,
            },
            Entry {
                name: "encoding_key",
                comment: "Shared by the agencies of the project; never for the linkage unit.",
                value: &self.encoding_key,
            },
        ];
        if let Some(recipient) = &self.release_recipient {
            entries.push(Entry {
                name: "release_recipient",
                comment: "Public key of the release desk; content is sealed to it.",
                value: recipient,
            });
        }
        entries
    }
}

/// A key file of an agency; without `shared` it waits for an invitation.
pub(super) struct Draft {
    pub(super) shared: Option<Shared>,
    local_key: Zeroizing<String>,
    identity: Option<Zeroizing<String>>,
    passphrase: Option<Passphrase>,
}

impl Draft {
    /// An agency's own keys.
    pub(super) fn new(passphrase: Option<Passphrase>) -> Result<Self, KeysError> {
        let identity = age::x25519::Identity::generate().to_string();
        let identity = Zeroizing::new(identity.expose_secret().to_owned());
        let local_key = random::<32>()?;
        Ok(Self { shared: None, local_key, identity: Some(identity), passphrase })
    }

    pub(super) fn read(path: &Path, passphrases: &Passphrases) -> Result<Self, KeyFileError> {
        let table = KeyTable::read(path, Holder::Agency, passphrases)?;
        let waits =
            table.optional("encoding_key").is_none() && table.optional("identity").is_some();
        Ok(Self {
            shared: if waits { None } else { Some(Shared::of_table(&table)?) },
            local_key: hex(&*Zeroizing::new(table.bytes::<32>("local_key")?)),
            identity: table.optional("identity").map(|text| Zeroizing::new(text.to_owned())),
            passphrase: table.passphrase().cloned(),
        })
    }

    /// The key pair; `path` is for errors only.
    pub(super) fn identity(&self, path: &Path) -> Result<age::x25519::Identity, KeysError> {
        let path = path.to_owned();
        let Some(text) = &self.identity else { return Err(KeysError::IdentityMissing { path }) };
        let entry = "identity";
        text.parse().map_err(|_| KeyFileError::EntryInvalid { path, entry }.into())
    }

    pub(super) fn begin_project(&mut self) -> Result<(), KeysError> {
        self.shared = Some(Shared {
            project: random::<16>()?.to_string(),
            epoch: 0,
            encoding_key: random::<32>()?,
            release_recipient: None,
        });
        Ok(())
    }

    pub(super) fn seal_to(&mut self, recipient: &str) -> Result<(), KeysError> {
        recipient.parse::<age::x25519::Recipient>().map_err(|_| KeysError::RecipientInvalid)?;
        if let Some(shared) = &mut self.shared {
            shared.release_recipient = Some(recipient.to_owned());
        }
        Ok(())
    }

    pub(super) fn raise_epoch(&mut self, path: &Path, with_new_key: bool) -> Result<(), KeysError> {
        let last = || KeysError::EpochLast { path: path.to_owned() };
        if let Some(shared) = &mut self.shared {
            shared.epoch = shared.epoch.checked_add(1).ok_or_else(last)?;
            if with_new_key {
                shared.encoding_key = random::<32>()?;
            }
        }
        Ok(())
    }

    /// The keys as they are used; `path` is for errors only.
    pub(super) fn key_file(&self, path: &Path) -> Result<KeyFile, KeyFileError> {
        let text = self.each(|entries| text_of(Holder::Agency, entries));
        KeyFile::of_table(path, &KeyTable::parse(path, &text, Holder::Agency)?)
    }

    pub(super) fn write_new(&self, path: &Path) -> Result<(), KeyFileError> {
        self.each(|entries| write_new(path, Holder::Agency, entries, self.passphrase.as_ref()))
    }

    pub(super) fn replace(&self, path: &Path) -> Result<(), KeyFileError> {
        self.each(|entries| replace(path, Holder::Agency, entries, self.passphrase.as_ref()))
    }

    fn each<T>(&self, visit: impl FnOnce(&[Entry<'_>]) -> T) -> T {
        let shared = self.shared.as_ref();
        let epoch = shared.map(|shared| shared.epoch.to_string()).unwrap_or_default();
        let mut entries = shared.map(|shared| shared.entries(&epoch)).unwrap_or_default();
        let comment = "This agency's own; never for anyone else.";
        entries.push(Entry { name: "local_key", comment, value: &self.local_key });
        if let Some(value) = &self.identity {
            let comment = "Opens what is sealed to this agency; never for anyone else.";
            entries.push(Entry { name: "identity", comment, value });
        }
        visit(&entries)
    }
}

fn random<const N: usize>() -> Result<Zeroizing<String>, KeysError> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(&mut bytes[..]).map_err(|_| KeysError::NoRandomness)?;
    Ok(hex(&bytes[..]))
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
