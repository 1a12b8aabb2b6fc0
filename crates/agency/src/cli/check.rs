//! `check`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Datelike as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::{CheckArgs, Failure};
use crate::check::{CheckError, CheckRequest, check, html, read_earlier};
use crate::export::ReadLimits;

/// Names of the files in the directory of the report.
const NEVER_FILE: &str = "never-link.csv";
const PAGE_FILE: &str = "check.html";

pub(super) fn run(args: &CheckArgs) -> Result<String, Failure> {
    let mapping = super::encode::read_mapping(&args.mapping)?;
    let earlier = match &args.compare_with {
        None => None,
        Some(path) => Some(read_earlier(path, mapping.source()).map_err(|e| failure(&e))?),
    };
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(|error| failure(&CheckError::io(out, error)))?;
    }
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Fails only where a handler is set already, as in a test: then there is no Ctrl-C to catch.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let never = args.out.as_ref().map(|out| out.join(NEVER_FILE));
    let request = CheckRequest {
        export: &args.export,
        mapping: &mapping,
        never: never.as_deref(),
        earlier: earlier.as_ref(),
        limits: ReadLimits { line_bytes_max: args.line_bytes_max, ..ReadLimits::default() },
        // The year of today bounds plausible births; nothing else depends on the clock.
        year_max: args
            .year
            .unwrap_or_else(|| u16::try_from(chrono::Local::now().year()).unwrap_or(u16::MAX)),
    };
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("checking {bar:32} {bytes}/{total_bytes}, {eta} left")
            .expect("the template is well formed"),
    );
    let result = check(
        &request,
        &mut |read, total| {
            bar.set_length(total.unwrap_or(read));
            bar.set_position(read);
        },
        &cancel,
    );
    bar.finish_and_clear();
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
