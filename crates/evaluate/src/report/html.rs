//! The report as one page that needs nothing else: no script, no request.

use tallystick_chart::{
    Figure, Markup, Table, figures as number_column, table, theme, words as word_column,
};

use super::Origin;
use super::sections::{SECTIONS, section};
use super::sheet::Sheet;
use super::tables::sheets;
use crate::study::Evaluation;

/// Forbids scripts and requests, should a browser ever find a way to one.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// Tables with their headings, and code with its lines; no heading stands alone at the foot of a printed page.
const STYLE: &str = ".scroll{margin-bottom:1.2rem}h3.table{margin:1.6rem 0 .2rem}p.note{color:var(--mute);font-size:.92rem;margin:.2rem 0 .6rem;max-width:43rem}\
    section h3+p{margin-top:.35rem}section details{margin-bottom:1.5rem}\
    pre.scroll code{white-space:pre;overflow-wrap:normal}\
    @media print{h3.table{margin-top:.8rem}p.note{font-size:8.5pt}h3.table,p.note{break-after:avoid}tr{break-inside:avoid}\
    pre.scroll code{white-space:pre-wrap;font-size:7pt}}";

/// The page.
#[must_use]
pub fn page(evaluation: &Evaluation, origin: &Origin) -> String {
    let mut out = Markup::default();
    out.raw("<!DOCTYPE html>\n");
    out.element("html", &[("lang", "en")], |out| {
        head(out);
        out.element("body", &[], |out| {
            out.leaf("a", &[("class", "skip"), ("href", "#summary")], "Skip to the summary");
            out.element("header", &[("class", "page")], |out| {
                out.leaf("p", &[("class", "eyebrow")], &format!("Release {}", origin.release));
                out.leaf("h1", &[], "Evaluation report");
                out.leaf("p", &[("class", "sources")], &origin.title);
            });
            out.element("div", &[("class", "layout")], |out| {
                contents(out);
                out.element("main", &[], |out| body(out, evaluation, origin));
            });
        });
    });
    out.line();
    out.finish()
}

/// The sections of the page with their contents, to stand in a page that has the styles of charts.
#[must_use]
pub fn sections_of(evaluation: &Evaluation, origin: &Origin) -> String {
    let mut out = Markup::default();
    contents(&mut out);
    body(&mut out, evaluation, origin);
    out.finish()
}

fn head(out: &mut Markup) {
    out.element("head", &[], |out| {
        out.empty("meta", &[("charset", "utf-8")]);
        out.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
        out.empty("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        out.empty("meta", &[("name", "robots"), ("content", "noindex")]);
        let viewport = [("name", "viewport"), ("content", "width=device-width, initial-scale=1")];
        out.empty("meta", &viewport);
        out.leaf("title", &[], "Evaluation report");
        out.element("style", &[], |out| {
            out.raw(&theme::style_sheet());
            out.raw(STYLE);
        });
    });
}

fn contents(out: &mut Markup) {
    out.element("nav", &[("aria-label", "Contents")], |out| {
        out.element("ol", &[], |out| {
            for (id, heading) in SECTIONS {
                out.element("li", &[], |out| {
                    out.leaf("a", &[("href", &format!("#{id}"))], heading);
                });
            }
        });
    });
}

fn body(out: &mut Markup, it: &Evaluation, origin: &Origin) {
    let sheets = sheets(it);
    let mut numbers = Numbers::default();
    for (id, heading) in SECTIONS {
        let heading_id = format!("{id}-heading");
        out.element("section", &[("id", id), ("aria-labelledby", &heading_id)], |out| {
            out.leaf("h2", &[("id", &heading_id)], heading);
            section(out, id, (it, origin), &sheets, &mut numbers);
        });
        out.line();
    }
    out.element("footer", &[], |out| {
        out.text(&format!(
            "Written by tallystick-evaluate {}. Manifest of the bundle: SHA-256 {}. Plan: SHA-256 {}.",
            origin.version, origin.manifest, origin.plan
        ));
    });
}

/// Numbers of figures and tables, given out in the order of the page.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    figures: usize,
    tables: usize,
}

impl Numbers {
    pub(super) fn figure(&mut self, out: &mut Markup, figure: &Figure) {
        self.figures += 1;
        figure.write(out, Some(self.figures));
    }

    /// A sheet with its number, title and note.
    pub(super) fn sheet(&mut self, out: &mut Markup, sheet: &Sheet) {
        self.tables += 1;
        let sheet = &sheet.without_hidden();
        out.element("h3", &[("class", "table")], |out| {
            out.leaf("span", &[("class", "number")], &format!("Table {}. ", self.tables));
            out.text(&sheet.title);
        });
        if !sheet.note.is_empty() {
            out.leaf("p", &[("class", "note")], &sheet.note);
        }
        table(out, &sheet.title, &typed(sheet));
    }

    /// The sheet of a name, if there is one.
    pub(super) fn named(&mut self, out: &mut Markup, sheets: &[Sheet], name: &str) {
        if let Some(sheet) = sheets.iter().find(|sheet| sheet.name == name) {
            self.sheet(out, sheet);
        }
    }
}

/// Columns of nothing but numbers stand to the right.
fn typed(sheet: &Sheet) -> Table {
    let is_number = |cell: &String| {
        let first = cell.trim_start_matches(['\u{2212}', '<', ' ']).chars().next();
        first.is_some_and(|first| first.is_ascii_digit())
            || ["\u{2013}", "hidden", "not reached"].contains(&cell.as_str())
            || cell.starts_with("more than")
    };
    let column = |(place, name): (usize, &String)| {
        let mut cells = sheet.rows.iter().map(|row| &row[place]);
        if place > 0 && cells.all(is_number) { number_column(name) } else { word_column(name) }
    };
    let columns = sheet.columns.iter().enumerate().map(column).collect();
    Table { columns, rows: sheet.rows.clone() }
}
