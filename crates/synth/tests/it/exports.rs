//! Files: same bytes, independence of parts, agreement of exports, truth, mappings and tidy files.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallystick_synth::{Config, ConfigError, Population, Profile, Source, write_exports};

use crate::table::{Table, mapping, outputs, truth};

fn config(persons: u64, seed: u64) -> Config {
    Config { persons, seed, sources: Source::ALL.to_vec(), tidy: true, ..Config::default() }
}

/// FNV-1a, 64 bits.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn same_settings_give_same_bytes_in_memory_and_on_disk() {
    let config = config(700, 5);
    let first = outputs(&config);
    assert_eq!(first, outputs(&config));
    let folder = tempfile::tempdir().unwrap();
    write_exports(&config, folder.path()).unwrap();
    for (name, bytes) in &first.files {
        assert_eq!(&std::fs::read(folder.path().join(name)).unwrap(), bytes, "{name}");
    }
    let other = outputs(&Config { seed: 6, ..config });
    assert_ne!(first.files["police.csv"], other.files["police.csv"]);
}

#[test]
fn bytes_are_those_of_this_version_on_every_platform() {
    let files = outputs(&config(300, 1)).files;
    let all: Vec<u8> = files.into_values().flatten().collect();
    assert_eq!(
        fingerprint(&all),
        GOLDEN,
        "the generator's output changed: {:#x}",
        fingerprint(&all)
    );
}

/// Fingerprint of all files of 300 persons, seed 1. To change it is to change every benchmark.
const GOLDEN: u64 = 0x4aef_257a_acb3_b63c;

#[test]
fn any_part_can_be_made_alone() {
    let config = Config { persons: 40_000, sources: vec![Source::Court], ..config(1, 3) };
    let population = Population::new(&config).unwrap();
    assert_eq!(population.chunk_count(), 3);
    let late = population.chunk(2);
    let early = population.chunk(0);
    assert_ne!(late.people[0].person.id, early.people[0].person.id);
    let again = Population::new(&config).unwrap().chunk(2);
    assert_eq!(format!("{late:?}"), format!("{again:?}"));
    // A block alone is the block as it stands in its chunk.
    let block = early.people[0].person.id / 64;
    let alone = population.biographies(block);
    assert_eq!(format!("{alone:?}"), format!("{:?}", &early.people[..64]));
}

#[test]
fn a_source_does_not_depend_on_which_others_are_written() {
    let all = outputs(&config(400, 9));
    let one = outputs(&Config { sources: vec![Source::Jail], ..config(400, 9) });
    assert_eq!(all.files["jail.csv"], one.files["jail.csv"]);
    assert_eq!(all.files["tidy/jail.csv"], one.files["tidy/jail.csv"]);
}

#[test]
fn truth_has_each_row_of_each_export_once() {
    let outputs = outputs(&config(800, 2));
    let truth = truth(&outputs);
    let mut rows = 0;
    for source in Source::ALL {
        let table = Table::export(&outputs, source);
        let id = mapping(&outputs, source)["row_id"].as_str().unwrap().to_owned();
        for row in table.column(&id) {
            assert!(truth[&(source.label().to_owned(), row.to_owned())] < 800);
            rows += 1;
        }
    }
    assert_eq!(rows, truth.len());
}

#[test]
fn rows_are_in_no_order_of_persons() {
    let outputs = outputs(&config(3000, 2));
    let truth = Table::plain(&outputs.files["truth.csv"]);
    for source in Source::ALL {
        let persons: Vec<u64> = truth
            .rows
            .iter()
            .filter(|row| row[0] == source.label())
            .map(|row| row[2].parse().unwrap())
            .collect();
        let rising = persons.windows(2).filter(|pair| pair[0] < pair[1]).count();
        let share = rising as f64 / persons.len() as f64;
        assert!((0.25..0.6).contains(&share), "{source:?} {share}");
    }
}

#[test]
fn true_pairs_follow_from_the_truth() {
    let outputs = outputs(&config(900, 4));
    let mut counts: BTreeMap<u64, BTreeMap<String, u64>> = BTreeMap::new();
    for ((source, _), person) in truth(&outputs) {
        *counts.entry(person).or_default().entry(source).or_default() += 1;
    }
    let table = Table::plain(&outputs.files["truth_pairs.csv"]);
    assert_eq!(table.rows.len(), 36);
    for row in &table.rows {
        let (mut pairs, mut shared) = (0, 0);
        for rows in counts.values() {
            let rows = |source: &String| rows.get(source).copied().unwrap_or(0);
            let (a, b) = (rows(&row[0]), rows(&row[1]));
            let within = row[0] == row[1];
            pairs += if within { a * a.saturating_sub(1) / 2 } else { a * b };
            shared += u64::from(if within { a > 1 } else { a > 0 && b > 0 });
        }
        assert_eq!((row[2].parse(), row[3].parse()), (Ok(pairs), Ok(shared)), "{row:?}");
    }
}

#[test]
fn mappings_name_columns_that_are_there_and_formats_that_fit() {
    let outputs = outputs(&config(600, 8));
    for source in Source::ALL {
        let table = Table::export(&outputs, source);
        let mapping = mapping(&outputs, source);
        assert_eq!(mapping["source"].as_str(), Some(source.label()));
        let mut columns = Vec::new();
        names(&mapping["fields"], &mut columns);
        names(&mapping["content"]["columns"], &mut columns);
        for column in &columns {
            table.at(column);
        }
        let content = mapping["content"].as_table().unwrap();
        let dated = content["event_date"].as_str().unwrap();
        assert_eq!(content["columns"][dated]["type"].as_str(), Some("date"));
        check_dates(&table, &mapping["fields"]["dob"]);
        for column in content["columns"].as_table().unwrap().values() {
            check_dates(&table, column);
        }
    }
}

/// Columns named anywhere under a value.
fn names(value: &toml::Value, out: &mut Vec<String>) {
    match value {
        toml::Value::String(name) => out.push(name.clone()),
        toml::Value::Array(list) => list.iter().for_each(|item| names(item, out)),
        toml::Value::Table(table) => {
            for (key, item) in table {
                if !matches!(
                    key.as_str(),
                    "format" | "formats" | "type" | "compare" | "of" | "prefixes"
                ) {
                    names(item, out);
                }
            }
        }
        _ => {}
    }
}

fn check_dates(table: &Table, field: &toml::Value) {
    let (Some(column), Some(formats)) = (field.get("column"), field.get("formats")) else { return };
    let formats: Vec<&str> =
        formats.as_array().unwrap().iter().map(|format| format.as_str().unwrap()).collect();
    let mut used = BTreeSet::new();
    for cell in table.column(column.as_str().unwrap()).filter(|cell| !cell.is_empty()) {
        let fits = |format: &&&str| match **format {
            "excel" => cell.len() == 5 && cell.bytes().all(|byte| byte.is_ascii_digit()),
            format => NaiveDate::parse_from_str(cell, format).is_ok(),
        };
        used.insert(*formats.iter().find(fits).expect("a format fits"));
    }
    assert_eq!(used.len(), formats.len(), "every format is used");
}

#[test]
fn tidy_rows_are_distinct_and_bear_the_first_rows_number() {
    let outputs = outputs(&config(800, 6));
    let truth = truth(&outputs);
    let meta = std::str::from_utf8(&outputs.files["tidy/meta.json"]).unwrap();
    for source in Source::ALL {
        let label = source.label();
        assert!(meta.contains(&format!("\"{label}\":{{\"file\":\"{label}.csv\"}}")));
        let tidy = Table::plain(&outputs.files[&format!("tidy/{label}.csv")]);
        let export = Table::export(&outputs, source);
        let mut seen = BTreeSet::new();
        for row in &tidy.rows {
            assert_eq!(truth[&(label.to_owned(), row[0].clone())].to_string(), row[1]);
            assert!(seen.insert(row[1..].to_vec()), "{label}: twice the same identifiers");
        }
        let persons = |rows: BTreeSet<u64>| rows.len();
        let exported = truth.iter().filter(|((s, _), _)| s == label).map(|(_, p)| *p).collect();
        let tidied = tidy.rows.iter().map(|row| row[1].parse().unwrap()).collect();
        assert_eq!(persons(exported), persons(tidied), "{label}");
        assert!(tidy.rows.len() <= export.rows.len());
    }
}

#[test]
fn tidy_values_are_those_of_the_export() {
    let outputs = outputs(&config(500, 6));
    let jail = Table::export(&outputs, Source::Jail);
    let tidy = Table::plain(&outputs.files["tidy/jail.csv"]);
    let by_id: BTreeMap<&str, &Vec<String>> = jail.column("LineNo").zip(&jail.rows).collect();
    for row in &tidy.rows {
        let exported = by_id[row[0].as_str()];
        let cell = |column: &str| exported[jail.at(column)].as_str();
        assert_eq!(row[tidy.at("first_name")], cell("First"));
        assert_eq!(row[tidy.at("last_name")], cell("Last"));
        assert_eq!(row[tidy.at("zip")], cell("Zip"));
        assert!(cell("SSN").ends_with(&row[tidy.at("ssn4")]));
        let dob = NaiveDate::parse_from_str(cell("DOB"), "%m/%d/%Y");
        assert_eq!(row[tidy.at("dob")], dob.map_or(String::new(), |dob| dob.to_string()));
    }
}

#[test]
fn persons_in_a_source_have_the_wanted_rows() {
    let wanted = Config { rows_per_person_min: 6, ..config(300, 2) };
    let outputs = outputs(&wanted);
    let mut counts: BTreeMap<(String, u64), u32> = BTreeMap::new();
    for ((source, _), person) in truth(&outputs) {
        *counts.entry((source, person)).or_default() += 1;
    }
    assert!(counts.len() > 1000);
    assert!(counts.values().all(|rows| *rows >= 6));
}

#[test]
fn sources_hold_about_the_shares_of_people_they_should() {
    let population = Population::new(&Config { persons: 12_000, ..config(1, 3) }).unwrap();
    let mut shares = BTreeMap::new();
    for chunk in (0..population.chunk_count()).map(|number| population.chunk(number)) {
        for sheet in &chunk.sheets {
            let persons: BTreeSet<usize> = sheet.rows.iter().map(|row| row.place).collect();
            let rows = sheet.rows.len() as f64 / persons.len() as f64;
            shares.insert(sheet.source, (persons.len() as f64 / 12_000.0, rows));
        }
    }
    for (source, low, high) in [
        (Source::Police, 0.80, 0.90),
        (Source::Court, 0.55, 0.66),
        (Source::Provider, 0.55, 0.65),
        (Source::Jail, 0.62, 0.78),
    ] {
        let (share, rows) = shares[&source];
        assert!((low..high).contains(&share), "{source:?} {share}");
        assert!((1.2..5.0).contains(&rows), "{source:?} {rows} rows a person");
    }
}

#[test]
fn truth_file_states_settings_effect_and_counts() {
    let outputs = outputs(&config(500, 4));
    let truth: serde_json::Value = serde_json::from_slice(&outputs.files["truth.json"]).unwrap();
    assert_eq!(truth["persons"], 500);
    assert_eq!(truth["seed"], 4);
    assert_eq!(truth["errors"], "dirty");
    assert_eq!(truth["true_rate_ratios"]["felony_arrest"], 0.7);
    let arms = truth["arms"].as_object().unwrap();
    let persons: u64 = arms.values().map(|arm| arm["persons"].as_u64().unwrap()).sum();
    assert_eq!(persons, 500);
    for source in Source::ALL {
        let rows = Table::export(&outputs, source).rows.len();
        assert_eq!(truth["sources"][source.label()]["rows"], rows);
    }
}

#[test]
fn the_program_writes_what_the_library_writes() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_tallystick-synth");
        let out = folder.path().to_str().unwrap();
        std::process::Command::new(program).args(["--out", out]).args(arguments).output().unwrap()
    };
    let refused = run(&["--persons", "10", "--sources", "police,library"]);
    assert_eq!(refused.status.code(), Some(2));
    let done = run(&["--persons", "200", "--seed", "3", "--errors", "very-dirty", "--tidy"]);
    assert!(done.status.success());
    let sources = Config::default().sources;
    let wanted = Config { profile: Profile::VeryDirty, sources, ..config(200, 3) };
    for (name, bytes) in outputs(&wanted).files {
        assert_eq!(std::fs::read(folder.path().join(&name)).unwrap(), bytes, "{name}");
    }
}

#[test]
fn impossible_settings_are_refused() {
    let refused = |config: Config| Population::new(&config).unwrap_err();
    assert_eq!(refused(config(0, 1)), ConfigError::Persons);
    let twice = vec![Source::Jail, Source::Jail];
    assert_eq!(refused(Config { sources: twice, ..config(1, 1) }), ConfigError::Sources);
    assert_eq!(refused(Config { sources: vec![], ..config(1, 1) }), ConfigError::Sources);
    let dates = Config { dob_missing_permille: Some(1001), ..config(1, 1) };
    assert_eq!(refused(dates), ConfigError::DobMissing);
    let rows = Config { rows_per_person_min: 21, ..config(1, 1) };
    assert_eq!(refused(rows), ConfigError::RowsPerPerson);
    let arms = Config { arms_permille: [600, 401], ..config(1, 1) };
    assert_eq!(refused(arms), ConfigError::Arms);
    let smallest = Config { profile: Profile::VeryDirty, ..config(1, 1) };
    assert_eq!(Population::new(&smallest).unwrap().chunk(0).people.len(), 1);
}
