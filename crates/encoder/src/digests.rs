//! Takes the tokens of a record, gives their digests under the project's key, once per record.
//!
//! A digest is the first 16 bytes of `HMAC-SHA-256[gram key](message)`. Bigrams and digits come
//! again in every other record, so the digests of the first [`CACHED_MAX`] distinct messages are
//! kept; what is not kept is hashed again, with the same result.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::keyed::{KeyedHash, to_bytes};
use crate::tokens::{Target, Token, TokenList};

/// Bytes of a digest.
pub(crate) const DIGEST_BYTES: usize = 16;
/// Digests kept at most; enough for all bigrams and digits, and the commonest whole values.
const CACHED_MAX: usize = 1 << 16;

/// The digest of one token, and where it goes.
#[derive(Clone, Copy)]
pub(crate) struct Digest {
    pub(crate) target: Target,
    pub(crate) bytes: [u8; DIGEST_BYTES],
}

impl Zeroize for Digest {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

/// The digests of one record in the order of its tokens, that is by field; refilled record by
/// record and overwritten on drop.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub struct Digests(Vec<Digest>);

impl core::fmt::Debug for Digests {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Digests").finish_non_exhaustive()
    }
}

impl Digests {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.0.iter()
    }
}

/// Hashes tokens under one key and keeps the digests of frequent ones.
///
/// The table is a dictionary of keyed outputs; it is overwritten on drop.
pub struct TokenHasher {
    key: KeyedHash,
    kept: HashMap<[u8; 64], [u8; DIGEST_BYTES], BuildHasherDefault<BlockHasher>>,
}

impl core::fmt::Debug for TokenHasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TokenHasher").field("kept", &self.kept.len()).finish_non_exhaustive()
    }
}

impl TokenHasher {
    /// A hasher under the project's gram key.
    pub fn new(key: KeyedHash) -> Self {
        Self { key, kept: HashMap::default() }
    }

    /// Refills the digests from a record's tokens.
    pub fn fill(&mut self, tokens: &TokenList, digests: &mut Digests) {
        digests.0.clear();
        for token in tokens.iter() {
            let bytes = self.digest(token);
            digests.0.push(Digest { target: token.target, bytes });
        }
    }

    fn digest(&mut self, token: &Token) -> [u8; DIGEST_BYTES] {
        if let Some(digest) = self.kept.get(token.message.as_block()) {
            return *digest;
        }
        let whole = to_bytes(&self.key.short(&token.message));
        let digest = whole[..DIGEST_BYTES].try_into().expect("a digest is longer");
        if self.kept.len() < CACHED_MAX {
            self.kept.insert(*token.message.as_block(), digest);
        }
        digest
    }
}

impl Drop for TokenHasher {
    fn drop(&mut self) {
        for (mut block, mut digest) in self.kept.drain() {
            block.zeroize();
            digest.zeroize();
        }
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
