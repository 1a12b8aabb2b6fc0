//! Bias and coverage over many studies.

use super::Ratio;

/// What estimates of one kind came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tally {
    /// Studies.
    pub studies: usize,
    /// Mean of the logarithm of the ratio less that of the true one.
    pub bias: f64,
    /// Its Monte-Carlo standard error.
    pub bias_error: f64,
    /// Share of intervals that hold the true ratio.
    pub coverage: f64,
    /// Share of intervals that do not hold 1.
    pub findings: f64,
}

/// Bias and coverage of at least two ratios.
#[must_use]
pub fn tally(ratios: &[Ratio], truth: f64) -> Tally {
    let count = ratios.len() as f64;
    let errors: Vec<f64> = ratios.iter().map(|ratio| (ratio.estimate / truth).ln()).collect();
    let bias = errors.iter().sum::<f64>() / count;
    let variance = errors.iter().map(|error| (error - bias).powi(2)).sum::<f64>() / (count - 1.0);
    let share = |fits: &dyn Fn(&Ratio) -> bool| {
        ratios.iter().filter(|ratio| fits(ratio)).count() as f64 / count
    };
    let holds = |ratio: &Ratio, value: f64| ratio.lower <= value && value <= ratio.upper;
    Tally {
        studies: ratios.len(),
        bias,
        bias_error: (variance / count).sqrt(),
        coverage: share(&|ratio| holds(ratio, truth)),
        findings: share(&|ratio| !holds(ratio, 1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_is_of_the_logarithm_and_coverage_of_the_interval() {
        let ratio =
            |estimate: f64| Ratio { estimate, lower: estimate / 1.5, upper: estimate * 1.5 };
        let found = tally(&[ratio(0.5), ratio(2.0), ratio(1.2), ratio(1.2)], 1.0);
        assert!((found.bias - 1.44_f64.ln() / 4.0).abs() < 1e-12);
        assert!((found.coverage - 0.5).abs() < 1e-12 && (found.findings - 0.5).abs() < 1e-12);
        assert!(found.bias_error > 0.0 && found.studies == 4);
    }
}
