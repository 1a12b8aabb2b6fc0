//! Columns of a release table, held compactly.

use std::cmp::Ordering;

use crate::dictionary::Texts;
use crate::missing::Missing;

/// Missing in a column of days; past every day a release takes.
pub const DAY_MISSING: i32 = i32::MAX;
/// Missing in a column of integers; refused as a value.
pub const INTEGER_MISSING: i64 = i64::MAX;
/// Missing in a column of flags.
pub const FLAG_MISSING: u8 = 2;
/// Missing in a column of thousandths.
pub const PERMILLE_MISSING: u16 = u16::MAX;
/// Missing in a column of texts.
pub const TEXT_MISSING: u32 = u32::MAX;

/// A day that is missing for this reason.
pub const fn day_missing(kind: Missing) -> i32 {
    DAY_MISSING - kind as i32
}

/// A number that is missing for this reason.
pub const fn integer_missing(kind: Missing) -> i64 {
    INTEGER_MISSING - kind as i64
}

/// A flag that is missing for this reason.
pub const fn flag_missing(kind: Missing) -> u8 {
    FLAG_MISSING + kind as u8
}

/// Thousandths that are missing for this reason.
pub const fn permille_missing(kind: Missing) -> u16 {
    PERMILLE_MISSING - kind as u16
}

/// A text that is missing for this reason.
pub const fn text_missing(kind: Missing) -> u32 {
    TEXT_MISSING - kind as u32
}

/// The kind that a cell at this distance from the column's [`Missing::Unspecified`] stands for.
fn kind_at(distance: Option<u64>) -> Option<Missing> {
    Missing::from_u8(u8::try_from(distance?).ok()?)
}

/// The cells of a column. Missing cells sort last.
#[derive(Clone, Debug)]
pub enum Values {
    /// Days: since 1970 while loading, since the person's first event in a table.
    Day(Vec<i32>),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// 0 or 1.
    Flag(Vec<u8>),
    /// Thousandths, up to 65.529.
    Permille(Vec<u16>),
    /// Numbers of texts.
    Text(Vec<u32>, Texts),
}

impl Values {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Day(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Flag(cells) => cells.len(),
            Self::Permille(cells) => cells.len(),
            Self::Text(cells, _) => cells.len(),
        }
    }

    /// Whether the cell of a row is missing, for whatever reason.
    pub fn is_missing(&self, row: usize) -> bool {
        self.missing(row).is_some()
    }

    /// Why the cell of a row is missing; `None` if it is not.
    pub fn missing(&self, row: usize) -> Option<Missing> {
        let distance = match self {
            Self::Day(cells) => u64::try_from(i64::from(DAY_MISSING) - i64::from(cells[row])).ok(),
            Self::Integer(cells) => Some(INTEGER_MISSING.abs_diff(cells[row])),
            Self::Flag(cells) => u64::from(cells[row]).checked_sub(FLAG_MISSING.into()),
            Self::Permille(cells) => Some((PERMILLE_MISSING - cells[row]).into()),
            Self::Text(cells, _) => Some((TEXT_MISSING - cells[row]).into()),
        };
        kind_at(distance)
    }

    /// Takes the cell of a row out.
    pub fn set_missing(&mut self, row: usize, kind: Missing) {
        match self {
            Self::Day(cells) => cells[row] = day_missing(kind),
            Self::Integer(cells) => cells[row] = integer_missing(kind),
            Self::Flag(cells) => cells[row] = flag_missing(kind),
            Self::Permille(cells) => cells[row] = permille_missing(kind),
            Self::Text(cells, _) => cells[row] = text_missing(kind),
        }
    }

    /// Which of two rows' cells comes first.
    pub fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Self::Day(cells) => cells[a].cmp(&cells[b]),
            Self::Integer(cells) => cells[a].cmp(&cells[b]),
            Self::Flag(cells) => cells[a].cmp(&cells[b]),
            Self::Permille(cells) => cells[a].cmp(&cells[b]),
            // Texts are numbered in ascending order.
            Self::Text(cells, _) => cells[a].cmp(&cells[b]),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts row `order[i]` in place `i`.
    pub fn reorder(&mut self, order: &[u32]) {
        fn gather<T: Copy>(cells: &mut Vec<T>, order: &[u32]) {
            *cells = order.iter().map(|row| cells[*row as usize]).collect();
        }
        match self {
            Self::Day(cells) => gather(cells, order),
            Self::Integer(cells) => gather(cells, order),
            Self::Flag(cells) => gather(cells, order),
            Self::Permille(cells) => gather(cells, order),
            Self::Text(cells, _) => gather(cells, order),
        }
    }

    /// Appends the cell as it stands in CSV; if it is missing, the name of the kind.
    pub fn write_cell(&self, row: usize, out: &mut Vec<u8>) {
        use std::io::Write as _;
        if let Some(kind) = self.missing(row) {
            out.extend_from_slice(kind.as_str().as_bytes());
            return;
        }
        let written = match self {
            Self::Day(cells) => write!(out, "{}", cells[row]),
            Self::Integer(cells) => write!(out, "{}", cells[row]),
            Self::Flag(cells) => write!(out, "{}", cells[row]),
            Self::Permille(cells) => write!(out, "{}.{:03}", cells[row] / 1000, cells[row] % 1000),
            Self::Text(cells, texts) => out.write_all(texts.bytes(cells[row])),
        };
        written.expect("writing to memory does not fail");
    }
}

/// What a column could tell about a person to someone who knows other things.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DisclosureClass {
    /// Names one person or event, within the release or outside.
    Identifier,
    /// Known to others, so that a combination may single someone out.
    Quasi,
    /// What such a person would then be found out about.
    Sensitive,
    /// Neither.
    Other,
}

impl DisclosureClass {
    /// As codebooks write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Quasi => "quasi",
            Self::Sensitive => "sensitive",
            Self::Other => "other",
        }
    }
}

/// What a value of a column of codes stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValueLabel {
    /// The value, as it stands in CSV.
    pub value: String,
    /// In words.
    pub label: String,
}

/// One column of a release table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name: at most 32 of `a-z`, `0-9`, `_`, as Stata takes it.
    pub name: String,
    /// Cells.
    pub values: Values,
    /// In a few words.
    pub label: String,
    /// How it was made.
    pub derivation: String,
    /// Where it comes from: names of sources, or `study` for what the study defines.
    pub source: String,
    /// What it could tell.
    pub class: DisclosureClass,
    /// Values with words of their own.
    pub codes: Vec<ValueLabel>,
}

/// One release table, sorted and complete.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name: that of its files, without ending.
    pub name: String,
    /// In a few words.
    pub label: String,
    /// Columns that together name a row; empty if rows can repeat.
    pub key: Vec<String>,
    /// Rows.
    pub rows: usize,
    /// Columns, each with so many cells.
    pub columns: Vec<Column>,
}

impl Column {
    /// A column; its source is what the study defines, and no value has words of its own.
    pub fn new(
        name: impl Into<String>,
        values: Values,
        label: impl Into<String>,
        derivation: impl Into<String>,
        class: DisclosureClass,
    ) -> Self {
        let (name, label, derivation) = (name.into(), label.into(), derivation.into());
        Self {
            name,
            values,
            label,
            derivation,
            source: "study".to_owned(),
            class,
            codes: Vec::new(),
        }
    }

    /// The same, from a source.
    #[must_use]
    pub fn of_source(self, source: impl Into<String>) -> Self {
        Self { source: source.into(), ..self }
    }

    /// The same, with words for its values.
    #[must_use]
    pub fn with_codes(self, codes: &[(&str, &str)]) -> Self {
        let code = |(value, label): &(&str, &str)| ValueLabel {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
        };
        Self { codes: codes.iter().map(code).collect(), ..self }
    }
}

impl Table {
    /// The column with a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Rows as they are counted outside of memory.
pub fn row_count(rows: usize) -> u64 {
    u64::try_from(rows).expect("addresses have at most 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_missing_is_kept_in_each_type() {
        let texts = Texts::new(["a"].iter());
        let columns = [
            Values::Day(vec![-3, 0]),
            Values::Integer(vec![-3, 0]),
            Values::Flag(vec![1, 0]),
            Values::Permille(vec![999, 0]),
            Values::Text(vec![0, 0], texts),
        ];
        for mut values in columns {
            assert_eq!([values.missing(0), values.missing(1)], [None; 2]);
            for kind in Missing::ALL {
                values.set_missing(1, kind);
                assert_eq!(values.missing(1), Some(kind));
                let mut cell = Vec::new();
                values.write_cell(1, &mut cell);
                assert_eq!(cell, kind.as_str().as_bytes());
                assert_eq!(values.compare(0, 1), Ordering::Less, "missing sorts last");
            }
            assert_eq!(values.missing(0), None);
        }
    }
}
