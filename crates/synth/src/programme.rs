//! The diversion programme and its true effect.
//!
//! The figures are parameters of the generator, chosen round and for no real programme; they say
//! nothing about any evaluation.

use crate::date::Day;

/// What a person is to the evaluation.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Arm {
    /// Client of the diversion programme.
    Lead,
    /// Eligible arrest in the window, not referred.
    Comparison,
    /// Everybody else.
    Other,
}

impl Arm {
    /// All arms.
    pub const ALL: [Self; 3] = [Self::Lead, Self::Comparison, Self::Other];

    /// As written in the truth tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Lead => "LEAD",
            Self::Comparison => "COMPARISON",
            Self::Other => "OTHER",
        }
    }
}

/// How a client came to the programme.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pathway {
    /// Referred instead of booked: an incident, no arrest.
    Prebook,
    /// Referred without an offence.
    Social,
}

impl Pathway {
    /// As written in the truth tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Prebook => "PREBOOK",
            Self::Social => "SOCIAL",
        }
    }
}

/// First day of the justice records.
pub const STUDY_START: Day = Day(16_801); // 2016-01-01
/// Last day of the justice records.
pub const STUDY_END: Day = Day(18_627); // 2020-12-31
/// First day on which a person can be referred or get the index arrest.
pub(crate) const INDEX_START: Day = Day(17_471); // 2017-11-01
/// Last such day; a year of follow-up remains.
pub(crate) const INDEX_END: Day = Day(18_077); // 2019-06-30
/// Days of the windows before and after the index day.
pub const WINDOW_DAYS: i32 = 365;

/// Shares of the population in permille.
pub(crate) const LEAD_PERMILLE: u32 = 80;
pub(crate) const COMPARISON_PERMILLE: u32 = 160;

/// True rate ratios, client to comparison person, after the index day; in permille.
///
/// Arrests for new offences only: warrant-only arrests are not affected. A case's ratio is that of
/// cases arising from arrests after the index day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Effect {
    /// Felony arrests.
    pub felony_arrest: u32,
    /// Misdemeanour arrests.
    pub misdemeanour_arrest: u32,
    /// Felony cases.
    pub felony_case: u32,
    /// Misdemeanour cases.
    pub misdemeanour_case: u32,
}

/// The effect built into every population.
pub const EFFECT: Effect = Effect {
    felony_arrest: 700,
    misdemeanour_arrest: 800,
    felony_case: 600,
    misdemeanour_case: 900,
};

/// Chance in permille that an arrest for a new offence becomes a case, without the programme.
pub(crate) const FILED_FELONY: u32 = 500;
/// The same for misdemeanours.
pub(crate) const FILED_MISDEMEANOUR: u32 = 480;

impl Effect {
    /// Chance in permille that an arrest leads to a case.
    pub(crate) fn filing(self, felony: bool, treated: bool) -> u32 {
        match (felony, treated) {
            (true, false) => FILED_FELONY,
            (false, false) => FILED_MISDEMEANOUR,
            (true, true) => FILED_FELONY * self.felony_case / self.felony_arrest,
            (false, true) => FILED_MISDEMEANOUR * self.misdemeanour_case / self.misdemeanour_arrest,
        }
    }

    /// Chance in permille that an arrest which would have happened still happens.
    pub(crate) fn kept(self, felony: bool) -> u32 {
        if felony { self.felony_arrest } else { self.misdemeanour_arrest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_the_days_their_comments_name() {
        assert_eq!(STUDY_START.iso(), "2016-01-01");
        assert_eq!(STUDY_END.iso(), "2020-12-31");
        assert_eq!(INDEX_START.iso(), "2017-11-01");
        assert_eq!(INDEX_END.iso(), "2019-06-30");
        assert!(INDEX_END.plus(WINDOW_DAYS) <= STUDY_END);
    }
}
