//! Writes new key files that only their owner may read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::{Holder, KeyFileError};

/// One line of a key file.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Name of the entry.
    pub name: &'static str,
    /// What it is, for the reader.
    pub comment: &'static str,
    /// Its value.
    pub value: &'a str,
}

/// The text of a key file.
pub fn text_of(holder: Holder, entries: &[Entry<'_>]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(format!(
        "# Keys of the {}. Keep this file secret; it is never sent to anyone who is not named here.\n[{}]\n",
        holder.table().replace('_', " "),
        holder.table()
    ));
    for entry in entries {
        debug_assert!(holder.entries().contains(&entry.name), "only known entries are written");
        text.push_str(&format!("# {}\n{} = \"{}\"\n", entry.comment, entry.name, entry.value));
    }
    text
}

/// Writes a new key file; an existing file is never touched.
pub fn write_new(path: &Path, holder: Holder, entries: &[Entry<'_>]) -> Result<(), KeyFileError> {
    write_bytes(path, text_of(holder, entries).as_bytes())
}

/// Replaces the reader's own key file by one that holds more: whole, or not at all. The new one is
/// written beside it, as `NAME.new`, and takes its place.
pub fn replace(path: &Path, holder: Holder, entries: &[Entry<'_>]) -> Result<(), KeyFileError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    write_new(beside, holder, entries)?;
    std::fs::rename(beside, path)
        .map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.to_owned() },
        _ => KeyFileError::Io { path: path.to_owned(), source },
    };
    let mut file = options.open(path).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyTable;

    #[test]
    fn a_new_file_can_be_read_by_its_holder_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agency.keys");
        let key = "0123456789abcdef".repeat(4);
        let entry = Entry { name: "encoding_key", comment: "Shared key.", value: &key };
        write_new(&path, Holder::Agency, &[entry]).unwrap();
        let table = KeyTable::read(&path, Holder::Agency).unwrap();
        assert_eq!(table.bytes::<32>("encoding_key").unwrap()[0], 0x01);
        let again = write_new(&path, Holder::Agency, &[]).unwrap_err();
        assert_eq!(again.code(), "keys-exists");
        let more = Entry { name: "epoch", comment: "Epoch.", value: "3" };
        replace(&path, Holder::Agency, &[more]).unwrap();
        assert_eq!(KeyTable::read(&path, Holder::Agency).unwrap().number("epoch").unwrap(), 3);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
