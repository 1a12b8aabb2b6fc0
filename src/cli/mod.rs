//! The command line: the only place of this package that prints.

mod admin;
mod audit;
mod bar;
mod bundle;
mod engine;
mod link;
mod serve;
mod store;

use std::borrow::Cow;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tallystick_keyfile::{Holder, KeyFileError};
use tallystick_program::{KeepCommand, NewArgs, OpenArgs, PagesCommand, PagesError, VERSION};

use crate::store::StoreError;

/// The linkage unit: links encoded records of people without seeing a name.
#[derive(Debug, Parser)]
#[command(name = "tallystick", version = VERSION, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes, checks and seals the linkage unit's key file.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Links submissions into de-identified tables and a report.
    Link(link::LinkArgs),
    /// The same linkage on another engine, as plain SQL: exports, runs it, takes its result.
    #[command(subcommand)]
    Engine(engine::EngineCommand),
    /// Serves accounts, intake, runs and the log over HTTPS.
    Serve(serve::ServeArgs),
    /// Checks the audit log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Asks the running service, over HTTPS: accounts, agencies, projects, submissions, log, backups.
    Admin(admin::AdminArgs),
    /// Checks everything that a stopped service keeps, or a backup; writes nothing.
    VerifyStore(store::VerifyArgs),
    /// Checks the bundle of a release, offline: signature, every file, every table.
    VerifyBundle(bundle::VerifyArgs),
    /// Copies everything that a stopped service keeps, but the keys.
    Backup(store::BackupArgs),
    /// Makes a data directory from a backup; what was erased after it is erased again.
    Restore(store::RestoreArgs),
    #[command(flatten)]
    Pages(PagesCommand),
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes a key file and prints the recipient that agencies put into theirs.
    New {
        /// Where the key file goes; an existing file is never touched.
        path: PathBuf,
        #[command(flatten)]
        new: NewArgs,
    },
    /// Checks a key file and prints the recipient.
    Check {
        /// The key file.
        path: PathBuf,
        #[command(flatten)]
        open: OpenArgs,
    },
    #[command(flatten)]
    Keep(KeepCommand),
}

/// A failure as people and machines see it.
struct Failure {
    code: Cow<'static, str>,
    message: String,
    help: String,
}

impl Failure {
    fn new(
        code: impl Into<Cow<'static, str>>,
        message: impl ToString,
        help: impl Into<String>,
    ) -> Self {
        Self { code: code.into(), message: message.to_string(), help: help.into() }
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        Self::new(error.code(), &error, error.help())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.code(), &error, error.help())
    }
}

/// Parses the command line and runs it. Exit code 1 on failure, 2 on a wrong command line.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Keys(command) => keys(&command),
        Command::Link(args) => link::run(&args),
        Command::Engine(command) => engine::run(&command),
        Command::Serve(args) => serve::run(&args),
        Command::Audit(command) => audit::run(&command),
        Command::Admin(args) => admin::run(&args),
        Command::VerifyStore(args) => store::verify(&args),
        Command::VerifyBundle(args) => bundle::run(&args),
        Command::Backup(args) => store::backup(&args),
        Command::Restore(args) => store::restore(&args),
        Command::Pages(command) => command
            .run(Cli::command())
            .map_err(|error| Failure::new(PagesError::CODE, error, PagesError::HELP)),
    };
    match result {
        Ok(text) => {
            // A closed pipe is no failure of ours. What was handed on as it came has nothing left to say.
            if !text.is_empty() {
                let _ = writeln!(std::io::stdout(), "{text}");
            }
            ExitCode::SUCCESS
        }
        Err(Failure { code, message, help }) => {
            let _ = writeln!(std::io::stderr(), "error[{code}]: {message}\nhelp: {help}");
            ExitCode::FAILURE
        }
    }
}

fn keys(command: &KeysCommand) -> Result<String, Failure> {
    let (keys, written) = match command {
        KeysCommand::New { path, new } => {
            let passphrase = new.passphrase(path)?;
            let keys = crate::keys::make(path, passphrase.as_ref())?;
            (keys, format!("wrote {}\n", path.display()))
        }
        KeysCommand::Check { path, open } => {
            (crate::keys::UnitKeys::open(path, &open.passphrases())?, String::new())
        }
        KeysCommand::Keep(command) => return Ok(command.run(Holder::LinkageUnit)?),
    };
    Ok(format!("{written}release recipient  {}", keys.recipient()))
}
