//! Differences in differences.
//!
//! Takes outcomes of the same persons before and after, gives how much more they changed in the programme than in the
//! comparison group: as a difference, and for counts as a ratio of rate ratios. Refuses what single outcomes refuse.
//!
//! It holds if both arms would have changed alike without the programme, by the same amount or the same factor;
//! Ashenfelter, Card (1985), doi:10.2307/1924810. Those referred at their worst come back towards their usual: look at
//! the months before (`event_study`). Errors are clustered by person at least: Bertrand, Duflo, Mullainathan (2004),
//! doi:10.1162/003355304772839588.

use super::sample::{log_exposure, robust};
use crate::covariate::{Design, indicator};
use crate::error::{Error, same_length};
use crate::propensity::both_arms;
use crate::regression::{Estimate, Rows, linear, poisson};

/// The programme's coefficient after, among intercept, programme, after, and both.
const BOTH: usize = 3;

/// Outcomes of persons before and after.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    /// Who is in the programme.
    pub programme: &'a [bool],
    /// The outcome in the window before.
    pub before: &'a [f64],
    /// The outcome in the window after.
    pub after: &'a [f64],
    /// Weights; all 1 if `None`.
    pub weights: Option<&'a [f64]>,
    /// Numbers of clusters wider than a person, such as matched sets; persons if `None`.
    pub clusters: Option<&'a [u32]>,
    /// How sure intervals are, such as 0.95.
    pub confidence: f64,
}

/// Both windows under one another.
struct Long {
    design: Design,
    outcome: Vec<f64>,
    weights: Vec<f64>,
    clusters: Vec<u32>,
}

impl Changes<'_> {
    /// Change in the programme less change in the comparison group.
    pub fn difference(&self) -> Result<Estimate, Error> {
        let long = self.long()?;
        let fit = linear(&Rows::new(&long.design, &long.outcome).weighted(&long.weights))?;
        let covariance = robust(&fit, &long.design, Some(&long.clusters))?;
        fit.estimate(BOTH, &covariance, self.confidence)
    }

    /// Rate after over rate before in the programme, over the same in the comparison group. Times at risk above 0.
    pub fn rate_ratio(
        &self,
        exposure_before: &[f64],
        exposure_after: &[f64],
    ) -> Result<Estimate, Error> {
        let long = self.long()?;
        let rows = self.programme.len();
        let offset =
            [log_exposure(exposure_before, rows)?, log_exposure(exposure_after, rows)?].concat();
        let rows = Rows::new(&long.design, &long.outcome).weighted(&long.weights).offset(&offset);
        let fit = poisson(&rows)?;
        let covariance = robust(&fit, &long.design, Some(&long.clusters))?;
        fit.estimate(BOTH, &covariance, self.confidence)?.exponentiated()
    }

    fn long(&self) -> Result<Long, Error> {
        both_arms(self.programme, self.weights)?;
        let rows = self.programme.len();
        same_length("outcome before", rows, self.before.len())?;
        same_length("outcome after", rows, self.after.len())?;
        let programme: Vec<f64> = self.programme.iter().map(|yes| indicator(*yes)).collect();
        let twice = |values: &[f64]| [values, values].concat();
        let after = [vec![0.0; rows], vec![1.0; rows]].concat();
        let both = [vec![0.0; rows], programme.clone()].concat();
        let design = Design::with_intercept(2 * rows)
            .number("programme", &twice(&programme))?
            .number("after", &after)?
            .number("programme after", &both)?;
        let clusters = self.clusters.map_or_else(|| (0..).take(rows).collect(), <[u32]>::to_vec);
        same_length("clusters", rows, clusters.len())?;
        Ok(Long {
            design,
            outcome: [self.before, self.after].concat(),
            weights: self.weights.map_or_else(|| vec![1.0; 2 * rows], twice),
            clusters: [clusters.as_slice(), &clusters].concat(),
        })
    }
}
