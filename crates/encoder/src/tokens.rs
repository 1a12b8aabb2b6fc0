//! Takes a normalised record, gives the messages that its filters are made of.
//!
//! Each message is `field tag || gram || 0x1F || occurrence`, at most one SHA-256 block with its
//! padding. It is hashed once under the project's key ([`crate::digests`]); what each block's key
//! makes of the digest draws bits in a range of the field's filter ([`crate::filters`]).
//!
//! | field | words | token | tag | gram, occurrence | draws | in bits |
//! |---|---|---|---|---|---|---|
//! | first, last | 4 | each bigram | 1 | two letters, earlier equal ones | 10 | 0..256 |
//! | roots | 4 | the given name; each name it is a short form of | 2 | the name, 0 | 12 | 0..256 |
//! | dob | 4 | year | 3 | `YYYY`, 0 | 16 | 0..64 |
//! | | | month | 4 | `MM`, 0 | 16 | 64..128 |
//! | | | day | 4 | `DD`, 0 | 16 | 128..192 |
//! | | | each digit of `YYMMDD` | 5 | place, digit, 0 | 5 | 192..256 |
//! | ssn4 | 2 | each digit | 6 | place, digit, 0 | 8 | 0..128 |
//! | | | the four digits in ascending order | 6 | the digits, 1 | 8 | 0..128 |
//! | phone | 2 | area code | 7 | three digits, 1 | 6 | 0..128 |
//! | | | each of the other seven digits | 7 | place, digit, 0 | 6 | 0..128 |
//! | address | 4 | house number, perhaps empty | 8 | the number, 0 | 16 | 0..64 |
//! | | | each character of it | 9 | place, character, 0 | 6 | 64..128 |
//! | | | each bigram of the street | 10 | two characters, earlier equal ones | 6 | 128..256 |
//! | zip | 1 | its first three characters | 11 | the characters, 0 | 8 | 0..32 |
//! | | | the whole | 11 | the characters, 1 | 8 | 32..64 |
//! | city | 2 | the city | 12 | the city, 0 | 16 | 0..64 |
//! | | | how it sounds | 12 | its NYSIIS code, 1 | 8 | 64..96 |
//! | | | how it begins | 12 | its first four characters, 2 | 8 | 96..128 |
//! | sex | 1 | the letter | 13 | the letter, 0 | 16 | 0..64 |
//! | middle | 1 | the initial | 14 | the letter, 0 | 16 | 0..64 |
//! | suffix | 1 | the suffix | 15 | as normalised, 0 | 16 | 0..64 |
//! | exact attribute | 2 | the value | 16 | `name=value`, 0 | 16 | 0..64 |
//! | q-gram attribute | 2 | each bigram | 17 | name and two characters, earlier equal ones | 4 | 0..128 |
//!
//! Bigrams are those of `_value_`, the first 40 of them; a place is a character from `'0'` on; a
//! gram longer than 48 bytes is cut there. A missing value has no token, nor has an address without
//! a street. Of a default date (1 January) only the year is a token, and the row's presence word
//! carries [`FieldSet::DOB_IS_DEFAULT`].

use tallystick_wire::SourceLabel;
use tallystick_wire::schema::{ATTRIBUTES_MAX, Field, FieldSet};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::keyed::ShortMessage;
use crate::nicknames;
use crate::normalise::NormalisedRecord;
use crate::phonetic::NysiisCode;

/// One attribute of a source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttributeSchema {
    /// Its name, the same in all sources.
    pub name: SourceLabel,
    /// Compared by q-grams rather than as a whole.
    pub qgrams: bool,
}

/// The attributes of a source by their place in the mapping.
pub type Attributes = [Option<AttributeSchema>; ATTRIBUTES_MAX];

/// Bits of a filter that one token may set: `count` positions drawn in a range of bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    pub(crate) field: Field,
    /// Positions drawn, with repetition.
    pub(crate) count: u8,
    /// First bit of the range.
    pub(crate) start: u16,
    /// Bits of the range, a power of two.
    pub(crate) bits: u16,
}

impl Target {
    /// Sets nothing.
    pub(crate) const NOWHERE: Self = target(Field::First, 0, 0, 1);
}

/// One message and where it goes; its gram stands in the list's text.
#[derive(Clone, Copy)]
struct Place {
    target: Target,
    tag: u8,
    occurrence: u8,
    start: u16,
    bytes: u8,
}

/// One message and where it goes.
#[derive(Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) target: Target,
    tag: u8,
    gram: &'a [u8],
    occurrence: u8,
}

impl Token<'_> {
    /// What is hashed.
    pub(crate) fn message(&self) -> ShortMessage {
        ShortMessage::of_parts([&[self.tag], self.gram, &[0x1F, self.occurrence]])
    }

    /// A number that no other message has; `None` for long grams.
    pub(crate) fn short_name(&self) -> Option<u128> {
        const GRAM_BYTES: usize = 13;
        let mut name = [0u8; 16];
        name.get_mut(..GRAM_BYTES)?.get_mut(..self.gram.len())?.copy_from_slice(self.gram);
        let bytes = u8::try_from(self.gram.len()).expect("at most 13");
        name[GRAM_BYTES..].copy_from_slice(&[bytes, self.tag, self.occurrence]);
        Some(u128::from_le_bytes(name))
    }
}

/// All tokens of one record; refilled record by record and overwritten on drop.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub struct TokenList {
    #[zeroize(skip)]
    places: Vec<Place>,
    /// All grams, one after the other.
    text: Vec<u8>,
    #[zeroize(skip)]
    presence: u32,
}

impl core::fmt::Debug for TokenList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TokenList").finish_non_exhaustive()
    }
}

const TAG_NAME: u8 = 1;
const TAG_ROOT: u8 = 2;
const TAG_YEAR: u8 = 3;
const TAG_MONTH_OR_DAY: u8 = 4;
const TAG_DATE_DIGIT: u8 = 5;
const TAG_SSN4: u8 = 6;
const TAG_PHONE: u8 = 7;
const TAG_HOUSE: u8 = 8;
const TAG_HOUSE_DIGIT: u8 = 9;
const TAG_STREET: u8 = 10;
const TAG_ZIP: u8 = 11;
const TAG_CITY: u8 = 12;
const TAG_SEX: u8 = 13;
const TAG_MIDDLE: u8 = 14;
const TAG_SUFFIX: u8 = 15;
const TAG_ATTRIBUTE: u8 = 16;
const TAG_ATTRIBUTE_GRAM: u8 = 17;

/// Most bytes of a value that goes into one token.
const GRAM_BYTES_MAX: usize = 48;
/// Most bigrams of one value; longer values are cut, so that no filter overflows.
const BIGRAMS_MAX: usize = 40;
/// Room for the grams of one record: three names and a street in bigrams, attributes with their
/// names, whole values.
const TEXT_BYTES: usize = 16 << 10;

impl TokenList {
    /// Fields and flags of the record.
    pub fn presence(&self) -> u32 {
        self.presence
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Token<'_>> {
        self.places.iter().map(|place| {
            let start = usize::from(place.start);
            let gram = &self.text[start..start + usize::from(place.bytes)];
            Token { target: place.target, tag: place.tag, gram, occurrence: place.occurrence }
        })
    }

    /// Refills the list from a record whose source has these attributes.
    pub fn fill(&mut self, record: &NormalisedRecord, attributes: &Attributes) {
        self.places.clear();
        self.text.clear();
        // Room for the longest record, so that the text never moves in memory.
        self.text.reserve(TEXT_BYTES);
        self.presence = 0;
        self.name(Field::First, record.first());
        self.name(Field::Last, record.last());
        self.roots(record.first());
        self.dob(record);
        self.ssn4(record);
        self.phone(record);
        self.address(record);
        self.zip(record.zip());
        self.city(record.city());
        self.value(Field::Sex, TAG_SEX, record.sex().as_str());
        self.value(Field::Middle, TAG_MIDDLE, record.middle().get(..1).unwrap_or(""));
        self.value(Field::Suffix, TAG_SUFFIX, record.suffix().map_or("", |suffix| suffix.as_str()));
        for (index, attribute) in attributes.iter().enumerate() {
            if let Some(attribute) = attribute {
                self.attribute(Field::attribute(index), *attribute, record.attribute(index));
            }
        }
    }

    /// The attribute's name goes into each token, so that equal values of two attributes differ
    /// and the place of an attribute in a mapping does not matter.
    fn attribute(&mut self, field: Field, attribute: AttributeSchema, value: &str) {
        if value.is_empty() {
            return;
        }
        let name = attribute.name.as_str().as_bytes();
        let mut gram = Zeroizing::new(Vec::with_capacity(GRAM_BYTES_MAX));
        if attribute.qgrams {
            let bytes = value.as_bytes();
            for position in 0..=bytes.len().min(BIGRAMS_MAX - 1) {
                let (pair, occurrence) = bigram(bytes, position);
                gram.clear();
                gram.extend_from_slice(name);
                gram.extend_from_slice(&pair);
                self.push(target(field, 4, 0, 128), TAG_ATTRIBUTE_GRAM, &gram, occurrence);
            }
        } else {
            gram.extend_from_slice(name);
            gram.push(b'=');
            gram.extend_from_slice(value.as_bytes());
            self.push(target(field, 16, 0, 64), TAG_ATTRIBUTE, &gram, 0);
        }
    }

    fn push(&mut self, target: Target, tag: u8, gram: &[u8], occurrence: u8) {
        self.presence |= FieldSet::default().with(target.field).0;
        let gram = &gram[..gram.len().min(GRAM_BYTES_MAX)];
        let start = u16::try_from(self.text.len()).expect("a record's text is short");
        let bytes = u8::try_from(gram.len()).expect("grams are cut");
        self.text.extend_from_slice(gram);
        self.places.push(Place { target, tag, occurrence, start, bytes });
    }

    fn value(&mut self, field: Field, tag: u8, value: &str) {
        if !value.is_empty() {
            self.push(target(field, 16, 0, 64), tag, value.as_bytes(), 0);
        }
    }

    fn name(&mut self, field: Field, name: &str) {
        self.bigrams(target(field, 10, 0, 256), TAG_NAME, name);
    }

    /// Bigrams of `_value_`, each with the number of its earlier occurrences.
    fn bigrams(&mut self, target: Target, tag: u8, value: &str) {
        if value.is_empty() {
            return;
        }
        let bytes = value.as_bytes();
        for position in 0..=bytes.len().min(BIGRAMS_MAX - 1) {
            let (pair, occurrence) = bigram(bytes, position);
            self.push(target, tag, &pair, occurrence);
        }
    }

    fn roots(&mut self, first: &str) {
        if first.is_empty() {
            return;
        }
        let roots = target(Field::Roots, 12, 0, 256);
        self.push(roots, TAG_ROOT, first.as_bytes(), 0);
        for root in nicknames::roots(first) {
            if root != first {
                self.push(roots, TAG_ROOT, root.as_bytes(), 0);
            }
        }
    }

    /// Year, month and day each in a word of their own, digits in the fourth. Of a default date
    /// only the year is known.
    fn dob(&mut self, record: &NormalisedRecord) {
        let Some(dob) = record.dob() else { return };
        let digits = dob.to_digits();
        self.push(target(Field::Dob, 16, 0, 64), TAG_YEAR, &digits[..4], 0);
        if record.dob_is_default() {
            self.presence |= FieldSet::DOB_IS_DEFAULT;
            return;
        }
        self.push(target(Field::Dob, 16, 64, 64), TAG_MONTH_OR_DAY, &digits[4..6], 0);
        self.push(target(Field::Dob, 16, 128, 64), TAG_MONTH_OR_DAY, &digits[6..], 0);
        self.digits(target(Field::Dob, 5, 192, 64), TAG_DATE_DIGIT, &digits[2..]);
    }

    /// Each digit together with its place.
    fn digits(&mut self, target: Target, tag: u8, digits: &[u8]) {
        for (place, digit) in digits.iter().enumerate() {
            let place = u8::try_from(place).expect("numbers have few digits");
            self.push(target, tag, &[b'0' + place, *digit], 0);
        }
    }

    fn ssn4(&mut self, record: &NormalisedRecord) {
        let Some(digits) = record.ssn4() else { return };
        let ssn4 = target(Field::Ssn4, 8, 0, 128);
        self.digits(ssn4, TAG_SSN4, digits);
        let mut sorted = *digits;
        sorted.sort_unstable();
        self.push(ssn4, TAG_SSN4, &sorted, 1);
        sorted.zeroize();
    }

    fn phone(&mut self, record: &NormalisedRecord) {
        let Some(digits) = record.phone() else { return };
        let phone = target(Field::Phone, 6, 0, 128);
        self.push(phone, TAG_PHONE, &digits[..3], 1);
        self.digits(phone, TAG_PHONE, &digits[3..]);
    }

    /// An address counts only with a street; a number alone says nothing.
    fn address(&mut self, record: &NormalisedRecord) {
        if record.address_street().is_empty() {
            return;
        }
        let number = record.address_number().as_bytes();
        self.push(target(Field::Address, 16, 0, 64), TAG_HOUSE, number, 0);
        self.digits(target(Field::Address, 6, 64, 64), TAG_HOUSE_DIGIT, number);
        self.bigrams(target(Field::Address, 6, 128, 128), TAG_STREET, record.address_street());
    }

    fn city(&mut self, city: &str) {
        let bytes = city.as_bytes();
        if bytes.is_empty() {
            return;
        }
        self.push(target(Field::City, 16, 0, 64), TAG_CITY, bytes, 0);
        let sound = NysiisCode::of(city);
        self.push(target(Field::City, 8, 64, 32), TAG_CITY, sound.as_bytes(), 1);
        self.push(target(Field::City, 8, 96, 32), TAG_CITY, &bytes[..bytes.len().min(4)], 2);
    }

    fn zip(&mut self, zip: &str) {
        let bytes = zip.as_bytes();
        if bytes.is_empty() {
            return;
        }
        self.push(target(Field::Zip, 8, 0, 32), TAG_ZIP, &bytes[..bytes.len().min(3)], 0);
        self.push(target(Field::Zip, 8, 32, 32), TAG_ZIP, bytes, 1);
    }
}

/// The bigram of `_value_` at a position, and how often it stood there before.
fn bigram(bytes: &[u8], position: usize) -> ([u8; 2], u8) {
    let at = |position: usize| match position {
        0 => b'_',
        n => bytes.get(n - 1).copied().unwrap_or(b'_'),
    };
    let gram = |position: usize| [at(position), at(position + 1)];
    let earlier = (0..position).filter(|other| gram(*other) == gram(position)).count();
    (gram(position), u8::try_from(earlier).expect("fewer than BIGRAMS_MAX"))
}

const fn target(field: Field, count: u8, start: u16, bits: u16) -> Target {
    Target { field, count, start, bits }
}
