//! Social security and telephone numbers, postal codes, sex, and texts joined to one word.

use super::counts::Outcome;
use super::record::{Sex, ZIP_BYTES_MAX};
use super::text::{AsciiText, Folded, Marks, fold};
use super::words::is_missing_word;

/// Drops the ".0" that a spreadsheet or data frame adds to a column of whole numbers.
pub(crate) fn without_float_tail(cell: &str) -> &str {
    match cell.strip_suffix(".0") {
        Some(whole) if whole.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => cell,
    }
}

/// Last four digits of a social security number.
///
/// Takes four digits, nine digits, seven or eight (leading zeros lost by a spreadsheet), or a number
/// masked by X or * up to at least its last four digits. Refuses serials 0000, 9999 and 1234 and
/// numbers that were never issued (area 000, 666 or 9xx, group 00; 20 CFR 422.103, SSA POMS).
pub(super) fn ssn4(cell: &str) -> Option<[u8; 4]> {
    let mut digits = AsciiText::<10>::default();
    let mut masked = false;
    for byte in without_float_tail(cell).bytes() {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b'X' | b'x' | b'*' | b'#' => {
                masked = true;
                digits.clear();
            }
            b'A'..=b'Z' | b'a'..=b'z' => return None,
            _ => {}
        }
    }
    let digits = digits.as_str().as_bytes();
    let plausible = match digits.len() {
        9 if !masked => is_issued(digits),
        4 | 7 | 8 => true,
        5 | 6 => masked,
        _ => false,
    };
    let last: [u8; 4] = *digits.last_chunk()?;
    (plausible && !matches!(&last, b"0000" | b"9999" | b"1234")).then_some(last)
}

fn is_issued(ssn: &[u8]) -> bool {
    let area = &ssn[..3];
    area != b"000"
        && area != b"666"
        && area[0] != b'9'
        && &ssn[3..5] != b"00"
        && ssn != b"123456789"
        && ssn.iter().any(|digit| *digit != ssn[0])
}

/// Last ten digits of a telephone number; an extension or a second number after it is left out.
pub(super) fn phone(cell: &str) -> Option<[u8; 10]> {
    let mut digits = AsciiText::<16>::default();
    for byte in without_float_tail(cell).bytes() {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b'A'..=b'Z' | b'a'..=b'z' | b',' | b';' | b'/' | b'#' if digits.len() >= 10 => break,
            _ => {}
        }
    }
    if digits.len() > 15 {
        return None;
    }
    let last: [u8; 10] = *digits.as_str().as_bytes().last_chunk()?;
    last.iter().any(|digit| *digit != last[0]).then_some(last)
}

/// Postal code: ZIP and ZIP+4 to five digits, others as they are, 3 to 8 letters and digits.
pub(super) fn zip(cell: &str, out: &mut AsciiText<ZIP_BYTES_MAX>) -> Outcome {
    out.clear();
    let cell = without_float_tail(cell);
    let mut text = AsciiText::<10>::default();
    for byte in cell.bytes().filter(u8::is_ascii_alphanumeric) {
        text.push(byte.to_ascii_uppercase());
    }
    let text = text.as_str();
    if is_missing_word(text) {
        return Outcome::Missing;
    }
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let plus_four = cell.as_bytes().get(5) == Some(&b'-') && cell.get(..5).is_some_and(digits);
    let kept = if digits(text) && (text.len() == 9 || plus_four) { &text[..5] } else { text };
    let placeholder = kept.bytes().all(|byte| byte == b'0') || kept == "99999";
    let has_digit = kept.bytes().any(|byte| byte.is_ascii_digit());
    if !(3..=ZIP_BYTES_MAX).contains(&kept.len()) || placeholder || !has_digit {
        return Outcome::Invalid;
    }
    out.push_str(kept);
    Outcome::Present
}

/// Sex; `None` for a word that is none of ours.
pub(super) fn sex(cell: &str, scratch: &mut Folded) -> Option<Sex> {
    let mut word = AsciiText::<16>::default();
    join_words(cell, scratch, &mut word);
    match word.as_str() {
        "F" | "FEMALE" => Some(Sex::F),
        "M" | "MALE" => Some(Sex::M),
        "X" | "NONBINARY" | "NB" => Some(Sex::X),
        "" | "U" | "UNK" | "UNKNOWN" => Some(Sex::Missing),
        _ => None,
    }
}

/// City or attribute: letters and digits joined.
pub(super) fn joined<const N: usize>(
    cell: &str,
    scratch: &mut Folded,
    out: &mut AsciiText<N>,
) -> Outcome {
    join_words(cell, scratch, out);
    if is_missing_word(out.as_str()) {
        out.clear();
    }
    match (out.is_empty(), cell.is_ascii()) {
        (false, _) => Outcome::Present,
        (true, true) => Outcome::Missing,
        (true, false) => Outcome::Invalid,
    }
}

/// Local person number: joined, without the leading zeros that exports lose; zero is none.
pub(super) fn local_id<const N: usize>(
    cell: &str,
    scratch: &mut Folded,
    out: &mut AsciiText<N>,
) -> Outcome {
    let outcome = joined(without_float_tail(cell), scratch, out);
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b' ';
    if !scratch.as_str().bytes().all(digits) {
        return outcome;
    }
    out.clear();
    let number = scratch.as_str().bytes().filter(|byte| *byte != b' ');
    number.skip_while(|digit| *digit == b'0').for_each(|digit| out.push(digit));
    if outcome == Outcome::Present && out.is_empty() { Outcome::Missing } else { outcome }
}

fn join_words<const N: usize>(cell: &str, scratch: &mut Folded, out: &mut AsciiText<N>) {
    scratch.clear();
    fold(cell, Marks::None, scratch);
    out.clear();
    scratch.as_str().bytes().filter(|byte| *byte != b' ').for_each(|byte| out.push(byte));
}
