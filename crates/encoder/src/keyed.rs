//! HMAC-SHA-256 (RFC 2104, FIPS 180-4) with its two keyed states kept, for millions of short
//! messages under one key.
//!
//! A message of up to 55 bytes costs two compressions. The general `hmac` crate gives the same
//! bytes at about twice the cost; tests hold this against it and against `ring`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop};

const BLOCK: usize = 64;
/// Longest message that fits one block with its padding.
pub const SHORT_BYTES_MAX: usize = BLOCK - 9;
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A message of at most [`SHORT_BYTES_MAX`] bytes, padded as the second block of an inner hash.
#[derive(Clone, Copy)]
pub struct ShortMessage([u8; BLOCK]);

impl ShortMessage {
    /// Pads a message.
    ///
    /// # Panics
    /// If it is longer than [`SHORT_BYTES_MAX`].
    pub fn new(message: &[u8]) -> Self {
        Self::of_parts([message])
    }

    /// Pads the parts of a message, one after the other.
    ///
    /// # Panics
    /// If they are longer than [`SHORT_BYTES_MAX`] together.
    #[inline]
    pub fn of_parts<const N: usize>(parts: [&[u8]; N]) -> Self {
        let mut block = [0u8; BLOCK];
        let mut len = 0;
        for part in parts {
            block[len..len + part.len()].copy_from_slice(part);
            len += part.len();
        }
        assert!(len <= SHORT_BYTES_MAX, "the caller keeps messages short");
        block[len] = 0x80;
        block[56..].copy_from_slice(&(((BLOCK + len) * 8) as u64).to_be_bytes());
        Self(block)
    }
}

impl core::fmt::Debug for ShortMessage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ShortMessage").finish_non_exhaustive()
    }
}

impl Zeroize for ShortMessage {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// HMAC-SHA-256 under one key, ready for many messages.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyedHash {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl core::fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeyedHash").finish_non_exhaustive()
    }
}

impl KeyedHash {
    /// Schedules a key of 32 bytes: two compressions.
    pub fn new(key: &[u8; 32]) -> Self {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            block.zeroize();
            state
        };
        Self { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    /// The MAC of a short message as eight big-endian words.
    #[inline]
    pub fn short(&self, message: &ShortMessage) -> [u32; 8] {
        let mut state = self.inner;
        compress256(&mut state, &[message.0]);
        self.finish(&state)
    }

    /// The MAC of a message of any length.
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        let mut state = self.inner;
        let mut blocks = message.chunks_exact(BLOCK);
        for block in blocks.by_ref() {
            compress256(&mut state, &[block.try_into().expect("chunks of a block")]);
        }
        let rest = blocks.remainder();
        let mut tail = [0u8; 2 * BLOCK];
        tail[..rest.len()].copy_from_slice(rest);
        tail[rest.len()] = 0x80;
        let used = if rest.len() < BLOCK - 8 { BLOCK } else { 2 * BLOCK };
        let bits = ((BLOCK + message.len()) * 8) as u64;
        tail[used - 8..used].copy_from_slice(&bits.to_be_bytes());
        for block in tail[..used].chunks_exact(BLOCK) {
            compress256(&mut state, &[block.try_into().expect("chunks of a block")]);
        }
        tail[..rest.len()].zeroize();
        to_bytes(&self.finish(&state))
    }

    #[inline]
    fn finish(&self, inner: &[u32; 8]) -> [u32; 8] {
        let mut block = [0u8; BLOCK];
        for (bytes, word) in block.chunks_exact_mut(4).zip(inner) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        block[32] = 0x80;
        block[56..].copy_from_slice(&(((BLOCK + 32) * 8) as u64).to_be_bytes());
        let mut state = self.outer;
        compress256(&mut state, &[block]);
        state
    }
}

/// A digest's words as bytes.
pub fn to_bytes(words: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

/// One key of 32 bytes by HKDF-SHA-256 (RFC 5869): extract with `salt`, expand with `info`.
pub fn derive_key(key: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mac = |key: &[u8], parts: &[&[u8]]| -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    };
    let mut extracted = mac(salt, &[key]);
    let mut parts = info.to_vec();
    parts.push(&[1]);
    let derived = mac(&extracted, &parts);
    extracted.zeroize();
    derived
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hmac_crate(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    proptest! {
        #[test]
        fn equals_the_hmac_crate_and_ring(
            key in any::<[u8; 32]>(),
            message in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let keyed = KeyedHash::new(&key);
            let expected = hmac_crate(&key, &message);
            prop_assert_eq!(keyed.digest(&message), expected);
            let ring_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
            let signed = ring::hmac::sign(&ring_key, &message);
            prop_assert_eq!(signed.as_ref(), expected);
            if message.len() <= SHORT_BYTES_MAX {
                prop_assert_eq!(to_bytes(&keyed.short(&ShortMessage::new(&message))), expected);
            }
        }

        #[test]
        fn derivation_equals_ring(
            key in prop::collection::vec(any::<u8>(), 1..80),
            salt in prop::collection::vec(any::<u8>(), 0..40),
            info in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let salted = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &salt);
            let mut expected = [0u8; 32];
            salted
                .extract(&key)
                .expand(&[&info], ring::hkdf::HKDF_SHA256)
                .unwrap()
                .fill(&mut expected)
                .unwrap();
            prop_assert_eq!(derive_key(&key, &salt, &[&info]), expected);
        }
    }
}
