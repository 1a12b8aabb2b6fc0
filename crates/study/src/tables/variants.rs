//! The same members under the strict and the loose linkage, for analyses of sensitivity.
//!
//! Members, arms, index days and index events are those of the main linkage; what differs is whose events
//! count: those of the strict person that holds the index event, or those of all persons that loose joins.

use tallystick_dataset::column::PERMILLE_MISSING;
use tallystick_dataset::{Column, Missing, Table, Values};

use super::build::{Identifier, Other, integers, places, study_id};
use super::index::Index;
use super::outcomes::Outcomes;
use super::{Made, windows};
use crate::content::{Content, Linkage, NO_PERSON, Sources};
use crate::definition::{IndexEvent, Kind};

const STRICT: (&str, &str) = (
    "person_window_strict",
    "As person_window, of the events of the strict person that holds the index event",
);
const LOOSE: (&str, &str) = (
    "person_window_loose",
    "As person_window, of the events of all persons that the loose linkage joins",
);

/// Outcomes by the other linkages.
pub(super) struct Variants {
    /// By member; `None` where the strict person has all rows of the person.
    strict: Vec<Option<Outcomes>>,
    /// By member: rows that can count, and those of them that the strict person has.
    strict_rows: Vec<(u32, u32)>,
    /// By member; `None` where loose joins nobody.
    loose: Vec<Option<Outcomes>>,
    /// By person.
    groups: Groups,
}

impl Variants {
    pub(super) fn new(made: &Made<'_>, indices: &[Index], sources: &mut Sources<'_>) -> Self {
        let places = places_of(made);
        let held = held(made, &places, sources, Linkage::Strict);
        let strict_rows = strict_rows(made, &places, &held, sources);
        let is_split: Vec<bool> = strict_rows.iter().map(|(all, kept)| kept < all).collect();
        let content = sources.regrouped(Linkage::Strict, |person, strict| {
            let place = places.get(person as usize).filter(|place| **place != NO_PERSON);
            let is_kept =
                |place: &u32| is_split[*place as usize] && held[*place as usize] == strict;
            if place.is_some_and(is_kept) { person } else { NO_PERSON }
        });
        let members: Vec<u32> = made.members.iter().map(|member| member.person).collect();
        let strict = of_persons(made, indices, &content, &members, |place| is_split[place]);
        drop(content);

        let groups = Groups::new(made, &places);
        let content = sources.regrouped(Linkage::Strict, |person, _| match groups.of(person) {
            Some(group) if group.persons > 1 && group.members > 0 => group.first,
            _ => NO_PERSON,
        });
        let of = |person| groups.of(person).expect("a member is a person");
        let firsts: Vec<u32> = members.iter().map(|person| of(*person).first).collect();
        let is_joined = |place: usize| of(members[place]).persons > 1;
        let loose = of_persons(made, indices, &content, &firsts, is_joined);
        Self { strict, strict_rows, loose, groups }
    }

    /// `person_window_strict`, `person_window_loose` and `link_variants`.
    pub(super) fn tables(&self, made: &Made<'_>, main: &[Outcomes]) -> Vec<Table> {
        let of = |other: &'_ [Option<Outcomes>], name| {
            let outcomes =
                other.iter().zip(main).map(|(other, main)| other.as_ref().unwrap_or(main));
            windows::table(made, outcomes, name)
        };
        vec![of(&self.strict, STRICT), of(&self.loose, LOOSE), self.links(made)]
    }

    fn links(&self, made: &Made<'_>) -> Table {
        let groups: Vec<Group> =
            made.members.iter().filter_map(|member| self.groups.of(member.person)).collect();
        let strict = made.members.iter().map(|it| made.inputs.strict_counts[it.person as usize]);
        let shares = self.strict_rows.iter().map(|rows| share(*rows));
        let mut numbers = vec![0; self.groups.0.len()];
        let mut given = 0;
        let pids = groups.iter().map(|group| {
            let number = &mut numbers[group.first as usize];
            if *number == 0 {
                given += 1;
                *number = given;
            }
            *number
        });
        let column = |name: &str, cells: Vec<i64>, label: &str, derivation: &str| {
            integers(name, cells, label, derivation, Other)
        };
        let columns = vec![
            study_id(made, places(made)),
            column("n_strict", strict.map(i64::from).collect(), "Strict persons", N_STRICT),
            Column::new(
                "strict_share",
                Values::Permille(shares.collect()),
                "Share of rows under strict",
                STRICT_SHARE,
                Other,
            ),
            integers("loose_group_pid", pids.collect(), "Loose group", LOOSE_GROUP, Identifier),
            column(
                "n_loose",
                groups.iter().map(|it| it.members.into()).collect(),
                "Members of the group",
                N_LOOSE,
            ),
            column(
                "n_loose_persons",
                groups.iter().map(|it| it.persons.into()).collect(),
                "Persons of the group",
                N_LOOSE_PERSONS,
            ),
        ];
        let key = vec!["study_id".to_owned()];
        let label = "What the strict and the loose linkage make of each person".to_owned();
        Table { name: "link_variants".to_owned(), label, key, rows: made.members.len(), columns }
    }
}

const N_STRICT: &str =
    "into how many the strict linkage splits the person; 1 if it keeps all records together";
const STRICT_SHARE: &str = "of the person's rows of arrests, cases and jail, the share of the strict person that \
     holds the index event, which alone counts in person_window_strict; missing without such rows";
const LOOSE_GROUP: &str =
    "number of this release, the same for persons that the loose linkage joins";
const N_LOOSE: &str =
    "persons of the study that the loose linkage joins with the person, itself included";
const N_LOOSE_PERSONS: &str = "persons that the loose linkage joins with the person, itself and those outside of the \
     study included; the events of all count in person_window_loose";

/// Thousandths of the rows that are kept; 1000 only if all are.
fn share((all, kept): (u32, u32)) -> u16 {
    if all == 0 {
        return PERMILLE_MISSING - Missing::Unspecified as u16;
    }
    u16::try_from(u64::from(kept) * 1000 / u64::from(all)).expect("a part is no more than all")
}

/// Place of each person among the members; [`NO_PERSON`] for others.
pub(super) fn places_of(made: &Made<'_>) -> Vec<u32> {
    let mut places = vec![NO_PERSON; made.inputs.person_count as usize];
    for (place, member) in (0..).zip(made.members) {
        places[member.person as usize] = place;
    }
    places
}

/// By member: the person of another linkage with the most rows of the index event, among equals the least.
///
/// Rows of the index event are those of the kind that the arm wants, on the index day.
pub(super) fn held(
    made: &Made<'_>,
    places: &[u32],
    sources: &Sources<'_>,
    linkage: Linkage,
) -> Vec<u32> {
    let mut rows: Vec<(u32, u32)> = Vec::new();
    for reader in sources.readers() {
        let event = match reader.kind() {
            Kind::Arrest => IndexEvent::Arrest,
            Kind::Referral => IndexEvent::Referral,
            _ => continue,
        };
        for (person, other, day) in reader.linked_rows(linkage) {
            let Some(place) = places.get(person as usize).filter(|it| **it != NO_PERSON) else {
                continue;
            };
            let member = &made.members[*place as usize];
            if member.day == day && made.study.arms[member.arm].index == event {
                rows.push((*place, other));
            }
        }
    }
    rows.sort_unstable();
    let mut held = vec![(0, NO_PERSON); made.members.len()];
    for run in rows.chunk_by(|a, b| a == b) {
        let most = &mut held[run[0].0 as usize];
        // Ascending: an equal one that comes later is greater.
        if run.len() > most.0 {
            *most = (run.len(), run[0].1);
        }
    }
    held.into_iter().map(|(_, other)| other).collect()
}

/// By member: rows of arrests, cases and stays, and those of them that the strict person has.
fn strict_rows(
    made: &Made<'_>,
    places: &[u32],
    held: &[u32],
    sources: &Sources<'_>,
) -> Vec<(u32, u32)> {
    let mut rows = vec![(0, 0); made.members.len()];
    let kinds = [Kind::Arrest, Kind::Case, Kind::Jail];
    for reader in sources.readers().iter().filter(|reader| kinds.contains(&reader.kind())) {
        for (person, strict, _) in reader.linked_rows(Linkage::Strict) {
            if let Some(place) = places.get(person as usize).filter(|it| **it != NO_PERSON) {
                let (all, kept) = &mut rows[*place as usize];
                *all += 1;
                *kept += u32::from(held[*place as usize] == strict);
            }
        }
    }
    rows
}

/// By member: outcomes of the person who stands for it in other content, where that is wanted.
pub(super) fn of_persons(
    made: &Made<'_>,
    indices: &[Index],
    content: &Content,
    persons: &[u32],
    is_wanted: impl Fn(usize) -> bool,
) -> Vec<Option<Outcomes>> {
    let other = made.with(content);
    let members = made.members.iter().zip(indices).zip(persons).enumerate();
    let outcome = |(place, ((member, index), person)): (usize, ((_, _), &u32))| {
        is_wanted(place).then(|| Outcomes::of(&other, *person, member, index))
    };
    members.map(outcome).collect()
}

/// Persons that the loose linkage joins.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    /// The least of them, which stands for all.
    first: u32,
    persons: u32,
    members: u32,
}

/// By person.
struct Groups(Vec<Group>);

impl Groups {
    fn new(made: &Made<'_>, places: &[u32]) -> Self {
        let mut persons: Vec<(u32, u32)> = made.inputs.loose.iter().copied().zip(0..).collect();
        persons.sort_unstable();
        let mut groups = vec![Group::default(); persons.len()];
        for joined in persons.chunk_by(|a, b| a.0 == b.0) {
            let is_member = |(_, person): &&(u32, u32)| places[*person as usize] != NO_PERSON;
            let count = |number: usize| u32::try_from(number).expect("persons are 32 bits");
            let members = count(joined.iter().filter(is_member).count());
            let group = Group { first: joined[0].1, persons: count(joined.len()), members };
            joined.iter().for_each(|(_, person)| groups[*person as usize] = group);
        }
        Self(groups)
    }

    fn of(&self, person: u32) -> Option<Group> {
        self.0.get(person as usize).copied()
    }
}
