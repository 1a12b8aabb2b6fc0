//! The levels of a pair, and on how many identifying fields it agrees.

use tallystick_wire::schema::ATTRIBUTES_MAX;

/// Level 0 of every comparison: a value is missing on one side, and the weight is zero.
pub const MISSING: u8 = 0;
/// Level 1 of every comparison: the values differ.
pub const DIFFERENT: u8 = 1;

/// Names: similar as after two edits.
pub const NAME_TWO_EDITS: u8 = 2;
/// Names: similar as after one edit, or one contained in the other, or the two names swapped.
pub const NAME_ONE_EDIT: u8 = 3;
/// Names: equal.
pub const NAME_EXACT: u8 = 4;
/// Given names: different, but short forms of one name.
pub const NAME_NICKNAME: u8 = 5;

/// Dates: two of year, month and day agree.
pub const DOB_PARTIAL: u8 = 2;
/// Dates: one digit differs, or month and day are swapped.
pub const DOB_NEAR: u8 = 3;
/// Dates: equal.
pub const DOB_EXACT: u8 = 4;

/// Parts of the location, numbers and attributes: similar.
pub const NEAR: u8 = 2;
/// Parts of the location, numbers and attributes: equal.
pub const EXACT: u8 = 3;
/// Sex, middle initial, suffix, year of a default date: equal.
pub const SAME: u8 = 2;

/// The level of each comparison of a pair.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Levels {
    /// Given name.
    pub first: u8,
    /// Family name.
    pub last: u8,
    /// Date of birth, where neither date is a default.
    pub dob: u8,
    /// Year of birth, where one date is a default.
    pub dob_year: u8,
    /// Last four digits of the social security number.
    pub ssn4: u8,
    /// House number and street.
    pub address: u8,
    /// Telephone.
    pub phone: u8,
    /// Postal code.
    pub zip: u8,
    /// City.
    pub city: u8,
    /// Sex.
    pub sex: u8,
    /// Middle initial.
    pub middle: u8,
    /// Suffix.
    pub suffix: u8,
    /// Attributes.
    pub attributes: [u8; ATTRIBUTES_MAX],
    /// The agency's own person number; pairs within one source only.
    pub local_id: u8,
}

impl Levels {
    /// Number of identifying fields on which the pair agrees at least nearly.
    ///
    /// A pair with fewer than two agreements is counted as random and not kept: nothing that
    /// could be said about it would make it a match.
    #[inline]
    pub fn agreements(&self) -> u32 {
        let location = self.address >= NEAR || self.phone >= NEAR;
        let place = self.zip == EXACT || self.city >= NEAR;
        u32::from(self.first >= NAME_TWO_EDITS)
            + u32::from(self.last >= NAME_TWO_EDITS)
            + u32::from(self.dob >= DOB_PARTIAL)
            + u32::from(self.ssn4 >= NEAR)
            + u32::from(location || place)
            + u32::from(self.local_id == SAME) * 2
            + self.attributes.iter().map(|level| u32::from(*level >= NEAR)).sum::<u32>()
    }
}
