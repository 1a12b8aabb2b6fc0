//! The committed module for browsers is whole, and was built from the source that is here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

const DIST: &str = "crates/page/dist";
/// What to do about any finding.
const HELP: &str = "run scripts/wasm and commit what it writes";
/// Fewer sources than this mean that the list was lost.
const SOURCES_MIN: usize = 100;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: impl AsRef<Path>) -> String {
    let file: PathBuf = root().join(file);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn sha256(file: &Path) -> Option<String> {
    let digest = Sha256::digest(fs::read(root().join(file)).ok()?);
    Some(digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// Name, version and checksum of every package of the lock file, as the list of the module has them.
fn locked() -> Vec<String> {
    let lock: toml::Table = read("Cargo.lock").parse().expect("a lock file is TOML");
    let packages = lock["package"].as_array().expect("it lists packages");
    let text = |package: &toml::Value, key: &str| {
        package.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    };
    let line = |package| ["name", "version", "checksum"].map(|key| text(package, key)).join(" ");
    packages.iter().map(line).collect()
}

/// What is no longer as it was when the module was built.
fn changed(list: &str) -> Vec<String> {
    let (locked, manifest) = (locked(), read("Cargo.toml"));
    let mut findings = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (kind, rest) = line.split_once(' ').expect("a line has a kind");
        let is_same = match kind {
            "compiler" => true,
            "source" => {
                let (digest, file) = rest.split_once(' ').expect("a source has a digest");
                sha256(Path::new(file)).as_deref() == Some(digest)
            }
            "package" => locked.iter().any(|package| package == rest),
            "manifest" => manifest.lines().any(|line| line == rest),
            _ => false,
        };
        if !is_same {
            findings.push(format!("changed since the module was built: {rest}"));
        }
    }
    findings
}

#[test]
fn the_module_is_the_one_whose_hash_is_published() {
    let sums = read(format!("{DIST}/SHA256SUMS"));
    assert_eq!(sums.lines().count(), 3, "{sums}");
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").expect("digest and name");
        let found = sha256(&Path::new(DIST).join(name));
        assert_eq!(found.as_deref(), Some(digest), "{name}: {HELP}");
    }
}

#[test]
fn the_module_was_built_from_the_source_that_is_here() {
    let list = read(format!("{DIST}/BUILT_FROM.txt"));
    let sources = list.lines().filter(|line| line.starts_with("source ")).count();
    assert!(sources >= SOURCES_MIN, "only {sources} sources are listed: {HELP}");
    for part in ["crates/encoder/src/encode.rs", "crates/agency/src/encode/mod.rs", "scripts/wasm"]
    {
        assert!(list.contains(part), "{part} is not listed: {HELP}");
    }
    let findings = changed(&list);
    assert!(findings.is_empty(), "\n{}\n{HELP}", findings.join("\n"));
}

#[test]
fn a_change_is_seen() {
    let digest = "0".repeat(64);
    for line in [
        format!("source {digest} Cargo.toml"),
        format!("source {digest} gone.rs"),
        "package sha2 0.0.1 ".to_owned(),
        "manifest opt-level = 9".to_owned(),
    ] {
        assert_eq!(changed(&line).len(), 1, "{line}");
    }
}
