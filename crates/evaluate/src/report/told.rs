//! Which counts of persons stand in the report.
//!
//! Takes an evaluation, says once for the whole report which of its counts are told: the steps of the flow, the persons of
//! outcomes and those with an event, the persons looked at for the first arrest. All of them are within those of the study and
//! mostly within one another, so that each is told where it differs by enough, or by nobody, from all that are told before it.

use super::gate::Gate;
use crate::study::Evaluation;
use crate::study::estimates::OutcomeEstimates;
use crate::study::nested::Nested;
use crate::study::timing::FirstArrest;

/// The counts that are told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Persons of the study.
    pub(super) all: bool,
    /// Matched persons, and so those without a match.
    pub(super) matched: bool,
    /// Persons with a score that the other arm does not reach.
    pub(super) outside: bool,
    /// Of each estimate of the main linkage.
    main: Vec<Of>,
    /// Of each estimate of everybody.
    unadjusted: Vec<Of>,
    /// Of the first arrest.
    pub(super) first_arrest: Of,
    /// All persons that are told.
    pub(super) persons: Nested<2>,
}

/// What is told of an outcome.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Of {
    /// Its persons.
    pub(super) persons: bool,
    /// Those of them with an event, and so those without one.
    pub(super) events: bool,
}

/// Matched persons of the comparison and of the programme.
pub(super) fn matched(it: &Evaluation) -> Option<[u64; 2]> {
    let matched = it.matched.as_ref().ok()?;
    let mut pool: Vec<usize> =
        matched.matching.matched().flat_map(|(_, chosen)| chosen).copied().collect();
    pool.sort_unstable();
    pool.dedup();
    Some([pool.len() as u64, matched.matching.matched().count() as u64])
}

impl Told {
    /// Of an evaluation. What comes first is told first: the flow, the main outcome, then the others.
    pub(super) fn of(it: &Evaluation) -> Self {
        let gate = Gate::of(it);
        let mut persons = Nested::new(gate.smallest());
        let all = persons.tells(it.persons);
        let is_matched = matched(it).is_some_and(|counts| persons.tells(counts));
        let mut main: Vec<Of> = it.main().map(|_| Of::default()).collect();
        let of_main = |one: &OutcomeEstimates| one.count == it.plan.outcomes.main;
        for first in [true, false] {
            for (told, one) in main.iter_mut().zip(it.main()).filter(|of| of_main(of.1) == first) {
                told.persons = persons.tells(one.persons);
            }
        }
        let first = it.first_arrest.as_ref().and_then(|found| found.as_ref().ok());
        let is_told = first.is_some_and(|found| persons.tells(found.persons));
        let mut first_arrest = Of { persons: is_told, events: false };
        let mut unadjusted: Vec<Of> = it
            .unadjusted
            .iter()
            .map(|one| Of { persons: persons.tells(one.persons), events: false })
            .collect();
        let inside = it.matched.as_ref().ok().map(|matched| {
            [0, 1].map(|arm: usize| it.persons[arm].saturating_sub(matched.outside[arm]))
        });
        let outside = inside.is_some_and(|inside| persons.tells(inside));
        let mut events = Events { gate, told: Vec::new() };
        for (told, one) in main.iter_mut().zip(it.main()) {
            told.events = told.persons && gate.shows(one) && events.tells(one);
        }
        for (told, one) in unadjusted.iter_mut().zip(&it.unadjusted) {
            told.events = told.persons && gate.shows_all(it, one) && events.tells(one);
        }
        first_arrest.events = first_arrest.persons && first.is_some_and(|it| events.first(it));
        Self { all, matched: is_matched, outside, main, unadjusted, first_arrest, persons }
    }

    /// Estimates of the main linkage with what is told of their counts.
    pub(super) fn main<'a>(
        &'a self,
        it: &'a Evaluation,
    ) -> impl Iterator<Item = (&'a OutcomeEstimates, Of)> {
        it.main().zip(self.main.iter().copied())
    }

    /// Estimates of everybody with the same.
    pub(super) fn unadjusted<'a>(
        &'a self,
        it: &'a Evaluation,
    ) -> impl Iterator<Item = (&'a OutcomeEstimates, Of)> {
        it.unadjusted.iter().zip(self.unadjusted.iter().copied())
    }
}

/// Persons with and without an event that are told, by count.
struct Events<'a> {
    gate: Gate,
    told: Vec<(&'a str, [u64; 2], [u64; 2])>,
}

impl<'a> Events<'a> {
    /// Those of one count are within one another: in windows, and as matched persons in everybody.
    fn tells(&mut self, it: &'a OutcomeEstimates) -> bool {
        let mut same = self.told.iter().filter(|told| told.0 == it.count);
        let fits =
            same.all(|told| self.fits(told, it.with_event, without(it.persons, it.with_event)));
        if fits {
            let without = without(it.persons, it.with_event);
            self.told.push((&it.count, it.with_event, without));
        }
        fits
    }

    /// Persons with any arrest: those with arrests of one kind are within.
    fn first(&self, it: &FirstArrest) -> bool {
        let without = without(it.persons, it.with_event);
        self.gate.splits(it.persons, it.with_event)
            && self.told.iter().all(|told| self.fits(told, it.with_event, without))
    }

    fn fits(&self, told: &(&str, [u64; 2], [u64; 2]), with: [u64; 2], without: [u64; 2]) -> bool {
        self.gate.differ(told.1, with) && self.gate.differ(told.2, without)
    }
}

fn without(persons: [u64; 2], with_event: [u64; 2]) -> [u64; 2] {
    [0, 1].map(|arm: usize| persons[arm] - with_event[arm])
}
