//! Writes new key files that only their owner may read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::seal::{is_sealed, open, seal};
use crate::{Holder, KeyFileError, KeyTable, Passphrase, Passphrases, read_bytes};

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

/// Writes a new key file, sealed if there is a passphrase; an existing file is never touched.
pub fn write_new(
    path: &Path,
    holder: Holder,
    entries: &[Entry<'_>],
    passphrase: Option<&Passphrase>,
) -> Result<(), KeyFileError> {
    write_text(path, text_of(holder, entries).as_bytes(), passphrase)
}

/// Replaces the reader's own key file by one that holds more: whole, or not at all.
pub fn replace(
    path: &Path,
    holder: Holder,
    entries: &[Entry<'_>],
    passphrase: Option<&Passphrase>,
) -> Result<(), KeyFileError> {
    replace_text(path, text_of(holder, entries).as_bytes(), passphrase)
}

/// Seals a key file in its place. What a disk keeps of the plain one is not overwritten.
pub fn protect(
    path: &Path,
    holder: Holder,
    passphrase: impl FnOnce() -> Result<Passphrase, KeyFileError>,
) -> Result<(), KeyFileError> {
    let bytes = read_bytes(path)?;
    if is_sealed(&bytes) {
        return Err(KeyFileError::SealedAlready { path: path.to_owned() });
    }
    KeyTable::of_bytes(path, &bytes, holder, &Passphrases::Absent)?;
    replace_text(path, &bytes, Some(&passphrase()?))
}

/// Writes a sealed key file without its seal in its place.
pub fn unprotect(
    path: &Path,
    holder: Holder,
    passphrases: &Passphrases,
) -> Result<(), KeyFileError> {
    let (text, _) = open_sealed(path, holder, passphrases)?;
    replace_text(path, &text, None)
}

/// Seals a sealed key file with another passphrase; it is never plain on the disk.
pub fn change_passphrase(
    path: &Path,
    holder: Holder,
    passphrases: &Passphrases,
    passphrase: impl FnOnce() -> Result<Passphrase, KeyFileError>,
) -> Result<(), KeyFileError> {
    let (text, _) = open_sealed(path, holder, passphrases)?;
    replace_text(path, &text, Some(&passphrase()?))
}

/// The text of a sealed key file, which is one.
fn open_sealed(
    path: &Path,
    holder: Holder,
    passphrases: &Passphrases,
) -> Result<(Zeroizing<Vec<u8>>, Passphrase), KeyFileError> {
    let bytes = read_bytes(path)?;
    if !is_sealed(&bytes) {
        return Err(KeyFileError::NotSealed { path: path.to_owned() });
    }
    let opened = open(path, &bytes, || passphrases.to_open(path))?;
    KeyTable::of_bytes(path, &opened.0, holder, &Passphrases::Absent)?;
    Ok(opened)
}

/// The new file is written beside the old one, as `NAME.new`, and takes its place.
fn replace_text(
    path: &Path,
    text: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<(), KeyFileError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    write_text(beside, text, passphrase)?;
    std::fs::rename(beside, path)
        .inspect_err(|_| drop(std::fs::remove_file(beside)))
        .and_then(|()| sync_directory(path))
        .map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

fn write_text(
    path: &Path,
    text: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<(), KeyFileError> {
    match passphrase {
        Some(passphrase) => write_bytes(path, &seal(text, passphrase)),
        None => write_bytes(path, text),
    }
}

/// Writes a new file for its owner alone: whole, or not at all.
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
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .inspect_err(|_| drop(std::fs::remove_file(path)))
        .map_err(io)
}

/// A renamed file is safe once its directory is.
#[cfg(unix)]
fn sync_directory(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    std::fs::File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Other systems have no such call.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_can_be_read_by_its_holder_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agency.keys");
        let key = "0123456789abcdef".repeat(4);
        let entry = Entry { name: "encoding_key", comment: "Shared key.", value: &key };
        write_new(&path, Holder::Agency, &[entry], None).unwrap();
        let table = KeyTable::read(&path, Holder::Agency, &Passphrases::Absent).unwrap();
        assert_eq!(table.bytes::<32>("encoding_key").unwrap()[0], 0x01);
        let again = write_new(&path, Holder::Agency, &[], None).unwrap_err();
        assert_eq!(again.code(), "keys-exists");
        let more = Entry { name: "epoch", comment: "Epoch.", value: "3" };
        replace(&path, Holder::Agency, &[more], None).unwrap();
        assert_eq!(
            KeyTable::read(&path, Holder::Agency, &Passphrases::Absent)
                .unwrap()
                .number("epoch")
                .unwrap(),
            3
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_sealed_and_opened_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agency.keys");
        let phrases =
            ["marble otter sleeps under a red gate", "seven blue kites over the old mill"]
                .map(|phrase| Passphrase::new(phrase.to_owned()));
        let [first, second] = &phrases;
        let file = |name: &str, passphrase: &Passphrase| {
            let path = dir.path().join(name);
            write_bytes(&path, passphrase.expose().as_bytes()).unwrap();
            Passphrases::File(path)
        };
        let [first_file, second_file] = [file("1", first), file("2", second)];
        let absent = Passphrases::Absent;
        let read = |passphrases: &Passphrases| {
            let table = KeyTable::read(&path, Holder::Agency, passphrases)?;
            table.number("epoch")
        };
        let code = |result: Result<(), KeyFileError>| result.unwrap_err().code();
        let entry = Entry { name: "epoch", comment: "Epoch.", value: "7" };
        write_new(&path, Holder::Agency, &[entry], None).unwrap();
        let plain = std::fs::read(&path).unwrap();

        assert_eq!(code(unprotect(&path, Holder::Agency, &first_file)), "keys-not-sealed");
        assert_eq!(read(&first_file).unwrap_err().code(), "keys-not-sealed");
        let foreign = protect(&path, Holder::LinkageUnit, || Ok(first.clone()));
        assert_eq!(code(foreign), "keys-foreign-table");
        assert_eq!(std::fs::read(&path).unwrap(), plain);

        protect(&path, Holder::Agency, || Ok(first.clone())).unwrap();
        assert!(is_sealed(&std::fs::read(&path).unwrap()));
        assert_eq!(read(&absent).unwrap_err().code(), "keys-passphrase-needed");
        assert_eq!(read(&first_file).unwrap(), 7);
        let again = protect(&path, Holder::Agency, || Ok(first.clone()));
        assert_eq!(code(again), "keys-sealed-already");
        let change = |from: &Passphrases| {
            change_passphrase(&path, Holder::Agency, from, || Ok(second.clone()))
        };
        assert_eq!(code(change(&second_file)), "keys-passphrase-wrong");
        change(&first_file).unwrap();
        assert_eq!(read(&second_file).unwrap(), 7);
        unprotect(&path, Holder::Agency, &second_file).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), plain);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
    }
}
