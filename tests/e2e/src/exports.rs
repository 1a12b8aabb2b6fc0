//! Synthetic exports, and changes to exports and mappings.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tallystick_synth::{Config, Source, write_exports};
use tallystick_wire::Profile;
use tempfile::TempDir;

use crate::{Encoded, Project};

/// Exports of a synthetic population.
#[derive(Debug)]
pub struct Synthetic {
    dir: TempDir,
    sources: Vec<Source>,
}

impl Synthetic {
    /// Writes the exports.
    ///
    /// # Errors
    /// Those of the generator.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let dir = TempDir::new()?;
        write_exports(config, dir.path())?;
        Ok(Self { dir, sources: config.sources.clone() })
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The export of a source.
    pub fn export(&self, source: Source) -> PathBuf {
        self.dir.path().join(format!("{}.csv", source.label()))
    }

    /// The mapping that belongs to it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn mapping(&self, source: Source) -> anyhow::Result<String> {
        let path = self.dir.path().join(format!("{}.mapping.toml", source.label()));
        Ok(fs::read_to_string(path)?)
    }

    /// Who is who.
    pub fn truth(&self) -> PathBuf {
        self.dir.path().join("truth.csv")
    }

    /// Encodes every export, with some fields left out of the mappings.
    ///
    /// # Errors
    /// Those of encoding.
    pub fn encode(
        &self,
        project: &Project,
        profile: Profile,
        without: &[&str],
        run: &str,
    ) -> anyhow::Result<Vec<Encoded>> {
        self.sources
            .iter()
            .map(|source| {
                let mapping = mapping_without(&self.mapping(*source)?, without)?;
                project.encode(&self.export(*source), &mapping, profile, run)
            })
            .collect()
    }
}

/// A mapping without some keys of `[fields]`.
///
/// # Errors
/// If the mapping is not TOML.
pub fn mapping_without(mapping: &str, keys: &[&str]) -> anyhow::Result<String> {
    let mut table: toml::Table = mapping.parse()?;
    let fields = table
        .get_mut("fields")
        .and_then(toml::Value::as_table_mut)
        .context("a mapping has [fields]")?;
    for key in keys {
        fields.remove(*key);
    }
    Ok(toml::to_string(&table)?)
}

/// Copies a CSV file; `change` gets the header and all rows.
///
/// # Errors
/// If one file cannot be read or the other not written.
pub fn rewrite_rows(
    from: &Path,
    to: &Path,
    delimiter: u8,
    change: impl FnOnce(&csv::ByteRecord, &mut Vec<csv::ByteRecord>),
) -> anyhow::Result<()> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(true).from_path(from)?;
    let header = reader.byte_headers()?.clone();
    let mut rows = reader.byte_records().collect::<Result<Vec<_>, _>>()?;
    change(&header, &mut rows);
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_path(to)?;
    writer.write_byte_record(&header)?;
    for row in &rows {
        writer.write_byte_record(row)?;
    }
    writer.flush()?;
    Ok(())
}
