//! Estimates over several imputed linkages.
//!
//! Takes the estimate and standard error from each, gives the mean with the error that comes of not knowing which
//! linkage is right. Refuses fewer than two. Rubin (1987), doi:10.1002/9780470316696, chapter 3; degrees of freedom
//! for finite samples: Barnard, Rubin (1999), doi:10.1093/biomet/86.4.948. Ratios are pooled as logarithms.

use crate::distribution::whole;
use crate::error::{Error, finite, same_length};
use crate::regression::{Estimate, Reference};

/// An estimate over imputed linkages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pooled {
    /// The estimate, with Student's t at `df`.
    pub estimate: Estimate,
    /// Degrees of freedom.
    pub df: f64,
    /// Mean of the variances within linkages.
    pub within: f64,
    /// Variance of the estimates between linkages.
    pub between: f64,
    /// Share of the variance that comes of not knowing the linkage: (1 + 1/m) B / T.
    pub linkage_share: f64,
}

/// Pools estimates. `df` are those of each analysis alone; infinite for normal tests.
pub fn pool(
    estimates: &[f64],
    standard_errors: &[f64],
    df: f64,
    confidence: f64,
) -> Result<Pooled, Error> {
    let found = estimates.len();
    if found < 2 {
        return Err(Error::TooFew { what: "imputed linkages", needed: 2, found });
    }
    same_length("standard errors", found, standard_errors.len())?;
    finite("estimates", estimates)?;
    finite("standard errors", standard_errors)?;
    if let Some(row) = standard_errors.iter().position(|error| *error <= 0.0) {
        return Err(Error::OutOfRange { what: "standard errors", row });
    }
    if df.is_nan() || df <= 0.0 {
        return Err(Error::Setting { name: "df" });
    }
    let m = whole(found as u64);
    let mean = estimates.iter().sum::<f64>() / m;
    let within = standard_errors.iter().map(|error| error * error).sum::<f64>() / m;
    let squares: f64 = estimates.iter().map(|value| (value - mean) * (value - mean)).sum();
    let between = squares / (m - 1.0);
    let total = within + (1.0 + 1.0 / m) * between;
    let linkage_share = (1.0 + 1.0 / m) * between / total;
    let df = pooled_df(m, linkage_share, df);
    let reference = if df.is_finite() { Reference::Student(df) } else { Reference::Normal };
    let estimate = Estimate::wald(mean, total.sqrt(), reference, confidence)?;
    Ok(Pooled { estimate, df, within, between, linkage_share })
}

/// Barnard's and Rubin's degrees of freedom; Rubin's where each analysis has infinitely many.
fn pooled_df(m: f64, share: f64, complete: f64) -> f64 {
    let rubin = if share > 0.0 { (m - 1.0) / (share * share) } else { f64::INFINITY };
    if complete.is_infinite() {
        return rubin;
    }
    let observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share);
    if rubin.is_infinite() { observed } else { rubin * observed / (rubin + observed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean of variances 0.01444, variance between 0.00115; the rest by the papers' formulas.
    #[test]
    fn five_linkages_are_pooled_by_the_rules() {
        let estimates = [-0.41, -0.38, -0.45, -0.36, -0.40];
        let errors = [0.12, 0.13, 0.12, 0.11, 0.12];
        let normal = pool(&estimates, &errors, f64::INFINITY, 0.95).unwrap();
        let close = |ours: f64, theirs: f64| assert!((ours / theirs - 1.0).abs() < 1e-9, "{ours}");
        close(normal.estimate.estimate, -0.4);
        close(normal.estimate.standard_error, (0.01444 + 1.2 * 0.00115_f64).sqrt());
        close(normal.linkage_share, 1.2 * 0.00115 / (0.01444 + 1.2 * 0.00115));
        close(normal.df, 4.0 / (normal.linkage_share * normal.linkage_share));
        let finite = pool(&estimates, &errors, 100.0, 0.95).unwrap();
        assert!(finite.df < 100.0 && finite.estimate.upper > normal.estimate.upper);
    }

    #[test]
    fn equal_estimates_have_the_error_of_one() {
        let found = pool(&[0.5; 4], &[0.2; 4], f64::INFINITY, 0.95).unwrap();
        assert!((found.estimate.standard_error - 0.2).abs() < 1e-12);
        assert!(found.linkage_share.abs() < 1e-12);
        assert_eq!(pool(&[0.5], &[0.2], 9.0, 0.95).unwrap_err().code(), "evaluate-too-few");
    }
}
