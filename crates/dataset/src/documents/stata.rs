//! `stata/read.do`: reads every table as text, gives each column its type, words and kinds of missing, and
//! saves it. For Stata 14 and later.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Described, one_line, reasons};
use crate::bundle::csv_name;
use crate::describe::{ColumnDescribed, Kind, TableDescribed};
use crate::missing::Missing;

/// Longest label of a variable or of a dataset, in characters.
const LABEL_CHARS_MAX: usize = 80;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 32;

const PROGRAMS: &str = include_str!("read.do");

/// The script.
pub(super) fn write(described: &Described<'_>) -> String {
    let facts = described.facts;
    let mut out = String::new();
    line(&mut out, &format!("* {}", comment(&facts.title)));
    line(&mut out, &format!("* Release {}", comment(&facts.release_id)));
    out.push_str(PROGRAMS);
    for table in described.tables {
        read_table(table, &mut out);
    }
    out
}

fn read_table(table: &TableDescribed, out: &mut String) {
    let name = &table.name;
    line(out, "");
    line(out, &format!("* {name}: {}", comment(&table.label)));
    line(
        out,
        &format!(
            "import delimited using \"{}\", clear delimiters(\",\") varnames(1) case(preserve) ///\n    \
         encoding(\"UTF-8\") bindquote(strict) maxquotedrows(unlimited) stringcols(_all)",
            csv_name(name)
        ),
    );
    // What stands after `varnames` is the file's word; this is ours.
    line(out, "label drop _all");
    let mut taken: BTreeSet<String> =
        table.columns.iter().map(|column| column.name.clone()).collect();
    for (place, column) in (1..).zip(&table.columns) {
        read_column(place, column, &mut taken, out);
    }
    line(out, &format!("label data `\"{}\"'", text(&table.label)));
    if !table.key.is_empty() {
        line(out, &format!("isid {}", table.key.join(" ")));
    }
    line(out, "compress");
    line(out, &format!("save \"{name}.dta\", replace"));
}

fn read_column(
    place: usize,
    column: &ColumnDescribed,
    taken: &mut BTreeSet<String>,
    out: &mut String,
) {
    let name = &column.name;
    match (column.kind, is_coded(column)) {
        (Kind::Text, true) => {
            let values: Vec<String> =
                column.codes.iter().map(|code| format!("`\"{}\"'", text(&code.value))).collect();
            line(out, &format!("tally_coded {name} {}", values.join(" ")));
        }
        (Kind::Text, false) => {
            if reasons(column).next().is_some() {
                let kinds = kinds_name(place, name, taken);
                line(out, &format!("tally_text {name} {kinds}"));
                value_labels(&kinds, Vec::new(), column, out);
                variable_label(&kinds, &format!("Why {name} is missing"), out);
            }
        }
        (Kind::Days, _) => line(out, &format!("tally_number {name} long")),
        (Kind::Flag, _) => line(out, &format!("tally_number {name} byte")),
        (Kind::Integer | Kind::Decimal, _) => line(out, &format!("tally_number {name} double")),
    }
    if column.kind == Kind::Decimal {
        line(out, &format!("format {name} %9.3f"));
    }
    variable_label(name, &column.label, out);
    let labels = numbered_labels(column);
    if column.kind != Kind::Text || is_coded(column) {
        value_labels(name, labels, column, out);
    }
}

/// Whether texts become numbers with words: if each has words, and can stand between quotes as it is.
fn is_coded(column: &ColumnDescribed) -> bool {
    column.is_coded && column.codes.iter().all(|code| text(&code.value) == code.value)
}

/// Numbers with their words.
fn numbered_labels(column: &ColumnDescribed) -> Vec<(i64, String)> {
    match column.kind {
        Kind::Text if is_coded(column) => {
            (1..).zip(&column.codes).map(|(number, code)| (number, code.label.clone())).collect()
        }
        Kind::Integer | Kind::Days | Kind::Flag => {
            let number = column.codes.iter().filter_map(|code| {
                let number: i64 = code.value.parse().ok()?;
                // Labels are of Stata's long.
                i32::try_from(number).ok().map(|_| (number, code.label.clone()))
            });
            number.collect()
        }
        Kind::Decimal | Kind::Text => Vec::new(),
    }
}

fn value_labels(
    name: &str,
    labels: Vec<(i64, String)>,
    column: &ColumnDescribed,
    out: &mut String,
) {
    let mut words: Vec<String> =
        labels.iter().map(|(number, label)| format!("{number} `\"{}\"'", text(label))).collect();
    let kinds = reasons(column).map(|kind| format!("{} `\"{}\"'", kind.as_str(), kind.label()));
    words.extend(kinds);
    if words.is_empty() {
        return;
    }
    line(out, &format!("label define {name} {}", words.join(" ")));
    line(out, &format!("label values {name} {name}"));
}

fn variable_label(name: &str, label: &str, out: &mut String) {
    let label: String = text(label).chars().take(LABEL_CHARS_MAX).collect();
    // A cut must not leave an escape without what it escapes.
    line(out, &format!("label variable {name} `\"{}\"'", label.trim_end_matches('\\')));
}

/// A name of its own for the kinds of missing of a text, which cannot hold them.
fn kinds_name(place: usize, name: &str, taken: &mut BTreeSet<String>) -> String {
    let room = NAME_CHARS_MAX - "_missing".len();
    let short = format!("{}_missing", &name[..name.len().min(room)]);
    let name = if taken.contains(&short) { format!("missing_{place}") } else { short };
    taken.insert(name.clone());
    name
}

/// A text between compound quotes: without what would end or expand it.
fn text(text: &str) -> String {
    one_line(text).replace(['`', '"'], "'").replace('\\', "/").replace('$', "\\$")
}

fn comment(words: &str) -> String {
    one_line(words).replace("/*", "/ *").replace("*/", "* /").replace("///", "//")
}

fn line(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to memory does not fail");
}

const _: () = assert!(Missing::ALL.len() == 6, "read.do knows .a to .e");
