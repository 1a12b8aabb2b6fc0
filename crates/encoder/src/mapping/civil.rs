//! A day of the calendar.

use std::fmt;

use zeroize::Zeroize;

/// First year that a date can have; earlier ones in exports are placeholders.
pub const YEAR_MIN: u16 = 1900;
/// Last year that a date can have, whatever the caller's own limit.
pub const YEAR_MAX: u16 = 2199;

/// A day of the Gregorian calendar. `Debug` shows nothing: most dates here are birth dates.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Zeroize)]
pub struct CivilDate {
    year: u16,
    month: u8,
    day: u8,
}

impl CivilDate {
    /// The date, if there is such a day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=12).contains(&month) && day >= 1 && day <= month_days(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// Year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Eight ASCII digits, YYYYMMDD.
    pub fn to_digits(self) -> [u8; 8] {
        let digit = |value: u16| b'0' + u8::try_from(value % 10).expect("one digit");
        let (year, month, day) = (self.year, u16::from(self.month), u16::from(self.day));
        [
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            digit(month / 10),
            digit(month),
            digit(day / 10),
            digit(day),
        ]
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CivilDate").finish_non_exhaustive()
    }
}

pub(super) fn month_days(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_iso_date() {
        assert_eq!(&CivilDate::new(1976, 7, 4).unwrap().to_digits(), b"19760704");
    }

    #[test]
    fn days_that_never_were_are_refused() {
        assert!(CivilDate::new(2000, 2, 29).is_some());
        for (year, month, day) in
            [(1900, 2, 29), (1984, 0, 1), (1984, 13, 1), (1984, 4, 31), (1984, 4, 0)]
        {
            assert!(CivilDate::new(year, month, day).is_none());
        }
    }
}
