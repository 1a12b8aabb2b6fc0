//! Values as people read them: moments, numbers, ids.

use crate::clock::Timestamp;

/// A moment for a `<time>` element: `26 Nov 2026, 08:14` with the zone beside it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Moment {
    /// RFC 3339.
    pub(super) iso: String,
    /// For people; always UTC.
    pub(super) text: String,
    /// The day alone.
    pub(super) day: String,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        let time = chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default();
        Self {
            iso: at.to_string(),
            text: time.format("%-d %b %Y, %H:%M UTC").to_string(),
            day: time.format("%-d %b %Y").to_string(),
        }
    }
}

/// `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `1.4 MB`, in powers of a thousand.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if number < 1_000 {
        return counted(number, "byte", "bytes");
    }
    let mut tenths = number / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit < UNITS.len() - 1 {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", grouped(tenths / 10), tenths % 10, UNITS[unit])
}

/// The first digits of an id, with its kind, where the whole is in a title or a link: `run_1f0c2a`.
pub(super) fn short(id: &str) -> &str {
    let digits = id.find('_').map_or(6, |at| at + 7);
    id.get(..digits).unwrap_or(id)
}

/// Text as the value of a query parameter (RFC 3986, section 2.1).
pub(super) fn query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_well() {
        let moment = Moment::from(Timestamp(1_530_707_400_250));
        assert_eq!(moment.text, "4 Jul 2018, 12:30 UTC");
        assert_eq!(moment.day, "4 Jul 2018");
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(
            [999, 1_000, 1_449, 999_999, 1_000_000, 5_200_000_000].map(bytes),
            ["999 bytes", "1.0 kB", "1.4 kB", "999.9 kB", "1.0 MB", "5.2 GB"]
        );
        assert_eq!(short("run_1f0c2a99"), "run_1f0c2a");
        assert_eq!(short("x"), "x");
        assert_eq!(query("/a?b=c d\u{e9}"), "%2Fa%3Fb%3Dc%20d%C3%A9");
    }
}
