//! Takes a data directory, gives it to one process alone, refuses one that another has.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::StoreError;

/// A directory's lock file, locked. The lock ends with this value, not with the last copy of the file's handle: a program that is
/// being started elsewhere in the process has copies of all handles until it runs.
#[derive(Debug)]
pub(super) struct DirectoryLock(File);

impl DirectoryLock {
    /// Locks the open lock file of `directory`.
    ///
    /// # Errors
    /// [`StoreError::InUse`], and that of the system.
    pub(super) fn claim(file: File, directory: &Path) -> Result<Self, StoreError> {
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse { path: directory.to_owned() },
            TryLockError::Error(source) => StoreError::Io { path: directory.to_owned(), source },
        })?;
        Ok(Self(file))
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Where the system refuses, the lock ends with the handle all the same.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_though_its_handle_was_copied() {
        let dir = tempfile::tempdir().unwrap();
        let open = || File::create(dir.path().join("lock")).unwrap();
        let file = open();
        let copy = file.try_clone().unwrap();
        let lock = DirectoryLock::claim(file, dir.path()).unwrap();
        let refused = DirectoryLock::claim(open(), dir.path()).unwrap_err();
        assert!(matches!(refused, StoreError::InUse { .. }));
        drop(lock);
        DirectoryLock::claim(open(), dir.path()).unwrap();
        drop(copy);
    }
}
