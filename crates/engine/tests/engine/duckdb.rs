//! Runs scripts in DuckDB. An interpreter that is missing is a failure: see `scripts/test`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs scripts that lie in the folder of an export.
pub(crate) fn run(dir: &Path, scripts: &[&str]) {
    let [python, program] = runner();
    let ran = Command::new(python).arg(program).arg(dir).args(scripts).output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// The interpreter, and what it runs scripts by.
pub(crate) fn runner() -> [PathBuf; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Also of the tests that see both sides, in a package of their own.
    let folders = ["tests/duckdb", "../../crates/engine/tests/duckdb"].map(|it| root.join(it));
    let folder = folders.into_iter().find(|folder| folder.join("run.py").is_file()).unwrap();
    let python = folder.join(".venv/bin/python");
    assert!(python.is_file(), "scripts/test --tools makes crates/engine/tests/duckdb/.venv");
    [python, folder.join("run.py")]
}
