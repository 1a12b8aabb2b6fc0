//! Takes the tokens of a record and a key, gives its filters.
//!
//! A token's digest is `HMAC-SHA-256[key](message)`. Read as sixteen big-endian 16-bit words, its
//! first `draws` words modulo the size of the range are the bits that the token sets, counted from
//! the start of the range; bit `i` of a filter is bit `i % 64` (from the lowest) of word `i / 64`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use tallystick_wire::schema::{FIELDS, Field, FieldSet};
use zeroize::Zeroize;

use crate::keyed::KeyedHash;
use crate::tokens::{Target, Token, TokenList};

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

/// The filters of one row, all fields one after the other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filters([u64; WORDS]);

impl Filters {
    /// The filter of one field.
    pub fn field(&self, field: Field) -> &[u64] {
        let start = STARTS[field as usize];
        &self.0[start..start + field.words()]
    }

    /// Filters of a record under the key of one block, or of the whole project.
    ///
    /// Fields in `omitted` stay empty: they are equal in the block by construction.
    pub fn salted(tokens: &TokenList, key: &KeyedHash, omitted: FieldSet) -> Self {
        let mut filters = Self([0; WORDS]);
        for token in tokens.iter() {
            if !omitted.contains(token.target.field) {
                filters.set(token.target, &key.short(&token.message));
            }
        }
        filters
    }

    /// Sets the bits of one token: the first `count` 16-bit big-endian words of its digest,
    /// reduced to the range. Random hashing (Schnell, Bachteler and Reiher 2009,
    /// doi:10.1186/1472-6947-9-41), not double hashing, whose patterns are attackable.
    fn set(&mut self, target: Target, digest: &[u32; 8]) {
        let start = STARTS[target.field as usize] * 64 + usize::from(target.start);
        let mask = u32::from(target.bits) - 1;
        for draw in 0..usize::from(target.count) {
            let word = digest[draw / 2];
            let value = if draw % 2 == 0 { word >> 16 } else { word & 0xFFFF };
            let bit = start + (value & mask) as usize;
            self.0[bit / 64] |= 1 << (bit % 64);
        }
    }
}

/// Filters under one key for many records, with the digest of each token kept.
///
/// The table is a dictionary of keyed outputs; it is overwritten on drop.
pub struct CachedFilters {
    key: KeyedHash,
    digests: HashMap<[u8; 64], [u32; 8], BuildHasherDefault<BlockHasher>>,
}

impl core::fmt::Debug for CachedFilters {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CachedFilters").field("entries", &self.digests.len()).finish()
    }
}

/// Hashes padded messages, which nobody chooses to collide: the table belongs to one agency.
#[derive(Default)]
struct BlockHasher(u64);

impl Hasher for BlockHasher {
    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut padded = [0; 8];
            padded[..word.len()].copy_from_slice(word);
            self.write_u64(u64::from_le_bytes(padded));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    /// The table takes its place from high and low bits; multiplication fills the high ones only.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Tokens kept at most; enough for all bigrams and digits, and the commonest whole values.
const CACHED_MAX: usize = 1 << 16;

impl CachedFilters {
    /// An empty table under a key.
    pub fn new(key: KeyedHash) -> Self {
        Self { key, digests: HashMap::default() }
    }

    /// The same filters as [`Filters::salted`] under this key with nothing omitted.
    pub fn filters(&mut self, tokens: &TokenList) -> Filters {
        let mut filters = Filters([0; WORDS]);
        for token in tokens.iter() {
            let digest = self.digest(token);
            filters.set(token.target, &digest);
        }
        filters
    }

    fn digest(&mut self, token: &Token) -> [u32; 8] {
        if let Some(digest) = self.digests.get(token.message.as_block()) {
            return *digest;
        }
        let digest = self.key.short(&token.message);
        if self.digests.len() < CACHED_MAX {
            self.digests.insert(*token.message.as_block(), digest);
        }
        digest
    }
}

impl Drop for CachedFilters {
    fn drop(&mut self) {
        for (mut block, mut digest) in self.digests.drain() {
            block.zeroize();
            digest.zeroize();
        }
    }
}
