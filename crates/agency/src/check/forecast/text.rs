//! Identities in clear text: the bounded sample that the forecast corrupts. They never leave memory and
//! are overwritten when dropped.

use std::collections::BinaryHeap;
use std::fmt;

use tallystick_encoder::normalise::{NormalisedRecord, RawFields, Suffix};
use zeroize::Zeroize as _;

/// Identities in the sample.
pub(super) const IDENTITIES_MAX: usize = 4_000;

/// Cells of an identity, by position.
pub(super) const CELLS: usize = 17;
pub(super) const FIRST: usize = 0;
pub(super) const LAST: usize = 1;
pub(super) const MIDDLE: usize = 2;
pub(super) const SUFFIX: usize = 3;
pub(super) const DOB: usize = 4;
pub(super) const SEX: usize = 5;
pub(super) const SSN: usize = 6;
pub(super) const PHONE: usize = 7;
pub(super) const HOUSE: usize = 8;
pub(super) const STREET: usize = 9;
pub(super) const CITY: usize = 10;
pub(super) const ZIP: usize = 11;
pub(super) const LOCAL: usize = 12;
pub(super) const ATTRIBUTE: usize = 13;

/// One identity. No `Clone`, `Display` or `Serialize`; `Debug` shows nothing.
#[derive(Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Text(pub(super) [String; CELLS]);

impl Drop for Text {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|cell| cell.zeroize());
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(..)")
    }
}

impl RawFields for Text {
    fn expose(&self, column: usize) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

impl Text {
    pub(super) fn of(record: &NormalisedRecord) -> Self {
        let digits = |digits: Option<&[u8]>| {
            digits.map_or_else(String::new, |digits| String::from_utf8_lossy(digits).into_owned())
        };
        let dob = record.dob().map(|dob| dob.to_digits());
        Self([
            name(record.first(), record.first_parts()),
            name(record.last(), record.last_parts()),
            record.middle().to_owned(),
            record.suffix().map_or("", Suffix::as_str).to_owned(),
            digits(dob.as_ref().map(|digits| &digits[..])),
            record.sex().as_str().to_owned(),
            digits(record.ssn4().map(|digits| &digits[..])),
            digits(record.phone().map(|digits| &digits[..])),
            record.address_number().to_owned(),
            record.address_street().to_owned(),
            record.city().to_owned(),
            record.zip().to_owned(),
            record.local_id().to_owned(),
            record.attribute(0).to_owned(),
            record.attribute(1).to_owned(),
            record.attribute(2).to_owned(),
            record.attribute(3).to_owned(),
        ])
    }

    /// A copy to corrupt.
    pub(super) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    pub(super) fn has(&self, cell: usize) -> bool {
        !self.0[cell].is_empty()
    }
}

/// A compound name in its parts, where they make up the whole; else its letters joined.
fn name<'a>(joined: &str, parts: impl Iterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = parts.collect();
    let whole: usize = parts.iter().map(|part| part.len()).sum();
    if whole == joined.len() && !parts.is_empty() { parts.join(" ") } else { joined.to_owned() }
}

/// Identities of persons whose hash is lowest: a random sample that keeps persons together and does
/// not depend on the order of rows. A person is known by the local number, else by the birth date.
#[derive(Debug, Default)]
pub(in crate::check) struct Sample {
    kept: BinaryHeap<(u64, Text)>,
    offered: u64,
}

impl Sample {
    /// Offers an identity, each once.
    pub(in crate::check) fn offer(&mut self, record: &NormalisedRecord) {
        self.offered += 1;
        let text = Text::of(record);
        let person = [LOCAL, DOB].into_iter().find(|cell| text.has(*cell));
        let hash = match person {
            Some(cell) => hash(&text.0[cell..=cell]),
            None => hash(&text.0),
        };
        if self.kept.len() < IDENTITIES_MAX {
            self.kept.push((hash, text));
        } else if let Some(mut highest) = self.kept.peek_mut()
            && (hash, &text) < (highest.0, &highest.1)
        {
            *highest = (hash, text);
        }
    }

    /// The sample in the order of hashes, and how many identities it stands for.
    pub(super) fn finish(self) -> (Vec<Text>, u64) {
        let kept = self.kept.into_sorted_vec();
        (kept.into_iter().map(|(_, text)| text).collect(), self.offered)
    }
}

/// FNV-1a, finished as splitmix64 does, so that all bits are mixed. No secret: hashes stay in memory.
fn hash(cells: &[String]) -> u64 {
    let bytes = cells.iter().flat_map(|cell| cell.bytes().chain([0]));
    let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    mix(hash)
}

/// The hash of one word.
pub(super) fn hash_one(word: &str) -> u64 {
    hash(&[word.to_owned()])
}

/// The finish of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// Random numbers with a fixed start: the same export gives the same forecast.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(0x9E37_79B9_7F4A_7C15)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Below a bound, which is not zero.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).expect("below a usize")
    }

    /// Whether something of this probability happens.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 <= probability
    }
}
