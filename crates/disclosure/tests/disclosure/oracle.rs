//! The gate against pandas: `oracle.py` does the same with none of our code, on ten invented releases.
//! It needs the packages of `requirements.txt` beside it; `scripts/test` installs them into `.venv`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tallystick_disclosure::{Checked, Policy, check};

use crate::csv;
use crate::release::{policy, release};

/// The interpreter with the packages, or that of the system if it has them.
fn python() -> String {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/.venv/bin/python");
    if Path::new(own).is_file() { own.to_owned() } else { "python3".to_owned() }
}

/// Policies that differ in what they demand.
fn policies() -> Vec<(u64, usize, Policy)> {
    let of = |(seed, persons, k, l, suppressed_permille_max)| {
        (seed, persons, Policy { k, l, suppressed_permille_max, ..policy() })
    };
    let demanded = [
        (1, 300, 11, 2, 50),
        (2, 300, 5, 2, 0),
        (3, 500, 5, 1, 100),
        (4, 500, 11, 2, 100),
        (5, 800, 11, 2, 20),
        (6, 800, 20, 2, 50),
        (7, 1_200, 5, 2, 150),
        (8, 1_200, 11, 1, 50),
        (9, 2_000, 11, 2, 50),
        (10, 2_000, 7, 2, 200),
    ];
    demanded.into_iter().map(of).collect()
}

fn write(folder: &Path, seed: u64, persons: usize, policy: &Policy) -> Checked {
    let raw = release(seed, persons);
    for part in ["raw", "released"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let put = |part: &str, name: &str, bytes: &[u8]| {
        fs::write(folder.join(part).join(format!("{name}.csv")), bytes).unwrap();
    };
    raw.iter().for_each(|table| put("raw", &table.name, &csv(table)));
    let checked = check(raw, policy).unwrap();
    checked.tables().iter().for_each(|table| put("released", &table.name, &csv(table)));
    fs::write(folder.join("policy.json"), serde_json::to_string(policy).unwrap()).unwrap();
    let report = serde_json::to_string(checked.report()).unwrap();
    fs::write(folder.join("report.json"), report).unwrap();
    checked
}

#[test]
fn pandas_counts_the_same_on_ten_releases() {
    let folder = tempfile::tempdir().unwrap();
    let policies = policies();
    let checked: Vec<Checked> = policies
        .iter()
        .map(|(seed, persons, policy)| {
            write(&folder.path().join(format!("{seed:02}")), *seed, *persons, policy)
        })
        .collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.py");
    let output = Command::new(python()).arg(script).arg(folder.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pandas is needed, see requirements.txt: {errors}");
    let judged: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(judged.len(), checked.len());
    for (judged, checked) in judged.iter().zip(&checked) {
        let report = checked.report();
        let name = &judged["name"];
        assert_eq!(judged["k"], report.k_achieved, "{name}");
        assert_eq!(judged["l"], report.sensitive[0].l, "{name}");
        assert_eq!(judged["minimal"], json!(report.search.minimal), "{name}");
        assert_eq!(judged["cells_other"], 0, "{name}");
        if !judged["suppressed"].is_null() {
            assert_eq!(judged["suppressed"], report.persons_suppressed, "{name}");
        }
        let mut classes: Vec<_> = checked
            .classes()
            .iter()
            .map(|class| (class.labels.clone(), class.persons, class.distinct[0]))
            .collect();
        classes.sort();
        assert_eq!(judged["classes"], json!(classes), "{name}");
    }
    // At least one of them had persons taken out and one had none, or the comparison says little.
    let suppressed = |checked: &Checked| checked.report().persons_suppressed;
    assert!(checked.iter().any(|checked| suppressed(checked) > 0));
    assert!(checked.iter().any(|checked| suppressed(checked) == 0));
}
