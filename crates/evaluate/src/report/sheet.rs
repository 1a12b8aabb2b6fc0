//! Tables of the report as rows of text, for the page, CSV and LaTeX alike.

use super::gate::HIDDEN;

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

    /// As a LaTeX table for the package booktabs.
    #[must_use]
    pub fn latex(&self) -> String {
        let line = |cells: &Vec<String>| {
            cells.iter().map(|text| escaped(text)).collect::<Vec<_>>().join(" & ") + " \\\\\n"
        };
        let rows: String = self.rows.iter().map(line).collect();
        let columns = "l".repeat(self.columns.len());
        let note = if self.note.is_empty() {
            String::new()
        } else {
            format!("\\par\\footnotesize {}\n", escaped(&self.note))
        };
        format!(
            "% \\usepackage{{booktabs}}\n\\begin{{table}}\n\\caption{{{}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\
             \\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n{note}\\end{{table}}\n",
            escaped(&self.title),
            line(&self.columns)
        )
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
