//! Columns of a release table, held compactly.

use std::cmp::Ordering;

use super::dictionary::Texts;

/// Missing in a column of days; past every day a release takes.
pub(super) const DAY_MISSING: i32 = i32::MAX;
/// Missing in a column of integers; refused as a value.
pub(super) const INTEGER_MISSING: i64 = i64::MAX;
/// Missing in a column of flags.
pub(super) const FLAG_MISSING: u8 = 2;
/// Missing in a column of texts.
pub(super) const TEXT_MISSING: u32 = u32::MAX;

/// The cells of a column. Missing cells sort last.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// Days: since 1970 while loading, since the person's first event in a table.
    Day(Vec<i32>),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// 0 or 1.
    Flag(Vec<u8>),
    /// Thousandths; never missing.
    Permille(Vec<u16>),
    /// Numbers of texts.
    Text(Vec<u32>, Texts),
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Day(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Flag(cells) => cells.len(),
            Self::Permille(cells) => cells.len(),
            Self::Text(cells, _) => cells.len(),
        }
    }

    pub(super) fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Day(cells) => cells[row] == DAY_MISSING,
            Self::Integer(cells) => cells[row] == INTEGER_MISSING,
            Self::Flag(cells) => cells[row] == FLAG_MISSING,
            Self::Permille(_) => false,
            Self::Text(cells, _) => cells[row] == TEXT_MISSING,
        }
    }

    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Self::Day(cells) => cells[a].cmp(&cells[b]),
            Self::Integer(cells) => cells[a].cmp(&cells[b]),
            Self::Flag(cells) => cells[a].cmp(&cells[b]),
            Self::Permille(cells) => cells[a].cmp(&cells[b]),
            // Texts are numbered in ascending order.
            Self::Text(cells, _) => cells[a].cmp(&cells[b]),
        }
    }

    /// Puts row `order[i]` in place `i`.
    pub(super) fn reorder(&mut self, order: &[u32]) {
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

    /// Appends the cell as it stands in CSV; nothing if it is missing.
    pub(super) fn write_cell(&self, row: usize, out: &mut Vec<u8>) {
        use std::io::Write as _;
        if self.is_missing(row) {
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
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DisclosureClass {
    /// Names one person or event, within the release or outside.
    Identifier,
    /// Known to others, so that a combination may single someone out.
    Quasi,
    /// What such a person would then be found out about.
    Sensitive,
    /// Neither.
    Other,
}

/// One column of a release table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) values: Values,
    pub(super) label: String,
    pub(super) derivation: String,
    pub(super) class: DisclosureClass,
}

/// One release table, sorted and complete.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
}

/// Rows as they are counted outside of memory.
pub(super) fn row_count(rows: usize) -> u64 {
    u64::try_from(rows).expect("addresses have at most 64 bits")
}
