use super::*;
use crate::covariate::{Design, Term, indicator};
use crate::error::Separation;

#[test]
fn a_table_of_two_by_two_has_its_odds_ratio() {
    let group = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let outcome = [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    let design = Design::with_intercept(9).number("group", &group).unwrap();
    let fit = logistic(&Rows::new(&design, &outcome)).unwrap();
    // (3 / 1) / (2 / 3); variance 1/3 + 1/1 + 1/2 + 1/3.
    assert!((fit.coefficients[1] - libm::log(4.5)).abs() < 1e-12);
    assert!((fit.covariance.at(1, 1) - 13.0 / 6.0).abs() < 1e-9);
}

#[test]
fn separation_is_found_and_named() {
    let x = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0];
    let noise = [0.3, -1.2, 0.7, 0.1, -0.4, 0.9];
    let design = Design::with_intercept(6).number("noise", &noise).unwrap();
    let design = design.number("x", &x).unwrap();
    let error = logistic(&Rows::new(&design, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0])).unwrap_err();
    assert!(matches!(error, Error::Separated { kind: Separation::Complete, .. }), "{error}");
    let flag = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0];
    let design = Design::with_intercept(6).number("flag", &flag).unwrap();
    let error = logistic(&Rows::new(&design, &[0.0, 1.0, 0.0, 1.0, 1.0, 1.0])).unwrap_err();
    assert_eq!(error, Error::Separated { term: Term::value("flag"), kind: Separation::Quasi });
    let error = poisson(&Rows::new(&design, &[2.0, 1.0, 0.0, 3.0, 0.0, 0.0])).unwrap_err();
    assert_eq!(error.code(), "evaluate-separated");
}

/// Counts of two groups.
fn many() -> (Design, Vec<f64>) {
    const ROWS: u32 = 400_000;
    let group: Vec<f64> = (0..ROWS).map(|row| indicator(row % 10 < 3)).collect();
    let counts = (0..ROWS).map(|row| f64::from(row * 7 / 1_000 % 4)).collect();
    (Design::with_intercept(group.len()).number("group", &group).unwrap(), counts)
}

/// Rounding of a sum over many rows looked like a loss: of these every last step was halved thirty times, until there was no
/// fit after a hundred.
#[test]
fn no_step_towards_a_fit_of_many_rows_is_halved_for_rounding() {
    let (design, counts) = many();
    let any: Vec<f64> = counts.iter().map(|count| count.min(1.0)).collect();
    for (family, outcome) in [
        (Family::Binomial, &any),
        (Family::Poisson, &counts),
        (Family::NegativeBinomial { theta: 2.0 }, &counts),
    ] {
        let mut halvings = 0;
        let rows = Rows::new(&design, outcome);
        fit_counted(&rows.checked().unwrap(), family, None, &mut halvings).unwrap();
        assert_eq!(halvings, 0, "{family:?}");
    }
}
