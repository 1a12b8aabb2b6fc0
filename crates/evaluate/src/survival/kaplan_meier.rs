//! The product-limit curve.
//!
//! Takes times and events, gives the share still without the event after each time at which somebody had it, with
//! Greenwood's standard errors and intervals that stay between 0 and 1. Refuses data without an event.
//!
//! Kaplan, Meier (1958), doi:10.1080/01621459.1958.10501452; intervals on the log-log scale: Kalbfleisch, Prentice
//! (2002), doi:10.1002/9781118032985, section 1.4; R's `survfit(conf.type = "log-log")`.

use super::FollowUp;
use crate::distribution::normal_quantile;
use crate::error::Error;

/// The curve after one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// When.
    pub time: f64,
    /// Weight of those at risk just before.
    pub at_risk: f64,
    /// Weight of those who had the event then.
    pub events: f64,
    /// Share without the event after.
    pub survival: f64,
    /// Its standard error; `None` once the curve is at 0.
    pub standard_error: Option<f64>,
    /// Its interval; `None` where the curve is at 0 or 1.
    pub interval: Option<(f64, f64)>,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// One point a time of an event, by time.
    pub points: Vec<CurvePoint>,
    /// The last time at which anybody was at risk.
    pub end: f64,
}

impl Curve {
    /// Share without the event at a time; `None` after the end, where nobody was looked at.
    pub fn at(&self, time: f64) -> Option<f64> {
        let before = self.points.iter().rev().find(|point| point.time <= time);
        (time <= self.end).then(|| before.map_or(1.0, |point| point.survival))
    }

    /// The first time at which at most half are without the event, if it comes to that.
    pub fn median(&self) -> Option<f64> {
        self.points.iter().find(|point| point.survival <= 0.5).map(|point| point.time)
    }
}

/// The curve of one group at a confidence such as 0.95.
pub fn kaplan_meier(follow_up: &FollowUp<'_>, confidence: f64) -> Result<Curve, Error> {
    let weights = follow_up.checked()?;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::Setting { name: "confidence" });
    }
    let factor = -normal_quantile((1.0 - confidence) / 2.0);
    let times = follow_up.times;
    let mut order: Vec<usize> = (0..times.len()).filter(|row| weights[*row] > 0.0).collect();
    order.sort_by(|a, b| times[*a].total_cmp(&times[*b]));
    // From the end, so that those at risk are a sum and not what differences leave of one.
    let mut at_risk_of: Vec<f64> = vec![0.0; order.len()];
    let mut at_risk = 0.0;
    for (place, row) in order.iter().enumerate().rev() {
        at_risk += weights[*row];
        at_risk_of[place] = at_risk;
    }
    let mut curve = Curve { points: Vec::new(), end: times[order[order.len() - 1]] };
    let (mut survival, mut variance) = (1.0, 0.0);
    let mut place = 0;
    for tied in order.chunk_by(|a, b| times[*a].total_cmp(&times[*b]).is_eq()) {
        let at_risk = at_risk_of[place];
        place += tied.len();
        let had = tied.iter().filter(|row| follow_up.events[**row]);
        let events: f64 = had.clone().map(|row| weights[*row]).sum();
        if events <= 0.0 {
            continue;
        }
        let is_all = place == order.len() && had.count() == tied.len();
        let left = if is_all { 0.0 } else { at_risk - events };
        survival *= left / at_risk;
        variance += events / (at_risk * left);
        let spread = (!is_all).then(|| variance.sqrt());
        curve.points.push(CurvePoint {
            time: times[tied[0]],
            at_risk,
            events,
            survival,
            standard_error: spread.map(|spread| survival * spread),
            // Weights may be so small that the curve does not move.
            interval: spread
                .filter(|_| survival < 1.0)
                .map(|spread| log_log(survival, spread, factor)),
        });
    }
    Ok(curve)
}

/// `S^exp(+- z * spread / log S)`, for S between 0 and 1.
fn log_log(survival: f64, spread: f64, factor: f64) -> (f64, f64) {
    let log = libm::log(survival);
    let half = factor * spread / log;
    let end = |half: f64| libm::exp(log * libm::exp(half));
    (end(-half), end(half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_censoring_the_curve_is_the_share() {
        let times = [3.0, 1.0, 2.0, 2.0];
        let follow_up = FollowUp { times: &times, events: &[true; 4], weights: None };
        let curve = kaplan_meier(&follow_up, 0.95).unwrap();
        let shares: Vec<f64> = curve.points.iter().map(|point| point.survival).collect();
        assert_eq!(shares, [0.75, 0.25, 0.0]);
        assert_eq!(curve.points[2].interval, None);
        assert_eq!(curve.median(), Some(2.0));
        assert_eq!((curve.at(0.5), curve.at(2.5), curve.at(4.0)), (Some(1.0), Some(0.25), None));
    }

    #[test]
    fn nobody_with_the_event_has_no_curve() {
        let follow_up = FollowUp { times: &[1.0, 2.0], events: &[false; 2], weights: None };
        assert_eq!(kaplan_meier(&follow_up, 0.95), Err(Error::NoEvents));
    }
}
