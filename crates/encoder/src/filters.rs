//! Takes the digests of a record, and the key of a block where filters are salted, gives its filters.
//!
//! A token draws its bits from 16 bytes: its digest itself in profile `trusted`,
//! `AES-256[block key](digest)` where filters are salted. The first `draws` bytes modulo the size of
//! the range, a power of two up to 256, are the bits that the token sets, counted from the start of
//! the range; bit `i` of a filter is bit `i % 64` (from the lowest) of word `i / 64`.

use tallystick_wire::schema::{FIELDS, Field, FieldSet};

use crate::digests::{DIGEST_BYTES, Digests};
use crate::filter_key::{DigestBlock, FilterKey};
use crate::tokens::Target;

/// Words of all filters of a row.
pub const WORDS: usize = {
    let (mut sum, mut field) = (0, 0);
    while field < FIELDS.len() {
        sum += FIELDS[field].1;
        field += 1;
    }
    sum
};

/// First word of each field's filter.
const STARTS: [usize; FIELDS.len()] = {
    let (mut starts, mut field) = ([0; FIELDS.len()], 1);
    while field < FIELDS.len() {
        starts[field] = starts[field - 1] + FIELDS[field - 1].1;
        field += 1;
    }
    starts
};

/// Digests that are encrypted together; most records have fewer tokens.
const AT_ONCE: usize = 64;

/// The filters of one row, all fields one after the other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filters([u64; WORDS]);

impl Filters {
    /// The filter of one field.
    pub fn field(&self, field: Field) -> &[u64] {
        let start = STARTS[field as usize];
        &self.0[start..start + field.words()]
    }

    /// Filters that are the same in all blocks.
    pub fn unsalted(digests: &Digests) -> Self {
        let mut filters = Self([0; WORDS]);
        for digest in digests.iter() {
            filters.set(digest.target, &digest.bytes);
        }
        filters
    }

    /// Filters under the key of one block.
    ///
    /// Fields in `omitted` stay empty: they are equal in the block by construction.
    pub fn salted(digests: &Digests, key: &FilterKey, omitted: FieldSet) -> Self {
        let mut filters = Self([0; WORDS]);
        let mut wanted = digests.iter().filter(|digest| !omitted.contains(digest.target.field));
        let mut targets = [Target::NOWHERE; AT_ONCE];
        let mut blocks = [DigestBlock::default(); AT_ONCE];
        loop {
            let mut count = 0;
            for ((target, block), digest) in targets.iter_mut().zip(&mut blocks).zip(&mut wanted) {
                *target = digest.target;
                *block = digest.bytes.into();
                count += 1;
            }
            key.apply(&mut blocks[..count]);
            for (target, block) in targets.iter().zip(&blocks[..count]) {
                filters.set(*target, block.as_ref());
            }
            if count < AT_ONCE {
                return filters;
            }
        }
    }

    /// Sets the bits of one token: the first `count` bytes, reduced to the range. Random hashing
    /// (Schnell, Bachteler and Reiher 2009, doi:10.1186/1472-6947-9-41), not double hashing, whose
    /// patterns are attackable.
    #[inline]
    fn set(&mut self, target: Target, bytes: &[u8; DIGEST_BYTES]) {
        let start = STARTS[target.field as usize] * 64 + usize::from(target.start);
        let mask = usize::from(target.bits) - 1;
        for byte in &bytes[..usize::from(target.count)] {
            let bit = start + (usize::from(*byte) & mask);
            self.0[bit / 64] |= 1 << (bit % 64);
        }
    }
}
