//! Takes the path of a submission, gives its header, length and SHA-256, refuses what is no submission.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use tallystick_wire::{Digest, Header, Submission};

use super::UploadError;

/// Bytes read at a time for a digest.
const READ_BYTES: usize = 1 << 16;

/// The submission on this machine.
pub(super) struct Local {
    pub(super) path: PathBuf,
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) sha256: [u8; 32],
    pub(super) digest: Digest,
    pub(super) header: Header,
}

impl Local {
    pub(super) fn open(path: &Path) -> Result<Self, UploadError> {
        let io = || UploadError::io(path);
        let file = File::open(path).map_err(io())?;
        let submission = Submission::open(file)
            .map_err(|source| UploadError::Submission { path: path.to_owned(), source })?;
        let (header, digest) = (submission.header().clone(), submission.digest());
        let mut file = File::open(path).map_err(io())?;
        let (sha256, length) = sha256_of(&mut file).map_err(io())?;
        Ok(Self { path: path.to_owned(), file, length, sha256, digest, header })
    }

    /// A piece of the file.
    pub(super) fn piece(&mut self, offset: u64, bytes: usize) -> Result<Vec<u8>, UploadError> {
        let left = usize::try_from(self.length - offset).unwrap_or(usize::MAX);
        let mut piece = vec![0; bytes.min(left)];
        let read =
            self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(&mut piece));
        read.map_err(UploadError::io(&self.path))?;
        Ok(piece)
    }
}

/// SHA-256 of all that is read, and how many bytes that was.
pub(crate) fn sha256_of(reader: &mut impl Read) -> io::Result<([u8; 32], u64)> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; READ_BYTES];
    let mut length = 0;
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        context.update(&buffer[..count]);
        length += count as u64;
    }
    let digest = context.finish();
    Ok((digest.as_ref().try_into().expect("SHA-256 has 32 bytes"), length))
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
