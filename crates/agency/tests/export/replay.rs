//! The corpus of the fuzz target, as a normal test.

use std::fs;
use std::path::Path;

#[test]
fn the_fuzz_corpus_keeps_the_laws() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/export_reader");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10, "the corpus is there");
    for path in paths {
        tallystick_agency::export::fuzz_export(&fs::read(path).unwrap());
    }
}
