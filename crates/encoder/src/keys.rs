//! The agency's two secrets and all keys made from them.
//!
//! `encoding_key` is shared by the agencies of a project and never reaches the linkage unit;
//! `local_key` belongs to one agency alone.
//!
//! Each key is one block of HKDF-SHA-256 (RFC 5869) output, with the secret as input key material.
//!
//! | key | secret | salt | info |
//! |---|---|---|---|
//! | tokens of a pass | encoding | project, epoch | `tallystick/v1/tok/<pass name>` |
//! | block keys of a pass | encoding | project, epoch | `tallystick/v1/salt/<pass name>` |
//! | digests of q-grams | encoding | project, epoch | `tallystick/v1/gram` |
//! | tokens over local numbers | local | project, epoch | `tallystick/v1/local/tok/<source>` |
//! | block keys over local numbers | local | project, epoch | `tallystick/v1/local/salt/<source>` |
//! | filters for level counts | local | project, epoch | `tallystick/v1/local/throw-away/<source>` |
//! | handles | local | project, epoch | `tallystick/v1/local/handles/<source>` |
//! | continuity tokens | local | project | `tallystick/v1/local/continuity/<source>` |
//! | planted persons | encoding | project | `tallystick/v1/planted` |
//! | errors in their copies | local | project | `tallystick/v1/local/planted/<source>` |
//! | pseudonyms of numbers of events | encoding | project, epoch | `tallystick/v1/number` |
//! | fingerprint | encoding | project, epoch | `tallystick/v1/fingerprint` |
//!
//! The project is its 16 bytes, the epoch four bytes, little-endian.

use secrecy::{ExposeSecret, SecretBox};
use tallystick_wire::{KeyCheck, PASSES, ProjectId, SourceLabel};
use zeroize::Zeroize;

use crate::filter_key::FilterKey;
use crate::keyed::{KeyedHash, derive_key};

/// Bytes of each secret.
pub const KEY_BYTES: usize = 32;

/// A secret of 32 bytes; no `Clone`, no `Debug` of its value.
#[derive(Debug)]
pub struct SecretKey(SecretBox<[u8; KEY_BYTES]>);

impl SecretKey {
    /// Takes the bytes over and clears the caller's copy.
    pub fn new(mut bytes: [u8; KEY_BYTES]) -> Self {
        let key = Self(SecretBox::init_with_mut(|secret: &mut [u8; KEY_BYTES]| {
            secret.copy_from_slice(&bytes);
        }));
        bytes.zeroize();
        key
    }

    fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose_secret()
    }
}

/// The secrets of an agency in one project and epoch.
#[derive(Debug)]
pub struct AgencyKeys {
    /// Shared by the agencies of the project.
    pub encoding_key: SecretKey,
    /// This agency's own.
    pub local_key: SecretKey,
    /// The project.
    pub project: ProjectId,
    /// Key epoch, from 0; a new epoch makes all earlier tokens useless.
    pub epoch: u32,
}

/// Shows whether two agencies hold one key: `HMAC(K, "kcv")[..8]`, 64 bits of a keyed hash, so
/// that it allows no guessing of a random key.
pub fn key_check(keys: &AgencyKeys) -> KeyCheck {
    let digest = KeyedHash::new(keys.encoding_key.expose()).digest(b"kcv");
    KeyCheck(digest[..KeyCheck::BYTES].try_into().expect("a digest is longer"))
}

/// What two people read to each other by telephone: 30 decimal digits, about 99 bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fingerprint([u32; 6]);

impl Fingerprint {
    /// Of the shared keys with what else all agencies must have alike, such as the release
    /// recipient: `HMAC[fingerprint key](shared)`. A keyed hash under a random key, so it may be
    /// known to anyone.
    pub fn of_keys(keys: &AgencyKeys, shared: &str) -> Self {
        let salt = epoch_salt(keys);
        let info: [&[u8]; 1] = [b"tallystick/v1/fingerprint"];
        let key = keyed(derive_key(keys.encoding_key.expose(), &salt, &info));
        Self::of_digest(&key.digest(shared.as_bytes()))
    }

    /// Of a public key. There is no secret in it; the fixed key keeps it apart from other hashes.
    pub fn of_public(public: &str) -> Self {
        Self::of_digest(
            &KeyedHash::new(b"tallystick/v1/public/fingerprint").digest(public.as_bytes()),
        )
    }

    /// Reads digits as people type them, with or without spaces and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u32> = text
            .chars()
            .filter(|one| !matches!(one, ' ' | '-'))
            .map(|one| one.to_digit(10))
            .collect::<Option<_>>()?;
        if digits.len() != 30 {
            return None;
        }
        let mut groups = [0; 6];
        for (group, digits) in groups.iter_mut().zip(digits.chunks_exact(5)) {
            *group = digits.iter().fold(0, |group, digit| group * 10 + digit);
        }
        Some(Self(groups))
    }

    /// Five bytes make a group: 2^40 modulo 10^5 prefers no digit by more than one in ten million.
    fn of_digest(digest: &[u8; 32]) -> Self {
        let mut groups = [0; 6];
        for (group, bytes) in groups.iter_mut().zip(digest.chunks_exact(5)) {
            let number = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            *group = u32::try_from(number % 100_000).expect("five digits fit");
        }
        Self(groups)
    }
}

impl core::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let groups: Vec<String> = self.0.iter().map(|group| format!("{group:05}")).collect();
        f.write_str(&groups.join(" "))
    }
}

/// Keys of planted synthetic persons: who they are, alike at all agencies of the project, and what
/// errors a source's copies of them have.
#[derive(Debug)]
pub struct PlantedKeys {
    /// Makes the persons and their labels.
    pub persons: KeyedHash,
    /// Makes the errors of the copies.
    pub errors: KeyedHash,
}

impl PlantedKeys {
    /// Derives both keys of one source.
    pub fn derive(keys: &AgencyKeys, source: SourceLabel) -> Self {
        let salt = keys.project.0;
        let shared: [&[u8]; 1] = [b"tallystick/v1/planted"];
        let local: [&[u8]; 2] = [b"tallystick/v1/local/planted/", source.as_str().as_bytes()];
        Self {
            persons: keyed(derive_key(keys.encoding_key.expose(), &salt, &shared)),
            errors: keyed(derive_key(keys.local_key.expose(), &salt, &local)),
        }
    }
}

/// The key of [pseudonyms of numbers](crate::number), the same at all agencies of the project.
pub(crate) fn number_key(keys: &AgencyKeys) -> KeyedHash {
    let info: [&[u8]; 1] = [b"tallystick/v1/number"];
    keyed(derive_key(keys.encoding_key.expose(), &epoch_salt(keys), &info))
}

fn epoch_salt(keys: &AgencyKeys) -> Vec<u8> {
    [&keys.project.0[..], &keys.epoch.to_le_bytes()].concat()
}

/// The keys of one pass.
#[derive(Debug)]
pub(crate) struct PassKeys {
    /// Makes block tokens.
    pub(crate) token: KeyedHash,
    /// Makes the key of a block's filters; another key, so that a token does not give it.
    pub(crate) salt: KeyedHash,
}

/// All keys that encoding one source needs.
#[derive(Debug)]
pub struct EncodingKeys {
    pub(crate) check: KeyCheck,
    pub(crate) passes: Vec<PassKeys>,
    /// Digests of q-grams and other tokens of filters.
    pub(crate) gram: KeyedHash,
    /// Filters that never leave: for level counts.
    pub(crate) throw_away: FilterKey,
    /// Handles of identities.
    pub(crate) handles: KeyedHash,
    /// Continuity tokens of local person numbers; the same in all epochs.
    pub(crate) continuity: KeyedHash,
}

impl EncodingKeys {
    /// Derives all keys of one source by HKDF-SHA-256, each with its own label.
    pub fn derive(keys: &AgencyKeys, source: SourceLabel) -> Self {
        let project_salt = keys.project.0;
        let epoch_salt = epoch_salt(keys);
        let shared = |label: &[u8], pass: &[u8]| {
            let info: [&[u8]; 3] = [b"tallystick/v1/", label, pass];
            keyed(derive_key(keys.encoding_key.expose(), &epoch_salt, &info))
        };
        let local_bytes = |salt: &[u8], label: &[u8]| {
            let info: [&[u8]; 4] =
                [b"tallystick/v1/local/", label, b"/", source.as_str().as_bytes()];
            derive_key(keys.local_key.expose(), salt, &info)
        };
        let local = |salt: &[u8], label: &[u8]| keyed(local_bytes(salt, label));
        let passes = PASSES
            .iter()
            .map(|pass| {
                if pass.is_within_source() {
                    // Under this source's key, so that equal numbers of two agencies never meet.
                    PassKeys {
                        token: local(&epoch_salt, b"tok"),
                        salt: local(&epoch_salt, b"salt"),
                    }
                } else {
                    let name = pass.name.as_bytes();
                    PassKeys { token: shared(b"tok/", name), salt: shared(b"salt/", name) }
                }
            })
            .collect();
        Self {
            check: key_check(keys),
            passes,
            gram: shared(b"gram", b""),
            throw_away: FilterKey::new(local_bytes(&epoch_salt, b"throw-away")),
            handles: local(&epoch_salt, b"handles"),
            continuity: local(&project_salt, b"continuity"),
        }
    }
}

impl EncodingKeys {
    /// All keys of HMACs by name, for the golden vectors: `tok/` and `salt/` with the pass, and the
    /// others.
    #[doc(hidden)]
    pub fn named(&self) -> Vec<(String, &KeyedHash)> {
        let passes = PASSES.iter().zip(&self.passes).flat_map(|(pass, keys)| {
            let name = |kind| format!("{kind}/{}", pass.name);
            [(name("tok"), &keys.token), (name("salt"), &keys.salt)]
        });
        let others =
            [("gram", &self.gram), ("handles", &self.handles), ("continuity", &self.continuity)];
        passes.chain(others.map(|(name, key)| (name.to_owned(), key))).collect()
    }

    /// The key of filters for level counts, for the golden vectors.
    #[doc(hidden)]
    pub fn throw_away(&self) -> &FilterKey {
        &self.throw_away
    }
}

fn keyed(mut key: [u8; 32]) -> KeyedHash {
    let hash = KeyedHash::new(&key);
    key.zeroize();
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(key: u8, project: u8, epoch: u32) -> AgencyKeys {
        AgencyKeys {
            encoding_key: SecretKey::new([key; KEY_BYTES]),
            local_key: SecretKey::new([9; KEY_BYTES]),
            project: ProjectId([project; 16]),
            epoch,
        }
    }

    #[test]
    fn a_fingerprint_is_of_everything_that_is_shared() {
        let of =
            |key, project, epoch, shared| Fingerprint::of_keys(&keys(key, project, epoch), shared);
        let one = of(1, 1, 0, "age1a");
        for other in [of(2, 1, 0, "age1a"), of(1, 2, 0, "age1a"), of(1, 1, 1, "age1a")] {
            assert_ne!(one, other);
        }
        assert_ne!(one, of(1, 1, 0, "age1b"));
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let one = Fingerprint::of_public("age1a");
        let text = one.to_string();
        assert_eq!(text.len(), 35);
        assert_eq!(Fingerprint::parse(&text), Some(one));
        assert_eq!(Fingerprint::parse(&text.replace(' ', "-")), Some(one));
        assert_eq!(Fingerprint::parse(&text[1..]), None);
        assert_eq!(Fingerprint::parse(&text.replace(' ', "x")), None);
    }
}
