//! The agency's key file.

use std::path::Path;

use tallystick_encoder::keys::{AgencyKeys, SecretKey};
use tallystick_keyfile::{Entry, Holder, KeyFileError, KeyTable, write_new};
use tallystick_wire::ProjectId;
use zeroize::Zeroizing;

/// An agency's keys and the public key to which content is sealed.
#[derive(Debug)]
pub struct KeyFile {
    /// The secrets.
    pub keys: AgencyKeys,
    /// Public key of the release desk, where the project has one.
    pub release_recipient: Option<age::x25519::Recipient>,
}

impl KeyFile {
    /// Reads a key file.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let table = KeyTable::read(path, Holder::Agency)?;
        let release_recipient = table
            .optional("release_recipient")
            .map(|text| {
                text.parse().map_err(|_| KeyFileError::EntryInvalid {
                    path: path.to_owned(),
                    entry: "release_recipient",
                })
            })
            .transpose()?;
        let keys = AgencyKeys {
            encoding_key: SecretKey::new(table.bytes("encoding_key")?),
            local_key: SecretKey::new(table.bytes("local_key")?),
            project: ProjectId(table.bytes("project")?),
            epoch: table.number("epoch")?,
        };
        Ok(Self { keys, release_recipient })
    }
}

/// What a new key file takes over from the project's first one.
#[derive(Debug)]
struct Shared {
    project: Zeroizing<String>,
    epoch: u32,
    encoding_key: Zeroizing<String>,
    release_recipient: Option<String>,
}

/// Why new keys could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NewKeysError {
    /// A key file is wrong or cannot be written.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The recipient is not a public key.
    #[error("the release recipient is not a public key of the form age1...")]
    RecipientInvalid,
    /// The system gives no random numbers.
    #[error("the system's random number generator does not answer")]
    NoRandomness,
}

impl NewKeysError {
    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyFile(error) => error.code(),
            Self::RecipientInvalid => "keys-recipient-invalid",
            Self::NoRandomness => "keys-no-randomness",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::KeyFile(error) => error.help(),
            Self::RecipientInvalid => {
                "`tallystick keys new` prints it at the linkage unit; copy the whole word".into()
            }
            Self::NoRandomness => "try again; never make keys by hand".into(),
        }
    }
}

/// Makes a key file: a new project, or another agency's file in the project of `from`, with the
/// same encoding key and a local key of its own.
pub fn make(path: &Path, from: Option<&Path>, recipient: Option<&str>) -> Result<(), NewKeysError> {
    let mut shared = match from {
        Some(from) => {
            let table = KeyTable::read(from, Holder::Agency)?;
            Shared {
                project: hex(&table.bytes::<16>("project")?),
                epoch: table.number("epoch")?,
                encoding_key: hex(&table.bytes::<32>("encoding_key")?),
                release_recipient: table.optional("release_recipient").map(str::to_owned),
            }
        }
        None => Shared {
            project: random::<16>()?,
            epoch: 0,
            encoding_key: random::<32>()?,
            release_recipient: None,
        },
    };
    if let Some(recipient) = recipient {
        recipient.parse::<age::x25519::Recipient>().map_err(|_| NewKeysError::RecipientInvalid)?;
        shared.release_recipient = Some(recipient.to_owned());
    }
    let local_key = random::<32>()?;
    let epoch = shared.epoch.to_string();
    let mut entries = vec![
        Entry { name: "project", comment: "Number of the project.", value: &shared.project },
        Entry {
            name: "epoch",
            comment: "Raised when the agencies change keys; all must raise it together.",
            value: &epoch,
        },
        Entry {
            name: "encoding_key",
            comment: "Shared by the agencies of the project; never for the linkage unit.",
            value: &shared.encoding_key,
        },
        Entry {
            name: "local_key",
            comment: "This agency's own; never for anyone else.",
            value: &local_key,
        },
    ];
    if let Some(recipient) = &shared.release_recipient {
        entries.push(Entry {
            name: "release_recipient",
            comment: "Public key of the release desk; content is sealed to it.",
            value: recipient,
        });
    }
    Ok(write_new(path, Holder::Agency, &entries)?)
}

fn random<const N: usize>() -> Result<Zeroizing<String>, NewKeysError> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(&mut bytes[..]).map_err(|_| NewKeysError::NoRandomness)?;
    Ok(hex(&bytes[..]))
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
