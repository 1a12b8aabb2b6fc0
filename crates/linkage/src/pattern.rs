//! The comparison vector of a pair in one word, and what the model makes of it.

use tallystick_wire::schema::ATTRIBUTES_MAX;

use crate::compare::{DIFFERENT, EXACT, Levels, MISSING, NEAR};

/// Bit position and width of each level in a [`Pattern`], in the order in which it is packed.
pub const PARTS: [(u32, u32); 17] = [
    (0, 3),  // first
    (3, 2),  // sex
    (5, 3),  // last
    (8, 3),  // dob
    (11, 2), // dob_year
    (13, 2), // ssn4
    (15, 2), // address
    (17, 2), // phone
    (19, 2), // zip
    (21, 2), // city
    (23, 2), // middle
    (25, 2), // suffix
    (27, 2), // attributes
    (29, 2),
    (31, 2),
    (33, 2),
    (35, 2), // local_id
];

/// Bits that a pattern uses.
pub const PATTERN_BITS: u32 = 37;

/// All levels of a pair, packed. The order of patterns is the order of their words.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Pattern(pub u64);

impl Pattern {
    /// Packs levels.
    #[inline]
    pub fn pack(levels: &Levels) -> Self {
        let values = [
            levels.first,
            levels.sex,
            levels.last,
            levels.dob,
            levels.dob_year,
            levels.ssn4,
            levels.address,
            levels.phone,
            levels.zip,
            levels.city,
            levels.middle,
            levels.suffix,
            levels.attributes[0],
            levels.attributes[1],
            levels.attributes[2],
            levels.attributes[3],
            levels.local_id,
        ];
        let word = PARTS
            .iter()
            .zip(values)
            .fold(0, |word, ((shift, _), level)| word | (u64::from(level) << shift));
        Self(word)
    }

    /// Unpacks the levels.
    pub fn levels(self) -> Levels {
        let level = |part: usize| -> u8 {
            let (shift, width) = PARTS[part];
            u8::try_from((self.0 >> shift) & ((1 << width) - 1)).expect("at most three bits")
        };
        Levels {
            first: level(0),
            sex: level(1),
            last: level(2),
            dob: level(3),
            dob_year: level(4),
            ssn4: level(5),
            address: level(6),
            phone: level(7),
            zip: level(8),
            city: level(9),
            middle: level(10),
            suffix: level(11),
            attributes: [level(12), level(13), level(14), level(15)],
            local_id: level(16),
        }
    }

    /// The pattern of a pair that was met in two passes: the higher level of each comparison.
    ///
    /// Both passes see the same values through other hash functions; a level can differ only
    /// where hash noise lies at a threshold.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let word = PARTS.iter().fold(0, |word, (shift, width)| {
            let mask = ((1 << width) - 1) << shift;
            word | (self.0 & mask).max(other.0 & mask)
        });
        Self(word)
    }
}

/// The comparisons of the model. Location is one comparison in two versions, since a house or a
/// telephone says more than a postal code: exactly one of them counts in a pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
pub enum Comparison {
    /// Given name; its chance agreement is known jointly with sex.
    First = 0,
    /// Sex.
    Sex = 1,
    /// Family name.
    Last = 2,
    /// Date of birth.
    Dob = 3,
    /// Year of birth, where a date is a default.
    DobYear = 4,
    /// Last four digits of the social security number.
    Ssn4 = 5,
    /// Location with an address or telephone on both sides.
    Location = 6,
    /// Location by postal code or city only.
    Place = 7,
    /// Middle initial.
    Middle = 8,
    /// Suffix.
    Suffix = 9,
    /// First attribute.
    Attribute0 = 10,
    /// Second attribute.
    Attribute1 = 11,
    /// Third attribute.
    Attribute2 = 12,
    /// Fourth attribute.
    Attribute3 = 13,
    /// The agency's own person number.
    LocalId = 14,
}

/// Number of comparisons of the model.
pub const COMPARISONS: usize = 15;
/// Number of parts of a record of which presence is looked at: number, and place.
pub const PRESENCES: usize = 2;
/// Most levels a comparison has, counting the missing level.
pub const LEVELS_MAX: usize = 8;

/// Name of each comparison and of its levels above missing, from different to equal.
pub const NAMES: [(&str, &[&str]); COMPARISONS] = [
    ("first", &["different", "two edits", "one edit", "exact", "nickname"]),
    ("sex", &["different", "same"]),
    ("last", &["different", "two edits", "one edit", "exact"]),
    ("dob", &["different", "partial", "one digit or swap", "exact"]),
    ("dob year", &["different", "same"]),
    ("ssn4", &["different", "one digit", "exact"]),
    (
        "location",
        &[
            "different",
            "near place",
            "same place",
            "same zip and city",
            "near address or phone",
            "same address or phone",
            "same address or phone and place",
        ],
    ),
    ("place", &["different", "near", "same zip or city", "same zip and city"]),
    ("middle", &["different", "same"]),
    ("suffix", &["different", "same"]),
    ("attribute.0", &["different", "near", "same"]),
    ("attribute.1", &["different", "near", "same"]),
    ("attribute.2", &["different", "near", "same"]),
    ("attribute.3", &["different", "near", "same"]),
    ("local id", &["different", "same"]),
];

/// The model's level of each comparison; 0 is missing.
pub type Vector = [u8; COMPARISONS];

/// What the model makes of a pattern.
pub fn vector(pattern: Pattern) -> Vector {
    let levels = pattern.levels();
    let mut vector = [MISSING; COMPARISONS];
    vector[Comparison::First as usize] = levels.first;
    vector[Comparison::Sex as usize] = levels.sex;
    vector[Comparison::Last as usize] = levels.last;
    vector[Comparison::Dob as usize] = levels.dob;
    vector[Comparison::DobYear as usize] = levels.dob_year;
    vector[Comparison::Ssn4 as usize] = levels.ssn4;
    let (location, place) = location(levels.address, levels.phone, levels.zip, levels.city);
    vector[Comparison::Location as usize] = location;
    vector[Comparison::Place as usize] = place;
    vector[Comparison::Middle as usize] = levels.middle;
    vector[Comparison::Suffix as usize] = levels.suffix;
    for (index, level) in levels.attributes.into_iter().enumerate().take(ATTRIBUTES_MAX) {
        vector[Comparison::Attribute0 as usize + index] = level;
    }
    vector[Comparison::LocalId as usize] = levels.local_id;
    vector
}

/// Levels of location and place from the levels of their parts; one of the two is missing.
pub fn location(address: u8, phone: u8, zip: u8, city: u8) -> (u8, u8) {
    let strong = address.max(phone);
    let place = match (zip == EXACT, city == EXACT) {
        (true, true) => 4,
        (true, false) | (false, true) => 3,
        _ if zip == NEAR || city == NEAR => 2,
        _ => DIFFERENT,
    };
    if strong != MISSING {
        let level = match strong {
            EXACT if place >= 3 => 7,
            EXACT => 6,
            NEAR => 5,
            _ => place,
        };
        (level, MISSING)
    } else if zip != MISSING || city != MISSING {
        (MISSING, place)
    } else {
        (MISSING, MISSING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn levels() -> impl Strategy<Value = Levels> {
        (
            (0..6u8, 0..5u8, 0..5u8, 0..3u8, 0..4u8),
            (0..4u8, 0..4u8, 0..4u8, 0..4u8, 0..3u8),
            (0..3u8, 0..3u8, [0..4u8, 0..4u8, 0..4u8, 0..4u8], 0..3u8),
        )
            .prop_map(|(a, b, c)| Levels {
                first: a.0,
                last: a.1,
                dob: a.2,
                dob_year: a.3,
                ssn4: a.4,
                address: b.0,
                phone: b.1,
                zip: b.2,
                city: b.3,
                sex: b.4,
                middle: c.0,
                suffix: c.1,
                attributes: c.2,
                local_id: c.3,
            })
    }

    proptest! {
        #[test]
        fn packing_round_trips_and_leaves_room_for_the_passes(levels in levels()) {
            let pattern = Pattern::pack(&levels);
            prop_assert_eq!(pattern.levels(), levels);
            prop_assert!(pattern.0 < 1 << PATTERN_BITS);
        }

        #[test]
        fn merging_is_a_join(a in levels(), b in levels(), c in levels()) {
            let (a, b, c) = (Pattern::pack(&a), Pattern::pack(&b), Pattern::pack(&c));
            prop_assert_eq!(a.merge(b), b.merge(a));
            prop_assert_eq!(a.merge(b).merge(c), a.merge(b.merge(c)));
            prop_assert_eq!(a.merge(a), a);
        }

        #[test]
        fn levels_stay_within_their_names(levels in levels()) {
            for (level, (_, names)) in vector(Pattern::pack(&levels)).into_iter().zip(NAMES) {
                prop_assert!(usize::from(level) <= names.len());
            }
        }
    }

    #[test]
    fn a_shared_telephone_outweighs_another_house() {
        assert_eq!(location(DIFFERENT, EXACT, EXACT, MISSING), (7, MISSING));
        assert_eq!(location(DIFFERENT, MISSING, EXACT, MISSING), (3, MISSING));
        assert_eq!(location(MISSING, MISSING, EXACT, EXACT), (MISSING, 4));
        assert_eq!(location(MISSING, MISSING, MISSING, MISSING), (MISSING, MISSING));
    }
}
