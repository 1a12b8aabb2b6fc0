//! The `score` command on tiny files.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

const POLICE: &str = "\u{feff}handle,row_id
0000000000000000000000000000000a,p1
0000000000000000000000000000000a,p2
0000000000000000000000000000000b,p3
0000000000000000000000000000000c,p4
";
// The first court handle has the number of a police handle: handles belong to their source.
const COURT: &str = "row_id,handle
c1,0000000000000000000000000000000a
c2,0000000000000000000000000000000e
c9,0000000000000000000000000000000f
";
const CLUSTERS: &str = "source,handle,person,strict,loose
police,0000000000000000000000000000000a,x,x,x
police,0000000000000000000000000000000b,y,y,x
court,0000000000000000000000000000000a,x,z,x
court,0000000000000000000000000000000e,y,y,x
court,0000000000000000000000000000000f,y,y,x
court,00000000000000000000000000000099,y,y,x
jail,0000000000000000000000000000000a,y,y,x
";
const TRUTH: &str = "person_id,source,record_id,more
A,police,p1,
A,police,p2,
B,police,p3,
C,police,p4,
A,court,c1,
C,court,c2,
B,court,c3,
B,jail,j1,
";

fn files(police: &str, court: &str, clusters: &str, truth: &str) -> TempDir {
    let folder = TempDir::new().expect("a scratch folder");
    let all =
        [("p.csv", police), ("c.csv", court), ("clusters.csv", clusters), ("truth.csv", truth)];
    for (name, text) in all {
        fs::write(folder.path().join(name), text).expect("a file in the scratch folder");
    }
    folder
}

fn score(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick-demo"));
    command.current_dir(folder).args(["score", "--handles", "police=p.csv"]);
    command.args(["--handles", "court=c.csv", "--clusters", "clusters.csv"]);
    command.args(["--truth", "truth.csv"]);
    command
}

fn report(folder: &TempDir) -> Value {
    let output = score(folder.path()).assert().success().get_output().stdout.clone();
    let text = String::from_utf8(output).expect("JSON is UTF-8");
    assert_eq!(text.matches('\n').count(), 1, "one line");
    serde_json::from_str(&text).expect("the output is JSON")
}

fn error(folder: &TempDir) -> String {
    let output = score(folder.path()).assert().failure().get_output().stderr.clone();
    String::from_utf8(output).expect("messages are UTF-8")
}

#[test]
fn a_small_linkage_is_measured() {
    let report = report(&files(POLICE, COURT, CLUSTERS, TRUTH));
    // Rows with truth: p1 p2 c1 (A) in x; p3 (B) and c2 (C) in y; p4 (C) alone.
    assert_eq!(report["records"], 6);
    assert_eq!(report["persons_true"], 3);
    assert_eq!(report["persons_found"], 3);
    assert_eq!(
        report["pairs"]["all"],
        json!({
            "precision": 0.75, "recall": 0.75, "f1": 0.75,
            "true_pairs": 4, "predicted_pairs": 4, "true_positives": 3,
        })
    );
    assert_eq!(report["pairs"]["within"]["true_positives"], 1);
    assert_eq!(report["pairs"]["across"]["true_positives"], 2);
    assert_eq!(report["pairs"]["across"]["true_pairs"], 3);
    // 4 records are pure; p3 and c2 share a cluster. 4 records are whole; p4 and c2 are apart.
    let sixths = |value: &Value| (value.as_f64().unwrap() * 6.0 * 1e9).round() / 1e9;
    assert_eq!(sixths(&report["b_cubed"]["precision"]).to_bits(), 5.0_f64.to_bits());
    assert_eq!(sixths(&report["b_cubed"]["recall"]).to_bits(), 5.0_f64.to_bits());
    assert_eq!(report["strict"]["pairs"]["all"]["true_positives"], 1);
    assert_eq!(report["strict"]["persons_found"], 4);
    assert_eq!(report["loose"]["pairs"]["all"]["predicted_pairs"], 10);
    assert_eq!(report["loose"]["persons_found"], 2);
    assert_eq!(
        report["missing"],
        json!({
            "rows_without_truth": 1, "identities_without_truth": 1, "handles_without_cluster": 1,
            "clusters_without_handle": 2, "truth_without_row": 2,
        })
    );
    let identities = &report["identities"];
    assert_eq!(identities["records"], 5);
    assert_eq!(identities["mixed_identities"], 0);
    assert_eq!(identities["pairs"]["all"]["true_positives"], 1);
    assert_eq!(identities["pairs"]["within"]["true_pairs"], 0);
}

#[test]
fn a_mixed_identity_takes_the_majority_then_the_smallest_id() {
    let police = "handle,row_id
0000000000000000000000000000000a,p1
0000000000000000000000000000000a,p2
";
    let court = "handle,row_id
0000000000000000000000000000000a,c1
";
    let clusters = "source,handle,person,strict,loose
police,0000000000000000000000000000000a,x,x,x
court,0000000000000000000000000000000a,x,x,x
";
    // B comes first in the file, A is smaller: the identity is A, so the court's B is another.
    let truth = "source,record_id,person_id\npolice,p1,B\npolice,p2,A\ncourt,c1,B\n";
    let tie = report(&files(police, court, clusters, truth));
    assert_eq!(tie["identities"]["mixed_identities"], 1);
    assert_eq!(tie["identities"]["pairs"]["all"]["true_positives"], 0);
    assert_eq!(tie["pairs"]["all"]["true_positives"], 1);

    let police = format!("{police}0000000000000000000000000000000a,p3\n");
    let truth = format!("{truth}police,p3,B\n");
    let majority = report(&files(&police, court, clusters, &truth));
    assert_eq!(majority["identities"]["mixed_identities"], 1);
    assert_eq!(majority["identities"]["pairs"]["all"]["true_positives"], 1);
}

#[test]
fn errors_name_file_and_line_but_no_value() {
    let cases = [
        (POLICE.replace("0b,p3", "zz,p3"), TRUTH.to_owned(), "p.csv, line 4: handle"),
        (POLICE.replace("0b,p3", "0b,p1"), TRUTH.to_owned(), "p.csv, line 4: row_id"),
        (POLICE.replace("0b,p3", "0b,p3,p3"), TRUTH.to_owned(), "p.csv, line 4: not a row"),
        (POLICE.replace("0b,p3", "0b,"), TRUTH.to_owned(), "p.csv, line 4: column row_id"),
        (POLICE.replace("row_id", "row"), TRUTH.to_owned(), "p.csv, line 1: no column row_id"),
        (POLICE.to_owned(), TRUTH.replace("p3", "p1"), "truth.csv, line 4: source and record_id"),
    ];
    for (police, truth, expected) in cases {
        let message = error(&files(&police, COURT, CLUSTERS, &truth));
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        assert!(!message.contains("p3") && !message.contains("0000"), "{message:?} shows a value");
    }
    let twice = CLUSTERS.replace("0b,y,y,x", "0a,y,y,x");
    let message = error(&files(POLICE, COURT, &twice, TRUTH));
    assert!(message.contains("clusters.csv, line 3: source and handle"), "{message:?}");
    let folder = files(POLICE, COURT, CLUSTERS, TRUTH);
    fs::remove_file(folder.path().join("truth.csv")).unwrap();
    assert!(error(&folder).contains("truth.csv: cannot be opened"));
}

#[test]
fn a_source_may_come_in_several_files() {
    let folder = files(POLICE, COURT, CLUSTERS, TRUTH);
    let more = "handle,row_id\n0000000000000000000000000000000e,c3\n";
    fs::write(folder.path().join("more.csv"), more).unwrap();
    let mut command = score(folder.path());
    command.args(["--handles", "court=more.csv"]);
    let output = command.assert().success().get_output().stdout.clone();
    let report: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(report["records"], 7);
    assert_eq!(report["identities"]["mixed_identities"], 1);
}
