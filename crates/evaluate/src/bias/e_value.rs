//! E-values.
//!
//! Takes a ratio with its interval, gives how strongly, as risk ratios, a hidden cause must go with both the
//! programme and the outcome to explain the estimate, or the interval's nearer end, away. Refuses ratios that are
//! not above 0 or not within their interval.
//!
//! VanderWeele, Ding (2017), doi:10.7326/M16-2607; odds and hazard ratios of common outcomes are turned into risk
//! ratios as in their table 2.

use crate::error::{Error, finite};

/// What a ratio is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Measure {
    /// Risks or rates; odds or hazards of an outcome that fewer than 15 % have.
    Risk,
    /// Odds of an outcome that 15 % or more have.
    OddsCommon,
    /// Hazards of an outcome that 15 % or more have by the end.
    HazardCommon,
}

/// What a hidden cause must do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EValue {
    /// To explain the estimate away.
    pub estimate: f64,
    /// To move the interval to 1; 1 if it is there.
    pub interval: f64,
}

/// The E-value of a ratio.
pub fn e_value(measure: Measure, ratio: f64, lower: f64, upper: f64) -> Result<EValue, Error> {
    finite("ratio", &[ratio, lower, upper])?;
    if !(lower > 0.0 && lower <= ratio && ratio <= upper) {
        return Err(Error::OutOfRange { what: "ratio", row: 0 });
    }
    let nearer = if lower > 1.0 {
        lower
    } else if upper < 1.0 {
        upper
    } else {
        1.0
    };
    let strength = |ratio| of_risk_ratio(risk_ratio(measure, ratio));
    Ok(EValue { estimate: strength(ratio), interval: strength(nearer) })
}

fn risk_ratio(measure: Measure, ratio: f64) -> f64 {
    match measure {
        Measure::Risk => ratio,
        Measure::OddsCommon => ratio.sqrt(),
        Measure::HazardCommon => {
            let left = |ratio: f64| 1.0 - libm::exp2(-ratio.sqrt());
            left(ratio) / left(1.0 / ratio)
        }
    }
}

fn of_risk_ratio(ratio: f64) -> f64 {
    let away = if ratio < 1.0 { 1.0 / ratio } else { ratio };
    away + (away * (away - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VanderWeele, Ding (2017): formula feeding and deaths by respiratory infection; breastfeeding and leukaemia.
    #[test]
    fn published_examples_are_found() {
        let feeding = e_value(Measure::Risk, 3.9, 1.8, 8.7).unwrap();
        assert_eq!(format!("{:.2} {:.2}", feeding.estimate, feeding.interval), "7.26 3.00");
        let leukaemia = e_value(Measure::Risk, 0.80, 0.71, 0.91).unwrap();
        assert_eq!(format!("{:.2} {:.2}", leukaemia.estimate, leukaemia.interval), "1.81 1.43");
    }

    #[test]
    fn an_interval_over_one_needs_nothing() {
        let value = e_value(Measure::HazardCommon, 0.9, 0.7, 1.2).unwrap();
        assert!((value.interval - 1.0).abs() < 1e-12 && value.estimate > 1.0);
        assert!(e_value(Measure::Risk, 0.0, 0.0, 1.0).is_err());
    }
}
