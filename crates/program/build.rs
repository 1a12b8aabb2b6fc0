//! Finds the commit that is built, for `--version`.
//!
//! From the environment (`TALLYSTICK_COMMIT`), else from git where the workspace is a checkout, else
//! from `commit.txt`, which `git archive` fills in, else it is not known. Cargo runs this again when
//! one of them changes, and at no other time.

use std::path::Path;
use std::process::Command;

/// Overrides the commit, as for a build from a source archive.
const VARIABLE: &str = "TALLYSTICK_COMMIT";

/// Filled in by `git archive`; a package beside this one uses the same script.
const ARCHIVED: &str = "../program/commit.txt";

/// Hex digits shown.
const DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=../program/build.rs");
    println!("cargo::rerun-if-changed={ARCHIVED}");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let commit = std::env::var_os(VARIABLE)
        .and_then(|told| told.into_string().ok())
        .and_then(|told| digits(&told))
        .or_else(of_git)
        .or_else(|| digits(&std::fs::read_to_string(ARCHIVED).unwrap_or_default()))
        .unwrap_or_else(|| "commit unknown".to_owned());
    println!("cargo::rustc-env=TALLYSTICK_COMMIT_SHOWN={commit}");
}

/// The first digits of a hash; nothing else counts as one.
fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hash = text.len() >= DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text[..DIGITS].to_ascii_lowercase())
}

/// The commit of the workspace's own checkout, never of one around it.
fn of_git() -> Option<String> {
    let root = Path::new("../..");
    if !root.join(".git").exists() {
        return None;
    }
    // HEAD changes with the branch; the branch's file, or the file of packed ones, with a commit.
    for name in ["HEAD", "refs/heads", "packed-refs"] {
        let path = git(&["rev-parse", "--git-path", name]).map(|path| root.join(path));
        // Of a file that is not there cargo would believe that it has changed.
        if let Some(path) = path.filter(|path| path.exists()) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    digits(&git(&["rev-parse", "HEAD"])?)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir("../..").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
