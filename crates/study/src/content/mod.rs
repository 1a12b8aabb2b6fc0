//! Records of the sources as typed events: one arrest, one case, one booking each, however many rows
//! and extracts speak of it.
//!
//! Takes content tables and the study's bindings, gives events sorted by person and day, refuses bindings to
//! columns that are not there or of another type.

mod action;
mod arrest;
mod case;
mod custody;
mod grouped;
mod number;
mod programme;
mod reader;
#[cfg(test)]
mod tests;
mod traits;
mod words;

use serde::Deserialize;

pub use action::{Action, ActionKind};
pub use arrest::{Arrest, ArrestCharge};
pub use case::{Case, Count};
pub use custody::Custody;
pub use grouped::Grouped;
pub use number::Number;
pub use programme::{Contact, Referral};
pub use traits::{Trait, Traits};
pub use words::{NO_WORD, Words};

use crate::definition::{Kind, Study};
use crate::input::Inputs;
use crate::{StudyError, input::RecordTable};
pub(crate) use reader::{Linkage, Reader};

/// A day that is not known.
pub const NO_DAY: i32 = i32::MAX;
/// Person of a row that is left out.
pub const NO_PERSON: u32 = u32::MAX;

/// How grave an offence is; ascending.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Severity {
    /// Not known, or left to the charge.
    #[default]
    #[serde(rename = "U")]
    Unknown,
    /// Infraction.
    #[serde(rename = "I")]
    Infraction,
    /// Misdemeanour.
    #[serde(rename = "M")]
    Misdemeanour,
    /// Felony.
    #[serde(rename = "F")]
    Felony,
}

impl Severity {
    /// Reads `F`, `M` or `I`, with or without what follows; anything else is not known.
    pub fn parse(text: &str) -> Self {
        match text.chars().next() {
            Some('F') => Self::Felony,
            Some('M') => Self::Misdemeanour,
            Some('I') => Self::Infraction,
            _ => Self::Unknown,
        }
    }

    /// As tables write it; `None` if not known.
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Infraction => Some("I"),
            Self::Misdemeanour => Some("M"),
            Self::Felony => Some("F"),
        }
    }
}

/// How an arrest came about. The order says which of several rows of one arrest is believed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(u8)]
pub enum ArrestKind {
    /// Taken to jail.
    Book,
    /// Cited and released.
    Cite,
    /// For a warrant alone.
    Warrant,
    /// Held for another agency, probation or parole.
    Hold,
    /// Referred instead: an incident, no arrest.
    LeadDivert,
    /// Not known.
    #[default]
    Other,
}

impl ArrestKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Book, Self::Cite, Self::Warrant, Self::Hold, Self::LeadDivert, Self::Other];

    /// As tables and definitions write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Book => "BOOK",
            Self::Cite => "CITE",
            Self::Warrant => "WARRANT",
            Self::Hold => "HOLD",
            Self::LeadDivert => "LEAD_DIVERT",
            Self::Other => "OTHER",
        }
    }

    fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or_default()
    }

    /// An arrest for a new offence.
    pub const fn is_new_offence(self) -> bool {
        matches!(self, Self::Book | Self::Cite | Self::Other)
    }
}

/// All events, each list sorted by person and day.
#[derive(Debug)]
pub struct Content {
    /// Texts of all coded fields.
    pub words: Words,
    /// Arrests and citations.
    pub arrests: Grouped<Arrest>,
    /// Their charges, by arrest.
    pub charges: Grouped<ArrestCharge>,
    /// Incidents of arrests: number of the arrest, incident.
    pub incidents: Grouped<(u32, Number)>,
    /// What the prosecutor did.
    pub actions: Grouped<Action>,
    /// Cases.
    pub cases: Grouped<Case>,
    /// Their counts, by case.
    pub counts: Grouped<Count>,
    /// Stays in jail.
    pub custody: Grouped<Custody>,
    /// Clients of the programme.
    pub referrals: Grouped<Referral>,
    /// Encounters.
    pub contacts: Grouped<Contact>,
    /// Traits of persons.
    pub traits: Traits,
    /// What became of the rows.
    pub rows: RowCounts,
    /// First and last day of each record of the study, in the order of the definition.
    pub spans: Vec<Option<(i32, i32)>>,
}

/// What became of the rows of all tables.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RowCounts {
    /// Rows read.
    pub read: u64,
    /// Rows without the day or code that their kind requires.
    pub incomplete: u64,
    /// Rows of cases that were sealed.
    pub sealed: u64,
    /// Rows of arrests with a type that is none of ours: taken for new offences.
    pub types_unknown: u64,
}

impl Content {
    /// What the programme did alone; the rest is given up.
    pub(crate) fn into_programme(self) -> Self {
        Self {
            arrests: Grouped::default(),
            charges: Grouped::default(),
            incidents: Grouped::default(),
            actions: Grouped::default(),
            cases: Grouped::default(),
            counts: Grouped::default(),
            custody: Grouped::default(),
            traits: Traits::default(),
            ..self
        }
    }
}

/// The tables that a study binds, opened.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    readers: Vec<Reader<'a>>,
    words: Words,
    person_count: u32,
}

impl<'a> Sources<'a> {
    /// Opens all tables that the study binds.
    ///
    /// # Errors
    /// Bindings to tables and columns that are not there or of another type.
    pub(crate) fn open(study: &Study, inputs: &Inputs<'a>) -> Result<Self, StudyError> {
        let mut words = words::WordsBuilder::default();
        let mut readers = Vec::new();
        for (number, record) in (1..).zip(&study.records) {
            let table = find(inputs, number, &record.source, &record.table)?;
            readers.push(Reader::new(number, record, table, &study.codes, &mut words)?);
        }
        let words = words.finish();
        for reader in &mut readers {
            reader.renumber(&words);
        }
        Ok(Self { readers, words: words.words, person_count: inputs.person_count })
    }

    /// The opened tables, in the order of the definition.
    pub(crate) fn readers(&self) -> &[Reader<'a>] {
        &self.readers
    }

    fn of(&self, kind: Kind) -> Vec<&Reader<'a>> {
        self.readers.iter().filter(|reader| reader.kind() == kind).collect()
    }

    /// Arrests, cases and stays in jail alone, with rows given to other persons or to nobody: `person`
    /// takes a row's persons in the main linkage and in another.
    pub(crate) fn regrouped(
        &mut self,
        linkage: Linkage,
        person: impl Fn(u32, u32) -> u32,
    ) -> Content {
        let kinds = [Kind::Arrest, Kind::Case, Kind::Jail];
        for reader in self.readers.iter_mut().filter(|reader| kinds.contains(&reader.kind())) {
            reader.regroup(linkage, &person);
        }
        Content { rows: RowCounts::default(), ..self.outcomes() }
    }

    /// Arrests, cases and stays.
    fn outcomes(&self) -> Content {
        let mut rows = RowCounts::default();
        let persons = self.person_count as usize;
        let arrests = arrest::read(&self.of(Kind::Arrest), &self.words, &mut rows);
        let (cases, counts) = case::read(&self.of(Kind::Case), &self.words, &mut rows);
        let custody = custody::read(&self.of(Kind::Jail), &mut rows);
        Content {
            words: self.words.clone(),
            charges: Grouped::new(arrests.charges, arrests.arrests.len(), |it| it.arrest),
            incidents: Grouped::new(arrests.incidents, arrests.arrests.len(), |it| it.0),
            arrests: Grouped::new(arrests.arrests, persons, |it| it.person),
            actions: Grouped::default(),
            counts: Grouped::new(counts, cases.len(), |it| it.case),
            cases: Grouped::new(cases, persons, |it| it.person),
            custody: Grouped::new(custody, persons, |it| it.person),
            referrals: Grouped::default(),
            contacts: Grouped::default(),
            traits: Traits::default(),
            rows,
            spans: Vec::new(),
        }
    }

    /// All events of the persons of the main linkage.
    pub(crate) fn content(&self) -> Content {
        let mut content = self.outcomes();
        let (persons, rows) = (self.person_count as usize, &mut content.rows);
        let actions = action::read(&self.of(Kind::DaAction), &self.words, rows);
        let referrals = programme::referrals(&self.of(Kind::Referral), rows);
        let contacts = programme::contacts(&self.of(Kind::Service), rows);
        Content {
            actions: Grouped::new(actions, persons, |it| it.person),
            referrals: Grouped::new(referrals, persons, |it| it.person),
            contacts: Grouped::new(contacts, persons, |it| it.person),
            traits: traits::read(&self.readers, self.person_count),
            spans: self.readers.iter().map(Reader::span).collect(),
            ..content
        }
    }
}

fn find<'a, 'b>(
    inputs: &'b Inputs<'a>,
    number: usize,
    source: &str,
    table: &str,
) -> Result<&'b RecordTable<'a>, StudyError> {
    let wanted = |known: &&RecordTable<'_>| known.source == source && known.table == table;
    inputs.tables.iter().find(wanted).ok_or_else(|| StudyError::TableUnknown {
        number,
        source_label: source.to_owned(),
        table: table.to_owned(),
    })
}
