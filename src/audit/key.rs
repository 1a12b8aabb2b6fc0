//! The key that signs checkpoints.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::ids::{NoRandomness, hex, random_bytes, unhex};

/// Signs checkpoints and receipts of the unit. Ed25519 (RFC 8032).
pub struct AuditKey(Ed25519KeyPair);

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditKey").finish_non_exhaustive()
    }
}

impl AuditKey {
    /// The key of a 32-byte seed; `None` if it is none.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    /// A new seed.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_seed() -> Result<Zeroizing<[u8; 32]>, NoRandomness> {
        random_bytes().map(Zeroizing::new)
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    /// The half that may be known to all.
    #[must_use]
    pub fn public(&self) -> AuditPublicKey {
        let bytes = self.0.public_key().as_ref();
        AuditPublicKey(bytes.try_into().expect("an Ed25519 key has 32 bytes"))
    }
}

/// Checks what [`AuditKey`] signed. Its text is 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditPublicKey([u8; 32]);

impl AuditPublicKey {
    /// Reads 64 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl std::fmt::Display for AuditPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}
