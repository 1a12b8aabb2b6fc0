//! Files of a release, hashed as they are written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tallystick_wire::Digest;

use crate::DatasetError;

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileWritten {
    /// File name.
    pub name: String,
    /// SHA-256 over its bytes.
    pub sha256: Digest,
    /// Bytes.
    pub bytes: u64,
}

/// Reports progress and asks whether to go on.
#[expect(missing_debug_implementations, reason = "holds closures")]
pub struct Ticker<'a> {
    progress: &'a dyn Fn(u64),
    cancel: &'a dyn Fn() -> bool,
    rows: u64,
}

impl<'a> Ticker<'a> {
    /// Rows between two reports.
    pub const STEP: usize = 16_384;

    /// `progress` gets the rows done so far; where `cancel` says so, the work ends.
    pub fn new(progress: &'a dyn Fn(u64), cancel: &'a dyn Fn() -> bool) -> Self {
        Self { progress, cancel, rows: 0 }
    }

    /// `rows` more are done.
    ///
    /// # Errors
    /// [`DatasetError::Cancelled`].
    pub fn tick(&mut self, rows: u64) -> Result<(), DatasetError> {
        self.rows += rows;
        (self.progress)(self.rows);
        self.check()
    }

    /// Asks whether to go on.
    ///
    /// # Errors
    /// [`DatasetError::Cancelled`].
    pub fn check(&self) -> Result<(), DatasetError> {
        if (self.cancel)() { Err(DatasetError::Cancelled) } else { Ok(()) }
    }
}

/// A new file that only its owner can read.
#[derive(Debug)]
pub struct ReleaseFile {
    name: String,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl ReleaseFile {
    /// A new file in a directory.
    ///
    /// # Errors
    /// A file of that name that exists; a disk that fails.
    pub fn create(dir: &Path, name: &str) -> Result<Self, DatasetError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(dir.join(name)).map_err(|cause| failed(name, cause))?;
        let out = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { name: name.to_owned(), out, hash: Sha256::new(), bytes: 0 })
    }

    /// Brings all bytes to the disk.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn finish(self) -> Result<FileWritten, DatasetError> {
        let Self { name, out, hash, bytes } = self;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(|cause| failed(&name, cause))?;
        Ok(FileWritten { name, sha256: Digest(hash.finalize().into()), bytes })
    }
}

impl Write for ReleaseFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let used = self.out.write(bytes)?;
        self.hash.update(&bytes[..used]);
        self.bytes += u64::try_from(used).expect("addresses have at most 64 bits");
        Ok(used)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file that cannot be written.
pub(crate) fn failed(name: &str, cause: io::Error) -> DatasetError {
    DatasetError::Io { file: name.to_owned(), cause }
}
