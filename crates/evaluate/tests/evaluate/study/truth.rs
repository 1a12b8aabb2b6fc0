//! A small version of `examples/simulation.rs`.

use super::simulated::{Truth, simulate};

/// With 60 studies the error of a coverage of 95 % is 2.8 points.
#[test]
fn clean_studies_find_the_truth() {
    let truth = Truth { ratio: 0.7, missed: [0.0; 2], wrong: [0.0; 2] };
    let [found, corrected] = simulate(&truth, 60, 1_000);
    assert!(found.bias.abs() < 3.0 * found.bias_error, "{found:?}");
    assert!(found.coverage > 0.87 && found.findings > 0.5, "{found:?}");
    // With no error to correct the correction changes nothing.
    assert!((found.bias - corrected.bias).abs() < 1e-12);
}

#[test]
fn arms_that_link_unlike_mislead_and_are_corrected() {
    let truth = Truth { ratio: 0.7, missed: [0.30, 0.05], wrong: [0.02, 0.06] };
    let [naive, corrected] = simulate(&truth, 60, 2_000);
    assert!(naive.bias > 5.0 * naive.bias_error, "{naive:?}");
    assert!(corrected.bias.abs() < 3.0 * corrected.bias_error, "{corrected:?}");
    assert!(corrected.coverage > 0.87 && corrected.coverage > naive.coverage, "{corrected:?}");
}
