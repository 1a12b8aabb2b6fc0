//! Handles back to rows.

use std::fs;

use tempfile::TempDir;

use super::*;

const HANDLES: &str = "handle,row_id\n\
    000000000000000000000000000000a1,r1\n\
    000000000000000000000000000000a2,r2\n\
    000000000000000000000000000000a1,r3\n";

fn look(list: &str, source: Option<&str>) -> Result<(LookupReport, String), LookupError> {
    let dir = TempDir::new().unwrap();
    let [handles, path] = ["handles.csv", "list.csv"].map(|name| dir.path().join(name));
    fs::write(&handles, HANDLES).unwrap();
    fs::write(&path, list).unwrap();
    let request = LookupRequest { handles: &handles, identity: None, list: Some(&path), source };
    let mut out = Vec::new();
    let report = lookup(&request, &mut out)?;
    Ok((report, String::from_utf8(out).unwrap()))
}

#[test]
fn every_row_of_a_handle_comes_back_and_unknown_ones_are_counted() {
    let list = "handle\n000000000000000000000000000000a1\n000000000000000000000000000000ff\n";
    let (report, rows) = look(list, None).unwrap();
    assert_eq!(
        rows,
        "handle,row_id\n000000000000000000000000000000a1,r1\n000000000000000000000000000000a1,r3\n"
    );
    assert_eq!((report.listed, report.rows, report.unknown), (2, 2, 1));
    assert_eq!(report.unknown_lines, [3]);
}

#[test]
fn a_clusters_file_is_looked_up_for_one_source() {
    let list = "source,handle,person\n\
        police,000000000000000000000000000000a2,7\n\
        court,000000000000000000000000000000a1,7\n";
    assert_eq!(look(list, None).unwrap_err().code(), "lookup-source-missing");
    let (report, rows) = look(list, Some("police")).unwrap();
    assert_eq!(rows, "handle,row_id,source,person\n000000000000000000000000000000a2,r2,police,7\n");
    assert_eq!((report.other_sources, report.unknown), (1, 0));
}

#[test]
fn errors_show_no_cell() {
    for list in ["handle\nSECRET\n", "name\nSECRET\n", "handle,b\nSECRET\n"] {
        let error = look(list, None).unwrap_err();
        assert_eq!(error.code(), "lookup-form");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
}
