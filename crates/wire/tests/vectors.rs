//! The named submissions, good and bad, against the code that reading each must say.

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/submission_v1")
}

#[test]
fn every_file_is_read_as_its_index_says() {
    let index = std::fs::read(folder().join("index.tsv")).unwrap();
    let index = core::str::from_utf8(&index).unwrap();
    let mut names = BTreeSet::from([OsStr::new("index.tsv").to_owned()]);
    for line in index.lines().skip(1) {
        let (name, expected) = line.split_once('\t').unwrap();
        let bytes = std::fs::read(folder().join(name)).unwrap();
        assert_eq!(common::outcome(bytes), expected, "{name}");
        assert!(name.starts_with("good_") == (expected == "accepted"), "{name}");
        assert!(names.insert(name.into()), "{name} stands twice");
    }
    assert!(names.len() > 36, "only {} files were found", names.len());
    let found: BTreeSet<_> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(found, names, "every file stands in the index");
}

#[test]
fn the_files_are_what_the_example_writes() {
    for vector in common::vectors::all() {
        let bytes = std::fs::read(folder().join(vector.name)).unwrap();
        assert!(bytes == vector.bytes, "{} differs", vector.name);
    }
    assert!(std::fs::read(folder().join("index.tsv")).unwrap() == common::vectors::index());
}
