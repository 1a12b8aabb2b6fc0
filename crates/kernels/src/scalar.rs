//! The oracle: what every other kernel must equal. Naive on purpose, nothing blocked or unrolled.
//!
//! `inline(always)` lets the `popcnt` module compile the same lines with POPCNT.

use crate::kernel::Side;

/// `out[i]` becomes the count of bits set in both `a` and `rows[i]`.
#[inline(always)]
pub(crate) fn and_counts<const W: usize>(a: &[u64; W], rows: &[[u64; W]], out: &mut [u32]) {
    for (row, out) in rows.iter().zip(out) {
        *out = and_count(a, row);
    }
}

/// Appends each `(a, b)` with `2000 * and >= permille * (a_popcount + b_popcount)` and a
/// non-empty side.
#[inline(always)]
pub(crate) fn dice_matches<const W: usize>(
    a: Side<'_, W>,
    b: Side<'_, W>,
    permille_min: u64,
    out: &mut Vec<(u32, u32)>,
) {
    for (a_index, (a_row, &a_popcount)) in (0..).zip(a.rows.iter().zip(a.popcounts)) {
        for (b_index, (b_row, &b_popcount)) in (0..).zip(b.rows.iter().zip(b.popcounts)) {
            let total = u64::from(a_popcount) + u64::from(b_popcount);
            let doubled = 2000 * u64::from(and_count(a_row, b_row));
            if total > 0 && doubled >= permille_min * total {
                out.push((a_index, b_index));
            }
        }
    }
}

#[inline(always)]
fn and_count<const W: usize>(a: &[u64; W], b: &[u64; W]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}
