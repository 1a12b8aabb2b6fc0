//! The disk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Files, InputFile, NewFile, Opened, Scratch};

/// Files on the disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn open(&self, path: &Path) -> io::Result<Opened> {
        let file = File::open(path)?;
        if file.metadata()?.is_file() {
            Ok(Opened::File(Box::new(file)))
        } else {
            Ok(Opened::Stream(Box::new(file)))
        }
    }

    fn bytes(&self, path: &Path) -> Option<u64> {
        path.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let file = NamedTempFile::new_in(parent(path))?;
        Ok(Box::new(Unnamed { file, path: path.to_owned() }))
    }

    fn scratch(&self, beside: &Path) -> io::Result<Box<dyn Scratch>> {
        Ok(Box::new(tempfile::tempfile_in(parent(beside))?))
    }
}

impl InputFile for File {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn again(&self) -> io::Result<Box<dyn InputFile>> {
        Ok(Box::new(self.try_clone()?))
    }
}

/// A file under a name of its own until it is kept.
#[derive(Debug)]
struct Unnamed {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile for Unnamed {
    fn keep(mut self: Box<Self>) -> io::Result<()> {
        self.file.flush()?;
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Read for Unnamed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.file.read(out)
    }
}

impl Write for Unnamed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Unnamed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The directory in which a file lies.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}
