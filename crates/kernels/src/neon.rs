//! Arm `CNT`: set bits of each byte, 16 bytes at a time.
#![expect(unsafe_code, reason = "calls code compiled for a feature that is detected")]

use std::arch::aarch64::*;
use std::array::from_fn;

use crate::blocked::{Mask, Shares, Tile};

/// Proof that this CPU has NEON. Only [`Neon::detect`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    /// Returns the proof if the CPU has NEON.
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }

    /// See [`crate::scalar::and_counts`].
    #[inline]
    pub(crate) fn and_counts<const W: usize>(
        self,
        a: &[u64; W],
        rows: &[[u64; W]],
        out: &mut [u32],
    ) {
        // SAFETY: `self` exists, so NEON was detected on this CPU.
        unsafe { and_counts(a, rows, out) }
    }
}

impl Tile for Neon {
    #[inline]
    fn tile<const W: usize, const A: usize>(
        self,
        a: &[[u64; W]; A],
        b: &[[u64; W]],
        a_shares: &[u64; A],
        b_shares: &Shares,
    ) -> [Mask; A] {
        // SAFETY: `self` exists, so NEON was detected on this CPU.
        unsafe { tile(a, b, a_shares, b_shares) }
    }
}

#[target_feature(enable = "neon")]
fn and_counts<const W: usize>(a: &[u64; W], rows: &[[u64; W]], out: &mut [u32]) {
    for (row, out) in rows.iter().zip(out) {
        *out = and_count(a, row);
    }
}

#[target_feature(enable = "neon")]
fn tile<const W: usize, const A: usize>(
    a: &[[u64; W]; A],
    b: &[[u64; W]],
    a_shares: &[u64; A],
    b_shares: &Shares,
) -> [Mask; A] {
    from_fn(|i| {
        let mut mask = 0;
        for (bit, (row, b_share)) in b.iter().zip(b_shares).enumerate() {
            let doubled = 2000 * u64::from(and_count(&a[i], row));
            mask |= Mask::from(doubled >= a_shares[i] + b_share) << bit;
        }
        mask
    })
}

/// A byte counts at most 8, and at most eight vectors make a row: no byte overflows.
#[inline]
#[target_feature(enable = "neon")]
fn and_count<const W: usize>(a: &[u64; W], b: &[u64; W]) -> u32 {
    let (a_pairs, a_last) = a.as_chunks::<2>();
    let (b_pairs, b_last) = b.as_chunks::<2>();
    let mut bytes = vdupq_n_u8(0);
    for (a, b) in a_pairs.iter().zip(b_pairs) {
        bytes = vaddq_u8(bytes, vcntq_u8(vandq_u8(load(*a), load(*b))));
    }
    // Rows of one word.
    for (a, b) in a_last.iter().zip(b_last) {
        bytes = vaddq_u8(bytes, vcntq_u8(load([a & b, 0])));
    }
    u32::from(vaddlvq_u8(bytes))
}

#[inline]
#[target_feature(enable = "neon")]
fn load([low, high]: [u64; 2]) -> uint8x16_t {
    vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)))
}
