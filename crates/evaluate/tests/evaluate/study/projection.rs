//! What is read of a bundle is enough: the evaluation is the same as of all tables and columns.

use std::path::Path;

use tallystick_dataset::bundle::{Bundle, BundleContent, ReleaseFacts, write};
use tallystick_dataset::{Table, Ticker};
use tallystick_evaluate::bundle::evaluate;
use tallystick_evaluate::report::{Origin, Verified, page, sheets};
use tallystick_evaluate::study::{Evaluation, Plan};

use super::PLAN;
use super::invented::{Invented, flags, integers, table, texts};

/// Columns that nobody reads, of both types, in every table.
fn with_unread(mut tables: Vec<Table>) -> Vec<Table> {
    for table in &mut tables {
        let words: Vec<String> = (0..table.rows).map(|row| format!("w{row}")).collect();
        table.columns.insert(1, texts("unread_text", &words));
        table.columns.push(integers("unread_number", &vec![Some(9); table.rows]));
    }
    tables
}

/// A study with every table that an evaluation reads, and one that it does not.
fn everything() -> Vec<Table> {
    let mut tables = Invented { imputed: 2, ..Invented::default() }.tables();
    let persons = tables[0].columns[0].clone();
    let mut ids = Vec::new();
    for row in 0..tables[0].rows {
        let mut cell = Vec::new();
        persons.values.write_cell(row, &mut cell);
        ids.push(String::from_utf8(cell).unwrap());
    }
    let rows = ids.len();
    let cycle = |by: i64| (0..rows as i64).map(|row| Some(row % by)).collect::<Vec<_>>();
    let words = |words: [&str; 2]| (0..rows).map(|row| words[row % 2].into()).collect::<Vec<_>>();
    let person = &mut tables[0].columns;
    person.push(texts("race_eth", &words(["A", "B"])));
    person.push(texts("housing_at_intake", &words(["HOUSED", "NOT"])));
    let intake = tables.iter_mut().find(|table| table.name == "intake").unwrap();
    let clients = intake.rows;
    let exits: Vec<Option<i64>> = (0..clients as i64).map(|row| Some(90 + row % 30)).collect();
    intake.columns.push(integers("exit_rel_day", &exits));
    intake.columns.push(texts("exit_reason", &vec!["COMPLETED".to_owned(); clients]));
    let months = [-2, -1, 0, 1, 2, 3, 4];
    let by_month = |of: &dyn Fn(usize, i64) -> i64| {
        let each = (0..rows).flat_map(|row| months.map(|month| Some(of(row, month))));
        each.collect::<Vec<_>>()
    };
    let month_ids: Vec<String> = ids.iter().flat_map(|id| months.map(|_| id.clone())).collect();
    let enrolled: Vec<u8> =
        (0..rows).flat_map(|_| months.map(|month| u8::from(month >= 0))).collect();
    tables.extend([
        table(
            "person_month",
            vec![
                texts("study_id", &month_ids),
                integers("month", &by_month(&|_, month| month)),
                integers("n_fel_arr", &by_month(&|row, month| i64::from(row as i64 % 7 == month))),
                integers("contacts", &by_month(&|row, month| (row as i64 + month) % 3)),
                flags("enrolled", &enrolled),
            ],
        ),
        table(
            "case",
            vec![
                texts("study_id", &ids),
                integers("rel_day", &cycle(40)),
                integers("disp_rel_day", &cycle(200)),
                flags(
                    "index_event",
                    &(0..rows).map(|row| u8::from(row % 4 == 0)).collect::<Vec<_>>(),
                ),
            ],
        ),
        table(
            "service",
            vec![
                texts("study_id", &ids),
                texts("category", &words(["HOUSING", "LEGAL"])),
                flags(
                    "connected",
                    &(0..rows).map(|row| u8::from(row % 3 == 0)).collect::<Vec<_>>(),
                ),
            ],
        ),
        table("jail", vec![texts("study_id", &ids), integers("rel_day", &cycle(9))]),
    ]);
    with_unread(tables)
}

/// The page and all tables.
fn told(evaluation: &Evaluation, origin: &Origin) -> String {
    let tables = sheets(evaluation);
    let texts = tables.iter().map(|sheet| sheet.csv() + &sheet.latex());
    page(evaluation, origin) + &texts.collect::<String>()
}

/// The report of what is read, and of everything that the bundle has.
fn both(path: &Path, plan: &str) -> [String; 2] {
    let bundle = Bundle::open(path).unwrap();
    let (read, origin) = evaluate(&bundle, plan, Verified::Not).unwrap();
    let tables: Vec<Table> = bundle.tables().map(|name| bundle.read_table(name).unwrap()).collect();
    let plan = Plan::parse(plan).unwrap();
    let whole = Evaluation::make(plan, &tables, read.release.clone()).unwrap();
    [told(&read, &origin), told(&whole, &origin)]
}

#[test]
fn the_report_of_the_columns_read_is_that_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.zip");
    let tables = everything();
    let facts = ReleaseFacts { k_achieved: Some(11), ..ReleaseFacts::default() };
    let content = BundleContent { facts, tables: &tables, relations: Vec::new(), members: vec![] };
    write(content, &path, &|_| [0; 64], &mut Ticker::new(&|_| {}, &|| false)).unwrap();
    let exact = PLAN.replace("[score]", "[score]\nexact = [\"index_quarter\"]");
    for plan in [PLAN, exact.as_str()] {
        let [read, whole] = both(&path, plan);
        assert_eq!(read, whole);
        // Nothing is untold because its column was not read: there is nothing untold at all.
        assert!(!read.contains("What the release does not tell"));
    }
}

/// What the release achieved is by chance more than its agreements demand of tables.
#[test]
fn the_smallest_cell_is_what_was_demanded() {
    let folder = tempfile::tempdir().unwrap();
    let tables = Invented::default().tables();
    for (k_demanded, k_achieved, wanted) in
        [(Some(20), 40, 20), (Some(5), 40, 11), (None, 40, 40), (None, 5, 11)]
    {
        let path = folder.path().join(format!("{k_demanded:?}-{k_achieved}.zip"));
        let facts =
            ReleaseFacts { k_demanded, k_achieved: Some(k_achieved), ..ReleaseFacts::default() };
        let content =
            BundleContent { facts, tables: &tables, relations: Vec::new(), members: vec![] };
        write(content, &path, &|_| [0; 64], &mut Ticker::new(&|_| {}, &|| false)).unwrap();
        let bundle = Bundle::open(&path).unwrap();
        let (evaluation, _) = evaluate(&bundle, PLAN, Verified::Not).unwrap();
        assert_eq!(evaluation.plan.smallest_cell, wanted);
    }
}
