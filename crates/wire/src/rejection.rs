//! Why a submission is refused: one variant per way of being wrong, never a value.

use crate::types::{Profile, SourceLabel};

/// A submission, or a set of submissions, that the linkage unit does not accept.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The file is shorter than its directory says.
    #[error("the submission is cut short: {expected} bytes announced, {found} found")]
    Truncated {
        /// Bytes announced by the header and directory.
        expected: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The file goes on after its last section.
    #[error("the submission is longer than it says: {expected} bytes announced, {found} found")]
    Overlong {
        /// Bytes announced by the header and directory.
        expected: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The first bytes are not those of a submission.
    #[error("this is not a tallystick submission")]
    NotASubmission,
    /// Made by a newer program.
    #[error("the submission has format version {found}; this program reads up to {known}")]
    NewerVersion {
        /// Version in the file.
        found: u32,
        /// Newest version known here.
        known: u32,
    },
    /// Header or directory bytes do not match their checksum.
    #[error("the header's checksum does not match its bytes")]
    HeaderChecksum,
    /// A section's bytes do not match their checksum.
    #[error("section {section}: the checksum does not match its bytes")]
    SectionChecksum {
        /// Position in the directory, from 0.
        section: usize,
    },
    /// The header holds a number that this version does not know.
    #[error("header: unknown {what}")]
    HeaderUnknown {
        /// Which entry.
        what: &'static str,
    },
    /// A header entry that must be zero is not, or entries contradict each other.
    #[error("header: {what} is not as the format requires")]
    HeaderInvalid {
        /// Which entry.
        what: &'static str,
    },
    /// The directory does not describe the file.
    #[error("section {section}: {what} is not as the format requires")]
    SectionInvalid {
        /// Position in the directory, from 0.
        section: usize,
        /// Which rule is broken.
        what: &'static str,
    },
    /// The tokens of a pass are not in ascending order.
    #[error("pass {pass}, row {row}: tokens are not in ascending order")]
    TokensUnordered {
        /// Pass number.
        pass: u8,
        /// Row in the section, from 0.
        row: u64,
    },
    /// A filter has an impossible number of set bits.
    #[error("section {section}, row {row}: filter of {field} has an implausible number of bits")]
    PopcountImplausible {
        /// Position in the directory, from 0.
        section: usize,
        /// Row in the section, from 0.
        row: u64,
        /// Name of the field.
        field: &'static str,
    },
    /// A presence word contradicts the row's filters, its pass, or the record's other rows.
    #[error("section {section}, row {row}: the fields present are not those that were encoded")]
    PresenceMismatch {
        /// Position in the directory, from 0.
        section: usize,
        /// Row in the section, from 0.
        row: u64,
    },
    /// Bits are set that mean nothing.
    #[error("section {section}, row {row}: unused bits are set")]
    UnusedBits {
        /// Position in the directory, from 0.
        section: usize,
        /// Row in the section, from 0.
        row: u64,
    },
    /// A row number points outside the submission's records.
    #[error("section {section}, row {row}: record number out of range")]
    RecordOutOfRange {
        /// Position in the directory, from 0.
        section: usize,
        /// Row in the section, from 0.
        row: u64,
    },
    /// The submissions come from different projects.
    #[error("{second} belongs to another project or epoch than {first}")]
    ProjectDiffers {
        /// Source compared with.
        first: SourceLabel,
        /// Source that differs.
        second: SourceLabel,
    },
    /// The submissions were encoded with different keys.
    #[error("{second} was encoded with another key than {first}")]
    KeyDiffers {
        /// Source compared with.
        first: SourceLabel,
        /// Source that differs.
        second: SourceLabel,
    },
    /// The submissions were encoded for different profiles.
    #[error("{second} was encoded for profile {}, {first} for {}", .second_profile.as_str(), .first_profile.as_str())]
    ProfileDiffers {
        /// Source compared with.
        first: SourceLabel,
        /// Source that differs.
        second: SourceLabel,
        /// Profile of the first.
        first_profile: Profile,
        /// Profile of the second.
        second_profile: Profile,
    },
    /// The submissions were encoded by different schemas.
    #[error("{second} was encoded with another linkage schema than {first}")]
    SchemaDiffers {
        /// Source compared with.
        first: SourceLabel,
        /// Source that differs.
        second: SourceLabel,
    },
    /// Encoded by a schema that this program does not hold.
    #[error("{source_label} was encoded with a linkage schema that this program does not hold")]
    SchemaUnknown {
        /// The source.
        source_label: SourceLabel,
    },
    /// Two submissions carry the same source name.
    #[error("two submissions are both named {source_label}")]
    SourceRepeated {
        /// The name.
        source_label: SourceLabel,
    },
    /// Reading failed.
    #[error("reading failed")]
    Io(#[from] std::io::Error),
}

impl Rejection {
    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "submission-truncated",
            Self::Overlong { .. } => "submission-overlong",
            Self::NotASubmission => "submission-not-recognised",
            Self::NewerVersion { .. } => "submission-newer-version",
            Self::HeaderChecksum => "submission-header-checksum",
            Self::SectionChecksum { .. } => "submission-section-checksum",
            Self::HeaderUnknown { .. } => "submission-header-unknown",
            Self::HeaderInvalid { .. } => "submission-header-invalid",
            Self::SectionInvalid { .. } => "submission-section-invalid",
            Self::TokensUnordered { .. } => "submission-tokens-unordered",
            Self::PopcountImplausible { .. } => "submission-popcount-implausible",
            Self::PresenceMismatch { .. } => "submission-presence-mismatch",
            Self::UnusedBits { .. } => "submission-unused-bits",
            Self::RecordOutOfRange { .. } => "submission-record-out-of-range",
            Self::ProjectDiffers { .. } => "submissions-project-differs",
            Self::KeyDiffers { .. } => "submissions-key-differs",
            Self::ProfileDiffers { .. } => "submissions-profile-differs",
            Self::SchemaDiffers { .. } => "submissions-schema-differs",
            Self::SchemaUnknown { .. } => "submission-schema-unknown",
            Self::SourceRepeated { .. } => "submissions-source-repeated",
            Self::Io(_) => "submission-io",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Truncated { .. } | Self::Overlong { .. } | Self::HeaderChecksum => {
                "the file changed on its way; ask the agency to send it again and compare SHA-256"
            }
            Self::SectionChecksum { .. } => {
                "the file changed on its way; ask the agency to send it again and compare SHA-256"
            }
            Self::NotASubmission => {
                "pass files made by `tallystick-agency encode`, never an export itself"
            }
            Self::NewerVersion { .. } => "update this program, or re-encode with an older one",
            Self::HeaderUnknown { .. }
            | Self::HeaderInvalid { .. }
            | Self::SectionInvalid { .. }
            | Self::TokensUnordered { .. }
            | Self::PopcountImplausible { .. }
            | Self::PresenceMismatch { .. }
            | Self::UnusedBits { .. }
            | Self::RecordOutOfRange { .. } => {
                "the file was not made by a released `tallystick-agency`; ask the agency to encode again"
            }
            Self::ProjectDiffers { .. } => {
                "link submissions of one project and epoch; the project is part of the key file"
            }
            Self::KeyDiffers { .. } => {
                "all agencies of a project use the same encoding key; compare `tallystick-agency keys check`"
            }
            Self::ProfileDiffers { .. } => "agree on one profile and encode again with it",
            Self::SchemaDiffers { .. } | Self::SchemaUnknown { .. } => {
                "encode all sources with the same release of `tallystick-agency`"
            }
            Self::SourceRepeated { .. } => {
                "give each source a name of its own in its mapping, or pass each submission once"
            }
            Self::Io(_) => "check that the file can be read and the disk is whole",
        }
    }
}
