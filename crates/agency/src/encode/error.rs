//! What stops encoding, without a value of the export.

use std::path::{Path, PathBuf};

use tallystick_encoder::mapping::MappingError;

use super::report::RowPlace;
use crate::export::{ExportError, Input};

/// Why an export was not encoded. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The export cannot be read.
    #[error("{file}: {source}")]
    Export {
        /// The export, or the one of its files.
        file: String,
        /// What is wrong with it.
        source: ExportError,
    },
    /// The mapping does not fit.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The mapping has content, the key file no recipient.
    #[error("the mapping has content columns, but the key file has no release_recipient")]
    RecipientMissing,
    /// A sealed handles file is wanted, and the key file has no key pair of its own.
    #[error("the handles file is to be sealed, but the key file has no entry identity")]
    IdentityMissing,
    /// Not one row could be used.
    #[error("none of the {rows_read} rows could be used")]
    NothingAccepted {
        /// Rows read.
        rows_read: u64,
    },
    /// A file with aliases, and a mapping that does not say what it holds.
    #[error("a file with aliases is given, but the mapping has no [aliases]")]
    AliasesNotMapped,
    /// A mapping of a file with aliases, and no such file: links would be lost without a word.
    #[error("the mapping has [aliases], but no file with aliases is given")]
    AliasesMissing,
    /// More names than are held in memory.
    #[error("the file with aliases holds more than {bytes_max} bytes of names")]
    AliasesTooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// A cell that is split holds more entries than any list of names or charges.
    #[error("line {place}: a cell holds more than {entries_max} entries")]
    TooManyEntries {
        /// Where.
        place: RowPlace,
        /// The limit.
        entries_max: usize,
    },
    /// More identities than a submission can hold.
    #[error("more than {records_max} identities")]
    TooManyIdentities {
        /// The limit.
        records_max: u32,
    },
    /// A content column holds what looks like identifiers.
    #[error(
        "content column {column}: {rows} rows look like identifiers ({looks_like}), first accepted row {first_row}"
    )]
    ContentLooksLikeIdentifier {
        /// Name of the column in the release.
        column: String,
        /// What it looks like.
        looks_like: &'static str,
        /// How many rows.
        rows: u64,
        /// The first of them, counting accepted rows from 1.
        first_row: u64,
    },
    /// The work was cancelled.
    #[error("cancelled; nothing was written")]
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

impl EncodeError {
    pub(crate) fn export(input: &Input, source: ExportError) -> Self {
        match source {
            ExportError::InFile { file, source } => Self::Export { file, source: *source },
            source => Self::Export { file: input.label(), source },
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Export { source, .. } => source.code(),
            Self::Mapping(error) => error.code(),
            Self::RecipientMissing => "keys-recipient-missing",
            Self::IdentityMissing => "keys-identity-missing",
            Self::NothingAccepted { .. } => "export-nothing-accepted",
            Self::AliasesNotMapped => "mapping-aliases-missing",
            Self::AliasesMissing => "aliases-missing",
            Self::AliasesTooLarge { .. } => "aliases-too-large",
            Self::TooManyEntries { .. } => "row-too-many-entries",
            Self::TooManyIdentities { .. } => "export-too-many-identities",
            Self::ContentLooksLikeIdentifier { .. } => "content-looks-like-identifier",
            Self::Cancelled => "cancelled",
            Self::Io { .. } => "output-io",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Export { source, .. } => source.help(),
            Self::Mapping(error) => error.help(),
            Self::RecipientMissing => {
                "ask the linkage unit for its release recipient (age1...) and make the key file with \
                 `keys new --recipient`, or remove [content] from the mapping"
                    .into()
            }
            Self::IdentityMissing => {
                "make the key file with `keys new`, or give a name that does not end in .age".into()
            }
            Self::NothingAccepted { .. } => {
                "check that the mapping names the right columns and formats".into()
            }
            Self::AliasesNotMapped => {
                "add [aliases] with id and name, or leave --aliases out".into()
            }
            Self::AliasesMissing => {
                "give the file with --aliases, or take [aliases] out of the mapping".into()
            }
            Self::AliasesTooLarge { .. } => {
                "leave out aliases of persons who are not in the export, or split the export".into()
            }
            Self::TooManyEntries { .. } => {
                "check that split in the mapping is what parts the entries of this cell".into()
            }
            Self::TooManyIdentities { .. } => "split the export by period".into(),
            Self::ContentLooksLikeIdentifier { .. } => {
                "identifiers never travel as content; remove the column from [content] or clean it"
                    .into()
            }
            Self::Cancelled => "run the same command again to start over".into(),
            Self::Io { .. } => "check the path, its rights and the space on the disk".into(),
        }
    }
}
