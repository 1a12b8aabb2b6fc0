//! The key of one block's filters: AES-256 (FIPS 197) as a keyed function of 16-byte digests.
//!
//! A token is hashed once per project by HMAC-SHA-256 (see [`crate::digests`]) and then once for
//! each of a record's twenty and more blocks. The second step needs no more than a pseudorandom
//! function of 16 bytes under a key that HMAC-SHA-256 gave; AES is one, processors have had
//! instructions for it since 2010, and without them it is still several times faster than an HMAC.
//! Who finds a block's key still cannot try out names: the digests are under the project's key.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroize;

/// Sixteen bytes that are hashed.
pub(crate) type DigestBlock = aes::Block;

/// Turns digests into what draws the bits of one block's filters. Its schedule is overwritten on
/// drop.
pub struct FilterKey(Aes256Enc);

impl core::fmt::Debug for FilterKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FilterKey").finish_non_exhaustive()
    }
}

impl FilterKey {
    /// Schedules a key and clears the caller's copy.
    pub fn new(mut key: [u8; 32]) -> Self {
        let schedule = Aes256Enc::new(&key.into());
        key.zeroize();
        Self(schedule)
    }

    /// Encrypts each block in place.
    pub(crate) fn apply(&self, blocks: &mut [DigestBlock]) {
        self.0.encrypt_blocks(blocks);
    }

    /// What the key makes of a block, to compare two keys by.
    #[doc(hidden)]
    pub fn apply_one(&self, block: [u8; 16]) -> [u8; 16] {
        let mut blocks = [block.into()];
        self.apply(&mut blocks);
        blocks[0].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// FIPS 197, appendix C.3.
    #[test]
    fn equals_the_example_of_the_standard() {
        let key = core::array::from_fn(|at| u8::try_from(at).unwrap());
        let block = core::array::from_fn(|at| u8::try_from(0x11 * at).unwrap());
        let expected = [
            0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49,
            0x60, 0x89,
        ];
        assert_eq!(FilterKey::new(key).apply_one(block), expected);
    }

    proptest! {
        /// The mask of QUIC's header protection is the start of an AES block (RFC 9001, 5.4.3).
        #[test]
        fn equals_ring(key in any::<[u8; 32]>(), blocks in prop::collection::vec(any::<[u8; 16]>(), 1..40)) {
            let quic = &ring::aead::quic::AES_256;
            let oracle = ring::aead::quic::HeaderProtectionKey::new(quic, &key).unwrap();
            let mut made: Vec<DigestBlock> = blocks.iter().map(|block| (*block).into()).collect();
            FilterKey::new(key).apply(&mut made);
            for (block, made) in blocks.iter().zip(made) {
                prop_assert_eq!(&made[..5], oracle.new_mask(block).unwrap());
            }
        }
    }
}
