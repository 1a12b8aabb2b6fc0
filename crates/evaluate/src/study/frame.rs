//! Persons that an outcome is estimated from.
//!
//! Takes the persons of both arms, the matched sets, and who was observed; gives rows, weights and clusters. Refuses nothing:
//! sets in which somebody was not observed are left out whole, so that the arms stay alike, and are counted. Weights are those
//! of the sets that stay: with replacement a person of the pool may stay by another set, with the weight of that one alone.

use std::fmt;

use super::People;
use super::matched::Matched;
use crate::outcome::Sample;
use crate::propensity::{Matching, set_weights};

/// Rows of [`People`] with what models need. `Debug` says how many.
#[derive(Clone, PartialEq)]
pub struct Frame {
    /// Rows.
    pub rows: Vec<usize>,
    /// Who is in the programme.
    pub programme: Vec<bool>,
    /// Weights.
    pub weights: Vec<f64>,
    /// Matched sets; each person with replacement and without matching.
    pub clusters: Vec<u32>,
    /// Persons left out because they, or somebody of their set, were not observed.
    pub unobserved: u64,
}

impl fmt::Debug for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Frame").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Frame {
    /// Matched persons all of whose set fit.
    pub(super) fn matched(
        people: &People,
        matched: &Matched,
        fits: impl Fn(usize) -> bool,
    ) -> Self {
        let weights = weights_of(&matched.matching, fits);
        let frame = Self::of(people, |_| true, &weights, &matched.clusters());
        let all = matched.matching.weights.iter().filter(|weight| **weight > 0.0).count();
        Self { unobserved: (all - frame.rows.len()) as u64, ..frame }
    }

    /// All persons who fit, by a weight of each.
    pub(super) fn weighted(people: &People, weights: &[f64], fits: impl Fn(usize) -> bool) -> Self {
        let each: Vec<u32> = (0..).take(people.len()).collect();
        Self::of(people, fits, weights, &each)
    }

    fn of(
        people: &People,
        stays: impl Fn(usize) -> bool,
        weights: &[f64],
        clusters: &[u32],
    ) -> Self {
        let all: Vec<usize> = (0..people.len()).filter(|row| weights[*row] > 0.0).collect();
        let rows: Vec<usize> = all.iter().copied().filter(|row| stays(*row)).collect();
        Self {
            unobserved: (all.len() - rows.len()) as u64,
            programme: rows.iter().map(|row| people.programme[*row]).collect(),
            weights: rows.iter().map(|row| weights[*row]).collect(),
            clusters: rows.iter().map(|row| clusters[*row]).collect(),
            rows,
        }
    }

    /// Cells of the rows; those that are missing are 0, and are not asked for.
    pub(super) fn pick(&self, column: &[Option<f64>]) -> Vec<f64> {
        self.rows.iter().map(|row| column[*row].unwrap_or(0.0)).collect()
    }

    /// Persons of the comparison and of the programme who fit.
    pub(super) fn count(&self, fits: impl Fn(usize) -> bool) -> [u64; 2] {
        let mut counts = [0, 0];
        for (place, is_programme) in self.programme.iter().enumerate() {
            counts[usize::from(*is_programme)] += u64::from(fits(place));
        }
        counts
    }

    /// The outcome of these persons.
    pub(super) fn sample<'a>(&'a self, outcome: &'a [f64], confidence: f64) -> Sample<'a> {
        Sample {
            programme: &self.programme,
            outcome,
            covariates: &[],
            weights: Some(&self.weights),
            clusters: Some(&self.clusters),
            confidence,
        }
    }
}

/// Weights by the sets all of whose persons fit; 0 for whoever is in none of them.
fn weights_of(matching: &Matching, fits: impl Fn(usize) -> bool) -> Vec<f64> {
    let rows = matching.weights.len();
    let stays =
        |(row, chosen): &&(usize, Vec<usize>)| chosen.iter().chain([row]).all(|it| fits(*it));
    set_weights(matching.matched().filter(stays), rows).unwrap_or_else(|_| vec![0.0; rows])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], wanted: &[f64]) {
        let all = found.iter().zip(wanted);
        assert!(all.clone().all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {wanted:?}");
        assert_eq!(found.len(), wanted.len());
    }

    /// Persons 0, 1, 2 chose among 3, 4, 5; person 4 is in two sets. By hand: in sets 0 and 1 person 3 has shares 1/2, 4 has 1/2
    /// and 1, times the two persons over the two sets.
    #[test]
    fn with_replacement_weights_are_of_the_sets_that_stay() {
        let matching = Matching {
            sets: vec![(0, vec![3, 4]), (1, vec![4]), (2, vec![4, 5])],
            weights: vec![1.0, 1.0, 1.0, 0.5, 2.0, 0.5],
            caliper: None,
        };
        close(&weights_of(&matching, |_| true), &[1.0, 1.0, 1.0, 0.5, 2.0, 0.5]);
        close(&weights_of(&matching, |row| row != 5), &[1.0, 1.0, 0.0, 0.5, 1.5, 0.0]);
        close(&weights_of(&matching, |row| row != 4), &[0.0; 6]);
    }
}
