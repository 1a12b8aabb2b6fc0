//! The golden vectors of norm/v1, made by a second implementation (`tests/vectors/norm_v1.py`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::normalise::{
    NORM_VERSION, NormalisedRecord, Normaliser, RawFields, Suffix,
};

/// Fewer cases than this mean that files were lost.
const CASES_MIN: usize = 150;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    norm_version: u16,
    today_year_max: u16,
    mapping: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    row: BTreeMap<String, String>,
    expect: Map<String, Value>,
}

struct Row(Vec<String>);

impl RawFields for Row {
    fn expose(&self, column: usize) -> &str {
        &self.0[column]
    }
}

/// What the vectors show of a record: fields that are there.
fn shown(record: &NormalisedRecord, rejected: bool) -> Map<String, Value> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let fields = [
        ("first", record.first().to_owned()),
        ("last", record.last().to_owned()),
        ("first_soundex", text(record.first_soundex().as_bytes())),
        ("first_nysiis", text(record.first_nysiis().as_bytes())),
        ("last_soundex", text(record.last_soundex().as_bytes())),
        ("last_nysiis", text(record.last_nysiis().as_bytes())),
        ("middle", record.middle().to_owned()),
        ("suffix", record.suffix().map_or("", Suffix::as_str).to_owned()),
        ("dob", record.dob().map_or(String::new(), |dob| text(&dob.to_digits()))),
        ("sex", record.sex().as_str().to_owned()),
        ("ssn4", record.ssn4().map_or(String::new(), |digits| text(digits))),
        ("phone", record.phone().map_or(String::new(), |digits| text(digits))),
        ("address_number", record.address_number().to_owned()),
        ("address_street", record.address_street().to_owned()),
        ("city", record.city().to_owned()),
        ("zip", record.zip().to_owned()),
        ("local_id", record.local_id().to_owned()),
        ("attribute", record.attribute(0).to_owned()),
    ];
    let mut shown = Map::new();
    for (key, value) in fields {
        if !value.is_empty() {
            shown.insert(key.into(), value.into());
        }
    }
    let lists: [(&str, Vec<&str>); 2] = [
        ("first_parts", record.first_parts().collect()),
        ("last_parts", record.last_parts().collect()),
    ];
    for (key, parts) in lists {
        if !parts.is_empty() {
            shown.insert(key.into(), parts.into());
        }
    }
    for (key, set) in [("dob_default", record.dob_is_default()), ("rejected", rejected)] {
        if set {
            shown.insert(key.into(), true.into());
        }
    }
    shown
}

fn check(path: &Path, failures: &mut Vec<String>) -> usize {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(vectors.norm_version, NORM_VERSION, "{name}");
    assert!(!vectors.cases.is_empty(), "{name} has no cases");
    let mapping = Mapping::parse(&vectors.mapping).unwrap();
    let header = mapping.columns();
    let bound = mapping.bind(&header).unwrap();
    let mut normaliser = Normaliser::new(&bound, vectors.today_year_max);
    // One record for all rows: nothing of a row may show in the next.
    let mut record = NormalisedRecord::default();
    for (index, case) in vectors.cases.iter().enumerate() {
        assert!(case.row.keys().all(|key| header.contains(&key.as_str())), "{name} {index}");
        let cells = header.iter().map(|key| case.row.get(*key).cloned().unwrap_or_default());
        let rejected = normaliser.normalise(&Row(cells.collect()), &mut record).is_err();
        let shown = shown(&record, rejected);
        if shown != case.expect {
            failures.push(format!(
                "{name} case {index} {:?}: {} and not {}",
                case.row,
                Value::from(shown),
                Value::from(case.expect.clone())
            ));
        }
    }
    vectors.cases.len()
}

#[test]
fn records_agree_with_the_second_implementation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/norm_v1");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut failures = Vec::new();
    let cases: usize = paths.iter().map(|path| check(path, &mut failures)).sum();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases >= CASES_MIN, "only {cases} cases were found");
}
