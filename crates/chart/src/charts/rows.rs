//! Takes labelled rows with marks on one or more axes, gives a chart with one line of marks a row.
//!
//! Bars, dots with whiskers, dumbbells and level charts are all rows with different marks, so they
//! share one layout: labels at the left, axes side by side on a wide page and one below the other
//! on a narrow one, values in a column at the right of each axis.

use super::marks::{Columns, LANE, Mark, REFERENCE, Reference, draw_mark, draw_references};
use crate::canvas::{
    Drawing, Key, SMALL, TEXT, Width, fitted, legend, line, row_group, text, text_width,
};
use crate::markup::Markup;
use crate::scale::Scale;

/// Space between rows.
const ROW_GAP: f64 = 7.0;
/// Space before a new group of rows.
const GROUP_GAP: f64 = 8.0;
/// Space between axes.
const PANEL_GAP: f64 = 34.0;
/// Least width of an axis on a narrow page; names go above the marks where there is less.
const ROOM: f64 = 110.0;
/// Widest room for names at the left of a wide page; longer ones are cut.
const NAME_WIDTH_MAX: f64 = 300.0;
/// Rows from which the axis is repeated at the top.
const TOP_AXIS_ROWS: usize = 16;

/// Name of a row.
#[derive(Clone, Debug)]
pub struct Label {
    /// Heading shared by rows that follow each other, where there is one.
    pub group: Option<String>,
    /// Name of the row itself.
    pub name: String,
}

/// One axis with the marks of every row.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Label of the axis.
    pub axis: String,
    /// Scale.
    pub scale: Scale,
    /// Marks and, lane by lane, values of each row.
    pub rows: Vec<(Vec<Mark>, Vec<String>)>,
    /// Values to compare with, ascending, so that no name crosses a line at its right.
    pub references: Vec<Reference>,
}

/// The chart.
#[derive(Clone, Debug)]
pub struct RowChart {
    /// Names of the rows.
    pub labels: Vec<Label>,
    /// Axes.
    pub panels: Vec<Panel>,
    /// Legend.
    pub keys: Vec<Key>,
    /// Lines of marks in each row.
    pub lanes: u32,
}

impl Panel {
    /// How many names stand above the rows.
    fn names(&self) -> usize {
        let names = self.references.iter();
        names.filter(|reference| reference.at.is_finite() && !reference.name.is_empty()).count()
    }
}

impl Drawing for RowChart {
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64 {
        let mut y = legend(ink, &self.keys, width);
        match width {
            Width::Wide => self.draw_side_by_side(ink, y, tips),
            Width::Narrow => {
                for (index, panel) in self.panels.iter().enumerate() {
                    let gap = if index > 0 { 26.0 } else { 0.0 };
                    y = self.draw_below(ink, panel, y + gap, tips);
                }
                y
            }
        }
    }
}

impl RowChart {
    fn draw_side_by_side(&self, ink: &mut Markup, top: f64, tips: &[String]) -> f64 {
        let group_width = self.widest(|label| label.group.as_deref().unwrap_or(""), 600.0, 130.0);
        let name_width = self.widest(|label| &label.name, 400.0, NAME_WIDTH_MAX);
        let name_left = if group_width > 0.0 { group_width + 12.0 } else { 0.0 };
        let labels_right = name_left + name_width + 14.0;
        let columns = self.columns(labels_right);
        let mut y = top;
        for (panel, columns) in self.panels.iter().zip(&columns) {
            text(ink, "s strong", columns.from, y + 12.0, &panel.axis);
        }
        y += 22.0;
        let names_top = y;
        y += REFERENCE * self.panels.iter().map(Panel::names).max().unwrap_or(0) as f64;
        let rows_top = y + if self.repeats_axis() { 20.0 } else { 2.0 };
        let tops = self.row_tops(rows_top, GROUP_GAP);
        let bottom = tops.last().copied().unwrap_or(rows_top);
        for (panel, columns) in self.panels.iter().zip(&columns) {
            self.draw_axis(ink, panel, columns, rows_top, bottom);
            draw_references(ink, panel, columns, names_top, (rows_top, bottom));
        }
        for (index, label) in self.labels.iter().enumerate() {
            let middle = tops[index] + self.row_height() / 2.0 + 4.0;
            row_group(ink, tips.get(index), |ink| {
                if self.begins_group(index) {
                    let name = label.group.as_deref().unwrap_or("");
                    if index > 0 {
                        let above = tops[index] - GROUP_GAP / 2.0 - ROW_GAP / 2.0;
                        line(ink, "grid", (0.0, above), (Width::Wide.units(), above));
                    }
                    text(ink, "t strong", 0.0, middle, &fitted(name, TEXT, group_width));
                }
                let name = fitted(&label.name, TEXT, name_width);
                text(ink, "t", name_left, middle, &name);
                for (panel, columns) in self.panels.iter().zip(&columns) {
                    self.draw_row(ink, panel, columns, index, (tops[index], tops[index + 1]));
                }
            });
        }
        bottom + 26.0
    }

    fn draw_below(&self, ink: &mut Markup, panel: &Panel, top: f64, tips: &[String]) -> f64 {
        let wanted = self.widest(|label| &label.name, 400.0, 400.0);
        let value_width = Self::value_width(panel);
        let room = Width::Narrow.units() - value_width - wanted - 20.0;
        let above = wanted > 122.0 || room < ROOM;
        let columns = Columns {
            left: 0.0,
            from: if above { 2.0 } else { wanted + 10.0 },
            to: Width::Narrow.units() - value_width - 10.0,
            right: Width::Narrow.units(),
        };
        text(ink, "s strong", columns.left, top + 12.0, &panel.axis);
        let names_top = top + 22.0;
        let rows_top = names_top
            + REFERENCE * panel.names() as f64
            + if self.repeats_axis() { 20.0 } else { 2.0 };
        let head = if above { 18.0 } else { 0.0 };
        // Names above their marks stand clear of the axis at the left.
        let left = if above { 8.0 } else { 0.0 };
        let mut y = rows_top;
        let mut tops = Vec::with_capacity(self.labels.len() + 1);
        for index in 0..self.labels.len() {
            y += if self.begins_group(index) { 24.0 } else { 0.0 } + head;
            tops.push(y);
            y += self.row_height() + ROW_GAP;
        }
        tops.push(y);
        self.draw_axis(ink, panel, &columns, rows_top, y);
        draw_references(ink, panel, &columns, names_top, (rows_top, y));
        for (index, label) in self.labels.iter().enumerate() {
            row_group(ink, tips.get(index), |ink| {
                if self.begins_group(index) {
                    let name = label.group.as_deref().unwrap_or("");
                    text(ink, "t strong halo", left, tops[index] - head - 5.0, name);
                }
                let name = fitted(&label.name, TEXT, Width::Narrow.units() - left);
                if above {
                    text(ink, "t halo", left, tops[index] - 4.0, &name);
                } else {
                    let middle = tops[index] + self.row_height() / 2.0 + 4.0;
                    text(ink, "t", 0.0, middle, &name);
                }
                self.draw_row(ink, panel, &columns, index, (tops[index], tops[index + 1]));
            });
        }
        y + 26.0
    }

    /// Axis lines, their labels and the value to compare with.
    fn draw_axis(&self, ink: &mut Markup, panel: &Panel, at: &Columns, top: f64, bottom: f64) {
        let room = at.to - at.from;
        let wanted = if room > 420.0 {
            8
        } else if room > 240.0 {
            6
        } else {
            3
        };
        let mut free_from = f64::NEG_INFINITY;
        for tick in panel.scale.ticks(wanted) {
            let x = at.x(panel.scale, tick.value);
            let half = text_width(&tick.label, SMALL) / 2.0;
            line(ink, "grid", (x, top), (x, bottom));
            if x - half > free_from {
                text(ink, "s middle", x, bottom + 16.0, &tick.label);
                if self.repeats_axis() {
                    text(ink, "s middle", x, top - 6.0, &tick.label);
                }
                free_from = x + half + 6.0;
            }
        }
        let origin = at.x(panel.scale, panel.scale.origin());
        line(ink, "axis", (origin, top), (origin, bottom));
    }

    fn draw_row(
        &self,
        ink: &mut Markup,
        panel: &Panel,
        at: &Columns,
        index: usize,
        (top, next): (f64, f64),
    ) {
        let (marks, values) = &panel.rows[index];
        for mark in marks {
            draw_mark(ink, panel.scale, at, mark, (top, self.row_height(), next));
        }
        let lanes = f64::from(self.lanes);
        let spread = self.row_height() / (values.len().max(1) as f64).min(lanes.max(1.0));
        for (lane, value) in values.iter().enumerate() {
            let y = top + spread * (lane as f64 + 0.5) + 4.0;
            text(ink, "s end value", at.right, y, value);
        }
    }

    /// Columns of the axes side by side.
    fn columns(&self, labels_right: f64) -> Vec<Columns> {
        let count = self.panels.len().max(1) as f64;
        let room = Width::Wide.units() - labels_right - PANEL_GAP * (count - 1.0);
        let each = room / count;
        let mut left = labels_right;
        self.panels
            .iter()
            .map(|panel| {
                let right = left + each;
                let to = right - Self::value_width(panel) - 10.0;
                let columns = Columns { left, from: left, to, right };
                left = right + PANEL_GAP;
                columns
            })
            .collect()
    }

    fn value_width(panel: &Panel) -> f64 {
        panel
            .rows
            .iter()
            .flat_map(|(_, values)| values)
            .map(|value| text_width(value, SMALL))
            .fold(18.0, f64::max)
    }

    fn widest<'a>(&'a self, part: impl Fn(&'a Label) -> &'a str, weight: f64, most: f64) -> f64 {
        let boldness = if weight > 500.0 { 1.08 } else { 1.0 };
        self.labels
            .iter()
            .map(|label| text_width(part(label), TEXT) * boldness)
            .fold(0.0, f64::max)
            .min(most)
    }

    /// Upper ends of the rows, and at last the lower end of all.
    fn row_tops(&self, top: f64, group_gap: f64) -> Vec<f64> {
        let mut y = top;
        let mut tops = Vec::with_capacity(self.labels.len() + 1);
        for index in 0..self.labels.len() {
            if index > 0 && self.begins_group(index) {
                y += group_gap;
            }
            tops.push(y);
            y += self.row_height() + ROW_GAP;
        }
        tops.push(y);
        tops
    }

    fn begins_group(&self, index: usize) -> bool {
        let group = &self.labels[index].group;
        group.is_some() && (index == 0 || self.labels[index - 1].group != *group)
    }

    fn row_height(&self) -> f64 {
        LANE * f64::from(self.lanes.max(1))
    }

    fn repeats_axis(&self) -> bool {
        self.labels.len() >= TOP_AXIS_ROWS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::{Shape, Tone};

    #[test]
    fn a_row_without_a_value_has_no_mark_but_a_label() {
        let chart = RowChart {
            labels: vec![Label { group: None, name: "strict".to_owned() }],
            panels: vec![Panel {
                axis: "share".to_owned(),
                scale: Scale::Shares { min: 0.0 },
                rows: vec![(
                    vec![
                        Mark::Whisker { from: f64::NAN, to: f64::NAN },
                        Mark::Point { at: f64::NAN, shape: Shape::Dot, tone: Tone::First },
                    ],
                    vec!["not available".to_owned()],
                )],
                references: Vec::new(),
            }],
            keys: Vec::new(),
            lanes: 1,
        };
        for width in [Width::Wide, Width::Narrow] {
            let mut ink = Markup::default();
            let height = chart.draw(&mut ink, width, &["strict".to_owned()]);
            let drawn = ink.finish();
            assert!(height > 40.0 && drawn.contains(">strict</text>"), "{drawn}");
            assert!(!drawn.contains("circle") && !drawn.contains("NaN"), "{drawn}");
        }
    }
}
