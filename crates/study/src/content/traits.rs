//! Sex, race and age of persons, of which records of several sources may speak differently.

use super::reader::Reader;
use super::{Grouped, NO_DAY, NO_WORD};
use crate::definition::Kind;

/// A trait of a person.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Trait {
    /// Sex.
    Sex = 0,
    /// Race and ethnicity.
    Race = 1,
    /// Age band on the day of the record.
    AgeBand = 2,
}

/// What records say of persons' traits: person, trait, day, word; sorted, days as they come.
#[derive(Debug, Default)]
pub struct Traits(Grouped<(u32, Trait, i32, u32)>);

pub(super) fn read(readers: &[Reader<'_>], persons: u32) -> Traits {
    let mut found = Vec::new();
    for (place, reader) in readers.iter().enumerate() {
        // A table that is bound several times speaks once; the day of a referral is not that of the row.
        let same = |other: &&Reader<'_>| other.place == reader.place;
        let dated = readers.iter().filter(same).find(|it| it.kind() != Kind::Referral);
        if readers.iter().position(|it| same(&it)) != Some(place) {
            continue;
        }
        let dated = dated.unwrap_or(reader);
        for (field, which) in
            [("sex", Trait::Sex), ("race", Trait::Race), ("age_band", Trait::AgeBand)]
        {
            if !reader.has(field) {
                continue;
            }
            for (row, person) in reader.persons.iter().enumerate().filter(|(_, p)| **p < persons) {
                let word = reader.word(field, row);
                if word != NO_WORD {
                    found.push((*person, which, dated.day(dated.dated_by(), row), word));
                }
            }
        }
    }
    found.sort_unstable();
    Traits(Grouped::new(found, persons as usize, |entry| entry.0))
}

impl Traits {
    fn of(&self, person: u32, which: Trait) -> &[(u32, Trait, i32, u32)] {
        let all = self.0.of(person);
        let rest = &all[all.partition_point(|entry| entry.1 < which)..];
        &rest[..rest.partition_point(|entry| entry.1 == which)]
    }

    /// The word that most rows have; among equals the first of the alphabet.
    pub fn most(&self, person: u32, which: Trait) -> u32 {
        let mut words: Vec<u32> = self.of(person, which).iter().map(|entry| entry.3).collect();
        words.sort_unstable();
        let runs = words.chunk_by(|a, b| a == b).map(|run| (run.len(), std::cmp::Reverse(run[0])));
        runs.max().map_or(NO_WORD, |(_, word)| word.0)
    }

    /// The word of the row nearest to a day; among equals the earlier day, then the first of the alphabet.
    pub fn nearest(&self, person: u32, which: Trait, day: i32) -> u32 {
        let dated = self.of(person, which).iter().filter(|entry| entry.2 != NO_DAY);
        let nearest = dated.min_by_key(|entry| (entry.2.abs_diff(day), entry.2, entry.3));
        nearest.map_or(NO_WORD, |entry| entry.3)
    }
}
