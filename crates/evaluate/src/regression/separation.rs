//! Outcomes that covariates tell without error.
//!
//! Takes the direction in which a fit keeps moving, gives whether the likelihood rises along it for ever, which is
//! when no finite coefficients fit best: Albert, Anderson (1984), doi:10.1093/biomet/71.1.1, for logistic
//! regression; Correia, Guimaraes, Zylkin (2021), arXiv:1903.01633, for counts. The steps of Newton's method tend to
//! such a direction where there is one, one unit of the linear predictor a step.

use crate::covariate::{Part, Term};
use crate::error::Separation;
use crate::matrix::Matrix;

/// A row counts as not moving below this share of the row that moves most.
const STILL_SHARE: f64 = 1e-4;
/// Rows that move less in a step are converging.
const MOVING_MIN: f64 = 0.1;

/// Whither a row's linear predictor may go for ever without loss of likelihood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Allowed {
    /// To plus infinity.
    Up,
    /// To minus infinity.
    Down,
    /// It must stay.
    Nowhere,
}

/// Whether rows that move so separate the outcome. `allowed` is `None` for rows that do not count.
pub(super) fn recession(
    moves: &[f64],
    allowed: impl Fn(usize) -> Option<Allowed>,
) -> Option<Separation> {
    let most = moves.iter().fold(0.0_f64, |most, moved| most.max(moved.abs()));
    if most < MOVING_MIN {
        return None;
    }
    let still = most * STILL_SHARE;
    let mut kind = Separation::Complete;
    let mut some = false;
    for (row, &moved) in moves.iter().enumerate() {
        let Some(allowed) = allowed(row) else { continue };
        let onwards = match allowed {
            Allowed::Up => moved,
            Allowed::Down => -moved,
            Allowed::Nowhere => -moved.abs(),
        };
        if onwards < -still {
            return None;
        }
        some |= onwards > still;
        if onwards <= still {
            kind = Separation::Quasi;
        }
    }
    some.then_some(kind)
}

/// The column that moves rows most along a direction; the column of ones only where there is no other.
pub(crate) fn moving_most(matrix: &Matrix, terms: &[Term], direction: &[f64]) -> Term {
    let mut best = (0, -1.0);
    for (place, step) in direction.iter().enumerate() {
        if terms[place].part == Part::Intercept && terms.len() > 1 {
            continue;
        }
        let column = matrix.column(place);
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let moved = step.abs() * (high - low);
        if moved > best.1 {
            best = (place, moved);
        }
    }
    terms[best.0].clone()
}
