//! The many-to-many comparison, cut so that data is read from near caches and matches come out in
//! order. Shared by all vector kernels; a kernel adds only [`Tile::tile`].
//!
//! ```text
//! for each group of 32 rows of a          (4 KiB at 1024 bits: stays in L1)
//!     for each panel of 128 rows of b     (16 KiB: read from far once for 32 rows of a)
//!         for each 4 rows of the group    (stay in registers)
//!             one bit a pair into `masks`
//!     walk the bits, row by row           (so pairs ascend, whatever order they were found in)
//! ```

use crate::kernel::Side;

/// Rows of `b` in one tile: one bit each in a [`Mask`].
pub(crate) const PANEL_ROWS: usize = 128;

/// One bit for each row of a panel, the first row lowest.
pub(crate) type Mask = u128;

/// Rows of `a` that share one reading of a panel.
const GROUP_ROWS: usize = 32;
/// Rows of `a` handed to a tile together.
const TILE_ROWS: usize = 4;
/// Masks kept on the stack; enough for `b` of 256 rows.
const STACK_MASKS: usize = GROUP_ROWS * 2;

/// `permille_min * popcount` of each row of a panel; [`NEVER`] where the panel has no row.
pub(crate) type Shares = [u64; PANEL_ROWS];

/// A share no pair reaches: above any `2000 * and`, small enough that adding another share to it
/// cannot wrap, nor turn negative as an `i64`.
const NEVER: u64 = 1 << 62;

/// What a vector kernel does for [`dice_matches`].
pub(crate) trait Tile: Copy {
    /// Compares each of `a` with each of `b` (at most [`PANEL_ROWS`]): bit `j` of mask `i` is set
    /// when `2000 * popcount(a[i] & b[j]) >= a_shares[i] + b_shares[j]`, and clear for `j` past `b`.
    fn tile<const W: usize, const A: usize>(
        self,
        a: &[[u64; W]; A],
        b: &[[u64; W]],
        a_shares: &[u64; A],
        b_shares: &Shares,
    ) -> [Mask; A];
}

/// Appends what [`crate::scalar::dice_matches`] appends, in the same order.
/// `permille_min` is at most 1000.
pub(crate) fn dice_matches<const W: usize, K: Tile>(
    kernel: K,
    a: Side<'_, W>,
    b: Side<'_, W>,
    permille_min: u64,
    out: &mut Vec<(u32, u32)>,
) {
    let panel_count = b.rows.len().div_ceil(PANEL_ROWS);
    let masks_len = GROUP_ROWS * panel_count;
    let mut few = [0; STACK_MASKS];
    let mut many = Vec::new();
    let masks = if masks_len <= STACK_MASKS {
        &mut few[..masks_len]
    } else {
        many.resize(masks_len, 0);
        &mut many[..]
    };
    if masks.is_empty() {
        return;
    }
    let groups = a.rows.chunks(GROUP_ROWS).zip(a.popcounts.chunks(GROUP_ROWS));
    let mut a_index = 0;
    for (rows, popcounts) in groups {
        let group = Side { rows, popcounts };
        fill_masks(kernel, group, b, permille_min, masks);
        for row_masks in masks.chunks_exact(panel_count).take(group.rows.len()) {
            append_pairs(a_index, row_masks, out);
            a_index += 1;
        }
    }
}

/// Sets `masks[row * panel_count + panel]` for every row of the group and every panel of `b`.
fn fill_masks<const W: usize, K: Tile>(
    kernel: K,
    group: Side<'_, W>,
    b: Side<'_, W>,
    permille_min: u64,
    masks: &mut [Mask],
) {
    let panel_count = b.rows.len().div_ceil(PANEL_ROWS);
    let share = |popcount: &u32| permille_min * u64::from(*popcount);
    let mut a_shares = [0; GROUP_ROWS];
    for (a_share, popcount) in a_shares.iter_mut().zip(group.popcounts) {
        *a_share = share(popcount);
    }
    let a_shares = &a_shares[..group.rows.len()];
    let (quads, singles) = group.rows.as_chunks::<TILE_ROWS>();
    let (quad_shares, single_shares) = a_shares.as_chunks::<TILE_ROWS>();

    let panels = b.rows.chunks(PANEL_ROWS).zip(b.popcounts.chunks(PANEL_ROWS));
    for (panel, (rows, popcounts)) in panels.enumerate() {
        let mut b_shares = [NEVER; PANEL_ROWS];
        for (b_share, popcount) in b_shares.iter_mut().zip(popcounts) {
            *b_share = share(popcount);
        }
        let mut column = masks.iter_mut().skip(panel).step_by(panel_count);
        for (quad, shares) in quads.iter().zip(quad_shares) {
            let found = kernel.tile(quad, rows, shares, &b_shares);
            column.by_ref().zip(found).for_each(|(mask, found)| *mask = found);
        }
        for (row, share) in singles.iter().zip(single_shares) {
            let found = kernel.tile(&[*row], rows, &[*share], &b_shares);
            column.by_ref().zip(found).for_each(|(mask, found)| *mask = found);
        }
    }
    clear_empty_pairs(group.popcounts, b.popcounts, masks);
}

/// Two empty filters pass `0 >= 0`, yet were not compared: clears their bits.
fn clear_empty_pairs(a_popcounts: &[u32], b_popcounts: &[u32], masks: &mut [Mask]) {
    let panel_count = b_popcounts.len().div_ceil(PANEL_ROWS);
    for (row_masks, _) in
        masks.chunks_exact_mut(panel_count).zip(a_popcounts).filter(|(_, popcount)| **popcount == 0)
    {
        for (mask, popcounts) in row_masks.iter_mut().zip(b_popcounts.chunks(PANEL_ROWS)) {
            for (bit, popcount) in popcounts.iter().enumerate() {
                *mask &= !(Mask::from(*popcount == 0) << bit);
            }
        }
    }
}

/// Appends `(a_index, b)` for each bit `b` of one row of masks, ascending.
fn append_pairs(a_index: u32, masks: &[Mask], out: &mut Vec<(u32, u32)>) {
    for (first, &mask) in (0..).step_by(PANEL_ROWS).zip(masks) {
        let mut left = mask;
        while left != 0 {
            out.push((a_index, first + left.trailing_zeros()));
            left &= left - 1;
        }
    }
}
