//! What `check` and `encode` share: which export is read, by which mapping, and how it is watched.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Datelike as _;
use indicatif::{ProgressBar, ProgressStyle};
use tallystick_encoder::mapping::{LayoutSource, Mapping, MappingError};

use super::Failure;
use crate::export::{Input, ReadLimits};

/// Largest mapping file in bytes.
const MAPPING_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// The export: CSV and its like, XLSX, XLS, ODS, Parquet, fixed width, gzipped or zipped; several
    /// files of the same columns are one export; - is standard input.
    #[arg(required = true, value_name = "EXPORT")]
    exports: Vec<PathBuf>,
    /// Sheet of a workbook [default: as mapped, else the one that has cells].
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Which column is what (TOML).
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Longest record of the export in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    line_bytes_max: u64,
}

impl ReadArgs {
    /// The export and its mapping.
    pub(super) fn open(&self) -> Result<(Input, Mapping), Failure> {
        let input = Input::parse(&self.exports)
            .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
        let mut mapping = read_mapping(&self.mapping)?;
        if let Some(sheet) = &self.sheet {
            mapping.set_sheet(sheet);
        }
        Ok((input, mapping))
    }

    pub(super) fn limits(&self) -> ReadLimits {
        ReadLimits { line_bytes_max: self.line_bytes_max, ..ReadLimits::default() }
    }
}

/// The year of today bounds plausible births; nothing else depends on the clock.
pub(super) fn year_of_today() -> u16 {
    u16::try_from(chrono::Local::now().year()).unwrap_or(u16::MAX)
}

/// Runs long work with a bar on a terminal, and a flag that Ctrl-C sets.
pub(super) fn watched<T>(
    doing: &str,
    work: impl FnOnce(&mut dyn FnMut(u64, Option<u64>), &AtomicBool) -> T,
) -> T {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Fails only where a handler is set already, as in a test: then there is no Ctrl-C to catch.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let template = format!("{doing} {{bar:32}} {{bytes}}/{{total_bytes}}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).expect("the template is well formed");
    let bar = ProgressBar::new(0).with_style(style);
    let mut progress = |read: u64, total: Option<u64>| {
        bar.set_length(total.unwrap_or(read));
        bar.set_position(read);
    };
    let result = work(&mut progress, &cancel);
    bar.finish_and_clear();
    result
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
