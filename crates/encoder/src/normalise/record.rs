//! One row's identifiers after norm/v1, in buffers of fixed size that are overwritten on drop.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::text::{AsciiText, Folded};
use crate::mapping::{ATTRIBUTES_MAX, CivilDate};
use crate::phonetic::{NysiisCode, SoundexCode};

/// Most bytes of a first or last name; more is cut.
pub const NAME_BYTES_MAX: usize = 64;
/// Most bytes of middle names.
pub const MIDDLE_BYTES_MAX: usize = 32;
/// Most bytes of a street.
pub const STREET_BYTES_MAX: usize = 64;
/// Most bytes of a house number.
pub const NUMBER_BYTES_MAX: usize = 10;
/// Most bytes of a city.
pub const CITY_BYTES_MAX: usize = 40;
/// Most bytes of a postal code.
pub const ZIP_BYTES_MAX: usize = 8;
/// Most bytes of a local person number.
pub const LOCAL_ID_BYTES_MAX: usize = 32;
/// Most bytes of an attribute.
pub const ATTRIBUTE_BYTES_MAX: usize = 48;
/// Most parts of a compound name.
pub const NAME_PARTS_MAX: usize = 3;

/// First character of a number that stands for a row; norm/v1 leaves none such in a number.
const ROW_NUMBER_MARK: u8 = b'#';

/// Which parts of a row's name go with an alias that does not say them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) middle: bool,
    pub(super) suffix: bool,
}

/// Generational suffix.
#[derive(Clone, Copy, Eq, PartialEq, Zeroize)]
pub enum Suffix {
    /// Jr.
    Junior,
    /// Sr.
    Senior,
    /// II, 2nd.
    Second,
    /// III, 3rd.
    Third,
    /// IV, 4th.
    Fourth,
    /// V, 5th; only from a column of its own, since V. is a common initial.
    Fifth,
}

impl Suffix {
    /// The suffix as it is encoded.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Junior => "JR",
            Self::Senior => "SR",
            Self::Second => "II",
            Self::Third => "III",
            Self::Fourth => "IV",
            Self::Fifth => "V",
        }
    }
}

impl fmt::Debug for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Suffix(..)")
    }
}

/// Sex as the agency recorded it.
#[derive(Clone, Copy, Default, Eq, PartialEq, Zeroize)]
pub enum Sex {
    /// Not recorded.
    #[default]
    Missing,
    /// Female.
    F,
    /// Male.
    M,
    /// Neither.
    X,
}

impl Sex {
    /// The letter as it is encoded; empty when missing.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "",
            Self::F => "F",
            Self::M => "M",
            Self::X => "X",
        }
    }
}

impl fmt::Debug for Sex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sex(..)")
    }
}

/// A date of birth, 1900 to the caller's last year.
pub type BirthDate = CivilDate;

/// A name joined to one word, with where its parts lie and how it sounds.
#[derive(Debug, Default, Zeroize, ZeroizeOnDrop)]
pub(super) struct Name {
    pub(super) joined: AsciiText<NAME_BYTES_MAX>,
    /// Start and length in `joined` of each part.
    pub(super) parts: [(u8, u8); NAME_PARTS_MAX],
    pub(super) parts_count: usize,
    pub(super) soundex: SoundexCode,
    pub(super) nysiis: NysiisCode,
}

impl Name {
    pub(super) fn clear(&mut self) {
        self.joined.clear();
        self.parts_count = 0;
    }

    fn copy(&mut self, of: &Self) {
        self.joined.copy(&of.joined);
        (self.parts, self.parts_count) = (of.parts, of.parts_count);
    }

    pub(super) fn find_codes(&mut self) {
        self.soundex = SoundexCode::of(self.joined.as_str());
        self.nysiis = NysiisCode::of(self.joined.as_str());
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        let joined = self.joined.as_str();
        self.parts[..self.parts_count]
            .iter()
            .map(move |&(start, len)| &joined[usize::from(start)..usize::from(start + len)])
    }
}

/// The identifiers of one row after norm/v1; an empty text is a missing field.
///
/// Made once and refilled row by row. No `Clone`, `Display` or `Serialize`; `Debug` shows nothing.
/// Every byte is overwritten on drop; between rows the last row's bytes stay in place.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub struct NormalisedRecord {
    pub(super) first: Name,
    pub(super) last: Name,
    pub(super) middle: AsciiText<MIDDLE_BYTES_MAX>,
    pub(super) suffix: Option<Suffix>,
    pub(super) dob: Option<BirthDate>,
    pub(super) sex: Sex,
    pub(super) ssn4: Option<[u8; 4]>,
    pub(super) phone: Option<[u8; 10]>,
    pub(super) address_number: AsciiText<NUMBER_BYTES_MAX>,
    pub(super) address_street: AsciiText<STREET_BYTES_MAX>,
    pub(super) city: AsciiText<CITY_BYTES_MAX>,
    pub(super) zip: AsciiText<ZIP_BYTES_MAX>,
    pub(super) local_id: AsciiText<LOCAL_ID_BYTES_MAX>,
    pub(super) attributes: [AsciiText<ATTRIBUTE_BYTES_MAX>; ATTRIBUTES_MAX],
    /// Room to fold cells in; holds raw text, so it lives and dies with the record.
    pub(super) scratch: Folded,
    pub(super) scratch_right: Folded,
}

impl fmt::Debug for NormalisedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NormalisedRecord").finish_non_exhaustive()
    }
}

impl NormalisedRecord {
    /// First name, words joined.
    pub fn first(&self) -> &str {
        self.first.joined.as_str()
    }

    /// Last name, words joined.
    pub fn last(&self) -> &str {
        self.last.joined.as_str()
    }

    /// Parts of a first name of several words, in order, each of 3 letters or more, particles left
    /// out; none when the name is one word.
    pub fn first_parts(&self) -> impl Iterator<Item = &str> {
        self.first.parts()
    }

    /// Parts of a last name of several words, as [`Self::first_parts`].
    pub fn last_parts(&self) -> impl Iterator<Item = &str> {
        self.last.parts()
    }

    /// Soundex code of the joined first name.
    pub fn first_soundex(&self) -> &SoundexCode {
        &self.first.soundex
    }

    /// Soundex code of the joined last name.
    pub fn last_soundex(&self) -> &SoundexCode {
        &self.last.soundex
    }

    /// NYSIIS code of the joined first name.
    pub fn first_nysiis(&self) -> &NysiisCode {
        &self.first.nysiis
    }

    /// NYSIIS code of the joined last name.
    pub fn last_nysiis(&self) -> &NysiisCode {
        &self.last.nysiis
    }

    /// Middle names or initial, letters joined.
    pub fn middle(&self) -> &str {
        self.middle.as_str()
    }

    /// Generational suffix.
    pub fn suffix(&self) -> Option<Suffix> {
        self.suffix
    }

    /// Date of birth, placeholders included; ask [`Self::dob_is_default`] before using its parts.
    pub fn dob(&self) -> Option<BirthDate> {
        self.dob
    }

    /// Whether the date of birth is a 1 January, which mostly means "only the year is known".
    ///
    /// Such a month and day are no evidence, and such a date is no blocking key.
    pub fn dob_is_default(&self) -> bool {
        self.dob.is_some_and(|dob| dob.month() == 1 && dob.day() == 1)
    }

    /// Sex.
    pub fn sex(&self) -> Sex {
        self.sex
    }

    /// Last four digits of the social security number, ASCII.
    pub fn ssn4(&self) -> Option<&[u8; 4]> {
        self.ssn4.as_ref()
    }

    /// Last ten digits of the telephone number, ASCII.
    pub fn phone(&self) -> Option<&[u8; 10]> {
        self.phone.as_ref()
    }

    /// House number, without leading zeros, perhaps with a letter.
    pub fn address_number(&self) -> &str {
        self.address_number.as_str()
    }

    /// Words of the street without its type, directions and unit, parted by single spaces.
    pub fn address_street(&self) -> &str {
        self.address_street.as_str()
    }

    /// City, letters and digits joined.
    pub fn city(&self) -> &str {
        self.city.as_str()
    }

    /// Postal code: five digits in the United States, 3 to 8 letters and digits elsewhere.
    pub fn zip(&self) -> &str {
        self.zip.as_str()
    }

    /// The agency's own number of the person, letters and digits joined, leading zeros dropped.
    pub fn local_id(&self) -> &str {
        self.local_id.as_str()
    }

    /// Attribute at its place in [`crate::mapping::Fields::attributes`]; empty beyond the mapped ones.
    pub fn attribute(&self, index: usize) -> &str {
        self.attributes.get(index).map_or("", AsciiText::as_str)
    }

    /// Feeds every identifier but the local number to `sink`, as length, then bytes, in a fixed order:
    /// first name and its three parts, last name and its three parts, middle names, suffix, date
    /// of birth as `YYYYMMDD`, sex, last four digits, telephone, house number, street, city, postal
    /// code, four attributes. What is missing feeds a length of zero.
    ///
    /// Two records feed the same bytes exactly when these identifiers are equal, so a hash of them
    /// (keyed, for it is otherwise open to guessing) finds the rows of one identity. The parts of a
    /// compound name count as well: they follow from how the name was written.
    pub fn feed_identity(&self, mut sink: impl FnMut(&[u8])) {
        let mut field = |bytes: &[u8]| {
            let len = u8::try_from(bytes.len()).expect("every field is shorter than 256 bytes");
            sink(&[len]);
            sink(bytes);
        };
        for name in [&self.first, &self.last] {
            field(name.joined.as_str().as_bytes());
            for index in 0..NAME_PARTS_MAX {
                field(name.parts().nth(index).unwrap_or_default().as_bytes());
            }
        }
        field(self.middle().as_bytes());
        field(self.suffix.map_or("", Suffix::as_str).as_bytes());
        field(self.dob.map(CivilDate::to_digits).as_ref().map_or(&[], |digits| digits));
        field(self.sex.as_str().as_bytes());
        field(self.ssn4.as_ref().map_or(&[], |digits| digits));
        field(self.phone.as_ref().map_or(&[], |digits| digits));
        for text in [self.address_number(), self.address_street(), self.city(), self.zip()] {
            field(text.as_bytes());
        }
        self.attributes.iter().for_each(|attribute| field(attribute.as_str().as_bytes()));
    }

    /// Takes what an alias does not say from the record of its row: an empty first or last name,
    /// middle name and suffix where `keeps` says so, and everything that is no name.
    pub(super) fn complete(&mut self, of: &Self, keeps: Kept) {
        if self.first().is_empty() {
            self.first.copy(&of.first);
        }
        if self.last().is_empty() {
            self.last.copy(&of.last);
        }
        if keeps.middle {
            self.middle.copy(&of.middle);
        }
        if keeps.suffix {
            self.suffix = of.suffix;
        }
        self.dob = self.dob.or(of.dob);
        if self.sex == Sex::Missing {
            self.sex = of.sex;
        }
        (self.ssn4, self.phone) = (of.ssn4, of.phone);
        self.address_number.copy(&of.address_number);
        self.address_street.copy(&of.address_street);
        self.city.copy(&of.city);
        self.zip.copy(&of.zip);
        self.local_id.copy(&of.local_id);
        for (own, other) in self.attributes.iter_mut().zip(&of.attributes) {
            own.copy(other);
        }
    }

    /// Numbers a record whose row has no number of the person after the row's identity, so that the
    /// row and its aliases have one. No agency's number begins with the same character.
    pub fn number_by_row(&mut self, identity: &[u8; 16]) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        self.local_id.clear();
        self.local_id.push(ROW_NUMBER_MARK);
        for byte in &identity[..LOCAL_ID_BYTES_MAX / 2 - 1] {
            self.local_id.push(DIGITS[usize::from(byte >> 4)]);
            self.local_id.push(DIGITS[usize::from(byte & 15)]);
        }
    }

    /// Whether the number stands for the row rather than for a person.
    pub fn is_numbered_by_row(&self) -> bool {
        self.local_id().as_bytes().first() == Some(&ROW_NUMBER_MARK)
    }

    /// Forgets the last row.
    pub(super) fn clear(&mut self) {
        self.first.clear();
        self.last.clear();
        self.middle.clear();
        self.suffix = None;
        self.dob = None;
        self.sex = Sex::Missing;
        self.ssn4 = None;
        self.phone = None;
        self.address_number.clear();
        self.address_street.clear();
        self.city.clear();
        self.zip.clear();
        self.local_id.clear();
        self.attributes.iter_mut().for_each(AsciiText::clear);
    }
}
