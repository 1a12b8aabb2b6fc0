//! Why an upload or a submission is refused.

use tallystick_wire::Rejection;

use crate::agreements::{AgreementError, Clause};
use crate::ids::ProjectId;
use crate::store::StoreError;

/// A refusal, or a failure of the records.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// Nothing of this agency has this id.
    #[error("there is no such upload or submission")]
    Unknown,
    /// More bytes than allowed, or none.
    #[error("an upload has 1 to {bytes_max} bytes")]
    Length {
        /// Most bytes.
        bytes_max: u64,
    },
    /// Uploads that were begun and not ended.
    #[error("{uploads_max} uploads are open")]
    TooMany {
        /// Most open uploads of an agency.
        uploads_max: u64,
    },
    /// The next piece begins elsewhere.
    #[error("the upload goes on at byte {expected}")]
    Offset {
        /// Where.
        expected: u64,
    },
    /// More bytes than were announced.
    #[error("more bytes came than were announced")]
    Overlong,
    /// Another request writes to it.
    #[error("another request writes to this upload")]
    Busy,
    /// It takes no more bytes.
    #[error("the upload is complete or has ended")]
    Closed,
    /// A piece is not what its checksum says.
    #[error("the piece is not what its checksum says")]
    Checksum,
    /// The connection broke within a piece that had to be whole.
    #[error("the connection broke before the piece was whole")]
    Broken,
    /// More records or rows than allowed.
    #[error("the submission counts more records or rows than this unit takes")]
    TooManyRecords,
    /// The file is not exactly one submission.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It is another agency's, or of another kind than the agency.
    #[error("the submission's source is not the agency of this account")]
    ForeignSource,
    /// Its project is not one of this unit.
    #[error("the submission is of a project that this unit does not have")]
    ProjectUnknown,
    /// It was encoded with another key than what the project has.
    #[error("the submission was encoded with another key than the project's others")]
    KeyDiffers,
    /// It was encoded by another schema than this unit's.
    #[error("the submission was encoded by another schema than this unit's")]
    SchemaUnknown,
    /// No agreement covers it.
    #[error("{clause}")]
    NotPermitted {
        /// What is not met.
        clause: Clause,
        /// Of which project, where it is known.
        project: Option<ProjectId>,
    },
    /// A file cannot be read or written.
    #[error("a stored file failed: {0}")]
    Io(std::io::Error),
    /// The records fail.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<std::io::Error> for IntakeError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::Store(StoreError::Full),
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for IntakeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<AgreementError> for IntakeError {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::Store(error) => Self::Store(error),
            // What was checked when it was recorded no longer holds.
            _ => Self::Store(StoreError::Corrupt { table: "agreement", column: "terms" }),
        }
    }
}

impl From<crate::ids::NoRandomness> for IntakeError {
    fn from(error: crate::ids::NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl IntakeError {
    /// Whether the file is at fault, and not this unit.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Io(_) | Self::Store(_) | Self::Rejected(Rejection::Io(_)))
    }

    /// The project of what was refused, where it is known.
    #[must_use]
    pub const fn project(&self) -> Option<ProjectId> {
        match self {
            Self::NotPermitted { project, .. } => *project,
            _ => None,
        }
    }

    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown-id",
            Self::Length { .. } => "upload-length",
            Self::TooMany { .. } => "uploads-too-many",
            Self::Offset { .. } => "upload-offset",
            Self::Overlong => "upload-overlong",
            Self::Busy => "upload-busy",
            Self::Closed => "upload-closed",
            Self::Checksum => "upload-checksum",
            Self::Broken => "upload-broken",
            Self::TooManyRecords => "submission-too-large",
            Self::Rejected(rejection) => rejection.code(),
            Self::ForeignSource => "submission-foreign-source",
            Self::ProjectUnknown => "submission-project-unknown",
            Self::KeyDiffers => "submission-key-differs",
            Self::SchemaUnknown => "submission-schema-unknown",
            Self::NotPermitted { clause, .. } => clause.code(),
            Self::Io(_) => "store-io",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unknown => "look the id up in the list of uploads or submissions",
            Self::Length { .. } => "limits.submission_bytes_max is the limit",
            Self::TooMany { .. } => "end or finish an upload first",
            Self::Offset { .. } => "ask for the offset (HEAD) and go on from there",
            Self::Overlong => "begin a new upload with the right length",
            Self::Busy => "wait for the other request to end, then ask for the offset",
            Self::Closed => "begin a new upload",
            Self::Checksum => "send the piece again",
            Self::Broken => "ask for the offset (HEAD) and go on from there, or send it again",
            Self::TooManyRecords => "limits.records_max and limits.content_rows_max are the limits",
            Self::Rejected(rejection) => rejection.help(),
            Self::ForeignSource => {
                "upload with the account of the agency that the mapping names as source and type"
            }
            Self::ProjectUnknown => {
                "have the project entered with the number that keys check prints"
            }
            Self::KeyDiffers => "compare the key check with the other agencies by telephone",
            Self::SchemaUnknown => "encode again with the version that the linkage unit runs",
            Self::NotPermitted { clause, .. } => clause.help(),
            Self::Io(_) => "try again; the operator finds the reason in the log of the service",
            Self::Store(error) => error.help(),
        }
    }
}
