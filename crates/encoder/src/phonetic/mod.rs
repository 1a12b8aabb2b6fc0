//! Takes a normalised name (A-Z, digits ignored), gives its Soundex and NYSIIS codes, refuses nothing.
//!
//! Both are written here because the reference crate allocates several strings per call, which is
//! most of the cost of normalising a row; tests hold them equal to that crate (`rphonetic`).
//! A code still tells much about the name: it is zeroised and its `Debug` shows nothing.

use std::fmt;

use zeroize::Zeroize;

/// Longest NYSIIS code. The 1970 definition cuts at six letters and so do we, in every pass.
pub const NYSIIS_BYTES_MAX: usize = 6;

/// Letters of a name that NYSIIS reads; normalised names are no longer than this.
const NAME_BYTES_MAX: usize = 64;

/// A Soundex code: one letter and three digits, or empty for a name without letters.
#[derive(Clone, Copy, Default, Eq, PartialEq, Zeroize)]
pub struct SoundexCode {
    bytes: [u8; 4],
    present: bool,
}

impl SoundexCode {
    /// Code of `name`.
    pub fn of(name: &str) -> Self {
        let mut bytes = [0; 4];
        let present = soundex(name, &mut bytes);
        Self { bytes, present }
    }

    /// The four bytes, or none of them when the name has no letter.
    pub fn as_bytes(&self) -> &[u8] {
        if self.present { &self.bytes } else { &[] }
    }
}

impl fmt::Debug for SoundexCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundexCode").finish_non_exhaustive()
    }
}

/// A NYSIIS code of at most [`NYSIIS_BYTES_MAX`] letters; empty for a name without letters.
#[derive(Clone, Copy, Default, Eq, PartialEq, Zeroize)]
pub struct NysiisCode {
    bytes: [u8; NYSIIS_BYTES_MAX],
    len: u8,
}

impl NysiisCode {
    /// Code of `name`.
    pub fn of(name: &str) -> Self {
        let mut code = Self::default();
        nysiis(name, &mut code);
        code
    }

    /// The letters of the code.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl fmt::Debug for NysiisCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NysiisCode").finish_non_exhaustive()
    }
}

/// Digit of each letter A to Z (US census; vowels, H, W and Y are 0).
const SOUNDEX_DIGITS: [u8; 26] = *b"01230120022455012623010202";

/// Writes the American Soundex code of `name` and returns whether there is one.
///
/// H and W do not part two letters of one digit, vowels do (US National Archives, GIL 55).
/// Anything but A-Z and a-z is skipped; without a letter `out` is left alone.
pub fn soundex(name: &str, out: &mut [u8; 4]) -> bool {
    let mut letters = name.bytes().filter(u8::is_ascii_alphabetic).map(|b| b.to_ascii_uppercase());
    let Some(first) = letters.next() else {
        return false;
    };
    *out = [first, b'0', b'0', b'0'];
    let mut previous = soundex_digit(first);
    let mut len = 1;
    for letter in letters {
        if letter == b'H' || letter == b'W' {
            continue;
        }
        let digit = soundex_digit(letter);
        if digit != b'0' && digit != previous {
            out[len] = digit;
            len += 1;
            if len == out.len() {
                break;
            }
        }
        previous = digit;
    }
    true
}

fn soundex_digit(letter: u8) -> u8 {
    SOUNDEX_DIGITS[usize::from(letter - b'A')]
}

/// Writes the NYSIIS code of `name`, at most [`NYSIIS_BYTES_MAX`] letters (Taft 1970).
///
/// Anything but A-Z and a-z is skipped, as are letters beyond the sixty-fourth.
pub fn nysiis(name: &str, out: &mut NysiisCode) {
    let mut buffer = [0; NAME_BYTES_MAX];
    let mut len = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphabetic).take(NAME_BYTES_MAX) {
        buffer[len] = byte.to_ascii_uppercase();
        len += 1;
    }
    let mut key = [0; NAME_BYTES_MAX];
    let key_len = if len == 0 {
        0
    } else {
        rewrite_start(&mut buffer[..len]);
        let len = rewrite_end(&mut buffer, len);
        let key_len = transcode(&mut buffer[..len], &mut key);
        trim_end(&mut key, key_len)
    };
    let kept = key_len.min(NYSIIS_BYTES_MAX);
    out.bytes = [0; NYSIIS_BYTES_MAX];
    out.bytes[..kept].copy_from_slice(&key[..kept]);
    out.len = kept.try_into().expect("at most NYSIIS_BYTES_MAX letters are kept");
    buffer.zeroize();
    key.zeroize();
}

/// First letters: MAC to MCC, KN to NN, K to C, PH and PF to FF, SCH to SSS.
fn rewrite_start(name: &mut [u8]) {
    for (from, to) in [
        (b"MAC".as_slice(), b"MCC".as_slice()),
        (b"KN", b"NN"),
        (b"K", b"C"),
        (b"PH", b"FF"),
        (b"PF", b"FF"),
        (b"SCH", b"SSS"),
    ] {
        if name.starts_with(from) {
            name[..to.len()].copy_from_slice(to);
        }
    }
}

/// Last letters: EE and IE to Y; DT, RT, RD, NT and ND to D. Returns the new length.
fn rewrite_end(name: &mut [u8; NAME_BYTES_MAX], mut len: usize) -> usize {
    for (endings, to) in
        [([b"EE", b"IE"].as_slice(), b'Y'), (&[b"DT", b"RT", b"RD", b"NT", b"ND"], b'D')]
    {
        if endings.iter().any(|ending| name[..len].ends_with(*ending)) {
            len -= 1;
            name[len - 1] = to;
        }
    }
    len
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'A' | b'E' | b'I' | b'O' | b'U')
}

/// Rewrites each letter after the first in place; a letter equal to the one before it is left out.
fn transcode(name: &mut [u8], key: &mut [u8; NAME_BYTES_MAX]) -> usize {
    key[0] = name[0];
    let mut key_len = 1;
    for index in 1..name.len() {
        let previous = name[index - 1];
        let next = name.get(index + 1).copied();
        match (name[index], next) {
            (b'E', Some(b'V')) => name[index..index + 2].copy_from_slice(b"AF"),
            (b'A' | b'E' | b'I' | b'O' | b'U', _) => name[index] = b'A',
            (b'Q', _) => name[index] = b'G',
            (b'Z', _) => name[index] = b'S',
            (b'M', _) => name[index] = b'N',
            (b'K', Some(b'N')) => name[index] = b'N',
            (b'K', _) => name[index] = b'C',
            (b'S', Some(b'C')) if name.get(index + 2) == Some(&b'H') => {
                name[index..index + 3].copy_from_slice(b"SSS");
            }
            (b'P', Some(b'H')) => name[index..index + 2].copy_from_slice(b"FF"),
            (b'H', next) if !is_vowel(previous) || !next.is_some_and(is_vowel) => {
                name[index] = previous;
            }
            (b'W', _) if is_vowel(previous) => name[index] = previous,
            _ => {}
        }
        if name[index] != previous {
            key[key_len] = name[index];
            key_len += 1;
        }
    }
    key_len
}

/// A final S goes, then AY becomes Y, then a final A goes; of "AS" nothing is left, as in the reference.
fn trim_end(key: &mut [u8; NAME_BYTES_MAX], mut len: usize) -> usize {
    if len <= 1 {
        return len;
    }
    if key[len - 1] == b'S' {
        len -= 1;
    }
    if len > 2 && key[..len].ends_with(b"AY") {
        key[len - 2] = b'Y';
        len -= 1;
    }
    if key[len - 1] == b'A' {
        len -= 1;
    }
    len
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rphonetic::Encoder as _;

    use super::*;

    fn nysiis_text(name: &str) -> String {
        String::from_utf8(NysiisCode::of(name).as_bytes().to_vec()).unwrap()
    }

    fn soundex_text(name: &str) -> String {
        String::from_utf8(SoundexCode::of(name).as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn known_codes_come_out() {
        for (name, code) in [
            ("ASHCRAFT", "A261"),
            ("ASHCROFT", "A261"),
            ("TYMCZAK", "T522"),
            ("PFISTER", "P236"),
            ("LEE", "L000"),
            ("GUTIERREZ", "G362"),
            ("VANDEUSEN", "V532"),
            ("123", ""),
        ] {
            assert_eq!(soundex_text(name), code);
        }
        for (name, code) in [
            ("KNUTH", "NAT"),
            ("MACKIE", "MCY"),
            ("SCHMIDT", "SNAD"),
            ("PHILLIPSON", "FALAPS"),
            ("WESTERLUND", "WASTAR"),
            ("VASQUEZ", "VASG"),
            ("A", "A"),
            ("", ""),
        ] {
            assert_eq!(nysiis_text(name), code);
        }
    }

    #[test]
    fn debug_shows_no_code() {
        let shown = format!("{:?}{:?}", SoundexCode::of("QUINCE"), NysiisCode::of("QUINCE"));
        assert!(!shown.contains('Q'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn codes_agree_with_the_reference(name in "[A-Z]{0,24}") {
            prop_assert_eq!(nysiis_text(&name), rphonetic::Nysiis::default().encode(&name));
            prop_assert_eq!(soundex_text(&name), rphonetic::Soundex::default().encode(&name));
        }

        /// The letter groups the rules speak of, so that each rule is met often.
        #[test]
        fn codes_agree_on_the_letters_of_the_rules(
            name in "(MAC|KN|K|PH|PF|SCH|W|H)?([AEIOUHWS]|EV|KN|PH|SCH|Q|Z|M|K|Y){0,8}(EE|IE|DT|RT|RD|NT|ND|AYS|AY|AS)?"
        ) {
            prop_assert_eq!(nysiis_text(&name), rphonetic::Nysiis::default().encode(&name));
            prop_assert_eq!(soundex_text(&name), rphonetic::Soundex::default().encode(&name));
        }
    }
}
