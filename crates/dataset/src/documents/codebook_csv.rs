//! `codebook.csv`: one row for each column of each table.

use super::{Described, label_of, one_line, reasons};
use crate::describe::{ColumnDescribed, TableDescribed};

/// Its columns.
pub(crate) const HEADER: [&str; 10] = [
    "table",
    "column",
    "type",
    "label",
    "values",
    "missing_codes",
    "missing_share",
    "source",
    "derivation",
    "disclosure_class",
];

/// The document's bytes: RFC 4180, UTF-8.
pub(super) fn write(described: &Described<'_>) -> Vec<u8> {
    let mut out =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let rows = described
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| row(table, column)));
    let header = HEADER.map(str::to_owned);
    for record in std::iter::once(header).chain(rows) {
        out.write_record(record).expect("writing to memory does not fail");
    }
    out.into_inner().expect("writing to memory does not fail")
}

fn row(table: &TableDescribed, column: &ColumnDescribed) -> [String; HEADER.len()] {
    let missing = reasons(column).map(|kind| format!("{} {}", kind.as_str(), kind.label()));
    let missing: Vec<String> = missing.collect();
    [
        table.name.clone(),
        column.name.clone(),
        column.kind.as_str().to_owned(),
        one_line(&column.label),
        values(column),
        missing.join("; "),
        column.missing_share.clone(),
        column.source.clone(),
        one_line(&column.derivation),
        column.class.as_str().to_owned(),
    ]
}

/// `value = label (count)`, where known.
fn values(column: &ColumnDescribed) -> String {
    let labelled = |value: &str| match label_of(column, value) {
        Some(label) => format!("{value} = {}", one_line(label)),
        None => value.to_owned(),
    };
    let listed: Vec<String> = match &column.values {
        Some(values) => {
            let one = values.iter();
            one.map(|(value, shown)| format!("{} ({})", labelled(value), shown.text())).collect()
        }
        None => column.codes.iter().map(|code| labelled(&code.value)).collect(),
    };
    listed.join("; ")
}
