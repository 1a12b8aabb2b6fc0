//! Takes pairs by match weight, gives a histogram on a logarithmic scale with the thresholds.

use super::scale::{round_step, whole_bits};
use super::{
    Drawing, Key, SMALL, Scale, Shape, Tone, Width, legend, line, rectangle, row_group, text,
    text_width,
};
use crate::report::markup::Markup;
use crate::report::model::{Thresholds, WeightBin};
use crate::report::numbers;

/// Height of the plot itself.
const PLOT: f64 = 280.0;

/// Candidate pairs by match weight.
#[derive(Clone, Debug)]
pub(in crate::report) struct Histogram {
    /// Bins, ascending.
    pub(in crate::report) bins: Vec<WeightBin>,
    /// Where clusters were cut.
    pub(in crate::report) thresholds: Thresholds,
}

/// Where the plot lies.
struct Plot {
    left: f64,
    right: f64,
    top: f64,
    from_bits: f64,
    to_bits: f64,
    scale: Scale,
}

impl Plot {
    fn x(&self, bits: f64) -> f64 {
        let place = (bits - self.from_bits) / (self.to_bits - self.from_bits);
        self.left + place.clamp(0.0, 1.0) * (self.right - self.left)
    }

    fn y(&self, pairs: f64) -> f64 {
        self.bottom() - self.scale.place(pairs) * PLOT
    }

    fn bottom(&self) -> f64 {
        self.top + PLOT
    }
}

impl Drawing for Histogram {
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64 {
        let keys = [
            Key { shape: Shape::Bar, tone: Tone::Quiet, text: "Pairs compared and kept" },
            Key { shape: Shape::Bar, tone: Tone::Second, text: "Expected matches among them" },
        ];
        let top = legend(ink, &keys, width) + 12.0;
        text(ink, "s strong", 0.0, top + 4.0, "Pairs (logarithmic scale)");
        let plot = self.plot(width, top + 84.0);
        Self::draw_counts(ink, &plot);
        for (index, bin) in self.bins.iter().enumerate() {
            row_group(ink, tips.get(index), |ink| Self::draw_bin(ink, &plot, bin));
        }
        line(ink, "axis", (plot.left, plot.bottom()), (plot.right, plot.bottom()));
        self.draw_thresholds(ink, &plot, width);
        Self::draw_weights(ink, &plot, width);
        plot.bottom() + 78.0
    }
}

impl Histogram {
    fn plot(&self, width: Width, top: f64) -> Plot {
        let Thresholds { strict_bits, main_bits, loose_bits } = self.thresholds;
        let ends =
            self.bins.iter().flat_map(|bin| [f64::from(bin.from_bits), f64::from(bin.to_bits)]);
        let (from_bits, to_bits) = ends
            .chain([strict_bits, main_bits, loose_bits])
            .filter(|bits| bits.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), bits| {
                (min.min(bits), max.max(bits))
            });
        let scale = Scale::log_counts(self.bins.iter().map(|bin| bin.pairs));
        let widest =
            scale.ticks(6).iter().map(|tick| text_width(&tick.label, SMALL)).fold(0.0, f64::max);
        Plot {
            left: widest + 10.0,
            right: width.units() - 6.0,
            top,
            from_bits,
            to_bits: to_bits.max(from_bits + 1.0),
            scale,
        }
    }

    fn draw_counts(ink: &mut Markup, plot: &Plot) {
        for tick in plot.scale.ticks(6) {
            let y = plot.y(tick.value);
            line(ink, "grid", (plot.left, y), (plot.right, y));
            text(ink, "s end", plot.left - 8.0, y + 4.0, &tick.label);
        }
    }

    fn draw_bin(ink: &mut Markup, plot: &Plot, bin: &WeightBin) {
        let (left, right) = (plot.x(f64::from(bin.from_bits)), plot.x(f64::from(bin.to_bits)));
        let gap = if right - left > 6.0 { 1.0 } else { 0.25 };
        let wide = right - left - gap;
        // The whole column answers to the pointer, however low its bars are.
        rectangle(ink, "clear", (left, plot.top), (right - left, PLOT));
        let y = plot.y(bin.pairs as f64);
        rectangle(ink, "quiet", (left + gap / 2.0, y), (wide, plot.bottom() - y));
        let y = plot.y(bin.expected_matches);
        rectangle(ink, "second", (left + gap / 2.0, y), (wide, plot.bottom() - y));
    }

    /// Lines through the plot with their names above it. The lowest weight has the highest name, so
    /// that no name crosses a line at its right.
    fn draw_thresholds(&self, ink: &mut Markup, plot: &Plot, width: Width) {
        let thresholds = [
            ("loose", self.thresholds.loose_bits, "threshold dotted"),
            ("main", self.thresholds.main_bits, "threshold"),
            ("strict", self.thresholds.strict_bits, "threshold dashed"),
        ];
        for (index, (name, bits, class)) in thresholds.into_iter().enumerate() {
            if !bits.is_finite() {
                continue;
            }
            let x = plot.x(bits);
            let y = plot.top - 56.0 + 18.0 * index as f64;
            line(ink, class, (x, y + 6.0), (x, plot.bottom()));
            let probability = numbers::percent(numbers::probability_of_bits(bits));
            let label = match width {
                Width::Wide => {
                    format!("{name}: {} bits, probability {probability}", numbers::bits(bits))
                }
                Width::Narrow => format!("{name}: {} bits, {probability}", numbers::bits(bits)),
            };
            let fits_left = x - text_width(&label, SMALL) - 6.0 > 0.0;
            let fits_right = x + text_width(&label, SMALL) + 6.0 < width.units();
            let (class, x) = if fits_right || !fits_left {
                ("s strong halo", x + 6.0)
            } else {
                ("s strong halo end", x - 6.0)
            };
            text(ink, class, x, y + 10.0, &label);
        }
    }

    /// The axis: weight, and below it the probability it stands for.
    fn draw_weights(ink: &mut Markup, plot: &Plot, width: Width) {
        let span = plot.to_bits - plot.from_bits;
        let step = round_step(span, if width == Width::Wide { 12 } else { 5 }).max(1.0);
        let mut bits = (plot.from_bits / step).ceil() * step;
        let mut free_from = f64::NEG_INFINITY;
        while bits <= plot.to_bits {
            let x = plot.x(bits);
            let probability = numbers::percent(numbers::probability_of_bits(bits));
            let half = text_width(&probability, SMALL) / 2.0;
            line(ink, "axis", (x, plot.bottom()), (x, plot.bottom() + 4.0));
            if x - half > free_from && x + half <= width.units() {
                text(ink, "s middle strong", x, plot.bottom() + 19.0, &whole_bits(bits));
                text(ink, "s middle", x, plot.bottom() + 35.0, &probability);
                free_from = x + half + 6.0;
            }
            bits += step;
        }
        let label = match width {
            Width::Wide => {
                "Match weight in bits; below it, the probability that the pair is one person"
            }
            Width::Narrow => "Match weight in bits, and probability",
        };
        text(ink, "s strong middle", (plot.left + plot.right) / 2.0, plot.bottom() + 62.0, label);
    }
}
