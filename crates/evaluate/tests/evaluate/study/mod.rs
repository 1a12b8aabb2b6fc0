//! The way from tables of a release to the report, on invented studies.

mod cases;
mod gate;
mod invented;
mod levels;
mod numbers;
mod plans;
mod program;
mod projection;
mod simulated;
mod truth;

use tallystick_dataset::Table;
use tallystick_evaluate::report::{Origin, Sheet, page, sheets};
use tallystick_evaluate::study::{Evaluation, Plan, Release};

use invented::Invented;

const PLAN: &str = r#"
programme = "CLIENTS"
comparison = "POOL"
[score]
categories = ["sex", "index_district"]
numbers = ["prior_fel_arr_365"]
[outcomes]
windows = ["POST365"]
before = "PRE365"
counts = ["n_fel_arr", "n_misd_arr"]
main = "n_fel_arr"
"#;

fn plan(text: &str) -> Plan {
    Plan::parse(text).unwrap()
}

fn release() -> Release {
    let definition = "[[window]]\nname = \"POST365\"\nfrom = 1\nto = 365\n[[record]]\nkind = \"arrest\"\nsource = \"police\"\n";
    Release::of(Some(11), Some(definition))
}

/// Evaluates, and looks at what holds for every report.
fn evaluated(invented: &Invented, text: &str) -> (Evaluation, String, Vec<Sheet>) {
    evaluated_from(&invented.tables(), text)
}

/// The same of tables.
fn evaluated_from(tables: &[Table], text: &str) -> (Evaluation, String, Vec<Sheet>) {
    let evaluation = Evaluation::make(plan(text), tables, release()).unwrap();
    let page = page(&evaluation, &Origin::default());
    let sheets = sheets(&evaluation);
    for sheet in &sheets {
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()), "{}", sheet.name);
    }
    let texts: Vec<&str> =
        sheets.iter().flat_map(|sheet| sheet.rows.iter().flatten()).map(String::as_str).collect();
    for word in ["NaN", "inf", "Infinity"] {
        let is_word =
            |text: &&&str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
        assert_eq!(texts.iter().find(is_word), None);
        assert!(
            !page.contains(&format!(">{word}<")) && !page.contains(&format!("\"{word}\"")),
            "{word}"
        );
    }
    (evaluation, page, sheets)
}

fn sheet<'a>(sheets: &'a [Sheet], name: &str) -> &'a Sheet {
    sheets.iter().find(|sheet| sheet.name == name).unwrap()
}
