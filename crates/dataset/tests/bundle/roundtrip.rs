//! What is read is what was written, and what was read can be written again to the same bytes.

use std::fs;

use proptest::prelude::*;
use sha2::Digest as _;
use tallystick_dataset::bundle::{Bundle, BundleContent, Manifest, ReleaseFacts, verify};
use tallystick_dataset::{Column, DisclosureClass, Missing, Table, Values};

use crate::made::{
    content, facts, members, public_key, stopped, table, tables, texts, ticking, write_to,
};

#[test]
fn two_writes_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let tables = tables();
    let [a, b] = ["a.zip", "b.zip"].map(|name| dir.path().join(name));
    let written = [write_to(&a, content(&tables)), write_to(&b, content(&tables))];
    assert_eq!(written[0], written[1]);
    let bytes = fs::read(&a).unwrap();
    assert_eq!(bytes, fs::read(&b).unwrap());
    assert_eq!(written[0].bytes, bytes.len() as u64);
    // Of this version of the program; another may deflate in another way.
    insta::assert_snapshot!("bundle_sha256", written[0].sha256);
}

#[test]
fn a_bundle_is_whole_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let tables = tables();
    let [path, again] = ["a.zip", "b.zip"].map(|name| dir.path().join(name));
    let written = write_to(&path, content(&tables));
    let verified = ticking(|ticker| verify(&path, &public_key(), ticker)).unwrap();
    assert_eq!(verified.rows, 240 + 480 + 3);
    assert_eq!(*verified.bundle.manifest(), written.manifest);
    assert_eq!(verified.bundle.member("linkage_report.html").unwrap(), members()[1].bytes);

    let names: Vec<&str> = verified.bundle.tables().collect();
    let read: Vec<Table> =
        names.iter().map(|name| verified.bundle.read_table(name).unwrap()).collect();
    for (read, table) in read.iter().zip(&tables) {
        assert_same(read, table);
    }
    let rewritten = write_to(&again, content(&read));
    assert_eq!(written.sha256, rewritten.sha256, "write(read(x)) = x");
}

#[test]
fn columns_come_alone_in_the_order_of_their_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    write_to(&path, content(&tables()));
    let bundle = Bundle::open(&path).unwrap();
    for whole in bundle.tables().map(|name| bundle.read_table(name).unwrap()) {
        // Every column alone, of whatever type and however missing; then every other one; then none.
        for column in &whole.columns {
            let one = bundle.read_columns(&whole.name, &|name| name == column.name).unwrap();
            assert_same(&one, &Table { columns: vec![column.clone()], ..whole.clone() });
        }
        let others: Vec<Column> = whole.columns.iter().skip(1).step_by(2).cloned().collect();
        let wanted = |name: &str| others.iter().rev().any(|column| column.name == name);
        let read = bundle.read_columns(&whole.name, &wanted).unwrap();
        assert_same(&read, &Table { columns: others.clone(), ..whole.clone() });
        let none = bundle.read_columns(&whole.name, &|name| name == "no_such_column").unwrap();
        assert_eq!((none.rows, none.columns.len()), (whole.rows, 0));
    }
    let error = bundle.read_columns("no_such_table", &|_| true).unwrap_err();
    assert_eq!(error.code(), bundle.read_table("no_such_table").unwrap_err().code());
}

/// Bundles that were written before manifests said what was demanded can be read.
#[test]
fn manifest_without_what_was_demanded_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    write_to(&path, content(&tables()));
    let bytes = Bundle::open(&path).unwrap().member("manifest.json").unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(value["k_demanded"], 5);
    value.as_object_mut().unwrap().remove("k_demanded");
    let manifest: Manifest = serde_json::from_value(value).unwrap();
    assert_eq!((manifest.k_demanded, manifest.k_achieved), (None, Some(11)));
}

#[test]
fn manifest_says_what_the_release_is() {
    let dir = tempfile::tempdir().unwrap();
    let tables = tables();
    let path = dir.path().join("a.zip");
    let written = write_to(&path, content(&tables));
    let bytes = Bundle::open(&path).unwrap().member("manifest.json").unwrap();
    assert_eq!(written.manifest_sha256.0[..], sha2::Sha256::digest(bytes)[..]);
    let manifest = &written.manifest;
    assert_eq!(manifest.release_id, facts().release_id);
    let notice = manifest.outputs.iter().find(|o| o.name == "REDISCLOSURE_NOTICE.txt").unwrap();
    assert_eq!(manifest.notice_sha256.as_ref(), Some(&notice.sha256));
    let rows: Vec<Option<u64>> = manifest.outputs.iter().take(3).map(|o| o.rows).collect();
    assert_eq!(rows, [Some(240), Some(240), Some(480)]);
}

#[test]
fn progress_counts_rows_and_a_wish_to_stop_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let tables = tables();
    let rows = std::cell::Cell::new(0);
    let progress = |done| rows.set(done);
    let mut ticker = tallystick_dataset::Ticker::new(&progress, &|| false);
    tallystick_dataset::bundle::write(content(&tables), &path, &crate::made::sign, &mut ticker)
        .unwrap();
    assert_eq!(rows.get(), 723);

    let path = dir.path().join("b.zip");
    let mut ticker = tallystick_dataset::Ticker::new(&|_| {}, &|| true);
    let error =
        tallystick_dataset::bundle::write(content(&tables), &path, &crate::made::sign, &mut ticker);
    assert_eq!(error.unwrap_err().code(), "bundle-cancelled");
    assert!(!path.exists());
    assert!(matches!(stopped(), tallystick_dataset::DatasetError::Cancelled));
}

/// The same words, and cells that are written alike.
fn assert_same(a: &Table, b: &Table) {
    assert_eq!((&a.name, &a.label, &a.key, a.rows), (&b.name, &b.label, &b.key, b.rows));
    assert_eq!(a.columns.len(), b.columns.len());
    for (a, b) in a.columns.iter().zip(&b.columns) {
        assert_eq!((&a.name, &a.label, &a.derivation), (&b.name, &b.label, &b.derivation));
        assert_eq!((&a.source, a.class, &a.codes), (&b.source, b.class, &b.codes));
        assert_eq!(cells(&a.values), cells(&b.values), "{}", a.name);
    }
}

fn cells(values: &Values) -> Vec<Vec<u8>> {
    let cell = |row| {
        let mut cell = Vec::new();
        values.write_cell(row, &mut cell);
        cell
    };
    (0..values.len()).map(cell).collect()
}

/// Cells of any type, each missing in any way.
fn any_values(rows: usize) -> impl Strategy<Value = Values> {
    let vec = |rows| prop::collection::vec(any::<i64>(), rows);
    let missing = prop::collection::vec(prop::option::weighted(0.2, 0..6_u8), rows);
    // Anything but what reads as missing or holds a NUL.
    let words = prop::collection::vec("[a-zA-Zäß,\"'\r\n ]{1,4}", rows);
    (0..5, vec(rows), words, missing).prop_map(move |(kind, numbers, words, missing)| {
        let within = |low: i64, high: i64| {
            let numbers = numbers.iter();
            numbers.map(move |n| low + n.rem_euclid(high - low)).collect::<Vec<i64>>()
        };
        let mut values = match kind {
            0 => Values::Day(within(-9_999, 9_999).iter().map(|n| *n as i32).collect()),
            1 => Values::Integer(numbers.iter().map(|n| (*n).min(i64::MAX - 6)).collect()),
            2 => Values::Flag(within(0, 2).iter().map(|n| *n as u8).collect()),
            3 => Values::Permille(within(0, 65_530).iter().map(|n| *n as u16).collect()),
            _ => texts(words.iter().map(|word| Some(word.as_str()))),
        };
        for (row, kind) in missing.iter().enumerate() {
            if let Some(kind) = kind.and_then(Missing::from_u8) {
                values.set_missing(row, kind);
            }
        }
        values
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_table_comes_back(columns in (0_usize..40).prop_flat_map(|rows| {
        prop::collection::vec(any_values(rows), 1..5)
    })) {
        let columns = columns.into_iter().enumerate().map(|(place, values)| {
            Column::new(format!("c{place}"), values, "", "", DisclosureClass::Other)
        });
        let tables = [table("any", "Any", Vec::new(), columns.collect())];
        let content = |tables| BundleContent {
            facts: ReleaseFacts::default(),
            tables,
            relations: Vec::new(),
            members: Vec::new(),
        };
        let dir = tempfile::tempdir().unwrap();
        let [path, again] = ["a.zip", "b.zip"].map(|name| dir.path().join(name));
        let written = write_to(&path, content(&tables));
        ticking(|ticker| verify(&path, &public_key(), ticker)).unwrap();
        let read = [Bundle::open(&path).unwrap().read_table("any").unwrap()];
        assert_same(&read[0], &tables[0]);
        prop_assert_eq!(written.sha256, write_to(&again, content(&read)).sha256);
    }
}
