//! Small cells of tables of counts.
//!
//! Takes counts, gives the same with small ones hidden, and with so many others that no hidden one can be found out
//! from rows, columns and totals. Refuses a rule that protects nothing, and tables too large.
//!
//! A count from 1 to `threshold - 1` is hidden, in totals too; zeros stand (CMS cell size policy). Then further
//! cells are hidden (complementary suppression) by the cheapest circle through each cell that is not protected
//! (Cox 1980, 1995), where a cell costs its count and totals cost more than all cells; last, each cell so hidden is
//! shown again if all others stay protected. None that is left could be shown, but fewer cells or a smaller sum
//! may be possible: the optimum is NP-hard (Kelly, Golden, Assad 1992). All hidden cells look alike.
//! Not promised: protection against a second table with the same people.

use std::collections::VecDeque;

use crate::network::{Arc, Network};

/// Counts from 1 to one less are hidden (CMS: no cell below 11).
pub const THRESHOLD_DEFAULT: u64 = 11;
/// What everybody can work out of a hidden cell leaves a range at least so wide.
pub const WIDTH_DEFAULT: u64 = 10;
/// Cells of one table, totals too.
pub const CELLS_MAX: usize = 4_096;
/// Largest count, so that sums are safe.
pub const COUNT_MAX: u64 = 1 << 40;

/// What is hidden.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CellRule {
    /// Counts from 1 to one less are hidden.
    pub threshold: u64,
    /// Largest less smallest possible count of a hidden cell, at least; from 1.
    pub width_min: u64,
}

impl Default for CellRule {
    fn default() -> Self {
        Self { threshold: THRESHOLD_DEFAULT, width_min: WIDTH_DEFAULT }
    }
}

/// A cell that may be shown to anybody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cell {
    /// The count.
    Shown(u64),
    /// It is small, or would give a small one away.
    Hidden,
}

/// Counts in one line, with their total.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProtectedCounts {
    /// In the order given.
    pub cells: Vec<Cell>,
    /// Of all.
    pub total: Cell,
}

/// Counts by row and column, with totals.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProtectedTable {
    /// Row by row.
    pub cells: Vec<Cell>,
    /// Of rows.
    pub row_totals: Vec<Cell>,
    /// Of columns.
    pub column_totals: Vec<Cell>,
    /// Of all.
    pub total: Cell,
}

/// Counts that cannot be protected as asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CellsInvalid {
    /// A rule without effect.
    #[error("a threshold is at least 2, a width at least 1 and below the threshold")]
    Rule,
    /// Rows and columns do not make so many cells.
    #[error("the cells do not fill rows and columns")]
    Shape,
    /// Too many cells, or too large counts.
    #[error("the table is larger than {CELLS_MAX} cells, or a count larger than 2^40")]
    Large,
}

/// Hides small counts of one line, and its total if that is small.
///
/// # Errors
/// See [`CellsInvalid`].
pub fn protect_counts(counts: &[u64], rule: CellRule) -> Result<ProtectedCounts, CellsInvalid> {
    let network = line(counts, rule)?;
    let mut cells = shown(&network, &hide(&network, rule));
    let total = cells.pop().expect("a line has a total");
    Ok(ProtectedCounts { cells, total })
}

/// Hides small counts of a table given row by row, and small totals.
///
/// # Errors
/// See [`CellsInvalid`].
pub fn protect_table(
    rows: usize,
    columns: usize,
    counts: &[u64],
    rule: CellRule,
) -> Result<ProtectedTable, CellsInvalid> {
    let network = table(rows, columns, counts, rule)?;
    let all = shown(&network, &hide(&network, rule));
    let at = |row: usize, column: usize| all[row * (columns + 1) + column];
    Ok(ProtectedTable {
        cells: (0..rows * columns).map(|cell| at(cell / columns, cell % columns)).collect(),
        row_totals: (0..rows).map(|row| at(row, columns)).collect(),
        column_totals: (0..columns).map(|column| at(rows, column)).collect(),
        total: at(rows, columns),
    })
}

fn permitted(cells: usize, counts: &[u64], rule: CellRule) -> Result<(), CellsInvalid> {
    if rule.threshold < 2 || rule.width_min == 0 || rule.width_min >= rule.threshold {
        return Err(CellsInvalid::Rule);
    }
    if cells > CELLS_MAX || counts.iter().any(|count| *count > COUNT_MAX) {
        return Err(CellsInvalid::Large);
    }
    Ok(())
}

/// One equation: the cells leave it and the total comes back.
fn line(counts: &[u64], rule: CellRule) -> Result<Network, CellsInvalid> {
    permitted(counts.len() + 1, counts, rule)?;
    let total: u64 = counts.iter().sum();
    let cell = |count: &u64| Arc { from: 0, to: 1, count: *count, cost: *count };
    let mut arcs: Vec<Arc> = counts.iter().map(cell).collect();
    arcs.push(Arc { from: 1, to: 0, count: total, cost: 2 * total });
    Ok(Network { nodes: 2, arcs })
}

/// Rows and totals of columns are nodes, then columns and totals of rows. A cell goes from its row to its column;
/// totals go the other way, and the grand total as cells do.
fn table(
    rows: usize,
    columns: usize,
    counts: &[u64],
    rule: CellRule,
) -> Result<Network, CellsInvalid> {
    if rows == 0 || columns == 0 || rows.checked_mul(columns) != Some(counts.len()) {
        return Err(CellsInvalid::Shape);
    }
    permitted((rows + 1) * (columns + 1), counts, rule)?;
    let total: u64 = counts.iter().sum();
    let mut arcs = Vec::new();
    for row in 0..=rows {
        for column in 0..=columns {
            let own = |r: usize, c: usize| counts[r * columns + c];
            let count = match (row == rows, column == columns) {
                (false, false) => own(row, column),
                (false, true) => (0..columns).map(|column| own(row, column)).sum(),
                (true, false) => (0..rows).map(|row| own(row, column)).sum(),
                (true, true) => total,
            };
            let is_margin = row == rows || column == columns;
            let is_turned = (row == rows) != (column == columns);
            let (row_node, column_node) = (row, rows + 1 + column);
            let (from, to) =
                if is_turned { (column_node, row_node) } else { (row_node, column_node) };
            let cost = count + if is_margin { total } else { 0 };
            arcs.push(Arc { from, to, count, cost });
        }
    }
    Ok(Network { nodes: rows + columns + 2, arcs })
}

/// Which cells are hidden.
fn hide(network: &Network, rule: CellRule) -> Vec<bool> {
    let is_small = |arc: &Arc| arc.count > 0 && arc.count < rule.threshold;
    let small: Vec<bool> = network.arcs.iter().map(is_small).collect();
    let mut hidden = small.clone();
    // Hiding more only widens ranges, so that each hidden cell is looked at once.
    let mut bare: VecDeque<usize> = (0..hidden.len()).filter(|arc| hidden[*arc]).collect();
    while let Some(arc) = bare.pop_front() {
        if network.open(&hidden).width(arc, rule.width_min) >= rule.width_min {
            continue;
        }
        let circle = network
            .circle(&hidden, arc, rule.width_min)
            .expect("over its totals every cell has a circle with room");
        for other in circle.into_iter().filter(|other| !hidden[*other]).collect::<Vec<_>>() {
            hidden[other] = true;
            bare.push_back(other);
        }
    }
    let mut added: Vec<usize> =
        (0..hidden.len()).filter(|arc| hidden[*arc] && !small[*arc]).collect();
    added.sort_by_key(|arc| (std::cmp::Reverse(network.arcs[*arc].cost), *arc));
    for arc in added {
        hidden[arc] = false;
        hidden[arc] = !is_protected(network, &hidden, rule);
    }
    hidden
}

/// Whether every hidden cell has a range that is wide enough.
fn is_protected(network: &Network, hidden: &[bool], rule: CellRule) -> bool {
    let open = network.open(hidden);
    let is_wide = |arc: usize| open.width(arc, rule.width_min) >= rule.width_min;
    (0..hidden.len()).filter(|arc| hidden[*arc]).all(is_wide)
}

fn shown(network: &Network, hidden: &[bool]) -> Vec<Cell> {
    let cell = |(arc, hidden): (&Arc, &bool)| {
        if *hidden { Cell::Hidden } else { Cell::Shown(arc.count) }
    };
    network.arcs.iter().zip(hidden).map(cell).collect()
}

#[cfg(test)]
mod tests;
