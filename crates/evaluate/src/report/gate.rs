//! Which numbers of the report may leave.
//!
//! Takes estimates with the persons they rest on, says which of them can be shown. Estimates of an outcome leave where in both
//! arms those with and those without an event are nobody or enough; what is made of several outcomes, of everybody or of another
//! window too where that holds of each, and where those of one and not of the other are nobody or enough. Which counts leave
//! beside them is [`Told`](super::told::Told)'s.

use tallystick_chart::numbers;

use crate::study::Evaluation;
use crate::study::estimates::{Changed, OutcomeEstimates};
use crate::study::nested;
use crate::study::robust::{Version, Way};

/// Word of a cell that rests on too few persons.
pub(super) const HIDDEN: &str = "hidden";

/// The gate with its smallest cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    smallest: u64,
}

impl Gate {
    #[cfg(test)]
    pub(super) const fn new(smallest: u64) -> Self {
        Self { smallest }
    }

    pub(super) fn of(evaluation: &Evaluation) -> Self {
        Self { smallest: u64::from(evaluation.plan.smallest_cell) }
    }

    pub(super) const fn smallest(self) -> u64 {
        self.smallest
    }

    /// Whether a count of persons, or what two counts differ by, is nobody or enough.
    pub(super) const fn fits(self, count: u64) -> bool {
        nested::fits(self.smallest, count)
    }

    /// Whether that holds of what two counts of each arm differ by.
    pub(super) fn differ(self, one: [u64; 2], other: [u64; 2]) -> bool {
        (0..2).all(|arm| self.fits(one[arm].abs_diff(other[arm])))
    }

    /// Where too few of a total that is shown are left out to tell how many stay: no more than that.
    pub(super) fn rest(self, total: u64, rest: u64) -> String {
        if !self.fits(total) || !self.fits(rest) || self.fits(total.abs_diff(rest)) {
            HIDDEN.to_owned()
        } else {
            format!("more than {}", numbers::count(total.saturating_sub(self.smallest)))
        }
    }

    /// Whether shares of an arm's persons can be told.
    pub(super) fn splits(self, persons: [u64; 2], with_event: [u64; 2]) -> bool {
        (0..2).all(|arm| {
            let (all, some) = (persons[arm], with_event[arm]);
            self.fits(all) && self.fits(some) && self.fits(all - some)
        })
    }

    /// Whether an outcome rests on enough persons to be told.
    pub(super) fn shows(self, it: &OutcomeEstimates) -> bool {
        self.splits(it.persons, it.with_event)
    }

    /// Whether the main outcome does under the main linkage.
    pub(super) fn shows_main(self, evaluation: &Evaluation) -> bool {
        evaluation.main_primary().is_some_and(|it| self.shows(it))
    }

    /// Whether an outcome of everybody is told: with that of the matched persons it tells of those without a match, and of
    /// those of them with an event.
    pub(super) fn shows_all(self, evaluation: &Evaluation, all: &OutcomeEstimates) -> bool {
        let mut same =
            evaluation.main().filter(|one| one.count == all.count && one.window == all.window);
        self.shows(all) && same.all(|one| self.differ(all.persons, one.persons))
    }

    /// Whether a change from the window before is told: it tells of events in both windows.
    pub(super) fn changed(self, it: &OutcomeEstimates) -> Option<&Changed> {
        it.changed.as_ref().filter(|changed| {
            self.shows(it)
                && self.splits(changed.persons, changed.with_event_before)
                && self.splits(changed.persons, changed.with_event)
                && self.differ(it.persons, changed.persons)
        })
    }

    /// Whether the main ratio made in a way is told: some ways are of everybody, or of all who have a score, not of the matched
    /// persons.
    pub(super) fn shows_way(self, evaluation: &Evaluation, version: &Version) -> bool {
        let is_primary = |all: &&OutcomeEstimates| {
            all.count == evaluation.plan.outcomes.main
                && Some(&all.window) == evaluation.plan.outcomes.windows.first()
        };
        let everybody = evaluation.unadjusted.iter().find(is_primary);
        let shows_all = || everybody.is_some_and(|all| self.shows_all(evaluation, all));
        match version.way {
            Way::Matched | Way::NegativeBinomial | Way::Adjusted => self.shows_main(evaluation),
            Way::Unadjusted => shows_all(),
            // With the rows of everybody and of the matched they tell of those without a score, and of those without a match.
            Way::WeightedProgramme | Way::WeightedOverlap => {
                let mut others = everybody.into_iter().chain(evaluation.main_primary());
                shows_all() && others.all(|other| self.differ(other.persons, version.persons))
            }
        }
    }

    /// Whether costs are told: they are sums of counts, of which one that is hidden would follow from the others.
    pub(super) fn shows_costs(self, evaluation: &Evaluation) -> bool {
        let (Some(found), Some(costs)) = (&evaluation.spending, &evaluation.plan.costs) else {
            return false;
        };
        let window = evaluation.plan.outcomes.windows.first();
        let mut priced = evaluation
            .main()
            .filter(|one| Some(&one.window) == window && costs.unit.contains_key(&one.count));
        self.splits(found.persons, found.with_cost)
            && priced.all(|one| self.shows(one) && self.differ(one.persons, found.persons))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_never_tells_how_few_went() {
        let gate = Gate { smallest: 11 };
        assert_eq!(gate.rest(1601, 1598), "more than 1,590", "three went");
        assert_eq!(gate.rest(1601, 1591), "more than 1,590", "ten went");
        assert_eq!(gate.rest(1601, 1590), HIDDEN, "eleven went: something else hides it");
        assert_eq!([gate.rest(20, 5), gate.rest(7, 7)], [HIDDEN, HIDDEN]);
    }

    #[test]
    fn shares_of_too_few_or_of_nearly_all_are_hidden() {
        let gate = Gate { smallest: 11 };
        assert!(gate.splits([100, 100], [11, 89]));
        assert!(gate.splits([100, 100], [0, 100]));
        assert!(!gate.splits([100, 100], [10, 50]));
        assert!(!gate.splits([100, 100], [50, 95]));
    }
}
