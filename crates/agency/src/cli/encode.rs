//! `encode`.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Datelike as _;
use indicatif::{ProgressBar, ProgressStyle};
use tallystick_encoder::mapping::{LayoutSource, Mapping, MappingError};

use super::{EncodeArgs, Failure};
use crate::encode::{Canaries, EncodeError, EncodeRequest, encode};
use crate::export::{Input, ReadLimits};
use crate::keys::KeyFile;

/// Largest mapping file in bytes.
const MAPPING_BYTES_MAX: u64 = 1 << 20;

pub(super) fn run(args: &EncodeArgs) -> Result<String, Failure> {
    let input = Input::parse(&args.exports)
        .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let aliases = args.aliases.as_ref().map(|path| Input::parse(std::slice::from_ref(path)));
    let aliases =
        aliases.transpose().map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let mut mapping = read_mapping(&args.mapping)?;
    if let Some(sheet) = &args.sheet {
        mapping.set_sheet(sheet);
    }
    let keys = KeyFile::read(&args.key).map_err(|error| super::keys::failure(&error))?;
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Fails only where a handler is set already, as in a test: then there is no Ctrl-C to catch.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
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
    if let Some(labels) = &args.canary_labels {
        let labels = labels.display();
        text.push_str(&format!("\nfor the unit     {labels} (link --canaries)"));
    }
    Ok(text)
}

/// A mapping, with its layout where that is a file of its own.
pub(super) fn read_mapping(path: &Path) -> Result<Mapping, Failure> {
    let text = read_toml(path, "mapping")?;
    let refused = |path: &Path, error: &MappingError| {
        Failure::new(error.code(), format!("{}: {error}", path.display()), error.help())
    };
    let mut mapping = Mapping::parse(&text).map_err(|error| refused(path, &error))?;
    if let Some(LayoutSource::File(name)) = &mapping.read().layout {
        // Beside the mapping, wherever the program is run.
        let layout = path.with_file_name(name);
        let text = read_toml(&layout, "layout")?;
        mapping.set_layout(&text).map_err(|error| refused(&layout, &error))?;
    }
    let wanted = mapping.content().map_or_else(Vec::new, |content| content.code_tables());
    let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
    for name in wanted {
        // Beside the mapping too, in place of a table that every mapping can use.
        let table = path.with_file_name(format!("{name}.toml"));
        if table.exists() {
            let text = read_toml(&table, "table of codes")?;
            mapping.set_codes(&name, &text).map_err(|error| refused(&table, &error))?;
        }
    }
    Ok(mapping)
}

/// The text of a mapping or of a layout.
pub(super) fn read_toml(path: &Path, what: &str) -> Result<String, Failure> {
    let io = |error: std::io::Error| {
        let message = format!("{}: {error}", path.display());
        Failure::new("mapping-io", message, format!("check the path of the {what}"))
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAPPING_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(io)?;
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("{}: not UTF-8 text", path.display());
        Failure::new("mapping-syntax", message, format!("a {what} is a TOML file in UTF-8"))
    })
}

fn encode_failure(error: &EncodeError) -> Failure {
    Failure::new(error.code(), error, error.help())
}
