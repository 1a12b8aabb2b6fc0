//! Why watching ended. What is wrong with one export is told and does not end it.

use std::path::{Path, PathBuf};

use crate::upload::UploadError;

/// A failure of the watch.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// Nothing can be delivered for now.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// A file or directory fails.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process watches the directory.
    #[error("another process watches this directory")]
    Busy,
    /// The archive is the watched directory.
    #[error("the archive is the watched directory itself")]
    ArchiveIsWatched,
    /// A line of the journal is not one.
    #[error("{}:{line}: not a line of the journal", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The journal is too long.
    #[error("{}: longer than {bytes_max} bytes", path.display())]
    JournalLong {
        /// The journal.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// The receipt of a delivered export is not there any more, or is not signed.
    #[error("{}: the receipt is missing or wrong; its export stays", path.display())]
    ReceiptLost {
        /// Where it should be.
        path: PathBuf,
    },
    /// It was stopped.
    #[error("stopped")]
    Cancelled,
}

impl WatchError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }

    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Upload(error) => error.code(),
            Self::Io { .. } => "watch-io",
            Self::Busy => "watch-busy",
            Self::ArchiveIsWatched => "watch-archive",
            Self::Journal { .. } => "watch-journal",
            Self::JournalLong { .. } => "watch-journal-long",
            Self::ReceiptLost { .. } => "watch-receipt-lost",
            Self::Cancelled => "cancelled",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Upload(error) => error.help(),
            Self::Io { .. } => "check the path, its rights and the space on the disk",
            Self::Busy => "an earlier run is still at work: let it end",
            Self::ArchiveIsWatched => "give another directory with --archive",
            Self::Journal { .. } => {
                "bring the journal back from a backup; it is only ever appended to"
            }
            Self::JournalLong { .. } => {
                "when no export is under way, move the journal away: then every export counts as new"
            }
            Self::ReceiptLost { .. } => {
                "bring the receipt back from a backup, or put the export away by hand"
            }
            Self::Cancelled => "start it again: it goes on where it was",
        }
    }
}
