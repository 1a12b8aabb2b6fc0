//! What can be wrong when keys are made, handed on or changed, without their values.

use std::path::{Path, PathBuf};

use tallystick_keyfile::KeyFileError;

/// Why keys could not be made, handed on or taken over.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A key file is wrong or cannot be written.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The recipient is not a public key.
    #[error("the release recipient is not a public key of the form age1...")]
    RecipientInvalid,
    /// The one who is invited has no public key.
    #[error("the agency recipient is not a public key of the form age1...")]
    InviteeInvalid,
    /// The encoding key would go to the linkage unit.
    #[error(
        "the agency recipient is the release desk's; the linkage unit never gets the encoding key"
    )]
    InviteeIsUnit,
    /// The key file has no key pair of its own.
    #[error("{}: no entry identity", path.display())]
    IdentityMissing {
        /// The key file.
        path: PathBuf,
    },
    /// Reading or writing an invitation failed.
    #[error("{}: {source}", path.display())]
    InvitationIo {
        /// The invitation.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not an invitation, or damaged.
    #[error("{}: not an invitation, or damaged", path.display())]
    InvitationDamaged {
        /// The invitation.
        path: PathBuf,
    },
    /// Sealed to another key file.
    #[error("{}: sealed to another recipient than this key file's", path.display())]
    InvitationForAnother {
        /// The invitation.
        path: PathBuf,
    },
    /// The key file belongs to another project.
    #[error("{}: invites to another project than the key file's", path.display())]
    OtherProject {
        /// The invitation.
        path: PathBuf,
    },
    /// The invitation has no later epoch than the key file, and not its keys.
    #[error("{}: its epoch is not later than the key file's", path.display())]
    NotLater {
        /// The invitation.
        path: PathBuf,
    },
    /// The digits compared by telephone differ.
    #[error("{}: the fingerprint is not the one given", path.display())]
    FingerprintDiffers {
        /// The invitation.
        path: PathBuf,
    },
    /// Not the digits of a fingerprint.
    #[error("a fingerprint has 30 digits")]
    FingerprintInvalid,
    /// Accepting would replace keys.
    #[error("{}: has keys of a project already", path.display())]
    OutputMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The epoch cannot be raised.
    #[error("{}: the last epoch is reached", path.display())]
    EpochLast {
        /// The key file.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system's random number generator does not answer")]
    NoRandomness,
}

impl KeysError {
    pub(super) fn invitation_io(path: &Path, source: std::io::Error) -> Self {
        Self::InvitationIo { path: path.to_owned(), source }
    }

    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyFile(error) => error.code(),
            Self::RecipientInvalid => "keys-recipient-invalid",
            Self::InviteeInvalid => "keys-invitee-invalid",
            Self::InviteeIsUnit => "keys-invitee-is-unit",
            Self::IdentityMissing { .. } => "keys-identity-missing",
            Self::InvitationIo { .. } => "invitation-io",
            Self::InvitationDamaged { .. } => "invitation-damaged",
            Self::InvitationForAnother { .. } => "invitation-for-another",
            Self::OtherProject { .. } => "invitation-other-project",
            Self::NotLater { .. } => "invitation-not-later",
            Self::FingerprintDiffers { .. } => "invitation-fingerprint-differs",
            Self::FingerprintInvalid => "fingerprint-invalid",
            Self::OutputMissing { .. } => "keys-output-missing",
            Self::EpochLast { .. } => "keys-epoch-last",
            Self::NoRandomness => "keys-no-randomness",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::KeyFile(error) => return error.help(),
            Self::RecipientInvalid => {
                "`tallystick keys new` prints it at the linkage unit; copy the whole word"
            }
            Self::InviteeInvalid => {
                "`keys new --join` prints it at the agency that is invited; copy the whole word"
            }
            Self::InviteeIsUnit => {
                "ask the agency for the word that `keys new --join` printed, and compare by telephone"
            }
            Self::IdentityMissing { .. } => "make the file with `keys new`; see keys.example",
            Self::InvitationIo { .. } => "check the path, its rights and the space on the disk",
            Self::InvitationDamaged { .. } => "ask for the file again; send it as an attachment",
            Self::InvitationForAnother { .. } => {
                "`keys check` prints the agency recipient; the invitation must be made for it"
            }
            Self::OtherProject { .. } => "each project has key files of its own; make one with --join",
            Self::NotLater { .. } => {
                "ask for an invitation made after `keys rotate`; keys of one epoch never change"
            }
            Self::FingerprintDiffers { .. } => {
                "do not use it; telephone the agency that made it, at a number that you know"
            }
            Self::FingerprintInvalid => "give all six groups of five, in quotes",
            Self::OutputMissing { .. } => {
                "give another path with -o; the old file is needed until all have changed"
            }
            Self::EpochLast { .. } => "begin a new project with `keys new`",
            Self::NoRandomness => "try again; never make keys by hand",
        }
        .to_owned()
    }
}
