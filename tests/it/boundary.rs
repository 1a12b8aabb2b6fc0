//! The linkage unit cannot name a raw type: nothing it is built from, on any target and with any
//! feature, holds the encoder.

use std::process::Command;

/// Packages in which raw values live.
const RAW: [&str; 3] = ["tallystick-encoder", "tallystick-agency", "tallystick-synth"];

/// Names of everything a package depends on in any way, itself included.
fn tree(package: &str) -> Vec<String> {
    let cargo = |offline: &[&str]| {
        Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["tree", "--locked", "--edges", "all", "--all-features", "--target", "all"])
            .args(["--prefix", "none", "--format", "{p}", "-p", package])
            .args(offline)
            .output()
            .expect("cargo runs")
    };
    // Manifests of packages for other targets may not be here yet; only then is the network asked.
    let offline = cargo(&["--offline"]);
    let output = if offline.status.success() { offline } else { cargo(&[]) };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let names = String::from_utf8_lossy(&output.stdout);
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_linkage_unit_depends_on_nothing_that_holds_raw_values() {
    let parts = ["linkage", "kernels", "wire", "dataset", "disclosure"]
        .map(|part| format!("tallystick-{part}"));
    for package in parts.iter().map(String::as_str).chain(["tallystick"]) {
        let names = tree(package);
        assert!(names.iter().any(|name| name == package));
        for raw in RAW {
            assert!(!names.iter().any(|name| name == raw), "{package} depends on {raw}");
        }
    }
    assert!(tree("tallystick").iter().any(|name| name == "tallystick-wire"));
}

#[test]
fn the_search_sees_a_dependency_that_is_there() {
    let names = tree("tallystick-agency");
    assert!(names.iter().any(|name| name == "tallystick-encoder"));
}
