//! Counts of what happened to a member within a span of days.

use std::ops::RangeInclusive;

use super::Made;
use super::cohort::Member;
use super::custody_days::CustodyDays;
use super::index::{Index, arrests_of, incidents_of};
use crate::content::{NO_DAY, Severity};

/// One thing that can be counted, with its day relative to the index day.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Event {
    day: i32,
    what: Counted,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(usize)]
pub(super) enum Counted {
    FelonyArrest = 0,
    MisdemeanourArrest = 1,
    /// For a new offence, whatever the severity.
    NonWarrantArrest = 2,
    WarrantArrest = 3,
    FelonyCase = 4,
    MisdemeanourCase = 5,
    Conviction = 6,
}

/// Number of [`Counted`].
pub(super) const COUNTED: usize = 7;

/// By member, of the main linkage.
pub(super) fn all(made: &Made<'_>, indices: &[Index]) -> Vec<Outcomes> {
    let members = made.members.iter().zip(indices);
    members.map(|(member, index)| Outcomes::of(made, member.person, member, index)).collect()
}

/// All that can be counted of one member, without the index event.
#[derive(Debug)]
pub(super) struct Outcomes {
    events: Vec<Event>,
    /// All stays.
    custody: CustodyDays,
    /// Stays that did not begin with the index event.
    jail: CustodyDays,
}

impl Outcomes {
    /// `person` is the one whose events count, of the linkage that `made` has events of.
    pub(super) fn of(made: &Made<'_>, person: u32, member: &Member, index: &Index) -> Self {
        let mut events = Vec::new();
        let mut add = |day: i32, what| events.push(Event { day: day - member.day, what });
        for (place, arrest) in arrests_of(made, person) {
            if index.has_arrest(arrest, incidents_of(made, place)) {
                continue;
            }
            if !arrest.is_new_offence() {
                if arrest.warrant_only {
                    add(arrest.day, Counted::WarrantArrest);
                }
                continue;
            }
            add(arrest.day, Counted::NonWarrantArrest);
            match arrest.severity {
                Severity::Felony => add(arrest.day, Counted::FelonyArrest),
                Severity::Misdemeanour => add(arrest.day, Counted::MisdemeanourArrest),
                _ => {}
            }
        }
        let cases = made.content.cases.of(person);
        for case in cases.iter().filter(|case| !index.has_case(case)) {
            match case.severity_filed {
                Severity::Felony => add(case.filed, Counted::FelonyCase),
                Severity::Misdemeanour => add(case.filed, Counted::MisdemeanourCase),
                _ => {}
            }
            if case.convicted_day != NO_DAY {
                add(case.convicted_day, Counted::Conviction);
            }
        }
        events.sort_unstable();
        let (custody, jail) = CustodyDays::of(made, person, member, index);
        Self { events, custody, jail }
    }

    /// How often each thing happened within a span of relative days.
    pub(super) fn counts(&self, days: &RangeInclusive<i32>) -> [i64; COUNTED] {
        let start = self.events.partition_point(|event| event.day < *days.start());
        let mut counts = [0; COUNTED];
        for event in self.events[start..].iter().take_while(|event| days.contains(&event.day)) {
            counts[event.what as usize] += 1;
        }
        counts
    }

    /// Days in custody within a span, the stay of the index event included.
    pub(super) fn custody_days(&self, days: &RangeInclusive<i32>) -> i64 {
        self.custody.within(days)
    }

    /// Days in jail within a span, without the stay that began with the index event.
    pub(super) fn jail_days(&self, days: &RangeInclusive<i32>) -> i64 {
        self.jail.within(days)
    }
}
