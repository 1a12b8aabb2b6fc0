//! What stops a backup or a restore.

use std::path::PathBuf;

use crate::audit::verify::Fault;
use crate::ids::NoRandomness;
use crate::store::StoreError;

/// Why nothing was copied or put back.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The service has no directory for backups.
    #[error("the service has no directory for backups")]
    NoDirectory,
    /// Another backup is being made.
    #[error("another backup is being made")]
    Running,
    /// There is something already.
    #[error("{}: not empty", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// Sealed files went while they were copied, again and again.
    #[error("submissions were erased faster than they could be copied")]
    Restless,
    /// A sealed file has not what its record says.
    #[error("{name}: shorter than its record says, or not there")]
    Incomplete {
        /// Its name in the data directory.
        name: String,
    },
    /// There is no manifest, or it is none.
    #[error("{}: not the manifest of a backup", path.display())]
    NoManifest {
        /// Its path.
        path: PathBuf,
    },
    /// The manifest is not signed by the unit's key.
    #[error("{}: not signed by the key of this key file", path.display())]
    Signature {
        /// Its path.
        path: PathBuf,
    },
    /// A file of the backup is not the one that was copied.
    #[error("{name}: not the file that was copied")]
    Differs {
        /// Its name in the backup.
        name: String,
    },
    /// The export of the log is not good, or not the continuation of the backup's.
    #[error("the export of the log: {0}")]
    Log(Fault),
    /// What was put back is not whole.
    #[error("the restored store has {findings} findings")]
    Unsound {
        /// How many.
        findings: u64,
    },
    /// It was broken off.
    #[error("broken off")]
    Cancelled,
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for OperateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<NoRandomness> for OperateError {
    fn from(error: NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl OperateError {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    "backup-full"
                }
                _ => "backup-io",
            },
            Self::NoDirectory => "backup-no-directory",
            Self::Running => "backup-running",
            Self::NotEmpty { .. } => "backup-not-empty",
            Self::Restless => "backup-restless",
            Self::Incomplete { .. } => "backup-incomplete",
            Self::NoManifest { .. } => "backup-manifest",
            Self::Signature { .. } => "backup-signature",
            Self::Differs { .. } => "backup-differs",
            Self::Log(fault) => fault.code(),
            Self::Unsound { .. } => "restore-unsound",
            Self::Cancelled => "cancelled",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check path, rights and room; nothing half-made counts as a backup",
            Self::NoDirectory => "set store.backup_directory",
            Self::Running => "wait for it to end; GET /api/v1/backups tells",
            Self::NotEmpty { .. } => "give a directory that is new or empty",
            Self::Restless => "try again when less is withdrawn",
            Self::Incomplete { .. } => "run verify-store, and restore the last good backup",
            Self::NoManifest { .. } => {
                "give the directory of one backup; without a manifest it was never finished"
            }
            Self::Signature { .. } => "take the key file of the unit that made the backup",
            Self::Differs { .. } => "this copy is damaged or was changed; take another",
            Self::Log(_) => {
                "take the last whole export of the log after the backup (docs/operations.md)"
            }
            Self::Unsound { .. } => {
                "it stands beside that place, with .restoring behind its name: run verify-store on it; do not start the \
                 service on it"
            }
            Self::Cancelled => "run it again",
            Self::Store(error) => error.help(),
        }
    }
}
