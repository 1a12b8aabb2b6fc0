//! The fuzzer's corpus, replayed without the fuzzer.

use std::path::Path;

#[test]
fn container_corpus_is_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/container");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is in the repository") {
        let path = entry.expect("the corpus can be listed").path();
        tallystick_wire::fuzz_container(&std::fs::read(path).expect("a file"));
        count += 1;
    }
    assert!(count >= 8, "only {count} files were found");
}
