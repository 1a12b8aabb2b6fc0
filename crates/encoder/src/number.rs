//! Takes the number of an event as an agency wrote it, gives a keyed pseudonym, refuses text without a
//! digit.
//!
//! ```text
//! pseudonym = HMAC-SHA-256[number key](of || 0x1F || number)[..8], 16 lower-case hexadecimal digits
//! ```
//! `of` names the numbering, such as `incident`, so that equal digits of two numberings never meet. The
//! number is normalised: ".0" behind digits alone dropped, which spreadsheets add; NFKC and upper case;
//! only A-Z and 0-9 kept; one of the mapping's prefixes removed from the front, the longest that fits, once;
//! leading zeros removed, which spreadsheets lose. So two numbers that differ in leading zeros alone are one.
//!
//! Agencies of one project and epoch that write one number, however they write it, write one pseudonym, and
//! the release desk joins their rows by it. Two of ten million numbers share a pseudonym with a chance of
//! three in a million.
//!
//! What is not promised: a pseudonym does not hide a number from who holds the project's encoding key, that
//! is from the agencies. There are few numbers, nine digits of which two are the year, so all can be tried.
//! Pseudonyms are content, sealed to the release desk, which holds no key of the agencies and cannot
//! read numbers back. It sees which rows cite one number, and how often each is cited.

use tallystick_wire::content::Code;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::keyed::KeyedHash;
use crate::keys::{AgencyKeys, number_key};
use crate::mapping::Numbering;
use crate::normalise::without_float_tail;

/// Bytes of the MAC that make a pseudonym.
const PSEUDONYM_BYTES: usize = 8;
/// Stands between the name of the numbering and the number; in neither of them.
const SEPARATOR: u8 = 0x1f;

/// Makes pseudonyms of numbers.
#[derive(Debug)]
pub struct Pseudonyms(KeyedHash);

/// What a cell with a number came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Numbered {
    /// Nothing is left of it.
    Missing,
    /// It has no digit, so that it is some word and no number.
    Unreadable,
    /// The number's pseudonym.
    Pseudonym(Pseudonym),
}

/// A number's pseudonym.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Pseudonym([u8; PSEUDONYM_BYTES]);

impl core::fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pseudonym").finish_non_exhaustive()
    }
}

impl Pseudonym {
    /// Its digits as a code of content.
    pub fn code(self) -> Code {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Code::parse(&digits).expect("sixteen digits are a code")
    }
}

impl Pseudonyms {
    /// Pseudonyms of a project and epoch, the same at all its agencies.
    pub fn new(keys: &AgencyKeys) -> Self {
        Self(number_key(keys))
    }

    /// Pseudonyms under a key that everybody knows, for cells that are counted and never leave.
    pub fn throw_away() -> Self {
        Self(KeyedHash::new(&[0; 32]))
    }

    /// The pseudonym of a number as it is written in a cell.
    pub fn of(&self, numbering: &Numbering, cell: &str) -> Numbered {
        let number = normalise(cell, &numbering.prefixes);
        if number.is_empty() {
            return Numbered::Missing;
        }
        if !number.bytes().any(|byte| byte.is_ascii_digit()) {
            return Numbered::Unreadable;
        }
        let parts = [numbering.of.as_bytes(), &[SEPARATOR], number.as_bytes()];
        let message = Zeroizing::new(parts.concat());
        let digest = self.0.digest(&message);
        let bytes = digest.first_chunk().expect("a digest is longer");
        Numbered::Pseudonym(Pseudonym(*bytes))
    }
}

/// The number in a cell; `prefixes` are folded, the longest first.
pub fn normalise(cell: &str, prefixes: &[String]) -> Zeroizing<String> {
    let text = fold(without_float_tail(cell.trim()));
    let prefix = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix.as_str()));
    let number = prefix.unwrap_or(&text).trim_start_matches('0');
    Zeroizing::new(number.to_owned())
}

/// NFKC in upper case, A-Z and 0-9 of it.
pub(crate) fn fold(text: &str) -> Zeroizing<String> {
    // A sign such as the one for rad/s2 has more letters than bytes, but not twice as many.
    let mut folded = Zeroizing::new(String::with_capacity(2 * text.len()));
    folded.extend(text.nfkc().flat_map(char::to_uppercase).filter(char::is_ascii_alphanumeric));
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tallystick_wire::ProjectId;

    use super::*;
    use crate::keys::{KEY_BYTES, SecretKey};

    fn numbering(of: &str, prefixes: &[&str]) -> Numbering {
        let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        Numbering { of: of.to_owned(), prefixes }
    }

    fn pseudonyms(encoding: u8, local: u8, epoch: u32) -> Pseudonyms {
        Pseudonyms::new(&AgencyKeys {
            encoding_key: SecretKey::new([encoding; KEY_BYTES]),
            local_key: SecretKey::new([local; KEY_BYTES]),
            project: ProjectId([1; 16]),
            epoch,
        })
    }

    #[test]
    fn a_number_has_one_pseudonym_however_it_is_written() {
        let (police, court) = (pseudonyms(1, 2, 0), pseudonyms(1, 3, 0));
        let (plain, prefixed) = (numbering("court", &[]), numbering("court", &["CRIMINAL", "CRI"]));
        let one = police.of(&plain, "17001234");
        assert!(matches!(one, Numbered::Pseudonym(_)));
        for cell in
            ["CRI-17001234", "cri 17 001 234", "0017001234", "\u{ff11}7001234", "17001234.0"]
        {
            assert_eq!(court.of(&prefixed, cell), one);
        }
    }

    #[test]
    fn a_pseudonym_is_of_key_epoch_and_numbering() {
        let of = |made: &Pseudonyms, name| made.of(&numbering(name, &[]), "17001234");
        let one = of(&pseudonyms(1, 2, 0), "court");
        for other in [
            of(&pseudonyms(2, 2, 0), "court"),
            of(&pseudonyms(1, 2, 1), "court"),
            of(&pseudonyms(1, 2, 0), "incident"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn what_is_no_number_has_none() {
        let made = pseudonyms(1, 2, 0);
        let of = |cell| made.of(&numbering("court", &["CRI"]), cell);
        for cell in ["", " - ", "000", "CRI-", "CRI-000"] {
            assert_eq!(of(cell), Numbered::Missing, "{cell}");
        }
        assert_eq!(of("PENDING"), Numbered::Unreadable);
        assert_ne!(of("CRICRI1"), of("CRI1"), "a prefix is removed once");
    }

    proptest! {
        #[test]
        fn normalising_is_idempotent(cell in "\\PC{0,24}", prefix in "[A-Z]{1,3}") {
            let once = normalise(&cell, std::slice::from_ref(&prefix));
            prop_assert_eq!(&*normalise(&once, &[]), &*once);
            prop_assert!(once.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
            prop_assert!(!once.starts_with('0'));
            // A prefix that is not there changes nothing, one that is goes once.
            let plain = normalise(&cell, &[]);
            prop_assert_eq!(&*normalise(&format!("{prefix}-{}", &*plain), &[prefix]), &*plain);
        }
    }
}
