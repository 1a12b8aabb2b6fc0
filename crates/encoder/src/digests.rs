//! Takes the tokens of a record, gives their digests under the project's key, once per record.
//!
//! A digest is the first 16 bytes of `HMAC-SHA-256[gram key](message)`. Bigrams and digits come
//! again in every other record, so the digests of the first `CACHED_MAX` distinct short messages
//! are kept; what is not kept is hashed again, with the same result.

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
    kept: HashMap<u128, [u8; DIGEST_BYTES], BuildHasherDefault<NameHasher>>,
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
            let bytes = self.digest(&token);
            digests.0.push(Digest { target: token.target, bytes });
        }
    }

    fn digest(&mut self, token: &Token<'_>) -> [u8; DIGEST_BYTES] {
        let name = token.short_name();
        if let Some(digest) = name.and_then(|name| self.kept.get(&name)) {
            return *digest;
        }
        let whole = to_bytes(&self.key.short(&token.message()));
        let digest = whole[..DIGEST_BYTES].try_into().expect("a digest is longer");
        if let Some(name) = name
            && self.kept.len() < CACHED_MAX
        {
            self.kept.insert(name, digest);
        }
        digest
    }
}

impl Drop for TokenHasher {
    fn drop(&mut self) {
        for (mut name, mut digest) in self.kept.drain() {
            name.zeroize();
            digest.zeroize();
        }
    }
}

/// Hashes names of messages, which nobody chooses to collide: the table belongs to one agency.
#[derive(Default)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("names are numbers");
    }

    fn write_u128(&mut self, name: u128) {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let bytes = name.to_le_bytes();
        let [low, high] = [0, 8].map(|at| {
            u64::from_le_bytes(bytes[at..at + 8].try_into().expect("half of sixteen bytes"))
        });
        self.0 = (low.wrapping_mul(ODD) ^ high.rotate_left(32)).wrapping_mul(ODD);
    }

    /// The table takes its place from high and low bits; multiplication fills the high ones only.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
