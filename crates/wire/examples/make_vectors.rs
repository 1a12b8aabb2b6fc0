//! Writes the files of `tests/vectors/submission_v1` and their index.
//!
//! ```text
//! cargo run -p tallystick-wire --example make_vectors
//! ```
//! A test compares the committed files with what this writes: a file that comes out differently is
//! a new version of the format. New files may be added.

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/submission_v1");
    std::fs::create_dir_all(&folder)?;
    for vector in common::vectors::all() {
        std::fs::write(folder.join(vector.name), vector.bytes)?;
    }
    std::fs::write(folder.join("index.tsv"), common::vectors::index())
}
