//! What can be wrong with a key file, without its values.

use std::path::PathBuf;

use crate::Holder;

/// A key file that is not accepted, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Reading or writing failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not a key file by its size.
    #[error("{}: too large for a key file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner may read it.
    #[error("{}: others than its owner may read it", path.display())]
    ModeTooWide {
        /// The file.
        path: PathBuf,
    },
    /// Not TOML.
    #[error("{}, line {line}: not a key file", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line from 1.
        line: usize,
    },
    /// Holds keys of another holder.
    #[error("{}: holds keys that are not for the {}", path.display(), holder.table())]
    ForeignTable {
        /// The file.
        path: PathBuf,
        /// Who tried to read it.
        holder: Holder,
        /// Whose keys they are, if known.
        owner: Option<Holder>,
    },
    /// The holder's table is missing or empty.
    #[error("{}: no table [{}]", path.display(), holder.table())]
    TableMissing {
        /// The file.
        path: PathBuf,
        /// Who tried to read it.
        holder: Holder,
    },
    /// An entry that no key file has.
    #[error("{}: an unknown entry in [{}]", path.display(), holder.table())]
    EntryUnknown {
        /// The file.
        path: PathBuf,
        /// Whose table.
        holder: Holder,
    },
    /// An entry is needed and not there.
    #[error("{}: no entry {entry}", path.display())]
    EntryMissing {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: &'static str,
    },
    /// An entry has the wrong form.
    #[error("{}: entry {entry} does not have the form of one", path.display())]
    EntryInvalid {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: &'static str,
    },
    /// An entry still has the example's value, or none.
    #[error("{}: entry {entry} still has the value of the example", path.display())]
    EntryIsExample {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: &'static str,
    },
    /// A key that is not random.
    #[error("{}: entry {entry} is not a random key", path.display())]
    EntryWeak {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: &'static str,
    },
    /// The file waits for an invitation and has no encoding key yet.
    #[error("{}: no encoding key yet; it waits for an invitation", path.display())]
    NotJoined {
        /// The file.
        path: PathBuf,
    },
    /// A new key file would replace another one.
    #[error("{}: the file exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Sealed, and no passphrase can be had.
    #[error("{}: needs a passphrase", path.display())]
    PassphraseNeeded {
        /// The key file.
        path: PathBuf,
    },
    /// The passphrase opens nothing.
    #[error("{}: not its passphrase", path.display())]
    PassphraseWrong {
        /// The key file.
        path: PathBuf,
    },
    /// A new passphrase is certainly weak.
    #[error("the passphrase is too short or too repetitive")]
    PassphraseWeak,
    /// A new passphrase was typed in two ways.
    #[error("the two passphrases differ")]
    PassphraseDiffers,
    /// A generated passphrase that nobody would see.
    #[error("a generated passphrase is shown on a terminal only")]
    PassphraseUnseen,
    /// A passphrase file without a passphrase.
    #[error("{}: its first line is not a passphrase", path.display())]
    PassphraseFileInvalid {
        /// The passphrase file.
        path: PathBuf,
    },
    /// A passphrase is given for a file without one.
    #[error("{}: not sealed with a passphrase", path.display())]
    NotSealed {
        /// The key file.
        path: PathBuf,
    },
    /// Sealed already.
    #[error("{}: sealed with a passphrase already", path.display())]
    SealedAlready {
        /// The key file.
        path: PathBuf,
    },
    /// Sealed to a public key.
    #[error("{}: sealed, but not with a passphrase", path.display())]
    SealedOtherwise {
        /// The file.
        path: PathBuf,
    },
    /// Opening it would take too long.
    #[error(
        "{}: scrypt work factor {required}, at most {} is accepted",
        path.display(), crate::WORK_FACTOR_MAX
    )]
    WorkFactor {
        /// The key file.
        path: PathBuf,
        /// What it asks for, as a power of two.
        required: u8,
    },
    /// A sealed file that is damaged.
    #[error("{}: sealed, and damaged", path.display())]
    SealDamaged {
        /// The key file.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system's random number generator does not answer")]
    NoRandomness,
}

impl KeyFileError {
    pub(crate) fn foreign_table(path: PathBuf, holder: Holder, table: &str) -> Self {
        let owner =
            [Holder::Agency, Holder::LinkageUnit].into_iter().find(|other| other.table() == table);
        Self::ForeignTable { path, holder, owner }
    }

    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "keys-io",
            Self::TooLarge { .. } => "keys-too-large",
            Self::ModeTooWide { .. } => "keys-mode-too-wide",
            Self::Syntax { .. } => "keys-syntax",
            Self::ForeignTable { .. } => "keys-foreign-table",
            Self::TableMissing { .. } => "keys-table-missing",
            Self::EntryUnknown { .. } => "keys-entry-unknown",
            Self::EntryMissing { .. } => "keys-entry-missing",
            Self::EntryInvalid { .. } => "keys-entry-invalid",
            Self::EntryIsExample { .. } => "keys-entry-is-example",
            Self::EntryWeak { .. } => "keys-entry-weak",
            Self::NotJoined { .. } => "keys-not-joined",
            Self::Exists { .. } => "keys-exists",
            Self::PassphraseNeeded { .. } => "keys-passphrase-needed",
            Self::PassphraseWrong { .. } => "keys-passphrase-wrong",
            Self::PassphraseWeak => "keys-passphrase-weak",
            Self::PassphraseDiffers => "keys-passphrase-differs",
            Self::PassphraseUnseen => "keys-passphrase-unseen",
            Self::PassphraseFileInvalid { .. } => "passphrase-file-invalid",
            Self::NotSealed { .. } => "keys-not-sealed",
            Self::SealedAlready { .. } => "keys-sealed-already",
            Self::SealedOtherwise { .. } => "keys-sealed-otherwise",
            Self::WorkFactor { .. } => "keys-work-factor",
            Self::SealDamaged { .. } => "keys-seal-damaged",
            Self::NoRandomness => "keys-no-randomness",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Io { .. } => "check the path and its rights".into(),
            Self::TooLarge { .. } | Self::Syntax { .. } => {
                "key files are made by `tallystick-agency keys new` and `tallystick keys new`"
                    .into()
            }
            Self::ModeTooWide { path, .. } => format!("run: chmod 600 {}", path.display()),
            Self::ForeignTable { owner: Some(owner), holder, .. } if owner != holder => format!(
                "this is a file of the {}; if it reached you, tell its owner to make new keys",
                owner.table()
            ),
            Self::ForeignTable { holder, .. } | Self::TableMissing { holder, .. } => {
                format!("a key file for this program has one table, [{}]", holder.table())
            }
            Self::EntryUnknown { holder, .. } => {
                format!("known entries: {}", holder.entries().join(", "))
            }
            Self::EntryMissing { .. } | Self::EntryInvalid { .. } => {
                "see keys.example for every entry and its form".into()
            }
            Self::EntryIsExample { .. } | Self::EntryWeak { .. } => {
                "make real keys with `keys new`; the example's values are for reading only".into()
            }
            Self::NotJoined { .. } => {
                "give its agency recipient to an agency of the project, then run `keys accept` with the \
                 invitation"
                    .into()
            }
            Self::Exists { .. } => {
                "keys are never overwritten; give another path, or remove the old file yourself"
                    .into()
            }
            _ => self.help_with_passphrase().into(),
        }
    }

    fn help_with_passphrase(&self) -> &'static str {
        match self {
            Self::PassphraseUnseen => "run it on a terminal, or give --passphrase-file FILE",
            Self::PassphraseNeeded { .. } => {
                "run it on a terminal, which asks for it, or give --passphrase-file FILE"
            }
            Self::PassphraseWrong { .. } => {
                "try again; nobody can open the file without it, so if it is lost make new keys"
            }
            Self::PassphraseWeak => {
                "take six or more words that do not belong together, or --generate-passphrase"
            }
            Self::PassphraseDiffers => "nothing was written; try again",
            Self::PassphraseFileInvalid { .. } => {
                "write the passphrase, and nothing else, into the first line, in UTF-8"
            }
            Self::NotSealed { .. } => {
                "seal it with `keys protect`, or leave the options of the passphrase out"
            }
            Self::SealedAlready { .. } => "`keys passphrase` changes its passphrase",
            Self::SealedOtherwise { .. } => {
                "give a key file; an invitation is taken over by `keys accept`"
            }
            Self::WorkFactor { .. } => {
                "the file was not made by this program; open it with `age`, and ask who made it"
            }
            Self::SealDamaged { .. } => "take the copy that you keep elsewhere",
            _ => "try again; never make keys by hand",
        }
    }
}
