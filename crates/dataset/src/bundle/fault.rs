//! What can be wrong with a bundle.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Where: name of a member, or nothing if the archive itself is meant.
    pub member: Option<String>,
}

/// A kind of fault, with a code that stays.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FaultKind {
    /// Bytes of the archive that are no member's are not what they must be.
    Container,
    /// There is no manifest, it cannot be read, or it is of another format.
    Manifest,
    /// The signature is not the key's over this manifest.
    Signature,
    /// A member stands in another place than the manifest gives it.
    Order,
    /// A member of the manifest is not in the archive.
    MemberMissing,
    /// A member of the archive is not in the manifest.
    MemberExtra,
    /// A member's bytes are not those that were signed for.
    MemberChanged,
    /// `datapackage.json` cannot be read, or does not list the tables that are there.
    Datapackage,
    /// A table's rows or columns are not as `datapackage.json` and the manifest say.
    Table,
    /// `codebook.csv` does not list the columns that are there.
    Codebook,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Container,
        Self::Manifest,
        Self::Signature,
        Self::Order,
        Self::MemberMissing,
        Self::MemberExtra,
        Self::MemberChanged,
        Self::Datapackage,
        Self::Table,
        Self::Codebook,
    ];

    /// A code that stays.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Container => "bundle-container",
            Self::Manifest => "bundle-manifest",
            Self::Signature => "bundle-signature",
            Self::Order => "bundle-order",
            Self::MemberMissing => "bundle-member-missing",
            Self::MemberExtra => "bundle-member-extra",
            Self::MemberChanged => "bundle-member-changed",
            Self::Datapackage => "bundle-datapackage",
            Self::Table => "bundle-table",
            Self::Codebook => "bundle-codebook",
        }
    }

    /// In words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Container => "the archive is damaged or was packed again",
            Self::Manifest => "the manifest is missing, damaged or of another format",
            Self::Signature => "the signature is not of this key over this manifest",
            Self::Order => "stands in another place than it was written to",
            Self::MemberMissing => "is listed in the manifest and not there",
            Self::MemberExtra => "is there and not listed in the manifest",
            Self::MemberChanged => "is not what was signed for",
            Self::Datapackage => "does not describe the tables that are there",
            Self::Table => "does not have the rows and columns it should have",
            Self::Codebook => "does not describe the columns that are there",
        }
    }

    /// At a member.
    pub(crate) fn at(self, member: &str) -> Fault {
        Fault { kind: self, member: Some(member.to_owned()) }
    }

    /// At the archive itself.
    pub(crate) const fn of_archive(self) -> Fault {
        Fault { kind: self, member: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind.code())?;
        if let Some(member) = &self.member {
            write!(f, "{member}: ")?;
        }
        f.write_str(self.kind.sentence())
    }
}
