//! Files made to break their reader: each ends in a named error, whatever the libraries do with it.

use std::path::Path;

use tallystick_agency::export::{Export, ExportError, RawRow, ReadLimits, ReadSpec};

use crate::{Bench, PEOPLE, books, columnar, facts};

/// Reads all rows.
fn read(path: &Path) -> Result<u64, ExportError> {
    let mut export = Export::open(path, &ReadSpec::default(), &ReadLimits::default())?;
    let (mut row, mut rows) = (RawRow::new(), 0);
    while export.read_row(&mut row)?.is_some() {
        rows += 1;
    }
    Ok(rows)
}

/// A filled cell with what is written in its tag.
fn cell(attributes: &str, text: &str) -> String {
    format!(
        r#"<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>"#
    )
}

fn row(attributes: &str, cells: &str) -> String {
    format!("<table:table-row {attributes}>{cells}</table:table-row>")
}

#[test]
fn ods_of_few_bytes_and_many_cells() {
    let bench = Bench::new();
    let name = PEOPLE[0].0;
    let columns = |count: u32| format!(r#"table:number-columns-repeated="{count}""#);
    let rows = |count: u32| format!(r#"table:number-rows-repeated="{count}""#);
    let header = row("", &cell("", "LAST"));

    let many = header.clone() + &row(&rows(1_000_000), &cell(&columns(60), name));
    bench.write("many.ods", books::ods_of(&many));
    insta::assert_snapshot!("ods_of_many_cells", bench.refused(&["many.ods"]));

    // Two cells, but the library fills all between them.
    let blank = format!("<table:table-cell {}/>", columns(16_383));
    let far = [
        row("", &cell("", name)),
        row(&rows(1_048_574), "<table:table-cell/>"),
        row("", &(blank.clone() + &cell("", name))),
    ];
    bench.write("far.ods", books::ods_of(&far.concat()));
    assert_eq!(
        bench.refused(&["far.ods"]).replace("far.ods", "many.ods"),
        bench.refused(&["many.ods"])
    );

    // Rows that are not repeated, each of one cell behind many blanks.
    let wide = row("", &(blank + &cell("", name))).repeat(4_000);
    bench.write("wide.ods", books::ods_of(&wide));
    assert_eq!(
        bench.refused(&["wide.ods"]).replace("wide.ods", "many.ods"),
        bench.refused(&["many.ods"])
    );
}

#[test]
fn ods_of_few_bytes_and_much_text() {
    let bench = Bench::new();
    let name = PEOPLE[0].0;
    let header = row("", &cell("", "LAST"));
    let long = cell(r#"table:number-columns-repeated="16000""#, &name.repeat(10_000));
    bench.write("long.ods", books::ods_of(&(header.clone() + &row("", &long))));
    insta::assert_snapshot!("ods_of_much_text", bench.refused(&["long.ods"]));

    let spaces = cell("", &format!(r#"{name}<text:s text:c="2000000000"/>"#));
    bench.write("spaces.ods", books::ods_of(&(header + &row("", &spaces))));
    insta::assert_snapshot!("ods_of_many_spaces", bench.refused(&["spaces.ods"]));
}

#[test]
fn ods_that_does_not_end() {
    let bench = Bench::new();
    let name = PEOPLE[0].0;
    let open = row("", &cell("", name)) + "</table:table><table:table table:name=\"Second\">";
    let comment = "<!--";
    bench.write("open.ods", books::ods_of(&(open.clone() + comment)));
    insta::assert_snapshot!("ods_without_end", bench.refused(&["open.ods"]));
    let content = books::ods_content(&open);
    let cut = content.rsplit_once("</table:table>").unwrap().0;
    bench.write("cut.ods", books::ods_with(cut));
    assert_eq!(
        bench.refused(&["cut.ods"]).replace("cut.ods", "open.ods"),
        bench.refused(&["open.ods"])
    );
}

#[test]
fn ods_as_offices_end_it_is_read() {
    let bench = Bench::new();
    let rows = books::ods_rows(&facts());
    bench.write("plain.ods", books::ods_of(&rows));
    let blank = r#"<table:table-cell table:number-columns-repeated="16384"/>"#;
    let rest = rows + &row(r#"table:number-rows-repeated="1048535""#, blank);
    bench.write("rest.ods", books::ods_of(&rest));
    assert_eq!(bench.encoded(&["plain.ods"]).1, bench.encoded(&["rest.ods"]).1);
}

/// The place of a sheet, behind the end: the library indexes by it and panics.
#[test]
fn xls_that_points_behind_its_end() {
    let bench = Bench::new();
    let mut bytes = include_bytes!("fixtures/rows.xls").to_vec();
    let sheet = bytes.windows(9).position(|nine| nine == b"\x00\x00\x07\x00Arres").unwrap();
    bytes[sheet - 4..sheet].copy_from_slice(&0x7FFF_FFFFu32.to_le_bytes());
    bench.write("points.xls", bytes);
    insta::assert_snapshot!("xls_points_behind", bench.refused(&["points.xls"]));
}

/// The first column's dictionary, before the start of the file: the library asserts that none is.
#[test]
fn parquet_that_points_before_its_start() {
    let bench = Bench::new();
    let mut bytes = columnar::parquet(&facts());
    // Field 11, a long: 4, behind the mark of the file; the next is a structure. Then -4.
    let at = bytes.windows(3).rposition(|three| three == b"\x26\x08\x1C").unwrap();
    bytes[at + 1] = 0x07;
    bench.write("points", bytes);
    insta::assert_snapshot!("parquet_points_before", bench.refused(&["points"]));
}

/// Whatever byte is wrong: rows, or a named error and nothing else.
#[test]
fn parquet_with_any_byte_changed() {
    let bench = Bench::new();
    let bytes = columnar::parquet(&facts()[..1]);
    let (mut taken, mut refused) = (0, 0);
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0xFF;
        let path = bench.write("changed", bytes);
        match read(&path) {
            Ok(_) => taken += 1,
            Err(error) => {
                assert!(error.code().starts_with("export-"), "byte {at}");
                refused += 1;
            }
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} read, {refused} refused");
}
