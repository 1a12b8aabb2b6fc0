//! Seeded randomness: one independent ChaCha8 stream per (seed, purpose, index).
//!
//! Every stream is a pure function of its coordinates, so a person comes out the same whatever was
//! generated before, on whatever thread, and adding a source does not disturb the others.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for; part of its seed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Purpose {
    /// Households and the persons in them; index = block of persons.
    Block = 1,
    /// Arrests, cases, bookings, programme; index = person.
    History = 2,
    /// Contacts with the provider, citations, supervision; index = person. Lane 1: a client's course.
    Service = 3,
    /// Streets and their zips; index = 0.
    Place = 4,
    /// Order of the blocks; index = round.
    Order = 5,
    /// What one source holds about a person; index = person, plus the source.
    Snapshot = 16,
}

/// A stream of random numbers with the few draws this crate needs.
#[derive(Clone, Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `seed` for a purpose and an index.
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        Self::with_lane(seed, purpose, 0, index)
    }

    /// As [`Stream::new`], with a further coordinate (the number of a source).
    pub(crate) fn with_lane(seed: u64, purpose: Purpose, lane: u8, index: u64) -> Self {
        let mut bytes = [0u8; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8] = purpose as u8;
        bytes[9] = lane;
        bytes[16..24].copy_from_slice(&index.to_le_bytes());
        bytes[24..].copy_from_slice(b"synth/v1");
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..n` (multiply and shift; bias below 2^-32). `n` must not be 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        debug_assert!(n > 0, "an empty range has no member");
        let wide = u64::from(self.0.next_u32()) * u64::from(n);
        u32::try_from(wide >> 32).expect("the product's upper half is below n")
    }

    /// A position in a list of `len` entries. `len` must not be 0 and must fit 32 bits.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).expect("lists here are short")) as usize
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        debug_assert!(low <= high, "the range must not be empty");
        low + self.below((high - low).unsigned_abs() + 1).cast_signed()
    }

    /// True with the chance `permille / 1000`.
    pub(crate) fn permille(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// One entry of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// A position drawn with the given weights, whose sum must not be 0.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return index;
            }
            rest -= weight;
        }
        unreachable!("the draw is below the sum of the weights")
    }

    /// As [`Stream::weighted`], as a number.
    pub(crate) fn weighted_number(&mut self, weights: &[u32]) -> u32 {
        u32::try_from(self.weighted(weights)).expect("lists here are short")
    }

    /// A number in (0, 1].
    pub(crate) fn unit(&mut self) -> f64 {
        let bits = u32::try_from(self.0.next_u64() >> 33).expect("31 bits are left");
        (f64::from(bits) + 1.0) / 2_147_483_648.0
    }

    /// An exponential variate with mean 1; `libm` gives the same bits on every platform.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.unit())
    }
}
