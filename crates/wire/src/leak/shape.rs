//! Shapes of identifiers in text.

use super::LeakKind;

/// What kind of identifier the text holds, if any: an SSN, telephone number or e-mail address
/// anywhere in it, or nothing but `LAST, FIRST`.
///
/// `NameLike` is true of `THEFT, PETTY` as well; [`LeakGuard`](super::LeakGuard) weighs it over the column.
pub fn looks_like_identifier(text: &str) -> Option<LeakKind> {
    let bytes = text.as_bytes();
    if bytes.contains(&b'@') && holds_email(bytes) {
        return Some(LeakKind::Email);
    }
    if bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 9 {
        // Every shape begins with one of these.
        let starts = |c: char| c.is_ascii_digit() || c == '(' || c == '+';
        for (at, _) in text.match_indices(starts) {
            if matches_at(text, at, "ddd-dd-dddd") {
                return Some(LeakKind::Ssn);
            }
            if PHONES.iter().any(|shape| matches_at(text, at, shape)) || dials_at(bytes, at) {
                return Some(LeakKind::Phone);
            }
        }
    }
    is_name_like(text).then_some(LeakKind::NameLike)
}

/// `d` a digit, `-` any dash, a space any white space, everything else itself.
const PHONES: [&str; 4] = ["(ddd) ddd-dddd", "(ddd)ddd-dddd", "ddd-ddd-dddd", "ddd.ddd.dddd"];

/// Whether the shape stands at `at` and is not the middle of a longer number.
fn matches_at(text: &str, at: usize, shape: &str) -> bool {
    let mut rest = text[at..].chars();
    let fits = shape.chars().all(|wanted| {
        rest.next().is_some_and(|found| match wanted {
            'd' => found.is_ascii_digit(),
            '-' => is_dash(found),
            ' ' => found.is_whitespace(),
            _ => found == wanted,
        })
    });
    let goes_on = |first: Option<char>, second: Option<char>| match first {
        Some(c) if c.is_alphanumeric() => true,
        Some(c) => {
            (is_dash(c) || c == '.' || c == '/') && second.is_some_and(|d| d.is_ascii_digit())
        }
        None => false,
    };
    let mut before = text[..at].chars().rev();
    let starts_inside = !shape.starts_with('(') && goes_on(before.next(), before.next());
    fits && !starts_inside && !goes_on(rest.next(), rest.next())
}

const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// `+` and 10 to 15 digits, with blanks and punctuation between them (ITU-T E.164, section 6).
fn dials_at(bytes: &[u8], at: usize) -> bool {
    let Some((b'+', rest)) = bytes[at..].split_first() else { return false };
    let used = rest.iter().take_while(|b| b.is_ascii_digit() || b" -.()".contains(b));
    rest.first().is_some_and(u8::is_ascii_digit)
        && (10..=15).contains(&used.filter(|b| b.is_ascii_digit()).count())
}

fn holds_email(bytes: &[u8]) -> bool {
    let word = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b) || !b.is_ascii();
    bytes.iter().enumerate().filter(|(_, b)| **b == b'@').any(|(at, _)| {
        let host_len = bytes[at + 1..].iter().take_while(|b| word(b)).count();
        let host = &bytes[at + 1..at + 1 + host_len];
        let dot = host.windows(3).position(|w| {
            w[0].is_ascii_alphanumeric() && w[1] == b'.' && w[2].is_ascii_alphabetic()
        });
        at > 0 && word(&bytes[at - 1]) && dot.is_some()
    })
}

fn is_name_like(text: &str) -> bool {
    let Some((last, first)) = text.split_once(',') else { return false };
    let is_part = |part: &str| {
        part.chars().filter(|c| c.is_alphabetic()).count() >= 2
            && part.chars().all(|c| c.is_alphabetic() || " '\u{2019}-.".contains(c))
    };
    is_part(last) && is_part(first)
}
