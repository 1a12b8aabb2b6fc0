//! Takes text, keeps it in a file that is whole at any moment; holds what is needed to go on with an upload.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::UploadError;
use crate::files::parent;

/// Writes a file beside, brings it to the disk and gives it its name. A remainder of an earlier try is overwritten.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    let beside = path.with_file_name(name);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    sync_directory(parent(path))
}

/// Brings the names in a directory to the disk.
#[cfg(unix)]
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Other systems do not open directories.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// `file.tally` with `.upload` is `file.tally.upload`.
pub(crate) fn append_name(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// An upload that was begun.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// Address of the service.
    pub(super) service: String,
    /// Path of the upload there.
    pub(super) upload: String,
    /// Bytes of the submission.
    pub(super) length: u64,
    /// Its SHA-256, hex.
    pub(super) sha256: String,
}

/// Where the state of a submission's upload is kept.
pub(super) struct StateFile(PathBuf);

impl StateFile {
    pub(super) fn beside(submission: &Path) -> Self {
        Self(append_name(submission, ".upload"))
    }

    /// `None` where there is none, or none that can be read: then the upload begins anew.
    pub(super) fn read(&self) -> Option<State> {
        serde_json::from_str(&fs::read_to_string(&self.0).ok()?).ok()
    }

    pub(super) fn write(&self, state: &State) -> Result<(), UploadError> {
        let text = serde_json::to_string(state).expect("a state of texts and numbers is JSON");
        write_atomically(&self.0, text.as_bytes()).map_err(UploadError::io(&self.0))
    }

    pub(super) fn remove(&self) -> Result<(), UploadError> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(UploadError::io(&self.0)(error))
            }
            _ => Ok(()),
        }
    }
}
