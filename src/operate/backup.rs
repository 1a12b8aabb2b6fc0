//! Takes the records and sealed files of a store in use or not, gives a directory that is a whole of one moment, refuses to call anything less one.
//!
//! Records are copied first, by SQLite itself, as they are at one moment. What they know is copied then; a sealed file that was
//! erased meanwhile would be missed, so the records are copied again. The log says so before there is a manifest, and without a manifest
//! nothing is a backup. Keys are in no backup: sealed files in it open with the unit's key file alone.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::OperateError;
use super::manifest::{Copied, MANIFEST, Manifest, copy, digest_of, new_directory, sync_directory};
use super::verify::known;
use crate::audit::{self, Actor, Event, EventKind};
use crate::ids::{BackupId, SegmentId, hex};
use crate::link::Observer;
use crate::store::segment::Extent;
use crate::store::{DATABASE, SEGMENTS, Store, new_private_file};

/// Times that the records are copied again because sealed files went meanwhile.
const ROUNDS_MAX: u32 = 16;

/// A backup that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// Its id, also in the log.
    pub backup: String,
    /// Files, but for the manifest.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// `NUMBER:HASH` of the last entry in the copied log.
    pub log: Option<String>,
    /// SHA-256 of the manifest.
    pub manifest_sha256: String,
}

/// Who wants it.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// How the log names them.
    pub actor: Actor,
    /// From where.
    pub address: Option<IpAddr>,
}

/// Makes a backup in `to`, which is new or empty. What was half made is removed.
///
/// # Errors
/// [`OperateError`]; the log then has an entry of the failure, if it can be written.
pub fn backup(
    store: &Store,
    by: Asker,
    to: &Path,
    observer: &dyn Observer,
) -> Result<Made, OperateError> {
    let segments = new_directory(to)?;
    let made = make(store, by, to, &segments, observer);
    if let Err(error) = &made {
        let _ = std::fs::remove_dir_all(&segments);
        for name in [DATABASE, MANIFEST] {
            let _ = std::fs::remove_file(to.join(name));
        }
        let event = Event::new(EventKind::BackupMade, by.actor).failed(error.code());
        if let Err(error) = store.record(&event.from_address(by.address)) {
            tracing::error!(code = error.code(), "a failed backup could not be logged");
        }
    }
    made
}

fn make(
    store: &Store,
    by: Asker,
    to: &Path,
    segments: &Path,
    observer: &dyn Observer,
) -> Result<Made, OperateError> {
    let id = BackupId::random()?;
    let database = to.join(DATABASE);
    drop(
        new_private_file(&database)
            .map_err(|source| OperateError::Io { path: database.clone(), source })?,
    );
    let mut copied = Segments { store, to: segments.to_owned(), done: BTreeMap::new() };
    let head = copied.with_records(&database, observer)?;
    sync_directory(segments)?;
    let log = head.map(|head| format!("{}:{}", head.seq, hex(&head.hash)));
    let (sha256, bytes) = digest_of(&database)?;
    let mut files = vec![Copied { name: DATABASE.to_owned(), bytes, sha256: hex(&sha256) }];
    files.extend(copied.done.into_iter().map(|(id, (extent, sha256))| Copied {
        name: format!("{SEGMENTS}/{id}"),
        bytes: extent.file_bytes(),
        sha256: hex(&sha256),
    }));
    let bytes = files.iter().map(|file| file.bytes).sum();
    let manifest = Manifest {
        backup: id.to_string(),
        made_at: store.now().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        log: log.clone(),
        key: store.key().public().to_string(),
        files,
    };
    let line = manifest.line(store.key());
    let manifest_sha256: [u8; 32] = Sha256::digest(&line).into();
    let count = manifest.files.len() as u64;
    let event = Event::new(EventKind::BackupMade, by.actor)
        .object("backup", id)
        .sha256(manifest_sha256)
        .bytes(None, Some(bytes))
        .count("files", count)
        .count("copied_until", head.map_or(0, |head| head.seq))
        .from_address(by.address);
    store.record(&event)?;
    let path = to.join(MANIFEST);
    let io = |source| OperateError::Io { path: path.clone(), source };
    let mut file = new_private_file(&path).map_err(io)?;
    std::io::Write::write_all(&mut file, line.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    sync_directory(to)?;
    let manifest_sha256 = hex(&manifest_sha256);
    Ok(Made { backup: id.to_string(), files: count, bytes, log, manifest_sha256 })
}

/// Sealed files on their way into a backup.
struct Segments<'a> {
    store: &'a Store,
    to: PathBuf,
    done: BTreeMap<SegmentId, (Extent, [u8; 32])>,
}

impl Segments<'_> {
    /// Copies records and what they know; gives the head of the copied log.
    fn with_records(
        &mut self,
        database: &Path,
        observer: &dyn Observer,
    ) -> Result<Option<audit::Head>, OperateError> {
        for _ in 0..ROUNDS_MAX {
            observer.stage("records", 0);
            let records = self.store.copy_records(database)?;
            if self.copy_known(&records, observer)? {
                return Ok(audit::head(&records)?);
            }
        }
        Err(OperateError::Restless)
    }

    /// False if one was erased before it was copied.
    fn copy_known(
        &mut self,
        records: &Connection,
        observer: &dyn Observer,
    ) -> Result<bool, OperateError> {
        let known = known(records)?;
        observer.stage("sealed files", known.values().map(|it| it.extent.file_bytes()).sum());
        let gone: Vec<SegmentId> = self
            .done
            .iter()
            .filter(|(id, (extent, _))| known.get(id).is_none_or(|it| it.extent != *extent))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.done.remove(&id);
            self.remove(id)?;
        }
        for (id, it) in known {
            if observer.is_cancelled() {
                return Err(OperateError::Cancelled);
            }
            if !self.done.contains_key(&id) && !self.copy_one(id, it.extent)? {
                return Ok(false);
            }
            observer.advance(it.extent.file_bytes());
        }
        Ok(true)
    }

    fn copy_one(&mut self, id: SegmentId, extent: Extent) -> Result<bool, OperateError> {
        let from = self.store.segment_path(id);
        let to = self.to.join(id.to_string());
        match copy(&from, &to, extent.file_bytes()) {
            Ok(Some(sha256)) => {
                self.done.insert(id, (extent, sha256));
                return Ok(true);
            }
            Ok(None) => self.remove(id)?,
            Err(OperateError::Io { path, source })
                if path == from && source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Erased since the records were copied; anything else is damage.
        let sql = "SELECT 1 FROM segment WHERE id = ?1 AND shredded_at IS NULL";
        let stands = self.store.read(|c| Ok::<_, OperateError>(c.prepare(sql)?.exists([id])?))?;
        if stands {
            return Err(OperateError::Incomplete { name: format!("{SEGMENTS}/{id}") });
        }
        Ok(false)
    }

    fn remove(&self, id: SegmentId) -> Result<(), OperateError> {
        let path = self.to.join(id.to_string());
        std::fs::remove_file(&path).map_err(|source| OperateError::Io { path, source })
    }
}
