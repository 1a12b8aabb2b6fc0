//! How many cells of each field were usable, in counts only.

use crate::mapping::ATTRIBUTES_MAX;

/// A field that cells are counted for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Field {
    /// First name.
    First,
    /// Last name.
    Last,
    /// Middle name.
    Middle,
    /// Generational suffix.
    Suffix,
    /// Date of birth.
    Dob,
    /// Sex.
    Sex,
    /// Social security number.
    Ssn,
    /// Telephone number.
    Phone,
    /// Street address.
    Address,
    /// City.
    City,
    /// Postal code.
    Zip,
    /// The agency's own number of the person.
    LocalId,
    /// Attribute at this place, from 0.
    Attribute(u8),
}

/// Fields that are counted, attributes included.
const FIELDS_COUNT: usize = 12 + ATTRIBUTES_MAX;

impl Field {
    /// All fields, in the order of reports.
    pub fn all() -> impl Iterator<Item = Self> {
        let attributes = (0..ATTRIBUTES_MAX)
            .map(|index| Self::Attribute(u8::try_from(index).expect("ATTRIBUTES_MAX is small")));
        [
            Self::First,
            Self::Last,
            Self::Middle,
            Self::Suffix,
            Self::Dob,
            Self::Sex,
            Self::Ssn,
            Self::Phone,
            Self::Address,
            Self::City,
            Self::Zip,
            Self::LocalId,
        ]
        .into_iter()
        .chain(attributes)
    }

    /// Code of a cell of this field that holds something but nothing usable.
    pub fn invalid_code(self) -> &'static str {
        match self {
            Self::First => "field-first-unreadable",
            Self::Last => "field-last-unreadable",
            Self::Middle => "field-middle-unreadable",
            Self::Suffix => "field-suffix-unreadable",
            Self::Dob => "field-dob-unreadable",
            Self::Sex => "field-sex-unreadable",
            Self::Ssn => "field-ssn-unreadable",
            Self::Phone => "field-phone-unreadable",
            Self::Address => "field-address-unreadable",
            Self::City => "field-city-unreadable",
            Self::Zip => "field-zip-unreadable",
            Self::LocalId => "field-local-id-unreadable",
            Self::Attribute(_) => "field-attribute-unreadable",
        }
    }

    fn index(self) -> usize {
        match self {
            Self::First => 0,
            Self::Last => 1,
            Self::Middle => 2,
            Self::Suffix => 3,
            Self::Dob => 4,
            Self::Sex => 5,
            Self::Ssn => 6,
            Self::Phone => 7,
            Self::Address => 8,
            Self::City => 9,
            Self::Zip => 10,
            Self::LocalId => 11,
            Self::Attribute(index) => 12 + usize::from(index),
        }
    }
}

/// What became of one cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// A usable value.
    Present,
    /// Empty, or a word that means missing.
    Missing,
    /// Something, but nothing usable; the field is missing.
    Invalid,
}

/// Cells of one field; the three add up to the rows seen, if the field is mapped.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FieldCount {
    /// Usable values.
    pub present: u64,
    /// Empty cells and words that mean missing.
    pub missing: u64,
    /// Cells that hold something but nothing usable.
    pub invalid: u64,
}

/// Counts of a file; [`FieldCounts::merge`] adds those of another part of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FieldCounts {
    rows: u64,
    rejected: u64,
    dob_default: u64,
    fields: [FieldCount; FIELDS_COUNT],
}

impl FieldCounts {
    /// Rows seen, rejected ones included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows rejected as `row-no-identifier`.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Dates of birth on a 1 January; present, but no evidence of month and day.
    pub fn dob_default(&self) -> u64 {
        self.dob_default
    }

    /// Counts of one field.
    pub fn field(&self, field: Field) -> FieldCount {
        self.fields.get(field.index()).copied().unwrap_or_default()
    }

    /// Adds the counts of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.rejected += other.rejected;
        self.dob_default += other.dob_default;
        for (count, other) in self.fields.iter_mut().zip(&other.fields) {
            count.present += other.present;
            count.missing += other.missing;
            count.invalid += other.invalid;
        }
    }

    pub(super) fn add(&mut self, field: Field, outcome: Outcome) {
        let count = &mut self.fields[field.index()];
        match outcome {
            Outcome::Present => count.present += 1,
            Outcome::Missing => count.missing += 1,
            Outcome::Invalid => count.invalid += 1,
        }
    }

    pub(super) fn add_row(&mut self, rejected: bool, dob_default: bool) {
        self.rows += 1;
        self.rejected += u64::from(rejected);
        self.dob_default += u64::from(dob_default);
    }
}
