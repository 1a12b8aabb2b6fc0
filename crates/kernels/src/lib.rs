//! Popcount kernels on Bloom filters: how many bits two filters share, and which pairs of two
//! filter sets reach a Dice threshold.
//!
//! Takes filters as rows of `u64` words, 1, 2, 4, 8 or 16 to a row (64 to 1024 bits), stored one
//! after the other; gives back counts and row indices. The same call is answered by one of several
//! kernels, chosen at run time from what the CPU can do:
//!
//! | kernel | instructions | filters |
//! |---|---|---|
//! | `scalar` | none beyond the baseline; the oracle of the tests | all |
//! | `popcnt` | the scalar code with POPCNT | all |
//! | `avx2` | nibble look-up by byte shuffle (Mula, Kurz and Lemire 2018, doi:10.1093/comjnl/bxx046) | all |
//! | `avx512` | AVX-512 VPOPCNTDQ, register-blocked | all |
//! | `neon` | Arm `CNT` | all |
//!
//! Every kernel gives the same answer to the bit, in the same order. Counts are `u32` and
//! thresholds are whole thousandths compared by multiplying out; no float is computed anywhere.
//!
//! This is the only crate of the workspace that holds `unsafe`. Not promised: constant time. How
//! long [`Kernel::dice_matches`] takes depends on how many pairs match.

mod kernel;
mod name;
mod scalar;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod blocked;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod popcnt;

pub use kernel::{Kernel, Work};
pub use name::{KernelName, UnknownKernel};

/// Row widths the kernels are compiled for, in words of 64 bits.
pub const WORDS_PER_ROW: [usize; 5] = [1, 2, 4, 8, 16];

/// Dice coefficient of two filters in whole thousandths, rounded down:
/// `floor(2000 * and_count / (a_popcount + b_popcount))`, from 0 to 1000.
///
/// `None` when both filters are empty: nothing was compared, so there is no similarity to state.
///
/// For every whole `t`, `dice_permille(..) >= Some(t)` says exactly
/// `2000 * and_count >= t * (a_popcount + b_popcount)`, the test [`Kernel::dice_matches`] makes,
/// so rounding down never moves a pair across a threshold.
///
/// # Panics
///
/// If `and_count` is larger than either popcount: it does not belong to these filters.
///
/// ```
/// use tallystick_kernels::dice_permille;
/// assert_eq!(dice_permille(2, 3, 3), Some(666));
/// assert_eq!(dice_permille(0, 0, 3), Some(0));
/// assert_eq!(dice_permille(0, 0, 0), None);
/// ```
#[inline]
#[must_use]
pub fn dice_permille(and_count: u32, a_popcount: u32, b_popcount: u32) -> Option<u32> {
    assert!(and_count <= a_popcount.min(b_popcount), "shared bits exceed a filter's popcount");
    let doubled = 2000 * u64::from(and_count);
    let permille = doubled.checked_div(u64::from(a_popcount) + u64::from(b_popcount))?;
    Some(u32::try_from(permille).expect("and_count is at most either popcount, so at most 1000"))
}
