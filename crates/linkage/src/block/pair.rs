//! A pair of records that met, in two words; and the union of pairs of several passes.

use crate::pattern::{PATTERN_BITS, Pattern};

/// Two records that met in a block, with their levels and the passes in which they met.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CandidatePair {
    pub(super) key: u64,
    value: u64,
}

impl CandidatePair {
    /// A pair met in one pass; `first` is below `second`.
    pub fn new(first: u32, second: u32, pattern: Pattern, pass: u8) -> Self {
        Self::met_in(first, second, pattern, 1 << pass)
    }

    /// A pair met in some passes, one bit each; `first` is below `second`.
    pub fn met_in(first: u32, second: u32, pattern: Pattern, passes: u32) -> Self {
        let key = u64::from(first) << 32 | u64::from(second);
        Self { key, value: pattern.0 | u64::from(passes) << PATTERN_BITS }
    }

    /// The two record numbers, the lower first.
    pub fn records(&self) -> (u32, u32) {
        let low = u32::try_from(self.key & 0xFFFF_FFFF).expect("masked to 32 bits");
        (u32::try_from(self.key >> 32).expect("the high 32 bits"), low)
    }

    /// The levels of the pair.
    pub fn pattern(&self) -> Pattern {
        Pattern(self.value & ((1 << PATTERN_BITS) - 1))
    }

    /// Passes in which the pair was met, one bit each.
    pub fn passes(&self) -> u32 {
        u32::try_from(self.value >> PATTERN_BITS).expect("27 bits are left for passes")
    }

    /// The pair as two words.
    pub(super) const fn words(self) -> [u64; 2] {
        [self.key, self.value]
    }

    /// What [`Self::words`] gave; `None` if it is no pair of records below `record_count`.
    pub(super) fn of_words([key, value]: [u64; 2], record_count: u32) -> Option<Self> {
        let pair = Self { key, value };
        let (first, second) = pair.records();
        (first < second && second < record_count).then_some(pair)
    }

    pub(super) fn merge(self, other: Self) -> Self {
        let passes = (self.value | other.value) >> PATTERN_BITS << PATTERN_BITS;
        Self { key: self.key, value: passes | self.pattern().merge(other.pattern()).0 }
    }
}

/// Joins the pairs of one more pass into those found so far; both ascending.
pub fn merge(found: Vec<CandidatePair>, more: Vec<CandidatePair>) -> Vec<CandidatePair> {
    if found.is_empty() {
        return more;
    }
    let mut out = Vec::with_capacity(found.len() + more.len() / 2);
    let (mut left, mut right) = (found.into_iter().peekable(), more.into_iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a.key == b.key => {
                out.push(a.merge(*b));
                left.next();
                right.next();
            }
            (Some(a), Some(b)) if a.key > b.key => out.extend(right.next()),
            (Some(_), _) => out.extend(left.next()),
            (None, Some(_)) => out.extend(right.next()),
            (None, None) => return out,
        }
    }
}
