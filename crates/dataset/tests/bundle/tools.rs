//! Tools that nobody here wrote read a bundle. A tool that is missing is a failure: see `scripts/test`.

use std::path::Path;
use std::process::Command;

use crate::made::{content, public_key, tables, write_to};

#[test]
fn tools_of_others_read_the_bundle() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
    let python = folder.join(".venv/bin/python");
    assert!(python.is_file(), "scripts/test --tools makes tests/tools/.venv and installs R");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    write_to(&path, content(&tables()));
    let key: String = public_key().iter().map(|byte| format!("{byte:02x}")).collect();
    let checked = Command::new(python).arg(folder.join("check.py")).arg(&path).arg(key).output();
    let checked = checked.unwrap();
    let (out, err) = (checked.stdout, checked.stderr);
    let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
    assert!(checked.status.success(), "{out}{err}");
    assert_eq!(out, "all agree\n", "{err}");
}
