//! What a backup says of itself: every file with its digest, signed by the unit's audit key.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::OperateError;
use crate::audit::verify::Anchor;
use crate::audit::{AuditKey, AuditPublicKey, Signed};
use crate::ids::{BackupId, hex, unhex};
use crate::store::new_private_file;

/// Its name in the backup. Without it a directory is no backup: it is written last.
pub const MANIFEST: &str = "manifest.json";
/// Bytes of a manifest that are read: a million files and more.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;
/// Bytes that are copied at a time.
const PIECE_BYTES: usize = 1 << 20;

const SIGNATURE_MARK: &str = ",\"signature\":\"";

/// A file of a backup.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Copied {
    /// In the backup and in the data directory.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What is signed. The fields in the order in which they are written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) backup: String,
    /// RFC 3339.
    pub(super) made_at: String,
    /// Of the program.
    pub(super) version: String,
    /// `NUMBER:HASH` of the last entry in the copied log; absent if the log was empty.
    pub(super) log: Option<String>,
    /// The key that signs.
    pub(super) key: String,
    pub(super) files: Vec<Copied>,
}

impl Manifest {
    /// The head of the copied log.
    pub(super) fn head(&self) -> Option<Anchor> {
        self.log.as_deref().and_then(Anchor::parse)
    }

    pub(super) fn id(&self) -> Option<BackupId> {
        BackupId::parse(&self.backup)
    }

    /// The line that is written: `signature` last, over what is before it, closed by a brace.
    pub(super) fn line(&self, key: &AuditKey) -> String {
        let body = serde_json::to_string(self).expect("a manifest of texts and numbers is JSON");
        let signature = hex(&key.sign(Signed::Manifest, body.as_bytes()));
        let open = body.strip_suffix('}').expect("a manifest is a JSON object");
        format!("{open}{SIGNATURE_MARK}{signature}\"}}\n")
    }

    /// Reads and checks the manifest of a backup; gives its digest, too.
    pub(super) fn read(
        backup: &Path,
        key: &AuditPublicKey,
    ) -> Result<(Self, [u8; 32]), OperateError> {
        let path = backup.join(MANIFEST);
        let none = || OperateError::NoManifest { path: path.clone() };
        let mut text = String::new();
        let file = File::open(&path).map_err(|_| none())?;
        file.take(MANIFEST_BYTES_MAX).read_to_string(&mut text).map_err(|_| none())?;
        let (open, rest) = text.rsplit_once(SIGNATURE_MARK).ok_or_else(none)?;
        let signature: [u8; 64] = rest.strip_suffix("\"}\n").and_then(unhex).ok_or_else(none)?;
        let body = format!("{open}}}");
        if !key.verifies(Signed::Manifest, body.as_bytes(), &signature) {
            return Err(OperateError::Signature { path });
        }
        let manifest: Self = serde_json::from_str(&body).map_err(|_| none())?;
        Ok((manifest, Sha256::digest(&text).into()))
    }
}

/// Copies the first `bytes` of a file into a new one, for its owner alone and durable; gives their digest.
/// `None` if there are fewer.
pub(super) fn copy(from: &Path, to: &Path, bytes: u64) -> Result<Option<[u8; 32]>, OperateError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| OperateError::Io { path, source }
    };
    let mut source = File::open(from).map_err(io(from))?.take(bytes);
    let mut target = new_private_file(to).map_err(io(to))?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0u8; PIECE_BYTES];
    let mut copied = 0;
    loop {
        let count = source.read(&mut piece).map_err(io(from))?;
        if count == 0 {
            break;
        }
        hasher.update(&piece[..count]);
        target.write_all(&piece[..count]).map_err(io(to))?;
        copied += count as u64;
    }
    target.sync_all().map_err(io(to))?;
    Ok((copied == bytes).then(|| hasher.finalize().into()))
}

/// The digest of a whole file and its length.
pub(super) fn digest_of(path: &Path) -> Result<([u8; 32], u64), OperateError> {
    let io = |source| OperateError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0u8; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut piece).map_err(io)?;
        if count == 0 {
            return Ok((hasher.finalize().into(), bytes));
        }
        hasher.update(&piece[..count]);
        bytes += count as u64;
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> Result<(), OperateError> {
    let io = |source| OperateError::Io { path: path.to_owned(), source };
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io)
}

/// Refuses a directory that holds something.
pub(super) fn check_new(path: &Path) -> Result<(), OperateError> {
    let first = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => return Err(OperateError::Io { path: path.to_owned(), source }),
    };
    if first.is_some() { Err(OperateError::NotEmpty { path: path.to_owned() }) } else { Ok(()) }
}

/// A directory that was not there or was empty, with one for sealed files in it.
pub(super) fn new_directory(path: &Path) -> Result<PathBuf, OperateError> {
    let io = |source| OperateError::Io { path: path.to_owned(), source };
    crate::store::make_private(path).map_err(io)?;
    if std::fs::read_dir(path).map_err(io)?.next().is_some() {
        return Err(OperateError::NotEmpty { path: path.to_owned() });
    }
    let segments = path.join(crate::store::SEGMENTS);
    crate::store::make_private(&segments).map_err(io)?;
    Ok(segments)
}
