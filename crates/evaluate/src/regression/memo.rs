//! Values of a function of two numbers that were computed before.
//!
//! Takes two numbers and how the value is made of them, gives the value: the same bits whether it was remembered or not.
//! Refuses nothing. Without covariates a million rows have few different linear predictors, and exponentials and logarithms
//! would take most of the time of a fit.

/// Values that are remembered, a power of two; a further one takes the place of an older one.
const PLACES: usize = 1 << PLACES_BITS;
const PLACES_BITS: u32 = 10;
/// 2^64 over the golden ratio: spreads numbers that differ in few bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What was computed, by the bits of the two numbers.
#[derive(Debug)]
pub(super) struct Memo<T>(Vec<Option<(u64, u64, T)>>);

impl<T: Copy> Memo<T> {
    pub(super) fn new() -> Self {
        Self(vec![None; PLACES])
    }

    /// The value of two numbers; `make` depends on nothing else.
    pub(super) fn of(&mut self, one: f64, other: f64, make: impl FnOnce() -> T) -> T {
        let (one, other) = (one.to_bits(), other.to_bits());
        let mixed = (one.wrapping_mul(SPREAD).rotate_left(32) ^ other).wrapping_mul(SPREAD);
        let place = usize::try_from(mixed >> (u64::BITS - PLACES_BITS)).unwrap_or(0);
        match self.0[place] {
            Some((first, second, value)) if (first, second) == (one, other) => value,
            _ => {
                let value = make();
                self.0[place] = Some((one, other, value));
                value
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_their_numbers_also_where_places_are_shared() {
        let mut memo = Memo::new();
        let mut made = 0_u32;
        for round in 0..2_u32 {
            for number in 0..5_000_u32 {
                let (one, other) = (f64::from(number % 3), f64::from(number));
                let value = memo.of(one, other, || {
                    made += 1;
                    one * 10_000.0 + other
                });
                assert_eq!(value.to_bits(), (one * 10_000.0 + other).to_bits(), "{round}");
            }
        }
        // The two signs of nothing are two numbers.
        assert!(memo.of(0.0, -0.0, || -1.0) < memo.of(0.0, 0.0, || 1.0));
        assert!(made >= 5_000);
        let mut of_few = Memo::new();
        let mut few = 0;
        (0..1_000).for_each(|row| of_few.of(f64::from(row % 2), 0.5, || few += 1));
        assert_eq!(few, 2);
    }
}
