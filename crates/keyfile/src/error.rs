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
        }
    }
}
