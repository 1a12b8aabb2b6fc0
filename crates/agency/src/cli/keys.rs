//! `keys new`, `check`, `invite`, `accept`, `rotate`, and those that seal a key file.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use tallystick_encoder::keys::{Fingerprint, key_check};
use tallystick_keyfile::{Holder, KeyFileError};
use tallystick_program::{KeepCommand, NewArgs, OpenArgs};

use super::Failure;
use crate::keys::{self, Joined, KeyFile, KeysError};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Makes a key file: of a new project, or one that waits for an invitation (--join).
    New {
        /// Where the key file goes; an existing file is never touched.
        path: PathBuf,
        /// Joins another agency's project: makes this agency's own keys, and prints the agency
        /// recipient for which the other makes an invitation.
        #[arg(long, conflicts_with = "recipient")]
        join: bool,
        /// Public key of the release desk (age1...), to which content is sealed.
        #[arg(long, value_name = "AGE1...")]
        recipient: Option<String>,
        #[command(flatten)]
        new: NewArgs,
    },
    /// Checks a key file and prints the values that all agencies of the project must share.
    Check {
        /// The key file.
        path: PathBuf,
        #[command(flatten)]
        open: OpenArgs,
    },
    /// Seals the project's shared keys to another agency.
    Invite {
        /// This agency's key file.
        path: PathBuf,
        /// The other agency's recipient, as `keys new --join` printed it there.
        #[arg(long = "for", value_name = "AGE1...")]
        invitee: String,
        /// Where the invitation goes; an existing file is never touched.
        #[arg(short, long, value_name = "INVITATION")]
        output: PathBuf,
        #[command(flatten)]
        open: OpenArgs,
    },
    /// Takes over the shared keys of an invitation.
    Accept {
        /// This agency's key file.
        path: PathBuf,
        /// The invitation.
        invitation: PathBuf,
        /// Where the later keys go, if the key file has keys of an earlier epoch already.
        #[arg(short, long, value_name = "NEW")]
        output: Option<PathBuf>,
        /// The fingerprint that the other agency read out; refuses any other.
        #[arg(long, value_name = "DIGITS")]
        fingerprint: Option<String>,
        #[command(flatten)]
        open: OpenArgs,
    },
    /// Makes a key file with the next epoch; the others follow by new invitations.
    Rotate {
        /// The key file, which stays as it is.
        path: PathBuf,
        /// Where the new key file goes; an existing file is never touched.
        #[arg(short, long, value_name = "NEW")]
        output: PathBuf,
        /// Makes a new encoding key too, as when the old one may have leaked.
        #[arg(long)]
        new_key: bool,
        /// New public key of the release desk (age1...).
        #[arg(long, value_name = "AGE1...")]
        recipient: Option<String>,
        #[command(flatten)]
        open: OpenArgs,
    },
    #[command(flatten)]
    Keep(KeepCommand),
}

pub(super) fn run(command: &KeysCommand) -> Result<String, Failure> {
    let wrote = |path: &Path| format!("wrote {}\n", path.display());
    match command {
        KeysCommand::New { path, join, recipient, new } => {
            let passphrase = new.passphrase(path).map_err(|error| failure(&error))?;
            let text = if *join {
                waiting(&keys::join(path, passphrase).map_err(|error| refused(&error))?)
            } else {
                let made = keys::make(path, recipient.as_deref(), passphrase);
                describe(&made.map_err(|error| refused(&error))?)
            };
            Ok(wrote(path) + &text)
        }
        KeysCommand::Check { path, open } => {
            match Joined::open(path, &open.passphrases()).map_err(|error| refused(&error))? {
                Joined::Yes(file) => Ok(describe(&file)),
                Joined::NotYet(recipient) => Ok(waiting(&recipient)),
            }
        }
        KeysCommand::Invite { path, invitee, output, open } => {
            let file = keys::invite(path, invitee, output, &open.passphrases())
                .map_err(|error| refused(&error))?;
            let digits = Fingerprint::of_public(invitee);
            Ok(format!(
                "{}their fingerprint  {digits}\n{}\n\nCompare both fingerprints by telephone; \
                 anybody can send a recipient.",
                wrote(output),
                describe(&file)
            ))
        }
        KeysCommand::Accept { path, invitation, output, fingerprint, open } => {
            let (into, digits) = (output.as_deref(), fingerprint.as_deref());
            let file = keys::accept(path, invitation, into, digits, &open.passphrases())
                .map_err(|error| refused(&error))?;
            let compare = "\n\nCompare the fingerprint by telephone before you encode; anybody can \
                           send an invitation.";
            let compare = if fingerprint.is_some() { "" } else { compare };
            Ok(format!("{}{}{compare}", wrote(into.unwrap_or(path)), describe(&file)))
        }
        KeysCommand::Rotate { path, output, new_key, recipient, open } => {
            let recipient = recipient.as_deref();
            let file = keys::rotate(path, output, *new_key, recipient, &open.passphrases())
                .map_err(|error| refused(&error))?;
            Ok(format!(
                "{}{}\n\nInvite every other agency again; submissions of two epochs do not go \
                 together.",
                wrote(output),
                describe(&file)
            ))
        }
        KeysCommand::Keep(command) => command.run(Holder::Agency).map_err(|error| failure(&error)),
    }
}

/// What all agencies of a project must see alike, and the agency's public key; none of it is secret.
fn describe(file: &KeyFile) -> String {
    let recipient = file.release_recipient.as_ref().map_or_else(
        || "none; exports with content cannot be encoded".to_owned(),
        ToString::to_string,
    );
    let own = file.recipient().map_or_else(|| "none".to_owned(), |own| own.to_string());
    format!(
        "project            {}\nepoch              {}\nkey check          {}\n\
         fingerprint        {}\nrelease recipient  {recipient}\nagency recipient   {own}",
        file.keys.project,
        file.keys.epoch,
        key_check(&file.keys),
        file.fingerprint(),
    )
}

/// What an agency tells the one that invites it; none of it is secret.
fn waiting(recipient: &age::x25519::Recipient) -> String {
    let recipient = recipient.to_string();
    format!(
        "agency recipient   {recipient}\nfingerprint        {}\n\nSend the recipient to an agency of \
         the project, and read the fingerprint to it by telephone.",
        Fingerprint::of_public(&recipient)
    )
}

pub(super) fn failure(error: &KeyFileError) -> Failure {
    Failure::new(error.code(), error, error.help())
}

fn refused(error: &KeysError) -> Failure {
    Failure::new(error.code(), error, error.help())
}
