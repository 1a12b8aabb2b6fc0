//! Calendar days as numbers, and the ways agencies write them.
//!
//! Civil-day arithmetic after Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).

/// Months as `%b` writes them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days from 1899-12-30 (spreadsheet day 0) to 1970-01-01.
const EXCEL_OFFSET: i32 = 25_569;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day(pub i32);

/// How an export writes a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DateFormat {
    /// `%Y-%m-%d`
    Iso,
    /// `%m/%d/%Y`
    Us,
    /// `%m/%d/%Y` without leading zeros, as spreadsheets write it
    UsShort,
    /// `%d-%b-%Y`
    DayMonthName,
    /// `%Y%m%d`
    Compact,
    /// Spreadsheet serial day
    Excel,
}

impl Day {
    /// The day of a date of the proleptic Gregorian calendar; month 1 to 12, day 1 to 31.
    pub fn new(year: i32, month: u32, day: u32) -> Self {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let shifted = (month.cast_signed() + 9) % 12;
        let doy = (153 * shifted + 2) / 5 + day.cast_signed() - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Self(era * 146_097 + doe - 719_468)
    }

    /// Year, month (1 to 12), day (1 to 31).
    pub fn civil(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1).unsigned_abs();
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i32::from(month <= 2);
        (year, month.unsigned_abs(), day)
    }

    /// The day after so many days.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// `YYYY-MM-DD`.
    pub fn iso(self) -> String {
        self.format(DateFormat::Iso)
    }

    /// The date as an export writes it.
    pub(crate) fn format(self, format: DateFormat) -> String {
        let (y, m, d) = self.civil();
        match format {
            DateFormat::Iso => format!("{y:04}-{m:02}-{d:02}"),
            DateFormat::Us => format!("{m:02}/{d:02}/{y:04}"),
            DateFormat::UsShort => format!("{m}/{d}/{y:04}"),
            DateFormat::DayMonthName => format!("{d:02}-{}-{y:04}", MONTHS[m as usize - 1]),
            DateFormat::Compact => format!("{y:04}{m:02}{d:02}"),
            DateFormat::Excel => (self.0 + EXCEL_OFFSET).to_string(),
        }
    }
}

/// Days in a month.
pub(crate) fn month_days(year: i32, month: u32) -> u32 {
    let next = if month == 12 { Day::new(year + 1, 1, 1) } else { Day::new(year, month + 1, 1) };
    (next.0 - Day::new(year, month, 1).0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_over_two_centuries() {
        for number in -40_000..40_000 {
            let (y, m, d) = Day(number).civil();
            assert_eq!(Day::new(y, m, d), Day(number));
        }
        assert_eq!(Day::new(1970, 1, 1), Day(0));
        assert_eq!(Day::new(2000, 2, 29).iso(), "2000-02-29");
    }

    #[test]
    fn formats_are_as_spreadsheets_and_agencies_write_them() {
        let day = Day::new(2019, 3, 7);
        assert_eq!(day.format(DateFormat::Us), "03/07/2019");
        assert_eq!(day.format(DateFormat::UsShort), "3/7/2019");
        assert_eq!(day.format(DateFormat::DayMonthName), "07-Mar-2019");
        assert_eq!(day.format(DateFormat::Compact), "20190307");
        assert_eq!(day.format(DateFormat::Excel), "43531");
        assert_eq!(month_days(2020, 2), 29);
    }
}
