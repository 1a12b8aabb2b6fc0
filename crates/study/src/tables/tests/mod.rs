//! Small studies, worked out by hand.

mod counted;
mod five;
mod imputed;
mod linked;
mod variants;

use tallystick_dataset::column::{DAY_MISSING, FLAG_MISSING, INTEGER_MISSING, TEXT_MISSING};
use tallystick_dataset::{Dictionary, Table, Values};

use super::{StudyTables, build};
use crate::input::SourceLinks;
use crate::{Inputs, RecordTable, Study};

const STUDY: &str = r#"
name = "small"
title = "Five people"
prior_days = [365]
months = { from = -2, to = 3, days = 30 }
record = [
  { kind = "arrest", source = "police", table = "arrest" },
  { kind = "da_action", source = "da", table = "action" },
  { kind = "case", source = "court", table = "case" },
  { kind = "jail", source = "jail", table = "jail" },
  { kind = "referral", source = "provider", table = "client" },
  { kind = "service", source = "provider", table = "visit" },
]
coverage = [
  { source = "police", from = "1970-01-01", to = "1974-02-05" },
  { source = "da", from = "1970-01-01", to = "1975-01-01" },
  { source = "court", from = "1970-01-01", to = "1974-02-05" },
  { source = "jail", from = "1970-01-01", to = "1974-02-05" },
  { source = "provider", from = "1970-01-01", to = "1974-02-05" },
]
arm = [
  { name = "LEAD", index = "referral", from = "1972-09-27", to = "1974-12-31" },
  { name = "POOL", index = "arrest", from = "1972-09-27", to = "1974-12-31", never_referred = true },
]
window = [
  { name = "PRE365", from = -365, to = -1 },
  { name = "POST182", from = 1, to = 182 },
  { name = "POST365", from = 1, to = 365 },
]
offences = [{ group = "drug", statutes = ["HS 11350"] }]
"#;

/// Day 1000 is 1972-09-27; coverage ends on day 1496.
const INDEX: i32 = 1_000;
fn text(cells: &[&str]) -> Values {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<Option<u32>> = cells
        .iter()
        .map(|cell| (!cell.is_empty()).then(|| dictionary.number(cell).unwrap()))
        .collect();
    let (texts, places) = dictionary.into_sorted();
    let codes = numbers.into_iter().map(|it| it.map_or(TEXT_MISSING, |it| places[it as usize]));
    Values::Text(codes.collect(), texts)
}

fn days(cells: &[i32]) -> Values {
    Values::Day(cells.iter().map(|day| if *day == 0 { DAY_MISSING } else { *day }).collect())
}

#[derive(Default)]
struct Made {
    source: &'static str,
    table: &'static str,
    persons: Vec<u32>,
    /// Persons in the strict linkage; as `persons` if there are none.
    strict: Vec<u32>,
    /// Persons in the first imputed linkage, if there is one.
    imputed: Option<Vec<u32>>,
    columns: Vec<(&'static str, Values)>,
}

impl Made {
    fn input(&self) -> RecordTable<'_> {
        RecordTable {
            source: self.source,
            table: self.table,
            persons: &self.persons,
            strict: if self.strict.is_empty() { &self.persons } else { &self.strict },
            imputed: self.imputed.iter().map(Vec::as_slice).collect(),
            columns: self.columns.iter().map(|(name, values)| (*name, values)).collect(),
        }
    }
}

const DAYS: [&str; 11] = [
    "date",
    "filed",
    "booked",
    "released",
    "arrest_date",
    "disposition_date",
    "extract_date",
    "recorded",
    "intake_date",
    "exit_date",
    "screening_date",
];

/// A table as it would be written down: names of columns, then a row a line; `.` is missing, `_` stands for a
/// space, and a day with a sign is relative to [`INDEX`].
fn written(
    source: &'static str,
    table: &'static str,
    names: &'static str,
    rows: &[impl AsRef<str>],
) -> Made {
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.as_ref().split(' ').collect()).collect();
    let mut made = Made { source, table, ..Made::default() };
    for (place, name) in names.split(' ').enumerate() {
        let cells: Vec<&str> = rows.iter().map(|row| row[place]).collect();
        let number = |cell: &&str| cell.parse::<i64>().unwrap_or(INTEGER_MISSING);
        let day = |cell: &&str| match cell.parse::<i32>() {
            Ok(day) if cell.starts_with(['+', '-']) => INDEX + day,
            Ok(day) => day,
            Err(_) => DAY_MISSING,
        };
        let person = |cell: &&str| cell.parse::<u32>().unwrap();
        let flag = |cell: &&str| cell.parse::<u8>().unwrap_or(FLAG_MISSING);
        let values = match name {
            "person" => {
                made.persons = cells.iter().map(person).collect();
                continue;
            }
            "strict" => {
                made.strict = cells.iter().map(person).collect();
                continue;
            }
            "imputed" => {
                made.imputed = Some(cells.iter().map(person).collect());
                continue;
            }
            "count" | "sentence_days" => Values::Integer(cells.iter().map(number).collect()),
            "warrant" | "part2" | "sealed" => Values::Flag(cells.iter().map(flag).collect()),
            _ if DAYS.contains(&name) => Values::Day(cells.iter().map(day).collect()),
            _ => {
                let texts: Vec<String> =
                    cells.iter().map(|it| it.replace('.', "").replace('_', " ")).collect();
                text(&texts.iter().map(String::as_str).collect::<Vec<_>>())
            }
        };
        made.columns.push((name, values));
    }
    made
}

/// A study of these tables, and of empty ones where the study wants others; persons in the order of their
/// numbers, and as many as `loose` has.
fn study_of(study: &str, mut made: Vec<Made>, loose: &[u32]) -> StudyTables {
    let wanted = [
        ("police", "arrest", "person date"),
        ("da", "action", "person date action"),
        ("court", "case", "person filed"),
        ("jail", "jail", "person booked"),
        ("provider", "client", "person date"),
        ("provider", "visit", "person date"),
    ];
    for (source, table, names) in wanted {
        if !made.iter().any(|it| (it.source, it.table) == (source, table)) {
            made.push(written(source, table, names, &[] as &[&str]));
        }
    }
    let count = loose.len();
    let ids: Vec<u64> = (1..).take(count).collect();
    let inputs = Inputs {
        person_count: u32::try_from(count).unwrap(),
        tables: made.iter().map(Made::input).collect(),
        study_ids: &ids,
        links: Vec::new(),
        link_permille_min: &vec![1000; count],
        flagged: &vec![false; count],
        strict_counts: &strict_counts(&made, count),
        loose,
    };
    build(&Study::parse(study).unwrap(), &inputs).unwrap()
}

fn strict_counts(made: &[Made], count: usize) -> Vec<u32> {
    let rows = made.iter().flat_map(|it| it.persons.iter().zip(it.input().strict));
    let pairs: std::collections::BTreeSet<(u32, u32)> = rows.map(|(a, b)| (*a, *b)).collect();
    let mut counts = vec![0; count];
    pairs.iter().for_each(|(person, _)| counts[*person as usize] += 1);
    counts.iter().map(|count: &u32| (*count).max(1)).collect()
}

fn tables_of(study: &str, made: &[Made]) -> StudyTables {
    let inputs = Inputs {
        person_count: 5,
        tables: made.iter().map(Made::input).collect(),
        // Person 1 stands before person 0.
        study_ids: &[30, 20, 10, 40, 50],
        links: vec![SourceLinks {
            source: "police".to_owned(),
            source_type: "police".to_owned(),
            records: vec![2, 1, 1, 0, 1],
            strict_same: vec![true; 5],
            loose_same: vec![true; 5],
        }],
        link_permille_min: &[990, 1000, 1000, 1000, 1000],
        flagged: &[false; 5],
        strict_counts: &[1; 5],
        loose: &[0, 1, 2, 3, 4],
    };
    build(&Study::parse(study).unwrap(), &inputs).unwrap()
}

fn table<'a>(tables: &'a StudyTables, name: &str) -> &'a Table {
    tables.tables.iter().find(|table| table.name == name).unwrap()
}

/// Cells of columns as CSV shows them, a row a line.
fn shown(table: &Table, columns: &[&str]) -> Vec<String> {
    let columns: Vec<_> = columns.iter().map(|name| table.column(name).unwrap()).collect();
    let row = |row: usize| {
        let cells = columns.iter().map(|column| {
            let mut cell = Vec::new();
            column.values.write_cell(row, &mut cell);
            String::from_utf8(cell).unwrap()
        });
        cells.collect::<Vec<_>>().join(" ")
    };
    (0..table.rows).map(row).collect()
}
