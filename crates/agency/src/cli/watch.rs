//! `watch`.

use std::path::PathBuf;
use std::time::Duration;

use tallystick_program::OpenArgs;

use super::attending::{Console, ServiceArgs};
use super::reading::{read_mapping, year_of_today};
use super::{Failure, ProfileName};
use crate::export::{Input, ReadLimits};
use crate::keys::KeyFile;
use crate::watch::{INTERVAL_SECONDS, PutAway, Watch, WatchError, WatchRequest};

#[derive(Debug, clap::Args)]
pub(super) struct WatchArgs {
    /// Where exports appear. Each file is one export; names that begin with a dot are left alone. Journal,
    /// receipts and submissions under way are kept in DIR/.tallystick.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Which column is what (TOML).
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// A second file with further names of the persons, as the mapping's [aliases] says.
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// The agency's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    #[command(flatten)]
    service: ServiceArgs,
    /// How far the linkage unit is trusted; all agencies of a project use the same.
    #[arg(long, value_enum, default_value_t = ProfileName::Standard)]
    profile: ProfileName,
    /// Where an export goes when its receipt is there [default: it stays, and is not sent again].
    #[arg(long, value_name = "DIR", conflicts_with = "delete")]
    archive: Option<PathBuf>,
    /// Deletes an export when its receipt is there.
    #[arg(long)]
    delete: bool,
    /// Handles what is there and ends, for a scheduler; else looks until it is stopped.
    #[arg(long)]
    once: bool,
    /// Pause between two looks; a file is an export when it did not change in between.
    #[arg(long, value_name = "SECONDS", default_value_t = INTERVAL_SECONDS,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    interval: u64,
}

pub(super) fn run(args: &WatchArgs) -> Result<String, Failure> {
    let mapping = read_mapping(&args.mapping)?;
    let keys = KeyFile::open(&args.key, &args.open.passphrases())
        .map_err(|error| super::keys::failure(&error))?;
    let service = args.service.open()?;
    let mut not_exports = args.service.files();
    not_exports.push(args.key.clone());
    not_exports.extend(args.aliases.clone());
    let aliases = args.aliases.as_ref().map(Input::file);
    let request = WatchRequest {
        directory: &args.directory,
        mapping: &mapping,
        mapping_file: &args.mapping,
        aliases: aliases.as_ref(),
        keys: &keys,
        profile: args.profile.into(),
        service: &service,
        put_away: match (&args.archive, args.delete) {
            (Some(archive), _) => PutAway::Archive(archive.clone()),
            (None, true) => PutAway::Delete,
            (None, false) => PutAway::Leave,
        },
        not_exports: &not_exports,
        limits: ReadLimits::default(),
        year_max: year_of_today,
        interval: Duration::from_secs(args.interval),
    };
    let failure = |error: &WatchError| Failure::new(error.code(), error, error.help());
    let mut console = Console::new();
    let mut watch = Watch::open(&request, &mut console).map_err(|error| failure(&error))?;
    if !args.once {
        watch.run().map_err(|error| failure(&error))?;
        return Ok("stopped".to_owned());
    }
    let pass = watch.once().map_err(|error| failure(&error))?;
    let text = format!(
        "delivered {}, failed {}, changing {}",
        pass.delivered, pass.failed, pass.unsettled
    );
    if pass.failed > 0 {
        let help = "the reason was told when it failed, and its code stands in the journal";
        return Err(Failure::new("watch-export-failed", text, help));
    }
    Ok(text)
}
