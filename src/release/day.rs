//! Quarters of the calendar.

/// Year and quarter of a day since 1970-01-01, as `2018Q3`.
pub(super) fn quarter_text(quarter: i32) -> String {
    format!("{:04}Q{}", quarter.div_euclid(4), quarter.rem_euclid(4) + 1)
}

/// `4 * year + quarter from 0` of a day since 1970-01-01, in the proleptic Gregorian calendar
/// (Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
pub(super) const fn quarter_of(day: i32) -> i32 {
    // Days since 0000-03-01, which makes the leap day the last of its year.
    let shifted = day + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = (march_month + 2) % 12;
    let year = era * 400 + year_of_era + (month < 2) as i32;
    4 * year + month / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_begin_and_end_where_the_calendar_says() {
        for (day, quarter) in [
            (0, "1970Q1"),
            (-1, "1969Q4"),
            (11_016, "2000Q1"), // 2000-02-29
            (17_621, "2018Q1"), // 2018-03-31
            (17_622, "2018Q2"),
            (17_713, "2018Q3"), // 2018-07-01
            (17_896, "2018Q4"), // 2018-12-31
            (17_897, "2019Q1"),
            (-25_567, "1900Q1"),
            (84_005, "2199Q4"),
        ] {
            assert_eq!(quarter_text(quarter_of(day)), quarter, "day {day}");
        }
    }
}
