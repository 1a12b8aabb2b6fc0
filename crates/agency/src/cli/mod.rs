//! The command line: the only place of this crate that prints.

mod encode;
mod keys;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tallystick_wire::Profile;

/// Turns an agency's export into a submission that holds no name.
#[derive(Debug, Parser)]
#[command(name = "tallystick-agency", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes or checks the agency's key file.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Encodes an export into a submission.
    Encode(EncodeArgs),
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes a key file: of a new project, or of another agency in an existing one (--from).
    New {
        /// Where the key file goes; an existing file is never touched.
        path: PathBuf,
        /// Key file of an agency in the same project: takes over project and encoding key, and
        /// makes a new local key.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Public key of the release desk (age1...), to which content is sealed.
        #[arg(long, value_name = "AGE1...")]
        recipient: Option<String>,
    },
    /// Checks a key file and prints the values that all agencies of the project must share.
    Check {
        /// The key file.
        path: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct EncodeArgs {
    /// The export: CSV, TSV, bar- or semicolon-separated.
    export: PathBuf,
    /// Which column is what (TOML).
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// The agency's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the submission goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Where the handles file goes: which handle was which row. It stays at the agency.
    #[arg(long, value_name = "FILE")]
    handles: Option<PathBuf>,
    /// Column with the agency's own row id, for the handles file [default: as mapped, else the
    /// line number].
    #[arg(long, value_name = "COLUMN", requires = "handles")]
    row_id: Option<String>,
    /// How far the linkage unit is trusted; all agencies of a project use the same.
    #[arg(long, value_enum, default_value_t = ProfileName::Standard)]
    profile: ProfileName,
    /// Longest record of the export in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    line_bytes_max: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// Filters comparable across all records; for one controller or a secure enclave.
    Trusted,
    /// Filters comparable only within a block; between agencies.
    Standard,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Trusted => Self::Trusted,
            ProfileName::Standard => Self::Standard,
        }
    }
}

/// A failure as people and machines see it.
struct Failure {
    code: &'static str,
    message: String,
    help: String,
}

impl Failure {
    fn new(code: &'static str, message: impl ToString, help: impl Into<String>) -> Self {
        Self { code, message: message.to_string(), help: help.into() }
    }
}

/// Parses the command line and runs it. Exit code 1 on failure, 2 on a wrong command line.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Keys(command) => keys::run(&command),
        Command::Encode(args) => encode::run(&args),
    };
    match result {
        Ok(text) => {
            // A closed pipe is no failure of ours.
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(Failure { code, message, help }) => {
            let _ = writeln!(std::io::stderr(), "error[{code}]: {message}\nhelp: {help}");
            ExitCode::FAILURE
        }
    }
}
