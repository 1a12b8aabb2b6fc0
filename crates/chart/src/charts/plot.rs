//! Takes the frame of a plot and its axes, gives places in it, its grid and its ticks.

use crate::canvas::{SMALL, Width, line, text, text_width};
use crate::markup::Markup;
use crate::scale::{Scale, round_step, steps};

/// Where a plot lies: values from the left to the right, and upright on a scale.
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) height: f64,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) scale: Scale,
}

impl Plot {
    /// Place of a value along the plot.
    pub(super) fn x(&self, value: f64) -> f64 {
        let place = (value - self.from) / (self.to - self.from);
        let place = if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) };
        self.left + place * (self.right - self.left)
    }

    /// Height of a value.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom() - self.scale.place(value) * self.height
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn middle(&self) -> f64 {
        (self.left + self.right) / 2.0
    }

    /// The grid, with its labels at the left.
    pub(super) fn draw_ticks(&self, ink: &mut Markup, wanted: u32) {
        for tick in self.scale.ticks(wanted) {
            let y = self.y(tick.value);
            line(ink, "grid", (self.left, y), (self.right, y));
            text(ink, "s end", self.left - 8.0, y + 4.0, &tick.label);
        }
    }

    /// The line at the bottom.
    pub(super) fn draw_floor(&self, ink: &mut Markup) {
        line(ink, "axis", (self.left, self.bottom()), (self.right, self.bottom()));
    }

    /// Round numbers below the plot.
    pub(super) fn draw_numbers(&self, ink: &mut Markup, width: Width) {
        let step = round_step(self.to - self.from, if width == Width::Wide { 10 } else { 5 });
        let first = (self.from / step - 1e-6).ceil() * step;
        let labels = steps(first, self.to, step)
            .map(|value| (value, crate::numbers::stepped(value, step)))
            .collect::<Vec<_>>();
        self.draw_labels(ink, width, &labels);
    }

    /// Labels below the plot, as many as have room.
    pub(super) fn draw_labels(&self, ink: &mut Markup, width: Width, labels: &[(f64, String)]) {
        let mut free_from = f64::NEG_INFINITY;
        for (value, label) in labels {
            let x = self.x(*value);
            let half = text_width(label, SMALL) / 2.0;
            line(ink, "axis", (x, self.bottom()), (x, self.bottom() + 4.0));
            if x - half > free_from && x + half <= width.units() {
                text(ink, "s middle", x, self.bottom() + 19.0, label);
                free_from = x + half + 6.0;
            }
        }
    }
}
