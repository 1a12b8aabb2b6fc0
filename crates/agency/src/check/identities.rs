//! Takes identities, each once, gives values that many people share, heaping of births, suspected
//! twins and duplicates.
//!
//! Nothing is kept but hashes under a key that is drawn anew and thrown away, with lines of the
//! export: about 100 bytes for each identity, and 16 MiB for values that may be shared.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use tallystick_encoder::normalise::{Field, NormalisedRecord};

use super::place::Place;
use super::report::{HeapReport, HotReport, Lines, RepeatReport};
use crate::encode::report::field_name;

/// Values counted at once. Beyond it, every count falls by one and those at none are forgotten (Misra
/// and Gries 1982, doi:10.1016/0167-6423(82)90012-0): a count is too low by at most identities
/// over this.
const VALUES_MAX: usize = 1 << 18;
/// People from which a value may be hot.
const PEOPLE_MIN: u64 = 10;
/// A value is hot where so many times more people have it than chance gives.
const CHANCE_TIMES: f64 = 8.0;
/// Hot values shown of each field.
const HOT_MAX: usize = 6;

/// Fields looked at, with the share of people that chance gives any one value. Telephones and
/// addresses belong to one household, of names the commonest in the United States make about one
/// person in two thousand; dates are spread over some sixty years.
const FIELDS: [(Field, f64); 5] = [
    (Field::Ssn, 1.0 / 10_000.0),
    (Field::Phone, 1.0 / 20_000.0),
    (Field::Address, 1.0 / 8_000.0),
    (Field::Dob, 1.0 / 21_900.0),
    (Field::Last, 1.0 / 2_000.0),
];

/// A key, what differs under it, who it is about, and where.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Entry {
    key: u64,
    other: u64,
    /// Hash of the local number, or zero.
    local: u64,
    line: Place,
}

/// Looks at identities.
#[derive(Debug, Default)]
pub(super) struct Identities {
    key: RandomState,
    known: HashSet<u64>,
    people: HashSet<u64>,
    hot: HashMap<(usize, u64), Lines>,
    births: Births,
    by_birth_and_place: Vec<Entry>,
    by_name_and_birth: Vec<Entry>,
    by_local: Vec<Entry>,
}

#[derive(Debug, Default)]
struct Births {
    dated: u64,
    january: u64,
    first: u64,
    fifteenth: u64,
    round_years: u64,
}

impl Identities {
    /// Takes the identity of a row; `false` if it was known.
    pub(super) fn add(&mut self, record: &NormalisedRecord, line: Place) -> bool {
        let mut identity = zeroize::Zeroizing::new(Vec::with_capacity(256));
        record.feed_identity(|bytes| identity.extend_from_slice(bytes));
        identity.extend_from_slice(record.local_id().as_bytes());
        if !self.known.insert(self.key.hash_one(&*identity)) {
            return false;
        }
        self.births.add(record);
        self.values(record, line);
        self.repeats(record, line);
        true
    }

    /// How many identities there are.
    pub(super) fn count(&self) -> u64 {
        self.known.len() as u64
    }

    fn values(&mut self, record: &NormalisedRecord, line: Place) {
        let person = self.person(record);
        for (index, (field, _)) in FIELDS.iter().enumerate() {
            let value = match field {
                Field::Ssn => record.ssn4().map(|digits| self.key.hash_one(digits)),
                Field::Phone => record.phone().map(|digits| self.key.hash_one(digits)),
                Field::Address => (!record.address_street().is_empty())
                    .then(|| self.key.hash_one((record.address_number(), record.address_street()))),
                Field::Dob => record
                    .dob()
                    .filter(|_| !record.dob_is_default())
                    .map(|dob| self.key.hash_one(dob.to_digits())),
                _ => (!record.first().is_empty() && !record.last().is_empty())
                    .then(|| self.key.hash_one((record.first(), record.last()))),
            };
            let Some(value) = value else { continue };
            // Of a name, people are told apart by birth; of all else, by who they are.
            let holder = match field {
                Field::Last => {
                    self.key.hash_one((record.dob().map(|dob| dob.to_digits()), record.local_id()))
                }
                _ => person,
            };
            if !self.people.insert(self.key.hash_one((index, value, holder))) {
                continue;
            }
            self.hot.entry((index, value)).or_default().add(line);
            if self.hot.len() > VALUES_MAX {
                self.hot.retain(|_, lines| {
                    lines.count -= 1;
                    lines.count > 0
                });
            }
        }
    }

    /// Who an identity is about, roughly: the local number, or else sounds of the names with the year.
    fn person(&self, record: &NormalisedRecord) -> u64 {
        if !record.local_id().is_empty() {
            return self.key.hash_one(record.local_id());
        }
        let sounds = (record.first_soundex().as_bytes(), record.last_soundex().as_bytes());
        self.key.hash_one((sounds, record.dob().map(|dob| dob.year())))
    }

    fn repeats(&mut self, record: &NormalisedRecord, line: Place) {
        let local = match record.local_id() {
            "" => 0,
            number => self.key.hash_one(number).max(1),
        };
        if local != 0
            && let Some(dob) = record.dob().filter(|_| !record.dob_is_default())
        {
            let other = self.key.hash_one(dob.to_digits());
            self.by_local.push(Entry { key: local, other, local, line });
        }
        let Some(dob) = record.dob().filter(|_| !record.dob_is_default()) else { return };
        if record.first().is_empty() || record.last().is_empty() {
            return;
        }
        let dob = dob.to_digits();
        if local != 0 {
            let key = self.key.hash_one((record.first(), record.last(), dob));
            self.by_name_and_birth.push(Entry { key, other: local, local, line });
        }
        let place = if record.address_street().is_empty() {
            (record.zip(), record.city())
        } else {
            (record.address_number(), record.address_street())
        };
        if !place.0.is_empty() || !place.1.is_empty() {
            let key = self.key.hash_one((record.last(), dob, place));
            let root = tallystick_encoder::nicknames::roots(record.first()).next();
            let other = self
                .key
                .hash_one(root.unwrap_or_else(|| record.first()).as_bytes().first_chunk::<2>());
            self.by_birth_and_place.push(Entry { key, other, local, line });
        }
    }

    pub(super) fn hot(&self) -> Vec<HotReport> {
        let identities = self.count() as f64;
        let mut found: Vec<(usize, &Lines)> = self
            .hot
            .iter()
            .filter(|((index, _), lines)| {
                let expected = identities * FIELDS[*index].1;
                lines.count >= PEOPLE_MIN && lines.count as f64 >= CHANCE_TIMES * expected
            })
            .map(|((index, _), lines)| (*index, lines))
            .collect();
        // Most people first; the first line makes the order the same in every run.
        found
            .sort_by_key(|(index, lines)| (std::cmp::Reverse(lines.count), *index, lines.lines[0]));
        let mut shown = [0; FIELDS.len()];
        found.retain(|(index, _)| {
            shown[*index] += 1;
            shown[*index] <= HOT_MAX
        });
        found
            .into_iter()
            .map(|(index, lines)| HotReport {
                field: match FIELDS[index].0 {
                    Field::Last => "first and last".to_owned(),
                    field => field_name(field),
                },
                people: lines.clone(),
            })
            .collect()
    }

    pub(super) fn heaping(&self) -> Vec<HeapReport> {
        self.births.report()
    }

    pub(super) fn repeats_found(&mut self) -> Vec<RepeatReport> {
        let kinds = [
            (
                "twins",
                "another first name with the same last name, birth date and place: twins, or one person under two names",
                groups(&mut self.by_birth_and_place, |a, b| {
                    a.other != b.other && (a.local == 0 || a.local != b.local)
                }),
            ),
            (
                "several-numbers",
                "the same name and birth date under several person numbers: duplicates, or namesakes",
                groups(&mut self.by_name_and_birth, |a, b| a.other != b.other),
            ),
            (
                "several-birth-dates",
                "several birth dates under one person number: errors, or a number used twice",
                groups(&mut self.by_local, |a, b| a.other != b.other),
            ),
        ];
        kinds
            .into_iter()
            .filter(|(_, _, groups)| groups.count > 0)
            .map(|(kind, meaning, groups)| RepeatReport {
                kind: kind.to_owned(),
                meaning: meaning.to_owned(),
                groups,
            })
            .collect()
    }
}

/// Groups of one key that hold two entries of different people or values.
fn groups(entries: &mut [Entry], differ: impl Fn(&Entry, &Entry) -> bool) -> Lines {
    entries.sort_unstable();
    let mut firsts: BTreeMap<Place, ()> = BTreeMap::new();
    for group in entries.chunk_by(|a, b| a.key == b.key) {
        if group.iter().any(|entry| differ(&group[0], entry)) {
            let first = group.iter().map(|entry| entry.line).min();
            firsts.extend(first.map(|line| (line, ())));
        }
    }
    let mut lines = Lines::default();
    firsts.into_keys().for_each(|line| lines.add(line));
    lines
}

impl Births {
    fn add(&mut self, record: &NormalisedRecord) {
        let Some(dob) = record.dob() else { return };
        self.dated += 1;
        self.january += u64::from(record.dob_is_default());
        self.first += u64::from(dob.day() == 1 && dob.month() != 1);
        self.fifteenth += u64::from(dob.day() == 15);
        self.round_years += u64::from(dob.year() % 5 == 0);
    }

    /// Shares in ten-thousandths; those expected are of days in a year of 365.2425 days.
    fn report(&self) -> Vec<HeapReport> {
        let rows = [
            ("1 January", self.january, 27),
            ("the first of another month", self.first, 301),
            ("the fifteenth", self.fifteenth, 329),
            ("years ending in 0 or 5", self.round_years, 2_000),
        ];
        let report = |(what, identities, expected): (&str, u64, u64)| {
            let share = (identities * 10_000 + self.dated / 2).checked_div(self.dated).unwrap_or(0);
            // Half more than expected, and more than four standard errors.
            let by_chance = 4.0 * (self.dated as f64 * expected as f64 / 10_000.0).sqrt();
            let excess = identities as f64 - self.dated as f64 * expected as f64 / 10_000.0;
            let heaped = excess > by_chance && share * 2 >= expected * 3;
            HeapReport { what: what.to_owned(), identities, share, expected, heaped }
        };
        if self.dated == 0 { Vec::new() } else { rows.into_iter().map(report).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::report::RowPlace;

    #[test]
    fn groups_need_two_that_differ() {
        let at = |line| RowPlace { file: None, line }.into();
        let entry = |key, other, line| Entry { key, other, local: 0, line: at(line) };
        let mut entries = [entry(1, 1, 9), entry(1, 2, 4), entry(2, 1, 5), entry(2, 1, 6)];
        let found = groups(&mut entries, |a, b| a.other != b.other);
        assert_eq!(found, Lines { count: 1, lines: vec![at(4)] });
    }
}
