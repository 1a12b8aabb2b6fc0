//! Time to an event.
//!
//! Takes times at risk and whether each ended with the event, gives curves, tests and hazard ratios; refuses times
//! that are not above 0 and data without an event. Time in custody is taken off before: what is given here is time in
//! which the event could happen.

mod cox;
mod kaplan_meier;
mod log_rank;
mod proportional;
mod risk_sets;

pub use cox::{CoxFit, CoxRows, Ties, cox};
pub use kaplan_meier::{Curve, CurvePoint, kaplan_meier};
pub use log_rank::{LogRank, log_rank};
pub use proportional::{HazardTest, ProportionalHazards, TimeScale, proportional_hazards};

use crate::error::{Error, finite, not_negative, same_length};

/// Persons followed until the event or until nobody looked any more.
#[derive(Clone, Copy, Debug)]
pub struct FollowUp<'a> {
    /// Time at risk, above 0; in whole days ties are exact.
    pub times: &'a [f64],
    /// Whether it ended with the event.
    pub events: &'a [bool],
    /// Weights, not negative; all 1 if `None`.
    pub weights: Option<&'a [f64]>,
}

impl FollowUp<'_> {
    /// The weights, if all columns fit together and somebody had the event.
    fn checked(&self) -> Result<Vec<f64>, Error> {
        let rows = self.times.len();
        same_length("events", rows, self.events.len())?;
        finite("times", self.times)?;
        if let Some(row) = self.times.iter().position(|time| *time <= 0.0) {
            return Err(Error::OutOfRange { what: "times", row });
        }
        let weights = self.weights.map_or_else(|| vec![1.0; rows], <[f64]>::to_vec);
        same_length("weights", rows, weights.len())?;
        not_negative("weights", &weights)?;
        let some = self.events.iter().zip(&weights).any(|(event, weight)| *event && *weight > 0.0);
        if some { Ok(weights) } else { Err(Error::NoEvents) }
    }
}
