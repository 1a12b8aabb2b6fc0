//! Takes the persons of a run and who their records were before, gives each its id and what changed.
//!
//! A person keeps the id of which it holds the most records. Of several persons that hold records of one id, and of several ids
//! in one person, the greater number of records decides first; at equal numbers the person that comes first in the result, then the id
//! whose first record comes first. Whoever is left gets a new, random id. So the ids depend on records alone, not on their order or on
//! earlier ids, and no id is derived from anything.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::ids::{NoRandomness, PersonId};

/// What happened to an id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// It was not in the run before, but in an earlier one.
    Returned,
    /// It is new, of records that nobody had before.
    Created,
    /// It is new, of records that another had, who goes on without them.
    Split,
    /// It ended; most of its records are now another's.
    Merged,
    /// Records went from another to it, and both go on, or the other ended elsewhere.
    Moved,
    /// None of its records is left.
    Gone,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Returned, Self::Created, Self::Split, Self::Merged, Self::Moved, Self::Gone];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Created => "created",
            Self::Split => "split",
            Self::Merged => "merged",
            Self::Moved => "moved",
            Self::Gone => "gone",
        }
    }
}

/// One change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Change {
    /// What.
    pub kind: ChangeKind,
    /// Whose id.
    pub person: PersonId,
    /// From whom or into whom.
    pub other: Option<PersonId>,
    /// Records that this is about.
    pub records: u64,
}

/// Ids, and how they came about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Assigned {
    /// By number of the person.
    pub(super) ids: Vec<PersonId>,
    /// In a fixed order.
    pub(super) changes: Vec<Change>,
    /// Ids that the run before had, too.
    pub(super) kept: u64,
}

/// Records that an id and a person share.
struct Overlap {
    person: u32,
    id: PersonId,
    records: u64,
    /// The first of them.
    first: usize,
}

/// `person` and `earlier` are by record: the number of its person, dense from 0, and whose it was last. `before` are the ids of the
/// run before. `draw` gives new ids.
pub(super) fn assign(
    person: &[u32],
    earlier: &[Option<PersonId>],
    before: &HashSet<PersonId>,
    draw: &mut dyn FnMut() -> Result<PersonId, NoRandomness>,
) -> Result<Assigned, NoRandomness> {
    let person_count = person.iter().max().map_or(0, |most| *most as usize + 1);
    let overlaps = overlaps(person, earlier);
    let mut given: Vec<Option<PersonId>> = vec![None; person_count];
    let mut taken: HashMap<PersonId, u32> = HashMap::new();
    for overlap in &overlaps {
        let place = &mut given[overlap.person as usize];
        if place.is_none() && !taken.contains_key(&overlap.id) {
            *place = Some(overlap.id);
            taken.insert(overlap.id, overlap.person);
        }
    }
    let is_new: Vec<bool> = given.iter().map(Option::is_none).collect();
    let ids = given.into_iter().map(|id| id.map_or_else(&mut *draw, Ok));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    let mut changes = flows(&overlaps, &ids, &taken, &is_new);
    let mut sizes = vec![0u64; person_count];
    person.iter().for_each(|person| sizes[*person as usize] += 1);
    let known: HashSet<u32> = overlaps.iter().map(|overlap| overlap.person).collect();
    let mut kept = 0;
    for (number, id) in (0u32..).zip(&ids) {
        let kind = match (is_new[number as usize], known.contains(&number)) {
            (true, false) => ChangeKind::Created,
            (false, _) if !before.contains(id) => ChangeKind::Returned,
            (false, _) => {
                kept += 1;
                continue;
            }
            (true, true) => continue,
        };
        changes.push(Change { kind, person: *id, other: None, records: sizes[number as usize] });
    }
    let met: HashSet<PersonId> = overlaps.iter().map(|overlap| overlap.id).collect();
    let gone: BTreeSet<PersonId> = before.difference(&met).copied().collect();
    changes.extend(gone.into_iter().map(|person| Change {
        kind: ChangeKind::Gone,
        person,
        other: None,
        records: 0,
    }));
    Ok(Assigned { ids, changes, kept })
}

/// Most records first.
fn overlaps(person: &[u32], earlier: &[Option<PersonId>]) -> Vec<Overlap> {
    let mut counts: BTreeMap<(u32, PersonId), (u64, usize)> = BTreeMap::new();
    for (record, (person, id)) in person.iter().zip(earlier).enumerate() {
        if let Some(id) = id {
            counts.entry((*person, *id)).or_insert((0, record)).0 += 1;
        }
    }
    let mut overlaps: Vec<Overlap> = counts
        .into_iter()
        .map(|((person, id), (records, first))| Overlap { person, id, records, first })
        .collect();
    overlaps
        .sort_by_key(|overlap| (std::cmp::Reverse(overlap.records), overlap.person, overlap.first));
    overlaps
}

/// Records that went from one id to another.
fn flows(
    overlaps: &[Overlap],
    ids: &[PersonId],
    taken: &HashMap<PersonId, u32>,
    is_new: &[bool],
) -> Vec<Change> {
    let (mut merged, mut split) = (HashSet::new(), HashSet::new());
    let mut changes = Vec::new();
    for Overlap { person, id, records, .. } in overlaps {
        let now = ids[*person as usize];
        if now == *id {
            continue;
        }
        let records = *records;
        let change = if !taken.contains_key(id) && merged.insert(*id) {
            Change { kind: ChangeKind::Merged, person: *id, other: Some(now), records }
        } else if is_new[*person as usize] && split.insert(*person) {
            Change { kind: ChangeKind::Split, person: now, other: Some(*id), records }
        } else {
            Change { kind: ChangeKind::Moved, person: now, other: Some(*id), records }
        };
        changes.push(change);
    }
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u8) -> PersonId {
        PersonId::parse(&format!("per_{number:032x}")).unwrap()
    }

    fn assigned(person: &[u32], earlier: &[u8], before: &[u8]) -> Assigned {
        let earlier: Vec<_> =
            earlier.iter().map(|number| (*number > 0).then(|| id(*number))).collect();
        let before = before.iter().map(|number| id(*number)).collect();
        let mut next = 100;
        assign(person, &earlier, &before, &mut || {
            next += 1;
            Ok(id(next))
        })
        .unwrap()
    }

    fn change(kind: ChangeKind, person: u8, other: u8, records: u64) -> Change {
        let other = (other > 0).then(|| id(other));
        Change { kind, person: id(person), other, records }
    }

    #[test]
    fn what_stays_keeps_its_id_and_what_is_new_gets_one() {
        let found = assigned(&[0, 0, 1, 2], &[1, 1, 2, 0], &[1, 2, 3]);
        assert_eq!(found.ids, [id(1), id(2), id(101)]);
        assert_eq!(found.kept, 2);
        let created = change(ChangeKind::Created, 101, 0, 1);
        assert_eq!(found.changes, [created, change(ChangeKind::Gone, 3, 0, 0)]);
    }

    #[test]
    fn a_merge_keeps_the_id_of_most_records() {
        let found = assigned(&[0, 0, 0], &[1, 2, 2], &[1, 2]);
        assert_eq!(found.ids, [id(2)]);
        assert_eq!(found.changes, [change(ChangeKind::Merged, 1, 2, 1)]);
    }

    #[test]
    fn a_split_leaves_the_id_with_most_records() {
        let found = assigned(&[0, 1, 1], &[1, 1, 1], &[1]);
        assert_eq!(found.ids, [id(101), id(1)]);
        assert_eq!(found.changes, [change(ChangeKind::Split, 101, 1, 1)]);
    }

    #[test]
    fn a_record_that_changes_sides_is_no_merge_and_no_split() {
        let found = assigned(&[0, 0, 1, 1, 1], &[1, 1, 1, 2, 2], &[1, 2]);
        assert_eq!(found.ids, [id(1), id(2)]);
        assert_eq!(found.changes, [change(ChangeKind::Moved, 2, 1, 1)]);
    }

    #[test]
    fn who_was_away_returns_under_the_same_id() {
        let found = assigned(&[0, 1], &[1, 2], &[1]);
        assert_eq!(found.ids, [id(1), id(2)]);
        assert_eq!((found.kept, found.changes), (1, vec![change(ChangeKind::Returned, 2, 0, 1)]));
    }

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(assigned(&[0, 1], &[1, 1], &[1]).ids, [id(1), id(101)]);
        assert_eq!(assigned(&[0, 0], &[2, 1], &[1, 2]).ids, [id(2)]);
    }

    proptest! {
        /// Every id is given once, and the changes account for the difference between the two runs.
        #[test]
        fn ids_are_unique_and_changes_add_up(
            records in proptest::collection::vec((0u32..6, 0u8..7), 0..30),
            away in proptest::collection::vec(1u8..12, 0..5),
        ) {
            let mut dense: HashMap<u32, u32> = HashMap::new();
            let person: Vec<u32> = records.iter().map(|(label, _)| {
                let next = u32::try_from(dense.len()).unwrap();
                *dense.entry(*label).or_insert(next)
            }).collect();
            let earlier: Vec<u8> = records.iter().map(|(_, id)| *id).collect();
            let before: BTreeSet<u8> = away.into_iter().collect();
            let before: Vec<u8> = before.into_iter().collect();
            let found = assigned(&person, &earlier, &before);
            let unique: HashSet<_> = found.ids.iter().collect();
            prop_assert_eq!(unique.len(), found.ids.len());
            let count = |kind| found.changes.iter().filter(|c| c.kind == kind).count();
            let fresh = count(ChangeKind::Created) + count(ChangeKind::Split);
            let now = usize::try_from(found.kept).unwrap() + count(ChangeKind::Returned) + fresh;
            prop_assert_eq!(now, found.ids.len());
            let is_before = |change: &&Change| before.iter().any(|number| id(*number) == change.person);
            let merged = found.changes.iter().filter(|c| c.kind == ChangeKind::Merged).filter(is_before);
            let left = merged.count() + count(ChangeKind::Gone) + usize::try_from(found.kept).unwrap();
            prop_assert_eq!(left, before.len());
        }
    }
}
