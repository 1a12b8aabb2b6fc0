//! The tables of a study.
//!
//! Takes inputs and a study, gives tables sorted by person and day, and the flow of counts. What a source
//! does not cover is missing, never 0; the index event is never an outcome.

mod build;
mod case_tables;
mod cohort;
mod coverage;
mod crosswalk;
mod custody_days;
mod event_tables;
mod flow;
mod imputed;
mod index;
mod links;
mod months;
mod outcomes;
mod person;
mod pids;
mod programme_tables;
#[cfg(test)]
mod tests;
mod variants;
mod windows;

use tallystick_dataset::{Table, Texts};

pub use flow::FlowStep;

use crate::content::{Content, RowCounts, Sources};
use crate::{Inputs, Study, StudyError};

/// What a study comes to.
#[derive(Debug)]
pub struct StudyTables {
    /// Tables, in the order in which a reader wants them.
    pub tables: Vec<Table>,
    /// How many persons each step left.
    pub flow: Vec<FlowStep>,
    /// What became of the rows.
    pub rows: RowCounts,
    /// Persons in the tables, by number of the inputs.
    pub persons: Vec<u32>,
    /// What a reader must know besides.
    pub notes: Vec<String>,
}

/// Makes all tables of a study.
///
/// Memory besides the inputs: about 100 bytes for each row that is read, 500 for each person of the study
/// and what the tables hold, which is 8 bytes for a whole number and 4 or fewer for any other cell. A
/// million persons with ten million rows and 49 months each come to about 8 GiB, of which the months have
/// more than half.
///
/// # Errors
/// Bindings to tables or columns that are not there or of another type; more imputed linkages than there are.
pub fn build(study: &Study, inputs: &Inputs<'_>) -> Result<StudyTables, StudyError> {
    imputed::Imputed::check(study, inputs)?;
    let mut sources = Sources::open(study, inputs)?;
    let content = sources.content();
    let coverage = coverage::Coverages::new(study, &content);
    let (members, mut flow) = cohort::cohort(study, inputs, &content);
    let ids = build::ids(inputs, &members);
    let made =
        Made { study, inputs, content: &content, coverage: &coverage, members: &members, ids };
    let indices = index::indices(&made);
    flow.extend(flow::follow_up(&made));
    let variants = variants::Variants::new(&made, &indices, &mut sources);
    let imputed = imputed::Imputed::new(&made, &indices, &mut sources);
    drop(sources);
    let outcomes = outcomes::all(&made, &indices);
    let mut tables = vec![
        person::table(&made, &indices, &outcomes),
        windows::table(&made, outcomes.iter(), WINDOWS),
    ];
    let place = tables.len();
    tables.extend(event_tables::tables(&made, &indices));
    tables.push(links::table(&made));
    tables.extend(variants.tables(&made, &outcomes));
    tables.extend(imputed.tables(&made, &outcomes));
    let rows = content.rows;
    // The largest table comes last, without what only the others need.
    drop((indices, variants, imputed));
    let ids = made.ids;
    let content = content.into_programme();
    let made =
        Made { study, inputs, content: &content, coverage: &coverage, members: &members, ids };
    let is_wanted = |name: &str| !study.leave_out.iter().any(|it| it == name);
    if is_wanted(months::NAME) {
        tables.insert(place, months::table(&made, &outcomes));
    }
    tables.retain(|table| is_wanted(&table.name));
    let persons = members.iter().map(|member| member.person).collect();
    let mut notes = coverage.notes;
    if rows.types_unknown > 0 {
        notes.push(format!(
            "{} rows of arrests have a type that the study does not list; they count as new offenses.",
            rows.types_unknown
        ));
    }
    Ok(StudyTables { tables, flow, rows, persons, notes })
}

const WINDOWS: (&str, &str) = ("person_window", "Windows of days before and after the index day");

/// What all tables are made from.
pub(crate) struct Made<'a> {
    pub(crate) study: &'a Study,
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) content: &'a Content,
    pub(crate) coverage: &'a coverage::Coverages,
    /// Sorted by study id.
    pub(crate) members: &'a [cohort::Member],
    /// Their ids.
    pub(crate) ids: Texts,
}

impl<'a> Made<'a> {
    /// The same with other events.
    pub(crate) fn with(&self, content: &'a Content) -> Self {
        Self { content, ids: self.ids.clone(), ..*self }
    }
}
