//! The scalar code, compiled with POPCNT.
#![expect(unsafe_code, reason = "calls code compiled for an instruction the baseline lacks")]

use crate::kernel::{Side, Work};
use crate::scalar;

/// Proof that this CPU has POPCNT. Only [`Popcnt::detect`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Popcnt(());

impl Popcnt {
    /// Returns the proof if the CPU has POPCNT.
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("popcnt").then_some(Self(()))
    }

    /// See [`crate::Kernel::run`].
    #[inline]
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        // SAFETY: `self` exists, so POPCNT was detected on this CPU.
        unsafe { run(work) }
    }

    /// See [`scalar::and_counts`].
    #[inline]
    pub(crate) fn and_counts<const W: usize>(
        self,
        a: &[u64; W],
        rows: &[[u64; W]],
        out: &mut [u32],
    ) {
        // SAFETY: `self` exists, so POPCNT was detected on this CPU.
        unsafe { and_counts(a, rows, out) }
    }

    /// See [`scalar::dice_matches`].
    pub(crate) fn dice_matches<const W: usize>(
        self,
        a: Side<'_, W>,
        b: Side<'_, W>,
        permille_min: u64,
        out: &mut Vec<(u32, u32)>,
    ) {
        // SAFETY: `self` exists, so POPCNT was detected on this CPU.
        unsafe { dice_matches(a, b, permille_min, out) }
    }
}

#[target_feature(enable = "popcnt")]
fn run<W: Work>(work: W) -> W::Output {
    work.run()
}

#[target_feature(enable = "popcnt")]
fn and_counts<const W: usize>(a: &[u64; W], rows: &[[u64; W]], out: &mut [u32]) {
    scalar::and_counts(a, rows, out);
}

#[target_feature(enable = "popcnt")]
fn dice_matches<const W: usize>(
    a: Side<'_, W>,
    b: Side<'_, W>,
    permille_min: u64,
    out: &mut Vec<(u32, u32)>,
) {
    scalar::dice_matches(a, b, permille_min, out);
}
