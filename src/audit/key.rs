//! The key that signs checkpoints.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use tallystick_dataset::public_key::is_small_order;
use zeroize::Zeroizing;

use crate::ids::{NoRandomness, hex, random_bytes, unhex};

/// Signs checkpoints and receipts of the unit. Ed25519 (RFC 8032).
pub struct AuditKey(Ed25519KeyPair);

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditKey").finish_non_exhaustive()
    }
}

/// What is signed. Its text, a version and a zero byte stand before the message, so that what was signed as one thing is never
/// taken for another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signed {
    /// What an agency keeps of its submission.
    Receipt,
    /// A head of the log, and the last line of an export.
    Checkpoint,
    /// The list of a backup's files.
    Manifest,
    /// The manifest of a release's bundle.
    Bundle,
    /// A certificate of destruction.
    Destruction,
}

impl Signed {
    /// What stands before the message.
    #[must_use]
    pub const fn domain(self) -> &'static [u8] {
        match self {
            Self::Receipt => b"tallystick receipt v1\0",
            Self::Checkpoint => b"tallystick checkpoint v1\0",
            Self::Manifest => b"tallystick manifest v1\0",
            Self::Bundle => tallystick_dataset::bundle::SIGNED_PREFIX,
            Self::Destruction => b"tallystick destruction v1\0",
        }
    }

    /// `domain || message`: what Ed25519 is given.
    fn bytes(self, message: &[u8]) -> Vec<u8> {
        [self.domain(), message].concat()
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

    /// Signs a message as what it is.
    #[must_use]
    pub fn sign(&self, signed: Signed, message: &[u8]) -> [u8; 64] {
        let signature = self.0.sign(&signed.bytes(message));
        signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
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
    /// Reads 64 lower-case hex digits. `None` also of the few keys under which anybody can sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).filter(|bytes| !is_small_order(bytes)).map(Self)
    }

    /// Whether `signature` is this key's over `message` as what it is to be.
    #[must_use]
    pub fn verifies(&self, signed: Signed, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(&signed.bytes(message), signature).is_ok()
    }
}

impl std::fmt::Display for AuditPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_as_one_thing_is_no_other() {
        let all = [
            Signed::Receipt,
            Signed::Checkpoint,
            Signed::Manifest,
            Signed::Bundle,
            Signed::Destruction,
        ];
        let key = AuditKey::from_seed(&[7; 32]).unwrap();
        let public = key.public();
        for signed in all {
            let signature = key.sign(signed, b"{}");
            let taken = all.map(|other| public.verifies(other, b"{}", &signature));
            assert_eq!(taken, all.map(|other| other == signed), "{signed:?}");
            let bare = UnparsedPublicKey::new(&ED25519, public.0);
            assert!(bare.verify(b"{}", &signature).is_err(), "without what stands before it");
            assert!(bare.verify(&[signed.domain(), b"{}"].concat(), &signature).is_ok());
        }
    }

    #[test]
    fn a_key_under_which_anybody_can_sign_is_none() {
        let key = AuditKey::from_seed(&[7; 32]).unwrap().public();
        assert_eq!(AuditPublicKey::parse(&key.to_string()), Some(key));
        assert_eq!(AuditPublicKey::parse(&"0".repeat(64)), None);
        assert_eq!(AuditPublicKey::parse(&format!("{}80", "0".repeat(62))), None);
    }
}
