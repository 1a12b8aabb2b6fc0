//! `check`.

use std::path::Path;

use super::reading::{watched, year_of_today};
use super::{CheckArgs, Failure};
use crate::check::{CheckError, CheckRequest, check, html, read_earlier};

/// Names of the files in the directory of the report.
const NEVER_FILE: &str = "never-link.csv";
const PAGE_FILE: &str = "check.html";

pub(super) fn run(args: &CheckArgs) -> Result<String, Failure> {
    let (input, mapping) = args.read.open()?;
    let earlier = match &args.compare_with {
        None => None,
        Some(path) => Some(read_earlier(path, mapping.source()).map_err(|e| failure(&e))?),
    };
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(|error| failure(&CheckError::io(out, error)))?;
    }
    let never = args.out.as_ref().map(|out| out.join(NEVER_FILE));
    let request = CheckRequest {
        export: &input,
        mapping: &mapping,
        never: never.as_deref(),
        earlier: earlier.as_ref(),
        limits: args.read.limits(),
        year_max: args.year.unwrap_or_else(year_of_today),
    };
    let result = watched("checking", |progress, cancel| check(&request, progress, cancel));
    let report = result.map_err(|error| failure(&error))?;
    let mut text = report.to_string();
    if let Some(out) = &args.out {
        let page = out.join(PAGE_FILE);
        write(&page, &html::page(&report))?;
        text.push_str(&format!("\nkeep here        {}", page.display()));
    }
    if let Some(never) = &never {
        text.push_str(&format!("\nkeep here        {}", never.display()));
    }
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&report).expect("a report has no odd keys");
        write(path, &(json + "\n"))?;
        text.push_str(&format!("\nwrote            {}", path.display()));
    }
    Ok(text)
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let io = |error| failure(&CheckError::io(path, error));
    let mut file = tempfile::NamedTempFile::new_in(crate::files::parent(path)).map_err(io)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

fn failure(error: &CheckError) -> Failure {
    Failure::new(error.code(), error, error.help())
}
