//! Takes counts by a value, gives a histogram with thresholds.

use std::borrow::Cow;

use super::plot::Plot;
use crate::canvas::{
    Drawing, Key, SMALL, Stroke, Width, legend, line, rectangle, row_group, text, text_width,
};
use crate::figure::{Figure, Head};
use crate::markup::Markup;
use crate::numbers;
use crate::scale::{Scale, round_step, whole_bits};
use crate::table::{Table, figures, words};

/// Height of the plot itself.
const PLOT: f64 = 280.0;
/// Height of a threshold's name above the plot.
const NAME: f64 = 18.0;

/// Counts by a value.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// Bins, ascending.
    pub bins: Vec<Bin>,
    /// Values to compare with, ascending, so that no name crosses a line at its right.
    pub thresholds: Vec<Threshold>,
    /// Legend; the first is for all, the second for the part.
    pub keys: Vec<Key>,
    /// What is counted, as the title of the upright axis.
    pub counted: Cow<'static, str>,
    /// Scale of the counts.
    pub scale: Scale,
    /// The axis of the values.
    pub ruler: Ruler,
}

/// One bin.
#[derive(Clone, Copy, Debug)]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// How many.
    pub count: u64,
    /// How many of them are of a kind that is shown in front.
    pub part: Option<f64>,
}

/// A value to compare with.
#[derive(Clone, Debug)]
pub struct Threshold {
    /// The value.
    pub at: f64,
    /// Its name on a wide page.
    pub wide: String,
    /// Its name on a narrow page.
    pub narrow: String,
    /// How its line is drawn.
    pub stroke: Stroke,
}

/// The axis of the values.
#[derive(Clone, Debug)]
pub enum Ruler {
    /// Match weights in bits, and below each the probability it stands for.
    Bits,
    /// Numbers, with the title of the axis.
    Numbers(Cow<'static, str>),
}

impl Drawing for Histogram {
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64 {
        let top = legend(ink, &self.keys, width) + 12.0;
        text(ink, "s strong", 0.0, top + 4.0, &self.counted);
        let plot = self.plot(width, top + 30.0 + NAME * self.thresholds.len() as f64);
        plot.draw_ticks(ink, 6);
        for (index, bin) in self.bins.iter().enumerate() {
            row_group(ink, tips.get(index), |ink| Self::draw_bin(ink, &plot, bin));
        }
        plot.draw_floor(ink);
        self.draw_thresholds(ink, &plot, width);
        match &self.ruler {
            Ruler::Bits => draw_bits(ink, &plot, width),
            Ruler::Numbers(title) => {
                plot.draw_numbers(ink, width);
                text(ink, "s strong middle", plot.middle(), plot.bottom() + 44.0, title);
                return plot.bottom() + 60.0;
            }
        }
        plot.bottom() + 78.0
    }
}

impl Histogram {
    /// The figure with its table: bins, counts, and the part where there is one.
    pub fn figure(self, head: Head) -> Figure {
        let Some((first, last)) = self.bins.first().zip(self.bins.last()) else {
            return head.empty("There is nothing to count.");
        };
        let value = |value: f64| match self.ruler {
            Ruler::Bits => numbers::bits(value),
            Ruler::Numbers(_) => numbers::plain(value),
        };
        let has_part = self.bins.iter().any(|bin| bin.part.is_some());
        let name = |index: usize, or: &str| {
            self.keys.get(index).map_or_else(|| or.to_owned(), |key| key.text.to_string())
        };
        let mut columns = vec![
            words(match &self.ruler {
                Ruler::Bits => "Match weight (bits)",
                Ruler::Numbers(title) => title,
            }),
            figures(&name(0, "Count")),
        ];
        columns.extend(has_part.then(|| figures(&name(1, "Part"))));
        let row = |bin: &Bin| {
            let mut row = vec![
                format!("{} to {}", value(bin.from), value(bin.to)),
                numbers::count(bin.count),
            ];
            row.extend(has_part.then(|| numbers::rounded(bin.part.unwrap_or(f64::NAN))));
            row
        };
        let thresholds = self.thresholds.iter().map(|threshold| format!(" {}.", threshold.wide));
        let all = self.bins.iter().fold(0, |sum: u64, bin| sum.saturating_add(bin.count));
        let description = format!(
            "{} in {} from {} to {}.{}",
            numbers::count(all),
            numbers::counted(self.bins.len() as u64, "bin", "bins"),
            value(first.from),
            value(last.to),
            thresholds.collect::<String>()
        );
        let table = Table { columns, rows: self.bins.iter().map(row).collect() };
        head.drawn(description, table, self)
    }

    fn plot(&self, width: Width, top: f64) -> Plot {
        let ends = self.bins.iter().flat_map(|bin| [bin.from, bin.to]);
        let (from, to) = ends
            .chain(self.thresholds.iter().map(|threshold| threshold.at))
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| {
                (min.min(value), max.max(value))
            });
        let (from, to) = if from.is_finite() { (from, to) } else { (0.0, 1.0) };
        let least = match self.ruler {
            Ruler::Bits => from + 1.0,
            Ruler::Numbers(_) => from + f64::MIN_POSITIVE,
        };
        let widest = self.scale.ticks(6).into_iter().map(|tick| text_width(&tick.label, SMALL));
        Plot {
            left: widest.fold(0.0, f64::max) + 10.0,
            right: width.units() - 6.0,
            top,
            height: PLOT,
            from,
            to: to.max(least),
            scale: self.scale,
        }
    }

    fn draw_bin(ink: &mut Markup, plot: &Plot, bin: &Bin) {
        let (left, right) = (plot.x(bin.from), plot.x(bin.to));
        let gap = if right - left > 6.0 { 1.0 } else { 0.25 };
        let wide = right - left - gap;
        // The whole column answers to the pointer, however low its bars are.
        rectangle(ink, "clear", (left, plot.top), (right - left, PLOT));
        let y = plot.y(bin.count as f64);
        rectangle(ink, "quiet", (left + gap / 2.0, y), (wide, plot.bottom() - y));
        if let Some(part) = bin.part {
            let y = plot.y(part);
            rectangle(ink, "second", (left + gap / 2.0, y), (wide, plot.bottom() - y));
        }
    }

    /// Lines through the plot with their names above it. The lowest value has the highest name, so
    /// that no name crosses a line at its right.
    fn draw_thresholds(&self, ink: &mut Markup, plot: &Plot, width: Width) {
        let room = NAME * self.thresholds.len() as f64 + 2.0;
        for (index, threshold) in self.thresholds.iter().enumerate() {
            if !threshold.at.is_finite() {
                continue;
            }
            let x = plot.x(threshold.at);
            let y = plot.top - room + NAME * index as f64;
            line(ink, threshold.stroke.threshold_class(), (x, y + 6.0), (x, plot.bottom()));
            let label = match width {
                Width::Wide => &threshold.wide,
                Width::Narrow => &threshold.narrow,
            };
            let fits_left = x - text_width(label, SMALL) - 6.0 > 0.0;
            let fits_right = x + text_width(label, SMALL) + 6.0 < width.units();
            let (class, x) = if fits_right || !fits_left {
                ("s strong halo", x + 6.0)
            } else {
                ("s strong halo end", x - 6.0)
            };
            text(ink, class, x, y + 10.0, label);
        }
    }
}

/// The axis of weights: bits, and below them the probability they stand for.
fn draw_bits(ink: &mut Markup, plot: &Plot, width: Width) {
    let span = plot.to - plot.from;
    let step = round_step(span, if width == Width::Wide { 12 } else { 5 }).max(1.0);
    let mut bits = (plot.from / step).ceil() * step;
    let mut free_from = f64::NEG_INFINITY;
    while bits <= plot.to {
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
    text(ink, "s strong middle", plot.middle(), plot.bottom() + 62.0, label);
}
