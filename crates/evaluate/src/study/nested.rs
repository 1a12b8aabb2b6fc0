//! Counts of persons within one another, of which no two may differ by too few.
//!
//! Takes counts in the order of what matters most, says of each whether it may be told beside those told before. Refuses
//! nothing. Two counts of which one is a part of the other tell a third, those who are only in the larger; where it is not known
//! which are parts of which all pairs are looked at. Counts of several arms stand or fall together: in pairs one to one those
//! of one arm are those of the other.

/// Whether a count of persons, or what two counts differ by, is nobody or enough.
#[must_use]
pub const fn fits(smallest: u64, count: u64) -> bool {
    count == 0 || count >= smallest
}

/// Counts that are told, of so many arms.
#[derive(Clone, Debug)]
pub struct Nested<const ARMS: usize> {
    smallest: u64,
    told: Vec<[u64; ARMS]>,
}

impl<const ARMS: usize> Nested<ARMS> {
    /// Nothing is told yet.
    #[must_use]
    pub const fn new(smallest: u64) -> Self {
        Self { smallest, told: Vec::new() }
    }

    /// Whether counts may be told; if so they are.
    pub fn tells(&mut self, counts: [u64; ARMS]) -> bool {
        let fits = |count| fits(self.smallest, count);
        let differs = |told: &[u64; ARMS]| {
            told.iter().zip(counts).all(|(told, count)| fits(told.abs_diff(count)))
        };
        let may = counts.iter().all(|count| fits(*count)) && self.told.iter().all(differs);
        if may {
            self.add(counts);
        }
        may
    }

    /// Counts that are told for other reasons.
    pub fn add(&mut self, counts: [u64; ARMS]) {
        if !self.told.contains(&counts) {
            self.told.push(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_that_are_told_differ_by_few() {
        let mut nested = Nested::new(11);
        assert!(nested.tells([1_601, 5_000]));
        assert!(!nested.tells([1_598, 1_598]), "three went");
        assert!(nested.tells([1_590, 1_598]), "eleven went, and nobody knows of the 1,598 before");
        assert!(!nested.tells([1_500, 1_595]), "in the other arm three went");
        assert!(nested.tells([0, 1_500]));
        assert!(!nested.tells([1_590, 5]));
        assert!(nested.tells([1_590, 1_598]), "the same is nothing new");
    }
}
