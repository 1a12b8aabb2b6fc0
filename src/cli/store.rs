//! `verify-store`, `backup`, `restore`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tallystick_program::OpenArgs;

use super::Failure;
use super::bar::Bar;
use crate::audit::Actor;
use crate::audit::verify::Anchor;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::keys::ServiceKeys;
use crate::operate::{
    self, Asker, OperateError, Report, Restoration, Restored, Verification, verify_store,
};
use crate::store::{DATABASE, Store, StoreError};

#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    /// The data directory of a service that is stopped, or a backup.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The linkage unit's key file: every sealed file is opened, and signatures are checked with its key.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    open: OpenArgs,
    /// A head of the log that was kept elsewhere; may be repeated.
    #[arg(long, value_name = "NUMBER:HASH", value_parser = super::audit::anchor)]
    anchor: Vec<Anchor>,
    /// Prints the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn verify(args: &VerifyArgs) -> Result<String, Failure> {
    let open = |path| ServiceKeys::open(path, &args.open.passphrases());
    let keys = args.keys.as_deref().map(open).transpose()?;
    let observer = Bar::new();
    let asked = Verification { directory: &args.data, keys: keys.as_ref(), anchors: &args.anchor };
    let result = verify_store(&asked, &observer);
    observer.clear();
    let report = result?;
    let text = if args.json {
        serde_json::to_string_pretty(&report).expect("a report of texts and numbers is JSON")
    } else {
        describe(&report, keys.is_some())
    };
    if report.is_sound() {
        return Ok(text);
    }
    // A closed pipe is no failure of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
    let count = report.findings.len() as u64 + report.findings_left_out;
    let message = format!("{}: {count} findings", args.data.display());
    Err(Failure::new(
        "store-unsound",
        message,
        "do not start the service on it; see docs/operations.md",
    ))
}

fn describe(report: &Report, has_keys: bool) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&format!("{}  {}: {}\n", finding.code, finding.place, finding.message));
    }
    if report.findings_left_out > 0 {
        text.push_str(&format!("and {} more\n", report.findings_left_out));
    }
    let none = || "none".to_owned();
    text.push_str(&format!(
        "entries of the log  {}\nsigned checkpoints  {}\nhead                {}\nlog key             {}\n\
         submissions         {}\nsealed files        {}\nerased              {}\n",
        report.entries,
        report.checkpoints,
        report.head.clone().unwrap_or_else(none),
        report.log_key.clone().unwrap_or_else(none),
        report.submissions,
        report.segments,
        report.erased,
    ));
    text.push_str(&if has_keys {
        format!("bytes opened        {}", report.bytes_opened)
    } else {
        "without --keys no sealed file was opened; compare the log key with the one you keep"
            .to_owned()
    });
    text
}

#[derive(Args, Debug)]
pub(super) struct BackupArgs {
    /// The data directory of a service that is stopped.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the backup goes: a directory that is new or empty.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The linkage unit's key file; it signs the backup and goes into none.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    /// Settings that replace single defaults (see config/default.toml).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub(super) struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The new data directory: new or empty.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The linkage unit's key file.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    /// The last whole export of the log: what was withdrawn, closed or revoked after the backup is so again.
    #[arg(long, value_name = "FILE", required_unless_present = "without_log")]
    log: Option<PathBuf>,
    /// There is no later export of the log: what was withdrawn after the backup comes back, and all tokens end.
    #[arg(long, conflicts_with = "log")]
    without_log: bool,
    /// Settings that replace single defaults (see config/default.toml).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

fn configured(path: Option<&Path>) -> Result<Config, Failure> {
    Config::load(path).map_err(|error| Failure::new(error.code(), &error, error.help()))
}

fn refused(error: &OperateError) -> Failure {
    Failure::new(error.code(), error, error.help())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("numbers and texts are JSON")
}

/// Opens the records of a service that is stopped; `in_use` says what to do where it is not.
pub(super) fn stopped(
    data: &Path,
    keys: ServiceKeys,
    checkpoint_entries: u64,
    in_use: &str,
) -> Result<Store, Failure> {
    // Opening would make a directory that is not there.
    if !data.join(DATABASE).is_file() {
        let message = format!("{}: no data directory of a service", data.display());
        return Err(Failure::new("store-io", message, "check the path"));
    }
    Store::open(data, keys.audit, Arc::new(SystemClock), checkpoint_entries).map_err(|error| {
        match error {
            StoreError::InUse { .. } => Failure::new(error.code(), &error, in_use),
            error => error.into(),
        }
    })
}

pub(super) fn backup(args: &BackupArgs) -> Result<String, Failure> {
    let config = configured(args.config.as_deref())?;
    let keys = ServiceKeys::open(&args.keys, &args.open.passphrases())?;
    let help = "ask the running service: tallystick admin backups make";
    let store = stopped(&args.data, keys, config.audit.checkpoint_entries, help)?;
    let observer = Bar::new();
    let by = Asker { actor: Actor::Console, address: None };
    let made = operate::backup(&store, by, &args.to, &observer);
    observer.clear();
    let made = made.map_err(|error| refused(&error))?;
    store.checkpoint()?;
    if args.json {
        return Ok(json(&made));
    }
    Ok(format!(
        "backup  {}\nfiles   {}\nbytes   {}\nlog     {}\nwrote   {}\nThe key file is not in it.",
        made.backup,
        made.files,
        made.bytes,
        made.log.as_deref().unwrap_or("empty"),
        args.to.display()
    ))
}

pub(super) fn restore(args: &RestoreArgs) -> Result<String, Failure> {
    let config = configured(args.config.as_deref())?;
    let keys = ServiceKeys::open(&args.keys, &args.open.passphrases())?;
    let observer = Bar::new();
    let asked = Restoration {
        from: &args.from,
        data: &args.data,
        keys,
        log: args.log.as_deref(),
        checkpoint_entries: config.audit.checkpoint_entries,
        clock: Arc::new(SystemClock),
    };
    let restored = operate::restore(&asked, &observer);
    observer.clear();
    let restored = restored.map_err(|error| refused(&error))?;
    Ok(if args.json { json(&restored) } else { told(&restored, args.without_log) })
}

fn told(restored: &Restored, without_log: bool) -> String {
    let mut text = format!(
        "restored             {}\nlog of the backup    until entry {}\nlog of the export    until entry {}\n\
         erased again         {} submissions\nuploads given up     {}\nruns ended           {}\n\
         agreements ended     {}\naccounts closed      {}\n\
         accounts to enrol    {}\ntokens ended         {}\n",
        restored.backup,
        restored.copied_until,
        restored.log_until,
        restored.submissions_erased.len(),
        restored.uploads_ended,
        restored.runs_ended,
        restored.agreements_ended,
        restored.accounts_disabled,
        restored.accounts_to_enrol,
        restored.tokens_revoked,
    );
    for id in &restored.submissions_lost {
        text.push_str(&format!("lost                 {id}: its agency sends it again\n"));
    }
    for (kind, count) in &restored.not_repeated {
        text.push_str(&format!("to be done by hand   {count} entries {kind} after the backup\n"));
    }
    if without_log {
        text.push_str(
            "warning: what was withdrawn, closed or revoked after the backup is not known\n",
        );
    }
    text.push_str(&describe(&restored.report, true));
    text
}
