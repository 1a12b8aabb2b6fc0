//! What each profile of a release demands and permits.
//!
//! Takes a name, gives rules. The rules are ours where the law leaves room, and say so; counsel confirms them.

use serde::{Deserialize, Serialize};

/// The standard under which a release leaves.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// 45 CFR 164.514(b)(2): the listed identifiers are gone.
    SafeHarbor,
    /// 45 CFR 164.514(b)(1): an expert has found the risk very small.
    Expert,
    /// 45 CFR 164.514(e): real dates, under a data use agreement. Never called de-identified.
    Limited,
}

/// How fine a date is; finer ones come first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Granularity {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A quarter of a year.
    Quarter,
    /// Half a year.
    HalfYear,
    /// A year.
    Year,
}

/// Days of the shortest period that counts as a year.
pub const YEAR_DAYS: u32 = 365;
/// The one age of everybody who is older than 89, as 164.514(b)(2)(i)(C) has it.
pub const AGE_TOP: i64 = 90;
/// Least k of a release that is called de-identified.
pub const K_MIN_DEIDENTIFIED: u32 = 5;

impl Profile {
    /// As policies write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SafeHarbor => "safe-harbor",
            Self::Expert => "expert",
            Self::Limited => "limited",
        }
    }

    /// What the release may be called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SafeHarbor => "de-identified under 45 CFR 164.514(b)(2)",
            Self::Expert => "de-identified under 45 CFR 164.514(b)(1), as the expert's report says",
            Self::Limited => "limited data set under 45 CFR 164.514(e); not de-identified",
        }
    }

    /// Whether the release may be called de-identified.
    pub const fn is_deidentified(self) -> bool {
        !matches!(self, Self::Limited)
    }

    /// The finest date of the calendar that may stand in a table.
    ///
    /// The second paragraph lists "all elements of dates (except year)".
    pub const fn calendar_min(self) -> Granularity {
        match self {
            Self::SafeHarbor => Granularity::Year,
            Self::Expert => Granularity::Quarter,
            Self::Limited => Granularity::Day,
        }
    }

    /// The shortest period, in days, to which days relative to a person's index event are cut.
    ///
    /// Safe harbour takes whole years only. The list names dates, not intervals; but intervals between
    /// events that police and courts publish give the dates back, and what is derived from a listed
    /// element is not taken out. Under the expert's paragraph relative days stand as they are.
    pub const fn relative_days_min(self) -> u32 {
        match self {
            Self::SafeHarbor => YEAR_DAYS,
            Self::Expert | Self::Limited => 1,
        }
    }

    /// Whether areas smaller than a state may stand in a table; (b)(2)(i)(B) names "precinct".
    pub const fn permits_areas(self) -> bool {
        !matches!(self, Self::SafeHarbor)
    }

    /// Whether ages over 89 are one category.
    pub const fn demands_age_top(self) -> bool {
        self.is_deidentified()
    }

    /// Whether the id of an expert's report is demanded.
    pub const fn demands_report(self) -> bool {
        matches!(self, Self::Expert)
    }

    /// Whether rare categories must be merged.
    pub const fn demands_rare_merged(self) -> bool {
        matches!(self, Self::Expert)
    }

    /// The least k that a policy may ask for. No paragraph gives a number; this one is ours.
    pub const fn k_min(self) -> u32 {
        if self.is_deidentified() { K_MIN_DEIDENTIFIED } else { 1 }
    }
}

/// How fine a date a text is, if it is one: ISO dates and months, `2018Q3`, `2018H2`, US and numeric days.
pub fn granularity(text: &str) -> Option<Granularity> {
    let bytes = text.trim().as_bytes();
    // A time may follow a day.
    let shape: Vec<u8> = bytes
        .iter()
        .take(11)
        .map(|byte| if byte.is_ascii_digit() { b'9' } else { *byte })
        .collect();
    let starts_year = |bytes: &[u8]| bytes.starts_with(b"19") || bytes.starts_with(b"20");
    let is_short = shape.len() <= 10 || matches!(shape[10], b' ' | b'T');
    match &shape[..shape.len().min(10)] {
        b"9999-99-99" | b"9999/99/99" if is_short => Some(Granularity::Day),
        b"99/99/9999" | b"99-99-9999" | b"99.99.9999" if is_short => Some(Granularity::Day),
        b"9/9/9999" | b"99/9/9999" | b"9/99/9999" => Some(Granularity::Day),
        _ if !starts_year(bytes) => None,
        b"99999999" if is_day_number(bytes) => Some(Granularity::Day),
        b"9999-99" | b"9999/99" | b"9999M99" => Some(Granularity::Month),
        b"9999Q9" | b"9999-Q9" | b"9999q9" => Some(Granularity::Quarter),
        b"9999H9" | b"9999-H9" => Some(Granularity::HalfYear),
        b"9999" => Some(Granularity::Year),
        _ => None,
    }
}

/// Whether eight digits have a month and a day where `YYYYMMDD` has them.
fn is_day_number(digits: &[u8]) -> bool {
    let two = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
    digits.len() == 8 && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_known_by_their_shape() {
        for (text, expected) in [
            ("2018-03-31", Some(Granularity::Day)),
            ("2018-03-31 10:00", Some(Granularity::Day)),
            ("2018-03-31T10:00:00Z", Some(Granularity::Day)),
            ("3/31/2018", Some(Granularity::Day)),
            ("20180331", Some(Granularity::Day)),
            ("20189931", None),
            ("2018-03", Some(Granularity::Month)),
            ("2018Q1", Some(Granularity::Quarter)),
            ("2018-H1", Some(Granularity::HalfYear)),
            ("2018", Some(Granularity::Year)),
            ("11350-01", None),
            ("2018-03-311", None),
            ("TENDERLOIN", None),
            ("", None),
        ] {
            assert_eq!(granularity(text), expected, "{text}");
        }
    }

    #[test]
    fn only_two_profiles_may_be_called_deidentified() {
        assert!(Profile::SafeHarbor.is_deidentified() && Profile::Expert.is_deidentified());
        assert!(!Profile::Limited.is_deidentified());
        assert!(Profile::Limited.label().ends_with("not de-identified"));
    }
}
