//! Costs of both arms in the main window.
//!
//! Takes counts and the plan's table of unit costs, gives costs a person-month of each arm and their difference. Persons of
//! whom some count was not observed are left out with their sets.

use super::frame::Frame;
use super::matched::Matched;
use super::people::People;
use super::plan::{Costs, Plan};
use crate::error::Error;
use crate::outcome::{Means, UnitCost, costs};
use crate::regression::Estimate;

/// Days of a month in which costs are told: a year over twelve.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// What the arms cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Spending {
    /// Persons of the comparison and of the programme.
    pub persons: [u64; 2],
    /// Those of them with any cost.
    pub with_cost: [u64; 2],
    /// Costs a person-month.
    pub means: Result<Means, Error>,
    /// Programme less comparison.
    pub difference: Result<Estimate, Error>,
}

impl Spending {
    /// Makes it.
    pub(super) fn make(plan: &Plan, table: &Costs, people: &People, matched: &Matched) -> Self {
        let window = &people.windows[0];
        let places: Vec<(usize, f64)> = plan
            .outcomes
            .counts
            .iter()
            .enumerate()
            .filter_map(|(place, count)| Some((place, *table.unit.get(count)?)))
            .collect();
        let is_known =
            |row: usize| places.iter().all(|(place, _)| window.counts[*place][row].is_some());
        let frame = Frame::matched(people, matched, is_known);
        let units: Vec<Vec<f64>> =
            places.iter().map(|(place, _)| frame.pick(&window.counts[*place])).collect();
        let kinds = places.iter().zip(&units);
        let kinds: Vec<UnitCost<'_>> =
            kinds.map(|((_, cost), units)| UnitCost { units, cost: *cost }).collect();
        let months = vec![f64::from(table.window_days) / MONTH_DAYS; frame.rows.len()];
        let persons = frame.count(|_| true);
        let nothing = |error: Error| Self {
            persons,
            with_cost: [0, 0],
            means: Err(error.clone()),
            difference: Err(error),
        };
        match costs(&kinds, &months) {
            Err(error) => nothing(error),
            Ok(costs) => {
                let sample = frame.sample(&costs, plan.confidence);
                Self {
                    persons,
                    with_cost: frame.count(|place| costs[place] > 0.0),
                    means: sample.means(),
                    difference: sample.difference(),
                }
            }
        }
    }
}
