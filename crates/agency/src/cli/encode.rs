//! `encode`.

use super::reading::{watched, year_of_today};
use super::{EncodeArgs, Failure};
use crate::encode::{Canaries, EncodeError, EncodeRequest, encode};
use crate::export::Input;
use crate::keys::KeyFile;

pub(super) fn run(args: &EncodeArgs) -> Result<String, Failure> {
    let (input, mapping) = args.read.open()?;
    let aliases = args.aliases.as_ref().map(|path| Input::parse(std::slice::from_ref(path)));
    let aliases =
        aliases.transpose().map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let keys = KeyFile::open(&args.key, &args.open.passphrases())
        .map_err(|error| super::keys::failure(&error))?;
    let request = EncodeRequest {
        export: &input,
        mapping: &mapping,
        aliases: aliases.as_ref(),
        keys: &keys,
        profile: args.profile.into(),
        output: &args.output,
        handles: args.handles.as_deref().map(|path| (path, args.row_id.as_deref())),
        canaries: args
            .canaries
            .zip(args.canary_labels.as_deref())
            .map(|(count, labels)| Canaries { count, labels }),
        limits: args.read.limits(),
        year_max: year_of_today(),
    };
    let result = watched("encoding", |progress, cancel| encode(&request, progress, cancel));
    let report = result.map_err(|error| encode_failure(&error))?;
    let mut text = report.to_string();
    text.push_str(&format!("\nwrote            {}", args.output.display()));
    if let Some(handles) = &args.handles {
        text.push_str(&format!("\nkeep here        {}", handles.display()));
    }
    if let Some(labels) = &args.canary_labels {
        let labels = labels.display();
        text.push_str(&format!("\nfor the unit     {labels} (link --canaries)"));
    }
    Ok(text)
}

fn encode_failure(error: &EncodeError) -> Failure {
    Failure::new(error.code(), error, error.help())
}
