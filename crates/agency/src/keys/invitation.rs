//! Takes the shared keys from one agency to another: sealed with age to the other's own public key,
//! compared by telephone.
//!
//! An invitation does not prove who made it: anyone who knows the recipient can seal one. Only the
//! comparison of fingerprints does, which is why both sides print one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use tallystick_encoder::keys::Fingerprint;
use tallystick_keyfile::{FILE_BYTES_MAX, Holder, KeyTable, Passphrases, text_of};
use zeroize::Zeroizing;

use super::draft::{Draft, Shared};
use super::{KeyFile, KeysError};

/// Writes an invitation for the holder of `invitee`, a public key; gives the keys it is made from.
pub fn invite(
    path: &Path,
    invitee: &str,
    output: &Path,
    passphrases: &Passphrases,
) -> Result<KeyFile, KeysError> {
    let draft = Draft::read(path, passphrases)?;
    let keys = draft.key_file(path)?;
    let invitee: age::x25519::Recipient = invitee.parse().map_err(|_| KeysError::InviteeInvalid)?;
    if keys.release_recipient.as_ref().is_some_and(|unit| unit.to_string() == invitee.to_string()) {
        return Err(KeysError::InviteeIsUnit);
    }
    let shared = draft.shared.as_ref().expect("a file with keys has shared ones");
    let text = text_of(Holder::Invitation, &shared.entries(&shared.epoch.to_string()));
    let io = |source: io::Error| KeysError::invitation_io(output, source);
    seal(text.as_bytes(), &invitee, output).map_err(io)?;
    Ok(keys)
}

fn seal(text: &[u8], invitee: &age::x25519::Recipient, output: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let recipient: &dyn age::Recipient = invitee;
    let encryptor =
        age::Encryptor::with_recipients(std::iter::once(recipient)).expect("one is enough");
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(text)?;
    writer.finish()?;
    let mut file = options.open(output)?;
    file.write_all(&sealed)?;
    file.sync_all()
}

/// Takes an invitation over. A file that waits for one is completed; keys of an earlier epoch stay,
/// and the later ones go to `output`, sealed as the file is. `expected` are the digits that the
/// other side read out.
pub fn accept(
    path: &Path,
    invitation: &Path,
    output: Option<&Path>,
    expected: Option<&str>,
    passphrases: &Passphrases,
) -> Result<KeyFile, KeysError> {
    let expected = expected
        .map(|digits| Fingerprint::parse(digits).ok_or(KeysError::FingerprintInvalid))
        .transpose()?;
    let mut draft = Draft::read(path, passphrases)?;
    let text = open(invitation, &draft.identity(path)?)?;
    let damaged = || KeysError::InvitationDamaged { path: invitation.to_owned() };
    let table = KeyTable::parse(invitation, &text, Holder::Invitation).map_err(|_| damaged())?;
    let invited = Shared::of_table(&table).map_err(|_| damaged())?;
    if let Some(recipient) = &invited.release_recipient {
        recipient.parse::<age::x25519::Recipient>().map_err(|_| damaged())?;
    }
    if let Some(own) = &draft.shared {
        let invitation = invitation.to_owned();
        if own.project != invited.project {
            return Err(KeysError::OtherProject { path: invitation });
        }
        if own.epoch >= invited.epoch {
            return Err(KeysError::NotLater { path: invitation });
        }
        if output.is_none() {
            return Err(KeysError::OutputMissing { path: path.to_owned() });
        }
    }
    draft.shared = Some(invited);
    let keys = draft.key_file(path)?;
    if let Some(expected) = expected
        && keys.fingerprint() != expected
    {
        return Err(KeysError::FingerprintDiffers { path: invitation.to_owned() });
    }
    match output {
        Some(output) => draft.write_new(output)?,
        None => draft.replace(path)?,
    }
    Ok(keys)
}

fn open(path: &Path, identity: &age::x25519::Identity) -> Result<Zeroizing<String>, KeysError> {
    let damaged = || KeysError::InvitationDamaged { path: path.to_owned() };
    let io = |source| KeysError::invitation_io(path, source);
    let mut sealed = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut sealed))
        .map_err(io)?;
    let decryptor = age::Decryptor::new_buffered(&sealed[..]).map_err(|_| damaged())?;
    let identity: &dyn age::Identity = identity;
    let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => {
            KeysError::InvitationForAnother { path: path.to_owned() }
        }
        _ => damaged(),
    })?;
    let mut text = Zeroizing::new(String::new());
    reader.read_to_string(&mut text).map_err(|_| damaged())?;
    Ok(text)
}
