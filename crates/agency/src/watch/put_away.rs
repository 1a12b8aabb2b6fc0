//! Takes an export that has its receipt, archives or deletes it; refuses a file that is not that export.
//!
//! The export leaves its place by a rename first. Then nobody writes to it under this name, and its SHA-256 says whether it
//! is the export of the receipt. If it is another, it goes back.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::journal::Entry;
use super::{PutAway, Watch, WatchError, digest_of};
use crate::files::parent;
use crate::upload::{Point, append_name, sync_directory};

/// Hex digits of the export's SHA-256 before its name in the archive.
const ARCHIVE_DIGITS: usize = 16;

impl Watch<'_> {
    /// Done already if neither the export nor its claim is there.
    pub(super) fn put_export_away(&mut self, entry: &Entry) -> Result<(), WatchError> {
        if self.request.put_away == PutAway::Leave {
            return Ok(());
        }
        let path = self.request.directory.join(&entry.export);
        let claim = self.claim(&entry.export);
        if !claim.exists() {
            match fs::rename(&path, &claim) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(WatchError::io(&path)(error)),
            }
            self.sync(&path)?;
            self.sync(&claim)?;
        }
        self.reach(Point::Claimed)?;
        if digest_of(&claim).map_err(WatchError::io(&claim))? != entry.sha256 {
            return self.put_back(&claim, &entry.export);
        }
        match &self.request.put_away {
            PutAway::Leave => Ok(()),
            PutAway::Delete => fs::remove_file(&claim).map_err(WatchError::io(&claim)),
            PutAway::Archive(archive) => {
                let name = format!("{}.{}", &entry.sha256[..ARCHIVE_DIGITS], entry.export);
                let target = archive.join(name);
                move_file(&claim, &target).map_err(WatchError::io(&target))
            }
        }
    }

    /// A newer export that came between look and claim is left for the next look.
    fn put_back(&self, claim: &Path, name: &str) -> Result<(), WatchError> {
        let mut place = self.request.directory.join(name);
        if place.exists() {
            let sha256 = digest_of(claim).map_err(WatchError::io(claim))?;
            let name = format!("{}.{name}", &sha256[..ARCHIVE_DIGITS]);
            place = self.request.directory.join(name);
        }
        fs::rename(claim, &place).map_err(WatchError::io(&place))
    }

    /// Removes the copy of a submission, and what was kept for going on with it.
    pub(super) fn remove_work(&self, export: &str) -> Result<(), WatchError> {
        let work = self.work(export);
        for path in [append_name(&work, ".upload"), work] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(WatchError::io(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what a stopped run left in the work directory; an export among it goes back.
    pub(super) fn sweep(&self) -> Result<(), WatchError> {
        let under_way = self.journal.open_entry().map(|entry| entry.export.clone());
        let work = under_way.as_ref().map(|export| self.work(export));
        let state = work.as_ref().map(|work| append_name(work, ".upload"));
        let claim = under_way.as_ref().map(|export| self.claim(export));
        let directory = self.own("work");
        for file in fs::read_dir(&directory).map_err(WatchError::io(&directory))? {
            let path = file.map_err(WatchError::io(&directory))?.path();
            if [&work, &state, &claim].into_iter().flatten().any(|kept| *kept == path) {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            match name.strip_suffix(".export") {
                Some(export) => self.put_back(&path, export)?,
                None => fs::remove_file(&path).map_err(WatchError::io(&path))?,
            }
        }
        Ok(())
    }

    fn sync(&self, path: &Path) -> Result<(), WatchError> {
        sync_directory(parent(path)).map_err(WatchError::io(path))
    }
}

/// Moves a file, over one of the same bytes; to another disk by a copy that is whole before the first is removed.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let name = to.file_name().unwrap_or_default().to_string_lossy();
            let beside = to.with_file_name(format!(".{name}.part"));
            fs::copy(from, &beside)?;
            File::open(&beside)?.sync_all()?;
            fs::rename(&beside, to)?;
            sync_directory(parent(to))?;
            fs::remove_file(from)
        }
        Ok(()) => sync_directory(parent(to)),
        Err(error) => Err(error),
    }
}
