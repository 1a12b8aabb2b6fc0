//! What stops an export, or a result from being taken.

use std::io;
use std::path::{Path, PathBuf};

use tallystick_wire::Rejection;

/// Why there is no export or no result.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A submission cannot be read.
    #[error(transparent)]
    Submission(#[from] Rejection),
    /// The files of an export are for whoever reads the disk: that must be said.
    #[error("an export holds filters unsealed, and nobody said that it may")]
    Sealed,
    /// No pass joins any two sources.
    #[error("no pass joins the sources")]
    NothingJoined,
    /// The export is of other submissions, settings or of another version.
    #[error("{}: not the export of these submissions and settings: {what} differ", path.display())]
    PlanDiffers {
        /// The file.
        path: PathBuf,
        /// What of it.
        what: &'static str,
    },
    /// A table is not what the SQL writes.
    #[error("{}: not as the plan writes it: {what}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The engine found other blocks than there are.
    #[error("the engine's result is wrong: pass {pass} has other {what} than the submissions")]
    PassDiffers {
        /// Number of the pass.
        pass: u8,
        /// What of it.
        what: &'static str,
    },
    /// The engine compared a pair otherwise than the linkage does.
    #[error("the engine's result is wrong: of {verified} pairs compared again, {differing} differ")]
    PairsDiffer {
        /// Pairs compared again.
        verified: u64,
        /// Those with another result.
        differing: u64,
    },
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl EngineError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn table(path: &Path, what: &'static str) -> Self {
        Self::Table { path: path.to_owned(), what }
    }

    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Submission(rejection) => rejection.code(),
            Self::Sealed => "engine-export-sealed",
            Self::NothingJoined => "engine-nothing-joined",
            Self::PlanDiffers { .. } => "engine-plan-differs",
            Self::Table { .. } => "engine-table-invalid",
            Self::PassDiffers { .. } => "engine-pass-differs",
            Self::PairsDiffer { .. } => "engine-pairs-differ",
            Self::Cancelled => "cancelled",
            Self::Io { .. } => "io",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Submission(rejection) => rejection.help(),
            Self::Sealed => {
                "say that filters may lie unsealed, if the place of the export is as guarded as the unit itself"
            }
            Self::NothingJoined => "give submissions that share the fields of a pass",
            Self::PlanDiffers { .. } => {
                "export again, with the same submissions and settings as are given now"
            }
            Self::Table { .. } => "run the step that writes it again; it may have been broken off",
            Self::PassDiffers { .. } | Self::PairsDiffer { .. } => {
                "do not use the result; run the SQL again on the pinned version of the engine, in ANSI mode"
            }
            Self::Cancelled => "run the same command again to start over",
            Self::Io { .. } => "check the path, its rights and the space on the disk",
        }
    }
}
