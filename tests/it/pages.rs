//! What a program says about itself: its version, completions and pages for `man`.

use std::collections::BTreeSet;
use std::process::Command;

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tallystick"))
        .args(arguments)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn the_version_names_a_commit_or_says_that_it_is_unknown() {
    let text = printed(&["--version"]);
    let commit = text
        .strip_prefix(concat!("tallystick ", env!("CARGO_PKG_VERSION"), " ("))
        .and_then(|rest| rest.strip_suffix(")\n"))
        .expect("version and commit");
    let is_hash = commit.len() == 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(is_hash || commit == "commit unknown", "{text}");
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = printed(&["completions", shell]);
        for command in [
            "link",
            "engine",
            "collect",
            "serve",
            "audit",
            "admin",
            "whoami",
            "verify-store",
            "verify-bundle",
            "backup",
            "restore",
            "keys",
            "protect",
            "unprotect",
            "passphrase",
        ] {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn every_command_has_a_page() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    printed(&["man", dir.path().to_str().expect("a plain path")]);
    let pages: BTreeSet<String> = std::fs::read_dir(dir.path())
        .expect("the directory is made")
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    let named = ["", "-link", "-keys", "-keys-new", "-keys-check", "-keys-protect"];
    let more = [
        "-keys-unprotect",
        "-keys-passphrase",
        "-serve",
        "-audit",
        "-audit-verify",
        "-verify-store",
        "-verify-bundle",
        "-backup",
        "-restore",
        "-audit-answer",
        "-engine",
        "-engine-export",
        "-engine-plan",
        "-engine-run",
        "-engine-train",
        "-engine-collect",
    ];
    let mut expected: BTreeSet<String> =
        named.iter().chain(&more).map(|name| format!("tallystick{name}.1")).collect();
    let asking = ["", "-api", "-sign-in", "-sign-out"];
    expected.extend(asking.map(|name| format!("tallystick-admin{name}.1")));
    for command in tallystick::admin::COMMANDS {
        expected.insert(format!("tallystick-admin-{}.1", command.group));
        expected.insert(format!("tallystick-admin-{}-{}.1", command.group, command.name));
    }
    assert_eq!(pages, expected);
}

/// Building a release takes long; that its script can be read does not.
#[test]
fn scripts_can_be_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    for entry in std::fs::read_dir(folder).expect("the scripts are here") {
        let path = entry.expect("they can be listed").path();
        let read = Command::new("bash").arg("-n").arg(&path).status().expect("bash runs");
        assert!(read.success(), "{}", path.display());
    }
}
