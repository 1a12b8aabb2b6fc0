//! Takes values that a file gives types to, gives their text, the same whatever the format.
//!
//! A date is `2018-07-04`, with ` 13:45:00` behind it unless it is midnight; a time alone `13:45:00`. A
//! whole number has no fraction, so `12.0` is `12`. Truth is `TRUE` or `FALSE`.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Timelike as _};
use std::fmt::Write as _;
use zeroize::Zeroize as _;

/// Largest whole number that a float holds without doubt.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Writes one cell after the other.
#[derive(Default)]
pub(super) struct CellText {
    text: String,
}

impl CellText {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    pub(super) fn clear(&mut self) {
        self.text.as_mut_str().zeroize();
        self.text.clear();
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.text.capacity() - self.text.len() < text.len() {
            // A String that grows by itself leaves its old memory as it was.
            let room = (self.text.len() + text.len()).next_power_of_two();
            let mut larger = String::with_capacity(room);
            larger.push_str(&self.text);
            self.text.as_mut_str().zeroize();
            self.text = larger;
        }
        self.text.push_str(text);
    }

    /// Numbers are short, so what is formatted aside is small; it is overwritten too.
    pub(super) fn show(&mut self, value: impl std::fmt::Display) {
        let mut shown = String::with_capacity(400);
        let _ = write!(shown, "{value}");
        self.text(&shown);
        shown.as_mut_str().zeroize();
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.text(if value { "TRUE" } else { "FALSE" });
    }

    pub(super) fn float(&mut self, value: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        if value.fract() == 0.0 && value.abs() < WHOLE_MAX {
            self.show(value as i64);
        } else {
            self.show(value);
        }
    }

    /// A number of hundredths, thousandths and so on, without zeros at its end.
    pub(super) fn decimal(&mut self, unscaled: i128, scale: u32) {
        let (mut unscaled, mut scale) = (unscaled, scale);
        while scale > 0 && unscaled % 10 == 0 {
            unscaled /= 10;
            scale -= 1;
        }
        let sign = if unscaled < 0 { "-" } else { "" };
        let digits = unscaled.unsigned_abs().to_string();
        let places = usize::try_from(scale).unwrap_or(usize::MAX);
        if places == 0 {
            self.show(format_args!("{sign}{digits}"));
        } else if digits.len() > places {
            let (whole, part) = digits.split_at(digits.len() - places);
            self.show(format_args!("{sign}{whole}.{part}"));
        } else {
            self.show(format_args!("{sign}0.{digits:0>places$}"));
        }
    }

    pub(super) fn date(&mut self, date: NaiveDate) {
        self.show(date.format("%Y-%m-%d"));
    }

    /// To the nearest second: spreadsheets hold times as fractions of a day.
    pub(super) fn moment(&mut self, moment: NaiveDateTime) {
        let half = Duration::milliseconds(500);
        let moment = moment.checked_add_signed(half).unwrap_or(moment);
        if moment.num_seconds_from_midnight() == 0 {
            self.date(moment.date());
        } else {
            self.show(moment.format("%Y-%m-%d %H:%M:%S"));
        }
    }

    /// Seconds since 1970, by the clock of the file; false if that is no date.
    pub(super) fn epoch(&mut self, seconds: i64, nanos: u32) -> bool {
        let moment = DateTime::from_timestamp(seconds, nanos);
        moment.map(|moment| self.moment(moment.naive_utc())).is_some()
    }

    pub(super) fn time_of_day(&mut self, seconds: i64) {
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        self.show(format_args!("{hours:02}:{minutes:02}:{:02}", seconds % 60));
    }

    /// `2018-07-04T13:45:00`, as ODS writes it; false if it begins with no date.
    pub(super) fn iso(&mut self, text: &str) -> bool {
        let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
        let Ok(date) = NaiveDate::parse_from_str(date, "%Y-%m-%d") else {
            self.text(text);
            return false;
        };
        let time = time.trim_end_matches('Z');
        let form = if time.len() == "13:45".len() { "%H:%M" } else { "%H:%M:%S%.f" };
        match chrono::NaiveTime::parse_from_str(time, form) {
            Ok(time) => self.moment(date.and_time(time)),
            Err(_) => self.date(date),
        }
        true
    }
}

impl Drop for CellText {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(write: impl FnOnce(&mut CellText)) -> String {
        let mut text = CellText::default();
        write(&mut text);
        String::from_utf8(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn numbers_have_no_needless_fraction() {
        assert_eq!(of(|t| t.float(12.0)), "12");
        assert_eq!(of(|t| t.float(-0.5)), "-0.5");
        assert_eq!(of(|t| t.float(1e20)), "100000000000000000000");
        assert_eq!(of(|t| t.decimal(1200, 2)), "12");
        assert_eq!(of(|t| t.decimal(-5, 2)), "-0.05");
        assert_eq!(of(|t| t.decimal(12345, 2)), "123.45");
    }

    #[test]
    fn a_date_has_its_time_unless_it_is_midnight() {
        let day = NaiveDate::from_ymd_opt(2018, 7, 4).unwrap();
        assert_eq!(of(|t| t.moment(day.and_hms_opt(0, 0, 0).unwrap())), "2018-07-04");
        assert_eq!(of(|t| t.moment(day.and_hms_opt(13, 45, 0).unwrap())), "2018-07-04 13:45:00");
        let almost = day.and_hms_milli_opt(23, 59, 59, 999).unwrap();
        assert_eq!(of(|t| t.moment(almost)), "2018-07-05");
        assert!(!CellText::default().epoch(i64::MAX, 0));
        assert_eq!(of(|t| assert!(t.iso("2018-07-04T00:00:00"))), "2018-07-04");
        assert_eq!(of(|t| assert!(t.iso("2018-07-04T09:05:00Z"))), "2018-07-04 09:05:00");
        assert_eq!(of(|t| assert!(!t.iso("spring"))), "spring");
        assert_eq!(of(|t| t.time_of_day(49_500)), "13:45:00");
    }
}
