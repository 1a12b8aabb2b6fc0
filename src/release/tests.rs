//! Facts about whole releases, on a few persons made up here.

mod made;
mod parts;

use std::cell::{Cell as Counter, RefCell};
use std::fs;
use std::path::Path;

use parquet::file::reader::FileReader;
use tallystick_wire::SourceType;
use tallystick_wire::content::ColumnType;

use super::contract::{LEFT_OUT, Linked};
use super::{ReleaseError, ReleaseLimits, write_tables};
use made::*;

#[test]
fn persons_and_events_are_written_as_agreed() {
    let dir = tempfile::tempdir().unwrap();
    let summary = write(&linked(), contents(), dir.path()).unwrap();
    let text = |file: &str| fs::read_to_string(dir.path().join(file)).unwrap();
    assert_eq!(text("persons.csv"), PERSONS.replace('\n', "\r\n"));
    assert_eq!(text("arrest.csv"), ARRESTS.replace('\n', "\r\n"));
    assert_eq!(text("case.csv"), CASES.replace('\n', "\r\n"));
    assert_eq!(text("stay.csv"), STAYS.replace('\n', "\r\n"));
    assert_eq!(summary.persons, 3);
    let tables: Vec<_> =
        summary.tables.iter().map(|table| (table.file.as_str(), table.rows)).collect();
    assert_eq!(tables, [("arrest", 4), ("case", 1), ("stay", 1)]);
}

// Ids were worked out with another HMAC implementation.
const PERSONS: &str = r#"study_id,in_court,records_court,in_police,records_police,in_shelter,records_shelter,sources_count,records_count,link_probability_min,strict_persons_count,loose_group_id,review_flag,first_event_quarter,age_band
4a8316581f0dc1b6,0,0,1,1,0,0,1,1,1.000,1,242c784a543e34fb,0,,
834bdd4e817f1243,0,0,0,0,1,1,1,1,1.000,1,242c784a543e34fb,0,,
eac9859e1e0e7d33,1,1,1,1,0,0,2,2,0.987,2,3ac3085ffe05a960,1,2018Q3,18-24
"#;
const ARRESTS: &str = r#"study_id,strict_id,source,rel_day,event_quarter,statute,counts,warrant,release_date_rel_day,age_band
4a8316581f0dc1b6,b2be979a2d495e03,police,,,PC 647(f),1,0,,
eac9859e1e0e7d33,ffe11b4c28511f14,police,0,2018Q3,11350(a),,,0,18-24
eac9859e1e0e7d33,ffe11b4c28511f14,police,7,2018Q3,"THEFT, PETTY",-1,1,,
eac9859e1e0e7d33,ffe11b4c28511f14,police,7,2018Q3,"THEFT, PETTY",2,1,,25-34
"#;
const CASES: &str = r#"study_id,strict_id,source,rel_day,event_quarter,source_2,offence_date_rel_day
eac9859e1e0e7d33,ca7f0171eb0cbf43,court,0,2018Q3,"say ""no""",-23
"#;
const STAYS: &str = r#"study_id,strict_id,source,rel_day,event_quarter,nights
834bdd4e817f1243,ae3f40d826f18883,shelter,,,3
"#;

#[test]
fn records_left_out_are_in_no_table_and_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut linked = linked();
    linked.sources[0] = source("court", SourceType::Court, &[(5, LEFT_OUT, LEFT_OUT, LEFT_OUT)]);
    linked.sources[1].strict = vec![0, 1];
    let summary = write(&linked, contents(), dir.path()).unwrap();
    assert_eq!((summary.persons, summary.rows_left_out), (3, 1));
    let rows: Vec<_> = summary.tables.iter().map(|table| table.rows).collect();
    assert_eq!(rows, [4, 0, 1], "the only court case is gone");
    let mut records = column(dir.path(), "persons.csv", "records_count");
    records.sort();
    assert_eq!(records, ["1", "1", "1"], "the person of both sources is known to one");
    assert!(column(dir.path(), "persons.csv", "in_court").iter().all(|flag| flag == "0"));
    for file in fs::read_dir(dir.path()).unwrap() {
        let text = String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned();
        assert!(!text.contains("say "), "a code of a row left out");
    }
}

#[test]
fn order_of_rows_and_sections_leaves_no_trace() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = write(&linked(), contents(), one.path()).unwrap();
    let mut shuffled = arrests();
    shuffled.reverse();
    shuffled.swap(0, 2);
    let mut sections = contents();
    sections[0].1 = boxed(content("arrest", Some(0), &ARREST, &shuffled));
    sections.reverse();
    let second = write(&linked(), sections, other.path()).unwrap();
    assert_eq!(first, second, "digests of all files agree");
    for file in &first.files {
        let bytes = |dir: &Path| fs::read(dir.join(&file.name)).unwrap();
        assert_eq!(bytes(one.path()), bytes(other.path()), "{}", file.name);
    }
}

#[test]
fn another_key_gives_other_ids_and_nothing_else() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&linked(), contents(), one.path()).unwrap();
    let limits = ReleaseLimits::default();
    write_tables(&linked(), contents(), &[8; 32], &limits, other.path(), &|_| (), &|| false)
        .unwrap();
    let ids = |dir: &Path| column(dir, "persons.csv", "study_id");
    assert!(ids(one.path()).iter().all(|id| !ids(other.path()).contains(id)));
    let mut counts = [one.path(), other.path()].map(|dir| column(dir, "persons.csv", "in_police"));
    counts.iter_mut().for_each(|counts| counts.sort());
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn ids_are_neither_handles_nor_shared_between_kinds() {
    let dir = tempfile::tempdir().unwrap();
    write(&linked(), contents(), dir.path()).unwrap();
    let mut ids = column(dir.path(), "persons.csv", "study_id");
    ids.extend(column(dir.path(), "arrest.csv", "strict_id"));
    let loose = column(dir.path(), "persons.csv", "loose_group_id");
    assert!(loose.iter().all(|id| !ids.contains(id)));
    for file in fs::read_dir(dir.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for number in [1, 2, 5, 9] {
            let hex = handle(number).to_string();
            assert!(!bytes.windows(16).any(|part| part == handle(number).0));
            assert!(!bytes.windows(16).any(|part| part == &hex.as_bytes()[..16]));
        }
    }
}

#[test]
fn the_first_event_is_day_0_and_none_is_before_it() {
    let dir = tempfile::tempdir().unwrap();
    write(&linked(), contents(), dir.path()).unwrap();
    let mut by_person = std::collections::BTreeMap::<String, Vec<i32>>::new();
    for file in ["arrest.csv", "case.csv"] {
        let days = column(dir.path(), file, "rel_day");
        for (person, day) in column(dir.path(), file, "study_id").into_iter().zip(days) {
            by_person.entry(person).or_default().extend(day.parse::<i32>());
        }
    }
    for days in by_person.values().filter(|days| !days.is_empty()) {
        assert_eq!(days.iter().min(), Some(&0));
    }
    assert_eq!(by_person.values().map(Vec::len).sum::<usize>(), 4);
}

#[test]
fn not_observed_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    write(&linked(), contents(), dir.path()).unwrap();
    assert_eq!(column(dir.path(), "stay.csv", "rel_day"), [""]);
    assert_eq!(column(dir.path(), "stay.csv", "event_quarter"), [""]);
    // The undated arrest: its person has no day to count the release from.
    let released = column(dir.path(), "arrest.csv", "release_date_rel_day");
    assert_eq!(released.iter().filter(|day| !day.is_empty()).count(), 1);
    let codebook: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("codebook.json")).unwrap()).unwrap();
    let nights = &codebook["tables"][3]["columns"][5];
    assert_eq!(
        (nights["name"].as_str(), nights["missing_share"].as_str()),
        (Some("nights"), Some("0.000"))
    );
}

#[test]
fn age_bands_that_disagree_on_the_first_day_are_missing() {
    let columns = [("seen", ColumnType::Date), ("age_band", ColumnType::Code)];
    let band = |bands: [&str; 2]| {
        let rows: Vec<Row> =
            bands.into_iter().map(|band| (2, vec![day(17_000), code(band)])).collect();
        let later = [(2, vec![day(17_001), code("35-44")])];
        let dir = tempfile::tempdir().unwrap();
        let bytes = content("seen", Some(0), &columns, &[rows.as_slice(), &later].concat());
        write(&linked(), vec![(1, boxed(bytes))], dir.path()).unwrap();
        column(dir.path(), "persons.csv", "age_band").concat()
    };
    assert_eq!(band(["25-34", "25-34"]), "25-34");
    assert_eq!(band(["25-34", "18-24"]), "");
}

#[test]
fn tables_and_columns_of_one_name_are_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let bytes =
        |record| boxed(content("persons", Some(0), &CASE, &[(record, cases()[0].1.clone())]));
    let sections =
        vec![(1, bytes(2)), (0, bytes(5)), (2, boxed(content("codebook", None, &[], &[])))];
    let summary = write(&linked(), sections, dir.path()).unwrap();
    let files: Vec<_> = summary.tables.iter().map(|table| table.file.as_str()).collect();
    assert_eq!(files, ["codebook_2", "persons_court", "persons_police"]);
    assert_eq!(column(dir.path(), "persons_court.csv", "source"), ["court"]);
    assert_eq!(column(dir.path(), "persons_court.csv", "source_2"), ["say \"no\""]);
    let reader = parquet(dir.path(), "codebook_2.parquet");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
}

#[test]
fn parquet_holds_what_csv_holds() {
    let dir = tempfile::tempdir().unwrap();
    // Small row groups, so that there are several.
    let limits = ReleaseLimits { parquet_group_rows: 3, ..Default::default() };
    let summary = write_limited(&linked(), contents(), &limits, dir.path()).unwrap();
    let tables = summary.tables.iter().map(|table| table.file.as_str());
    for table in tables.chain(["persons"]) {
        let reader = parquet(dir.path(), &format!("{table}.parquet"));
        let metadata = reader.metadata().file_metadata();
        assert_eq!(metadata.created_by(), Some("tallystick release tables"));
        assert!(metadata.key_value_metadata().is_none());
        let names: Vec<_> =
            metadata.schema().get_fields().iter().map(|f| f.name().to_owned()).collect();
        let file = format!("{table}.csv");
        let mut head = csv::Reader::from_path(dir.path().join(&file)).unwrap();
        assert_eq!(head.headers().unwrap().iter().collect::<Vec<_>>(), names);
        let cells: Vec<Vec<String>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().get_column_iter().map(|(_, field)| as_text(field)).collect())
            .collect();
        assert_eq!(cells, rows(dir.path(), &file), "{table}");
    }
    assert_eq!(parquet(dir.path(), "arrest.parquet").num_row_groups(), 2);
}

#[test]
fn the_codebook_names_every_file_and_hides_small_counts() {
    use sha2::Digest as _;
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<Row> = (0..30)
        .map(|n| (2, vec![day(17_000 + n), code(if n < 4 { "RARE" } else { "OFTEN" })]))
        .collect();
    let columns = [("seen", ColumnType::Date), ("kind", ColumnType::Code)];
    let bytes = content("seen", Some(0), &columns, &rows);
    let summary = write(&linked(), vec![(1, boxed(bytes))], dir.path()).unwrap();
    let book: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("codebook.json")).unwrap()).unwrap();
    let kind = &book["tables"][1]["columns"][5];
    assert_eq!(kind["disclosure_class"], "sensitive");
    assert_eq!(kind["values"][0], serde_json::json!({"value": "OFTEN", "count": "suppressed"}));
    assert_eq!(kind["values"][1], serde_json::json!({"value": "RARE", "count": "<11"}));
    assert_eq!(book["tables"][1]["columns"][0]["values"], serde_json::Value::Null);
    for file in &summary.files {
        let bytes = fs::read(dir.path().join(&file.name)).unwrap();
        assert_eq!(<[u8; 32]>::from(sha2::Sha256::digest(&bytes)), file.sha256.0, "{}", file.name);
    }
    let named: Vec<_> =
        book["files"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert_eq!(named, ["persons.csv", "persons.parquet", "seen.csv", "seen.parquet"]);
}

#[test]
fn content_like_an_identifier_is_refused_before_anything_is_written() {
    let mut rows = arrests();
    rows[2].1[1] = code("078-05-1120");
    let error = refused(vec![(1, boxed(content("arrest", Some(0), &ARREST, &rows)))]);
    assert_eq!(error.code(), "content-looks-like-identifier");
    assert_eq!(
        error.to_string(),
        "content of police, table arrest, column statute looks like: social security number \
         (rows: 1, first: row 2)"
    );
    assert!(!format!("{error:?}").contains("1120"));
}

#[test]
fn content_of_others_and_broken_content_is_refused() {
    let arrest = |rows: &[Row]| boxed(content("arrest", Some(0), &ARREST, rows));
    let mut foreign = arrests();
    foreign[1].0 = 5;
    assert!(matches!(
        refused(vec![(1, arrest(&foreign))]),
        ReleaseError::HandleUnknown { row: 1, .. }
    ));
    assert!(matches!(
        refused(vec![(3, arrest(&[]))]),
        ReleaseError::SourceUnknown { index: 3, .. }
    ));
    let twice = vec![(1, arrest(&arrests())), (1, arrest(&[]))];
    assert_eq!(refused(twice).code(), "content-table-repeated");
    let mut far = arrests();
    far[3].1[0] = day(i32::MAX);
    assert!(matches!(
        refused(vec![(1, arrest(&far))]),
        ReleaseError::CellOutOfRange { row: 3, .. }
    ));
    let mut cut = content("arrest", Some(0), &ARREST, &arrests());
    cut.pop();
    assert_eq!(refused(vec![(1, boxed(cut))]).code(), "content-invalid");
}

#[test]
fn limits_refuse() {
    let limited = |limits: ReleaseLimits| {
        let dir = tempfile::tempdir().unwrap();
        write_limited(&linked(), contents(), &limits, dir.path()).unwrap_err().code()
    };
    let default = ReleaseLimits::default;
    assert_eq!(limited(ReleaseLimits { rows_max: 5, ..default() }), "content-limit-passed");
    assert_eq!(limited(ReleaseLimits { tables_max: 2, ..default() }), "content-limit-passed");
    assert_eq!(limited(ReleaseLimits { age_bands_max: 1, ..default() }), "content-limit-passed");
    assert_eq!(limited(ReleaseLimits { columns_max: 5, ..default() }), "content-limit-passed");
    assert_eq!(
        limited(ReleaseLimits { code_distinct_max: 2, ..default() }),
        "content-limit-passed"
    );
}

#[test]
fn a_linkage_that_breaks_its_contract_is_refused() {
    let broken = |change: &dyn Fn(&mut Linked)| {
        let (mut linked, dir) = (linked(), tempfile::tempdir().unwrap());
        change(&mut linked);
        write(&linked, Vec::new(), dir.path()).unwrap_err().code()
    };
    let changes: [&dyn Fn(&mut Linked); 8] = [
        &|linked| linked.sources.swap(0, 1),
        &|linked| linked.sources[1].handles.swap(0, 1),
        &|linked| linked.sources[1].strict[1] = 0,
        &|linked| linked.sources[1].loose[0] = 1,
        &|linked| linked.person_count = 2,
        &|linked| linked.flagged.push(true),
        &|linked| linked.sources[2].strict[0] = 1_000_000,
        &|linked| linked.sources[2].person[0] = LEFT_OUT,
    ];
    for change in changes {
        assert_eq!(broken(change), "release-linkage-invalid");
    }
}

#[test]
fn used_directories_are_refused_and_work_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let seen = RefCell::new(Vec::new());
    let limits = ReleaseLimits::default();
    let progress = |rows| seen.borrow_mut().push(rows);
    write_tables(&linked(), contents(), &KEY, &limits, dir.path(), &progress, &|| false).unwrap();
    assert_eq!(seen.borrow().last(), Some(&15), "six rows twice, three persons once");
    assert!(seen.borrow().is_sorted());
    let error = write(&linked(), contents(), dir.path()).unwrap_err();
    assert_eq!(error.code(), "release-directory-not-empty");

    let dir = tempfile::tempdir().unwrap();
    let asked = Counter::new(0);
    let cancel = || asked.replace(asked.get() + 1) == 4;
    let error = write_tables(&linked(), contents(), &KEY, &limits, dir.path(), &|_| (), &cancel);
    assert_eq!(error.unwrap_err().code(), "release-cancelled");
}
