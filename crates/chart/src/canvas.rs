//! Takes what a figure shows, gives inline SVG for wide and for narrow pages, refuses nothing: an
//! empty figure never gets here.
//!
//! Each figure is drawn twice, and the style sheet shows the one that fits: text stays readable on
//! a telephone instead of shrinking with the drawing.

use std::borrow::Cow;
use std::fmt::Debug;

use crate::markup::{Attributes, Markup};

/// Size of ordinary text in a drawing.
pub const TEXT: f64 = 13.0;
/// Size of text on axes and in legends.
pub const SMALL: f64 = 12.0;

/// Which page a drawing is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Width {
    /// Screens of a desk and paper.
    Wide,
    /// Telephones.
    Narrow,
}

impl Width {
    /// Width of the drawing in its own units, which are pixels at full size.
    pub fn units(self) -> f64 {
        match self {
            Self::Wide => 860.0,
            Self::Narrow => 340.0,
        }
    }

    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// Colour of a mark; which colour is the style sheet's business.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// Blue.
    First,
    /// Orange.
    Second,
    /// Green.
    Third,
    /// Purple.
    Fourth,
    /// Grey.
    Quiet,
}

impl Tone {
    /// All, in the order in which they are given out.
    pub const ALL: [Self; 5] = [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Quiet];

    /// The tone of the part, line or group of an index.
    pub fn of(index: usize) -> Self {
        Self::ALL[index % Self::ALL.len()]
    }

    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
            Self::Fourth => "fourth",
            Self::Quiet => "quiet",
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stroke {
    /// Without a break.
    Solid,
    /// In dashes.
    Dashed,
    /// In dots.
    Dotted,
}

impl Stroke {
    /// Classes of a line through a chart.
    pub fn threshold_class(self) -> &'static str {
        match self {
            Self::Solid => "threshold",
            Self::Dashed => "threshold dashed",
            Self::Dotted => "threshold dotted",
        }
    }

    /// Classes of a line of values.
    pub fn line_class(self, tone: Tone) -> String {
        let tone = tone.class();
        match self {
            Self::Solid => format!("line {tone}"),
            Self::Dashed => format!("line {tone} dashed"),
            Self::Dotted => format!("line {tone} dotted"),
        }
    }
}

/// Shape of a mark in a legend or on an axis.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// Filled rectangle.
    Bar,
    /// Filled circle.
    Dot,
    /// Hollow square.
    Square,
    /// Short upright stroke.
    Stroke,
    /// Filled square on its corner.
    Diamond,
    /// A piece of a line.
    Line(Stroke),
    /// A piece of a band.
    Band,
}

/// One entry of a legend.
#[derive(Clone, Debug)]
pub struct Key {
    /// Shape.
    pub shape: Shape,
    /// Colour.
    pub tone: Tone,
    /// What it stands for.
    pub text: Cow<'static, str>,
}

/// Something that can be drawn.
pub trait Drawing: Debug {
    /// Draws onto the canvas and gives the height used. `tips` has one text for each row of the
    /// figure's table, which becomes the tooltip of the row's marks.
    fn draw(&self, ink: &mut Markup, width: Width, tips: &[String]) -> f64;
}

/// The whole `<svg>`, with its name and description for people who do not see it.
pub fn render(
    drawing: &dyn Drawing,
    width: Width,
    id: &str,
    title: &str,
    description: &str,
    tips: &[String],
) -> String {
    let mut ink = Markup::default();
    let height = drawing.draw(&mut ink, width, tips);
    let body = ink.finish();
    let class = width.class();
    let (title_id, description_id) = (format!("{id}-{class}-title"), format!("{id}-{class}-desc"));
    let mut svg = Markup::default();
    let size = (px(width.units()), px(height));
    let attributes: Attributes<'_> = &[
        ("class", class),
        ("role", "img"),
        ("aria-labelledby", &format!("{title_id} {description_id}")),
        ("viewBox", &format!("0 0 {} {}", size.0, size.1)),
        ("width", &size.0),
        ("height", &size.1),
    ];
    svg.element("svg", attributes, |svg| {
        svg.leaf("title", &[("id", &title_id)], title);
        svg.leaf("desc", &[("id", &description_id)], description);
        svg.raw(&body);
    });
    svg.finish()
}

/// A length with one decimal at most, the same on every machine.
pub fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// Text; `class` holds size, weight and anchor.
pub fn text(ink: &mut Markup, class: &str, x: f64, y: f64, content: &str) {
    ink.leaf("text", &[("class", class), ("x", &px(x)), ("y", &px(y))], content);
}

/// A straight line.
pub fn line(ink: &mut Markup, class: &str, from: (f64, f64), to: (f64, f64)) {
    ink.empty(
        "line",
        &[
            ("class", class),
            ("x1", &px(from.0)),
            ("y1", &px(from.1)),
            ("x2", &px(to.0)),
            ("y2", &px(to.1)),
        ],
    );
}

/// A rectangle.
pub fn rectangle(ink: &mut Markup, class: &str, corner: (f64, f64), size: (f64, f64)) {
    ink.empty(
        "rect",
        &[
            ("class", class),
            ("x", &px(corner.0)),
            ("y", &px(corner.1)),
            ("width", &px(size.0.max(0.0))),
            ("height", &px(size.1.max(0.0))),
        ],
    );
}

/// A mark of one shape around a point.
pub fn point(ink: &mut Markup, shape: Shape, tone: Tone, x: f64, y: f64) {
    let class = tone.class();
    match shape {
        Shape::Dot => {
            ink.empty("circle", &[("class", class), ("cx", &px(x)), ("cy", &px(y)), ("r", "4.5")])
        }
        Shape::Square => {
            rectangle(ink, &format!("hollow {class}"), (x - 4.0, y - 4.0), (8.0, 8.0));
        }
        Shape::Stroke => {
            rectangle(ink, &format!("stroke {class}"), (x - 2.5, y - 7.5), (5.0, 15.0));
        }
        Shape::Diamond => {
            let corners = [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)];
            let corners = corners.map(|(x, y)| format!("{},{}", px(x), px(y)));
            ink.empty("polygon", &[("class", class), ("points", &corners.join(" "))]);
        }
        Shape::Line(stroke) => line(ink, &stroke.line_class(tone), (x - 6.5, y), (x + 6.5, y)),
        Shape::Band => rectangle(ink, &format!("band {class}"), (x - 7.0, y - 5.0), (14.0, 10.0)),
        Shape::Bar => rectangle(ink, class, (x - 6.0, y - 5.0), (12.0, 10.0)),
    }
}

/// A legend from the left edge, in as many lines as it takes; gives the height used.
pub fn legend(ink: &mut Markup, keys: &[Key], width: Width) -> f64 {
    if keys.is_empty() {
        return 0.0;
    }
    let (mut x, mut y) = (0.0, 12.0);
    for key in keys {
        let advance = 20.0 + text_width(&key.text, SMALL) + 22.0;
        if x > 0.0 && x + advance - 22.0 > width.units() {
            (x, y) = (0.0, y + 20.0);
        }
        point(ink, key.shape, key.tone, x + 7.0, y);
        text(ink, "s", x + 20.0, y + 4.0, &key.text);
        x += advance;
    }
    y + 20.0
}

/// About how wide a text is; a little generous, because fonts differ.
pub fn text_width(content: &str, size: f64) -> f64 {
    let ems: f64 = content
        .chars()
        .map(|character| match character {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | '\'' | '|' | ' ' | '(' | ')' => {
                0.34
            }
            'm' | 'w' | 'M' | 'W' | '@' => 0.9,
            // As wide as in the widest of the fonts that readers have.
            '%' => 0.95,
            '<' | '>' | '=' | '+' => 0.84,
            '0'..='9' => 0.64,
            c if c.is_ascii_uppercase() => 0.7,
            c if c.is_ascii() => 0.58,
            '\u{2026}' | '\u{2212}' | '\u{2013}' => 0.7,
            _ => 1.0,
        })
        .sum();
    ems * size
}

/// The text, or as much of it as fits with an ellipsis.
pub fn fitted(content: &str, size: f64, width: f64) -> String {
    if text_width(content, size) <= width {
        return content.to_owned();
    }
    let mut out = String::new();
    for character in content.chars() {
        out.push(character);
        if text_width(&out, size) + 0.7 * size > width {
            out.pop();
            break;
        }
    }
    format!("{}\u{2026}", out.trim_end())
}

/// The text in lines that fit; a word that does not fit is shortened.
pub fn wrapped(content: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in content.split_whitespace() {
        let word = fitted(word, size, width);
        match lines.last_mut() {
            Some(last) if text_width(&format!("{last} {word}"), size) <= width => {
                last.push(' ');
                last.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Opens a group of marks that belong to one row of the table, named by its tip.
pub fn row_group(ink: &mut Markup, tip: Option<&String>, body: impl FnOnce(&mut Markup)) {
    ink.element("g", &[("class", "row")], |group| {
        if let Some(tip) = tip {
            group.leaf("title", &[], tip);
        }
        body(group);
    });
    ink.line();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shortened_to_fit() {
        assert_eq!(fitted("court", TEXT, 100.0), "court");
        let short = fitted("a_source_with_a_long_name", TEXT, 80.0);
        assert!(short.ends_with('\u{2026}') && text_width(&short, TEXT) <= 82.0, "{short}");
        assert!(wrapped("rows accepted at the agency", TEXT, 90.0).len() > 1);
    }

    #[test]
    fn lengths_have_one_spelling() {
        assert_eq!(px(-0.01), "0");
        assert_eq!(px(12.0), "12");
        assert_eq!(px(12.34), "12.3");
    }
}
