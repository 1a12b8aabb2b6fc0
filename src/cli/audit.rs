//! `audit`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Failure;
use crate::accounts;
use crate::audit::answers::{self, AccountStanding, Answer, Log, Material};
use crate::audit::verify::{Anchor, verify};
use crate::audit::{self, AuditPublicKey};
use crate::ids::{ProjectId, hex};
use crate::store::{StoreError, open_to_read};
use crate::web;

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
    /// Answers the questions of an audit about a project, from the log, offline.
    Answer(AnswerArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct AnswerArgs {
    /// A1 to A26, or all.
    #[arg(value_parser = question)]
    question: String,
    /// Id of the project.
    #[arg(long, value_name = "ID", value_parser = project)]
    project: ProjectId,
    /// An export of the log.
    #[arg(long, value_name = "FILE", required_unless_present = "data", conflicts_with = "data")]
    export: Option<PathBuf>,
    /// The service's data directory; it may be in use.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The service's public key, 64 hex digits; without it the one that the log names.
    #[arg(long, value_name = "HEX", value_parser = key)]
    key: Option<AuditPublicKey>,
    /// A head of the log that was kept elsewhere; may be repeated.
    #[arg(long, value_name = "NUMBER:HASH", value_parser = anchor)]
    anchor: Vec<Anchor>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn question(text: &str) -> Result<String, String> {
    let is_known = text == "all" || answers::codes().any(|code| code == text);
    is_known.then(|| text.to_owned()).ok_or_else(|| "write A1 to A26, or all".to_owned())
}

fn project(text: &str) -> Result<ProjectId, String> {
    ProjectId::parse(text)
        .ok_or_else(|| "write the project's id, prj_ and 32 hex digits".to_owned())
}

fn key(text: &str) -> Result<AuditPublicKey, String> {
    AuditPublicKey::parse(text)
        .ok_or_else(|| "write 64 lower-case hex digits of a key that is not weak".to_owned())
}

pub(super) fn anchor(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).ok_or_else(|| "write NUMBER:HASH, as the service gives it".to_owned())
}

pub(super) fn run(command: &AuditCommand) -> Result<String, Failure> {
    match command {
        AuditCommand::Verify { export, key, anchor, from } => check(export, key, *from, anchor),
        AuditCommand::Answer(args) => answer(args),
    }
}

fn answer(args: &AnswerArgs) -> Result<String, Failure> {
    let (lines, accounts) = read(args)?;
    let log = Log::read(&lines, args.key, &args.anchor, args.export.is_some())
        .map_err(|error| Failure::new(error.code(), error, error.help()))?;
    let (project, reach) = (args.project.to_string(), web::reach());
    let material =
        Material { log: &log, project: &project, reach: &reach, accounts: accounts.as_deref() };
    let wanted = answers::codes().filter(|code| args.question == "all" || args.question == *code);
    let found: Vec<Answer> = wanted.filter_map(|code| answers::answer(code, &material)).collect();
    if args.json {
        let values: Vec<_> = found.iter().map(Answer::json).collect();
        return Ok(serde_json::Value::from(values).to_string());
    }
    let texts: Vec<String> = found.iter().map(Answer::text).collect();
    Ok(texts.join("\n").trim_end().to_owned())
}

/// Lines of the log, and accounts where the records are at hand.
fn read(args: &AnswerArgs) -> Result<(Vec<u8>, Option<Vec<AccountStanding>>), Failure> {
    let Some(directory) = &args.data else {
        let path = args.export.clone().unwrap_or_default();
        let lines = std::fs::read(&path).map_err(|error| {
            let message = format!("{}: {error}", path.display());
            Failure::new("audit-io", message, "check the path of the export")
        })?;
        return Ok((lines, None));
    };
    let mut connection = open_to_read(directory)?;
    let transaction = connection.transaction().map_err(StoreError::from)?;
    let mut lines = Vec::new();
    audit::records(&transaction, &mut lines)
        .map_err(|error| Failure::new("audit-io", error, "check the data directory"))?;
    let accounts = accounts::list(&transaction)
        .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    Ok((lines, Some(accounts.iter().map(AccountStanding::from).collect())))
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
