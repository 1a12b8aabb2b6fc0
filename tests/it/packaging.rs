//! What packagers get: it runs as it says, and says what it should.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn packaging(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(packaging(name)).expect("it is there")
}

/// The steps of the Containerfile, as far as this machine allows them; what it does not allow, the script says.
#[cfg(target_os = "linux")]
#[test]
fn the_steps_of_the_image_give_a_service_that_serves_and_ends_in_order() {
    let output = Command::new("bash")
        .arg(packaging("check.sh"))
        .arg(env!("CARGO_BIN_EXE_tallystick"))
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for fact in ["it serves", "it ends in order", "what it leaves is sound"] {
        assert!(said.contains(&format!("ok: {fact}")), "{said}");
    }
    if said.contains("how: another user, read-only root") {
        for fact in
            ["it is not root", "it has no capability", "it gains none", "its root is read-only"]
        {
            assert!(said.contains(&format!("ok: {fact}")), "{said}");
        }
    }
}

#[test]
fn the_image_and_its_check_have_the_same_paths() {
    let (image, check) = (text("Containerfile"), text("check.sh"));
    let command = image.lines().find(|line| line.starts_with("CMD ")).expect("it has a command");
    let paths = command.split('"').filter(|word| word.starts_with('/'));
    assert_eq!(paths.clone().count(), 3);
    for path in paths {
        assert!(check.contains(path), "{path}");
    }
    assert!(image.contains("FROM scratch") && image.contains("USER 65532:65532"));
    assert!(check.contains("user=65532"));
}

#[test]
fn the_unit_of_systemd_is_hardened_and_well_formed() {
    let unit = text("tallystick.service");
    for line in [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "MemoryDenyWriteExecute=yes",
        "DynamicUser=yes",
        "StateDirectory=tallystick tallystick-backups",
        "LoadCredential=unit.keys:/etc/tallystick/unit.keys",
        "LimitCORE=0",
        "SystemCallFilter=@system-service",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    let analyse = Command::new("systemd-analyze").arg("--version").output();
    let Some(version) = analyse.ok().filter(|output| output.status.success()) else {
        // Elsewhere the lines above are all that can be asked.
        return;
    };
    let directory = tempfile::tempdir().expect("a scratch directory");
    let copy = directory.path().join("tallystick.service");
    // It wants the program to be installed.
    let unit = unit.replace("/usr/bin/tallystick", env!("CARGO_BIN_EXE_tallystick"));
    fs::write(&copy, unit).expect("it can be written");
    let output = Command::new("systemd-analyze").arg("verify").arg(&copy).output();
    let output = output.expect("it ran before");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let wrong = not_understood(&said, &String::from_utf8_lossy(&version.stdout));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The version of systemd that knows every line of the unit.
const SYSTEMD_KNOWN: u32 = 252;

/// Lines of systemd-analyze that say that something of the unit is not understood. An older version does not know every line
/// and says so rightly; what any version says of other units, or of what it would rather have, is no fault of this one.
fn not_understood<'a>(said: &'a str, version: &str) -> Vec<&'a str> {
    let number = version.split_ascii_whitespace().nth(1).and_then(|text| {
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        text[..digits].parse::<u32>().ok()
    });
    if number.is_none_or(|number| number < SYSTEMD_KNOWN) {
        return Vec::new();
    }
    let words = ["Unknown ", "Failed to parse", "Invalid ", "Missing '='", "Assignment outside"];
    said.lines()
        .filter(|line| line.contains("tallystick.service"))
        .filter(|line| words.iter().any(|word| line.contains(word)))
        .collect()
}

#[test]
fn only_what_a_known_systemd_does_not_understand_of_the_unit_is_wrong() {
    let typo =
        "/x/tallystick.service:9: Unknown key name 'ProtectSytem' in section 'Service', ignoring.";
    let other =
        "/lib/systemd/system/other.service:3: Unknown key name 'New' in section 'Unit', ignoring.";
    let taste = "/x/tallystick.service:7: KillMode= might be set to something newer.";
    let said = [other, typo, taste].join("\n");
    assert_eq!(not_understood(&said, "systemd 257 (257.9-1)\n+PAM"), [typo]);
    for version in ["systemd 249 (249.11)", "systemd next", ""] {
        assert!(not_understood(&said, version).is_empty(), "{version}");
    }
}

#[test]
fn the_proxy_keeps_nothing_of_an_upload() {
    let proxy = text("nginx.conf");
    for line in ["proxy_request_buffering off;", "client_max_body_size 0;", "proxy_buffering off;"]
    {
        assert!(proxy.lines().any(|found| found.trim() == line), "{line}");
    }
    assert!(proxy.contains("proxy_set_header X-Forwarded-For $remote_addr;"));
}
