//! A calendar day of a definition.

use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

/// Days since 1970-01-01; written `2017-11-01`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(pub i32);

impl Day {
    /// The day that `YYYY-MM-DD` names.
    pub fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let days = date.and_time(NaiveTime::MIN).and_utc().timestamp().div_euclid(86_400);
        i32::try_from(days).ok().map(Self)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = NaiveDate::from_epoch_days(self.0).expect("parsed from a date");
        write!(f, "{date}")
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a day like 2017-11-01"))
    }
}

/// The calendar quarter of a day: year times four, plus 0 to 3.
pub(crate) fn quarter(day: i32) -> i32 {
    use chrono::Datelike as _;
    let date = NaiveDate::from_epoch_days(day).expect("days were checked when they were read");
    let quarter = i32::try_from(date.month0() / 3).expect("0 to 3");
    date.year() * 4 + quarter
}

/// A quarter as it is written: `2018Q3`.
pub(crate) fn quarter_text(quarter: i32) -> String {
    format!("{:04}Q{}", quarter.div_euclid(4), quarter.rem_euclid(4) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970() {
        assert_eq!(Day::parse("1970-01-01"), Some(Day(0)));
        assert_eq!(Day::parse("2017-11-01"), Some(Day(17_471)));
        assert_eq!(Day::parse("2017-02-30"), None);
        assert_eq!(quarter_text(quarter(17_471)), "2017Q4");
        assert_eq!(quarter_text(quarter(17_471 + 61)), "2018Q1");
    }
}
