//! What can be wrong with a log, by stable codes.

/// The first thing that is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Not a line of an export.
    #[error("line {line}: not a line of an audit export")]
    Unreadable {
        /// Line from 1.
        line: u64,
    },
    /// An entry is not what was hashed.
    #[error("line {line}: entry {seq} was edited")]
    Edited {
        /// Line from 1.
        line: u64,
        /// Number of the entry.
        seq: u64,
    },
    /// Entries are missing and do not stand elsewhere.
    #[error("line {line}: entries {first} to {last} were removed")]
    Removed {
        /// Line from 1.
        line: u64,
        /// First missing entry.
        first: u64,
        /// Last missing entry.
        last: u64,
    },
    /// An entry stands in the wrong place.
    #[error("line {line}: entry {seq} was moved; its place was before this line")]
    Reordered {
        /// Line from 1, at which the entry is missing.
        line: u64,
        /// Number of the entry.
        seq: u64,
    },
    /// An entry stands there that does not belong.
    #[error("line {line}: an entry was inserted with the number {seq}")]
    Inserted {
        /// Line from 1.
        line: u64,
        /// The number it bears.
        seq: u64,
    },
    /// The export ends too early.
    #[error("line {line}: the export was cut off after entry {seq}")]
    Truncated {
        /// Line from 1.
        line: u64,
        /// Last entry there is.
        seq: u64,
    },
    /// A checkpoint is not signed by this key.
    #[error("line {line}: the checkpoint after entry {seq} is not signed by this key")]
    Signature {
        /// Line from 1.
        line: u64,
        /// Number of the entry before it.
        seq: u64,
    },
    /// Entries and hashes go together, but are not those that were signed.
    #[error("line {line}: entries {first} to {last} are not those that were signed")]
    Rewritten {
        /// Line from 1.
        line: u64,
        /// First entry after the last good checkpoint.
        first: u64,
        /// Entry that was signed.
        last: u64,
    },
    /// The export begins after an anchor, which therefore says nothing of it.
    #[error(
        "the export begins at entry {first} and does not reach back to the anchored entry {seq}"
    )]
    NotCovered {
        /// First entry there is.
        first: u64,
        /// Number of the anchored entry.
        seq: u64,
    },
    /// The log is not the one an anchor was taken of.
    #[error("entry {seq} is not the one that was anchored")]
    Anchored {
        /// Number of the entry.
        seq: u64,
    },
}

impl Fault {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "audit-unreadable",
            Self::Edited { .. } => "audit-edited",
            Self::Removed { .. } => "audit-removed",
            Self::Reordered { .. } => "audit-reordered",
            Self::Inserted { .. } => "audit-inserted",
            Self::Truncated { .. } => "audit-truncated",
            Self::Signature { .. } => "audit-signature",
            Self::Rewritten { .. } => "audit-rewritten",
            Self::NotCovered { .. } => "audit-not-covered",
            Self::Anchored { .. } => "audit-anchored",
        }
    }

    /// Number of the entry it is about, the first if several are missing; `None` if only the line is known.
    #[must_use]
    pub const fn entry(&self) -> Option<u64> {
        match *self {
            Self::Unreadable { .. } => None,
            Self::Removed { first, .. } | Self::Rewritten { first, .. } => Some(first),
            Self::Edited { seq, .. }
            | Self::Reordered { seq, .. }
            | Self::Inserted { seq, .. }
            | Self::Truncated { seq, .. }
            | Self::Signature { seq, .. }
            | Self::NotCovered { seq, .. }
            | Self::Anchored { seq } => Some(seq),
        }
    }
}
