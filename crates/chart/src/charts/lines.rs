//! Takes values along time, gives lines with bands: straight from point to point for counts by
//! month, stepped for survival curves (Kaplan & Meier 1958, doi:10.1080/01621459.1958.10501452) with the numbers at risk.

use std::borrow::Cow;
use std::fmt::Write;

use super::plot::Plot;
use crate::canvas::{
    Drawing, Key, SMALL, Shape, Stroke, Tone, Width, fitted, legend, line, point, px, rectangle,
    row_group, text, text_width,
};
use crate::figure::{Figure, Head};
use crate::markup::Markup;
use crate::numbers;
use crate::scale::Scale;
use crate::table::{Table, figures, words};

/// Height of the plot itself.
const PLOT: f64 = 280.0;
/// Height of the name of a moment above the plot, and of a line of numbers at risk below it.
const NAME: f64 = 18.0;
/// Months between labels, of which the least that has room is taken; each divides a year or is years.
const MONTH_STEPS: [u32; 8] = [1, 2, 3, 6, 12, 24, 60, 120];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Lines along time.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Lines; up to four are told apart by dashes and marks as well as by colour.
    pub lines: Vec<Line>,
    /// The axis of time.
    pub along: Along,
    /// Scale of the values.
    pub scale: Scale,
    /// What the values are, as the title of the upright axis.
    pub value: Cow<'static, str>,
    /// How a value is written.
    pub number: fn(f64) -> String,
    /// What the bands are; empty where no line has one.
    pub band: Cow<'static, str>,
    /// Moments to see, ascending.
    pub moments: Vec<Moment>,
    /// Numbers below the axis, a row for each line.
    pub at_risk: Option<AtRisk>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name.
    pub name: String,
    /// Whether a value holds until the next one.
    pub is_stepped: bool,
    /// Points, ascending. A value that is no number leaves a gap.
    pub points: Vec<LinePoint>,
}

/// One point.
#[derive(Clone, Copy, Debug)]
pub struct LinePoint {
    /// When.
    pub at: f64,
    /// Value.
    pub value: f64,
    /// Lower end of the band; no number where there is none.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// The axis of time.
#[derive(Clone, Debug)]
pub enum Along {
    /// Numbers, such as days since a start, with the title of the axis.
    Numbers(Cow<'static, str>),
    /// Months of the calendar, counted from 0.
    Months {
        /// Year of month 0.
        year: u32,
        /// Month 0 in its year, from 1 to 12.
        month: u32,
    },
}

/// A moment to see.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: f64,
    /// What happened.
    pub name: String,
}

/// Numbers below the axis.
#[derive(Clone, Debug)]
pub struct AtRisk {
    /// When they were counted.
    pub at: Vec<f64>,
    /// For each line as many texts as moments, so that small numbers can be hidden by whoever draws.
    pub rows: Vec<Vec<String>>,
}

/// How the line of an index differs from the others without colour.
fn stroke(index: usize) -> Stroke {
    [Stroke::Solid, Stroke::Dashed, Stroke::Dotted, Stroke::Dashed][index % 4]
}

fn shape(index: usize) -> Shape {
    [Shape::Dot, Shape::Square, Shape::Diamond, Shape::Bar][index % 4]
}

impl Along {
    /// A moment in words.
    fn label(&self, at: f64) -> String {
        match self {
            Self::Numbers(_) => numbers::plain(at),
            Self::Months { .. } => {
                let (year, month) = self.month(at);
                format!("{year}-{month:02}")
            }
        }
    }

    /// Year and month, from 1 to 12.
    fn month(&self, at: f64) -> (u32, u32) {
        let Self::Months { year, month } = self else { return (0, 1) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "months are small whole numbers; others are drawn at the start"
        )]
        let months = month.saturating_sub(1) + at.clamp(0.0, 12_000.0) as u32;
        (year + months / 12, months % 12 + 1)
    }
}

impl Lines {
    /// The figure with its table: a row for each point.
    pub fn figure(self, head: Head) -> Figure {
        if self.lines.iter().all(|line| line.points.is_empty()) {
            return head.empty("There is no point to show.");
        }
        let has_band = !self.band.is_empty();
        let when = match &self.along {
            Along::Numbers(title) => title.as_ref(),
            Along::Months { .. } => "Month",
        };
        let mut columns = vec![words("Line"), words(when), figures(&self.value)];
        if has_band {
            columns.extend([figures("Lower end"), figures("Upper end")]);
        }
        let number = |value: f64| {
            if value.is_finite() { (self.number)(value) } else { numbers::NOT_AVAILABLE.to_owned() }
        };
        let cells = |line: &Line, point: &LinePoint| {
            let mut row = vec![line.name.clone(), self.along.label(point.at), number(point.value)];
            if has_band {
                row.extend([number(point.low), number(point.high)]);
            }
            row
        };
        let rows = self.lines.iter().flat_map(|line| line.points.iter().map(move |p| (line, p)));
        let rows = rows.map(|(line, point)| cells(line, point)).collect();
        let sentence = |line: &Line| {
            let known = || line.points.iter().filter(|point| point.value.is_finite());
            let (Some(first), Some(last)) = (known().next(), known().next_back()) else {
                return format!("{}: {}.", line.name, numbers::NOT_AVAILABLE);
            };
            let at = |point: &LinePoint| {
                format!("{} at {}", number(point.value), self.along.label(point.at))
            };
            format!("{}: from {} to {}.", line.name, at(first), at(last))
        };
        let moment = |moment: &Moment| format!("{}: {}.", self.along.label(moment.at), moment.name);
        let sentences: Vec<String> =
            self.lines.iter().map(sentence).chain(self.moments.iter().map(moment)).collect();
        head.drawn(sentences.join(" "), Table { columns, rows }, self)
    }

    fn keys(&self) -> Vec<Key> {
        let key = |(index, line): (usize, &Line)| Key {
            shape: if line.is_stepped { Shape::Line(stroke(index)) } else { shape(index) },
            tone: Tone::of(index),
            text: line.name.clone().into(),
        };
        let mut keys: Vec<Key> = self.lines.iter().enumerate().map(key).collect();
        if !self.band.is_empty() {
            keys.push(Key { shape: Shape::Band, tone: Tone::First, text: self.band.clone() });
        }
        keys
    }

    fn plot(&self, width: Width, top: f64) -> Plot {
        let points = || self.lines.iter().flat_map(|line| &line.points).map(|point| point.at);
        let at_risk = self.at_risk.iter().flat_map(|at_risk| at_risk.at.iter().copied());
        let ends = points().chain(at_risk).chain(self.moments.iter().map(|moment| moment.at));
        let (from, to) = ends
            .filter(|at| at.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), at| (min.min(at), max.max(at)));
        let (from, to) = if from < to { (from, to) } else { (0.0, 1.0) };
        let widest = self.scale.ticks(6).into_iter().map(|tick| text_width(&tick.label, SMALL));
        // Half a label stands out at the right.
        Plot {
            left: widest.fold(0.0, f64::max) + 10.0,
            right: width.units() - 16.0,
            top,
            height: PLOT,
            from,
            to,
            scale: self.scale,
        }
    }
}

impl Drawing for Lines {
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64 {
        let top = legend(ink, &self.keys(), width) + 12.0;
        text(ink, "s strong", 0.0, top + 4.0, &self.value);
        let plot = self.plot(width, top + 22.0 + NAME * self.moments.len() as f64);
        plot.draw_ticks(ink, 6);
        for (index, line) in self.lines.iter().enumerate() {
            draw_band(ink, &plot, line, Tone::of(index));
        }
        plot.draw_floor(ink);
        for (index, line) in self.lines.iter().enumerate() {
            draw_line(ink, &plot, line, index);
        }
        let mut tips = tips.iter();
        for (index, line) in self.lines.iter().enumerate() {
            for each in &line.points {
                row_group(ink, tips.next(), |ink| draw_point(ink, &plot, line, *each, index));
            }
        }
        self.draw_moments(ink, &plot, width);
        let bottom = match &self.along {
            Along::Numbers(title) => {
                plot.draw_numbers(ink, width);
                text(ink, "s strong middle", plot.middle(), plot.bottom() + 42.0, title);
                plot.bottom() + 54.0
            }
            Along::Months { .. } => {
                self.draw_months(ink, &plot);
                plot.bottom() + 46.0
            }
        };
        match &self.at_risk {
            Some(at_risk) => self.draw_at_risk(ink, &plot, width, at_risk, bottom),
            None => bottom,
        }
    }
}

impl Lines {
    fn draw_moments(&self, ink: &mut Markup, plot: &Plot, width: Width) {
        let room = NAME * self.moments.len() as f64 + 2.0;
        for (index, moment) in self.moments.iter().enumerate() {
            let (x, y) = (plot.x(moment.at), plot.top - room + NAME * index as f64);
            line(ink, "threshold dashed", (x, y + 6.0), (x, plot.bottom()));
            let wide = text_width(&moment.name, SMALL) + 6.0;
            let (class, at, most) = if x + wide < width.units() || x < width.units() / 2.0 {
                ("s strong halo", x + 6.0, width.units() - x - 6.0)
            } else {
                ("s strong halo end", x - 6.0, x - 6.0)
            };
            text(ink, class, at, y + 10.0, &fitted(&moment.name, SMALL, most));
        }
    }

    /// Months below the plot, with the year under the first and under each January.
    fn draw_months(&self, ink: &mut Markup, plot: &Plot) {
        let room = (plot.right - plot.left) / (plot.to - plot.from).max(1.0);
        let step = MONTH_STEPS.into_iter().find(|step| room * f64::from(*step) >= 40.0);
        let step = step.unwrap_or(MONTH_STEPS[MONTH_STEPS.len() - 1]);
        let mut is_first = true;
        let mut at = plot.from.ceil();
        while at <= plot.to {
            let (year, month) = self.along.month(at);
            if (year * 12 + month - 1).is_multiple_of(step) {
                let x = plot.x(at);
                line(ink, "axis", (x, plot.bottom()), (x, plot.bottom() + 4.0));
                let name = MONTHS[(month as usize - 1) % 12];
                if step >= 12 {
                    text(ink, "s middle", x, plot.bottom() + 19.0, &year.to_string());
                } else {
                    text(ink, "s middle", x, plot.bottom() + 19.0, name);
                    if month == 1 || is_first {
                        text(ink, "s middle strong", x, plot.bottom() + 35.0, &year.to_string());
                    }
                }
                is_first = false;
            }
            at += 1.0;
        }
    }

    fn draw_at_risk(
        &self,
        ink: &mut Markup,
        plot: &Plot,
        width: Width,
        at_risk: &AtRisk,
        top: f64,
    ) -> f64 {
        let mut y = top + 18.0;
        for (index, (line, row)) in self.lines.iter().zip(&at_risk.rows).enumerate() {
            point(ink, Shape::Line(stroke(index)), Tone::of(index), 8.0, y - 4.0);
            let name = format!("At risk: {}", line.name);
            text(ink, "s strong", 22.0, y, &fitted(&name, SMALL, width.units() - 22.0));
            y += NAME;
            let mut free_from = f64::NEG_INFINITY;
            for (at, number) in at_risk.at.iter().zip(row) {
                let (x, half) = (plot.x(*at), text_width(number, SMALL) / 2.0);
                if x - half > free_from && x + half <= width.units() {
                    text(ink, "s middle value", x, y, number);
                    free_from = x + half + 8.0;
                }
            }
            y += NAME + 4.0;
        }
        y - 8.0
    }
}

/// Points that follow each other without a gap.
fn runs(line: &Line) -> impl Iterator<Item = &[LinePoint]> {
    line.points.split(|point| !point.value.is_finite()).filter(|run| !run.is_empty())
}

/// Corners from point to point; those of a stepped line turn before they climb.
fn corners(run: &[LinePoint], is_stepped: bool, of: impl Fn(&LinePoint) -> f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::with_capacity(run.len() * 2);
    for point in run {
        if let (true, Some((_, before))) = (is_stepped, corners.last().copied()) {
            corners.push((point.at, before));
        }
        corners.push((point.at, of(point)));
    }
    corners
}

fn points_of(plot: &Plot, corners: impl Iterator<Item = (f64, f64)>) -> String {
    let mut out = String::new();
    for (at, value) in corners {
        let gap = if out.is_empty() { "" } else { " " };
        write!(out, "{gap}{},{}", px(plot.x(at)), px(plot.y(value)))
            .expect("a string takes what is written");
    }
    out
}

fn draw_band(ink: &mut Markup, plot: &Plot, line: &Line, tone: Tone) {
    let has_band = |point: &LinePoint| point.low.is_finite() && point.high.is_finite();
    for run in line.points.split(|point| !has_band(point)).filter(|run| run.len() > 1) {
        let above = corners(run, line.is_stepped, |point| point.high);
        let below = corners(run, line.is_stepped, |point| point.low);
        let points = points_of(plot, above.into_iter().chain(below.into_iter().rev()));
        let class = format!("band {}", tone.class());
        ink.empty("polygon", &[("class", &class), ("points", &points)]);
    }
}

fn draw_line(ink: &mut Markup, plot: &Plot, line: &Line, index: usize) {
    for run in runs(line) {
        let corners = corners(run, line.is_stepped, |point| point.value);
        let class = stroke(index).line_class(Tone::of(index));
        let points = points_of(plot, corners.into_iter());
        ink.empty("polyline", &[("class", &class), ("points", &points)]);
    }
}

fn draw_point(ink: &mut Markup, plot: &Plot, line: &Line, each: LinePoint, index: usize) {
    if !each.value.is_finite() {
        return;
    }
    let (x, y) = (plot.x(each.at), plot.y(each.value));
    if line.is_stepped {
        // Steps have no marks; what answers to the pointer cannot be seen.
        rectangle(ink, "clear", (x - 4.0, y - 4.0), (8.0, 8.0));
    } else {
        point(ink, shape(index), Tone::of(index), x, y);
    }
}
