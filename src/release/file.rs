//! Files of a release, hashed as they are written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tallystick_wire::Digest;

use super::{FileWritten, ReleaseError};

/// Reports progress and asks whether to go on.
pub(super) struct Ticker<'a> {
    progress: &'a dyn Fn(u64),
    cancel: &'a dyn Fn() -> bool,
    rows: u64,
}

impl<'a> Ticker<'a> {
    /// Rows between two reports.
    pub(super) const STEP: usize = 16_384;

    pub(super) fn new(progress: &'a dyn Fn(u64), cancel: &'a dyn Fn() -> bool) -> Self {
        Self { progress, cancel, rows: 0 }
    }

    /// `rows` more are done.
    pub(super) fn tick(&mut self, rows: u64) -> Result<(), ReleaseError> {
        self.rows += rows;
        (self.progress)(self.rows);
        self.check()
    }

    pub(super) fn check(&self) -> Result<(), ReleaseError> {
        if (self.cancel)() { Err(ReleaseError::Cancelled) } else { Ok(()) }
    }
}

/// A new file that only its owner can read.
pub(super) struct ReleaseFile {
    name: String,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl ReleaseFile {
    pub(super) fn create(dir: &Path, name: &str) -> Result<Self, ReleaseError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(dir.join(name)).map_err(|cause| failed(name, cause))?;
        let out = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { name: name.to_owned(), out, hash: Sha256::new(), bytes: 0 })
    }

    /// Brings all bytes to the disk.
    pub(super) fn finish(self) -> Result<FileWritten, ReleaseError> {
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

pub(super) fn failed(name: &str, cause: io::Error) -> ReleaseError {
    ReleaseError::Io { file: name.to_owned(), cause }
}
