//! The same members under imputed linkages, for estimates that carry the doubt about the linkage.
//!
//! Members, arms, index days and index events are those of the main linkage; what counts are the events of the
//! drawn person that holds the index event, whichever persons of the main linkage they were.

use tallystick_dataset::Table;

use super::index::Index;
use super::outcomes::Outcomes;
use super::variants::{held, of_persons, places_of};
use super::{Made, windows};
use crate::content::{Linkage, NO_PERSON, Sources};
use crate::definition::{Kind, Study};
use crate::{Inputs, RecordTable, StudyError};

/// Table of the first draw, without its number.
const NAME: &str = "person_window_imputed_";

/// Outcomes by draw and member; `None` where the draw has the person as the main linkage has it.
pub(super) struct Imputed(Vec<Vec<Option<Outcomes>>>);

impl Imputed {
    /// Refuses a study that wants more draws than there are.
    pub(super) fn check(study: &Study, inputs: &Inputs<'_>) -> Result<(), StudyError> {
        let wanted = study.imputed_linkages;
        let lacks =
            |table: &RecordTable<'_>| !table.persons.is_empty() && table.imputed.len() < wanted;
        if inputs.tables.iter().any(lacks) {
            let rule =
                "is more than the run drew, which its setting clustering.imputed_linkages says";
            return Err(StudyError::Setting { place: "imputed_linkages".to_owned(), rule });
        }
        Ok(())
    }

    pub(super) fn new(made: &Made<'_>, indices: &[Index], sources: &mut Sources<'_>) -> Self {
        let places = places_of(made);
        let one = |number| draw(made, indices, &places, Linkage::Imputed(number), sources);
        Self((0..made.study.imputed_linkages).map(one).collect())
    }

    /// A table for each draw, numbered from 1.
    pub(super) fn tables(&self, made: &Made<'_>, main: &[Outcomes]) -> Vec<Table> {
        let one = |(number, draw): (usize, &Vec<Option<Outcomes>>)| {
            let label = format!(
                "As person_window, of the events of the person in draw {number} of the linkage that \
                 holds the index event"
            );
            let outcomes =
                draw.iter().zip(main).map(|(drawn, main)| drawn.as_ref().unwrap_or(main));
            windows::table(made, outcomes, (&format!("{NAME}{number}"), &label))
        };
        (1..).zip(&self.0).map(one).collect()
    }
}

fn draw(
    made: &Made<'_>,
    indices: &[Index],
    places: &[u32],
    linkage: Linkage,
    sources: &mut Sources<'_>,
) -> Vec<Option<Outcomes>> {
    let held = held(made, places, sources, linkage);
    let drawn = Drawn::new(made, &held);
    let is_changed = drawn.changed(made, places, &held, sources, linkage);
    let is_wanted = drawn.wanted(&held, &is_changed);
    let content = sources.regrouped(linkage, |_, other| match drawn.find(other) {
        Some(place) if is_wanted[place] => drawn.0[place].1,
        _ => NO_PERSON,
    });
    let stands = |other: &u32| drawn.find(*other).map_or(NO_PERSON, |place| drawn.0[place].1);
    let persons: Vec<u32> = held.iter().map(stands).collect();
    of_persons(made, indices, &content, &persons, |place| is_changed[place])
}

/// Drawn persons that hold an index event, ascending, each with the least person of the members whose it is.
struct Drawn(Vec<(u32, u32)>);

impl Drawn {
    fn new(made: &Made<'_>, held: &[u32]) -> Self {
        let persons = made.members.iter().map(|member| member.person);
        let mut drawn: Vec<(u32, u32)> = held.iter().copied().zip(persons).collect();
        drawn.sort_unstable();
        drawn.dedup_by_key(|(other, _)| *other);
        Self(drawn)
    }

    fn find(&self, other: u32) -> Option<usize> {
        self.0.binary_search_by_key(&other, |(known, _)| *known).ok()
    }

    /// By member: whether its drawn person lacks rows of the person, or has those of another.
    fn changed(
        &self,
        made: &Made<'_>,
        places: &[u32],
        held: &[u32],
        sources: &Sources<'_>,
        linkage: Linkage,
    ) -> Vec<bool> {
        let mut is_changed = vec![false; made.members.len()];
        let mut has_others = vec![false; self.0.len()];
        let kinds = [Kind::Arrest, Kind::Case, Kind::Jail];
        for reader in sources.readers().iter().filter(|reader| kinds.contains(&reader.kind())) {
            for (person, other, _) in reader.linked_rows(linkage) {
                if let Some(place) = places.get(person as usize).filter(|it| **it != NO_PERSON) {
                    is_changed[*place as usize] |= held[*place as usize] != other;
                }
                if let Some(drawn) = self.find(other) {
                    has_others[drawn] |= self.0[drawn].1 != person;
                }
            }
        }
        for (is_changed, other) in is_changed.iter_mut().zip(held) {
            *is_changed |= self.find(*other).is_some_and(|drawn| has_others[drawn]);
        }
        is_changed
    }

    /// By drawn person: whether anybody's outcomes are made of it.
    fn wanted(&self, held: &[u32], is_changed: &[bool]) -> Vec<bool> {
        let mut is_wanted = vec![false; self.0.len()];
        for (other, _) in held.iter().zip(is_changed).filter(|(_, is_changed)| **is_changed) {
            if let Some(place) = self.find(*other) {
                is_wanted[place] = true;
            }
        }
        is_wanted
    }
}
