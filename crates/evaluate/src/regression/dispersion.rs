//! Negative binomial regression.
//!
//! Takes rows of counts, gives rate ratios with the variance `mu + mu^2 / theta` and theta by maximum likelihood,
//! refuses counts that vary no more than Poisson's. The method of R's `MASS::glm.nb`: coefficients and theta in turn
//! until neither moves; Venables, Ripley (2002), doi:10.1007/978-0-387-21706-2, section 7.4. Standard errors of the
//! coefficients take theta as known, as there.

use super::irls::{Family, fit, refuse_not_counts};
use super::memo::Memo;
use super::{Checked, Fit, Rows};
use crate::error::Error;
use crate::sum::Compensated;

/// Rounds of coefficients and theta at most.
const ROUNDS_MAX: usize = 200;
/// Steps towards theta at most.
const STEPS_MAX: usize = 100;
/// Theta has converged when it moves by a smaller share.
const SHARE_MIN: f64 = 1e-11;
/// Above this theta the variance is Poisson's to all that can be seen in counts.
const THETA_MAX: f64 = 1e7;
/// Largest count taken.
const COUNT_MAX: f64 = 1e6;

/// A fitted negative binomial model.
#[derive(Clone, Debug, PartialEq)]
pub struct NegativeBinomial {
    /// Coefficients: logarithms of rate ratios.
    pub fit: Fit,
    /// Theta: the smaller, the more counts vary.
    pub theta: f64,
    /// Its standard error.
    pub theta_standard_error: f64,
}

/// Negative binomial regression of counts; with the logarithm of an exposure as offset, of rates.
pub fn negative_binomial(rows: &Rows<'_>) -> Result<NegativeBinomial, Error> {
    negative_binomial_counted(rows, &mut 0)
}

/// The same, with the steps of theta added to a count.
fn negative_binomial_counted(
    rows: &Rows<'_>,
    steps: &mut usize,
) -> Result<NegativeBinomial, Error> {
    let checked = rows.checked()?;
    refuse_not_counts(&checked)?;
    if let Some(row) = checked.outcome.iter().position(|count| *count > COUNT_MAX) {
        return Err(Error::OutOfRange { what: "outcome", row });
    }
    let tails = Tails::of(&checked);
    let mut model = fit(&checked, Family::Poisson, None)?;
    let mut theta = f64::NAN;
    for round in 0..ROUNDS_MAX {
        let means: Vec<f64> = model.linear_predictor.iter().map(|eta| libm::exp(*eta)).collect();
        let (next, error) = best_theta(&checked, &tails, &means, round == 0, theta, steps)?;
        let moved = (next - theta).abs();
        theta = next;
        let family = Family::NegativeBinomial { theta };
        let coefficients = model.coefficients.clone();
        model = fit(&checked, family, Some(&coefficients))?;
        if moved <= SHARE_MIN * theta {
            return Ok(NegativeBinomial { fit: model, theta, theta_standard_error: error });
        }
    }
    Err(Error::NotConverged { model: "negative binomial regression", iterations: ROUNDS_MAX })
}

/// Weight of the rows whose count is above k, for each k: sums of digammas become sums of `1 / (theta + k)`.
struct Tails(Vec<f64>);

impl Tails {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole, not negative and at most COUNT_MAX"
    )]
    fn of(checked: &Checked<'_>) -> Self {
        let most = checked.outcome.iter().copied().fold(0.0, f64::max) as usize;
        let mut above = vec![0.0; most];
        for (count, weight) in checked.outcome.iter().zip(&checked.weights) {
            if let Some(last) = (*count as usize).checked_sub(1) {
                above[last] += weight;
            }
        }
        for k in (1..most).rev() {
            above[k - 1] += above[k];
        }
        Self(above)
    }
}

/// Theta that fits best given the means, with its standard error.
fn best_theta(
    checked: &Checked<'_>,
    tails: &Tails,
    means: &[f64],
    is_first: bool,
    from: f64,
    steps: &mut usize,
) -> Result<(f64, f64), Error> {
    let rows = || checked.outcome.iter().zip(means).zip(&checked.weights);
    let mut theta = from;
    if is_first {
        let excess: f64 = rows().map(|((y, mu), w)| w * ((y - mu) * (y - mu) - y)).sum();
        // As theta goes to infinity its score has this sign: Cameron, Trivedi (1990),
        // doi:10.1016/0304-4076(90)90014-K.
        if excess <= 0.0 {
            return Err(Error::NotOverdispersed);
        }
        let squares: f64 = rows().map(|((_, mu), w)| w * mu * mu).sum();
        theta = squares / excess;
    }
    for _ in 0..STEPS_MAX {
        *steps += 1;
        let (mut score, mut information) = (Compensated::default(), 0.0);
        for (k, weight) in tails.0.iter().enumerate() {
            let place = theta + crate::distribution::whole(k as u64);
            score.add(weight / place);
            information += weight / (place * place);
        }
        let mut logarithms = Memo::new();
        for ((y, mu), w) in rows() {
            let sum = mu + theta;
            // 1 + log(theta / sum) - (y + theta) / sum, without the cancellation of its first terms.
            let log = logarithms.of(*mu, theta, || libm::log1p(-mu / sum));
            score.add(w * (log + (mu - y) / sum));
            information += w * (-mu / (theta * sum) + (mu - y) / (sum * sum));
        }
        if information <= 0.0 {
            // Beyond the likelihood's bend: half way towards where it is concave.
            theta = if score.value() > 0.0 { theta * 2.0 } else { theta / 2.0 };
        } else if score.is_rounding() {
            // A step would lead elsewhere each time, and not nearer.
            return Ok((theta, 1.0 / information.sqrt()));
        } else {
            let step = score.value() / information;
            let next = (theta + step).clamp(theta / 4.0, theta * 4.0);
            let moved = (next - theta).abs();
            theta = next;
            if moved <= SHARE_MIN * theta {
                return Ok((theta, 1.0 / information.sqrt()));
            }
        }
        if theta > THETA_MAX {
            return Err(Error::NotOverdispersed);
        }
    }
    Err(Error::NotConverged { model: "theta of the negative binomial", iterations: STEPS_MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariate::{Design, indicator};

    /// Rounding of sums over many rows moved theta in each step, so that it was found by chance or not at all.
    #[test]
    fn theta_of_many_rows_is_found_in_few_steps() {
        const ROWS: u32 = 1_000_000;
        let group: Vec<f64> = (0..ROWS).map(|row| indicator(row % 10 < 3)).collect();
        let count = |row: u32| [0.0, 0.0, 1.0, 5.0][(row * 7 / 1_000 % 4) as usize];
        let counts: Vec<f64> = (0..ROWS).map(count).collect();
        let design = Design::with_intercept(group.len()).number("group", &group).unwrap();
        let mut steps = 0;
        negative_binomial_counted(&Rows::new(&design, &counts), &mut steps).unwrap();
        assert!(steps < 20, "{steps}");
    }
}
