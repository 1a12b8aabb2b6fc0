//! What stops a check, without a value of the export.

use std::path::{Path, PathBuf};

use tallystick_encoder::mapping::MappingError;

use crate::encode::RowPlace;
use crate::encode::content::{GROUP_ENTRIES_MAX, TooManyEntries};
use crate::export::{ExportError, Input};

/// Why an export was not checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The export cannot be read.
    #[error("{label}: {source}")]
    Export {
        /// The export.
        label: String,
        /// What is wrong with it.
        source: ExportError,
    },
    /// The mapping does not fit.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A cell that is split holds more entries than `encode` reads.
    #[error("line {place}: a cell holds more than {GROUP_ENTRIES_MAX} entries")]
    TooManyEntries {
        /// Where.
        place: RowPlace,
    },
    /// The earlier report cannot be used.
    #[error("{}: {what}", path.display())]
    Earlier {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The work was cancelled.
    #[error("cancelled; no report was written")]
    Cancelled,
    /// A file cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl From<TooManyEntries> for CheckError {
    fn from(TooManyEntries { place }: TooManyEntries) -> Self {
        Self::TooManyEntries { place }
    }
}

impl CheckError {
    pub(super) fn export(input: &Input, source: ExportError) -> Self {
        Self::Export { label: input.label(), source }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Export { source, .. } => source.code(),
            Self::Mapping(error) => error.code(),
            Self::TooManyEntries { .. } => "row-too-many-entries",
            Self::Earlier { .. } => "check-earlier-unusable",
            Self::Cancelled => "cancelled",
            Self::Io { .. } => "output-io",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Export { source, .. } => source.help(),
            Self::Mapping(error) => error.help(),
            Self::TooManyEntries { .. } => {
                "check that split in the mapping is what parts the entries of this cell".into()
            }
            Self::Earlier { .. } => {
                "give the file that --json wrote for an earlier export of the same source".into()
            }
            Self::Cancelled => "run the same command again to start over".into(),
            Self::Io { .. } => "check the path, its rights and the space on the disk".into(),
        }
    }
}
