//! Takes tables, gives them as markup that scrolls by itself where the page is too narrow.

use super::figures::{Column, Figure, Table};
use super::markup::Markup;
use super::theme;

/// A table that scrolls by itself where the page is too narrow.
pub(super) fn table(out: &mut Markup, name: &str, table: &Table) {
    let frame = [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", name)];
    out.element("div", &frame, |out| {
        out.element("table", &[], |out| {
            table_head(out, &table.columns);
            out.element("tbody", &[], |out| {
                for row in &table.rows {
                    out.element("tr", &[], |out| {
                        for (index, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
                            if index == 0 {
                                out.leaf("th", &[("scope", "row")], cell);
                            } else if column.is_numeric {
                                out.leaf("td", &[("class", "number-cell")], cell);
                            } else {
                                out.leaf("td", &[], cell);
                            }
                        }
                    });
                    out.line();
                }
            });
        });
    });
}

/// Headings of columns.
pub(super) fn table_head(out: &mut Markup, columns: &[Column]) {
    out.element("thead", &[], |out| {
        out.element("tr", &[], |out| {
            for column in columns {
                let class = if column.is_numeric { "number-cell" } else { "" };
                out.element("th", &[("scope", "col"), ("class", class)], |out| {
                    breakable(out, &column.name);
                });
            }
        });
    });
}

/// A name that may break after an underscore.
fn breakable(out: &mut Markup, name: &str) {
    for part in name.split_inclusive('_') {
        out.text(part);
        if part.ends_with('_') {
            out.empty("wbr", &[]);
        }
    }
}

/// A table whose cells are shaded by the percentage they hold.
pub(super) fn heat(out: &mut Markup, figure: &Figure, shares: &[Vec<Option<f64>>]) {
    let frame =
        [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", figure.title)];
    out.element("div", &frame, |out| {
        out.element("table", &[("class", "heat")], |out| {
            table_head(out, &figure.table.columns);
            out.element("tbody", &[], |out| {
                for (row, shares) in figure.table.rows.iter().zip(shares) {
                    out.element("tr", &[], |out| {
                        out.leaf("th", &[("scope", "row")], &row[0]);
                        for (cell, share) in row[1..].iter().zip(shares) {
                            let class = share.map_or("none", theme::heat_class);
                            out.leaf("td", &[("class", class)], cell);
                        }
                    });
                    out.line();
                }
            });
        });
    });
}
