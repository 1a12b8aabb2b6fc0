//! Bundles out.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tallystick_wire::Digest;

use super::check::{self, Referred};
use super::content::{BundleContent, Member, Relation, ReleaseFacts};
use super::error::BundleError;
use super::manifest::{Manifest, Output};
use super::{GROUP_ROWS, MANIFEST, SIGNATURE, SIGNED_PREFIX, csv_name, parquet_name};
use crate::archive::form::{MEMBERS_MAX, Method, name_is_plain};
use crate::archive::write::ArchiveWriter;
use crate::column::{Table, row_count};
use crate::describe::{TableDescribed, describe};
use crate::documents::{self, Described};
use crate::file::Ticker;
use crate::{csv_file, parquet_file};

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BundleWritten {
    /// SHA-256 over the bundle's bytes.
    pub sha256: Digest,
    /// Its bytes.
    pub bytes: u64,
    /// What stands in `manifest.json`.
    pub manifest: Manifest,
    /// SHA-256 over that file as it stands there.
    pub manifest_sha256: Digest,
}

/// Writes a bundle to a new file. `sign` gives the Ed25519 signature over the bytes it gets. `ticker`
/// counts each row once. Where this fails, nothing is left.
///
/// # Errors
/// Tables that the bundle cannot hold; a file that exists; a disk that fails; a wish to stop.
pub fn write(
    content: BundleContent<'_>,
    path: &Path,
    sign: &dyn Fn(&[u8]) -> [u8; 64],
    ticker: &mut Ticker<'_>,
) -> Result<BundleWritten, BundleError> {
    let mut writer = BundleWriter::create(path, content.facts, content.relations)?;
    for table in content.tables {
        writer.table(table, ticker)?;
    }
    writer.finish(content.members, sign)
}

/// A bundle in the making, for tables that come one after the other. Dropped before it is finished, it
/// leaves nothing.
#[derive(Debug)]
pub struct BundleWriter {
    archive: Option<ArchiveWriter>,
    path: PathBuf,
    facts: ReleaseFacts,
    relations: Vec<Relation>,
    referred: BTreeMap<(String, String), Referred>,
    tables: Vec<TableDescribed>,
    outputs: Vec<Output>,
}

impl BundleWriter {
    /// A bundle in a new file that only its owner can read.
    ///
    /// # Errors
    /// A file that exists; a disk that fails.
    pub fn create(
        path: &Path,
        facts: ReleaseFacts,
        relations: Vec<Relation>,
    ) -> Result<Self, BundleError> {
        let file = create(path).map_err(|cause| failed("the bundle", cause))?;
        Ok(Self {
            archive: Some(ArchiveWriter::new(file)),
            path: path.to_owned(),
            facts,
            relations,
            referred: BTreeMap::new(),
            tables: Vec::new(),
            outputs: Vec::new(),
        })
    }

    /// Writes the next table, as CSV and as Parquet.
    ///
    /// # Errors
    /// A table that the bundle cannot hold; a disk that fails; a wish to stop.
    pub fn table(&mut self, table: &Table, ticker: &mut Ticker<'_>) -> Result<(), BundleError> {
        check::table(table)?;
        if self.tables.iter().any(|earlier| earlier.name == table.name) {
            return Err(BundleError::Name { place: format!("table {}", self.tables.len() + 1) });
        }
        self.check_relations(table)?;
        ticker.check()?;
        let described = describe(table);

        let rows = Some(row_count(table.rows));
        let name = csv_name(&table.name);
        self.member(&name, "text/csv", rows, Method::Deflated, |out| {
            csv_file::write_to(out, &name, table, ticker).map(drop).map_err(Into::into)
        })?;
        let name = parquet_name(&table.name);
        let metadata = ("tallystick".to_owned(), documents::metadata(&described));
        let metadata = Some(metadata);
        let options = parquet_file::Options { group_rows: GROUP_ROWS, with_kinds: true, metadata };
        let media_type = "application/vnd.apache.parquet";
        self.member(&name, media_type, rows, Method::Stored, |out| {
            parquet_file::write_to(out, &name, table, options, ticker).map(drop).map_err(Into::into)
        })?;
        self.tables.push(described);
        Ok(())
    }

    /// Writes documents, members of others, manifest and signature.
    ///
    /// # Errors
    /// Members whose names cannot be used; relations that were never met; a notice that is not among
    /// the members; a disk that fails.
    pub fn finish(
        mut self,
        members: Vec<Member>,
        sign: &dyn Fn(&[u8]) -> [u8; 64],
    ) -> Result<BundleWritten, BundleError> {
        self.check_all_met(&members)?;
        let described = Described {
            facts: &self.facts,
            tables: &self.tables,
            relations: &self.relations,
            outputs: &self.outputs,
            members: &members,
        };
        for (name, media_type, bytes) in documents::all(&described) {
            self.document(name, media_type, &bytes)?;
        }
        for (place, member) in members.iter().enumerate() {
            let is_new = self.outputs.iter().all(|output| output.name != member.name);
            let is_own = [MANIFEST, SIGNATURE].contains(&member.name.as_str())
                || member.name.starts_with("data/");
            if !is_new || is_own || !name_is_plain(&member.name) || place >= MEMBERS_MAX / 2 {
                return Err(BundleError::Name { place: format!("member {}", place + 1) });
            }
            self.document(&member.name, &member.media_type, &member.bytes)?;
        }
        let manifest = Manifest::new(&self.facts, std::mem::take(&mut self.outputs));
        let bytes = manifest.to_bytes();
        let signature = sign(&signed(&bytes));
        let manifest_sha256 = Digest(Sha256::digest(&bytes).into());
        let mut archive = self.archive.take().expect("it is taken once");
        // Stored: whatever bytes are there are the ones that are signed.
        for (name, bytes) in [(MANIFEST, &bytes[..]), (SIGNATURE, &signature)] {
            let mut member = archive.member(name, Method::Stored).map_err(|e| failed(name, e))?;
            member.write_all(bytes).map_err(|cause| failed(name, cause))?;
            member.finish().map_err(|cause| failed(name, cause))?;
        }
        let finished = archive.finish().map_err(|cause| failed("the bundle", cause));
        match finished {
            Ok((sha256, bytes)) => {
                self.path = PathBuf::new();
                Ok(BundleWritten { sha256, bytes, manifest, manifest_sha256 })
            }
            Err(error) => Err(error),
        }
    }

    fn document(&mut self, name: &str, media_type: &str, bytes: &[u8]) -> Result<(), BundleError> {
        self.member(name, media_type, None, Method::Deflated, |out| {
            out.write_all(bytes).map_err(|cause| failed(name, cause))
        })
    }

    fn member(
        &mut self,
        name: &str,
        media_type: &str,
        rows: Option<u64>,
        method: Method,
        write: impl FnOnce(&mut (dyn io::Write + Send)) -> Result<(), BundleError>,
    ) -> Result<(), BundleError> {
        let archive = self.archive.as_mut().expect("it is not finished");
        let mut out = archive.member(name, method).map_err(|cause| failed(name, cause))?;
        write(&mut out)?;
        let written = out.finish().map_err(|cause| failed(name, cause))?;
        self.outputs.push(Output::new(name, media_type, rows, &written));
        Ok(())
    }

    /// Keeps what others refer to, and looks up what this one refers to.
    fn check_relations(&mut self, table: &Table) -> Result<(), BundleError> {
        for relation in &self.relations {
            let to = (relation.to_table.clone(), relation.to_column.clone());
            let fault = || BundleError::Relation {
                table: relation.table.clone(),
                column: relation.column.clone(),
            };
            if relation.table == table.name {
                let referred = self.referred.get(&to).ok_or_else(fault)?;
                if !referred.holds(table, relation) {
                    return Err(fault());
                }
            }
            if relation.to_table == table.name && !self.referred.contains_key(&to) {
                let referred = Referred::new(table, relation).ok_or_else(fault)?;
                self.referred.insert(to, referred);
            }
        }
        Ok(())
    }

    fn check_all_met(&self, members: &[Member]) -> Result<(), BundleError> {
        let is_there = |name: &str| self.tables.iter().any(|table| table.name == name);
        for relation in &self.relations {
            if !is_there(&relation.table) || !is_there(&relation.to_table) {
                let (table, column) = (relation.table.clone(), relation.column.clone());
                return Err(BundleError::Relation { table, column });
            }
        }
        match &self.facts.notice {
            Some(notice) if !members.iter().any(|member| member.name == *notice) => {
                Err(BundleError::NoticeMissing)
            }
            _ => Ok(()),
        }
    }
}

impl Drop for BundleWriter {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // Where an open file cannot be removed, it is closed first.
            drop(self.archive.take());
            // What is half written is of no use; if it cannot be removed, nothing reads it either.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What the signature is over.
pub(super) fn signed(manifest: &[u8]) -> Vec<u8> {
    [SIGNED_PREFIX, manifest].concat()
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn failed(name: &str, cause: io::Error) -> BundleError {
    BundleError::io(name, cause)
}
