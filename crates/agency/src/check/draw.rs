//! Takes figures of a report, gives small drawings as inline SVG.

use std::fmt::Write as _;

use super::html::escape;
use super::report::{CheckReport, ForecastReport};

/// Where bars begin, how long they are, and the height of a row, in pixels of the drawing.
const LEFT: u64 = 200;
const LONG: u64 = 600;
const ROW: u64 = 22;
/// Fields whose months are drawn, with their tones.
const MONTHLY: [(&str, &str); 4] =
    [("dob", "first"), ("ssn", "second"), ("address", "third"), ("phone", "quiet")];

/// One row of bars.
pub(super) struct Bar {
    /// What stands before it.
    pub(super) name: String,
    /// Lengths with their tones, one after the other.
    pub(super) parts: Vec<(u64, &'static str)>,
    /// What stands behind it.
    pub(super) value: String,
}

/// Rows of bars; `most` is the longest bar.
pub(super) fn bars(title: &str, rows: &[Bar], most: u64) -> String {
    let height = rows.len() as u64 * ROW + 4;
    let mut out = open(title, height);
    for (row, Bar { name, parts, value }) in (0..).zip(rows) {
        let y = row * ROW;
        text(&mut out, "e", (LEFT - 12, y + 15), name);
        let mut x = LEFT;
        for (part, tone) in parts {
            let width = part * LONG / most.max(1);
            let _ = write!(
                out,
                "<rect class=\"{tone}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"14\"/>",
                y + 4
            );
            x += width;
        }
        text(&mut out, "s", (LEFT + LONG + 12, y + 15), value);
    }
    out.push_str("</svg>\n");
    out
}

/// Expected recall on a scale from none to all, with its range.
pub(super) fn forecast_bar(forecast: &ForecastReport) -> String {
    let at = |permille: u32| LEFT + u64::from(permille) * LONG / 1_000;
    let mut out = open("Expected recall and its range", 56);
    let (low, high, recall) = (at(forecast.low), at(forecast.high), at(forecast.recall));
    text(&mut out, "e", (LEFT - 12, 21), "expected recall");
    let _ = write!(
        out,
        "<rect class=\"quiet\" x=\"{LEFT}\" y=\"8\" width=\"{LONG}\" height=\"18\"/>\
         <rect class=\"first\" x=\"{LEFT}\" y=\"8\" width=\"{}\" height=\"18\"/>\
         <path class=\"range\" d=\"M{low} 17H{high}M{low} 10V24M{high} 10V24\"/>",
        recall - LEFT
    );
    for tick in [0, 250, 500, 750, 1_000] {
        text(&mut out, "s e", (at(tick) + 12, 46), &format!("{} %", f64::from(tick) / 10.0));
    }
    out.push_str("</svg>\n");
    out
}

/// Usable cells by month of the event, a line for each field; nothing without months.
pub(super) fn months(report: &CheckReport) -> String {
    let is_month = |name: &str| name.len() == 7 && name.as_bytes()[4] == b'-';
    let groups = report.groups.iter().filter(|group| group.by == "month" && is_month(&group.group));
    let months: Vec<_> = groups.collect();
    if months.len() < 3 {
        return String::new();
    }
    let mut out = String::from("<p><b>Usable cells by month of the event</b></p>\n");
    out.push_str(&open("Usable cells by month", 250));
    let x = |month: usize| 60 + month as u64 * 740 / (months.len() as u64 - 1);
    for share in [0u64, 50, 100] {
        let y = 210 - share * 2;
        let _ = write!(out, "<path class=\"axis\" d=\"M60 {y}H800\"/>");
        text(&mut out, "s e", (52, y + 4), &format!("{share} %"));
    }
    for (name, tone) in MONTHLY {
        let Some(field) = report.fields.iter().position(|field| field.field == name) else {
            continue;
        };
        let mut path = String::new();
        let mut last = 0;
        for (month, group) in months.iter().enumerate() {
            last = 210 - group.present_permille[field] / 5;
            let _ = write!(path, "{}{} {last}", if month == 0 { 'M' } else { 'L' }, x(month));
        }
        let _ = write!(out, "<path class=\"line\" style=\"stroke:var(--{tone})\" d=\"{path}\"/>");
        text(&mut out, "s", (808, last + 4), name);
    }
    text(&mut out, "s", (60, 236), &months[0].group);
    text(&mut out, "s e", (800, 236), &months[months.len() - 1].group);
    out.push_str("</svg>\n");
    out
}

fn open(title: &str, height: u64) -> String {
    format!(
        "<svg role=\"img\" viewBox=\"0 0 900 {height}\" aria-label=\"{0}\"><title>{0}</title>",
        escape(title)
    )
}

fn text(out: &mut String, class: &str, (x, y): (u64, u64), content: &str) {
    let _ = write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escape(content));
}
