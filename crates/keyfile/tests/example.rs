//! `keys.example` lists every entry of every holder, and none of it is taken for a key.

use std::path::Path;

use tallystick_keyfile::{EXAMPLE_MARK, Holder, KeyTable};

const EXAMPLE: &str = include_str!("../../../keys.example");
const HOLDERS: [Holder; 2] = [Holder::Agency, Holder::LinkageUnit];

fn document() -> toml::Table {
    EXAMPLE.parse().expect("keys.example is TOML")
}

#[test]
fn each_table_lists_exactly_the_entries_of_its_holder() {
    let document = document();
    let mut tables: Vec<&str> = document.keys().map(String::as_str).collect();
    let mut holders = HOLDERS.map(Holder::table);
    tables.sort_unstable();
    holders.sort_unstable();
    assert_eq!(tables, holders);
    for holder in HOLDERS {
        let table = document[holder.table()].as_table().expect("a table");
        let mut listed: Vec<&str> = table.keys().map(String::as_str).collect();
        let mut known = holder.entries().to_vec();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known, "{}", holder.table());
    }
}

#[test]
fn every_value_is_refused_as_an_example() {
    for (name, table) in document() {
        let holder = HOLDERS.into_iter().find(|holder| holder.table() == name).expect("known");
        for (entry, value) in table.as_table().expect("a table") {
            let text = value.as_str().expect("a text");
            assert!(text.starts_with(EXAMPLE_MARK), "{entry}");
            let alone = format!("[{name}]\n{entry} = \"{text}\"\n");
            let error = KeyTable::parse(Path::new("K"), &alone, holder).unwrap_err();
            assert_eq!(error.code(), "keys-entry-is-example", "{entry}");
        }
    }
}

#[test]
fn the_whole_file_is_refused_by_every_holder() {
    // Tables are read in the order of their names: the agency meets its own example first.
    let codes = HOLDERS.map(|holder| {
        KeyTable::parse(Path::new("K"), EXAMPLE, holder).expect_err("refused").code()
    });
    assert_eq!(codes, ["keys-entry-is-example", "keys-foreign-table"]);
}
