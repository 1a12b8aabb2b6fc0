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
    if !analyse.is_ok_and(|output| output.status.success()) {
        // Elsewhere the lines above are all that can be asked.
        return;
    }
    let directory = tempfile::tempdir().expect("a scratch directory");
    let copy = directory.path().join("tallystick.service");
    // It wants the program to be installed.
    let unit = unit.replace("/usr/bin/tallystick", env!("CARGO_BIN_EXE_tallystick"));
    fs::write(&copy, unit).expect("it can be written");
    let output = Command::new("systemd-analyze").arg("verify").arg(&copy).output();
    let output = output.expect("it ran before");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
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
