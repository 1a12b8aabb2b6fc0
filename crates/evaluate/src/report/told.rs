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
    /// Persons without a score, since the other arm has nobody of their level.
    pub(super) left_out: bool,
    /// The same, and persons with a score that the other arm does not reach.
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

/// Persons of the comparison and of the programme who have no score, if there are any.
pub(super) fn left_out(it: &Evaluation) -> Option<[u64; 2]> {
    let left_out = it.matched.as_ref().ok()?.common.left_out();
    (left_out != [0, 0]).then_some(left_out)
}

/// The columns of which they are of such a level, as they were found.
pub(super) fn left_out_columns(it: &Evaluation) -> Option<Vec<String>> {
    left_out(it)?;
    let parts = it.matched.as_ref().ok()?.common.left_out.iter();
    let mut columns: Vec<String> = Vec::new();
    for part in parts {
        if !columns.contains(&part.term.covariate) {
            columns.push(part.term.covariate.clone());
        }
    }
    Some(columns)
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
        let left_out = left_out(it).is_some_and(|left_out| {
            tells_parts(it, gate) && persons.tells(rest(it.persons, left_out))
        });
        let first = it.first_arrest.as_ref().and_then(|found| found.as_ref().ok());
        let is_told = first.is_some_and(|found| persons.tells(found.persons));
        let mut first_arrest = Of { persons: is_told, events: false };
        let mut unadjusted: Vec<Of> = it
            .unadjusted
            .iter()
            .map(|one| Of { persons: persons.tells(one.persons), events: false })
            .collect();
        let outside = it
            .matched
            .as_ref()
            .is_ok_and(|matched| persons.tells(rest(it.persons, matched.outside)));
        let mut events = Events { gate, told: Vec::new() };
        for (told, one) in main.iter_mut().zip(it.main()) {
            told.events = told.persons && gate.shows(one) && events.tells(one);
        }
        for (told, one) in unadjusted.iter_mut().zip(&it.unadjusted) {
            told.events = told.persons && gate.shows_all(it, one) && events.tells(one);
        }
        first_arrest.events = first_arrest.persons && first.is_some_and(|it| events.first(it));
        Self {
            all,
            matched: is_matched,
            left_out,
            outside,
            main,
            unadjusted,
            first_arrest,
            persons,
        }
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

/// Whether those left out are nobody or enough of each level: other tables may tell of all levels but one.
fn tells_parts(it: &Evaluation, gate: Gate) -> bool {
    it.matched.as_ref().is_ok_and(|matched| {
        let mut parts = matched.common.left_out.iter();
        parts.all(|part| part.persons.iter().all(|count| gate.fits(*count)))
    })
}

fn without(persons: [u64; 2], with_event: [u64; 2]) -> [u64; 2] {
    rest(persons, with_event)
}

fn rest(persons: [u64; 2], some: [u64; 2]) -> [u64; 2] {
    [0, 1].map(|arm: usize| persons[arm] - some[arm])
}
