//! Rates of linkage error by arm, as a review of some persons of the study finds them.
//!
//! A reviewer who knows whom each record is truly about looks at persons of each arm, in random order, until they have had
//! [`REVIEWED_EVENTS`] felony arrests in the years before and after the index day. Errors of one person's arrests go together, and the
//! standard errors of the rates say so.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tallystick_dataset::{Table, Values};
use tallystick_evaluate::study::plan::{ErrorShares, Linkage};
use tallystick_synth::WINDOW_DAYS;

use super::events::{Event, Events};

/// Felony arrests that are reviewed in each arm, where it has so many.
pub const REVIEWED_EVENTS: u32 = 400;

/// Linkage error of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmRates {
    /// Share of the persons' own arrests that were not linked to them, and its standard error.
    pub missed: [f64; 2],
    /// Share of the arrests linked to them that are of others, and its standard error.
    pub wrong: [f64; 2],
}

/// Persons of an arm, by number.
pub(super) type Members = [Vec<u32>; 2];

/// Clients and comparison persons of a study whose ids are the numbers of persons.
pub(super) fn members(tables: &[Table]) -> anyhow::Result<Members> {
    let person = tables.iter().find(|table| table.name == "person").context("table person")?;
    let text = |name: &str| match person.column(name).map(|column| &column.values) {
        Some(Values::Text(cells, texts)) => Ok((cells, texts)),
        _ => anyhow::bail!("no texts in {name}"),
    };
    let ((ids, id_texts), (arms, arm_texts)) = (text("study_id")?, text("arm")?);
    let mut members = Members::default();
    for (id, arm) in ids.iter().zip(arms) {
        let person = u32::from_str_radix(id_texts.text(*id), 16)?;
        members[usize::from(arm_texts.text(*arm) != "LEAD")].push(person);
    }
    Ok(members)
}

/// What the review of one person found: own arrests with those missed, linked arrests with those of others.
#[derive(Clone, Copy, Debug)]
struct Reviewed {
    own: [u32; 2],
    linked: [u32; 2],
}

/// The rates of both arms.
pub(super) fn rates(
    events: &Events,
    members: &Members,
    seed: u64,
) -> anyhow::Result<[ArmRates; 2]> {
    let referrals = earliest(events.referrals.iter());
    let eligible = events.arrests.iter().filter(|arrest| arrest.is_eligible);
    let eligible = earliest(eligible.map(|arrest| &arrest.event));
    let reviews = Reviews::new(events);
    let arm = |members: &[u32], indices: &BTreeMap<u32, &Event>| -> anyhow::Result<ArmRates> {
        let mut members = members.to_vec();
        members.sort_by_key(|person| lot(seed, *person));
        let mut found: Vec<Reviewed> = Vec::new();
        for person in members {
            if found.iter().map(|it| it.own[0]).sum::<u32>() >= REVIEWED_EVENTS {
                break;
            }
            let index = indices.get(&person).context("a member has an index event")?;
            found.push(reviews.of(person, index));
        }
        Ok(ArmRates {
            missed: share(found.iter().map(|it| it.own)),
            wrong: share(found.iter().map(|it| it.linked)),
        })
    };
    Ok([arm(&members[0], &referrals)?, arm(&members[1], &eligible)?])
}

/// The first event of each person that was found.
fn earliest<'a>(events: impl Iterator<Item = &'a Event>) -> BTreeMap<u32, &'a Event> {
    let mut first: BTreeMap<u32, &Event> = BTreeMap::new();
    for event in events {
        for person in &event.found {
            let known = first.entry(*person).or_insert(event);
            if (event.day, event.truth) < (known.day, known.truth) {
                *known = event;
            }
        }
    }
    first
}

/// Felony arrests by true person, and by person that was found.
struct Reviews<'a> {
    truth: BTreeMap<u32, Vec<&'a Event>>,
    found: BTreeMap<u32, Vec<&'a Event>>,
}

impl<'a> Reviews<'a> {
    fn new(events: &'a Events) -> Self {
        let (mut truth, mut found) = (BTreeMap::new(), BTreeMap::new());
        for arrest in events.arrests.iter().filter(|arrest| arrest.is_felony) {
            let event = &arrest.event;
            truth.entry(event.truth).or_insert_with(Vec::new).push(event);
            for person in &event.found {
                found.entry(*person).or_insert_with(Vec::new).push(event);
            }
        }
        Self { truth, found }
    }

    /// Reviews a person of the study, who is truly the one of the index event.
    fn of(&self, person: u32, index: &Event) -> Reviewed {
        let counted = |events: Option<&Vec<&Event>>, is_wrong: &dyn Fn(&Event) -> bool| {
            let near = events.into_iter().flatten().filter(|event| {
                let days = (event.day - index.day).num_days().abs();
                days > 0 && days <= i64::from(WINDOW_DAYS)
            });
            near.fold([0, 0], |[all, wrong], event| [all + 1, wrong + u32::from(is_wrong(event))])
        };
        Reviewed {
            own: counted(self.truth.get(&index.truth), &|event| !event.found.contains(&person)),
            linked: counted(self.found.get(&person), &|event| event.truth != index.truth),
        }
    }
}

/// A place in an order that has nothing to do with persons.
fn lot(seed: u64, person: u32) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(person.to_le_bytes())
        .finalize()
        .into()
}

/// Share of the second in the first, and its standard error with persons as clusters.
fn share(counts: impl Iterator<Item = [u32; 2]> + Clone) -> [f64; 2] {
    let [all, of] = counts
        .clone()
        .fold([0.0, 0.0], |[all, of], [n, m]| [all + f64::from(n), of + f64::from(m)]);
    if all == 0.0 {
        return [0.0, 0.0];
    }
    let share: f64 = of / all;
    let squares: f64 = counts.map(|[n, m]| (f64::from(m) - share * f64::from(n)).powi(2)).sum();
    [share, squares.sqrt() / all]
}

/// As a plan has them.
pub(super) fn shares(rates: [ArmRates; 2]) -> Linkage {
    let [programme, comparison] = rates.map(|rates| ErrorShares {
        missed: rates.missed[0],
        missed_error: rates.missed[1],
        wrong: rates.wrong[0],
        wrong_error: rates.wrong[1],
    });
    Linkage { programme, comparison }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_errs_by_persons() {
        // Two of ten events, both of one person of two: the ratio's linearised error.
        let [rate, error] = share([[2, 2], [8, 0]].into_iter());
        assert!((rate - 0.2).abs() < 1e-12);
        let by_hand = (1.6_f64.powi(2) + 1.6_f64.powi(2)).sqrt() / 10.0;
        assert!((error - by_hand).abs() < 1e-12);
        let [none, known] = share([[0, 0]].into_iter());
        assert!(none.abs() + known.abs() < f64::EPSILON);
    }
}
