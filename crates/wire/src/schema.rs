//! The linkage schema `person.v1`: fields, their filter widths, and the catalogue of passes.
//!
//! Both sides read it from here, so that they cannot differ within one version; the submission's
//! config hash covers [`FIELDS`], [`PASSES`] and the encoder's parameters.

use sha2::{Digest as _, Sha256};

use crate::types::ConfigHash;

/// Version of this schema.
pub const SCHEMA_VERSION: u16 = 1;
/// Version of the normalisation rules (`norm/v1`).
pub const NORM_VERSION: u16 = 1;
/// Version of the encoding parameters: tokens, bits per token, key labels.
pub const ENCODING_VERSION: u16 = 2;

/// Hash over everything besides key and profile that must be equal for encodings to be comparable.
///
/// SHA-256 over `tallystick/config/v1`, the three versions as `u16`, each field's name and words as
/// `u64` (all little-endian), and each pass's name with a zero byte.
pub fn config_hash() -> ConfigHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tallystick/config/v1");
    for version in [SCHEMA_VERSION, NORM_VERSION, ENCODING_VERSION] {
        hasher.update(version.to_le_bytes());
    }
    for (field, words) in FIELDS {
        hasher.update(field.as_str());
        hasher.update((words as u64).to_le_bytes());
    }
    for pass in &PASSES {
        hasher.update(pass.name);
        hasher.update([0]);
    }
    ConfigHash(hasher.finalize().into())
}

/// A field of the linkage schema; the number is its bit in a [`FieldSet`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Field {
    /// Given name, as padded bigrams.
    First = 0,
    /// Family name, as padded bigrams.
    Last = 1,
    /// The given name and the names it is a short form of.
    Roots = 2,
    /// Date of birth, one word each for year, month, day and digits; only the year where the date
    /// is a default (1 January).
    Dob = 3,
    /// Last four digits of the social security number.
    Ssn4 = 4,
    /// Telephone, ten digits.
    Phone = 5,
    /// House number (one word), its digits (one word), street as bigrams (two words).
    Address = 6,
    /// Postal code: the first three characters in the low half, the whole code in the high half.
    Zip = 7,
    /// City, suburb or place (one word), how it sounds and how it begins (half a word each).
    City = 8,
    /// Sex as recorded.
    Sex = 9,
    /// Middle initial.
    Middle = 10,
    /// Generational suffix.
    Suffix = 11,
    /// First stable attribute that the agencies agreed on.
    Attribute0 = 12,
    /// Second stable attribute.
    Attribute1 = 13,
    /// Third stable attribute.
    Attribute2 = 14,
    /// Fourth stable attribute.
    Attribute3 = 15,
}

/// All fields with the width of their filter in 64-bit words, in wire order.
pub const FIELDS: [(Field, usize); 16] = [
    (Field::First, 4),
    (Field::Last, 4),
    (Field::Roots, 4),
    (Field::Dob, 4),
    (Field::Ssn4, 2),
    (Field::Phone, 2),
    (Field::Address, 4),
    (Field::Zip, 1),
    (Field::City, 2),
    (Field::Sex, 1),
    (Field::Middle, 1),
    (Field::Suffix, 1),
    (Field::Attribute0, 2),
    (Field::Attribute1, 2),
    (Field::Attribute2, 2),
    (Field::Attribute3, 2),
];

/// How many attributes a schema holds.
pub const ATTRIBUTES_MAX: usize = 4;

impl Field {
    /// Width of this field's filter in 64-bit words.
    pub const fn words(self) -> usize {
        FIELDS[self as usize].1
    }

    /// How many bits a filter of a present value may have set: at least three, at most all but one
    /// in 32.
    ///
    /// The encoder's fullest filter draws 240 of 128 bits (40 bigrams of six); it has more than
    /// 124 bits once in 35 million, and would have more than seven eighths once in nine.
    pub const fn popcount_band(self) -> core::ops::RangeInclusive<u32> {
        let bits = match self.words() {
            1 => 64,
            2 => 128,
            _ => 256,
        };
        3..=bits - bits / 32
    }

    /// The attribute with this index, below [`ATTRIBUTES_MAX`].
    pub const fn attribute(index: usize) -> Self {
        FIELDS[Self::Attribute0 as usize + index].0
    }

    /// Name in reports and mappings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Roots => "roots",
            Self::Dob => "dob",
            Self::Ssn4 => "ssn4",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Zip => "zip",
            Self::City => "city",
            Self::Sex => "sex",
            Self::Middle => "middle",
            Self::Suffix => "suffix",
            Self::Attribute0 => "attribute.0",
            Self::Attribute1 => "attribute.1",
            Self::Attribute2 => "attribute.2",
            Self::Attribute3 => "attribute.3",
        }
    }
}

/// A set of fields, one bit each; bits 16 and above are flags of a row.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FieldSet(pub u32);

impl FieldSet {
    /// Row flag: the date of birth is a default, so that only its year was encoded.
    pub const DOB_IS_DEFAULT: u32 = 1 << 16;
    /// All bits that may be set in a row's presence word.
    pub const ROW_BITS: u32 = 0xFFFF | Self::DOB_IS_DEFAULT;

    /// Whether the field is in the set.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u32) != 0
    }

    /// The set with one more field.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | (1 << field as u32))
    }

    /// The set without a field.
    #[must_use]
    pub const fn without(self, field: Field) -> Self {
        Self(self.0 & !(1 << field as u32))
    }

    /// Fields that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The fields of the set in wire order.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        FIELDS.into_iter().map(|(field, _)| field).filter(move |field| self.contains(*field))
    }
}

/// One part of a blocking key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyPart {
    /// First letter of the given name.
    FirstInitial,
    /// First three letters of the given name.
    First3,
    /// First three letters of the family name.
    Last3,
    /// Soundex of the given name.
    FirstSoundex,
    /// Soundex of the family name.
    LastSoundex,
    /// NYSIIS of the given name.
    FirstNysiis,
    /// NYSIIS of the family name.
    LastNysiis,
    /// Both Soundex codes in alphabetical order, so that swapped names meet.
    SoundexPair,
    /// Both names in alphabetical order.
    NamePair,
    /// Date of birth.
    Dob,
    /// Year of birth.
    BirthYear,
    /// Month of birth.
    BirthMonth,
    /// Month and day of birth in ascending order, so that a swap meets.
    MonthDay,
    /// Last four digits of the social security number.
    Ssn4,
    /// Telephone.
    Phone,
    /// House number and street.
    Address,
    /// Postal code.
    Zip,
    /// City.
    City,
    /// The agency's own person number, under a key of that source.
    LocalId,
    /// An attribute by index.
    Attribute(u8),
}

impl KeyPart {
    /// The field this part is made from; `None` for the local person number.
    pub const fn field(self) -> Option<Field> {
        Some(match self {
            Self::FirstInitial | Self::First3 | Self::FirstSoundex | Self::FirstNysiis => {
                Field::First
            }
            Self::Last3 | Self::LastSoundex | Self::LastNysiis => Field::Last,
            Self::SoundexPair | Self::NamePair => Field::Last,
            Self::Dob | Self::BirthYear | Self::BirthMonth | Self::MonthDay => Field::Dob,
            Self::Ssn4 => Field::Ssn4,
            Self::Phone => Field::Phone,
            Self::Address => Field::Address,
            Self::Zip => Field::Zip,
            Self::City => Field::City,
            Self::Attribute(index) => Field::attribute(index as usize),
            Self::LocalId => return None,
        })
    }

    /// The field that is equal in all rows of a block because of this part, if any.
    pub const fn fixes(self) -> Option<Field> {
        match self {
            Self::Dob
            | Self::Ssn4
            | Self::Phone
            | Self::Address
            | Self::Zip
            | Self::City
            | Self::Attribute(_) => self.field(),
            _ => None,
        }
    }
}

/// One blocking pass: rows meet whose whole key is equal.
#[derive(Clone, Copy, Debug)]
pub struct PassSpec {
    /// Stable number on the wire; its index in [`PASSES`].
    pub number: u8,
    /// Name in reports.
    pub name: &'static str,
    /// Parts of the key.
    pub key: &'static [KeyPart],
}

impl PassSpec {
    /// Fields that are equal within a block by construction, and so are not encoded again.
    pub fn fixed_fields(&self) -> FieldSet {
        self.key.iter().filter_map(|part| part.fixes()).fold(FieldSet::default(), FieldSet::with)
    }

    /// Fields that a source must have for this pass.
    pub fn needed_fields(&self) -> FieldSet {
        self.key.iter().fold(FieldSet::default(), |set, part| match part {
            KeyPart::SoundexPair | KeyPart::NamePair => set.with(Field::First).with(Field::Last),
            part => part.field().map_or(set, |field| set.with(field)),
        })
    }

    /// Whether many persons share a key: nothing in it but names, and places where many live.
    pub fn is_wide(&self) -> bool {
        use KeyPart::*;
        !self.key.iter().any(|part| {
            matches!(
                part,
                Dob | BirthYear
                    | BirthMonth
                    | MonthDay
                    | Ssn4
                    | Phone
                    | Address
                    | LocalId
                    | NamePair
            )
        })
    }

    /// Whether the pass compares rows of one source only.
    pub fn is_within_source(&self) -> bool {
        self.key.contains(&KeyPart::LocalId)
    }
}

const fn pass(number: u8, name: &'static str, key: &'static [KeyPart]) -> PassSpec {
    PassSpec { number, name, key }
}

/// The catalogue of passes. An agency makes every pass whose fields its mapping has; the linkage
/// unit uses those that the sources share. The first thirteen are the STD-13 set of the design;
/// the others catch pairs with two damaged fields and sources without dates or addresses.
pub const PASSES: [PassSpec; 24] = {
    use KeyPart::*;
    [
        pass(0, "dob+f1", &[Dob, FirstInitial]),
        pass(1, "dob+sdx(last)", &[Dob, LastSoundex]),
        pass(2, "nysiis(last)+sdx(first)", &[LastNysiis, FirstSoundex]),
        pass(3, "sdx(last)+yob+f1", &[LastSoundex, BirthYear, FirstInitial]),
        pass(4, "sdx(last)+{m,d}", &[LastSoundex, MonthDay]),
        pass(5, "nysiis(first)+yob+m", &[FirstNysiis, BirthYear, BirthMonth]),
        pass(6, "nysiis(first)+{m,d}", &[FirstNysiis, MonthDay]),
        pass(7, "sdx-pair+yob", &[SoundexPair, BirthYear]),
        pass(8, "ssn4+f1", &[Ssn4, FirstInitial]),
        pass(9, "ssn4+yob", &[Ssn4, BirthYear]),
        pass(10, "phone", &[Phone]),
        pass(11, "address+f1", &[Address, FirstInitial]),
        pass(12, "zip+sdx(last)", &[Zip, LastSoundex]),
        pass(13, "local-id", &[LocalId]),
        pass(14, "name-pair", &[NamePair]),
        pass(15, "dob", &[Dob]),
        pass(16, "first3+last3", &[First3, Last3]),
        pass(17, "zip+nysiis(first)", &[Zip, FirstNysiis]),
        pass(18, "city+sdx(last)+f1", &[City, LastSoundex, FirstInitial]),
        pass(19, "city+first3", &[City, First3]),
        pass(20, "ssn4+sdx(last)", &[Ssn4, LastSoundex]),
        pass(21, "address+yob", &[Address, BirthYear]),
        pass(22, "attribute.0+yob", &[Attribute(0), BirthYear]),
        pass(23, "attribute.0+first3", &[Attribute(0), First3]),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions() {
        for (position, pass) in PASSES.iter().enumerate() {
            assert_eq!(usize::from(pass.number), position);
        }
        for (position, (field, _)) in FIELDS.iter().enumerate() {
            assert_eq!(*field as usize, position);
        }
    }

    #[test]
    fn a_pass_fixes_only_fields_it_needs() {
        for pass in &PASSES {
            let fixed = pass.fixed_fields();
            assert_eq!(fixed.intersection(pass.needed_fields()), fixed, "{}", pass.name);
        }
        assert!(PASSES[0].fixed_fields().contains(Field::Dob));
        assert!(!PASSES[3].fixed_fields().contains(Field::Dob));
    }
}
