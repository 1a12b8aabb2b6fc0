//! Takes names of files, gives files to read and to write, refuses what their keeper refuses.
//!
//! Everything in this crate reads and writes through here, so that a page in a browser, which has no
//! disk, runs the same code: see [`Files`] and, for the disk, [`Disk`].

#[cfg(feature = "program")]
mod disk;

use std::fmt;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

#[cfg(feature = "program")]
pub use disk::Disk;
#[cfg(feature = "program")]
pub(crate) use disk::parent;

/// Who keeps the files. Names are paths, whether or not there is a disk.
pub trait Files: fmt::Debug + Send + Sync {
    /// Opens a file to be read.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read.
    fn open(&self, path: &Path) -> io::Result<Opened>;

    /// Length of a file in bytes, where it has one.
    fn bytes(&self, path: &Path) -> Option<u64>;

    /// A new file that gets its name when it is kept, and vanishes if it never is.
    ///
    /// # Errors
    /// If it cannot be written there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;

    /// A file without a name beside another; it vanishes when dropped.
    ///
    /// # Errors
    /// If it cannot be written there.
    fn scratch(&self, beside: &Path) -> io::Result<Box<dyn Scratch>>;
}

/// What opening gives.
pub enum Opened {
    /// A file.
    File(Box<dyn InputFile>),
    /// A pipe or a device, which cannot be wound back.
    Stream(Box<dyn Read + Send>),
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Stream(_) => "Stream",
        })
    }
}

/// A file that is read.
pub trait InputFile: Read + Seek + fmt::Debug + Send + Sync {
    /// Length in bytes.
    ///
    /// # Errors
    /// If it is not to be had.
    fn len_bytes(&self) -> io::Result<u64>;

    /// The same file once more. The two may share one place, so seek before reading.
    ///
    /// # Errors
    /// If it cannot be opened.
    fn again(&self) -> io::Result<Box<dyn InputFile>>;
}

/// A file that is written and read back.
pub trait Scratch: Read + Write + Seek + fmt::Debug + Send {}

impl<T: Read + Write + Seek + fmt::Debug + Send> Scratch for T {}

/// A file that is being written.
pub trait NewFile: Scratch {
    /// Puts it where it was to be, whole and in place of what was there.
    ///
    /// # Errors
    /// If it cannot be brought to the disk or renamed.
    fn keep(self: Box<Self>) -> io::Result<()>;
}
