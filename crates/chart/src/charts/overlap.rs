//! Takes persons by combination of sources, gives a matrix of combinations with bars (an UpSet
//! plot; Lex et al. 2014, doi:10.1109/TVCG.2014.2346248) that runs down the page.

use crate::canvas::{
    Drawing, SMALL, Shape, TEXT, Tone, Width, fitted, line, point, px, rectangle, row_group, text,
    text_width,
};
use crate::markup::Markup;
use crate::scale::Scale;

/// Height of a row.
const ROW: f64 = 22.0;

/// Persons by the sources they were found in.
#[derive(Clone, Debug)]
pub struct OverlapChart {
    /// Sources, in the order of the report.
    pub sources: Vec<String>,
    /// Rows from the most persons down.
    pub rows: Vec<OverlapRow>,
}

/// One combination.
#[derive(Clone, Debug)]
pub struct OverlapRow {
    /// Whether each source belongs to it; `None` for the row that sums up rare combinations.
    pub belongs: Option<Vec<bool>>,
    /// Name of a row that sums up.
    pub name: String,
    /// Persons.
    pub persons: u64,
    /// Persons as text.
    pub value: String,
}

impl Drawing for OverlapChart {
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64 {
        let room = if width == Width::Wide { 330.0 } else { 150.0 };
        let columns = self.sources.len().max(1) as f64;
        let step = (room / columns).min(if width == Width::Wide { 30.0 } else { 19.0 });
        let matrix = step * columns;
        let header = self.header_height();
        let value_width =
            self.rows.iter().map(|row| text_width(&row.value, SMALL)).fold(20.0, f64::max);
        let from = matrix + 16.0;
        let to = width.units() - value_width - 10.0;
        let bottom = header + ROW * self.rows.len() as f64;
        for (index, source) in self.sources.iter().enumerate() {
            self.draw_source(ink, source, step * (index as f64 + 0.5), header);
        }
        let scale = Scale::counts(self.rows.iter().map(|row| row.persons));
        text(ink, "s strong end", width.units(), 14.0, "Persons");
        let wanted = if width == Width::Wide { 5 } else { 2 };
        for tick in scale.ticks(wanted) {
            let x = from + scale.place(tick.value) * (to - from);
            line(ink, "grid", (x, header), (x, bottom));
            text(ink, "s middle", x, bottom + 16.0, &tick.label);
        }
        line(ink, "axis", (from, header), (from, bottom));
        for (index, row) in self.rows.iter().enumerate() {
            let y = header + ROW * (index as f64 + 0.5);
            row_group(ink, tips.get(index), |ink| {
                if index % 2 == 0 {
                    rectangle(ink, "stripe", (0.0, y - ROW / 2.0), (matrix, ROW));
                }
                Self::draw_combination(ink, row, step, y, matrix);
                let long = scale.place(row.persons as f64) * (to - from);
                let least = if row.persons > 0 { 1.5 } else { 0.0 };
                rectangle(ink, "first", (from, y - 7.0), (long.max(least), 14.0));
                text(ink, "s end value", width.units(), y + 4.0, &row.value);
            });
        }
        bottom + 26.0
    }
}

impl OverlapChart {
    /// Room for names that climb at 45 degrees.
    fn header_height(&self) -> f64 {
        let longest =
            self.sources.iter().map(|name| text_width(name, SMALL)).fold(0.0, f64::max).min(150.0);
        longest * 0.71 + 24.0
    }

    fn draw_source(&self, ink: &mut Markup, source: &str, x: f64, header: f64) {
        let y = header - 8.0;
        ink.leaf(
            "text",
            &[
                ("class", "s"),
                ("x", &px(x)),
                ("y", &px(y)),
                ("transform", &format!("rotate(-45 {} {})", px(x), px(y))),
            ],
            &fitted(source, SMALL, 150.0),
        );
    }

    fn draw_combination(ink: &mut Markup, row: &OverlapRow, step: f64, y: f64, matrix: f64) {
        let Some(belongs) = &row.belongs else {
            text(ink, "s", 2.0, y + 4.0, &fitted(&row.name, TEXT, matrix));
            return;
        };
        let x = |index: usize| step * (index as f64 + 0.5);
        let first = belongs.iter().position(|belongs| *belongs);
        let last = belongs.iter().rposition(|belongs| *belongs);
        if let (Some(first), Some(last)) = (first, last) {
            line(ink, "joined", (x(first), y), (x(last), y));
        }
        for (index, belongs) in belongs.iter().enumerate() {
            if *belongs {
                point(ink, Shape::Dot, Tone::First, x(index), y);
            } else {
                ink.empty(
                    "circle",
                    &[("class", "hole"), ("cx", &px(x(index))), ("cy", &px(y)), ("r", "3")],
                );
            }
        }
    }
}
