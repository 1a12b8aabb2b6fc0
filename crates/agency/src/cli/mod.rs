//! The command line: the only place of this crate that prints.

mod attending;
mod check;
mod encode;
mod keys;
mod lookup;
mod reading;
mod sniff;
mod upload;
mod watch;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use tallystick_program::{OpenArgs, PagesCommand, PagesError, VERSION};
use tallystick_wire::Profile;

use reading::ReadArgs;

/// Turns an agency's export into a submission that holds no name.
#[derive(Debug, Parser)]
#[command(name = "tallystick-agency", version = VERSION, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes, checks, hands on and changes the agency's keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Finds out which column of an export is what and proposes the mapping.
    Sniff(SniffArgs),
    /// Reports how well an export can be linked; local only, without a key.
    Check(CheckArgs),
    /// Encodes an export into a submission.
    Encode(EncodeArgs),
    /// Uploads a submission to the linkage unit and keeps its receipt; goes on after a break.
    Upload(upload::UploadArgs),
    /// Encodes and uploads the exports that appear in a directory, each once; may be stopped at any point.
    Watch(watch::WatchArgs),
    /// Turns handles back into the agency's own rows, for review or withdrawal.
    Lookup(lookup::LookupArgs),
    #[command(flatten)]
    Pages(PagesCommand),
}

#[derive(Debug, clap::Args)]
struct SniffArgs {
    /// The export: CSV and its like, XLSX, XLS, ODS, Parquet, fixed width (--layout), gzipped or zipped;
    /// several files of the same columns are one export.
    #[arg(required = true, value_name = "EXPORT")]
    exports: Vec<PathBuf>,
    /// Sheet of a workbook [default: the one that has cells].
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Name, start and width of each column of a file of fixed width (TOML).
    #[arg(long, value_name = "FILE")]
    layout: Option<PathBuf>,
    /// Where the mapping goes; an existing file is never touched [default: standard output].
    #[arg(short, long, value_name = "MAPPING")]
    output: Option<PathBuf>,
    /// Short name of the source [default: from the name of the file].
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Kind of agency [default: from the words of the header].
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    source_type: Option<TypeName>,
    /// What a column is, for instance "Last Name=last"; `ignore` leaves it out.
    #[arg(long, value_name = "COLUMN=ROLE")]
    role: Vec<String>,
    /// Order of day and month in a column of dates: mdy, dmy or ymd.
    #[arg(long, value_name = "COLUMN=ORDER")]
    date_order: Vec<String>,
    /// What parts the cells [default: found from the header].
    #[arg(long, value_enum)]
    delimiter: Option<DelimiterName>,
    /// The first row holds names of columns, whatever it looks like.
    #[arg(long, conflicts_with = "no_header")]
    header: bool,
    /// The first row is data; columns are called "column 1" and so on.
    #[arg(long)]
    no_header: bool,
    /// Last year that a date of birth or a two-digit year can mean [default: this year].
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(1950..=2199))]
    year: Option<u16>,
    /// Does not recognise known layouts by their header.
    #[arg(long)]
    ignore_layouts: bool,
    /// Longest record of the export in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    line_bytes_max: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TypeName {
    Police,
    Court,
    Prosecutor,
    Jail,
    Provider,
    Other,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DelimiterName {
    Comma,
    Semicolon,
    Tab,
    Bar,
}

impl From<DelimiterName> for u8 {
    fn from(name: DelimiterName) -> Self {
        match name {
            DelimiterName::Comma => b',',
            DelimiterName::Semicolon => b';',
            DelimiterName::Tab => b'\t',
            DelimiterName::Bar => b'|',
        }
    }
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Directory for the page and the lines of rows that can never link. They stay at the agency.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the report goes as JSON; it holds no value of the data.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The JSON report of an earlier export of the same source, to show what changed.
    #[arg(long, value_name = "FILE")]
    compare_with: Option<PathBuf>,
    /// Last year that a date of birth can mean [default: this year].
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(1950..=2199))]
    year: Option<u16>,
}

#[derive(Debug, clap::Args)]
struct EncodeArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// A second file with further names of the persons, by the number that the mapping's [aliases]
    /// names.
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// The agency's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    /// Where the submission goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Where the handles file goes: which handle was which row. It stays at the agency. Sealed with
    /// the agency's own key if the name ends in .age, else plain CSV.
    #[arg(long, value_name = "FILE")]
    handles: Option<PathBuf>,
    /// Column with the agency's own row id, for the handles file [default: as mapped, else the
    /// line number].
    #[arg(long, value_name = "COLUMN", requires = "handles")]
    row_id: Option<String>,
    /// Plants so many synthetic persons, the same at all agencies, to measure the linkage by.
    #[arg(long, value_name = "N", requires = "canary_labels",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::encode::CANARIES_MAX)))]
    canaries: Option<u32>,
    /// Where the labels of planted persons go, for `tallystick link --canaries`.
    #[arg(long, value_name = "FILE", requires = "canaries")]
    canary_labels: Option<PathBuf>,
    /// How far the linkage unit is trusted; all agencies of a project use the same.
    #[arg(long, value_enum, default_value_t = ProfileName::Standard)]
    profile: ProfileName,
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
    /// What is printed before it.
    before: Option<String>,
    /// Further failures of the same run.
    also: Vec<Failure>,
}

impl Failure {
    fn new(code: &'static str, message: impl ToString, help: impl Into<String>) -> Self {
        Self {
            code,
            message: message.to_string(),
            help: help.into(),
            before: None,
            also: Vec::new(),
        }
    }
}

/// Parses the command line and runs it. Exit code 1 on failure, 2 on a wrong command line.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Keys(command) => keys::run(&command),
        Command::Sniff(args) => sniff::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Upload(args) => upload::run(&args),
        Command::Watch(args) => watch::run(&args),
        Command::Lookup(args) => lookup::run(&args),
        Command::Pages(command) => command
            .run(Cli::command())
            .map_err(|error| Failure::new(PagesError::CODE, error, PagesError::HELP)),
    };
    match result {
        Ok(text) => {
            // A closed pipe is no failure of ours.
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let mut out = std::io::stderr().lock();
            if let Some(before) = &failure.before {
                let _ = writeln!(out, "{before}\n");
            }
            for Failure { code, message, help, .. } in [&failure].into_iter().chain(&failure.also) {
                let _ = writeln!(out, "error[{code}]: {message}\nhelp: {help}");
            }
            ExitCode::FAILURE
        }
    }
}
