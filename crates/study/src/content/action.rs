//! What the prosecutor did with arrests.

use super::reader::Reader;
use super::{NO_DAY, NO_WORD, Number, RowCounts, Severity, Words};

/// What was done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ActionKind {
    /// New charges filed.
    Filed,
    /// Let go.
    Discharged,
    /// Motion to revoke probation or parole: not a new case.
    Mtr,
    /// Sent back to the police.
    FurtherInvestigation,
    /// Sent to another agency.
    Referred,
    /// Something else.
    Other,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Filed,
        Self::Discharged,
        Self::Mtr,
        Self::FurtherInvestigation,
        Self::Referred,
        Self::Other,
    ];

    /// As tables and definitions write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filed => "FILED",
            Self::Discharged => "DISCHARGED",
            Self::Mtr => "MTR",
            Self::FurtherInvestigation => "FURTHER_INV",
            Self::Referred => "REFERRED",
            Self::Other => "OTHER",
        }
    }

    fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Other)
    }
}

/// One action; rows that say the same are one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Action {
    /// Person.
    pub person: u32,
    /// Day.
    pub day: i32,
    /// Day of the arrest.
    pub arrest_day: i32,
    /// What was done.
    pub kind: ActionKind,
    /// Incident.
    pub incident: Number,
    /// Court number of the case, if one was filed.
    pub court: Number,
    /// Gravest charge as booked.
    pub severity: Severity,
    /// Agency of the arrest.
    pub agency: u32,
    /// Domestic violence.
    pub dv: Option<bool>,
}

pub(super) fn read(readers: &[&Reader<'_>], words: &Words, counts: &mut RowCounts) -> Vec<Action> {
    let mut actions = Vec::new();
    for reader in readers {
        for row in reader.rows() {
            counts.read += 1;
            let (day, action) = (reader.day("date", row), reader.word("action", row));
            if day == NO_DAY || action == NO_WORD {
                counts.incomplete += 1;
                continue;
            }
            let text = |word| words.text(word).unwrap_or_default();
            actions.push(Action {
                person: reader.persons[row],
                day,
                arrest_day: reader.day("arrest_date", row),
                kind: ActionKind::parse(text(action)),
                incident: reader.number("incident", row),
                court: reader.number("court", row),
                severity: Severity::parse(text(reader.word("severity", row))),
                agency: reader.word("agency", row),
                dv: reader.flag("dv", row),
            });
        }
    }
    actions.sort_unstable();
    actions.dedup();
    actions
}
