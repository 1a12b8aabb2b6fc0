//! `audit`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Failure;
use crate::audit::AuditPublicKey;
use crate::audit::verify::{Anchor, verify};
use crate::ids::hex;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Checks an export of the log, offline, with the public key alone.
    Verify {
        /// The export: lines of JSON.
        export: PathBuf,
        /// The service's public key, 64 hex digits, as it was given out.
        #[arg(long, value_name = "HEX", value_parser = key)]
        key: AuditPublicKey,
        /// A head of the log that was kept elsewhere; may be repeated.
        #[arg(long, value_name = "NUMBER:HASH", value_parser = anchor)]
        anchor: Vec<Anchor>,
        /// Number of the first entry, for an export that does not begin with the first.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        from: u64,
    },
}

fn key(text: &str) -> Result<AuditPublicKey, String> {
    AuditPublicKey::parse(text).ok_or_else(|| "write 64 lower-case hex digits".to_owned())
}

pub(super) fn anchor(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).ok_or_else(|| "write NUMBER:HASH, as the service gives it".to_owned())
}

pub(super) fn run(command: &AuditCommand) -> Result<String, Failure> {
    let AuditCommand::Verify { export, key, anchor, from } = command;
    check(export, key, *from, anchor)
}

fn check(
    path: &Path,
    key: &AuditPublicKey,
    from: u64,
    anchors: &[Anchor],
) -> Result<String, Failure> {
    let io = |error: std::io::Error| {
        let message = format!("{}: {error}", path.display());
        Failure::new("audit-io", message, "check the path of the export")
    };
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(io)?);
    let found = verify(&mut reader, key, from, anchors).map_err(io)?.map_err(|fault| {
        let message = format!("{}, {fault}", path.display());
        let help =
            "keep this export as it is; get another from the service, and ask for its backups";
        Failure::new(fault.code(), message, help)
    })?;
    Ok(format!(
        "{}    entries {} to {}\nexported            {}\nsigned checkpoints  {}\nhead                {}:{}",
        if from == 1 { "the log is whole" } else { "this part is good" },
        found.first,
        found.last,
        found.signed_at,
        found.checkpoints,
        found.last,
        hex(&found.hash)
    ))
}
