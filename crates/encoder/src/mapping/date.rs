//! Takes the text of a date cell, gives a calendar date, refuses what no format of the mapping reads.

use super::civil::{CivilDate, YEAR_MAX, YEAR_MIN, is_leap, month_days};

/// The formats a column of dates may have, tried in order; the first that reads the cell wins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DateFormats {
    formats: Vec<DateFormat>,
    pivot_year: Option<u16>,
}

/// Why a list of formats was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DateFormatRefusal {
    Rule(&'static str),
    PivotYearMissing,
}

impl DateFormats {
    /// Most formats of one column.
    pub const FORMATS_MAX: usize = 8;

    /// ISO 8601 calendar dates, with and without hyphens.
    pub fn iso() -> Self {
        Self::new(&["%Y-%m-%d", "%Y%m%d"], None).expect("both formats are well formed")
    }

    pub(crate) fn new<S: AsRef<str>>(
        formats: &[S],
        pivot_year: Option<u16>,
    ) -> Result<Self, DateFormatRefusal> {
        if formats.is_empty() || formats.len() > Self::FORMATS_MAX {
            return Err(DateFormatRefusal::Rule("takes 1 to 8 formats"));
        }
        if pivot_year.is_some_and(|year| !(YEAR_MIN + 50..=YEAR_MAX).contains(&year)) {
            return Err(DateFormatRefusal::Rule("pivot_year lies between 1950 and 2199"));
        }
        let formats = formats
            .iter()
            .map(|format| DateFormat::parse(format.as_ref()).map_err(DateFormatRefusal::Rule))
            .collect::<Result<Vec<_>, _>>()?;
        if pivot_year.is_none() && formats.iter().any(DateFormat::has_short_year) {
            return Err(DateFormatRefusal::PivotYearMissing);
        }
        Ok(Self { formats, pivot_year })
    }

    /// The date that `text` means, without spaces around it.
    pub fn parse(&self, text: &str) -> Option<CivilDate> {
        let text = text.trim();
        self.formats.iter().find_map(|format| format.read(text, self.pivot_year))
    }
}

/// The date of a cell that its file says is one: `2018-07-04`, with or without a time behind it.
pub fn typed_date(text: &str) -> Option<CivilDate> {
    let (date, rest) = text.trim().split_at_checked("2018-07-04".len())?;
    if !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let mut parts = date.split('-');
    let mut next = || parts.next()?.parse::<u16>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    CivilDate::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

/// One format.
#[derive(Clone, Debug, Eq, PartialEq)]
enum DateFormat {
    /// Days since 1899-12-30 as spreadsheets count them, with an optional fraction.
    ExcelSerial,
    /// Items that must eat the whole text.
    Pattern(Vec<Item>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Item {
    Literal(u8),
    Space,
    YearLong,
    YearShort,
    /// Two digits when a number stands beside it, else one or two.
    Month {
        fixed: bool,
    },
    MonthName,
    Day {
        fixed: bool,
    },
    /// A part of a time of day, read and dropped: at most this value.
    Time {
        max: u16,
        fixed: bool,
    },
    Fraction,
    HalfDay,
}

impl Item {
    fn is_number(self) -> bool {
        !matches!(self, Self::Literal(_) | Self::Space | Self::MonthName | Self::HalfDay)
    }
}

impl DateFormat {
    fn parse(format: &str) -> Result<Self, &'static str> {
        if format == "excel" {
            return Ok(Self::ExcelSerial);
        }
        if format.len() > 64 || !format.is_ascii() {
            return Err("a format is at most 64 ASCII characters");
        }
        let mut items = Vec::new();
        let mut bytes = format.bytes();
        while let Some(byte) = bytes.next() {
            items.push(match byte {
                b'%' => Self::specifier(bytes.next())?,
                b' ' => Item::Space,
                other => Item::Literal(other),
            });
        }
        let count = |is: fn(&Item) -> bool| items.iter().filter(|item| is(item)).count();
        let years = count(|item| matches!(item, Item::YearLong | Item::YearShort));
        let months = count(|item| matches!(item, Item::Month { .. } | Item::MonthName));
        let days = count(|item| matches!(item, Item::Day { .. }));
        if (years, months, days) != (1, 1, 1) {
            return Err("a format has year, month and day once each");
        }
        Self::fix_widths(&mut items);
        Ok(Self::Pattern(items))
    }

    fn specifier(letter: Option<u8>) -> Result<Item, &'static str> {
        Ok(match letter {
            Some(b'Y') => Item::YearLong,
            Some(b'y') => Item::YearShort,
            Some(b'm') => Item::Month { fixed: false },
            Some(b'b' | b'B') => Item::MonthName,
            Some(b'd') => Item::Day { fixed: false },
            Some(b'H') => Item::Time { max: 23, fixed: false },
            Some(b'I') => Item::Time { max: 12, fixed: false },
            Some(b'M') => Item::Time { max: 59, fixed: false },
            Some(b'S') => Item::Time { max: 60, fixed: false },
            Some(b'f') => Item::Fraction,
            Some(b'p') => Item::HalfDay,
            Some(b'%') => Item::Literal(b'%'),
            _ => return Err("a format knows %Y %y %m %b %B %d %H %I %M %S %f %p %%"),
        })
    }

    /// "%Y%m%d" cannot guess where a number ends, so neighbours have their full width.
    fn fix_widths(items: &mut [Item]) {
        for index in 0..items.len() {
            let beside = |at: Option<usize>| {
                at.and_then(|at| items.get(at)).is_some_and(|item| item.is_number())
            };
            let neighbour = beside(index.checked_sub(1)) || beside(Some(index + 1));
            match &mut items[index] {
                Item::Month { fixed } | Item::Day { fixed } | Item::Time { fixed, .. } => {
                    *fixed = neighbour;
                }
                _ => {}
            }
        }
    }

    fn has_short_year(&self) -> bool {
        matches!(self, Self::Pattern(items) if items.contains(&Item::YearShort))
    }

    fn read(&self, text: &str, pivot_year: Option<u16>) -> Option<CivilDate> {
        match self {
            Self::ExcelSerial => read_excel(text),
            Self::Pattern(items) => read_pattern(items, text.as_bytes(), pivot_year),
        }
    }
}

fn read_pattern(items: &[Item], text: &[u8], pivot_year: Option<u16>) -> Option<CivilDate> {
    let mut rest = text;
    let (mut year, mut month, mut day) = (0, 0, 0);
    for item in items {
        match *item {
            Item::Literal(byte) => {
                let (&first, tail) = rest.split_first()?;
                if !first.eq_ignore_ascii_case(&byte) {
                    return None;
                }
                rest = tail;
            }
            Item::Space => {
                let spaces = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                if spaces == 0 {
                    return None;
                }
                rest = &rest[spaces..];
            }
            Item::YearLong => year = number(&mut rest, 4, 4)?,
            Item::YearShort => {
                let pivot = pivot_year.expect("DateFormats::new refuses %y without a pivot year");
                let candidate = pivot - pivot % 100 + number(&mut rest, 2, 2)?;
                year = if candidate > pivot { candidate - 100 } else { candidate };
            }
            Item::Month { fixed } => month = number(&mut rest, if fixed { 2 } else { 1 }, 2)?,
            Item::MonthName => month = month_name(&mut rest)?,
            Item::Day { fixed } => day = number(&mut rest, if fixed { 2 } else { 1 }, 2)?,
            Item::Time { max, fixed } => {
                if number(&mut rest, if fixed { 2 } else { 1 }, 2)? > max {
                    return None;
                }
            }
            Item::Fraction => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if !(1..=9).contains(&digits) {
                    return None;
                }
                rest = &rest[digits..];
            }
            Item::HalfDay => {
                let half = rest.get(..2)?;
                if !half.eq_ignore_ascii_case(b"AM") && !half.eq_ignore_ascii_case(b"PM") {
                    return None;
                }
                rest = &rest[2..];
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    CivilDate::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

/// Eats `digits_min` to `digits_max` digits, at most four.
fn number(rest: &mut &[u8], digits_min: usize, digits_max: usize) -> Option<u16> {
    let digits = rest.iter().take(digits_max).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < digits_min {
        return None;
    }
    let value = rest[..digits].iter().fold(0, |sum: u16, byte| sum * 10 + u16::from(byte - b'0'));
    *rest = &rest[digits..];
    Some(value)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Eats an English month, whole, by three letters, or "Sept".
fn month_name(rest: &mut &[u8]) -> Option<u16> {
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &rest[..letters];
    let index = MONTHS.iter().position(|month| {
        let month = month.as_bytes();
        word.eq_ignore_ascii_case(month)
            || word.eq_ignore_ascii_case(&month[..3])
            || (month.starts_with(b"Sept") && word.eq_ignore_ascii_case(b"Sept"))
    })?;
    *rest = &rest[letters..];
    u16::try_from(index + 1).ok()
}

/// Reads a spreadsheet's day number (1900 date system).
///
/// Day 1 is 1900-01-01; day 60 is the 29 February 1900 that never was (kept by Excel for the sake of
/// Lotus 1-2-3), so later days are one less from there on.
fn read_excel(text: &str) -> Option<CivilDate> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 6 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let serial: u32 = whole.parse().ok()?;
    let mut days = match serial {
        0 | 60 => return None,
        1..60 => serial - 1,
        _ => serial - 2,
    };
    let mut year = YEAR_MIN;
    loop {
        let year_days = if is_leap(year) { 366 } else { 365 };
        if days < year_days {
            break;
        }
        days -= year_days;
        year += 1;
        if year > YEAR_MAX {
            return None;
        }
    }
    let mut month = 1;
    while days >= u32::from(month_days(year, month)) {
        days -= u32::from(month_days(year, month));
        month += 1;
    }
    CivilDate::new(year, month, u8::try_from(days + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &str, text: &str) -> Option<(u16, u8, u8)> {
        let formats = DateFormats::new(&[format], Some(2026)).unwrap();
        formats.parse(text).map(|date| (date.year(), date.month(), date.day()))
    }

    #[test]
    fn formats_read_the_dates_of_exports() {
        assert_eq!(read("%m/%d/%Y", "7/4/1976"), Some((1976, 7, 4)));
        assert_eq!(read("%m/%d/%Y", "07/04/1976"), Some((1976, 7, 4)));
        assert_eq!(read("%Y%m%d", "19760704"), Some((1976, 7, 4)));
        assert_eq!(read("%d-%b-%Y", "04-jul-1976"), Some((1976, 7, 4)));
        assert_eq!(read("%B %d, %Y", "September  4, 1976"), Some((1976, 9, 4)));
        assert_eq!(read("%Y-%m-%dT%H:%M:%S.%f", "1976-07-04T00:00:00.000"), Some((1976, 7, 4)));
        assert_eq!(read("%m/%d/%Y %I:%M:%S %p", "07/04/1976 12:00:00 AM"), Some((1976, 7, 4)));
        assert_eq!(read("%m/%d/%y", "07/04/76"), Some((1976, 7, 4)));
        assert_eq!(read("%m/%d/%y", "07/04/26"), Some((2026, 7, 4)));
        assert_eq!(read("%m/%d/%y", "07/04/27"), Some((1927, 7, 4)));
        assert_eq!(read("%Y-%m-%d", "2000-02-29"), Some((2000, 2, 29)));
    }

    #[test]
    fn what_no_format_reads_is_refused() {
        for (format, text) in [
            ("%m/%d/%Y", "13/04/1976"),
            ("%m/%d/%Y", "02/29/1900"),
            ("%m/%d/%Y", "07/04/76"),
            ("%m/%d/%Y", "07/04/1976 "),
            ("%m/%d/%Y", "07/04/19761"),
            ("%Y%m%d", "1976704"),
            ("%Y-%m-%d %H:%M", "1976-07-04 24:00"),
            ("%d %b %Y", "4 Juli 1976"),
            ("excel", "60"),
            ("excel", "0"),
            ("excel", "-5"),
            ("excel", "1e5"),
            ("excel", "999999"),
            ("%Y-%m-%d", "197٠-07-04"),
        ] {
            let trimmed = text.trim_end();
            if trimmed == text {
                assert_eq!(read(format, text), None, "{format}");
            } else {
                assert_eq!(read(format, text), read(format, trimmed));
            }
        }
    }

    #[test]
    fn spreadsheet_days_agree_with_known_dates() {
        assert_eq!(read("excel", "1"), Some((1900, 1, 1)));
        assert_eq!(read("excel", "59"), Some((1900, 2, 28)));
        assert_eq!(read("excel", "61"), Some((1900, 3, 1)));
        assert_eq!(read("excel", "25569"), Some((1970, 1, 1)));
        assert_eq!(read("excel", "36585.75"), Some((2000, 2, 29)));
        assert_eq!(read("excel", "45658.0"), Some((2025, 1, 1)));
    }

    #[test]
    fn formats_without_a_full_date_are_refused() {
        for format in ["%Y-%m", "%Y-%m-%d-%Y", "%q", "%", "%Y-%m-%d é"] {
            assert!(matches!(DateFormats::new(&[format], None), Err(DateFormatRefusal::Rule(_))));
        }
        assert_eq!(DateFormats::new(&["%m/%d/%y"], None), Err(DateFormatRefusal::PivotYearMissing));
    }
}
