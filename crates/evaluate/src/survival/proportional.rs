//! Whether hazards are proportional.
//!
//! Takes a fitted Cox model and a scale of time, gives the score test that each coefficient does not change with it,
//! and all together. Grambsch, Therneau (1994), doi:10.1093/biomet/81.3.515, without their approximation of equal
//! variances, as R's `cox.zph` from survival 3.0 on.

use super::FollowUp;
use super::cox::CoxFit;
use super::kaplan_meier::kaplan_meier;
use crate::covariate::Term;
use crate::distribution::{chi_square_above, whole};
use crate::error::Error;
use crate::matrix::{Cholesky, Matrix, dot};

/// How time is measured for the test.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimeScale {
    /// Share who had the event before (R's default): late events of few count no more than early ones.
    KaplanMeier,
    /// Time as it is.
    Identity,
    /// Its logarithm.
    Logarithm,
}

/// A test of one coefficient or of all.
#[derive(Clone, Debug, PartialEq)]
pub struct HazardTest {
    /// Which coefficient; `None` is all.
    pub term: Option<Term>,
    /// The statistic.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub df: f64,
    /// Its p value: a small one says that the hazard ratio changes with time.
    pub p_value: f64,
}

/// The tests of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ProportionalHazards {
    /// One a coefficient.
    pub terms: Vec<HazardTest>,
    /// All together.
    pub global: HazardTest,
}

/// Tests that the coefficients do not change with time.
pub fn proportional_hazards(fit: &CoxFit, scale: TimeScale) -> Result<ProportionalHazards, Error> {
    let columns = fit.terms.len();
    let scaled = scaled_times(fit, scale)?;
    let mut score = vec![0.0; columns];
    let blocks = || Matrix::zeros(columns, columns);
    let (mut plain, mut mixed, mut squared) = (blocks(), blocks(), blocks());
    fit.sets.for_each(&fit.eta, |moment| {
        let g = scaled[moment.had[0]];
        for &row in moment.had {
            let (weight, x) = (fit.sets.weights[row], fit.sets.matrix.row(row));
            score.iter_mut().zip(x).for_each(|(sum, x)| *sum += g * weight * x);
        }
        for share in moment.shares(&fit.sets) {
            let mean = moment.mean(share);
            score.iter_mut().zip(&mean).for_each(|(sum, m)| *sum -= g * share.weight * m);
            for (factor, block) in [(1.0, &mut plain), (g, &mut mixed), (g * g, &mut squared)] {
                moment.add_variance(share, &mean, factor * share.weight, block);
            }
        }
    });
    [&mut plain, &mut mixed, &mut squared].into_iter().for_each(Matrix::mirror);
    // What is left of the information about the change once the coefficients are known.
    let degenerate = || Error::Degenerate { what: "the variation of time among events" };
    let inverse = Cholesky::of(&plain).map_err(|_| degenerate())?.inverse();
    let known = mixed.product(&inverse).product(&mixed);
    let test = |places: &[usize], term| {
        let mut part = Matrix::zeros(places.len(), places.len());
        for (row, from) in places.iter().enumerate() {
            for (column, other) in places.iter().enumerate() {
                *part.at_mut(row, column) = squared.at(*from, *other) - known.at(*from, *other);
            }
        }
        let own: Vec<f64> = places.iter().map(|place| score[*place]).collect();
        let factor = Cholesky::of(&part).map_err(|_| degenerate())?;
        let chi_square = dot(&own, &factor.solve(&own));
        let df = whole(places.len() as u64);
        Ok(HazardTest { term, chi_square, df, p_value: chi_square_above(chi_square, df) })
    };
    let all: Vec<usize> = (0..columns).collect();
    let terms = all.iter().map(|place| test(&[*place], Some(fit.terms[*place].clone())));
    Ok(ProportionalHazards {
        terms: terms.collect::<Result<_, Error>>()?,
        global: test(&all, None)?,
    })
}

/// Times on the scale, less their mean over events. Refuses events that all fall on one time.
fn scaled_times(fit: &CoxFit, scale: TimeScale) -> Result<Vec<f64>, Error> {
    let sets = &fit.sets;
    let used = |row: &usize| sets.weights[*row] > 0.0;
    let scaled: Vec<f64> = match scale {
        TimeScale::Identity => sets.times.clone(),
        TimeScale::Logarithm => sets.times.iter().map(|time| libm::log(*time)).collect(),
        TimeScale::KaplanMeier => {
            let rows: Vec<usize> = (0..sets.times.len()).filter(used).collect();
            let times: Vec<f64> = rows.iter().map(|row| sets.times[*row]).collect();
            let events: Vec<bool> = rows.iter().map(|row| sets.events[*row]).collect();
            let follow_up = FollowUp { times: &times, events: &events, weights: None };
            let curve = kaplan_meier(&follow_up, 0.95)?;
            let before = |time: &f64| {
                let place = curve.points.partition_point(|point| point.time < *time);
                place.checked_sub(1).map_or(0.0, |last| 1.0 - curve.points[last].survival)
            };
            sets.times.iter().map(before).collect()
        }
    };
    let events: Vec<usize> =
        (0..scaled.len()).filter(used).filter(|row| sets.events[*row]).collect();
    let mean = events.iter().map(|row| scaled[*row]).sum::<f64>() / whole(events.len() as u64);
    let centred: Vec<f64> = scaled.into_iter().map(|value| value - mean).collect();
    let spread: f64 = events.iter().map(|row| centred[*row].abs()).sum();
    if spread <= 1e-12 * mean.abs() {
        return Err(Error::Degenerate { what: "the variation of time among events" });
    }
    Ok(centred)
}
