//! Levels as codes of which a bitwise OR is the higher level: level 3 is `111`.
//!
//! So the pattern of a pair that met in several passes, the higher level of each part, is one `bit_or`; the level is the number
//! of bits. A pair in a pass is one number: bits 0 to 49 the codes of 17 parts, bit 50 whether it is kept, bit 51 whether a
//! threshold was met exactly, and above them, while a record has several rows in the pass, which row it was.

use tallystick_linkage::pattern::PARTS;

/// Parts of a pattern in the order in which it is packed: name in SQL, and the highest level.
pub(super) const NAMED: [(&str, u32); PARTS.len()] = [
    ("first", 5),
    ("sex", 2),
    ("last", 4),
    ("dob", 4),
    ("dob_year", 2),
    ("ssn4", 3),
    ("address", 3),
    ("phone", 3),
    ("zip", 3),
    ("city", 3),
    ("middle", 2),
    ("suffix", 2),
    ("attribute_0", 3),
    ("attribute_1", 3),
    ("attribute_2", 3),
    ("attribute_3", 3),
    ("local_id", 2),
];

/// Bits of all codes.
const CODE_BITS: u32 = {
    let (mut bits, mut part) = (0, 0);
    while part < NAMED.len() {
        bits += NAMED[part].1;
        part += 1;
    }
    bits
};
/// The pair agrees on two fields or more.
pub(super) const KEPT: u64 = 1 << CODE_BITS;
/// A threshold was met exactly.
pub(super) const BOUNDARY: u64 = KEPT << 1;
/// What one more row of a record, or one more pass, adds.
pub(super) const ABOVE: u64 = BOUNDARY << 1;
/// Rows of one record in one pass that have numbers.
pub(crate) const PLACES_MAX: u32 = 1 << 11;

const _: () = assert!(ABOVE == 1 << 52, "documented so");
const _: () = assert!(ABOVE.ilog2() + PLACES_MAX.ilog2() == 63, "numbers stay below the sign");

/// The code of a level.
pub(super) const fn code(level: u8) -> u32 {
    (1 << level) - 1
}

/// The value of a part's lowest bit among all codes.
pub(super) fn unit(part: usize) -> u64 {
    1 << NAMED[..part].iter().map(|(_, levels)| levels).sum::<u32>()
}

/// The pattern of codes as the linkage packs it.
pub(super) fn pattern_of(codes: &str) -> String {
    let parts = NAMED.iter().zip(PARTS).enumerate().map(|(part, ((_, levels), (shift, _)))| {
        let mask = (1_u64 << levels) - 1;
        let mask = mask * unit(part);
        format!("CAST(bit_count({codes} & {mask}) AS BIGINT) * {}", 1_u64 << shift)
    });
    parts.collect::<Vec<_>>().join("\n    + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tile_their_bits_and_hold_every_level() {
        assert_eq!((unit(0), unit(1), unit(16)), (1, 32, 1 << 48));
        assert_eq!([0, 1, 2, 3, 4, 5].map(code), [0, 1, 3, 7, 15, 31]);
        for ((_, levels), (_, width)) in NAMED.iter().zip(PARTS) {
            assert!(*levels < 1 << width);
        }
    }
}
