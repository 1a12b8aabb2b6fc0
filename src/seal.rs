//! Seals small secrets and chunks of files: AES-256-GCM (NIST SP 800-38D), bound to their place.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::ids::{NoRandomness, random_bytes};

/// Bytes that sealing adds: nonce and tag.
pub const OVERHEAD_BYTES: usize = NONCE_LEN + 16;

/// Seals and opens. Each sealing draws a nonce of 96 bits: at most 2^32 sealings a key.
pub struct SealKey(LessSafeKey);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKey").finish_non_exhaustive()
    }
}

impl SealKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("the key has 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// `nonce || AES-256-GCM[key, nonce, place](plain)`. What is sealed for one place opens at no other.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let nonce: [u8; NONCE_LEN] = random_bytes()?;
        let mut text = plain.to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut text,
            )
            .expect("a text is far shorter than the cipher allows");
        let mut sealed = Vec::with_capacity(text.len() + OVERHEAD_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut text);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for `place`; `None` if anything about it was changed.
    #[must_use]
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_at_its_own_place_only() {
        let key = SealKey::new(&[3; 32]);
        let sealed = key.seal(b"here", b"text").unwrap();
        assert_eq!(sealed.len(), 4 + OVERHEAD_BYTES);
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"text");
        assert!(key.open(b"there", &sealed).is_none());
        assert!(SealKey::new(&[4; 32]).open(b"here", &sealed).is_none());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.open(b"here", &changed).is_none(), "byte {place}");
            assert!(key.open(b"here", &sealed[..place]).is_none(), "{place} bytes");
        }
        assert_ne!(key.seal(b"here", b"text").unwrap(), sealed);
    }
}
