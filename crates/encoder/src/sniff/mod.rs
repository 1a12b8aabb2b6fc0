//! Takes the header of an export and a sample of its rows, gives a proposal which column is what, with
//! a confidence and a reason for each; what it cannot tell, it asks instead of guessing.
//!
//! Two kinds of evidence meet: what the name of a column says (`header`) and what shapes its cells have
//! (`shape`, `dates`). `judge` weighs them column by column, `settle` decides between columns that want
//! the same place, `write` puts the result down as a mapping. Pure: no file, no clock, no terminal.
//!
//! No value of the export is in a proposal: reasons speak of shapes and shares. The only words taken
//! from cells are those of a list of ours (`UNKNOWN`, `HOMELESS`) and those are written as they stand there.

mod alias;
mod concept;
mod content;
mod dates;
mod evidence;
mod groups;
mod header;
mod judge;
mod layout;
mod role;
mod sample;
mod settle;
mod shape;
mod source;
mod words;
mod write;

use std::collections::BTreeMap;

pub use alias::AliasProposal;
pub use dates::DateOrder;
pub use groups::GroupProposal;
pub use layout::{header_is_data, knows_layout_without_names};
pub use role::{AddressPart, Content, NameOrder, Role};
pub use sample::{SAMPLE_ROWS_MAX, Sample};
pub use source::source_name;

use crate::mapping::{FixedLayout, Numbering, SourceType, TextEncoding};

/// What to look at, and what a person has told already.
#[derive(Clone, Debug)]
pub struct SniffRequest<'a> {
    /// Names of the columns.
    pub header: &'a [String],
    /// Rows of the export.
    pub sample: &'a Sample,
    /// Name of the source.
    pub source: &'a str,
    /// Kind of agency, if told.
    pub source_type: Option<SourceType>,
    /// Roles told, by column.
    pub roles: &'a BTreeMap<usize, Role>,
    /// Orders of dates told, by column.
    pub date_orders: &'a BTreeMap<usize, DateOrder>,
    /// The present year: later births are implausible, and two-digit years are not later.
    pub year_max: u16,
    /// Whether exports of known layouts are recognised by their header.
    pub known_layouts: bool,
}

/// How the file is written, for the mapping.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileFormat {
    /// What the file is.
    pub kind: FileKind,
    /// What the first row is.
    pub header: crate::mapping::HeaderRow,
}

/// What a file is, with what its reader must know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FileKind {
    /// Delimited text.
    Text {
        /// Byte between cells.
        delimiter: u8,
        /// Encoding of the text.
        encoding: TextEncoding,
    },
    /// Text of fixed width.
    Fixed {
        /// Encoding of the text.
        encoding: TextEncoding,
        /// Columns.
        layout: FixedLayout,
    },
    /// A workbook.
    Workbook {
        /// The sheet, where it was chosen.
        sheet: Option<String>,
    },
    /// Parquet.
    Parquet,
}

/// A proposed mapping.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Name of the source.
    pub source: String,
    /// Kind of agency.
    pub source_type: SourceType,
    /// Why.
    pub source_type_reason: &'static str,
    /// All columns, in the order of the header.
    pub columns: Vec<Column>,
    /// Further names of the person in the rows.
    pub aliases: Vec<AliasProposal>,
    /// Columns that repeat under a number.
    pub groups: Vec<GroupProposal>,
    /// What must be answered first. The mapping is not complete while there is any.
    pub questions: Vec<Question>,
    /// Words that mean missing in this export.
    pub missing: Vec<&'static str>,
    /// Name of the known layout that the header is of.
    pub layout: Option<&'static str>,
    /// Name of the event table.
    pub table: String,
    /// Rows of the export, and how many of them were looked at.
    pub rows: (u64, usize),
}

/// One column of a proposal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Column {
    /// Name in the header.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Confidence, 0 to 100.
    pub percent: u8,
    /// Why, without a value.
    pub reason: String,
    /// Formats of a column of dates.
    pub formats: Vec<&'static str>,
    /// Last year that a two-digit year can mean, where there are such.
    pub pivot_year: Option<u16>,
    /// Name in the release, for content; sex is content besides, and so is the pseudonym of a number.
    pub release_name: Option<String>,
    /// The numbering of a number of events whose pseudonym is content.
    pub numbering: Option<Numbering>,
}

/// What a person must decide.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// Day and month cannot be told apart.
    DateOrder {
        /// The column.
        column: usize,
        /// The orders that read its cells.
        orders: Vec<DateOrder>,
        /// Some cells are of one order and some of another.
        mixed: bool,
    },
    /// The column looks like an identifier and has no place, or its name and its cells disagree.
    Role {
        /// The column.
        column: usize,
        /// What it looks like.
        looks_like: &'static str,
        /// Roles that may be meant.
        roles: Vec<Role>,
    },
    /// Which date is that of the event.
    EventDate {
        /// The columns.
        columns: Vec<usize>,
    },
}

impl Question {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DateOrder { .. } => "sniff-date-order",
            Self::Role { .. } => "sniff-column-unplaced",
            Self::EventDate { .. } => "sniff-event-date",
        }
    }

    /// The question, in words.
    #[must_use]
    pub fn text(&self, header: &[String]) -> String {
        match self {
            Self::DateOrder { column, mixed: false, .. } => {
                format!("column {:?}: no date tells day from month", header[*column])
            }
            Self::DateOrder { column, .. } => {
                format!(
                    "column {:?}: some dates are day first and some month first",
                    header[*column]
                )
            }
            Self::Role { column, looks_like, .. } => {
                format!("column {:?}: {looks_like}", header[*column])
            }
            Self::EventDate { .. } => "more than one date could be that of the event".to_owned(),
        }
    }

    /// The answers: what to say, and the option of the command line that says it.
    #[must_use]
    pub fn answers(&self, header: &[String]) -> Vec<Answer> {
        match self {
            Self::DateOrder { column, orders, .. } => {
                let answer = |order: &DateOrder| Answer::DateOrder(*column, *order);
                let mut answers: Vec<Answer> = orders.iter().map(answer).collect();
                answers.push(Answer::Role(*column, Role::Ignore));
                answers
            }
            Self::Role { column, roles, .. } => {
                roles.iter().map(|role| Answer::Role(*column, role.clone())).collect()
            }
            Self::EventDate { columns } => {
                let event = || Role::Content(Content::EventDate);
                columns.iter().map(|column| Answer::Role(*column, event())).collect()
            }
        }
        .into_iter()
        .filter(|answer| answer.column() < header.len())
        .collect()
    }
}

/// One answer to a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The order of a column's dates.
    DateOrder(usize, DateOrder),
    /// The role of a column.
    Role(usize, Role),
}

impl Answer {
    /// The column it is about.
    #[must_use]
    pub fn column(&self) -> usize {
        match self {
            Self::DateOrder(column, _) | Self::Role(column, _) => *column,
        }
    }

    /// The option of the command line, without quotes.
    #[must_use]
    pub fn option(&self, header: &[String]) -> String {
        let name = &header[self.column()];
        match self {
            Self::DateOrder(_, order) => format!("--date-order {name}={}", order.as_str()),
            Self::Role(_, role) => format!("--role {name}={role}"),
        }
    }
}

impl Proposal {
    /// Whether a first, last or whole name was found; without one nothing can be linked.
    #[must_use]
    pub fn has_name(&self) -> bool {
        let named =
            |column: &Column| matches!(column.role, Role::Name(_) | Role::First | Role::Last);
        self.columns.iter().any(named)
    }

    /// The mapping as TOML, with a comment for every column.
    #[must_use]
    pub fn to_toml(&self, file: &FileFormat) -> String {
        write::toml(self, file)
    }
}

/// Proposes what each column is.
#[must_use]
pub fn sniff(request: &SniffRequest<'_>) -> Proposal {
    let evidence = evidence::gather(request);
    let known = request.known_layouts.then(|| layout::find(request.header)).flatten();
    // The same header over other cells is another layout.
    let known = known.filter(|known| {
        let mut columns = evidence.iter().enumerate();
        !columns.any(|(column, of)| judge::contradicts(&known.column(column).role, of))
    });
    let verdicts = judge::judge(request, &evidence, known.as_ref());
    let mut proposal = settle::settle(request, &evidence, verdicts, known.as_ref());
    if proposal.layout.is_none() {
        proposal.aliases = alias::propose(request, &evidence, &proposal.columns);
        proposal.groups = groups::propose(&proposal.columns, &proposal.table);
    }
    proposal
}
