//! The range of scores that both arms have.
//!
//! Takes scores, gives the range in common, who is outside of it, and the counts of a histogram. Refuses arms that do
//! not overlap: Heckman, Ichimura, Todd (1997), doi:10.2307/2971733.

use super::both_arms;
use crate::distribution::whole;
use crate::error::{Error, finite, same_length};

/// Bins of a histogram at most.
const BINS_MAX: u32 = 1000;

/// Who is left out for want of persons like them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Discard {
    /// Nobody.
    Nobody,
    /// Persons of either arm outside of the range in common.
    Both,
    /// Persons outside of the range of the comparison pool.
    Programme,
    /// Persons outside of the range of the programme.
    Comparison,
}

/// The ranges of the arms' scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupportRange {
    /// Lowest and highest score in the programme.
    pub programme: (f64, f64),
    /// Lowest and highest score of the comparison pool.
    pub comparison: (f64, f64),
}

impl SupportRange {
    /// The ranges; refuses arms without any in common.
    pub fn of(programme: &[bool], scores: &[f64]) -> Result<Self, Error> {
        both_arms(programme, None)?;
        same_length("scores", programme.len(), scores.len())?;
        finite("scores", scores)?;
        let range = |arm: bool| {
            let of_arm = programme.iter().zip(scores).filter(|(yes, _)| **yes == arm);
            of_arm.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, score)| {
                (low.min(*score), high.max(*score))
            })
        };
        let found = Self { programme: range(true), comparison: range(false) };
        let (low, high) = found.common();
        if low > high { Err(Error::NoOverlap) } else { Ok(found) }
    }

    /// The range in common.
    pub const fn common(&self) -> (f64, f64) {
        (self.programme.0.max(self.comparison.0), self.programme.1.min(self.comparison.1))
    }

    /// Who is left out.
    pub fn discarded(&self, scores: &[f64], discard: Discard) -> Vec<bool> {
        let (low, high) = match discard {
            Discard::Nobody => (f64::NEG_INFINITY, f64::INFINITY),
            Discard::Both => self.common(),
            Discard::Programme => self.comparison,
            Discard::Comparison => self.programme,
        };
        scores.iter().map(|score| *score < low || *score > high).collect()
    }
}

/// Counts of scores by bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// Where the first bin begins.
    pub low: f64,
    /// How wide bins are.
    pub width: f64,
    /// Weight of the programme's persons by bin; their count if there are no weights.
    pub programme: Vec<f64>,
    /// The same of the comparison pool.
    pub comparison: Vec<f64>,
}

/// A histogram of both arms. Its counts are cells like any other: the gate looks at them before they leave.
pub fn overlap(
    programme: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    bins: u32,
) -> Result<Overlap, Error> {
    both_arms(programme, weights)?;
    same_length("scores", programme.len(), scores.len())?;
    finite("scores", scores)?;
    if !(1..=BINS_MAX).contains(&bins) {
        return Err(Error::Setting { name: "bins" });
    }
    let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low) / f64::from(bins);
    let empty = vec![0.0; bins as usize];
    let mut found = Overlap { low, width, programme: empty.clone(), comparison: empty };
    for (row, score) in scores.iter().enumerate() {
        // The edges decide, not a quotient that rounds over them.
        let place = (1..bins as usize).take_while(|bin| *score >= low + whole(*bin as u64) * width);
        let bin = if width > 0.0 { place.count() } else { 0 };
        let arm = if programme[row] { &mut found.programme } else { &mut found.comparison };
        arm[bin] += weights.map_or(1.0, |weights| weights[row]);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_without_a_range_in_common_are_refused() {
        let programme = [true, true, false, false];
        let error = SupportRange::of(&programme, &[2.0, 3.0, 0.0, 1.0]).unwrap_err();
        assert_eq!(error, Error::NoOverlap);
        let range = SupportRange::of(&programme, &[0.5, 3.0, 0.0, 1.0]).unwrap();
        let scores = [0.5, 3.0, 0.0, 1.0];
        assert_eq!(range.discarded(&scores, Discard::Both), [false, true, true, false]);
        assert_eq!(range.discarded(&scores, Discard::Programme), [false, true, false, false]);
    }

    #[test]
    fn every_person_is_in_one_bin() {
        let programme = [true, false, false, true, false];
        let found = overlap(&programme, &[0.0, 0.25, 0.5, 0.75, 1.0], None, 4).unwrap();
        assert_eq!(found.programme, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(found.comparison, [0.0, 1.0, 1.0, 1.0]);
        let same = overlap(&programme, &[0.5; 5], None, 4).unwrap();
        assert_eq!(same.comparison, [3.0, 0.0, 0.0, 0.0]);
    }
}
