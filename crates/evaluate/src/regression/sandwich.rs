//! Robust covariance matrices.
//!
//! Takes a fit with its design and clusters, gives covariance matrices that stay right where variances are unequal
//! or rows of a cluster go together, refuses fewer than two clusters. The bread is the inverse information, the meat
//! the sum of outer products of scores: White (1980), doi:10.2307/1912934; Liang, Zeger (1986),
//! doi:10.1093/biomet/73.1.13. Names as in R's `sandwich`: Zeileis, Koell, Graham (2020), doi:10.18637/jss.v095.i01.

use super::Fit;
use crate::covariate::Design;
use crate::distribution::whole;
use crate::error::{Error, same_length};
use crate::matrix::Matrix;

/// The correction for few rows or clusters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Correction {
    /// None: HC0 and CR0.
    None,
    /// HC1: n / (n - p). CR1: G / (G - 1) * (n - 1) / (n - p), Stata's and `vcovCL(type = "HC1")`.
    Degrees,
    /// As `Degrees` without the part of p: G / (G - 1), `vcovCL(type = "HC0")`. Of rows: n / (n - 1).
    Groups,
}

/// Robust to unequal variances of rows.
pub fn heteroskedastic(
    fit: &Fit,
    design: &Design,
    correction: Correction,
) -> Result<Matrix, Error> {
    same_length("design", fit.score_residuals.len(), design.rows())?;
    let matrix = design.matrix();
    let columns = matrix.columns();
    let mut meat = Matrix::zeros(columns, columns);
    for (row, residual) in fit.score_residuals.iter().enumerate() {
        meat.add_outer(residual * residual, matrix.row(row));
    }
    meat.mirror();
    let rows = whole(fit.rows as u64);
    let factor = match correction {
        Correction::None => 1.0,
        Correction::Degrees => rows / (rows - whole(columns as u64)),
        Correction::Groups => rows / (rows - 1.0),
    };
    Ok(meat.sandwiched(&fit.bread).scaled(factor))
}

/// Robust to whatever goes on within clusters: pairs, persons, officers. Rows of the same number are one cluster.
pub fn clustered(
    fit: &Fit,
    design: &Design,
    clusters: &[u32],
    correction: Correction,
) -> Result<Matrix, Error> {
    let rows = fit.score_residuals.len();
    same_length("design", rows, design.rows())?;
    same_length("clusters", rows, clusters.len())?;
    let matrix = design.matrix();
    let columns = matrix.columns();
    let (meat, count) = clustered_meat(columns, clusters, &fit.used, |row, sum| {
        let residual = fit.score_residuals[row];
        sum.iter_mut().zip(matrix.row(row)).for_each(|(sum, x)| *sum += residual * x);
    });
    let factor = cluster_factor(count, fit.rows, columns, correction)?;
    Ok(meat.sandwiched(&fit.bread).scaled(factor))
}

/// What the meat is multiplied by.
pub(crate) fn cluster_factor(
    clusters: usize,
    rows: usize,
    columns: usize,
    correction: Correction,
) -> Result<f64, Error> {
    if clusters < 2 {
        return Err(Error::TooFew { what: "clusters", needed: 2, found: clusters });
    }
    let (groups, rows) = (whole(clusters as u64), whole(rows as u64));
    Ok(match correction {
        Correction::None => 1.0,
        Correction::Groups => groups / (groups - 1.0),
        Correction::Degrees => {
            groups / (groups - 1.0) * (rows - 1.0) / (rows - whole(columns as u64))
        }
    })
}

/// Sum over clusters of the outer product of the cluster's score, and the number of clusters. `add` adds a row's.
pub(crate) fn clustered_meat(
    columns: usize,
    clusters: &[u32],
    used: &[bool],
    add: impl Fn(usize, &mut [f64]),
) -> (Matrix, usize) {
    // By cluster, then by row: the sum does not depend on where a cluster's rows stand.
    let mut order: Vec<usize> = (0..clusters.len()).filter(|row| used[*row]).collect();
    order.sort_by_key(|row| (clusters[*row], *row));
    let mut meat = Matrix::zeros(columns, columns);
    let mut count = 0;
    let mut at = 0;
    while at < order.len() {
        let cluster = clusters[order[at]];
        let mut score = vec![0.0; columns];
        while at < order.len() && clusters[order[at]] == cluster {
            add(order[at], &mut score);
            at += 1;
        }
        meat.add_outer(1.0, &score);
        count += 1;
    }
    meat.mirror();
    (meat, count)
}
