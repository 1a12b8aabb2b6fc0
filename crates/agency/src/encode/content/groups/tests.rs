use proptest::prelude::*;
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::number::Pseudonyms;

use super::*;

struct Row(Vec<String>);

impl RawFields for Row {
    fn expose(&self, column: usize) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

const HEAD: &str = "source = \"a\"\ntype = \"jail\"\n[fields]\nlast = \"L\"\n[content]\n\
                    table = \"arrest\"\n[content.columns]\nkind = { constant = \"K\" }\n\
                    [[content.group]]\ntable = \"charge\"\n";

fn reader(group: &str, header: &[String]) -> (GroupReader, Shared) {
    let mapping = Mapping::parse(&format!("{HEAD}{group}")).unwrap();
    let bound = mapping.bind(header).unwrap();
    let group = &bound.content().unwrap().groups[0];
    (GroupReader::new(group), Shared::new(bound.mapping(), Pseudonyms::throw_away()))
}

fn place() -> RowPlace {
    RowPlace { file: None, line: 2 }
}

/// Number and texts of each part; an empty text for a missing cell.
fn texts(parts: &[Part]) -> Vec<(u16, Vec<String>)> {
    let text = |cell: &Option<Cell>| match cell {
        Some(Cell::Code(code)) => code.as_str().to_owned(),
        _ => String::new(),
    };
    parts.iter().map(|part| (part.seq, part.cells.iter().map(text).collect())).collect()
}

fn read(group: &str, header: &[&str], cells: &[&str]) -> (Vec<(u16, Vec<String>)>, GroupReader) {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let (mut reader, shared) = reader(group, &header);
    let row = Row(cells.iter().map(|cell| (*cell).to_owned()).collect());
    let mut parts = Vec::new();
    reader.read(&shared, &row, &[], place(), &mut parts).unwrap();
    (texts(&parts), reader)
}

const SPLIT: &str = "split = \";\"\n[content.group.columns]\n\
                     a = { column = \"A\", type = \"code\" }\n\
                     b = { column = \"B\", type = \"code\" }\n";

#[test]
fn split_cells_go_in_step_and_unequal_ones_are_counted() {
    let split = |a, b| {
        let (parts, reader) = read(SPLIT, &["L", "A", "B"], &["X", a, b]);
        (parts, reader.uneven.count)
    };
    let part = |seq, a: &str, b: &str| (seq, vec![a.to_owned(), b.to_owned()]);
    assert_eq!(split("1; 2", "x;y;"), (vec![part(1, "1", "x"), part(2, "2", "y")], 0));
    assert_eq!(
        split("1;2;3", "x"),
        (vec![part(1, "1", "x"), part(2, "2", ""), part(3, "3", "")], 1)
    );
    assert_eq!(split("1;;3", ";;z"), (vec![part(1, "1", ""), part(3, "3", "z")], 0));
    assert_eq!(split("", " "), (Vec::new(), 0));
    assert_eq!(split("1", ""), (vec![part(1, "1", "")], 1), "what is not there is counted");
}

#[test]
fn numbers_of_a_list_are_pseudonyms_each() {
    let group = SPLIT.replace("type = \"code\"", "type = \"number\", of = \"court\"");
    let (parts, _) = read(&group, &["L", "A", "B"], &["X", "017; 18", "17"]);
    let (first, second) = (&parts[0].1, &parts[1].1);
    assert_eq!(first[0], first[1]);
    assert!(first[0] != second[0] && second[0].len() == 16 && second[1].is_empty());
}

#[test]
fn more_entries_than_the_limit_are_refused_with_their_line() {
    let header = ["L", "A", "B"].map(str::to_owned);
    let (mut reader, shared) = reader(SPLIT, &header);
    let row = Row(vec!["X".into(), "1;".repeat(GROUP_ENTRIES_MAX + 1) + "1", String::new()]);
    let refused = reader.read(&shared, &row, &[], place(), &mut Vec::new()).unwrap_err();
    assert_eq!(refused.place.line, 2);
}

proptest! {
    /// Each entry that holds anything is one part, under its number, and nothing else is.
    #[test]
    fn no_entry_is_lost(entries in prop::collection::vec("[A-C]{0,2}", 0..12)) {
        let filled: Vec<(u16, String)> = (1..)
            .zip(&entries)
            .filter(|(_, entry)| !entry.is_empty())
            .map(|(seq, entry)| (seq, entry.clone()))
            .collect();
        let joined = entries.join(";");
        let (parts, split) = read(SPLIT, &["L", "A", "B"], &["X", &joined, ""]);
        let found: Vec<(u16, String)> =
            parts.into_iter().map(|(seq, mut cells)| (seq, cells.remove(0))).collect();
        prop_assert_eq!(&found, &filled);
        prop_assert_eq!(split.rows, filled.len() as u64);
        prop_assert_eq!(split.counts[0].counts.present, filled.len() as u64);

        // The same in numbered columns.
        let count = entries.len().max(1);
        let header: Vec<String> =
            std::iter::once("L".to_owned()).chain((1..=count).map(|n| format!("C{n}"))).collect();
        let group = format!(
            "to = {count}\n[content.group.columns]\na = {{ column = \"C{{n}}\", type = \"code\" }}\n"
        );
        let (mut numbered, shared) = reader(&group, &header);
        let row = Row(std::iter::once("X".to_owned()).chain(entries).collect());
        let mut parts = Vec::new();
        numbered.read(&shared, &row, &[], place(), &mut parts).unwrap();
        let found: Vec<(u16, String)> =
            texts(&parts).into_iter().map(|(seq, mut cells)| (seq, cells.remove(0))).collect();
        prop_assert_eq!(found, filled);
    }
}
