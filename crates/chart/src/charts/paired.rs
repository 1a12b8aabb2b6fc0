//! Takes two shares or counts a row, gives two bars a row, one below the other.

use std::borrow::Cow;

use super::marks::Mark;
use super::rows::{Label, Panel, RowChart};
use crate::canvas::{Key, Shape, Tone};
use crate::figure::{Figure, Head};
use crate::numbers;
use crate::scale::Scale;
use crate::table::{Table, figures, words};

/// Two bars a row, such as m and u of each level.
#[derive(Clone, Debug)]
pub struct PairedBars {
    /// Headings of the columns of group and name.
    pub heads: [Cow<'static, str>; 2],
    /// What the two bars are.
    pub sides: [Cow<'static, str>; 2],
    /// Title of the axis.
    pub axis: Cow<'static, str>,
    /// Rows from above.
    pub rows: Vec<PairedRow>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct PairedRow {
    /// Heading shared by rows that follow each other, where there is one.
    pub group: Option<String>,
    /// Name.
    pub name: String,
    /// Shares from 0 to 1.
    pub shares: [f64; 2],
}

impl PairedBars {
    /// The figure with its table.
    pub fn figure(self, head: Head) -> Figure {
        if self.rows.is_empty() {
            return head.empty("There is no row to show.");
        }
        let has_groups = self.rows.iter().any(|row| row.group.is_some());
        let mut columns: Vec<_> = self.heads.iter().map(|name| words(name)).collect();
        if !has_groups {
            columns.remove(0);
        }
        columns.extend(self.sides.iter().map(|name| figures(name)));
        let cells = |row: &PairedRow| {
            let group = has_groups.then(|| row.group.clone().unwrap_or_default());
            let shares = row.shares.map(numbers::fine_percent);
            group.into_iter().chain([row.name.clone()]).chain(shares).collect()
        };
        let table = Table { columns, rows: self.rows.iter().map(cells).collect() };
        let apart = self
            .rows
            .iter()
            .map(|row| (row, (row.shares[0] - row.shares[1]).abs()))
            .filter(|(_, apart)| apart.is_finite())
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let description = apart.map_or_else(String::new, |(row, _)| {
            let name = row.group.iter().chain([&row.name]).cloned().collect::<Vec<_>>().join(", ");
            let [one, other] = row.shares.map(numbers::fine_percent);
            format!(
                "{}. The two are farthest apart for {name}: {} {one}, {} {other}.",
                numbers::counted(self.rows.len() as u64, "row", "rows"),
                self.sides[0],
                self.sides[1]
            )
        });
        head.drawn(description, table, self.chart())
    }

    fn chart(&self) -> RowChart {
        let row = |row: &PairedRow| {
            let [one, other] = row.shares;
            let marks = vec![
                Mark::Bar { from: 0.0, to: one, tone: Tone::First, lane: 0 },
                Mark::Bar { from: 0.0, to: other, tone: Tone::Quiet, lane: 1 },
            ];
            (marks, row.shares.map(numbers::fine_percent).to_vec())
        };
        let label = |row: &PairedRow| Label { group: row.group.clone(), name: row.name.clone() };
        let key = |(text, tone): (&Cow<'static, str>, Tone)| Key {
            shape: Shape::Bar,
            tone,
            text: text.clone(),
        };
        RowChart {
            labels: self.rows.iter().map(label).collect(),
            panels: vec![Panel {
                axis: self.axis.to_string(),
                scale: Scale::Shares { min: 0.0 },
                rows: self.rows.iter().map(row).collect(),
                references: Vec::new(),
            }],
            keys: self.sides.iter().zip([Tone::First, Tone::Quiet]).map(key).collect(),
            lanes: 2,
        }
    }
}
