//! What an agreement can say that a program can decide by.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use tallystick_wire::ColumnLabel;

use super::AgreementError;
use crate::clock::Timestamp;

/// Persons of the smallest cell that may be shown: 1 and above.
const CELL_MAX: u32 = 1_000_000;
/// Characters of a protocol's number.
const PROTOCOL_MAX: usize = 32;

/// A day in UTC, by days since 1970-01-01. Written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(i64);

impl Day {
    /// The last day that is taken, 2199-12-31.
    pub const LAST: Self = Self(84_005);

    /// Reads `YYYY-MM-DD`, 1970 to 2199.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_written_out = text.len() == 10;
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_written_out)?;
        Self::of_days(date.signed_duration_since(NaiveDate::default()).num_days())
    }

    /// The day with this number, 1970 to 2199.
    #[must_use]
    pub const fn of_days(days: i64) -> Option<Self> {
        if 0 <= days && days <= Self::LAST.0 { Some(Self(days)) } else { None }
    }

    /// The day of an instant; the first or last day for what lies outside.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.days().clamp(0, Self::LAST.0))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i64 {
        self.0
    }

    /// The same, for the log.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = DateTime::from_timestamp(self.0 * 86_400, 0).unwrap_or_default();
        write!(f, "{}", date.format("%Y-%m-%d"))
    }
}

/// First and last day, both included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interval {
    from: Day,
    until: Day,
}

impl Interval {
    /// From a day to the same or a later one.
    ///
    /// # Errors
    /// [`AgreementError::Interval`].
    pub fn new(from: Day, until: Day) -> Result<Self, AgreementError> {
        if from <= until { Ok(Self { from, until }) } else { Err(AgreementError::Interval) }
    }

    /// The first day.
    #[must_use]
    pub const fn from(self) -> Day {
        self.from
    }

    /// The last day.
    #[must_use]
    pub const fn until(self) -> Day {
        self.until
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident { $($(#[$each:meta])* $name:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum $type { $($(#[$each])* $name,)* }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The one with this code.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    )*};
}

codes! {
    /// What data may be used for.
    Purpose {
        /// Evaluation of a programme.
        Evaluation = "evaluation",
        /// Research.
        Research = "research",
        /// Audit of a programme (42 CFR 2.53).
        Audit = "audit",
        /// Quality of the records themselves.
        Quality = "quality",
    }

    /// By what a provider's rows may be disclosed (42 CFR Part 2).
    Basis {
        /// Written consent (2.31): only who consented, and has not taken it back.
        Consent = "consent",
        /// Research (2.52): all but who is named as excluded.
        Research = "research",
        /// Audit or evaluation (2.53): all but who is named as excluded.
        Audit = "audit",
    }

    /// What a review board decided.
    Decision {
        /// The protocol was approved.
        Approved = "approved",
        /// It is exempt from review.
        Exempt = "exempt",
        /// Consent was waived.
        Waived = "waived",
    }

    /// Why an agreement ended before its time.
    EndReason {
        /// A partner withdrew.
        Withdrawn = "withdrawn",
        /// Another took its place.
        Replaced = "replaced",
        /// It was broken.
        Breached = "breached",
        /// A review board suspended or closed the protocol.
        Suspended = "suspended",
        /// The project ended.
        Completed = "completed",
        /// It was recorded wrongly.
        Mistaken = "mistaken",
    }
}

/// Which content columns a source may send.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// All that it maps.
    All,
    /// These; none if there are none.
    Only(BTreeSet<String>),
}

impl Content {
    /// What stands for all columns.
    pub const ALL: &str = "*";

    /// `*` alone, or names of columns.
    ///
    /// # Errors
    /// [`AgreementError::Malformed`].
    pub fn new(names: &[String]) -> Result<Self, AgreementError> {
        if matches!(names, [one] if one == Self::ALL) {
            return Ok(Self::All);
        }
        let is_named = names.iter().all(|name| ColumnLabel::parse(name).is_some());
        if !is_named {
            return Err(AgreementError::Malformed { what: "content" });
        }
        Ok(Self::Only(names.iter().cloned().collect()))
    }

    /// As [`Content::new`] takes it.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::All => vec![Self::ALL.to_owned()],
            Self::Only(names) => names.iter().cloned().collect(),
        }
    }

    /// Whether no column may be sent.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    /// Whether this column may be sent.
    #[must_use]
    pub fn holds(&self, column: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(column),
        }
    }

    /// What either permits.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(mut names), Self::Only(more)) => {
                names.extend(more.iter().cloned());
                Self::Only(names)
            }
            _ => Self::All,
        }
    }

    /// What both permit.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, other) => other.clone(),
            (one, Self::All) => one,
            (Self::Only(mut names), Self::Only(others)) => {
                names.retain(|name| others.contains(name));
                Self::Only(names)
            }
        }
    }
}

/// Persons of the smallest cell that may be shown.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MinimumCell(u32);

impl MinimumCell {
    /// From 1 on.
    ///
    /// # Errors
    /// [`AgreementError::Malformed`].
    pub const fn new(persons: u32) -> Result<Self, AgreementError> {
        if persons == 0 || persons > CELL_MAX {
            return Err(AgreementError::Malformed { what: "minimum_cell" });
        }
        Ok(Self(persons))
    }

    /// How many persons.
    #[must_use]
    pub const fn persons(self) -> u32 {
        self.0
    }
}

/// A protocol's number with its board: a short code, never a title or a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Protocol(String);

impl Protocol {
    /// 1 to 32 of A-Z, a-z, 0-9, dot, slash and hyphen.
    ///
    /// # Errors
    /// [`AgreementError::Malformed`].
    pub fn new(text: &str) -> Result<Self, AgreementError> {
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-');
        if (1..=PROTOCOL_MAX).contains(&text.len()) && text.bytes().all(is_code) {
            return Ok(Self(text.to_owned()));
        }
        Err(AgreementError::Malformed { what: "protocol" })
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
