//! Takes counts, shares and weights, gives the text a reader sees, refuses nothing: what is not a
//! number reads "not available".

/// Text for a number that does not exist, such as a share of nothing.
pub const NOT_AVAILABLE: &str = "not available";

/// A count with thousands separators.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A real number rounded to whole ones, with thousands separators.
pub fn rounded(value: f64) -> String {
    if !value.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    if value > 0.0 && value < 0.5 { "<1".to_owned() } else { grouped(&format!("{value:.0}")) }
}

/// A share from 0 to 1 in percent; never rounded up to all or down to nothing.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        NOT_AVAILABLE.to_owned()
    } else if share > 0.0 && share < 0.0005 {
        "<0.1%".to_owned()
    } else if (0.9995..1.0).contains(&share) {
        ">99.9%".to_owned()
    } else {
        format!("{:.1}%", share * 100.0)
    }
}

/// A share in percent with at least two significant digits.
pub fn fine_percent(share: f64) -> String {
    if share >= 0.001 || share <= 0.0 || !share.is_finite() {
        return percent(share);
    }
    let mut digits = 1;
    let mut scaled = share * 1_000.0;
    while scaled < 9.95 && digits < 6 {
        scaled *= 10.0;
        digits += 1;
    }
    let text = format!("{:.digits$}", share * 100.0);
    format!("{}%", text.trim_end_matches('0'))
}

/// A part of a whole in percent.
pub fn percent_of(part: u64, whole: u64) -> String {
    percent(ratio(part, whole))
}

/// A part of a whole; no number where the whole is nothing.
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { f64::NAN } else { part as f64 / whole as f64 }
}

/// A ratio with five decimals.
pub fn decimal(value: f64) -> String {
    if value.is_finite() { format!("{value:.5}") } else { NOT_AVAILABLE.to_owned() }
}

/// A number with so many decimals, and a minus that is one.
pub fn decimals(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    let size = grouped(&format!("{:.digits$}", value.abs()));
    let is_zero = size.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !is_zero { format!("\u{2212}{size}") } else { size }
}

/// A number with as many decimals as it needs, at most six.
pub fn plain(value: f64) -> String {
    let text = decimals(value, 6);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A number with as many decimals as the step between such numbers has.
pub fn stepped(value: f64, step: f64) -> String {
    let (mut digits, mut scaled) = (0, step);
    while digits < 6 && (scaled - scaled.round()).abs() > 1e-6 {
        scaled *= 10.0;
        digits += 1;
    }
    decimals(value, digits)
}

/// The ends of an interval of shares.
pub fn interval(low: f64, high: f64) -> String {
    if low.is_finite() && high.is_finite() {
        format!("{} to {}", percent(low), percent(high))
    } else {
        NOT_AVAILABLE.to_owned()
    }
}

/// A probability as a decimal with at least two significant digits; never rounded up to 1.
pub fn probability(value: f64) -> String {
    if !value.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    if (0.9995..1.0).contains(&value) {
        return ">0.999".to_owned();
    }
    let mut digits = 3;
    let mut scaled = value.abs() * 1_000.0;
    while scaled > 0.0 && scaled < 9.95 && digits < 9 {
        scaled *= 10.0;
        digits += 1;
    }
    format!("{value:.digits$}")
}

/// A weight in bits, with its sign.
pub fn bits(value: f64) -> String {
    if !value.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    let size = format!("{:.1}", value.abs());
    match (size.as_str(), value < 0.0) {
        ("0.0", _) => size,
        (_, true) => format!("\u{2212}{size}"),
        (_, false) => format!("+{size}"),
    }
}

/// Probability of odds given as their log2.
pub fn probability_of_bits(bits: f64) -> f64 {
    1.0 / (1.0 + libm::exp2(-bits))
}

/// A count for an axis: 1,500 is "1.5k".
pub fn short_count(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e4 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let text = format!("{scaled:.1}");
    format!("{}{unit}", grouped(text.strip_suffix(".0").unwrap_or(&text)))
}

/// "1 person", "2 persons".
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// Names joined as in a sentence.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Digits with a comma before each third from the point.
fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(rounded(-123_456.2), "-123,456");
        assert_eq!(rounded(0.2), "<1");
    }

    #[test]
    fn shares_never_round_to_all_or_nothing() {
        assert_eq!(percent(0.999_99), ">99.9%");
        assert_eq!(percent(0.000_01), "<0.1%");
        assert_eq!(percent(1.0), "100.0%");
        assert_eq!(percent(0.0), "0.0%");
        assert_eq!(percent(f64::NAN), NOT_AVAILABLE);
        assert_eq!(percent_of(1, 0), NOT_AVAILABLE);
        assert_eq!(fine_percent(0.000_01), "0.001%");
        assert_eq!(fine_percent(0.000_134), "0.013%");
        assert_eq!(fine_percent(0.25), "25.0%");
        assert_eq!(fine_percent(f64::NAN), NOT_AVAILABLE);
    }

    #[test]
    fn probabilities_keep_two_significant_digits() {
        assert_eq!(probability(0.85), "0.850");
        assert_eq!(probability(0.0013), "0.0013");
        assert_eq!(probability(0.000_013), "0.000013");
        assert_eq!(probability(0.0), "0.000");
        assert_eq!(probability(0.999_99), ">0.999");
    }

    #[test]
    fn weights_show_their_sign() {
        assert_eq!(bits(9.24), "+9.2");
        assert_eq!(bits(-3.06), "\u{2212}3.1");
        assert_eq!(bits(-0.01), "0.0");
        assert_eq!(percent(probability_of_bits(0.0)), "50.0%");
    }

    #[test]
    fn numbers_have_the_decimals_they_need() {
        assert_eq!(decimals(-0.0004, 3), "0.000");
        assert_eq!(decimals(-1_234.5, 1), "\u{2212}1,234.5");
        assert_eq!((plain(0.25), plain(30.0)), ("0.25".to_owned(), "30".to_owned()));
        assert_eq!(stepped(0.30000000000000004, 0.1), "0.3");
        assert_eq!(decimals(f64::NAN, 2), NOT_AVAILABLE);
    }

    #[test]
    fn axis_counts_are_short() {
        assert_eq!(short_count(1_000.0), "1,000");
        assert_eq!(short_count(10_000.0), "10k");
        assert_eq!(short_count(2_500_000.0), "2.5M");
    }
}
