//! Megabytes a second of CSV through reading, mapping and normalising, without hashing or writing.
//!
//! ```text
//! cargo run --release -p tallystick-agency --example read_speed -- MAPPING EXPORT...
//! ```
//! Prints the best of five passes over the files, on one core: reading alone, then with normalising.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tallystick_agency::export::{Export, RawRow, ReadLimits, ReadSpec, RowOutcome};
use tallystick_encoder::mapping::{MAPPING_BYTES_MAX, Mapping};
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser};

const PASSES: u32 = 5;
/// Births after this year are implausible.
const YEAR_MAX: u16 = 2026;

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let mapping = arguments.next().context("give a mapping and an export")?;
    let exports: Vec<PathBuf> = arguments.collect();
    if exports.is_empty() {
        bail!("give an export");
    }
    let text = std::fs::read_to_string(&mapping)?;
    if text.len() as u64 > MAPPING_BYTES_MAX as u64 {
        bail!("the mapping is too long");
    }
    let mapping = Mapping::parse(&text)?;
    for export in &exports {
        let megabytes = export.metadata()?.len() as f64 / 1e6;
        for normalising in [false, true] {
            let mut best = Duration::MAX;
            let mut rows = 0;
            for _ in 0..PASSES {
                let start = Instant::now();
                rows = pass(export, &mapping, normalising)?;
                best = best.min(start.elapsed());
            }
            let seconds = best.as_secs_f64();
            let what = if normalising { "read, map, normalise" } else { "read" };
            let rate = rows as f64 / seconds;
            println!("{what}: {rows} rows, {:.0} MB/s, {rate:.0} rows/s", megabytes / seconds);
        }
    }
    Ok(())
}

/// Reads the whole export; gives the count of its rows.
fn pass(path: &Path, mapping: &Mapping, normalising: bool) -> anyhow::Result<u64> {
    let spec = ReadSpec::of(mapping);
    let mut export = Export::open(path, &spec, &ReadLimits::default())?;
    let bound = mapping.bind(export.header())?;
    let mut normaliser = Normaliser::new(&bound, YEAR_MAX);
    let mut record = NormalisedRecord::default();
    let mut row = RawRow::new();
    let mut rows = 0;
    while let Some(outcome) = export.read_row(&mut row)? {
        rows += 1;
        if normalising && matches!(outcome, RowOutcome::Row) {
            black_box(normaliser.normalise(&row, &mut record).is_ok());
        }
    }
    Ok(rows)
}
