//! Days in custody: of stays that overlap each day counts once. The day of release does not count.

use std::ops::RangeInclusive;

use super::Made;
use super::cohort::Member;
use super::index::Index;
use crate::content::{Custody, NO_DAY};
use crate::definition::Kind;

/// Stretches in custody, relative to the index day: first day, day after the last; apart, ascending.
#[derive(Debug, Default)]
pub(super) struct CustodyDays(Vec<(i32, i32)>);

impl CustodyDays {
    /// All stays of a person who stands for a member, and those that did not begin with the index event.
    pub(super) fn of(made: &Made<'_>, person: u32, member: &Member, index: &Index) -> (Self, Self) {
        let stays = made.content.custody.of(person);
        // Whoever was not released is in custody up to the end of the records.
        let end = made.coverage.last(Kind::Jail).map_or(NO_DAY, |last| last.saturating_add(1));
        let stretch = |stay: &Custody| {
            let to = if stay.to == NO_DAY { end.max(stay.from) } else { stay.to };
            (stay.from - member.day, to.saturating_sub(member.day))
        };
        let all = Self::new(stays.iter().map(stretch));
        let others = Self::new(stays.iter().filter(|stay| !index.has_stay(stay)).map(stretch));
        (all, others)
    }

    fn new(stays: impl Iterator<Item = (i32, i32)>) -> Self {
        let mut stays: Vec<(i32, i32)> = stays.filter(|(from, to)| from < to).collect();
        stays.sort_unstable();
        let mut apart: Vec<(i32, i32)> = Vec::new();
        for (from, to) in stays {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        Self(apart)
    }

    /// Days within a span.
    pub(super) fn within(&self, days: &RangeInclusive<i32>) -> i64 {
        let overlap = |(from, to): &(i32, i32)| {
            i64::from((*to).min(days.end() + 1)) - i64::from((*from).max(*days.start()))
        };
        self.0.iter().map(overlap).filter(|days| *days > 0).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_that_overlap_count_once_and_the_day_of_release_does_not() {
        let days = CustodyDays::new([(5, 10), (8, 12), (12, 14), (20, 20), (-3, 2)].into_iter());
        assert_eq!(days.within(&(-100..=100)), 5 + 9);
        assert_eq!(days.within(&(1..=5)), 1 + 1);
        assert_eq!(days.within(&(14..=30)), 0);
    }
}
