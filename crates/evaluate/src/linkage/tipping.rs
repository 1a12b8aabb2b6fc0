//! How different the links of the arms must be to undo a finding.
//!
//! Takes a rate ratio with its interval, gives the ratio of the arms' linkage at which the ratio, or the interval's
//! nearer end, would be 1; and a grid of miss rates by arm with the ratio each pair leaves. Refuses ratios that are
//! not above 0 or not within their interval. The idea is that of tipping points of missing outcomes: Campbell,
//! Pennello, Yue (2011), doi:10.1080/10543406.2011.550094.

use super::correct::{LinkQuality, LogRatio, Rate, corrected_rate_ratio};
use crate::distribution::normal_quantile;
use crate::error::{Error, finite};

/// Cells of a grid at most along one side.
const SIDE_MAX: usize = 101;

/// Where a finding tips. Recall is the share of events that were linked to the person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TippingPoint {
    /// The programme's recall over the comparison group's at which the true ratio would be 1: the observed ratio.
    pub recall_ratio: f64,
    /// The same at which the interval would begin to hold 1; `None` if it does already.
    pub recall_ratio_interval: Option<f64>,
    /// The share that one arm would have to miss, the other missing nothing, for the ratio to be 1.
    pub missed_alone: f64,
}

/// The tipping point of a rate ratio.
pub fn tipping_point(ratio: f64, lower: f64, upper: f64) -> Result<TippingPoint, Error> {
    finite("ratio", &[ratio, lower, upper])?;
    if !(lower > 0.0 && lower <= ratio && ratio <= upper) {
        return Err(Error::OutOfRange { what: "ratio", row: 0 });
    }
    let recall_ratio_interval = if lower > 1.0 {
        Some(lower)
    } else if upper < 1.0 {
        Some(upper)
    } else {
        None
    };
    let missed_alone = 1.0 - ratio.min(1.0 / ratio);
    Ok(TippingPoint { recall_ratio: ratio, recall_ratio_interval, missed_alone })
}

/// One pair of miss rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TippingCell {
    /// Share missed in the programme.
    pub missed_programme: f64,
    /// Share missed in the comparison group.
    pub missed_comparison: f64,
    /// The ratio corrected for both.
    pub ratio: f64,
    /// Its interval.
    pub interval: (f64, f64),
    /// Whether the finding stands: its interval is on the same side of 1 as the observed ratio.
    pub stands: bool,
}

/// The corrected ratio under every pair of miss rates, by the programme's, then by the comparison group's. Wrong links
/// stay as they are estimated.
pub fn tipping_grid(
    observed: &LogRatio,
    wrong: [Rate; 2],
    missed: &[f64],
    confidence: f64,
) -> Result<Vec<TippingCell>, Error> {
    if missed.is_empty() || missed.len() > SIDE_MAX {
        return Err(Error::Setting { name: "grid of miss rates" });
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::Setting { name: "confidence" });
    }
    let factor = -normal_quantile((1.0 - confidence) / 2.0);
    let below = observed.log_ratio < 0.0;
    let is_finding = observed.log_ratio.abs() > factor * observed.standard_error;
    let mut cells = Vec::with_capacity(missed.len() * missed.len());
    for &programme in missed {
        for &comparison in missed {
            let quality = |missed, wrong| LinkQuality { missed: Rate::known(missed), wrong };
            let found = corrected_rate_ratio(
                observed,
                &quality(programme, wrong[0]),
                &quality(comparison, wrong[1]),
                confidence,
            )?;
            let same_side = if below { found.upper < 1.0 } else { found.lower > 1.0 };
            cells.push(TippingCell {
                missed_programme: programme,
                missed_comparison: comparison,
                ratio: found.estimate,
                interval: (found.lower, found.upper),
                stands: is_finding && same_side,
            });
        }
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_tips_where_the_point_says() {
        let observed = LogRatio { log_ratio: libm::log(0.7), standard_error: 0.1 };
        let wrong = [Rate::known(0.0); 2];
        let cells = tipping_grid(&observed, wrong, &[0.0, 0.1, 0.2, 0.3], 0.95).unwrap();
        assert_eq!(cells.len(), 16);
        let point = tipping_point(0.7, 0.7 * libm::exp(-0.196), 0.7 * libm::exp(0.196)).unwrap();
        assert!((point.missed_alone - 0.3).abs() < 1e-12);
        let tipped = cells.iter().find(|c| c.missed_programme > 0.25 && c.missed_comparison < 0.05);
        assert!((tipped.unwrap().ratio - 1.0).abs() < 1e-12 && !tipped.unwrap().stands);
        for cell in cells {
            let recall = (1.0 - cell.missed_programme) / (1.0 - cell.missed_comparison);
            let interval = point.recall_ratio_interval.unwrap();
            // The end of the interval moves with the ratio of recalls.
            assert_eq!(cell.stands, recall > interval, "{recall}");
        }
    }
}
