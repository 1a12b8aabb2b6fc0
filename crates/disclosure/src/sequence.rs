//! How many persons stand out by what happened to them and when.
//!
//! Takes finished tables, gives counts of persons whose sequence of (table, type, day) nobody else has: among all,
//! and among those with the same quasi-identifiers.

use tallystick_dataset::Table;

use crate::people::sets;
use crate::policy::EventRule;
use crate::value::{code, coded};

/// Persons who stand out by their sequence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Uniqueness {
    /// Persons with an event.
    pub(crate) persons: u64,
    /// Whose sequence nobody else has.
    pub(crate) unique: u64,
    /// Whose sequence nobody else of the same class has.
    pub(crate) unique_in_class: u64,
}

/// Counts persons. Events of a kind on one day count once: what a sequence says is which days had which events.
pub(crate) fn uniqueness(
    tables: &[Table],
    persons: &[Option<Vec<u32>>],
    rules: &[EventRule],
    class_of: &[u32],
) -> Uniqueness {
    let mut events: Vec<(u32, (u32, u32, u32))> = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let Some(place) = tables.iter().position(|table| table.name == rule.table) else {
            continue;
        };
        let (table, Some(of_rows)) = (&tables[place], &persons[place]) else { continue };
        let codes = |name: &str| table.column(name).map(|column| coded(&column.values).codes);
        let days = codes(&rule.day).unwrap_or_default();
        let kinds = rule.kind.as_ref().and_then(|name| codes(name));
        events.extend(days.iter().enumerate().map(|(row, day)| {
            let kind = kinds.as_ref().map_or(0, |kinds| kinds[row]);
            (of_rows[row], (code(number), kind, *day))
        }));
    }
    let mut distinct: Vec<(u32, u32, u32)> = events.iter().map(|(_, event)| *event).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let place = |event: &(u32, u32, u32)| code(distinct.binary_search(event).expect("one of them"));
    let rows = events.iter().map(|(person, event)| (*person, place(event))).collect();
    let made = sets(class_of.len(), rows);
    let is_empty = |person: usize| made.sets[made.of_person[person] as usize].is_empty();
    let mut all: Vec<(u32, u32)> = (0..class_of.len())
        .filter(|person| !is_empty(*person))
        .map(|person| (made.of_person[person], class_of[person]))
        .collect();
    all.sort_unstable();
    let alone = |same: &[(u32, u32)]| same.len() == 1;
    Uniqueness {
        persons: all.len() as u64,
        unique: all.chunk_by(|a, b| a.0 == b.0).filter(|same| alone(same)).count() as u64,
        unique_in_class: all.chunk_by(|a, b| a == b).filter(|same| alone(same)).count() as u64,
    }
}
