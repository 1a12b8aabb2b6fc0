//! Tables of the report as rows of text, for the page, CSV and LaTeX alike.

use super::gate::HIDDEN;
use super::words::NONE;

/// Rows of a LaTeX table that stand on one page.
const PAGE_ROWS: usize = 40;

/// A table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sheet {
    /// Name of its files.
    pub name: String,
    /// Title.
    pub title: String,
    /// How to read it; may be empty.
    pub note: String,
    /// Headings.
    pub columns: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(super) fn new(name: &str, title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            title: title.into(),
            note: String::new(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub(super) fn filled(self, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self { rows: rows.into_iter().collect(), ..self }
    }

    /// For a page, without the columns that are hidden in every row; the note names them. One that tells nothing stays whole.
    pub(super) fn without_hidden(&self) -> Self {
        let is_told = |place: usize| self.rows.iter().any(|row| row[place] != HIDDEN);
        let told: Vec<bool> = (0..self.columns.len()).map(is_told).collect();
        if told.iter().filter(|told| **told).count() <= 2 || !told.contains(&false) {
            return self.clone();
        }
        let pick = |cells: &[String], wanted: bool| -> Vec<String> {
            let cells = cells.iter().zip(&told).filter(|(_, told)| **told == wanted);
            cells.map(|(cell, _)| cell.clone()).collect()
        };
        let names = pick(&self.columns, false).join("; ");
        Self {
            columns: pick(&self.columns, true),
            rows: self.rows.iter().map(|row| pick(row, true)).collect(),
            note: format!("{} Hidden in every row, and left out here: {names}.", self.note),
            ..self.clone()
        }
    }

    /// As CSV (RFC 4180), UTF-8.
    #[must_use]
    pub fn csv(&self) -> String {
        let cell = |text: &String| {
            let text = &disarmed(text);
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.clone()
            }
        };
        let line =
            |cells: &Vec<String>| cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
        std::iter::once(&self.columns).chain(&self.rows).map(line).collect()
    }

    /// As a LaTeX table, as wide as the text, for the packages booktabs and tabularx; one of many rows goes over pages, for
    /// xltabular.
    #[must_use]
    pub fn latex(&self) -> String {
        let line = |cells: &Vec<String>| {
            cells.iter().map(|text| escaped(text)).collect::<Vec<_>>().join(" & ") + " \\\\\n"
        };
        let rows: String = self.rows.iter().map(line).collect();
        let columns: String =
            (0..self.columns.len()).map(|place| self.latex_column(place)).collect();
        let note = match self.note.as_str() {
            "" => String::new(),
            note => format!("\\par\\footnotesize {}\n", escaped(note)),
        };
        let (title, head) = (escaped(&self.title), line(&self.columns));
        if self.rows.len() > PAGE_ROWS {
            return format!(
                "% \\usepackage{{booktabs,xltabular}}\n{{\\footnotesize\n\\begin{{xltabular}}{{\\linewidth}}{{{columns}}}\n\
                 \\caption{{{title}}}\\\\\n\\toprule\n{head}\\midrule\n\\endhead\n{rows}\\bottomrule\n\\end{{xltabular}}\n{note}}}\n"
            );
        }
        format!(
            "% \\usepackage{{booktabs,tabularx}}\n\\begin{{table}}\n\\caption{{{title}}}\n\\footnotesize\n\
             \\begin{{tabularx}}{{\\linewidth}}{{{columns}}}\n\\toprule\n{head}\\midrule\n{rows}\\bottomrule\n\
             \\end{{tabularx}}\n{note}\\end{{table}}\n"
        )
    }

    /// A column whose lines break: of numbers to the right, of words to the left.
    fn latex_column(&self, place: usize) -> &'static str {
        let is_number = |row: &Vec<String>| {
            let cell = row[place].as_str();
            cell == HIDDEN
                || cell == NONE
                || cell.starts_with(|it: char| it.is_ascii_digit() || "-\u{2212}<".contains(it))
        };
        if place > 0 && self.rows.iter().all(is_number) {
            ">{\\raggedleft\\arraybackslash}X"
        } else {
            ">{\\raggedright\\arraybackslash}X"
        }
    }
}

/// Spreadsheets take what begins so for a formula, which labels of data must not be. Numbers stay.
fn disarmed(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    // After the end of a row LaTeX takes these for an option.
    if text.starts_with(['[', '*']) {
        out.push_str("{}");
    }
    for letter in text.chars() {
        match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(letter);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("$<$"),
            '\u{2212}' => out.push_str("$-$"),
            '\u{2013}' => out.push_str("--"),
            '\u{2019}' => out.push('\''),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let sheet = Sheet::new("x", "50 % & more", &["a", "b"])
            .filled([vec!["1,2".to_owned(), "n_fel < \"3\"".to_owned()]]);
        assert_eq!(sheet.csv(), "a,b\r\n\"1,2\",\"n_fel < \"\"3\"\"\"\r\n");
        assert!(sheet.latex().contains("\\caption{50 \\% \\& more}"));
        assert!(sheet.latex().contains("1,2 & n\\_fel $<$ \"3\" \\\\\n"));
    }

    #[test]
    fn numbers_stand_to_the_right_and_long_tables_break_over_pages() {
        let row = |cells: [&str; 3]| cells.map(ToOwned::to_owned).to_vec();
        let short = Sheet::new("x", "", &["a", "b", "c"]).filled([row(["1", "\u{2212}0.5", "b"])]);
        let column = |way: &str| format!(">{{\\ragged{way}\\arraybackslash}}X");
        let columns = ["right", "left", "right"].map(column).concat();
        assert!(
            short.latex().contains(&format!("\\begin{{tabularx}}{{\\linewidth}}{{{columns}}}"))
        );
        let long = Sheet { rows: vec![row(["a", "1", "2"]); PAGE_ROWS + 1], ..short };
        assert!(long.latex().contains("\\begin{xltabular}") && !long.latex().contains("{table}"));
    }

    #[test]
    fn labels_of_data_are_no_code() {
        let row = |cells: [&str; 2]| cells.map(ToOwned::to_owned).to_vec();
        let sheet = Sheet::new("x", "", &["a", "b"]).filled([
            row(["=1+1", "-0.5"]),
            row(["-SUM(A1)", "@x"]),
            row(["[2cm] a", "* b"]),
        ]);
        assert_eq!(sheet.csv(), "a,b\r\n'=1+1,-0.5\r\n'-SUM(A1),'@x\r\n[2cm] a,* b\r\n");
        assert!(sheet.latex().contains("{}[2cm] a & {}* b \\\\\n"));
    }
}
