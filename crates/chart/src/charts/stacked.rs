//! Takes parts of a whole by row, gives one bar a row, with its parts side by side.

use std::borrow::Cow;

use super::marks::Mark;
use super::rows::{Label, Panel, RowChart};
use crate::canvas::{Key, Shape, Tone};
use crate::figure::{Figure, Head};
use crate::numbers;
use crate::scale::Scale;
use crate::table::{Table, figures, words};

/// Parts of a whole. Tones are given out in their order; more parts than [`Tone::ALL`] begin again.
#[derive(Clone, Debug)]
pub struct StackedBars {
    /// Heading of the column of names.
    pub head: Cow<'static, str>,
    /// Names of the parts.
    pub parts: Vec<Cow<'static, str>>,
    /// Title of the axis.
    pub axis: Cow<'static, str>,
    /// Whether each row fills the axis, so that shares are compared instead of counts.
    pub is_shares: bool,
    /// Rows from above.
    pub rows: Vec<StackedRow>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct StackedRow {
    /// Name.
    pub name: String,
    /// As many counts as there are parts.
    pub counts: Vec<u64>,
}

impl StackedRow {
    fn sum(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl StackedBars {
    /// The figure with its table: counts, with shares where they are what is compared.
    pub fn figure(self, head: Head) -> Figure {
        if self.rows.iter().all(|row| row.sum() == 0) {
            return head.empty("There is nothing to count.");
        }
        let mut columns = vec![words(&self.head)];
        columns.extend(self.parts.iter().map(|part| figures(part)));
        columns.push(figures("All"));
        let cell = |row: &StackedRow, count: u64| {
            if self.is_shares {
                format!("{} ({})", numbers::count(count), numbers::percent_of(count, row.sum()))
            } else {
                numbers::count(count)
            }
        };
        let cells = |row: &StackedRow| {
            let parts = row.counts.iter().map(|count| cell(row, *count));
            let all = numbers::count(row.sum());
            [row.name.clone()].into_iter().chain(parts).chain([all]).collect()
        };
        let sentence = |row: &StackedRow| {
            let parts: Vec<String> = (self.parts.iter().zip(&row.counts))
                .map(|(part, count)| format!("{part} {}", cell(row, *count)))
                .collect();
            format!("{}: {}.", row.name, parts.join(", "))
        };
        let sentences: Vec<String> = self.rows.iter().map(sentence).collect();
        let table = Table { columns, rows: self.rows.iter().map(cells).collect() };
        head.drawn(sentences.join(" "), table, self.chart())
    }

    fn chart(&self) -> RowChart {
        let row = |row: &StackedRow| {
            let whole = if self.is_shares { row.sum().max(1) as f64 } else { 1.0 };
            let mut from = 0.0;
            let mut marks = Vec::new();
            for (index, count) in row.counts.iter().enumerate() {
                let to = from + *count as f64 / whole;
                let text = if self.is_shares {
                    format!("{:.0}%", (to - from) * 100.0)
                } else {
                    numbers::short_count(*count as f64)
                };
                if *count > 0 {
                    marks.push(Mark::Segment { from, to, tone: Tone::of(index), text });
                }
                from = to;
            }
            (marks, vec![numbers::count(row.sum())])
        };
        let key = |(index, part): (usize, &Cow<'static, str>)| Key {
            shape: Shape::Bar,
            tone: Tone::of(index),
            text: part.clone(),
        };
        RowChart {
            labels: self
                .rows
                .iter()
                .map(|row| Label { group: None, name: row.name.clone() })
                .collect(),
            panels: vec![Panel {
                axis: self.axis.to_string(),
                scale: if self.is_shares {
                    Scale::Shares { min: 0.0 }
                } else {
                    Scale::counts(self.rows.iter().map(StackedRow::sum))
                },
                rows: self.rows.iter().map(row).collect(),
                references: Vec::new(),
            }],
            keys: self.parts.iter().enumerate().map(key).collect(),
            lanes: 1,
        }
    }
}
