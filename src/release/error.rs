//! Why the release tables cannot be written. Says where, never what.

use std::io;

use tallystick_dataset::DatasetError;
use tallystick_wire::content::ContentError;
use tallystick_wire::leak::LeakFound;
use tallystick_wire::{ColumnLabel, SourceLabel};

/// Release tables that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The directory holds something already.
    #[error("the directory of the release is not empty")]
    DirectoryNotEmpty,
    /// The linkage breaks its contract.
    #[error("the linkage cannot be released: {what}")]
    LinkedInvalid {
        /// Which rule is broken.
        what: &'static str,
    },
    /// Two persons would get the same id.
    #[error("two persons would get the same random-looking id")]
    IdCollision,
    /// Content of a source that the linkage does not know.
    #[error("content names source number {index}, the linkage has {sources}")]
    SourceUnknown {
        /// Index given, from 0.
        index: usize,
        /// Sources in the linkage.
        sources: usize,
    },
    /// Opened content is damaged.
    #[error("content of {source_label} cannot be read")]
    ContentInvalid {
        /// Whose content.
        source_label: SourceLabel,
        /// What is wrong with it.
        #[source]
        cause: ContentError,
    },
    /// Content about an identity that the source's submission does not have.
    #[error("content of {source_label}, table {table}, row {row}: not one of the source's records")]
    HandleUnknown {
        /// Whose content.
        source_label: SourceLabel,
        /// Table.
        table: ColumnLabel,
        /// Row, from 0.
        row: u64,
    },
    /// A source sends a table twice.
    #[error("content of {source_label} has table {table} twice")]
    TableRepeated {
        /// Whose content.
        source_label: SourceLabel,
        /// Table.
        table: ColumnLabel,
    },
    /// A date or number is outside what a release holds.
    #[error("content of {source_label}, table {table}, column {column}, row {row}: {what}")]
    CellOutOfRange {
        /// Whose content.
        source_label: SourceLabel,
        /// Table.
        table: ColumnLabel,
        /// Column.
        column: ColumnLabel,
        /// Row, from 0.
        row: u64,
        /// Which rule is broken.
        what: &'static str,
    },
    /// More content sections than a release takes.
    #[error("more than {limit} content sections (tables_max)")]
    TooManyTables {
        /// The limit.
        limit: usize,
    },
    /// More parts of one table's events than can be numbered.
    #[error("a table has more than 4,294,967,295 parts of events")]
    PartsTooMany,
    /// More than a limit allows.
    #[error("content of {source_label}: more than {limit} {what} ({name})")]
    LimitPassed {
        /// Whose content.
        source_label: SourceLabel,
        /// Of what there is too much.
        what: &'static str,
        /// Name of the limit.
        name: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A content column looks like an identifier.
    #[error(
        "content of {source_label}, table {}, column {} looks like: {} (rows: {}, first: row {}){}",
        .found.table, .found.column, .found.kind.as_str(), .found.rows, .found.first_row,
        more(*.others)
    )]
    LooksLikeIdentifier {
        /// Whose content.
        source_label: SourceLabel,
        /// Where, and what kind.
        found: LeakFound,
        /// How many other columns look like identifiers.
        others: usize,
    },
    /// Stopped on request.
    #[error("stopped on request; the tables are not complete")]
    Cancelled,
    /// The disk fails.
    #[error("{file} cannot be written")]
    Io {
        /// Name of the file in the release's directory.
        file: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

impl From<DatasetError> for ReleaseError {
    fn from(error: DatasetError) -> Self {
        match error {
            DatasetError::Cancelled => Self::Cancelled,
            DatasetError::Io { file, cause } => Self::Io { file, cause },
        }
    }
}

fn more(others: usize) -> String {
    if others == 0 { String::new() } else { format!("; {others} more columns look so") }
}

impl ReleaseError {
    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DirectoryNotEmpty => "release-directory-not-empty",
            Self::LinkedInvalid { .. } => "release-linkage-invalid",
            Self::IdCollision => "release-id-collision",
            Self::SourceUnknown { .. } => "release-source-unknown",
            Self::ContentInvalid { .. } => "content-invalid",
            Self::HandleUnknown { .. } => "content-handle-unknown",
            Self::TableRepeated { .. } => "content-table-repeated",
            Self::CellOutOfRange { .. } => "content-cell-out-of-range",
            Self::TooManyTables { .. } | Self::LimitPassed { .. } | Self::PartsTooMany => {
                "content-limit-passed"
            }
            Self::LooksLikeIdentifier { .. } => "content-looks-like-identifier",
            Self::Cancelled => "release-cancelled",
            Self::Io { .. } => "release-io",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::DirectoryNotEmpty => "give a new directory; releases are never written over",
            Self::LinkedInvalid { .. } => "link the submissions again; this is a fault of ours",
            Self::IdCollision => {
                "make a new study id key; this happens about once in forty million releases"
            }
            Self::SourceUnknown { .. } => "release the content of the submissions that were linked",
            Self::ContentInvalid { .. } => {
                "the content was not made by a released `tallystick-agency`; ask the agency to encode again"
            }
            Self::HandleUnknown { .. } => {
                "content and encodings are of different submissions; open the content of the one linked"
            }
            Self::TableRepeated { .. } => "pass each content section once",
            Self::CellOutOfRange { .. } => {
                "ask the agency to look at this row's date format or number and encode again"
            }
            Self::PartsTooMany => "ask the agency to split the export by period",
            Self::TooManyTables { .. } | Self::LimitPassed { .. } => {
                "raise the limit if the content is what was agreed"
            }
            Self::LooksLikeIdentifier { .. } => {
                "ask the agency to take the column out of its mapping, or to map it as an identifier, \
                 and encode again; rows count from 0 in the content section"
            }
            Self::Cancelled => "start the release again in a new directory",
            Self::Io { .. } => "check that the disk has room and can be written",
        }
    }
}
