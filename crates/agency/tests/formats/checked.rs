//! `check` reads what `encode` reads, compares with an earlier report, and stops when told to.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use tallystick_agency::check::{CheckError, CheckRequest, Checking, check};
use tallystick_agency::export::{Input, ReadLimits};
use tallystick_agency::files::{Disk, Files};
use tallystick_encoder::mapping::Mapping;

use crate::{Bench, books, delimited, facts, packed};

impl Bench {
    fn check(&self, arguments: &[&str], stdin: Vec<u8>) -> (String, Value) {
        let mut command = self.program();
        command.arg("check").args(arguments).args(["--mapping", "mapping.toml"]);
        command.args(["--json", "report.json", "--year", "2020"]).write_stdin(stdin);
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {error}");
        let json = fs::read(self.path("report.json")).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (text, serde_json::from_slice(&json).unwrap())
    }

    /// What is said of an earlier report.
    fn not_compared(&self, name: &str) -> String {
        let mut command = self.program();
        let arguments = ["check", "rows.csv", "--mapping", "mapping.toml", "--compare-with", name];
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn every_input_of_encode_gives_the_same_report() {
    let bench = Bench::new();
    let csv = delimited(",", &facts());
    bench.write("rows.csv", &csv);
    bench.write("rows.zip", packed::zip_stored(&[("rows.csv", csv.as_bytes())]));
    let (_, expected) = bench.check(&["rows.csv"], Vec::new());
    assert_eq!(bench.check(&["-"], packed::gzip(csv.as_bytes())).1, expected);
    assert_eq!(bench.check(&["rows.zip"], Vec::new()).1["identities"], expected["identities"]);
    bench.write("two.xlsx", books::xlsx(&facts(), &["Arrests", "Notes"]));
    let (_, book) = bench.check(&["two.xlsx", "--sheet", "Arrests"], Vec::new());
    assert_eq!(book["fields"], expected["fields"]);
}

#[test]
fn rows_of_several_files_are_named_by_file_and_line() {
    let bench = Bench::new();
    let facts = facts();
    let (first, second) = facts.split_at(15);
    bench.write("a.csv", delimited(",", first));
    bench.write("b.csv", delimited(",", second));
    bench.write("rows.csv", delimited(",", &facts));
    let (_, whole) = bench.check(&["rows.csv"], Vec::new());
    let (text, parts) = bench.check(&["a.csv", "b.csv", "--out", "report"], Vec::new());
    assert_eq!(parts["identities"], whole["identities"]);
    assert_eq!(parts["fields"], whole["fields"]);
    assert_eq!(parts["files"][1]["name"], "b.csv");
    insta::assert_snapshot!("check_of_two_files", text);
    let never = fs::read_to_string(bench.path("report/never-link.csv")).unwrap();
    insta::assert_snapshot!("never_link_of_two_files", never.trim_end());
}

#[test]
fn an_earlier_report_is_compared_or_refused() {
    let bench = Bench::new();
    let facts = facts();
    bench.write("rows.csv", delimited(",", &facts[..20]));
    bench.check(&["rows.csv"], Vec::new());
    fs::rename(bench.path("report.json"), bench.path("earlier.json")).unwrap();
    let without_zip = delimited(",", &facts).replace(",606", ",");
    bench.write("rows.csv", without_zip);
    let (text, _) = bench.check(&["rows.csv", "--compare-with", "earlier.json"], Vec::new());
    insta::assert_snapshot!("check_compared", text);

    let earlier = fs::read_to_string(bench.path("earlier.json")).unwrap();
    bench.write("newer.json", earlier.replace("\"version\": 1", "\"version\": 2"));
    bench.write("court.json", earlier.replace("\"police\"", "\"court\""));
    bench.write("rows.json", delimited(",", &facts));
    let names = ["newer.json", "court.json", "rows.json", "none.json"];
    insta::assert_snapshot!(
        "check_not_compared",
        names.map(|name| bench.not_compared(name)).concat().trim_end()
    );
}

#[test]
fn help() {
    let output = Bench::new().program().args(["check", "--help"]).output().unwrap();
    insta::assert_snapshot!("check_help", String::from_utf8(output.stdout).unwrap().trim_end());
}

#[test]
fn a_check_stops_when_told_to() {
    let bench = Bench::new();
    let export = Input::file(bench.write("rows.csv", delimited(",", &facts())));
    let mapping = Mapping::parse(&fs::read_to_string(bench.path("mapping.toml")).unwrap()).unwrap();
    let never = bench.path("never.csv");
    let request = CheckRequest {
        export: &export,
        mapping: &mapping,
        never: Some(&never),
        earlier: None,
        limits: ReadLimits::default(),
        year_max: 2020,
    };
    let stopped = check(&request, &mut |_, _| {}, &AtomicBool::new(true));
    assert!(matches!(stopped, Err(CheckError::Cancelled)));
    // While it forecasts, when all rows are read.
    let disk: Arc<dyn Files> = Arc::new(Disk);
    let mut checking = Checking::start(&request, &disk).unwrap();
    assert!(!checking.step(1_000).unwrap());
    let stopped = checking.finish_unless(None, &|| true);
    assert!(matches!(stopped, Err(CheckError::Cancelled)));
    assert!(!never.exists());
}
