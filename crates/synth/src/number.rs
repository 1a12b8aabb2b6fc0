//! Agency numbers: a seeded permutation makes them unique and unrelated to the person's place.

use crate::random::{Purpose, Stream};

/// A bijection of `0..size`, by a four-round Feistel network with cycle walking.
#[derive(Clone, Debug)]
pub(crate) struct Permutation {
    size: u64,
    half_bits: u32,
    keys: [u64; 4],
}

impl Permutation {
    /// The permutation number `lane` of a seed; `size` from 1 to 2^62.
    pub(crate) fn new(seed: u64, lane: u8, size: u64) -> Self {
        debug_assert!(size > 0 && size < 1 << 62, "sizes come from validated configurations");
        let bits = u64::BITS - (size - 1).leading_zeros();
        let mut stream = Stream::with_lane(seed, Purpose::Order, lane, 0);
        Self {
            size,
            half_bits: bits.div_ceil(2).max(1),
            keys: std::array::from_fn(|_| stream.bits()),
        }
    }

    /// The image of `value`, which must be below the size.
    pub(crate) fn map(&self, value: u64) -> u64 {
        debug_assert!(value < self.size, "outside the permutation's range");
        let mut value = value;
        // The network permutes at most 4 * size + 2 numbers, so a walk ends within that bound.
        loop {
            value = self.round_trip(value);
            if value < self.size {
                return value;
            }
        }
    }

    fn round_trip(&self, value: u64) -> u64 {
        let mask = (1u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        left << self.half_bits | right
    }
}

/// Finaliser of SplitMix64 (Steele, Lea, Flood 2014, DOI 10.1145/2660193.2660195).
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_permuted() {
        for size in [1, 2, 3, 64, 1000, 4097] {
            let permutation = Permutation::new(7, 1, size);
            let mut images: Vec<_> = (0..size).map(|value| permutation.map(value)).collect();
            images.sort_unstable();
            assert!(images.iter().copied().eq(0..size));
        }
    }
}
