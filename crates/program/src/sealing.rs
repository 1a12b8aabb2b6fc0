//! Takes the options of a passphrase and the commands that seal key files, gives passphrases and
//! sealed files, refuses to generate a passphrase that nobody would see.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tallystick_keyfile::{
    Holder, KeyFileError, Passphrase, Passphrases, change_passphrase, protect, unprotect,
};

/// Where the passphrase of a sealed key file comes from.
#[derive(Args, Debug)]
pub struct OpenArgs {
    /// Its first line is the passphrase of a sealed key file, for scripts [default: asked on the
    /// terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl OpenArgs {
    /// Where to ask.
    pub fn passphrases(&self) -> Passphrases {
        Passphrases::of_option(self.passphrase_file.as_deref())
    }
}

/// Whether a new key file is sealed, and with what.
#[derive(Args, Debug)]
pub struct NewArgs {
    /// Seals the key file with a passphrase, which is asked twice.
    #[arg(long, conflicts_with_all = ["passphrase_file", "generate_passphrase"])]
    passphrase: bool,
    /// Seals the key file with the first line of a file.
    #[arg(long, value_name = "FILE", conflicts_with = "generate_passphrase")]
    passphrase_file: Option<PathBuf>,
    /// Seals the key file with a random passphrase, which is shown once on the terminal.
    #[arg(long)]
    generate_passphrase: bool,
}

impl NewArgs {
    /// The passphrase for a new key file, if it is to have one.
    pub fn passphrase(&self, path: &Path) -> Result<Option<Passphrase>, KeyFileError> {
        if !self.passphrase && !self.generate_passphrase && self.passphrase_file.is_none() {
            return Ok(None);
        }
        new_passphrase(path, self.passphrase_file.as_deref(), self.generate_passphrase).map(Some)
    }
}

/// Commands for the seal of a key file that exists.
#[derive(Debug, Subcommand)]
pub enum KeepCommand {
    /// Seals a key file with a passphrase, in its place.
    Protect {
        /// The key file.
        path: PathBuf,
        /// Its first line is the new passphrase [default: asked twice on the terminal].
        #[arg(long, value_name = "FILE", conflicts_with = "generate_passphrase")]
        passphrase_file: Option<PathBuf>,
        /// Makes a random passphrase, which is shown once on the terminal.
        #[arg(long)]
        generate_passphrase: bool,
    },
    /// Takes the passphrase off a key file, in its place.
    Unprotect {
        /// The key file.
        path: PathBuf,
        /// Opens the file.
        #[command(flatten)]
        open: OpenArgs,
    },
    /// Changes the passphrase of a key file, in its place.
    Passphrase {
        /// The key file.
        path: PathBuf,
        /// Opens the file.
        #[command(flatten)]
        open: OpenArgs,
        /// Its first line is the new passphrase [default: asked twice on the terminal].
        #[arg(long, value_name = "FILE", conflicts_with = "generate_passphrase")]
        new_passphrase_file: Option<PathBuf>,
        /// Makes a random passphrase, which is shown once on the terminal.
        #[arg(long)]
        generate_passphrase: bool,
    },
}

impl KeepCommand {
    /// Runs it on a holder's key file; gives what to print.
    pub fn run(&self, holder: Holder) -> Result<String, KeyFileError> {
        let (path, done) = match self {
            Self::Protect { path, passphrase_file, generate_passphrase } => {
                let file = passphrase_file.as_deref();
                protect(path, holder, || new_passphrase(path, file, *generate_passphrase))?;
                (path, "sealed")
            }
            Self::Unprotect { path, open } => {
                unprotect(path, holder, &open.passphrases())?;
                (path, "no longer sealed")
            }
            Self::Passphrase { path, open, new_passphrase_file, generate_passphrase } => {
                let file = new_passphrase_file.as_deref();
                change_passphrase(path, holder, &open.passphrases(), || {
                    new_passphrase(path, file, *generate_passphrase)
                })?;
                (path, "sealed with the new passphrase")
            }
        };
        Ok(format!("{}: {done}", path.display()))
    }
}

/// A new passphrase: made, from a file, or asked twice.
fn new_passphrase(
    path: &Path,
    file: Option<&Path>,
    is_generated: bool,
) -> Result<Passphrase, KeyFileError> {
    if !is_generated {
        return Passphrases::of_option(file).to_seal(path);
    }
    let mut terminal = io::stderr();
    // Elsewhere it would go into a log, or be lost and the keys with it.
    if !terminal.is_terminal() {
        return Err(KeyFileError::PassphraseUnseen);
    }
    let passphrase = Passphrase::generate()?;
    writeln!(
        terminal,
        "passphrase  {}\nIt is not shown again: write it down now.",
        passphrase.expose()
    )
    .map_err(|_| KeyFileError::PassphraseUnseen)?;
    Ok(passphrase)
}
