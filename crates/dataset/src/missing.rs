//! Why a cell is missing: kinds that evaluators keep apart.

/// Why a cell is missing, with the names that Stata's extended missing values give.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Missing {
    /// No reason of the others is known: `.`, in CSV an empty field.
    Unspecified = 0,
    /// `.a`: the source does not collect it.
    NotCollected = 1,
    /// `.b`: the source does not cover the days in question.
    NotInCoverage = 2,
    /// `.c`: taken out, so that nobody can be singled out by it.
    Suppressed = 3,
    /// `.d`: the person is linked to no record that has it.
    NotLinked = 4,
    /// `.e`: the person's consent does not allow it.
    ConsentWithheld = 5,
}

impl Missing {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::NotCollected,
        Self::NotInCoverage,
        Self::Suppressed,
        Self::NotLinked,
        Self::ConsentWithheld,
    ];

    /// As it stands in CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::NotCollected => ".a",
            Self::NotInCoverage => ".b",
            Self::Suppressed => ".c",
            Self::NotLinked => ".d",
            Self::ConsentWithheld => ".e",
        }
    }

    /// In words, for codebooks.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unspecified => "missing",
            Self::NotCollected => "not collected",
            Self::NotInCoverage => "not in coverage",
            Self::Suppressed => "suppressed",
            Self::NotLinked => "not linked",
            Self::ConsentWithheld => "consent withheld",
        }
    }

    /// The kind with this number.
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Unspecified),
            1 => Some(Self::NotCollected),
            2 => Some(Self::NotInCoverage),
            3 => Some(Self::Suppressed),
            4 => Some(Self::NotLinked),
            5 => Some(Self::ConsentWithheld),
            _ => None,
        }
    }
}
