//! The codebook: what each file and column holds, for programs and for people.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::{FileWritten, ReleaseError};
use tallystick_dataset::column::{Column, DisclosureClass, TEXT_MISSING, Table, Values, row_count};
use tallystick_dataset::file::{ReleaseFile, failed};

/// Columns with more distinct values are not listed.
const VALUES_MAX: usize = 50;
/// Smaller counts are not shown (CMS cell size policy: no cell from 1 to 10).
const COUNT_MIN: u64 = 11;

const NOTES: [&str; 8] = [
    "study_id joins all tables of this release. It cannot be joined to another project's.",
    "rel_day counts days from the person's first dated event over all tables; that event has day \
     0. Columns ending in _rel_day count from the same day and may be negative.",
    "event_quarter and first_event_quarter are calendar quarters, such as 2018Q3. No calendar date \
     is released.",
    "A missing value is an empty field in CSV and null in Parquet. Not observed is missing, never \
     0; a source without an event of a person says nothing outside of its coverage.",
    "in_<source> and records_<source> speak of the submission only.",
    "strict_id splits persons, loose_group_id joins them: repeat an analysis with either to see \
     how much it depends on the linkage.",
    "Rows are sorted by study_id, rel_day and all columns; order carries no other meaning.",
    "Counts below 11 are shown as <11. Where one count alone would follow from the others, the \
     next smallest is shown as suppressed.",
];

#[derive(Serialize)]
struct Codebook<'a> {
    format: &'static str,
    notes: [&'static str; NOTES.len()],
    tables: Vec<TableDescribed>,
    files: Vec<FileDescribed<'a>>,
}

#[derive(Serialize)]
struct FileDescribed<'a> {
    file: &'a str,
    sha256: String,
    bytes: u64,
}

/// What the codebook says of a table.
#[derive(Debug, Serialize)]
pub(super) struct TableDescribed {
    table: String,
    label: String,
    files: [String; 2],
    rows: u64,
    columns: Vec<ColumnDescribed>,
}

#[derive(Debug, Serialize)]
struct ColumnDescribed {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    label: String,
    derivation: String,
    disclosure_class: &'static str,
    /// Share of rows, rounded to thousandths.
    missing_share: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<ValueDescribed>>,
}

#[derive(Debug, Serialize)]
struct ValueDescribed {
    value: String,
    count: String,
}

/// Describes a table before it is dropped.
pub(super) fn describe(table: &Table) -> TableDescribed {
    TableDescribed {
        table: table.name.clone(),
        label: table.label.clone(),
        files: ["csv", "parquet"].map(|ending| format!("{}.{ending}", table.name)),
        rows: row_count(table.rows),
        columns: table.columns.iter().map(describe_column).collect(),
    }
}

fn describe_column(column: &Column) -> ColumnDescribed {
    let values = &column.values;
    let missing = (0..values.len()).filter(|row| values.is_missing(*row)).count();
    let counted = if column.class == DisclosureClass::Identifier { None } else { counts(values) };
    let mut cells: Vec<u64> = counted.iter().flatten().map(|(_, count)| *count).collect();
    cells.push(row_count(missing));
    let shown = suppress(&cells);
    let missing_share = match shown.last().copied() {
        Some(Shown::Count(missing)) => share(missing, row_count(values.len())),
        Some(hidden) => hidden.text(),
        None => unreachable!("missing is always counted"),
    };
    let listed = |counted: Vec<(String, u64)>| {
        let listed = counted.into_iter().zip(&shown);
        listed.map(|((value, _), shown)| ValueDescribed { value, count: shown.text() }).collect()
    };
    ColumnDescribed {
        name: column.name.clone(),
        kind: match values {
            Values::Day(_) => "days",
            Values::Integer(_) => "integer",
            Values::Flag(_) => "flag",
            Values::Permille(_) => "decimal",
            Values::Text(..) => "text",
        },
        label: column.label.clone(),
        derivation: column.derivation.clone(),
        disclosure_class: column.class.as_str(),
        missing_share,
        values: counted.map(listed),
    }
}

/// Values with their counts, if they are few: of texts and flags.
fn counts(values: &Values) -> Option<Vec<(String, u64)>> {
    match values {
        Values::Text(cells, texts) if texts.len() <= VALUES_MAX => {
            let mut counts = vec![0; texts.len()];
            for cell in cells.iter().filter(|cell| **cell != TEXT_MISSING) {
                counts[*cell as usize] += 1;
            }
            let named = (0..).zip(counts).filter(|(_, count)| *count > 0);
            Some(named.map(|(number, count)| (texts.text(number).to_owned(), count)).collect())
        }
        Values::Flag(cells) => {
            let count = |flag: u8| row_count(cells.iter().filter(|cell| **cell == flag).count());
            Some(vec![("0".to_owned(), count(0)), ("1".to_owned(), count(1))])
        }
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shown {
    Count(u64),
    Small,
    Suppressed,
}

impl Shown {
    fn text(self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Small => format!("<{COUNT_MIN}"),
            Self::Suppressed => "suppressed".to_owned(),
        }
    }
}

/// Hides counts from 1 to 10; if that is only one, its value would follow from the total, so the
/// smallest other is hidden too.
fn suppress(counts: &[u64]) -> Vec<Shown> {
    let is_small = |count: u64| count > 0 && count < COUNT_MIN;
    let mut shown: Vec<Shown> = counts
        .iter()
        .map(|count| if is_small(*count) { Shown::Small } else { Shown::Count(*count) })
        .collect();
    if shown.iter().filter(|shown| **shown == Shown::Small).count() == 1 {
        let others = counts.iter().enumerate().filter(|(_, count)| **count >= COUNT_MIN);
        if let Some((place, _)) = others.min_by_key(|(place, count)| (**count, *place)) {
            shown[place] = Shown::Suppressed;
        }
    }
    shown
}

/// Rounded half up to thousandths; `0.000` of no rows.
fn share(part: u64, whole: u64) -> String {
    let permille = (part * 2_000 + whole).checked_div(whole * 2).unwrap_or(0);
    format!("{}.{:03}", permille / 1000, permille % 1000)
}

/// Writes `codebook.json`.
pub(super) fn write(
    dir: &Path,
    tables: Vec<TableDescribed>,
    files: &[FileWritten],
) -> Result<FileWritten, ReleaseError> {
    let name = "codebook.json";
    let files = files.iter().map(|file| FileDescribed {
        file: &file.name,
        sha256: file.sha256.to_string(),
        bytes: file.bytes,
    });
    let codebook =
        Codebook { format: "tallystick-codebook-1", notes: NOTES, tables, files: files.collect() };
    let mut file = ReleaseFile::create(dir, name)?;
    serde_json::to_writer_pretty(&mut file, &codebook)
        .map_err(|cause| failed(name, io::Error::from(cause)))?;
    io::Write::write_all(&mut file, b"\n").map_err(|cause| failed(name, cause))?;
    Ok(file.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_hidden_and_cannot_be_worked_out() {
        use Shown::{Count, Small, Suppressed};
        assert_eq!(suppress(&[5, 40, 12, 0]), [Small, Count(40), Suppressed, Count(0)]);
        assert_eq!(suppress(&[5, 40, 3]), [Small, Count(40), Small]);
        assert_eq!(suppress(&[11, 0]), [Count(11), Count(0)]);
        assert_eq!(suppress(&[10]), [Small]);
    }

    #[test]
    fn shares_are_rounded_by_integers() {
        assert_eq!([share(1, 3), share(2, 3), share(0, 0)], ["0.333", "0.667", "0.000"]);
    }
}
