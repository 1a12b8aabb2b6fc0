//! `encode`.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Datelike as _;
use indicatif::{ProgressBar, ProgressStyle};
use tallystick_encoder::mapping::Mapping;

use super::{EncodeArgs, Failure};
use crate::encode::{EncodeError, EncodeRequest, encode};
use crate::export::ReadLimits;
use crate::keys::KeyFile;

/// Largest mapping file in bytes.
const MAPPING_BYTES_MAX: u64 = 1 << 20;

pub(super) fn run(args: &EncodeArgs) -> Result<String, Failure> {
    let mapping = read_mapping(&args.mapping)?;
    let keys = KeyFile::read(&args.key).map_err(|error| super::keys::failure(&error))?;
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Fails only where a handler is set already, as in a test: then there is no Ctrl-C to catch.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let request = EncodeRequest {
        export: &args.export,
        mapping: &mapping,
        keys: &keys,
        profile: args.profile.into(),
        output: &args.output,
        handles: args.handles.as_deref().map(|path| (path, args.row_id.as_deref())),
        limits: ReadLimits { line_bytes_max: args.line_bytes_max, ..ReadLimits::default() },
        // The year of today bounds plausible births; nothing else depends on the clock.
        year_max: u16::try_from(chrono::Local::now().year()).unwrap_or(u16::MAX),
    };
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("encoding {bar:32} {bytes}/{total_bytes}, {eta} left")
            .expect("the template is well formed"),
    );
    let result = encode(
        &request,
        &mut |read, total| {
            bar.set_length(total.unwrap_or(read));
            bar.set_position(read);
        },
        &cancel,
    );
    bar.finish_and_clear();
    let report = result.map_err(|error| encode_failure(&error))?;
    let mut text = report.to_string();
    text.push_str(&format!("\nwrote            {}", args.output.display()));
    if let Some(handles) = &args.handles {
        text.push_str(&format!("\nkeep here        {}", handles.display()));
    }
    Ok(text)
}

pub(super) fn read_mapping(path: &Path) -> Result<Mapping, Failure> {
    let io = |error: std::io::Error| {
        let message = format!("{}: {error}", path.display());
        Failure::new("mapping-io", message, "check the path of the mapping")
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAPPING_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(io)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let message = format!("{}: not UTF-8 text", path.display());
        Failure::new("mapping-syntax", message, "a mapping is a TOML file in UTF-8")
    })?;
    Mapping::parse(&text).map_err(|error| {
        Failure::new(error.code(), format!("{}: {error}", path.display()), error.help())
    })
}

fn encode_failure(error: &EncodeError) -> Failure {
    Failure::new(error.code(), error, error.help())
}
