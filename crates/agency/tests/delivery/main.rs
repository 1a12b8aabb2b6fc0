//! The command lines of `upload` and `watch`, as far as nothing is sent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

fn run(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tallystick-agency"))
        .current_dir(directory)
        .env_remove("TALLYSTICK_TOKEN_FILE")
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

#[test]
fn help() {
    let directory = tempfile::tempdir().unwrap();
    assert_snapshot!("upload_help", run(directory.path(), &["upload", "--help"]));
    assert_snapshot!("watch_help", run(directory.path(), &["watch", "--help"]));
}

#[cfg(unix)]
#[test]
fn refused_before_anything_is_sent() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let token = format!("tallystick_{}", "ab".repeat(32));
    for (name, text, mode) in
        [("token", token.as_str(), 0o600), ("wide", &token, 0o644), ("other", "secret", 0o600)]
    {
        fs::write(path.join(name), text).unwrap();
        fs::set_permissions(path.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::write(path.join("export.csv"), "A,B\n1,2\n").unwrap();
    let to = ["--to", "https://127.0.0.1:1"];
    let mut golden = String::new();
    for arguments in [
        ["upload", "export.csv"].as_slice(),
        &["upload", "export.csv", "--token-file", "missing"],
        &["upload", "export.csv", "--token-file", "wide"],
        &["upload", "export.csv", "--token-file", "other"],
        &["upload", "export.csv", "--token-file", "token", "--unit-key", "ab"],
        &["upload", "export.csv", "--token-file", "token"],
    ] {
        let text = run(path, &[arguments, &to].concat());
        assert!(!text.contains("abab") && !text.contains("secret"));
        golden.push_str(&format!("{}\n{text}\n", arguments.join(" ")));
    }
    assert_snapshot!("refused", golden);
}
