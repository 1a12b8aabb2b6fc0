//! `upload`.

use std::path::PathBuf;

use super::Failure;
use super::attending::{Console, ServiceArgs, upload_failure};
use crate::upload::{UploadRequest, append_name, upload};

#[derive(Debug, clap::Args)]
pub(super) struct UploadArgs {
    /// The submission. What is needed to go on after a break is kept beside it, as SUBMISSION.upload.
    submission: PathBuf,
    #[command(flatten)]
    service: ServiceArgs,
    /// Where the receipt goes [default: SUBMISSION.receipt.json].
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

pub(super) fn run(args: &UploadArgs) -> Result<String, Failure> {
    let service = args.service.open()?;
    let receipt = match &args.receipt {
        Some(receipt) => receipt.clone(),
        None => append_name(&args.submission, ".receipt.json"),
    };
    let request =
        UploadRequest { submission: &args.submission, service: &service, receipt: &receipt };
    let result = upload(&request, &mut Console::new());
    let done = result.map_err(|error| upload_failure(&error))?;
    let known = if service.unit_key.is_some() { "as given" } else { "compare it by telephone" };
    Ok(format!(
        "submission       {}\nsha256           {}\nsigned by        {} ({known})\nkeep here        {}",
        done.submission(),
        done.sha256(),
        done.key(),
        receipt.display()
    ))
}
