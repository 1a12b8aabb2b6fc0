//! Filters for measuring: about a third of the bits set, drawn from a fixed sequence.

use tallystick_kernels::Kernel;

/// Rows and their popcounts.
#[derive(Debug)]
pub(crate) struct FilterSet {
    /// Words of all rows, one row after the other.
    pub(crate) rows: Vec<u64>,
    /// Set bits of each row.
    pub(crate) popcounts: Vec<u32>,
    words_per_row: usize,
}

impl FilterSet {
    /// `row_count` rows, the same for the same arguments.
    pub(crate) fn random(words_per_row: usize, row_count: usize, seed: u64) -> Self {
        let mut state = seed;
        let rows: Vec<u64> = std::iter::repeat_with(|| {
            let (x, y, z) = (split_mix(&mut state), split_mix(&mut state), split_mix(&mut state));
            // Bits are set with probability 3/8.
            x & (y | z)
        })
        .take(words_per_row * row_count)
        .collect();
        let mut popcounts = vec![0; row_count];
        Kernel::detect().popcounts(words_per_row, &rows, &mut popcounts);
        Self { rows, popcounts, words_per_row }
    }

    /// See [`Kernel::dice_matches`].
    pub(crate) fn dice_matches(
        &self,
        kernel: Kernel,
        other: &Self,
        permille_min: u32,
        out: &mut Vec<(u32, u32)>,
    ) {
        kernel.dice_matches(
            self.words_per_row,
            &self.rows,
            &self.popcounts,
            &other.rows,
            &other.popcounts,
            permille_min,
            out,
        );
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
