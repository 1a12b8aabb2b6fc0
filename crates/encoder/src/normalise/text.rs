//! Takes raw text, gives words of A-Z and 0-9 in a buffer of fixed size, refuses nothing.
//!
//! The folds of norm/v1: NFKD, marks stripped, a few letters spelled out, upper case, the rest a
//! word boundary. Buffers are inline arrays, so that a row is normalised without allocating and no
//! stale copy of a name is left behind by a growing `String`.

use std::fmt;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// ASCII text of at most `N` bytes, inline. What does not fit is cut off.
///
/// No `Clone`, `Display` or `Serialize`; `Debug` shows nothing.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct AsciiText<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Default for AsciiText<N> {
    fn default() -> Self {
        Self { bytes: [0; N], len: 0 }
    }
}

impl<const N: usize> fmt::Debug for AsciiText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsciiText(..)")
    }
}

impl<const N: usize> AsciiText<N> {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("only ASCII is pushed")
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets the text; its bytes stay until overwritten or dropped.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Takes the text of another.
    pub(super) fn copy(&mut self, of: &Self) {
        self.clear();
        self.push_str(of.as_str());
    }

    /// Appends one ASCII byte if there is room.
    pub(super) fn push(&mut self, byte: u8) {
        debug_assert!(byte.is_ascii());
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// Appends ASCII text, as much as there is room for.
    pub(super) fn push_str(&mut self, text: &str) {
        debug_assert!(text.is_ascii());
        let kept = text.len().min(N - self.len);
        self.bytes[self.len..self.len + kept].copy_from_slice(&text.as_bytes()[..kept]);
        self.len += kept;
    }
}

/// Which bytes between words a field still needs to see.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Marks {
    /// None: every boundary is a space.
    None,
    /// Names: a hyphen keeps the two halves of a surname together.
    Hyphen,
    /// Addresses: hyphen and slash join numbers, `#` is a word, a full stop is dropped.
    Address,
}

/// Room for one folded cell; longer cells are cut.
pub(super) const FOLD_BYTES_MAX: usize = 192;

/// A folded cell.
pub(super) type Folded = AsciiText<FOLD_BYTES_MAX>;

/// Word boundaries by rank: of several in a row the highest stands.
const SPACE: u8 = b' ';

/// What one ASCII byte becomes: itself in upper case, a boundary, or nothing (0).
const fn ascii_fold(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - 32,
        b'A'..=b'Z' | b'0'..=b'9' => byte,
        b'\'' | b'`' => 0,
        _ => SPACE,
    }
}

const ASCII_FOLDS: [u8; 128] = {
    let mut folds = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        folds[byte as usize] = ascii_fold(byte);
        byte += 1;
    }
    folds
};

/// Appends the fold of `raw` to `out`, after a space if `out` has text already.
pub(super) fn fold(raw: &str, marks: Marks, out: &mut Folded) {
    let mut folder = Folder { out, boundary: SPACE, marks };
    if raw.is_ascii() {
        for byte in raw.bytes() {
            folder.ascii(byte);
        }
    } else {
        for character in raw.chars() {
            folder.character(character);
        }
    }
}

struct Folder<'a> {
    out: &'a mut Folded,
    /// Boundary to write before the next letter or digit; 0 for none.
    boundary: u8,
    marks: Marks,
}

impl Folder<'_> {
    fn ascii(&mut self, byte: u8) {
        match ASCII_FOLDS[usize::from(byte)] {
            0 => {}
            SPACE => self.boundary(byte),
            folded => {
                if self.boundary != 0 && !self.out.is_empty() {
                    self.out.push(self.boundary);
                }
                self.boundary = 0;
                self.out.push(folded);
            }
        }
    }

    fn boundary(&mut self, byte: u8) {
        match (self.marks, byte) {
            (Marks::Address, b'.') => {}
            (Marks::Address, b'#') => {
                if !self.out.is_empty() {
                    self.out.push(SPACE);
                }
                self.out.push(b'#');
                self.boundary = SPACE;
            }
            (Marks::Address, b'/') => self.boundary = b'/',
            (Marks::Address | Marks::Hyphen, b'-') if self.boundary != b'/' => {
                self.boundary = b'-';
            }
            _ if self.boundary == 0 => self.boundary = SPACE,
            _ => {}
        }
    }

    fn character(&mut self, character: char) {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => self.ascii(byte),
            _ if is_apostrophe(character) => {}
            _ => decompose_compatible(character, |part| self.part(part)),
        }
    }

    /// One character of a decomposition.
    fn part(&mut self, part: char) {
        if let Ok(byte) = u8::try_from(part)
            && byte.is_ascii()
        {
            return self.ascii(byte);
        }
        let spelled = spelled_out(part);
        if !spelled.is_empty() {
            spelled.bytes().for_each(|byte| self.ascii(byte));
        } else if matches!(part, '\u{2010}'..='\u{2015}' | '\u{2212}') {
            self.ascii(b'-');
        } else if !is_combining_mark(part) && !is_invisible(part) {
            self.ascii(b' ');
        }
    }
}

/// Letters that NFKD leaves whole, as their languages' Latin-only spelling has them.
fn spelled_out(letter: char) -> &'static str {
    match letter {
        'ß' | 'ẞ' => "SS",
        'Æ' | 'æ' => "AE",
        'Ø' | 'ø' => "O",
        'Ł' | 'ł' => "L",
        'Đ' | 'đ' | 'Ð' | 'ð' => "D",
        'Œ' | 'œ' => "OE",
        'Þ' | 'þ' => "TH",
        'Ħ' | 'ħ' => "H",
        'ı' => "I",
        _ => "",
    }
}

/// Marks written for an apostrophe; dropped as it is, so that O'Neil is one word.
fn is_apostrophe(character: char) -> bool {
    matches!(
        character,
        '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{2b9}'..='\u{2bf}'
    )
}

/// Characters without width: soft hyphen, zero-width spaces and joiners, byte-order mark.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(raw: &str, marks: Marks) -> String {
        let mut out = Folded::default();
        fold(raw, marks, &mut out);
        out.as_str().to_owned()
    }

    #[test]
    fn folds_are_those_of_norm_v1() {
        for (raw, text) in [
            ("  Müller--Lüdenscheidt ", "MULLER LUDENSCHEIDT"),
            ("Straße", "STRASSE"),
            ("Ærøskøbing", "AEROSKOBING"),
            ("Łódź Đorđe", "LODZ DORDE"),
            ("O'Neil O’Neil O`Neil O´Neil", "ONEIL ONEIL ONEIL ONEIL"),
            ("ﬁnn Ⅳ ２", "FINN IV 2"),
            ("Nguyễn", "NGUYEN"),
            ("e\u{301}a\u{ad}b\u{200b}c", "EABC"),
            ("Иван", ""),
            ("Ǿ", "O"),
            ("A\u{a0}B\tC", "A B C"),
        ] {
            assert_eq!(folded(raw, Marks::None), text, "{raw:?}");
        }
    }

    #[test]
    fn marks_between_words_stay_where_a_field_needs_them() {
        assert_eq!(folded("a - b–c -", Marks::Hyphen), "A-B-C");
        assert_eq!(folded("5 / 22-B St. #4", Marks::Address), "5/22-B ST # 4");
    }

    #[test]
    fn long_text_is_cut_not_refused() {
        assert_eq!(folded(&"ab ".repeat(500), Marks::None).len(), FOLD_BYTES_MAX);
    }
}
