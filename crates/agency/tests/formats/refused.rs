//! What cannot be read, and what is said of it.

use crate::{Bench, books, columnar, delimited, facts, packed, same};

#[test]
fn workbooks() {
    let bench = Bench::new();
    bench.write("two.xlsx", books::xlsx(&facts(), &["Arrests", "Notes"]));
    insta::assert_snapshot!("wrong_sheet", bench.refused(&["two.xlsx", "--sheet", "Arrest"]));
    insta::assert_snapshot!("two_sheets", bench.refused(&["two.xlsx"]));
    bench.write("encrypted.xlsx", books::encrypted());
    insta::assert_snapshot!("encrypted_workbook", bench.refused(&["encrypted.xlsx"]));
    bench.write("encrypted.ods", books::ods_encrypted());
    insta::assert_snapshot!("encrypted_ods", bench.refused(&["encrypted.ods"]));
    bench.write("empty.xlsx", books::empty_xlsx());
    insta::assert_snapshot!("empty_workbook", bench.refused(&["empty.xlsx"]));
    let mut bytes = books::xlsx(&facts(), &["Arrests"]);
    bytes.truncate(bytes.len() / 2);
    bench.write("half.xlsx", bytes);
    insta::assert_snapshot!("half_a_workbook", bench.refused(&["half.xlsx"]));
    bench.mapping("format = \"text\"");
    insta::assert_snapshot!("workbook_for_text", bench.refused(&["two.xlsx"]));
}

#[test]
fn packed_files() {
    let bench = Bench::new();
    let csv = delimited(",", &facts());
    let mut bytes = packed::gzip(csv.as_bytes());
    bytes.truncate(bytes.len() - 20);
    bench.write("cut.gz", &bytes);
    insta::assert_snapshot!("gzip_cut_off", bench.refused(&["cut.gz"]));
    bench.write("twice.gz", packed::gzip(&packed::gzip(csv.as_bytes())));
    insta::assert_snapshot!("gzip_in_gzip", bench.refused(&["twice.gz"]));

    let mut bytes = packed::zip_stored(&[("rows.csv", csv.as_bytes())]);
    let at = bytes.windows(4).position(|four| four == b"6060").unwrap();
    bytes[at] = b'7';
    bench.write("changed.zip", &bytes);
    insta::assert_snapshot!("zip_changed", bench.refused(&["changed.zip"]));
    bench.write("cut.zip", &bytes[..bytes.len() - 30]);
    insta::assert_snapshot!("zip_cut_off", bench.refused(&["cut.zip"]));
    bench.write("none.zip", packed::zip_stored(&[]));
    insta::assert_snapshot!("zip_of_nothing", bench.refused(&["none.zip"]));
    bench.write("encrypted.zip", packed::zip_encrypted());
    insta::assert_snapshot!("zip_encrypted", bench.refused(&["encrypted.zip"]));
    bench.write("bzip2.zip", packed::zip_bzip2());
    insta::assert_snapshot!("zip_of_another_method", bench.refused(&["bzip2.zip"]));
    let output = bench.encode(&["-"]).write_stdin(bytes).output().unwrap();
    insta::assert_snapshot!("zip_on_stdin", String::from_utf8(output.stderr).unwrap().trim_end());
    insta::assert_snapshot!("stdin_and_a_file", bench.refused(&["-", "cut.zip"]));
}

#[test]
fn a_zip_bomb_is_given_up_early() {
    let bench = Bench::new();
    let bytes = packed::zip_deflated("rows.csv", |out| {
        out.write_all(b"LAST,FIRST\n").unwrap();
        let lines = "A,B\n".repeat(1 << 18);
        (0..1 << 8).for_each(|_| out.write_all(lines.as_bytes()).unwrap());
    });
    assert!(bytes.len() < 2 << 20, "{} bytes for 256 MiB", bytes.len());
    bench.write("bomb.zip", bytes);
    bench.write(
        "mapping.toml",
        "source = \"x\"\ntype = \"other\"\n[fields]\nlast = \"LAST\"\nfirst = \"FIRST\"\n",
    );
    insta::assert_snapshot!("zip_bomb", bench.refused(&["bomb.zip"]));
}

#[test]
fn several_files() {
    let bench = Bench::new();
    let facts = facts();
    bench.write("a.csv", delimited(",", &facts));
    bench.write("b.csv", delimited(",", &facts).replacen("SEX", "GENDER", 1));
    insta::assert_snapshot!("header_differs", bench.refused(&["a.csv", "b.csv"]));
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(delimited(",", &facts).encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    bench.write("wide.csv", utf16);
    let sniff = bench.program().args(["sniff", "a.csv", "wide.csv"]).output().unwrap();
    let error = String::from_utf8(sniff.stderr).unwrap();
    insta::assert_snapshot!("encoding_differs", error.trim_end());
    bench.write("c.csv", "");
    insta::assert_snapshot!("one_is_empty", bench.refused(&["a.csv", "c.csv"]));
    let zip = packed::zip_stored(&[("a.csv", b"LAST,FIRST\n1,2\n"), ("b.csv", b"FIRST\n1\n")]);
    bench.write("c.zip", zip);
    bench.write(
        "mapping.toml",
        "source = \"x\"\ntype = \"other\"\n[fields]\nlast = \"LAST\"\nfirst = \"FIRST\"\n",
    );
    insta::assert_snapshot!("header_differs_in_zip", bench.refused(&["c.zip"]));
    insta::assert_snapshot!("no_file_matches", bench.refused(&["d*.csv"]));
}

#[test]
fn fixed_width() {
    let bench = Bench::new();
    let layout = r#"layout.columns = [
        { name = "LAST", start = 1, width = 16 }, { name = "FIRST", start = 17, width = 12 },
        { name = "DOB", start = 29, width = 10 }, { name = "SEX", start = 39, width = 1 },
        { name = "ZIP", start = 40, width = 5 }, { name = "PERSON_NO", start = 45, width = 6 },
    ]
    layout.skip_lines = 1"#;
    bench.mapping(layout);
    let text = same::fixed(&facts());
    let cut: Vec<&str> =
        text.lines().enumerate().map(|(i, line)| if i == 3 { &line[..20] } else { line }).collect();
    bench.write("rows.txt", cut.join("\n"));
    let (report, _) = bench.encoded(&["rows.txt"]);
    insta::assert_snapshot!("line_too_short", report.split("\n\n").next().unwrap());
    // Unless the layout says that spaces at the end are left out.
    bench.mapping(&(layout.to_owned() + "\nlayout.trimmed = true"));
    let (report, _) = bench.encoded(&["rows.txt"]);
    insta::assert_snapshot!("line_trimmed", report.split("\n\n").next().unwrap());
    std::fs::remove_file(bench.path("out.tally")).unwrap();
    bench.mapping("format = \"fixed\"");
    insta::assert_snapshot!("no_layout", bench.refused(&["rows.txt"]));
    bench.mapping(&layout.replace("start = 17", "start = 16"));
    insta::assert_snapshot!("columns_overlap", bench.refused(&["rows.txt"]));
    bench.mapping("layout = \"layout.toml\"");
    insta::assert_snapshot!("no_layout_file", {
        // The path of the directory is not ours to know.
        bench
            .refused(&["rows.txt"])
            .replace(&*std::io::Error::from_raw_os_error(2).to_string(), "not there")
    });
}

#[test]
fn parquet() {
    let bench = Bench::new();
    bench.write("nested", columnar::nested());
    insta::assert_snapshot!("parquet_nested", bench.refused(&["nested"]));
    let mut bytes = columnar::parquet(&facts());
    bytes.truncate(bytes.len() - 9);
    bench.write("cut", bytes);
    insta::assert_snapshot!("parquet_cut_off", bench.refused(&["cut"]));
}
