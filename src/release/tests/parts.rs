//! Tables of parts: they join their events, and nothing outside of the release.

use tallystick_wire::content::Part;

use super::*;
use crate::release::TableSummary;

const CHARGE: [(&str, ColumnType); 2] =
    [("statute", ColumnType::Code), ("convicted", ColumnType::Date)];

fn part(seq: u16, statute: &str, convicted: Option<i32>) -> Part {
    Part { seq, cells: vec![code(statute), convicted.and_then(day)] }
}

/// Each arrest with its charges; two arrests differ in their charges only.
fn arrests_with_charges() -> Vec<RowWithParts> {
    let twin = || vec![day(17_720), code("THEFT")];
    let other = || vec![day(17_713), code("OTHER")];
    vec![
        (2, other(), vec![]),
        (1, twin(), vec![part(1, "PC 459", None), part(3, "PC 484", Some(17_730))]),
        (1, twin(), vec![part(2, "PC 211", None)]),
        (1, other(), vec![part(1, "PC 242", Some(17_700))]),
    ]
}

const EVENT: [(&str, ColumnType); 2] = [("seen", ColumnType::Date), ("kind", ColumnType::Code)];

const CHARGES: &str = "event_id,seq,statute,convicted_rel_day";

fn written(reverse: bool) -> (tempfile::TempDir, TableSummary) {
    let mut rows = arrests_with_charges();
    if reverse {
        rows.reverse();
    }
    let bytes = content_with_parts("arrest", &EVENT, ("charge", &CHARGE), &rows);
    let dir = tempfile::tempdir().unwrap();
    let summary = write(&linked(), vec![(1, boxed(bytes))], dir.path()).unwrap();
    (dir, summary)
}

#[test]
fn parts_join_their_events() {
    let (dir, summary) = written(false);
    let tables: Vec<_> = summary.tables.iter().map(|t| (t.file.as_str(), t.rows)).collect();
    assert_eq!(tables, [("arrest", 4), ("charge", 4)]);
    let ids = column(dir.path(), "arrest.csv", "event_id");
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let people = column(dir.path(), "arrest.csv", "study_id");
    let days = column(dir.path(), "arrest.csv", "rel_day");
    for row in rows(dir.path(), "charge.csv") {
        let event = ids.iter().position(|id| *id == row[5]).unwrap();
        assert_eq!((&row[0], &row[3]), (&people[event], &days[event]), "person and day agree");
    }
    let names: Vec<String> = csv::Reader::from_path(dir.path().join("charge.csv"))
        .unwrap()
        .headers()
        .unwrap()
        .iter()
        .skip(5)
        .map(str::to_owned)
        .collect();
    assert_eq!(names.join(","), CHARGES);
    let mut found: Vec<Vec<String>> =
        rows(dir.path(), "charge.csv").into_iter().map(|row| row[6..].to_vec()).collect();
    found.sort();
    let expected =
        [["1", "PC 242", "-13"], ["1", "PC 459", ""], ["2", "PC 211", ""], ["3", "PC 484", "17"]];
    assert_eq!(found, expected);
    let book: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("codebook.json")).unwrap()).unwrap();
    assert_eq!(book["tables"][2]["table"], "charge");
    assert_eq!(book["tables"][2]["columns"][5]["disclosure_class"], "identifier");
    assert!(
        book["tables"][2]["label"].as_str().unwrap().ends_with("event_id joins them to arrest")
    );
}

#[test]
fn the_order_of_events_that_differ_in_parts_only_leaves_no_trace() {
    let ((one, first), (other, second)) = (written(false), written(true));
    assert_eq!(first, second, "digests of all files agree");
    drop((one, other));
}

#[test]
fn parts_that_look_like_identifiers_are_refused() {
    let mut rows = arrests_with_charges();
    rows[2].2[0].cells[0] = code("078-05-1120");
    let bytes = content_with_parts("arrest", &EVENT, ("charge", &CHARGE), &rows);
    let error = refused(vec![(1, boxed(bytes))]);
    assert_eq!(
        error.to_string(),
        "content of police, table charge, column statute looks like: social security number \
         (rows: 1, first: row 2)"
    );
}

#[test]
fn parts_count_for_the_limits() {
    let limited = |limits: ReleaseLimits| {
        let rows = arrests_with_charges();
        let bytes = content_with_parts("arrest", &EVENT, ("charge", &CHARGE), &rows);
        let dir = tempfile::tempdir().unwrap();
        write_limited(&linked(), vec![(1, boxed(bytes))], &limits, dir.path()).map(|_| ())
    };
    let default = ReleaseLimits::default;
    assert!(limited(ReleaseLimits { rows_max: 8, tables_max: 2, ..default() }).is_ok());
    assert!(limited(ReleaseLimits { rows_max: 7, ..default() }).is_err());
    assert!(limited(ReleaseLimits { tables_max: 1, ..default() }).is_err());
}
