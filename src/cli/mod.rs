//! The command line: the only place of this package that prints.

mod admin;
mod audit;
mod bar;
mod bundle;
mod link;
mod serve;
mod store;

use std::borrow::Cow;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tallystick_kernels::KernelName;
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
    Link(LinkArgs),
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

#[derive(Debug, clap::Args)]
struct LinkArgs {
    /// Submissions made by `tallystick-agency encode`.
    #[arg(required = true)]
    submissions: Vec<PathBuf>,
    /// The linkage unit's key file.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    /// Directory for tables and report; new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// File with source, handle and person, for the holders of handles only; never in DIR.
    #[arg(long, value_name = "FILE")]
    clusters: Option<PathBuf>,
    /// Two sources in which everybody occurs at most once each; may be repeated.
    #[arg(long, value_name = "SOURCE:SOURCE", value_parser = source_pair)]
    one_to_one: Vec<(String, String)>,
    /// True persons of records (source,handle,person), to measure the linkage against.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Planted synthetic persons (source,handle,person), to measure recall by.
    #[arg(long, value_name = "FILE")]
    canaries: Option<PathBuf>,
    /// Settings that replace single defaults (see config/default.toml).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Threads; the result does not depend on them [default: all cores].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Counts bits: scalar, popcnt, avx2, avx512 or neon; the result does not depend on it
    /// [default: the fastest here].
    #[arg(long, value_name = "NAME")]
    kernel: Option<KernelName>,
}

fn source_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() => Ok((a.to_owned(), b.to_owned())),
        _ => Err("write SOURCE:SOURCE, as in police:court".to_owned()),
    }
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
