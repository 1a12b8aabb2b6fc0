//! Takes tables, gives them as markup that scrolls by itself where the page is too narrow.

use crate::figure::Figure;
use crate::markup::Markup;
use crate::theme;

/// One column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Heading.
    pub name: String,
    /// Whether it holds numbers.
    pub is_numeric: bool,
}

/// Column of words.
pub fn words(name: &str) -> Column {
    Column { name: name.to_owned(), is_numeric: false }
}

/// Column of numbers.
pub fn figures(name: &str) -> Column {
    Column { name: name.to_owned(), is_numeric: true }
}

/// A table; each row has as many cells as there are columns.
#[derive(Clone, Debug)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows of cells.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// One line of text for each row: "Pass: name_dob; Pairs compared: 1,204".
    pub fn tips(&self) -> Vec<String> {
        let tip = |row: &Vec<String>| {
            let cells = self.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<String> =
                cells.map(|(column, cell)| format!("{}: {cell}", column.name)).collect();
            cells.join("; ")
        };
        self.rows.iter().map(tip).collect()
    }
}

/// A table that scrolls by itself where the page is too narrow.
pub fn table(out: &mut Markup, name: &str, table: &Table) {
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
pub fn table_head(out: &mut Markup, columns: &[Column]) {
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
pub fn heat(out: &mut Markup, figure: &Figure, shares: &[Vec<Option<f64>>]) {
    let frame =
        [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", &figure.title)];
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
