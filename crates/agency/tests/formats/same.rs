//! The same rows in any format are the same submission, to the byte, and none is lost.

use std::fs;

use crate::{Bench, Fact, PEOPLE, ROWS, books, columnar, delimited, facts, name, packed};

/// Widths of the eight columns, with a gap before the last.
pub(crate) const LAYOUT: &str = r#"columns = [
    { name = "LAST", start = 1, width = 16 },
    { name = "FIRST", start = 17, width = 12 },
    { name = "DOB", start = 29, width = 10 },
    { name = "SEX", start = 39, width = 1 },
    { name = "ZIP", start = 40, width = 5 },
    { name = "PERSON_NO", start = 45, width = 6 },
    { name = "ARRESTED", start = 51, width = 10 },
    { name = "FLAGGED", start = 63, width = 5 },
]
skip_lines = 1
"#;

pub(crate) fn fixed(facts: &[Fact]) -> String {
    let mut text = "ARRESTS OF THE YEAR\n".to_owned();
    for fact in facts {
        let [last, first, dob, sex, zip, no, arrested, flagged] = fact.cells();
        text.push_str(&format!(
            "{last:16}{first:12}{dob:10}{sex:1}{zip:>5}{no:>6}{arrested:10}  {flagged:5}\r\n"
        ));
    }
    text
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Counts of the report: read, accepted, rejected, collapsed, identities.
fn counts(report: &str) -> [u64; 5] {
    ["rows read", "  accepted", "  rejected", "  rows collapsed", "identities"].map(|label| {
        let line = report.lines().find(|line| line.starts_with(label)).unwrap();
        line.split_whitespace().last().unwrap().parse().unwrap()
    })
}

#[test]
fn the_same_rows_give_the_same_submission() {
    let bench = Bench::new();
    let facts = facts();
    let csv = delimited(",", &facts);
    bench.write("rows.csv", &csv);
    let (report, wanted) = bench.encoded(&["rows.csv"]);
    let handles = fs::read(bench.path("handles.csv")).unwrap();
    let [read, accepted, rejected, collapsed, identities] = counts(&report);
    assert_eq!(read, ROWS as u64);
    assert_eq!(read, accepted + rejected);
    assert_eq!(accepted, identities + collapsed);
    assert!(rejected > 0 && collapsed > 0 && identities > PEOPLE.len() as u64);

    let book = books::xlsx(&facts, &["Arrests", "Notes"]);
    let columns = columnar::parquet(&facts);
    let tab = delimited("\t", &facts);
    let deflated =
        |bytes: &[u8]| packed::zip_deflated("a/rows", |out| out.write_all(bytes).unwrap());
    for (file, bytes, read) in [
        ("tab", tab.clone().into_bytes(), ""),
        ("utf16", utf16(&tab), ""),
        ("ods", books::ods(&facts), ""),
        ("xls", include_bytes!("fixtures/rows.xls").to_vec(), ""),
        ("xlsx.csv", book.clone(), "sheet = \"Arrests\""),
        ("one.xlsx", books::xlsx(&facts, &["Arrests"]), "format = \"workbook\""),
        ("parquet", columns.clone(), "format = \"parquet\""),
        ("csv.gz", packed::gzip(csv.as_bytes()), "delimiter = \",\""),
        (
            "gz in two",
            [packed::gzip(&csv.as_bytes()[..700]), packed::gzip(&csv.as_bytes()[700..])].concat(),
            "",
        ),
        ("stored.zip", packed::zip_stored(&[("rows.csv", csv.as_bytes())]), ""),
        ("deflated.zip", deflated(csv.as_bytes()), ""),
        ("book.zip", deflated(&book), "sheet = \"Arrests\""),
        ("parquet.zip", deflated(&columns), ""),
        ("fixed", fixed(&facts).into_bytes(), "layout = \"layout.toml\""),
        ("fixed.gz", packed::gzip(fixed(&facts).as_bytes()), "layout = \"layout.toml\""),
    ] {
        bench.write("layout.toml", LAYOUT);
        bench.mapping(read);
        let path = bench.write(file, bytes);
        let (said, submission) = bench.encoded(&[name(&path)]);
        assert_eq!(counts(&said), counts(&report), "{file}");
        assert!(submission == wanted, "the submission of {file} differs");
        if !file.starts_with("fixed") {
            // Its first row stands in the second line too.
            assert!(fs::read(bench.path("handles.csv")).unwrap() == handles, "{file}: handles");
        }
    }
}

#[test]
fn several_files_and_standard_input_are_one_export() {
    let bench = Bench::new();
    let facts = facts();
    let csv = delimited(",", &facts);
    bench.write("rows.csv", &csv);
    let (report, wanted) = bench.encoded(&["rows.csv"]);

    for input in [csv.clone().into_bytes(), packed::gzip(csv.as_bytes())] {
        let output = bench.encode(&["-"]).write_stdin(input).output().unwrap();
        assert!(output.status.success());
        assert!(fs::read(bench.path("out.tally")).unwrap() == wanted, "standard input differs");
    }

    let (early, late) = facts.split_at(15);
    let late = delimited(";", late);
    bench.write("part-1.xlsx", books::xlsx(early, &["2020"]));
    bench.write("part-2.csv", &late);
    bench.write(
        "parts.zip",
        packed::zip_stored(&[
            ("__MACOSX/._b.csv", b"rubbish"),
            ("b.csv", late.as_bytes()),
            ("a.csv", delimited(",", early).as_bytes()),
        ]),
    );
    for arguments in [vec!["part-1.xlsx", "part-2.csv"], vec!["part-*"], vec!["parts.zip"]] {
        let (said, submission) = bench.encoded(&arguments);
        assert_eq!(counts(&said), counts(&report), "{arguments:?}");
        assert!(submission == wanted, "{arguments:?} differs");
        if arguments == ["part-*"] {
            insta::assert_snapshot!("report_of_several_files", said.split("\n\n").next().unwrap());
            let handles = fs::read_to_string(bench.path("handles.csv")).unwrap();
            assert!(handles.lines().nth(1).unwrap().ends_with(",part-1.xlsx:2"));
        }
    }
}

#[test]
fn cells_in_error_are_counted_and_read_as_empty() {
    let bench = Bench::new();
    bench.write("rows.xlsx", books::xlsx_with_error(&facts()));
    let (report, _) = bench.encoded(&["rows.xlsx"]);
    assert_eq!(counts(&report)[0], ROWS as u64);
    assert!(report.contains("\n  cells in error 1, read as empty\n"), "{report}");
}

#[test]
fn typed_dates_are_read_whatever_the_formats() {
    let bench = Bench::new();
    let content = r#"
[content]
table = "arrest"
event_date = "arrested"
[content.columns]
arrested = { column = "ARRESTED", type = "date", formats = ["%d.%m.%Y"] }
flagged = { column = "FLAGGED", type = "flag" }
"#;
    bench.write("mapping.toml", crate::MAPPING.to_owned() + content);
    bench.write("rows.xlsx", books::xlsx(&facts(), &["Arrests"]));
    bench.write("rows.ods", books::ods(&facts()));
    bench.write("rows.parquet", columnar::parquet(&facts()));
    bench.write("rows.xls", include_bytes!("fixtures/rows.xls"));
    for file in ["rows.xlsx", "rows.xls", "rows.ods", "rows.parquet"] {
        let (report, _) = bench.encoded(&[file]);
        for column in ["arrested", "flagged"] {
            let line = report.lines().find(|line| line.trim_start().starts_with(column)).unwrap();
            assert!(line.contains("100.0 %"), "{file}: {report}");
        }
    }
    // Text says of no cell that it is a date, so the mapping's formats decide.
    bench.write("rows.csv", delimited(",", &facts()));
    let (report, _) = bench.encoded(&["rows.csv"]);
    let line = report.lines().find(|line| line.trim_start().starts_with("arrested")).unwrap();
    assert!(line.ends_with("100.0 %"), "{report}");
}
