//! `stata/read.do` as far as it can be checked without Stata: its form, its names, and that every column
//! gets its type and its words. Nobody has run it here.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_dataset::bundle::{Bundle, BundleContent, ReleaseFacts};
use tallystick_dataset::{Column, DisclosureClass};

use crate::made::{content, table, tables, texts, write_to};

/// What Stata keeps for itself (User's Guide, 11.3).
const RESERVED: [&str; 22] = [
    "_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n",
    "_N", "_pi", "_pred", "_rc", "_skip", "str", "strL", "using", "with", "aliased",
];

/// The commands for one table.
#[derive(Debug, Default)]
struct Read {
    import: String,
    typed: BTreeMap<String, Vec<String>>,
    labelled: BTreeSet<String>,
    value_labels: BTreeMap<String, Vec<String>>,
    labels_used: BTreeSet<String>,
    saved: String,
}

/// Words of a line: compound quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start());
    while !rest.is_empty() {
        let (word, after) = if let Some(quoted) = rest.strip_prefix("`\"") {
            quoted.split_once("\"'").expect("compound quotes end on their line")
        } else if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"').expect("quotes end on their line")
        } else {
            rest.split_once(' ').unwrap_or((rest, ""))
        };
        assert!(!word.contains('`'), "nothing is expanded: {line}");
        assert!(!word.replace("\\$", "").contains('$'), "nothing is expanded: {line}");
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Everything after the programs, one entry a table.
fn parse(script: &str) -> Vec<Read> {
    let script = script.replace("///\n", " ");
    let mut reads: Vec<Read> = Vec::new();
    let lines = script.lines().skip_while(|line| !line.starts_with("import delimited"));
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('*')) {
        let words = words(line);
        let word = |place: usize| words[place].as_str();
        if word(0) == "import" {
            reads.push(Read { import: line.to_owned(), ..Read::default() });
            continue;
        }
        let read = reads.last_mut().unwrap();
        match (word(0), words.get(1).map(String::as_str)) {
            ("tally_number" | "tally_coded" | "tally_text", Some(name)) => {
                read.typed.insert(name.to_owned(), words.clone());
            }
            ("label", Some("variable")) => {
                assert!(word(3).chars().count() <= 80 && words.len() == 4);
                assert!(read.labelled.insert(word(2).to_owned()), "labelled once");
            }
            ("label", Some("define")) => {
                assert!(words[3..].len().is_multiple_of(2), "numbers and words in turn");
                read.value_labels.insert(word(2).to_owned(), words[3..].to_vec());
            }
            ("label", Some("values")) => {
                assert_eq!(word(2), word(3));
                read.labels_used.insert(word(2).to_owned());
            }
            ("label", Some("drop" | "data")) | ("format" | "isid" | "compress", _) => {}
            ("save", Some(name)) => read.saved = name.trim_end_matches(',').to_owned(),
            (command, _) => panic!("{command} is not known here"),
        }
    }
    reads
}

#[test]
fn every_column_is_read_and_labelled() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let tables = tables();
    write_to(&path, content(&tables));
    let script = Bundle::open(&path).unwrap().member("stata/read.do").unwrap();
    let reads = parse(std::str::from_utf8(&script).unwrap());
    assert_eq!(reads.len(), tables.len());
    for (read, table) in reads.iter().zip(&tables) {
        assert!(read.import.contains(&format!("\"data/{}.csv\"", table.name)));
        assert!(read.import.contains("stringcols(_all)"), "kinds of missing come as texts");
        assert_eq!(read.saved, format!("{}.dta", table.name));
        for column in &table.columns {
            assert!(read.labelled.contains(&column.name), "{}", column.name);
        }
        for name in &read.labelled {
            assert!(name.len() <= 32 && !RESERVED.contains(&name.as_str()), "{name}");
        }
        let defined: BTreeSet<String> = read.value_labels.keys().cloned().collect();
        assert_eq!(defined, read.labels_used);
    }
}

#[test]
fn columns_get_their_types_codes_and_kinds_of_missing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    write_to(&path, content(&tables()));
    let script = Bundle::open(&path).unwrap().member("stata/read.do").unwrap();
    let reads = parse(std::str::from_utf8(&script).unwrap());
    let person = &reads[0];
    assert_eq!(person.typed["sex"], ["tally_coded", "sex", "F", "M", "X"]);
    assert_eq!(
        person.value_labels["sex"][..6],
        ["1", "female", "2", "male", "3", "'another' & not stated <5>"]
    );
    assert_eq!(person.value_labels["sex"][6..8], [".a", "not collected"]);
    assert_eq!(person.typed["followup_days"], ["tally_number", "followup_days", "long"]);
    assert_eq!(person.typed["supervised"], ["tally_number", "supervised", "byte"]);
    assert_eq!(person.typed["severity"], ["tally_number", "severity", "double"]);
    assert_eq!(person.value_labels["severity"][..2], ["1", "felony"]);
    // A text without codes cannot hold a kind; it stands beside it.
    assert_eq!(
        person.typed["index_district"],
        ["tally_text", "index_district", "index_district_missing"]
    );
    assert!(person.labelled.contains("index_district_missing"));
    assert!(person.value_labels["index_district_missing"].contains(&".e".to_owned()));
}

#[test]
fn codes_that_stata_would_expand_stay_texts() {
    let dir = tempfile::tempdir().unwrap();
    let codes = ["a\"b", "a`b", "$x", "a\\b", " a"];
    for (number, code) in codes.into_iter().enumerate() {
        let values = texts([Some(code)].into_iter());
        let column = Column::new("c", values, "", "", DisclosureClass::Other);
        let columns = vec![column.with_codes(&[(code, "in words")])];
        let tables = [table("one", "One", Vec::new(), columns)];
        let path = dir.path().join(format!("{number}.zip"));
        let content = BundleContent {
            facts: ReleaseFacts::default(),
            tables: &tables,
            relations: Vec::new(),
            members: Vec::new(),
        };
        write_to(&path, content);
        let script = Bundle::open(&path).unwrap().member("stata/read.do").unwrap();
        let reads = parse(std::str::from_utf8(&script).unwrap());
        assert!(reads[0].typed.is_empty() && reads[0].value_labels.is_empty(), "{code}");
    }
}
