//! `verify-bundle`.

use std::path::PathBuf;

use clap::Args;
use tallystick_dataset::Ticker;
use tallystick_dataset::bundle::{BundleError, Manifest, verify};

use super::Failure;
use crate::ids::unhex;

#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    /// The bundle of a release.
    bundle: PathBuf,
    /// The public key of the linkage unit, 64 hex digits, from another channel than the bundle.
    #[arg(long, value_name = "HEX", value_parser = key)]
    key: [u8; 32],
    /// Prints the manifest as JSON.
    #[arg(long)]
    json: bool,
}

fn key(text: &str) -> Result<[u8; 32], String> {
    unhex(text).ok_or_else(|| "write 64 lower-case hex digits".to_owned())
}

/// Checks signature, every member, and the tables against what the documents say of them.
pub(super) fn run(args: &VerifyArgs) -> Result<String, Failure> {
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    let verified = verify(&args.bundle, &args.key, &mut ticker).map_err(|error| failure(&error))?;
    let manifest = verified.bundle.manifest();
    if args.json {
        return Ok(serde_json::to_string_pretty(manifest).expect("a manifest is JSON"));
    }
    Ok(describe(manifest, verified.rows))
}

fn describe(manifest: &Manifest, rows: u64) -> String {
    let approvals: Vec<String> = manifest
        .approvals
        .iter()
        .map(|approval| format!("{} by {} at {}", approval.decision, approval.actor, approval.at))
        .collect();
    let k = manifest.k_achieved.map_or_else(|| "not said".to_owned(), |k| k.to_string());
    format!(
        "the bundle is whole and signed by this key\n\
         release      {}\nproject      {}\nprofile      {}\nk            {k}\nfiles        {}\nrows         {rows}\n\
         decisions    {}",
        manifest.release_id,
        manifest.project,
        manifest.profile,
        manifest.outputs.len(),
        approvals.join("; "),
    )
}

fn failure(error: &BundleError) -> Failure {
    let help =
        "do not use it; ask the linkage unit for the bundle again, and for the key by another way";
    Failure::new(error.code(), error, help)
}
