//! What linkage errors do to the main ratio of rates.
//!
//! Takes the main estimate, how good links are by arm, and estimates over imputed linkages; gives the corrected and the pooled
//! estimate, and how unlike the arms' links would have to be to remove the effect. What has no answer stands there as its
//! reason. Rates are those of the plan, else those that the release estimated.

use tallystick_dataset::Table;

use super::people::{Texts, column, numbers};
use super::plan::{ErrorShares, Plan};
use crate::distribution::normal_quantile;
use crate::error::Error;
use crate::linkage::{
    LinkQuality, LogRatio, Pooled, Rate, TippingCell, TippingPoint, corrected_rate_ratio, pool,
    tipping_grid, tipping_point,
};
use crate::regression::Estimate;

/// Shares missed of the tipping table.
pub const GRID: [f64; 7] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4];
/// Confidence of the intervals in the release's table of linkage quality.
const SUMMARY_CONFIDENCE: f64 = 0.95;

/// Whose rates of linkage error are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RatesOf {
    /// The plan's.
    Plan,
    /// The release's table `linkage_summary`, which has shares of persons.
    Release,
}

/// Link quality of both arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Whose.
    pub of: RatesOf,
    /// Of the programme.
    pub programme: LinkQuality,
    /// Of the comparison.
    pub comparison: LinkQuality,
}

/// What linkage errors do.
#[derive(Clone, Debug, Default)]
pub struct LinkageError {
    /// Rates by arm, if anybody tells them.
    pub rates: Option<Rates>,
    /// The main rate ratio that perfect links would have given.
    pub corrected: Option<Result<Estimate, Error>>,
    /// Rate ratios under each imputed linkage.
    pub imputed: Vec<Result<Estimate, Error>>,
    /// Their mean by Rubin's rules, as a ratio.
    pub pooled: Option<Result<Pooled, Error>>,
    /// Where the finding tips.
    pub point: Option<Result<TippingPoint, Error>>,
    /// The ratio under shares missed by both arms.
    pub grid: Vec<TippingCell>,
}

impl LinkageError {
    /// Makes it.
    pub(super) fn make(
        plan: &Plan,
        summary: Option<&Table>,
        main: Option<Estimate>,
        imputed: Vec<Result<Estimate, Error>>,
    ) -> Self {
        let rates = rates(plan, summary);
        let pooled = (!imputed.is_empty()).then(|| pooled(&imputed, plan.confidence));
        let mut found = Self { rates, imputed, pooled, ..Self::default() };
        let Some(main) = main else { return found };
        let observed = log_ratio(main);
        found.corrected = rates.map(|it| {
            corrected_rate_ratio(&observed, &it.programme, &it.comparison, plan.confidence)
        });
        found.point = Some(tipping_point(main.estimate, main.lower, main.upper));
        // Those of the release are at most so many; they would move the table's first cell off the estimate.
        let wrong = rates
            .filter(|it| it.of == RatesOf::Plan)
            .map_or([Rate::known(0.0); 2], |it| [it.programme.wrong, it.comparison.wrong]);
        found.grid = tipping_grid(&observed, wrong, &GRID, plan.confidence).unwrap_or_default();
        found
    }
}

/// The ratio on the scale of logarithms, where its standard error is.
fn log_ratio(ratio: Estimate) -> LogRatio {
    LogRatio { log_ratio: libm::log(ratio.estimate), standard_error: ratio.standard_error }
}

/// The ratio as it would be if of the programme's events a share `recall` of that of the comparison's had been found.
///
/// # Errors
/// [`Error`] for a recall that is not above 0.
pub fn at_recall(ratio: Estimate, recall: f64, confidence: f64) -> Result<Estimate, Error> {
    let quality = |missed| LinkQuality { missed: Rate::known(missed), wrong: Rate::known(0.0) };
    let (programme, comparison) =
        if recall <= 1.0 { (1.0 - recall, 0.0) } else { (0.0, 1.0 - 1.0 / recall) };
    corrected_rate_ratio(&log_ratio(ratio), &quality(programme), &quality(comparison), confidence)
}

/// Rubin's rules on logarithms, given as a ratio.
fn pooled(imputed: &[Result<Estimate, Error>], confidence: f64) -> Result<Pooled, Error> {
    let found = imputed.iter().cloned().collect::<Result<Vec<_>, Error>>()?;
    let logs: Vec<f64> = found.iter().map(|it| libm::log(it.estimate)).collect();
    let errors: Vec<f64> = found.iter().map(|it| it.standard_error).collect();
    let pooled = pool(&logs, &errors, f64::INFINITY, confidence)?;
    Ok(Pooled { estimate: pooled.estimate.exponentiated()?, ..pooled })
}

fn rates(plan: &Plan, summary: Option<&Table>) -> Option<Rates> {
    if let Some(linkage) = plan.linkage {
        let (programme, comparison) = (quality(linkage.programme), quality(linkage.comparison));
        return Some(Rates { of: RatesOf::Plan, programme, comparison });
    }
    let summary = summary?;
    let arm = |name: &str| of_arm(summary, name);
    Some(Rates {
        of: RatesOf::Release,
        programme: arm(&plan.programme)?,
        comparison: arm(&plan.comparison)?,
    })
}

fn quality(shares: ErrorShares) -> LinkQuality {
    LinkQuality {
        missed: Rate { value: shares.missed, standard_error: shares.missed_error },
        wrong: Rate { value: shares.wrong, standard_error: shares.wrong_error },
    }
}

/// The rates of an arm in the release's table; none where it does not have them.
fn of_arm(summary: &Table, arm: &str) -> Option<LinkQuality> {
    let by = Texts::of(summary, "group_by").ok()?;
    let value = Texts::of(summary, "group_value").ok()?;
    let row = (0..summary.rows)
        .find(|row| by.text(*row) == Some("arm") && value.text(*row) == Some(arm))?;
    let cell = |name: &str| numbers(column(summary, name).ok()?, &summary.name).ok()?[row];
    let width = -2.0 * normal_quantile((1.0 - SUMMARY_CONFIDENCE) / 2.0);
    let rate = |name: &str| {
        let (low, high) = (cell(&format!("{name}_low"))?, cell(&format!("{name}_high"))?);
        let value = cell(name).filter(|value| (0.0..1.0).contains(value))?;
        Some(Rate { value, standard_error: (high - low).max(0.0) / width })
    };
    Some(LinkQuality { missed: rate("missed_link")?, wrong: rate("false_link")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::Reference;

    fn ratio() -> Estimate {
        let log = Estimate::wald(libm::log(0.6), 0.1, Reference::Normal, 0.95).unwrap();
        log.exponentiated().unwrap()
    }

    #[test]
    fn at_the_tipping_point_the_ratio_is_one() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(at_recall(ratio(), 0.6, 0.95).unwrap().estimate, 1.0);
        close(at_recall(ratio(), 1.0, 0.95).unwrap().estimate, 0.6);
        // A comparison that finds two thirds as many: 0.6 is 0.4.
        close(at_recall(ratio(), 1.5, 0.95).unwrap().estimate, 0.4);
        assert!(at_recall(ratio(), 0.0, 0.95).is_err());
    }

    #[test]
    fn ratios_are_pooled_as_logarithms() {
        let other = Estimate { estimate: 0.7, ..ratio() };
        let found = pooled(&[Ok(ratio()), Ok(other)], 0.95).unwrap();
        assert!((found.estimate.estimate - (0.6_f64 * 0.7).sqrt()).abs() < 1e-12);
        let refused = pooled(&[Ok(ratio()), Err(Error::NoEvents)], 0.95);
        assert_eq!(refused.unwrap_err(), Error::NoEvents);
    }
}
