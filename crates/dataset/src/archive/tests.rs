//! Archives past 4 GiB, without their bytes: files with holes.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;

use tallystick_wire::ReadAt as _;

use super::form::{Entry, Method, directory, header, name_is_plain};
use super::read::Archive;

const GIB: u64 = 1 << 30;

/// An archive of stored members of zeros, of these names and lengths.
fn sparse(path: &Path, members: &[(&str, u64)]) -> Vec<Entry> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(path).unwrap();
    let mut entries: Vec<Entry> = Vec::new();
    for (name, bytes) in members {
        let offset = entries.last().map_or(0, Entry::end);
        let (name, method, bytes) = ((*name).to_owned(), Method::Stored, *bytes);
        entries.push(Entry { name, method, crc32: 0, bytes, packed_bytes: bytes, offset });
    }
    let put = |bytes: &[u8], offset: u64| {
        use std::io::{Seek as _, SeekFrom, Write as _};
        (&file).seek(SeekFrom::Start(offset)).unwrap();
        (&file).write_all(bytes).unwrap();
    };
    for entry in &entries {
        put(&header(entry), entry.offset);
    }
    let start = entries.last().map_or(0, Entry::end);
    put(&directory(&entries, start), start);
    entries
}

/// Name, size and place of each member by Python's reader.
fn by_python(path: &Path) -> String {
    let script = "import sys, zipfile\nfor m in zipfile.ZipFile(sys.argv[1]).infolist():\n \
                  print(m.filename, m.file_size, m.compress_size, m.header_offset)\n \
                  zipfile.ZipFile(sys.argv[1]).open(m)\n";
    let done = Command::new("python3").args(["-c", script]).arg(path).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn members_and_archives_past_4_gib_are_of_the_one_form() {
    let cases: [&[(&str, u64)]; 4] = [
        &[("a", 1), ("b", 2)],
        &[("a", 5 * GIB), ("b", 1)],
        &[("a", 3 * GIB), ("b", 3 * GIB), ("c/d", 7)],
        &[("a", (1 << 32) - 1), ("b", (1 << 32) - 2)],
    ];
    let dir = tempfile::tempdir().unwrap();
    for (number, members) in cases.into_iter().enumerate() {
        let path = dir.path().join(format!("{number}.zip"));
        let entries = sparse(&path, members);
        let archive = Archive::open(&path).unwrap();
        assert_eq!(archive.entries(), entries);
        let listed: String = entries
            .iter()
            .map(|e| format!("{} {} {} {}\n", e.name, e.bytes, e.packed_bytes, e.offset))
            .collect();
        assert_eq!(by_python(&path), listed, "another program sees the same");

        // A byte more, wherever it is put, and it is another form.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let len = file.len_bytes().unwrap();
        file.set_len(len + 1).unwrap();
        Archive::open(&path).unwrap_err();
    }
}

#[test]
fn names_stay_in_the_archive() {
    for name in ["a", "data/person.csv", "A-b_c.D1", "r/read.R"] {
        assert!(name_is_plain(name), "{name}");
    }
    let long = "a".repeat(201);
    for name in ["", "/a", "a/", "a//b", "..", "a/../b", ".a", "a b", "ä", "a\\b", "C:a", &long] {
        assert!(!name_is_plain(name), "{name}");
    }
}
