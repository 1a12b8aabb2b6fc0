//! `keys new` and `keys check`.

use super::{Failure, KeysCommand};
use crate::keys::{KeyFile, NewKeysError, make};
use tallystick_encoder::keys::key_check;
use tallystick_keyfile::KeyFileError;

pub(super) fn run(command: &KeysCommand) -> Result<String, Failure> {
    match command {
        KeysCommand::New { path, from, recipient } => {
            make(path, from.as_deref(), recipient.as_deref())
                .map_err(|error| new_keys_failure(&error))?;
            let summary = describe(&KeyFile::read(path).map_err(|error| failure(&error))?);
            Ok(format!("wrote {}\n{summary}", path.display()))
        }
        KeysCommand::Check { path } => {
            Ok(describe(&KeyFile::read(path).map_err(|error| failure(&error))?))
        }
    }
}

/// What all agencies of a project must see alike; none of it is secret.
fn describe(file: &KeyFile) -> String {
    let recipient = file.release_recipient.as_ref().map_or_else(
        || "none; exports with content cannot be encoded".to_owned(),
        ToString::to_string,
    );
    format!(
        "project            {}\nepoch              {}\nkey check          {}\nrelease recipient  {recipient}",
        file.keys.project,
        file.keys.epoch,
        key_check(&file.keys),
    )
}

pub(super) fn failure(error: &KeyFileError) -> Failure {
    Failure::new(error.code(), error, error.help())
}

fn new_keys_failure(error: &NewKeysError) -> Failure {
    Failure::new(error.code(), error, error.help())
}
