//! What stands beside the tables of a bundle: descriptions for programs and for people, and scripts that
//! read everything.
//!
//! Takes what is known of tables and release, gives texts; the same each time. Refuses nothing: names
//! were checked before, and texts are escaped for where they stand.

mod codebook_csv;
mod codebook_html;
pub(crate) mod datapackage;
mod ddi;
mod markup;
mod r;
mod readme;
mod stata;

use crate::bundle::{
    CODEBOOK_CSV, CODEBOOK_HTML, DATAPACKAGE, DDI, Member, Output, R, README, Relation,
    ReleaseFacts, STATA,
};
use crate::describe::{ColumnDescribed, TableDescribed};
use crate::missing::Missing;

pub(crate) use codebook_csv::HEADER as CODEBOOK_HEADER;

/// All that documents speak of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Described<'a> {
    pub(crate) facts: &'a ReleaseFacts,
    pub(crate) tables: &'a [TableDescribed],
    pub(crate) relations: &'a [Relation],
    /// The tables' files.
    pub(crate) outputs: &'a [Output],
    pub(crate) members: &'a [Member],
}

impl Described<'_> {
    fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// A column of this table that refers elsewhere.
    fn relations_of(&self, table: &str) -> impl Iterator<Item = &Relation> {
        self.relations.iter().filter(move |relation| relation.table == table)
    }
}

/// Name, media type and bytes of each document, in their order.
pub(crate) fn all(described: &Described<'_>) -> [(&'static str, &'static str, Vec<u8>); 7] {
    [
        (DATAPACKAGE, "application/json", datapackage::write(described)),
        (DDI, "application/xml", ddi::write(described).into_bytes()),
        (CODEBOOK_HTML, "text/html", codebook_html::write(described).into_bytes()),
        (CODEBOOK_CSV, "text/csv", codebook_csv::write(described)),
        (STATA, "text/plain", stata::write(described).into_bytes()),
        (R, "text/plain", r::write(described).into_bytes()),
        (README, "text/plain", readme::write(described).into_bytes()),
    ]
}

/// What a Parquet file says of its own columns, as JSON.
pub(crate) fn metadata(table: &TableDescribed) -> String {
    datapackage::metadata(table)
}

/// Kinds of missing that a column holds, other than the one without a reason.
fn reasons(column: &ColumnDescribed) -> impl Iterator<Item = Missing> {
    let kinds = column.missing.iter().map(|(kind, _)| *kind);
    kinds.filter(|kind| *kind != Missing::Unspecified)
}

/// The words for a value.
fn label_of<'a>(column: &'a ColumnDescribed, value: &str) -> Option<&'a str> {
    column.codes.iter().find(|code| code.value == value).map(|code| code.label.as_str())
}

/// Without line breaks and repeated blanks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
