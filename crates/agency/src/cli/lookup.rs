//! `lookup`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tallystick_program::OpenArgs;

use super::Failure;
use crate::encode::is_sealed;
use crate::files::parent;
use crate::keys::KeyFile;
use crate::lookup::{LookupError, LookupRequest, lookup};

#[derive(Debug, clap::Args)]
pub(super) struct LookupArgs {
    /// CSV with a column `handle`, such as a clusters file; all rows if there is none.
    list: Option<PathBuf>,
    /// The handles file that `encode` wrote.
    #[arg(long, value_name = "FILE")]
    handles: PathBuf,
    /// The agency's key file; opens a sealed handles file.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    open: OpenArgs,
    /// The source of the handles file, where the list has a column `source`.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Where the rows go; it stays at the agency.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: &LookupArgs) -> Result<String, Failure> {
    let failed = |error: &LookupError| Failure::new(error.code(), error, error.help());
    let keys = match &args.key {
        Some(path) if is_sealed(&args.handles) => Some(
            KeyFile::open(path, &args.open.passphrases())
                .map_err(|error| super::keys::failure(&error))?,
        ),
        _ => None,
    };
    let request = LookupRequest {
        handles: &args.handles,
        identity: keys.as_ref().and_then(|keys| keys.identity.as_ref()),
        list: args.list.as_deref(),
        source: args.source.as_deref(),
    };
    let io = |path: &Path, source| failed(&LookupError::Io { path: path.to_owned(), source });
    let file = tempfile::NamedTempFile::new_in(parent(&args.output))
        .map_err(|error| io(&args.output, error))?;
    let mut out = std::io::BufWriter::new(file);
    let report = lookup(&request, &mut out).map_err(|error| failed(&error))?;
    out.flush().map_err(|error| io(&args.output, error))?;
    let file = out.into_inner().map_err(|error| io(&args.output, error.into_error()))?;
    file.persist(&args.output).map_err(|error| io(&args.output, error.error))?;
    Ok(format!("{report}\nkeep here        {}", args.output.display()))
}
