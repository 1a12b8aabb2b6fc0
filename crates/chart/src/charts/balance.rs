//! Takes a difference before and after an adjustment, gives both as dots on one line (a Love plot;
//! Love 2004; the limit of 0.1 after Austin 2009, doi:10.1002/sim.3697).

use std::borrow::Cow;

use super::marks::{Mark, Reference};
use super::rows::{Label, Panel, RowChart};
use crate::canvas::{Key, Shape, Tone};
use crate::figure::{Figure, Head};
use crate::numbers;
use crate::scale::Scale;
use crate::table::{Table, figures, words};

/// Differences before and after.
#[derive(Clone, Debug)]
pub struct Balance {
    /// Heading of the column of names.
    pub head: Cow<'static, str>,
    /// What the differences are, as the title of the axis.
    pub axis: Cow<'static, str>,
    /// What the two dots are.
    pub sides: [Cow<'static, str>; 2],
    /// The difference that is still small, with its name.
    pub limit: Option<Reference>,
    /// Rows from above.
    pub rows: Vec<BalanceRow>,
}

/// One row. Differences are shown by their size.
#[derive(Clone, Debug)]
pub struct BalanceRow {
    /// Name.
    pub name: String,
    /// Before.
    pub before: f64,
    /// After.
    pub after: f64,
}

impl Balance {
    /// The figure with its table.
    pub fn figure(self, head: Head) -> Figure {
        if self.rows.is_empty() {
            return head.empty("There is nothing to compare.");
        }
        let number = |value: f64| numbers::decimals(value.abs(), 3);
        let cells =
            |row: &BalanceRow| vec![row.name.clone(), number(row.before), number(row.after)];
        let columns = vec![words(&self.head), figures(&self.sides[0]), figures(&self.sides[1])];
        let table = Table { columns, rows: self.rows.iter().map(cells).collect() };
        let largest = |side: fn(&BalanceRow) -> f64| {
            let sizes = self.rows.iter().map(|row| side(row).abs());
            number(sizes.filter(|size| size.is_finite()).fold(0.0, f64::max))
        };
        let mut description = format!(
            "{}. Largest difference: {} {}, {} {}.",
            numbers::counted(self.rows.len() as u64, "row", "rows"),
            self.sides[0].to_lowercase(),
            largest(|row| row.before),
            self.sides[1].to_lowercase(),
            largest(|row| row.after)
        );
        if let Some(limit) = &self.limit {
            let above = self.rows.iter().filter(|row| row.after.abs() > limit.at).count();
            let above = numbers::counted(above as u64, "row is", "rows are");
            let side = self.sides[1].to_lowercase();
            description += &format!(" {side}, {above} above {}.", number(limit.at));
        }
        head.drawn(description, table, self.chart())
    }

    fn chart(&self) -> RowChart {
        let row = |row: &BalanceRow| {
            let (before, after) = (row.before.abs(), row.after.abs());
            let marks = vec![
                Mark::Link { from: before, to: after },
                Mark::Point { at: before, shape: Shape::Square, tone: Tone::Quiet },
                Mark::Point { at: after, shape: Shape::Dot, tone: Tone::First },
            ];
            let value = |value| numbers::decimals(value, 2);
            (marks, vec![format!("{} \u{2192} {}", value(before), value(after))])
        };
        let sizes = self.rows.iter().flat_map(|row| [row.before.abs(), row.after.abs()]);
        let max = sizes.chain(self.limit.iter().map(|limit| limit.at * 1.2));
        let max = max.filter(|size| size.is_finite()).fold(0.1, f64::max);
        let key = |shape, tone, text: &Cow<'static, str>| Key { shape, tone, text: text.clone() };
        RowChart {
            labels: self
                .rows
                .iter()
                .map(|row| Label { group: None, name: row.name.clone() })
                .collect(),
            panels: vec![Panel {
                axis: self.axis.to_string(),
                scale: Scale::Numbers { min: 0.0, max },
                rows: self.rows.iter().map(row).collect(),
                references: self.limit.iter().cloned().collect(),
            }],
            keys: vec![
                key(Shape::Square, Tone::Quiet, &self.sides[0]),
                key(Shape::Dot, Tone::First, &self.sides[1]),
            ],
            lanes: 1,
        }
    }
}
