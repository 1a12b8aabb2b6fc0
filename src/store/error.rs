//! What stops the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::audit::verify::Fault;

/// Why records could not be read or written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or directory cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process owns the directory.
    #[error("{}: another process has this data directory open", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The records were written by a later version.
    #[error("{}: written by a later version of this program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The records were written by an earlier version, and are only read here.
    #[error("{}: written by an earlier version of this program", path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// Pages of the file are damaged.
    #[error("{}: the file is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The log is not whole.
    #[error("the log: {0}")]
    Log(Fault),
    /// A record breaks a rule that held when it was written.
    #[error("table {table}, column {column}: a record breaks its own rule")]
    Corrupt {
        /// Where.
        table: &'static str,
        /// Where.
        column: &'static str,
    },
    /// A change recorded nothing in the log.
    #[error("a change without an audit entry was refused")]
    Unlogged,
    /// There is no room left.
    #[error("the disk is full")]
    Full,
    /// Another connection held the records for too long.
    #[error("the records are busy")]
    Busy,
    /// The database says no.
    #[error("the database failed: {0}")]
    Database(rusqlite::Error),
    /// The system gives no random numbers.
    #[error(transparent)]
    Random(#[from] crate::ids::NoRandomness),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path: PathBuf::from("unit.db") }
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                let source = std::io::Error::other(error.to_string());
                Self::Io { path: PathBuf::from("unit.db"), source }
            }
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "store-io",
            Self::InUse { .. } => "store-in-use",
            Self::Newer { .. } => "store-newer",
            Self::Older { .. } => "store-older",
            Self::Damaged { .. } => "store-damaged",
            Self::Log(fault) => fault.code(),
            Self::Corrupt { .. } => "store-corrupt",
            Self::Unlogged => "store-unlogged",
            Self::Full => "store-full",
            Self::Busy => "store-busy",
            Self::Database(_) => "store-database",
            Self::Random(_) => "store-random",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check that the data directory exists and is the service's own",
            Self::InUse { .. } => "end the other process, or give another data directory",
            Self::Newer { .. } => "run the version that wrote it, or restore an older backup",
            Self::Older { .. } => "start the service once, which brings it up to date",
            Self::Damaged { .. } | Self::Corrupt { .. } => {
                "do not go on with this file; restore the last backup (docs/operations.md)"
            }
            Self::Log(_) => {
                "do not go on with these records: copy the directory as it is, run tallystick verify-store on it, \
                 and compare the log with heads that were kept elsewhere (docs/operations.md, Incidents)"
            }
            Self::Unlogged => "this is a fault of the program; report it",
            Self::Full => "make room on the disk of the data directory; nothing was lost",
            Self::Busy => "try again",
            Self::Database(_) => "look into the log of the service for the moment it happened",
            Self::Random(_) => "the operating system must offer random numbers",
        }
    }
}
