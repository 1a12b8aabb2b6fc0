//! What is asked or refused in a script: always a code, and the option that decides.

use std::fs;

use assert_cmd::Command;
use insta::assert_snapshot;

use super::{Bench, export};

#[test]
fn ambiguous_day_and_month() {
    let text = export("LAST,FIRST,DOB", |fact| {
        let day = 1 + fact.number % 11;
        format!("{},{},{:02}/{day:02}/{}", fact.last, fact.first, 1 + (day + 4) % 12, fact.year)
    });
    assert_snapshot!(Bench::new().sniff(&text, &[]));
    assert_snapshot!(Bench::new().sniff(&text, &["--date-order", "DOB=dmy"]));
    // Both orders in one column.
    let text = export("LAST,FIRST,DOB", |fact| {
        let (a, b) =
            if fact.number % 3 == 0 { (fact.day, fact.month) } else { (fact.month, fact.day) };
        format!("{},{},{a:02}/{b:02}/{}", fact.last, fact.first, fact.year)
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn unplaced_identifiers() {
    let text = export("LAST,FIRST,DOB,REF1,XQ,BLORT,ID", |fact| {
        let person = fact.number % 12;
        let ssn = format!("86{person:01}-1{}-{:04}", person % 9, 2000 + person * 7);
        let letter = format!("Z{:05}", 40_000 + person * 17);
        format!(
            "{},{},{},{ssn},(707) 555-01{person:02},{letter},{}",
            fact.last,
            fact.first,
            fact.us(),
            1000 + fact.number / 2
        )
    });
    assert_snapshot!(Bench::new().sniff(&text, &[]));
    let roles = ["REF1=ssn", "XQ=phone", "BLORT=local-id", "ID=ignore"];
    let arguments: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
    assert_snapshot!(Bench::new().sniff(&text, &arguments));
}

#[test]
fn names_and_cells_that_disagree() {
    let text = export("LAST,FIRST,DOB,SSN,STATUS", |fact| {
        let name = format!("\"{}, {}\"", fact.last, fact.first);
        format!("{},{},{},see file,{name}", fact.last, fact.first, fact.sex())
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn order_of_names_unknown() {
    let text = export("NAME,DOB", |fact| {
        let reversed: String = fact.first.chars().rev().collect();
        format!("{reversed} {},{}", &fact.last[..6], fact.us())
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn empty_files_and_files_without_names() {
    assert_snapshot!(Bench::new().sniff("", &[]));
    let text = export("CASE_NO,FILED,SEX", |fact| {
        format!("CR{:05},{},{}", fact.number, fact.arrested(), fact.sex())
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
    let header = "arrest_date,arresting_agency,crime_type,booked_case_type,dv_case,da_action_taken,data_as_of,data_loaded_at";
    assert_snapshot!(Bench::new().sniff(format!("{header}\n"), &[]));
}

#[test]
fn wrong_options() {
    let text =
        export("LAST,FIRST,DOB", |fact| format!("{},{},{}", fact.last, fact.first, fact.us()));
    let bench = Bench::new();
    let mut golden = String::new();
    for arguments in [
        &["--role", "LASTT=last"][..],
        &["--role", "LAST=surname"],
        &["--role", "LAST"],
        &["--date-order", "DOB=american"],
        &["--date-order", "BORN=mdy"],
        &["--delimiter", "semicolon"],
        &["--source", "Police Department"],
    ] {
        golden.push_str(&format!("{}\n{}\n\n", arguments.join(" "), bench.sniff(&text, arguments)));
    }
    fs::write(bench.path("mapping.toml"), "kept").unwrap();
    golden.push_str(&bench.sniff(&text, &["-o", "mapping.toml"]));
    assert_eq!(fs::read_to_string(bench.path("mapping.toml")).unwrap(), "kept");
    assert_snapshot!(golden);
    assert!(bench.sniff(&text, &["-o", "new.toml"]).contains("wrote new.toml"));
    assert!(fs::read_to_string(bench.path("new.toml")).unwrap().contains("[fields]"));
}

#[test]
fn help() {
    let output = Command::new(env!("CARGO_BIN_EXE_tallystick-agency"))
        .args(["sniff", "--help"])
        .output()
        .unwrap();
    assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}
