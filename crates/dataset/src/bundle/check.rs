//! What a table must be like before anything of it is written.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::content::Relation;
use super::error::BundleError;
use crate::column::{Column, Table, Values, row_count};
use crate::dictionary::Texts;
use crate::missing::Missing;
use crate::parquet_file::{has_kinds, kinds_name};

/// Longest name that Stata takes.
const NAME_BYTES_MAX: usize = 32;
/// Words that Stata keeps for itself (User's Guide, 11.3), and those of R, as far as they could be names.
pub(crate) const RESERVED: [&str; 19] = [
    "break", "byte", "double", "else", "float", "for", "function", "if", "in", "int", "long",
    "next", "repeat", "str", "strl", "then", "using", "while", "with",
];

/// Refuses a table that the bundle's files could not hold or describe.
pub(super) fn table(table: &Table) -> Result<(), BundleError> {
    if !is_name(&table.name) {
        return Err(BundleError::Name { place: "a table".to_owned() });
    }
    let mut names = BTreeSet::new();
    for (place, column) in table.columns.iter().enumerate() {
        let place =
            || BundleError::Name { place: format!("column {} of {}", place + 1, table.name) };
        if !is_name(&column.name) || !names.insert(column.name.clone()) {
            return Err(place());
        }
        if has_kinds(&column.values) && !names.insert(kinds_name(&column.name)) {
            return Err(place());
        }
        if column.values.len() != table.rows || !cells_are_plain(column) {
            let (table, column) = (table.name.clone(), column.name.clone());
            return Err(BundleError::Cells { table, column });
        }
    }
    if row_count(table.rows) > u32::MAX.into() || !key_names_rows(table) {
        return Err(BundleError::Key { table: table.name.clone() });
    }
    Ok(())
}

/// Whether Stata, R and file systems take a name without quotes.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    // `str1` to `str2045` are types.
    let is_type = name
        .strip_prefix("str")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(plain)
        && !RESERVED.contains(&name)
        && !is_type
}

/// No text reads as missing, and every cell is of its type.
fn cells_are_plain(column: &Column) -> bool {
    match &column.values {
        Values::Text(cells, texts) => {
            let used = used(cells, texts);
            let is_plain = |text: &str| {
                !Missing::ALL.iter().any(|kind| kind.as_str() == text) && !text.contains('\0')
            };
            let in_place = |cell: u32| (cell as usize) < texts.len();
            let known =
                (0..cells.len()).all(|row| in_place(cells[row]) || column.values.is_missing(row));
            known && (0..).zip(used).all(|(number, used)| !used || is_plain(texts.text(number)))
        }
        Values::Flag(cells) => {
            (0..cells.len()).all(|row| cells[row] < 2 || column.values.is_missing(row))
        }
        Values::Day(_) | Values::Integer(_) | Values::Permille(_) => true,
    }
}

/// Which texts occur.
fn used(cells: &[u32], texts: &Texts) -> Vec<bool> {
    let mut used = vec![false; texts.len()];
    for cell in cells {
        if let Some(used) = used.get_mut(*cell as usize) {
            *used = true;
        }
    }
    used
}

fn key_names_rows(table: &Table) -> bool {
    if table.key.is_empty() {
        return true;
    }
    let columns: Option<Vec<&Column>> = table.key.iter().map(|name| table.column(name)).collect();
    let Some(columns) = columns else { return false };
    let complete = |column: &Column| !(0..table.rows).any(|row| column.values.is_missing(row));
    if !columns.iter().all(|column| complete(column)) {
        return false;
    }
    let compare = |a: usize, b: usize| {
        let each = columns.iter().map(|column| column.values.compare(a, b));
        each.fold(Ordering::Equal, Ordering::then)
    };
    if (1..table.rows).all(|row| compare(row - 1, row) == Ordering::Less) {
        return true;
    }
    let mut order: Vec<u32> = (0..u32::try_from(table.rows).unwrap_or(0)).collect();
    order.sort_unstable_by(|a, b| compare(*a as usize, *b as usize));
    order.windows(2).all(|pair| compare(pair[0] as usize, pair[1] as usize) == Ordering::Less)
}

/// The texts of a column that others refer to.
#[derive(Debug)]
pub(super) struct Referred {
    texts: Texts,
    used: Vec<bool>,
}

impl Referred {
    /// Of the column that a relation names; `None` if there is none, or it is not the table's key.
    pub(super) fn new(table: &Table, relation: &Relation) -> Option<Self> {
        match &table.column(&relation.to_column)?.values {
            Values::Text(cells, texts) if table.key == [relation.to_column.as_str()] => {
                Some(Self { texts: texts.clone(), used: used(cells, texts) })
            }
            _ => None,
        }
    }

    /// Whether every text of a column is here.
    pub(super) fn holds(&self, table: &Table, relation: &Relation) -> bool {
        let values = table.column(&relation.column).map(|column| &column.values);
        let Some(Values::Text(cells, texts)) = values else { return false };
        let mut own = (0..).zip(&self.used).filter(|(_, used)| **used).map(|(n, _)| n).peekable();
        // Both are in ascending order.
        (0..).zip(used(cells, texts)).filter(|(_, used)| *used).all(|(number, _)| {
            let text = texts.bytes(number);
            while own.peek().is_some_and(|own| self.texts.bytes(*own) < text) {
                own.next();
            }
            own.peek().is_some_and(|own| self.texts.bytes(*own) == text)
        })
    }
}
