//! Takes a backup and, if there is one, a later export of the log; gives a new data directory; refuses a backup that was changed and a log
//! that does not go on from it.
//!
//! A backup still has the keys of what was erased after it was made. The log says what that was: its later entries are put after those of
//! the backup, so that the log is unbroken, and what they say was erased, closed or ended is so again before anybody can start a service
//! on it. Without a log nothing of that is known, and the caller must say that this is so.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::manifest::{Manifest, check_new, copy, new_directory, sync_directory};
use super::verify::{Report, Verification, verify_store};
use super::{OperateError, replay};
use crate::audit::{Actor, Event, EventKind};
use crate::clock::Clock;
use crate::ids::unhex;
use crate::keys::ServiceKeys;
use crate::link::Observer;
use crate::store::Store;

/// What the name of a directory ends in while it is put back.
const RESTORING: &str = ".restoring";

/// What is put back, from where to where.
#[derive(Debug)]
pub struct Restoration<'a> {
    /// A backup.
    pub from: &'a Path,
    /// New or empty.
    pub data: &'a Path,
    /// The unit's keys.
    pub keys: ServiceKeys,
    /// A whole export of the log, made after the backup; `None` if there is none any more.
    pub log: Option<&'a Path>,
    /// Entries between two signed checkpoints.
    pub checkpoint_entries: u64,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What was put back, and what was not.
#[derive(Debug, Default, Serialize)]
pub struct Restored {
    /// Id of the backup.
    pub backup: String,
    /// Last entry of the log that the backup has.
    pub copied_until: u64,
    /// Last entry that came from the export; that of the backup without one.
    pub log_until: u64,
    /// Submissions that were withdrawn after the backup, and are erased again.
    pub submissions_erased: Vec<String>,
    /// Submissions that were taken in after the backup: lost, their agencies send them again.
    pub submissions_lost: Vec<String>,
    /// Uploads on their way, which are given up.
    pub uploads_ended: u64,
    /// Accounts that were closed after the backup, and are closed again.
    pub accounts_disabled: u64,
    /// Accounts whose password, second factor or recovery codes changed after the backup: they need a new link.
    pub accounts_to_enrol: u64,
    /// Runs that waited or were worked on, and failed.
    pub runs_ended: u64,
    /// Agreements that were ended after the backup, and are again.
    pub agreements_ended: u64,
    /// Tokens that end.
    pub tokens_revoked: u64,
    /// Later entries of which the records know nothing, by kind: to be looked at by people.
    pub not_repeated: std::collections::BTreeMap<String, u64>,
    /// What verification found.
    pub report: Report,
}

/// Puts a backup into a new data directory.
///
/// # Errors
/// [`OperateError`]; then nothing is left, but for [`OperateError::Unsound`].
pub fn restore(asked: &Restoration<'_>, observer: &dyn Observer) -> Result<Restored, OperateError> {
    let key = asked.keys.audit.public();
    let (manifest, digest) = Manifest::read(asked.from, &key)?;
    let log = match asked.log {
        None => None,
        Some(path) => Some(replay::check(path, &key, manifest.head())?),
    };
    check_new(asked.data)?;
    // Under its own name it stands only when what was erased is erased again, whatever ends this before.
    let mut staging = asked.data.as_os_str().to_owned();
    staging.push(RESTORING);
    let staging = PathBuf::from(staging);
    let segments = new_directory(&staging)?;
    let done = (|| {
        copy_all(asked, &staging, &manifest, observer)?;
        sync_directory(&segments)?;
        sync_directory(&staging)?;
        let restored = put_back((asked, &staging), &manifest, digest, log, observer)?;
        settle(&staging, asked.data)?;
        Ok(restored)
    })();
    match done {
        Err(OperateError::Unsound { findings }) => Err(OperateError::Unsound { findings }),
        Err(error) => {
            let _ = std::fs::remove_dir_all(&staging);
            Err(error)
        }
        done => done,
    }
}

/// Gives a directory its name, at which nothing or an empty one stands.
fn settle(staging: &Path, data: &Path) -> Result<(), OperateError> {
    let io = |source| OperateError::Io { path: data.to_owned(), source };
    if data.exists() {
        std::fs::remove_dir(data).map_err(io)?;
    }
    std::fs::rename(staging, data).map_err(io)?;
    let parent = data.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_directory(parent.unwrap_or_else(|| Path::new(".")))
}

fn copy_all(
    asked: &Restoration<'_>,
    data: &Path,
    manifest: &Manifest,
    observer: &dyn Observer,
) -> Result<(), OperateError> {
    observer.stage("files", manifest.files.iter().map(|file| file.bytes).sum());
    for file in &manifest.files {
        if observer.is_cancelled() {
            return Err(OperateError::Cancelled);
        }
        let differs = || OperateError::Differs { name: file.name.clone() };
        // What is signed was written by us; a name that leads elsewhere is refused all the same.
        if !is_ours(&file.name) {
            return Err(differs());
        }
        let (from, to) = (asked.from.join(&file.name), data.join(&file.name));
        let is_longer = std::fs::metadata(&from).is_ok_and(|found| found.len() != file.bytes);
        let digest = copy(&from, &to, file.bytes)?;
        if is_longer || digest.is_none() || digest != unhex(&file.sha256) {
            return Err(differs());
        }
        observer.advance(file.bytes);
    }
    Ok(())
}

fn is_ours(name: &str) -> bool {
    name == crate::store::DATABASE
        || name
            .strip_prefix(crate::store::SEGMENTS)
            .and_then(|name| crate::ids::SegmentId::parse(name.strip_prefix('/')?))
            .is_some()
}

fn put_back(
    (asked, data): (&Restoration<'_>, &Path),
    manifest: &Manifest,
    digest: [u8; 32],
    log: Option<replay::Checked>,
    observer: &dyn Observer,
) -> Result<Restored, OperateError> {
    let open = || {
        let audit = Arc::clone(&asked.keys.audit);
        Store::open(data, audit, Arc::clone(&asked.clock), asked.checkpoint_entries)
    };
    let store = open()?;
    let copied_until = manifest.head().map_or(0, |head| head.seq);
    let mut restored = store.act(|act| {
        let mut restored = Restored {
            backup: manifest.backup.clone(),
            copied_until,
            log_until: copied_until,
            ..Restored::default()
        };
        match &log {
            None => replay::without_log(act, &mut restored)?,
            Some(log) => {
                let path = asked.log.expect("what was checked was given");
                let io = |source| OperateError::Io { path: path.to_owned(), source };
                let reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(io)?);
                replay::with_log(act, reader, log, &mut restored)?;
            }
        }
        replay::end_what_is_open(act, &mut restored)?;
        let mut event = Event::new(EventKind::BackupRestored, Actor::Console)
            .sha256(digest)
            .count("copied_until", copied_until)
            .count("log_until", restored.log_until)
            .count("submissions_erased", restored.submissions_erased.len() as u64)
            .count("submissions_lost", restored.submissions_lost.len() as u64)
            .count("uploads_ended", restored.uploads_ended)
            .count("runs_ended", restored.runs_ended)
            .count("agreements_ended", restored.agreements_ended)
            .count("accounts_disabled", restored.accounts_disabled)
            .count("accounts_to_enrol", restored.accounts_to_enrol)
            .count("tokens_revoked", restored.tokens_revoked);
        if let Some(id) = manifest.id() {
            event = event.object("backup", id);
        }
        if log.is_none() {
            event = event.because("log-missing");
        }
        act.record(&event)?;
        Ok::<_, OperateError>(restored)
    })?;
    sweep(&store)?;
    store.checkpoint()?;
    store.empty_write_ahead()?;
    drop(store);
    let asked_for = Verification { directory: data, keys: Some(&asked.keys), anchors: &[] };
    restored.report = verify_store(&asked_for, observer)?;
    let findings = restored.report.findings.len() as u64 + restored.report.findings_left_out;
    if findings > 0 {
        return Err(OperateError::Unsound { findings });
    }
    let store = open()?;
    store.record(
        &Event::new(EventKind::StoreVerified, Actor::Console)
            .count("segments", restored.report.segments)
            .count("bytes", restored.report.bytes_opened),
    )?;
    store.checkpoint()?;
    Ok(restored)
}

/// Removes the files of what was erased again.
fn sweep(store: &Store) -> Result<(), OperateError> {
    let known = store.read(super::verify::known)?;
    let segments = store.segments();
    let io = |source| OperateError::Io { path: segments.clone(), source };
    for entry in std::fs::read_dir(&segments).map_err(io)? {
        let entry = entry.map_err(io)?;
        let id = entry.file_name().to_str().and_then(crate::ids::SegmentId::parse);
        if id.is_none_or(|id| !known.contains_key(&id)) {
            std::fs::remove_file(entry.path()).map_err(io)?;
        }
    }
    store.sync_segments().map_err(io)
}
