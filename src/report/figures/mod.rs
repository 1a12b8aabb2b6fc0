//! Takes the report, gives its figures: title, caption, description, drawing, and the same numbers
//! as a table.

mod method;
mod persons;
mod results;
mod sources;

use super::model::LinkageReport;
use super::svg::{Drawing, Width, render};

/// One column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Heading.
    pub(super) name: String,
    /// Whether it holds numbers.
    pub(super) is_numeric: bool,
}

/// Column of words.
pub(super) fn words(name: &str) -> Column {
    Column { name: name.to_owned(), is_numeric: false }
}

/// Column of numbers.
pub(super) fn figures(name: &str) -> Column {
    Column { name: name.to_owned(), is_numeric: true }
}

/// A table; each row has as many cells as there are columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Columns.
    pub(super) columns: Vec<Column>,
    /// Rows of cells.
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// One line of text for each row: "Pass: name_dob; Pairs compared: 1,204".
    fn tips(&self) -> Vec<String> {
        let tip = |row: &Vec<String>| {
            let cells = self.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<String> =
                cells.map(|(column, cell)| format!("{}: {cell}", column.name)).collect();
            cells.join("; ")
        };
        self.rows.iter().map(tip).collect()
    }
}

/// What a figure shows.
pub(super) enum Content {
    /// A drawing.
    Drawing(Box<dyn Drawing>),
    /// A table whose cells are shaded by the percentage they hold; `None` is a cell without one.
    Heat(Vec<Vec<Option<f64>>>),
    /// Nothing to show, and why.
    Empty(&'static str),
}

/// One figure.
pub(super) struct Figure {
    /// Identifier within the page.
    pub(super) id: &'static str,
    /// Title.
    pub(super) title: &'static str,
    /// How to read it.
    pub(super) caption: String,
    /// What it shows, for people who do not see it.
    pub(super) description: String,
    /// The same numbers.
    pub(super) table: Table,
    /// What is shown.
    pub(super) content: Content,
}

impl Figure {
    /// The drawing at one width; nothing where the figure is empty or a shaded table.
    pub(super) fn svg(&self, width: Width) -> Option<String> {
        match &self.content {
            Content::Drawing(drawing) => Some(render(
                drawing.as_ref(),
                width,
                self.id,
                self.title,
                &self.description,
                &self.table.tips(),
            )),
            Content::Heat(_) | Content::Empty(_) => None,
        }
    }
}

/// All figures in the order of the page.
pub(super) struct Figures {
    pub(super) flow: Figure,
    pub(super) quality: Figure,
    pub(super) source_counts: Figure,
    pub(super) overlaps: Figure,
    pub(super) clusters: Figure,
    pub(super) weights: Figure,
    pub(super) levels: Figure,
    pub(super) agreement: Figure,
    pub(super) passes: Figure,
    pub(super) rows: Figure,
    pub(super) completeness: Figure,
    pub(super) review: Figure,
}

impl Figures {
    /// Figures of a report.
    pub(super) fn of(report: &LinkageReport) -> Self {
        Self {
            flow: results::flow(report),
            quality: results::quality(report),
            source_counts: persons::source_counts(report),
            overlaps: persons::overlaps(report),
            clusters: persons::clusters(report),
            weights: method::weights(report),
            levels: method::levels(report),
            agreement: method::agreement(report),
            passes: method::passes(report),
            rows: sources::rows(report),
            completeness: sources::completeness(report),
            review: results::review(report),
        }
    }

    /// The same as a list.
    #[cfg(test)]
    pub(super) fn all(&self) -> [&Figure; 12] {
        [
            &self.flow,
            &self.quality,
            &self.source_counts,
            &self.overlaps,
            &self.clusters,
            &self.weights,
            &self.levels,
            &self.agreement,
            &self.passes,
            &self.rows,
            &self.completeness,
            &self.review,
        ]
    }
}
