//! Takes estimates with intervals, gives them one below the other with a line to compare with (a
//! forest plot; Lewis & Clarke 2001, doi:10.1136/bmj.322.7300.1479).

use std::borrow::Cow;

use super::marks::{Mark, Reference};
use super::rows::{Label, Panel, RowChart};
use crate::canvas::{Shape, Tone};
use crate::figure::{Figure, Head};
use crate::numbers::NOT_AVAILABLE;
use crate::scale::Scale;
use crate::table::{Column, Table, figures, words};

/// Estimates with intervals.
#[derive(Clone, Debug)]
pub struct Intervals {
    /// Headings of the columns of group and name.
    pub heads: [Cow<'static, str>; 2],
    /// What is estimated, as the title of the axis.
    pub axis: Cow<'static, str>,
    /// Scale of the estimates.
    pub scale: Scale,
    /// How a value is written.
    pub number: fn(f64) -> String,
    /// The value of no difference, where there is one.
    pub reference: Option<Reference>,
    /// Rows from above.
    pub rows: Vec<IntervalRow>,
}

/// One estimate.
#[derive(Clone, Debug)]
pub struct IntervalRow {
    /// Heading shared by rows that follow each other, where there is one.
    pub group: Option<String>,
    /// Name.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
    /// Shape of its mark: a main result may differ from the others.
    pub shape: Shape,
    /// Colour of its mark.
    pub tone: Tone,
}

impl IntervalRow {
    fn has_interval(&self) -> bool {
        self.low < self.high
    }

    fn text(&self, number: fn(f64) -> String) -> String {
        if !self.value.is_finite() {
            return NOT_AVAILABLE.to_owned();
        }
        let value = number(self.value);
        if !self.has_interval() {
            return value;
        }
        format!("{value} ({} to {})", number(self.low), number(self.high))
    }
}

impl Intervals {
    /// The figure with its table: estimate, and both ends of the interval.
    pub fn figure(self, head: Head) -> Figure {
        if self.rows.is_empty() {
            return head.empty("There is no estimate to show.");
        }
        let has_groups = self.rows.iter().any(|row| row.group.is_some());
        let mut columns: Vec<Column> = self.heads.iter().map(|name| words(name)).collect();
        if !has_groups {
            columns.remove(0);
        }
        columns.extend([figures("Estimate"), figures("Lower end"), figures("Upper end")]);
        let number = |value: f64| {
            if value.is_finite() { (self.number)(value) } else { NOT_AVAILABLE.to_owned() }
        };
        let cells = |row: &IntervalRow| {
            let group = has_groups.then(|| row.group.clone().unwrap_or_default());
            let numbers = [row.value, row.low, row.high].map(number);
            group.into_iter().chain([row.name.clone()]).chain(numbers).collect()
        };
        let table = Table { columns, rows: self.rows.iter().map(cells).collect() };
        let sentence = |row: &IntervalRow| {
            let name = row.group.iter().chain([&row.name]).cloned().collect::<Vec<_>>().join(", ");
            format!("{name}: {}.", row.text(self.number))
        };
        let sentences: Vec<String> = self.rows.iter().map(sentence).collect();
        head.drawn(sentences.join(" "), table, self.chart())
    }

    fn chart(&self) -> RowChart {
        let row = |row: &IntervalRow| {
            let mut marks = Vec::new();
            if row.has_interval() {
                marks.push(Mark::Whisker { from: row.low, to: row.high });
            }
            marks.push(Mark::Point { at: row.value, shape: row.shape, tone: row.tone });
            (marks, vec![row.text(self.number)])
        };
        let label = |row: &IntervalRow| Label { group: row.group.clone(), name: row.name.clone() };
        RowChart {
            labels: self.rows.iter().map(label).collect(),
            panels: vec![Panel {
                axis: self.axis.to_string(),
                scale: self.scale,
                rows: self.rows.iter().map(row).collect(),
                references: self.reference.iter().cloned().collect(),
            }],
            keys: Vec::new(),
            lanes: 1,
        }
    }
}
