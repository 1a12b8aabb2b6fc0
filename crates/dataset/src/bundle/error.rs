//! Why a bundle cannot be written, opened or trusted.

use std::io;

use super::fault::Fault;
use crate::DatasetError;

/// Bundles that cannot be written or read. No message holds a value of the data.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Stopped on request.
    #[error("stopped on request; the bundle is not complete")]
    Cancelled,
    /// The disk fails.
    #[error("{file} cannot be read or written")]
    Io {
        /// The bundle, or the member in it.
        file: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A name that files, Stata or R cannot take, or that stands twice.
    #[error("{place} has a name that cannot be used, or one that is used already")]
    Name {
        /// Table, column or member, by its number where the name cannot be shown.
        place: String,
    },
    /// Cells that are not of the table's rows, or texts that CSV would give back as missing.
    #[error("{table}.{column} holds cells that cannot be written")]
    Cells {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
    /// A key with a column that is not there, with missing cells, or that repeats.
    #[error("the key of {table} does not name its rows")]
    Key {
        /// Table.
        table: String,
    },
    /// A relation to nothing: a table or column that is not there, or a value that is not.
    #[error("{table}.{column} refers to what is not there")]
    Relation {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
    /// Facts that name a notice which is not among the members.
    #[error("the notice on redisclosure is not among the members")]
    NoticeMissing,
    /// There is no table of this name in the bundle.
    #[error("the bundle has no such table")]
    NoSuchTable,
    /// The public key is a point of small order.
    #[error("the public key is one under which anybody can sign")]
    KeyWeak,
    /// The bundle is not as it was written.
    #[error("the bundle is not as it was written: {}", list(.0))]
    Faults(Vec<Fault>),
}

impl BundleError {
    /// A code that stays.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "bundle-cancelled",
            Self::Io { .. } => "bundle-io",
            Self::Name { .. } => "bundle-name",
            Self::Cells { .. } => "bundle-cells",
            Self::Key { .. } => "bundle-key",
            Self::Relation { .. } => "bundle-relation",
            Self::NoticeMissing => "bundle-notice-missing",
            Self::NoSuchTable => "bundle-no-such-table",
            Self::KeyWeak => "bundle-key-weak",
            Self::Faults(_) => "bundle-faults",
        }
    }

    /// A file that fails.
    pub(crate) fn io(file: &str, cause: io::Error) -> Self {
        Self::Io { file: file.to_owned(), cause }
    }
}

impl From<DatasetError> for BundleError {
    fn from(error: DatasetError) -> Self {
        match error {
            DatasetError::Cancelled => Self::Cancelled,
            DatasetError::Io { file, cause } => Self::Io { file, cause },
        }
    }
}

impl From<Fault> for BundleError {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
