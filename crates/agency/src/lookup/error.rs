//! What stops a look-up, without a value of either file.

use std::path::{Path, PathBuf};

/// Why handles were not looked up. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file has not the form it should have.
    #[error("{}, line {line}: {what}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Line from 1; 0 where it is not known.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The list has handles of several agencies.
    #[error("{}: has a column source, and no --source was given", path.display())]
    SourceMissing {
        /// The list.
        path: PathBuf,
    },
    /// A sealed file cannot be opened with this key file.
    #[error("{}: sealed to another key file, or damaged", path.display())]
    NotOpened {
        /// The handles file.
        path: PathBuf,
    },
    /// The key file has no key pair of its own.
    #[error("the handles file is sealed, and no key file with an entry identity was given")]
    IdentityMissing,
}

impl LookupError {
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn form(path: &Path, line: u64, what: &'static str) -> Self {
        Self::Form { path: path.to_owned(), line, what }
    }

    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "lookup-io",
            Self::Form { .. } => "lookup-form",
            Self::SourceMissing { .. } => "lookup-source-missing",
            Self::NotOpened { .. } => "handles-not-opened",
            Self::IdentityMissing => "keys-identity-missing",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the path, its rights and the space on the disk",
            Self::Form { .. } => {
                "a list is CSV with a column `handle`; a handles file is as `encode --handles` wrote it"
            }
            Self::SourceMissing { .. } => "name the source of this handles file, as in its mapping",
            Self::NotOpened { .. } => "use the key file with which the export was encoded",
            Self::IdentityMissing => {
                "give --key with the key file with which the export was encoded"
            }
        }
    }
}
