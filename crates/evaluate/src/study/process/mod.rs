//! What the programme did: indicators of its steps, from the tables of a release.
//!
//! Takes tables of linked events, gives tables of counts, shares and medians whose cells passed the small-cell gate.
//! An indicator whose records no source sent is named with the reason, never shown as 0. Releases hold no calendar
//! months: what goes by time goes by the quarter of the index day.

mod course;
mod steps;
mod table;
mod uptake;

use std::fmt;

use tallystick_dataset::Table;

pub use table::{Indicator, Plot, Row};

use super::{People, Plan, StudyError};

/// What indicators are made from. `Debug` says how much.
#[derive(Clone, Copy)]
pub struct Source<'t> {
    /// The plan.
    pub plan: &'t Plan,
    /// Persons of both arms.
    pub people: &'t People,
    /// All tables of the release.
    pub tables: &'t [Table],
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Source")
            .field("people", self.people)
            .field("tables", &self.tables.len())
            .finish_non_exhaustive()
    }
}

/// Columns of table `person` with a rule of eligibility begin so.
pub(super) const ELIGIBILITY: &str = "elig_";

/// An indicator that cannot be told, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Untold {
    /// Its number.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Which table or column is not there.
    pub reason: String,
}

/// Indicators P1 to P11 in their order, and those that the release does not tell.
#[must_use]
pub fn indicators(source: &Source<'_>) -> (Vec<Indicator>, Vec<Untold>) {
    type Make = fn(&Source<'_>) -> Result<Vec<Indicator>, StudyError>;
    let all: [(&'static str, &'static str, Make); 12] = [
        ("P1", "Eligible contacts by quarter", uptake::by_quarter),
        ("P1", "Eligible contacts by district", uptake::by_district),
        ("P2", "Referrals and officers", uptake::referrals),
        ("P3", "Eligibility", uptake::eligibility),
        ("P4", "Warm handoff", steps::handoff),
        ("P5", "Screening", steps::screening),
        ("P6", "Intake", steps::intake),
        ("P7", "Charges on the diverted incident", steps::charges),
        ("P8", "Contacts with case managers", course::contacts),
        ("P9", "Services", course::services),
        ("P10", "Exit and return", course::exits),
        ("P11", "Open cases", course::open_cases),
    ];
    let (mut told, mut untold) = (Vec::new(), Vec::new());
    for (id, title, make) in all {
        match make(source) {
            Ok(indicators) => told.extend(indicators),
            Err(error) => untold.push(Untold { id, title, reason: error.to_string() }),
        }
    }
    let smallest = u64::from(source.plan.smallest_cell);
    let told = told.into_iter().map(|indicator| indicator.gated(smallest)).collect();
    (told, untold)
}

impl<'t> Source<'t> {
    /// A table of the release.
    fn table(&self, name: &str) -> Result<&'t Table, StudyError> {
        let found = self.tables.iter().find(|table| table.name == name);
        found.ok_or_else(|| StudyError::TableMissing { table: name.to_owned() })
    }

    /// For each row of a table its person, if of the programme.
    fn clients(&self, table: &'t Table) -> Result<Vec<Option<usize>>, StudyError> {
        self.each_client(table)?.collect()
    }

    /// The same one by one.
    fn each_client(
        &self,
        table: &'t Table,
    ) -> Result<impl Iterator<Item = Result<Option<usize>, StudyError>>, StudyError> {
        let owners = self.people.each_owner(self.table("person")?, table)?;
        let is_client = |owner: &usize| self.people.programme[*owner];
        Ok(owners.map(move |owner| Ok(owner?.filter(is_client))))
    }

    /// How many clients are not among these.
    fn clients_without(&self, clients: impl Iterator<Item = Option<usize>>) -> usize {
        let mut is_left = self.people.programme.clone();
        clients.flatten().for_each(|client| is_left[client] = false);
        is_left.iter().filter(|is_left| **is_left).count()
    }

    /// How many clients there are.
    fn clients_count(&self) -> u64 {
        self.people.programme.iter().filter(|is_client| **is_client).count() as u64
    }
}
