//! Takes marks of rows and values to compare with, draws them along an axis.

use super::rows::Panel;
use crate::canvas::{SMALL, Shape, Stroke, Tone, fitted, line, point, rectangle, text, text_width};
use crate::markup::Markup;
use crate::scale::Scale;

/// Height of one line of marks.
pub(super) const LANE: f64 = 15.0;
/// Height of the name of a value to compare with.
pub(super) const REFERENCE: f64 = 17.0;

/// One mark of a row.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A bar between two values, on a lane.
    Bar {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
        /// Colour.
        tone: Tone,
        /// Lane from the top.
        lane: u32,
    },
    /// A thin line between two values.
    Whisker {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// A shape at a value.
    Point {
        /// Value.
        at: f64,
        /// Shape.
        shape: Shape,
        /// Colour.
        tone: Tone,
    },
    /// A part of a bar as high as the row, with its text where there is room.
    Segment {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
        /// Colour.
        tone: Tone,
        /// Text.
        text: String,
    },
    /// A thin line without ends between two points.
    Link {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// A thin line down to the next row.
    Drop {
        /// Where.
        at: f64,
    },
}

/// A value to compare with, drawn through all rows.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The value.
    pub at: f64,
    /// Its name; may be empty.
    pub name: String,
    /// How its line is drawn.
    pub stroke: Stroke,
}

/// Where things stand across one axis.
pub(super) struct Columns {
    /// Left end of the labels.
    pub(super) left: f64,
    /// Left end of the axis.
    pub(super) from: f64,
    /// Right end of the axis.
    pub(super) to: f64,
    /// Right end of the values.
    pub(super) right: f64,
}

impl Columns {
    pub(super) fn x(&self, scale: Scale, value: f64) -> f64 {
        self.from + scale.place(value) * (self.to - self.from)
    }
}

/// Values to compare with, each with its name above the rows.
pub(super) fn draw_references(
    ink: &mut Markup,
    panel: &Panel,
    at: &Columns,
    top: f64,
    (rows_top, bottom): (f64, f64),
) {
    let mut y = top;
    for reference in panel.references.iter().filter(|reference| reference.at.is_finite()) {
        let x = at.x(panel.scale, reference.at);
        if reference.name.is_empty() {
            line(ink, reference.stroke.threshold_class(), (x, rows_top), (x, bottom));
            continue;
        }
        line(ink, reference.stroke.threshold_class(), (x, y + 3.0), (x, bottom));
        let wide = text_width(&reference.name, SMALL) + 6.0;
        let (class, x, most) = if x + wide < at.right || x - wide < at.left {
            ("s strong halo", x + 6.0, at.right - x - 6.0)
        } else {
            ("s strong halo end", x - 6.0, x - 6.0 - at.left)
        };
        text(ink, class, x, y + 12.0, &fitted(&reference.name, SMALL, most));
        y += REFERENCE;
    }
}

/// Draws a mark of a row from its upper end to that of the next; the row is as high as said.
pub(super) fn draw_mark(
    ink: &mut Markup,
    scale: Scale,
    at: &Columns,
    mark: &Mark,
    (top, height, next): (f64, f64, f64),
) {
    let middle = top + height / 2.0;
    match mark {
        Mark::Bar { from, to, tone, lane } => {
            let ends = [at.x(scale, *from), at.x(scale, *to)];
            let (left, right) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let long = if to.total_cmp(from).is_eq() { 0.0 } else { 1.5 };
            let y = top + f64::from(*lane) * LANE + 1.0;
            let size = ((right - left).max(long), LANE - 2.0);
            rectangle(ink, tone.class(), (left, y), size);
        }
        Mark::Whisker { from, to } if from.is_finite() && to.is_finite() => {
            let (x1, x2) = (at.x(scale, *from), at.x(scale, *to));
            line(ink, "whisker", (x1, middle), (x2, middle));
            for x in [x1, x2] {
                line(ink, "whisker", (x, middle - 4.0), (x, middle + 4.0));
            }
        }
        Mark::Point { at: value, shape, tone } if value.is_finite() => {
            point(ink, *shape, *tone, at.x(scale, *value), middle);
        }
        Mark::Segment { from, to, tone, text: name } => {
            let (x1, x2) = (at.x(scale, *from), at.x(scale, *to));
            let size = ((x2 - x1 - 1.0).max(0.75), height - 4.0);
            rectangle(ink, tone.class(), (x1, top + 2.0), size);
            if text_width(name, SMALL) + 8.0 <= x2 - x1 {
                let class = format!("s middle on-{}", tone.class());
                text(ink, &class, (x1 + x2 - 1.0) / 2.0, middle + 4.0, name);
            }
        }
        Mark::Link { from, to } if from.is_finite() && to.is_finite() => {
            line(ink, "whisker", (at.x(scale, *from), middle), (at.x(scale, *to), middle));
        }
        Mark::Drop { at: value } if value.is_finite() => {
            let x = at.x(scale, *value);
            line(ink, "drop", (x, top + height - 1.0), (x, next + 1.0));
        }
        Mark::Whisker { .. } | Mark::Point { .. } | Mark::Link { .. } | Mark::Drop { .. } => {}
    }
}
