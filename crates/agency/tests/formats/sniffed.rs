//! `sniff` reads every format, and the mapping it writes is one that `encode` takes.

use crate::{Bench, books, columnar, delimited, facts, packed, same};

#[test]
fn proposed_mappings_read_what_they_were_proposed_for() {
    let bench = Bench::new();
    let facts = facts();
    let csv = delimited(",", &facts);
    let (early, late) = facts.split_at(20);
    bench.write("a.csv", delimited(",", early));
    bench.write("b.csv", delimited(",", late));
    bench.write("rows.csv.gz", packed::gzip(csv.as_bytes()));
    bench.write("rows.zip", packed::zip_stored(&[("rows.csv", csv.as_bytes())]));
    bench.write("rows.xlsx", books::xlsx(&facts, &["Arrests", "Notes"]));
    bench.write("rows.ods", books::ods(&facts));
    bench.write("rows.parquet", columnar::parquet(&facts));
    bench.write("rows.txt", same::fixed(&facts));
    bench.write("layout.toml", same::LAYOUT);
    for (arguments, sure) in [
        (&["a.csv", "b.csv"][..], "delimiter = \",\""),
        (&["rows.csv.gz"], "encoding = \"utf-8\""),
        (&["rows.zip"], "delimiter = \",\""),
        (&["rows.xlsx", "--sheet", "Arrests"], "format = \"workbook\"\nsheet = \"Arrests\""),
        (&["rows.ods"], "format = \"workbook\""),
        (&["rows.parquet"], "format = \"parquet\""),
        (&["rows.txt", "--layout", "layout.toml"], "layout.columns = ["),
    ] {
        let output = bench
            .program()
            .arg("sniff")
            .args(arguments)
            .args(["--year", "2024"])
            .args(["--type", "police", "--source", "police", "--role", "ARRESTED=ignore"])
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {error}");
        let mapping = String::from_utf8(output.stdout).unwrap();
        assert!(mapping.contains(sure), "{arguments:?}: {mapping}");
        bench.write("mapping.toml", &mapping);
        let files: Vec<&str> =
            arguments.iter().take_while(|a| !a.starts_with('-')).copied().collect();
        let (report, _) = bench.encoded(&files);
        assert!(report.contains("rows read        40\n  accepted       36\n"), "{report}");
        let dob = report.lines().find(|line| line.trim_start().starts_with("dob")).unwrap();
        assert!(dob.ends_with("90.0 %   10.0 %       0.0 %"), "{arguments:?}: {report}");
    }
}

#[test]
fn standard_input_cannot_be_read_twice() {
    let bench = Bench::new();
    let output = bench.program().args(["sniff", "-"]).write_stdin("A,B\n").output().unwrap();
    insta::assert_snapshot!("sniff_stdin", String::from_utf8(output.stderr).unwrap().trim_end());
}

/// Midnights have no time in the text of their cells. The name alone could be a person's.
#[test]
fn moments_some_of_which_are_midnights_are_dates_without_asking() {
    let bench = Bench::new();
    let facts = facts();
    bench.write("rows.xlsx", books::xlsx(&facts, &["Arrests"]));
    bench.write("rows.ods", books::ods(&facts));
    bench.write("rows.parquet", columnar::parquet(&facts));
    for file in ["rows.xlsx", "rows.ods", "rows.parquet"] {
        let arguments = ["sniff", file, "--year", "2024", "--source", "police"];
        let output = bench.program().args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{file}: {error}");
        let mapping = String::from_utf8(output.stdout).unwrap();
        assert!(
            mapping.contains("arrested = { column = \"ARRESTED\", type = \"date\""),
            "{mapping}"
        );
    }
}
