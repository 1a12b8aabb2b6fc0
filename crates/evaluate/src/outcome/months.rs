//! Event studies.
//!
//! Takes an outcome by person and month around the index month, gives for each month how far the arms' difference lies
//! from that of a reference month, and a test that the months before do not differ. Refuses months in which an arm
//! has nobody.
//!
//! The model has a mean for every arm and month, so that its coefficients are differences of means and its clustered
//! covariance is a sum over persons; Sun, Abraham (2021), doi:10.1016/j.jeconom.2020.09.006, on what event studies
//! estimate where all begin at one index date.

use std::collections::BTreeMap;

use crate::distribution::{chi_square_above, whole};
use crate::error::{Arm, Error, finite, not_negative, same_length};
use crate::matrix::{Cholesky, Matrix, dot};
use crate::regression::{Correction, Estimate, Reference, cluster_factor, clustered_meat};

/// Months at most.
const MONTHS_MAX: usize = 241;

/// Months of persons, one row each; months in which a person was not observed have no row.
#[derive(Clone, Copy, Debug)]
pub struct PersonMonths<'a> {
    /// Whose month it is, or their matched set.
    pub clusters: &'a [u32],
    /// Whether the person is in the programme.
    pub programme: &'a [bool],
    /// Month, 0 the index month.
    pub months: &'a [i32],
    /// The outcome.
    pub outcome: &'a [f64],
    /// Weights; all 1 if `None`.
    pub weights: Option<&'a [f64]>,
}

/// The effect in one month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonthEffect {
    /// The month.
    pub month: i32,
    /// Difference of the arms less that of the reference month.
    pub effect: Estimate,
}

/// The effects of all months but the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct EventStudy {
    /// One a month, by month.
    pub effects: Vec<MonthEffect>,
    /// Covariance of the effects.
    pub covariance: Matrix,
    /// P value of the test that all effects of months before the reference are 0; `None` if there is no such month.
    pub before_p_value: Option<f64>,
}

/// Sums of one arm in one month.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    weight: f64,
    mean: f64,
}

/// Effects by month, compared with a reference month (usually -1).
pub fn event_study(
    rows: &PersonMonths<'_>,
    reference: i32,
    confidence: f64,
) -> Result<EventStudy, Error> {
    let weights = checked(rows)?;
    let cells = cells(rows, &weights)?;
    let months: Vec<i32> = cells.keys().copied().collect();
    let base = *cells.get(&reference).ok_or(Error::Setting { name: "reference month" })?;
    let others: Vec<i32> = months.iter().copied().filter(|month| *month != reference).collect();
    if others.is_empty() || months.len() > MONTHS_MAX {
        return Err(Error::Setting { name: "months" });
    }
    let difference = |cell: &[Cell; 2]| cell[1].mean - cell[0].mean;
    let effects: Vec<f64> =
        others.iter().map(|month| difference(&cells[month]) - difference(&base)).collect();
    let used: Vec<bool> = weights.iter().map(|weight| *weight > 0.0).collect();
    let place = |month: i32| others.partition_point(|other| *other < month);
    let (meat, clusters) = clustered_meat(others.len(), rows.clusters, &used, |row, sum| {
        let (arm, month) = (usize::from(rows.programme[row]), rows.months[row]);
        let cell = cells[&month][arm];
        let share = weights[row] * (rows.outcome[row] - cell.mean) / cell.weight;
        let moved = if arm == 1 { share } else { -share };
        if month == reference {
            sum.iter_mut().for_each(|sum| *sum -= moved);
        } else {
            sum[place(month)] += moved;
        }
    });
    let count = used.iter().filter(|used| **used).count();
    let columns = 2 * months.len();
    if count <= columns {
        return Err(Error::TooFew { what: "person-months", needed: columns + 1, found: count });
    }
    let covariance = meat.scaled(cluster_factor(clusters, count, columns, Correction::Degrees)?);
    let df = Reference::Student(whole(count as u64) - whole(columns as u64));
    let effect = |(place, month): (usize, &i32)| {
        let error = covariance.at(place, place).sqrt();
        let effect = Estimate::wald(effects[place], error, df, confidence)?;
        Ok(MonthEffect { month: *month, effect })
    };
    let found = others.iter().enumerate().map(effect).collect::<Result<Vec<_>, Error>>()?;
    let before = place(reference);
    let before_p_value = joint(&effects[..before], &covariance);
    Ok(EventStudy { effects: found, covariance, before_p_value })
}

fn checked(rows: &PersonMonths<'_>) -> Result<Vec<f64>, Error> {
    let count = rows.outcome.len();
    same_length("clusters", count, rows.clusters.len())?;
    same_length("programme", count, rows.programme.len())?;
    same_length("months", count, rows.months.len())?;
    finite("outcome", rows.outcome)?;
    let weights = rows.weights.map_or_else(|| vec![1.0; count], <[f64]>::to_vec);
    same_length("weights", count, weights.len())?;
    not_negative("weights", &weights)?;
    Ok(weights)
}

/// Means by month and arm. Months in which an arm has nobody are refused: they have no difference.
fn cells(rows: &PersonMonths<'_>, weights: &[f64]) -> Result<BTreeMap<i32, [Cell; 2]>, Error> {
    let mut cells: BTreeMap<i32, [Cell; 2]> = BTreeMap::new();
    for (row, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        let arm = usize::from(rows.programme[row]);
        let cell = &mut cells.entry(rows.months[row]).or_default()[arm];
        cell.weight += weight;
        cell.mean += weight * rows.outcome[row];
    }
    for cell in cells.values_mut() {
        for (arm, cell) in [Arm::Comparison, Arm::Programme].into_iter().zip(cell) {
            if cell.weight <= 0.0 {
                return Err(Error::ArmEmpty { arm });
            }
            cell.mean /= cell.weight;
        }
    }
    Ok(cells)
}

/// Wald's test of the first effects; `None` if there are none, or if they do not vary on their own.
fn joint(effects: &[f64], covariance: &Matrix) -> Option<f64> {
    let size = effects.len();
    let mut part = Matrix::zeros(size, size);
    for row in 0..size {
        part.row_mut(row).copy_from_slice(&covariance.row(row)[..size]);
    }
    let factor = Cholesky::of(&part).ok().filter(|_| size > 0)?;
    Some(chi_square_above(dot(effects, &factor.solve(effects)), whole(size as u64)))
}
