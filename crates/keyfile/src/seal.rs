//! Takes the text of a key file and a passphrase, gives it sealed, and back; refuses files that
//! would take too long to open.
//!
//! Sealed is an age file with a passphrase (scrypt recipient, <https://c2sp.org/age#scrypt-recipient-stanza>):
//! `age --decrypt` opens it too. The passphrase goes through scrypt with 128 bits of salt; nothing
//! else is ever made from it.

use std::io::{Read as _, Write as _};
use std::path::Path;

use age::{DecryptError, scrypt};
use zeroize::Zeroizing;

use crate::{FILE_BYTES_MAX, KeyFileError, Passphrase};

/// scrypt's N as a power of two, with r = 8 and p = 1: about a second and 256 MiB for each guess.
pub const WORK_FACTOR: u8 = 18;

/// Largest N that is accepted from a file, as a power of two: four seconds and 1 GiB.
pub const WORK_FACTOR_MAX: u8 = 20;

/// How every age file begins.
const AGE_MARK: &[u8] = b"age-encryption.org/";

/// Whether these bytes are an age file.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(AGE_MARK)
}

/// Seals a text.
pub(crate) fn seal(text: &[u8], passphrase: &Passphrase) -> Vec<u8> {
    seal_with(text, passphrase, WORK_FACTOR)
}

fn seal_with(text: &[u8], passphrase: &Passphrase, work_factor: u8) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(passphrase.secret());
    recipient.set_work_factor(work_factor);
    let recipient: &dyn age::Recipient = &recipient;
    let encryptor =
        age::Encryptor::with_recipients(std::iter::once(recipient)).expect("one is enough");
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).expect("a vector takes all bytes");
    writer.write_all(text).expect("a vector takes all bytes");
    writer.finish().expect("a vector takes all bytes");
    sealed
}

/// Opens a sealed text; `path` is for errors only. The passphrase is asked for only if the file can
/// be opened with one.
pub(crate) fn open(
    path: &Path,
    sealed: &[u8],
    passphrase: impl FnOnce() -> Result<Passphrase, KeyFileError>,
) -> Result<(Zeroizing<Vec<u8>>, Passphrase), KeyFileError> {
    let damaged = || KeyFileError::SealDamaged { path: path.to_owned() };
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| damaged())?;
    if !decryptor.is_scrypt() {
        return Err(KeyFileError::SealedOtherwise { path: path.to_owned() });
    }
    let passphrase = passphrase()?;
    let mut identity = scrypt::Identity::new(passphrase.secret());
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    let identity: &dyn age::Identity = &identity;
    let reader = decryptor.decrypt(std::iter::once(identity)).map_err(|error| match error {
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => KeyFileError::PassphraseWrong { path: path.to_owned() },
        DecryptError::ExcessiveWork { required, .. } => {
            KeyFileError::WorkFactor { path: path.to_owned(), required }
        }
        _ => damaged(),
    })?;
    // A sealed file is longer than its text, so the buffer never moves.
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.take(FILE_BYTES_MAX).read_to_end(&mut text).map_err(|_| damaged())?;
    Ok((text, passphrase))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Quick enough for a property.
    const QUICK: u8 = 4;

    fn open_with(sealed: &[u8], phrase: &str) -> Result<Vec<u8>, &'static str> {
        let given = || Ok(Passphrase::new(phrase.to_owned()));
        match open(Path::new("K"), sealed, given) {
            Ok((text, _)) => Ok(text.to_vec()),
            Err(error) => Err(error.code()),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_sealed_opens_with_its_passphrase_only(
            text in prop::collection::vec(any::<u8>(), 0..2000),
            phrase in "\\PC{1,40}",
        ) {
            let sealed = seal_with(&text, &Passphrase::new(phrase.clone()), QUICK);
            prop_assert!(is_sealed(&sealed));
            prop_assert_eq!(open_with(&sealed, &phrase).unwrap(), text);
            let other = open_with(&sealed, &(phrase + "x"));
            prop_assert_eq!(other.unwrap_err(), "keys-passphrase-wrong");
        }

        #[test]
        fn a_changed_byte_is_never_opened(place in any::<prop::sample::Index>(), bit in 0..8u8) {
            let mut sealed = seal_with(b"text", &Passphrase::new("phrase".into()), QUICK);
            let place = place.index(sealed.len());
            sealed[place] ^= 1 << bit;
            prop_assert!(open_with(&sealed, "phrase").is_err());
        }
    }

    #[test]
    fn a_work_factor_over_the_bound_is_refused_at_once() {
        let sealed = seal_with(b"text", &Passphrase::new("phrase".into()), QUICK);
        let text = String::from_utf8_lossy(&sealed[..120]).into_owned();
        let end = text.find(" 4\n").expect("the work factor stands in the first line");
        for number in ["21", "40", "63"] {
            let mut forged = sealed.clone();
            forged.splice(end + 1..end + 2, number.bytes());
            assert_eq!(open_with(&forged, "phrase").unwrap_err(), "keys-work-factor");
        }
    }
}
