//! Holm's step-down adjustment.
//!
//! Takes p values of all tests of a family, gives p values that may each be compared with the level, so that a true
//! null is rejected at no more than that chance in the whole family. Refuses what is no p value. Holm (1979), Scand.
//! J. Stat. 6, 65-70, <https://www.jstor.org/stable/4615733>.

use crate::distribution::whole;
use crate::error::{Error, finite};

/// Adjusted p values, in the order of those given.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, Error> {
    finite("p value", p_values)?;
    if let Some(row) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(Error::OutOfRange { what: "p value", row });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 0.0_f64;
    for (place, test) in order.into_iter().enumerate() {
        let remaining = whole((p_values.len() - place) as u64);
        least = least.max((remaining * p_values[test]).min(1.0));
        adjusted[test] = least;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R 4.2.2: `p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.8), "holm")`.
    #[test]
    fn adjusted_values_are_those_of_r() {
        let ours = holm(&[0.01, 0.04, 0.03, 0.005, 0.8]).unwrap();
        let theirs = [0.04, 0.09, 0.09, 0.025, 0.8];
        assert!(ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-12));
        assert_eq!(holm(&[]).unwrap(), [0.0; 0]);
        assert!(holm(&[1.5]).is_err());
    }

    proptest! {
        #[test]
        fn adjustment_keeps_the_order_and_never_helps(
            p_values in proptest::collection::vec(0.0_f64..=1.0, 1..12),
        ) {
            let adjusted = holm(&p_values).unwrap();
            for (p, a) in p_values.iter().zip(&adjusted) {
                prop_assert!(p <= a && *a <= 1.0);
                for (q, b) in p_values.iter().zip(&adjusted) {
                    prop_assert!(p > q || a <= b);
                }
            }
        }
    }
}
