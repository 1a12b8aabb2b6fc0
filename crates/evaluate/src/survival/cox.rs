//! Proportional hazards.
//!
//! Takes times, events, covariates and strata, gives logarithms of hazard ratios by partial likelihood, with covariance
//! matrices of the model and robust to clusters. Refuses collinear columns, covariates by which those with the event
//! are always the first or the last at risk, and data without an event.
//!
//! Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x; ties: Efron (1977), doi:10.1080/01621459.1977.10480613, Breslow
//! (1974), doi:10.2307/2529620; robust errors: Lin, Wei (1989), doi:10.1080/01621459.1989.10478874.

use super::FollowUp;
use super::risk_sets::RiskSets;
use crate::covariate::{Design, Term};
use crate::distribution::whole;
use crate::error::{Error, Separation, same_length};
use crate::matrix::{Cholesky, Matrix};
use crate::regression::{Estimate, Reference, clustered_meat, moving_most};
use crate::sum::Sum;

/// Iterations at most.
const ITERATIONS_MAX: usize = 60;
/// A fit has converged when no linear predictor moves by more.
const STEP_MIN: f64 = 1e-9;
/// No linear predictor moves by more in one iteration.
const STEP_MAX: f64 = 8.0;
/// A step that loses likelihood is halved so often at most.
const HALVINGS_MAX: u32 = 30;
/// From this iteration on a step that does not shrink is looked at.
const SEPARATION_FROM: usize = 12;
/// Rows that move less in a step are converging.
const MOVING_MIN: f64 = 0.1;
/// A row counts as level with another within this share of the largest move.
const STILL_SHARE: f64 = 1e-4;
/// Information of a column, as a share of what its spread could give, below which it tells nothing.
const INFORMATION_MIN: f64 = 1e-12;

/// What to do with events at the same time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ties {
    /// The better approximation, and R's default.
    Efron,
    /// The simpler one.
    Breslow,
}

/// What a Cox model is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct CoxRows<'a> {
    /// Times and events.
    pub follow_up: FollowUp<'a>,
    /// The columns, without one of ones.
    pub design: &'a Design,
    /// Baseline hazards may differ between strata: a number a row.
    pub strata: Option<&'a [u32]>,
    /// Events at the same time.
    pub ties: Ties,
}

/// A fitted Cox model.
#[derive(Clone, Debug)]
pub struct CoxFit {
    /// What each coefficient stands for.
    pub terms: Vec<Term>,
    /// Logarithms of hazard ratios.
    pub coefficients: Vec<f64>,
    /// Covariance if the model holds.
    pub covariance: Matrix,
    /// Logarithm of the partial likelihood at coefficients of 0 and at the best.
    pub log_likelihood: (f64, f64),
    /// How far each row moves each coefficient (weighted dfbetas); one row a person.
    pub influence: Matrix,
    /// Rows with weight.
    pub rows: usize,
    /// Rows with weight that had the event.
    pub events: usize,
    pub(super) sets: RiskSets,
    pub(super) eta: Vec<f64>,
}

impl CoxFit {
    /// Covariance robust to clusters, as R's `coxph(cluster = )`; every row a cluster gives `robust = TRUE`.
    pub fn clustered(&self, clusters: &[u32]) -> Result<Matrix, Error> {
        same_length("clusters", self.influence.rows(), clusters.len())?;
        let used: Vec<bool> = self.sets.weights.iter().map(|weight| *weight > 0.0).collect();
        let columns = self.terms.len();
        let (meat, count) = clustered_meat(columns, clusters, &used, |row, sum| {
            sum.iter_mut().zip(self.influence.row(row)).for_each(|(sum, moved)| *sum += moved);
        });
        if count < 2 {
            return Err(Error::TooFew { what: "clusters", needed: 2, found: count });
        }
        Ok(meat)
    }

    /// Twice the gain in log-likelihood over coefficients of 0.
    pub fn likelihood_ratio(&self) -> f64 {
        2.0 * (self.log_likelihood.1 - self.log_likelihood.0)
    }

    /// One coefficient with its interval and test, by a covariance matrix of this fit.
    pub fn estimate(
        &self,
        place: usize,
        covariance: &Matrix,
        confidence: f64,
    ) -> Result<Estimate, Error> {
        let error = covariance.at(place, place).sqrt();
        Estimate::wald(self.coefficients[place], error, Reference::Normal, confidence)
    }
}

/// Fits a Cox model.
pub fn cox(rows: &CoxRows<'_>) -> Result<CoxFit, Error> {
    let (sets, terms) = prepared(rows)?;
    let mut coefficients = vec![0.0; terms.len()];
    let collinear = |column: usize| Error::Collinear { term: terms[column].clone() };
    let mut now = Derivatives::of(&sets, &vec![0.0; sets.times.len()]);
    now.telling(&sets).map_err(collinear)?;
    let null = now.height.value;
    for iteration in 0..ITERATIONS_MAX {
        let factor = match Cholesky::of(&now.information) {
            Ok(factor) => factor,
            Err(_) if iteration >= SEPARATION_FROM => break,
            Err(column) => return Err(collinear(column)),
        };
        let step = factor.solve(&now.score);
        let moves = sets.matrix.times(&step);
        let largest = moves.iter().fold(0.0_f64, |most, moved| most.max(moved.abs()));
        let share = if largest > STEP_MAX { STEP_MAX / largest } else { 1.0 };
        let Some((next, eta)) = climb(&sets, &mut coefficients, &step, share, &now.height) else {
            break;
        };
        now = next;
        if largest < STEP_MIN {
            return finished(sets, terms, coefficients, eta, (null, now));
        }
        if iteration >= SEPARATION_FROM
            && largest > MOVING_MIN
            && let Some(kind) = monotone(&sets, &moves)
        {
            let term = moving_most(&sets.matrix, &terms, &step);
            return Err(Error::Separated { term, kind });
        }
    }
    Err(Error::NotConverged { model: "Cox regression", iterations: ITERATIONS_MAX })
}

/// Takes a share of a step, and halves it while likelihood is lost. `None` if none is gained.
fn climb(
    sets: &RiskSets,
    coefficients: &mut Vec<f64>,
    step: &[f64],
    mut share: f64,
    height: &Sum,
) -> Option<(Derivatives, Vec<f64>)> {
    let from = coefficients.clone();
    for _ in 0..=HALVINGS_MAX {
        *coefficients = from.iter().zip(step).map(|(value, step)| value + share * step).collect();
        let eta = sets.matrix.times(coefficients);
        let next = Derivatives::of(sets, &eta);
        if !next.height.is_below(height) {
            return Some((next, eta));
        }
        share /= 2.0;
    }
    None
}

/// Checks the columns and takes their means off.
fn prepared(rows: &CoxRows<'_>) -> Result<(RiskSets, Vec<Term>), Error> {
    let weights = rows.follow_up.checked()?;
    let count = rows.follow_up.times.len();
    same_length("design", count, rows.design.rows())?;
    let strata = rows.strata.map_or_else(|| vec![0; count], <[u32]>::to_vec);
    same_length("strata", count, strata.len())?;
    let terms = rows.design.terms().to_vec();
    let used = weights.iter().filter(|weight| **weight > 0.0).count();
    if terms.is_empty() || used <= terms.len() {
        return Err(Error::TooFew { what: "rows", needed: terms.len() + 1, found: used });
    }
    let mut matrix = rows.design.matrix();
    let columns = terms.len();
    let mut gram = Matrix::zeros(columns + 1, columns + 1);
    for row in (0..count).filter(|row| weights[*row] > 0.0) {
        let with_one: Vec<f64> = [&[1.0], matrix.row(row)].concat();
        gram.add_outer(1.0, &with_one);
    }
    // A column of ones, or what follows from one, cancels out of every risk set.
    Cholesky::of(&gram)
        .map_err(|column| Error::Collinear { term: terms[column.max(1) - 1].clone() })?;
    for column in 0..columns {
        let mean = gram.at(column + 1, 0) / whole(used as u64);
        (0..count).for_each(|row| *matrix.at_mut(row, column) -= mean);
    }
    let (times, events) = (rows.follow_up.times, rows.follow_up.events);
    Ok((RiskSets::new(matrix, times, events, weights, strata, rows.ties), terms))
}

/// The partial likelihood's logarithm with its derivatives.
struct Derivatives {
    /// The logarithm.
    height: Sum,
    score: Vec<f64>,
    /// Lower half.
    information: Matrix,
}

impl Derivatives {
    fn of(sets: &RiskSets, eta: &[f64]) -> Self {
        let columns = sets.matrix.columns();
        let mut now = Self {
            // A term of each event, another of each share of a moment, with sums over those at risk.
            height: Sum::of(2 * sets.times.len()),
            score: vec![0.0; columns],
            information: Matrix::zeros(columns, columns),
        };
        sets.for_each(eta, |moment| {
            for &row in moment.had {
                let (weight, x) = (sets.weights[row], sets.matrix.row(row));
                now.height.add(weight * eta[row]);
                now.score.iter_mut().zip(x).for_each(|(sum, x)| *sum += weight * x);
            }
            for share in moment.shares(sets) {
                let mean = moment.mean(share);
                now.height.add_log_of_sum(-share.weight, moment.risk(share));
                now.score.iter_mut().zip(&mean).for_each(|(sum, m)| *sum -= share.weight * m);
                moment.add_variance(share, &mean, share.weight, &mut now.information);
            }
        });
        now
    }

    /// `Err` is the first column that is the same for all at risk whenever an event happens.
    fn telling(&self, sets: &RiskSets) -> Result<(), usize> {
        let events: f64 = (0..sets.times.len())
            .filter(|row| sets.events[*row])
            .map(|row| sets.weights[row])
            .sum();
        for (column, information) in self.information.diagonal().into_iter().enumerate() {
            let values = sets.matrix.column(column);
            let most = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            if information <= INFORMATION_MIN * events * most * most {
                return Err(column);
            }
        }
        Ok(())
    }
}

/// Whether along this direction those with the event are always the highest at risk, so that the likelihood rises for
/// ever: Heinze, Schemper (2001), doi:10.1111/j.0006-341X.2001.00114.x.
fn monotone(sets: &RiskSets, moves: &[f64]) -> Option<Separation> {
    let most = moves.iter().fold(0.0_f64, |most, moved| most.max(moved.abs()));
    let still = most * STILL_SHARE;
    let (mut some, mut kind) = (false, Separation::Complete);
    for stratum in sets.strata_rows() {
        let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
        for tied in sets.tied(stratum) {
            for &row in tied {
                highest = highest.max(moves[row]);
                lowest = lowest.min(moves[row]);
            }
            for row in tied.iter().filter(|row| sets.events[**row]) {
                if moves[*row] < highest - still {
                    return None;
                }
                some |= moves[*row] > lowest + still;
                if highest <= lowest + still {
                    kind = Separation::Quasi;
                }
            }
        }
    }
    some.then_some(kind)
}

fn finished(
    sets: RiskSets,
    terms: Vec<Term>,
    coefficients: Vec<f64>,
    eta: Vec<f64>,
    (null, last): (f64, Derivatives),
) -> Result<CoxFit, Error> {
    let covariance = Cholesky::of(&last.information)
        .map_err(|column| Error::Collinear { term: terms[column].clone() })?
        .inverse();
    let influence = score_residuals(&sets, &eta).product(&covariance);
    let rows = sets.weights.iter().filter(|weight| **weight > 0.0).count();
    let events = sets
        .weights
        .iter()
        .zip(&sets.events)
        .filter(|(weight, event)| **weight > 0.0 && **event)
        .count();
    let log_likelihood = (null, last.height.value);
    Ok(CoxFit {
        terms,
        coefficients,
        covariance,
        log_likelihood,
        influence,
        rows,
        events,
        sets,
        eta,
    })
}

/// What the hazard of a moment does to somebody at risk then.
struct Hazard {
    stratum: u32,
    time: f64,
    /// Hazard, and the hazard times the mean of the covariates, for those who stay.
    staying: (f64, Vec<f64>),
    /// The same for those who have the event then.
    leaving: (f64, Vec<f64>),
    /// Mean of the covariates.
    mean: Vec<f64>,
}

fn hazards(sets: &RiskSets, eta: &[f64]) -> Vec<Hazard> {
    let columns = sets.matrix.columns();
    let mut found = Vec::new();
    sets.for_each(eta, |moment| {
        let nothing = || (0.0, vec![0.0; columns]);
        let (mut staying, mut leaving, mut mean_sum) = (nothing(), nothing(), vec![0.0; columns]);
        let shares = moment.shares(sets);
        let parts = whole(shares.len() as u64);
        for share in shares {
            let hazard = share.weight / moment.risk(share);
            let mean = moment.mean(share);
            for (sums, factor) in [(&mut staying, 1.0), (&mut leaving, 1.0 - share.out)] {
                sums.0 += factor * hazard;
                sums.1.iter_mut().zip(&mean).for_each(|(sum, m)| *sum += factor * hazard * m);
            }
            mean_sum.iter_mut().zip(&mean).for_each(|(sum, m)| *sum += m / parts);
        }
        let (stratum, time) = (moment.stratum, moment.time);
        found.push(Hazard { stratum, time, staying, leaving, mean: mean_sum });
    });
    found
}

/// Each row's part of the score, weight included: Therneau, Grambsch (2000), doi:10.1007/978-1-4757-3294-8, section 4.6.
fn score_residuals(sets: &RiskSets, eta: &[f64]) -> Matrix {
    let columns = sets.matrix.columns();
    let hazards = hazards(sets, eta);
    let mut residuals = Matrix::zeros(sets.times.len(), columns);
    for stratum in sets.strata_rows() {
        let Some(&any) = stratum.first() else { continue };
        let own = hazards.iter().filter(|hazard| hazard.stratum == sets.strata[any]);
        // Latest first as found; from the earliest on hazards add up.
        let mut own = own.rev().peekable();
        let (mut hazard, mut hazard_mean) = (0.0, vec![0.0; columns]);
        for tied in sets.tied(stratum).rev() {
            let here = own.next_if(|hazard| hazard.time <= sets.times[tied[0]]);
            for &row in tied {
                let x = sets.matrix.row(row);
                let risk = libm::exp(eta[row]);
                let (mut sum, mut sum_mean) = (hazard, hazard_mean.clone());
                let mut own = vec![0.0; columns];
                if let Some(here) = here {
                    let part = if sets.events[row] { &here.leaving } else { &here.staying };
                    sum += part.0;
                    sum_mean.iter_mut().zip(&part.1).for_each(|(sum, m)| *sum += m);
                    if sets.events[row] {
                        own = x.iter().zip(&here.mean).map(|(x, m)| x - m).collect();
                    }
                }
                let weight = sets.weights[row];
                for column in 0..columns {
                    *residuals.at_mut(row, column) =
                        weight * (own[column] - risk * (x[column] * sum - sum_mean[column]));
                }
            }
            if let Some(here) = here {
                hazard += here.staying.0;
                hazard_mean.iter_mut().zip(&here.staying.1).for_each(|(sum, m)| *sum += m);
            }
        }
    }
    residuals
}
