//! `tallystick-evaluate BUNDLE --study PLAN --output DIR`: from the bundle of a release to the tables of the study.
//!
//! Takes paths, gives a folder with the report; refuses a folder that is there already, a bundle or a plan that does not fit.
//! The only place of this crate that knows files and prints. The folder is there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tallystick_dataset::Ticker;
use tallystick_dataset::bundle::{Bundle, BundleError, verify};
use tallystick_evaluate::bundle::{Unmade, evaluate};
use tallystick_evaluate::report::{Origin, Verified, lead, page, sheets};
use tallystick_evaluate::study::plan::PLAN_BYTES_MAX;
use tallystick_evaluate::study::{Evaluation, Plan, StudyError, scripts};
use tallystick_wire::Digest;

/// Evaluates a programme from the bundle of a release: matching, outcomes, linkage error, process.
#[derive(Debug, Parser)]
#[command(name = "tallystick-evaluate", version, about)]
struct Cli {
    /// The bundle of a release.
    bundle: PathBuf,
    /// The plan of the evaluation, TOML; docs/evaluation.md lists its keys.
    #[arg(long, value_name = "FILE")]
    study: PathBuf,
    /// Folder for the report; made new.
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// The linkage unit's public key, 64 hex digits: the bundle is verified with it first.
    #[arg(long, value_name = "HEX", value_parser = key)]
    key: Option<[u8; 32]>,
}

fn key(text: &str) -> Result<[u8; 32], String> {
    let wrong = || "write 64 hex digits".to_owned();
    let bytes: Option<Vec<u8>> = (0..text.len() / 2)
        .map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect();
    bytes.filter(|_| text.len() == 64).and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Study(#[from] StudyError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}: it is there already", path.display())]
    Exists { path: PathBuf },
}

impl From<Unmade> for Failure {
    fn from(error: Unmade) -> Self {
        match error {
            Unmade::Bundle(error) => Self::Bundle(error),
            Unmade::Study(error) => Self::Study(error),
        }
    }
}

impl Failure {
    const fn code(&self) -> &'static str {
        match self {
            Self::Bundle(error) => error.code(),
            Self::Study(error) => error.code(),
            Self::Io { .. } => "evaluate-io",
            Self::Exists { .. } => "evaluate-output-exists",
        }
    }

    const fn help(&self) -> &'static str {
        match self {
            Self::Bundle(_) => {
                "ask the linkage unit for the bundle again, and for its key by another way"
            }
            Self::Study(error) => error.help(),
            Self::Io { .. } => "look at the path and at who may read and write there",
            Self::Exists { .. } => "name a folder that is not there, or move that one away",
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error[{}]: {failure}\nhelp: {}", failure.code(), failure.help());
            ExitCode::FAILURE
        }
    }
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::Io { path, source }
}

fn run(cli: &Cli) -> Result<String, Failure> {
    if cli.output.exists() {
        return Err(Failure::Exists { path: cli.output.clone() });
    }
    let text = plan_text(&cli.study)?;
    // Before the bundle, which may take a while.
    Plan::parse(&text)?;
    let bundle = match &cli.key {
        Some(key) => verify(&cli.bundle, key, &mut Ticker::new(&|_| {}, &|| false))?.bundle,
        None => Bundle::open(&cli.bundle)?,
    };
    let verified = cli.key.map_or(Verified::Not, |key| Verified::WithKey(Digest(key).to_string()));
    let (evaluation, origin) = evaluate(&bundle, &text, verified)?;
    let files = files(&evaluation, &origin);
    write_whole(&cli.output, &files)?;
    let report = cli.output.join("report.html");
    Ok(match &evaluation.matched {
        Ok(_) => format!("{} files; open {}", files.len(), report.display()),
        Err(_) => format!("{} The rest is in {}", lead(&evaluation), report.display()),
    })
}

/// The plan's text; no more of a file is read than a plan may have.
fn plan_text(path: &Path) -> Result<String, Failure> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = fs::File::open(path).map_err(io(path))?;
    let most = u64::try_from(PLAN_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_string(&mut text).map_err(io(path))?;
    Ok(text)
}

/// Names and texts of all files.
fn files(evaluation: &Evaluation, origin: &Origin) -> Vec<(String, String)> {
    let tables = sheets(evaluation);
    let mut files = vec![
        ("report.html".to_owned(), page(evaluation, origin)),
        ("reproduce.R".to_owned(), scripts::r(evaluation)),
        ("reproduce.do".to_owned(), scripts::stata(evaluation)),
    ];
    files.extend(tables.iter().map(|sheet| (format!("tables/{}.csv", sheet.name), sheet.csv())));
    files.extend(tables.iter().map(|sheet| (format!("tables/{}.tex", sheet.name), sheet.latex())));
    files
}

/// Writes a folder beside the one asked for, and gives it its name once everything is in it.
fn write_whole(output: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(parent).map_err(io(parent))?;
    let scratch = tempfile::Builder::new()
        .prefix(".tallystick-evaluate-")
        .tempdir_in(parent)
        .map_err(io(parent))?;
    let whole = scratch.path().join("report");
    let tables = whole.join("tables");
    fs::create_dir_all(&tables).map_err(io(&tables))?;
    for (name, text) in files {
        let path = whole.join(name);
        fs::write(&path, text).map_err(io(&path))?;
    }
    fs::rename(&whole, output).map_err(io(output))
}
