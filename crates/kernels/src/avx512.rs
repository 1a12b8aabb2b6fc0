//! VPOPCNTDQ: eight words counted by one instruction, eight rows reduced together.
#![expect(unsafe_code, reason = "vector loads and stores, and code the baseline cannot run")]

use std::arch::x86_64::*;
use std::array::from_fn;

use crate::blocked::{Mask, PANEL_ROWS, Shares, Tile};
use crate::kernel::Work;
use crate::popcnt::Popcnt;

/// Rows counted together; as many as a vector has 64-bit lanes.
const ROWS: usize = 8;

/// Up to this many words, four rows of 256 bits, counting word by word is faster.
const FEW_WORDS: usize = 16;

/// Proof that this CPU has VPOPCNTDQ and the AVX-512 parts around it, and POPCNT for a few rows.
/// Only [`Avx512::detect`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512 {
    popcnt: Popcnt,
}

impl Avx512 {
    /// Returns the proof if the CPU has all six features.
    ///
    /// VPOPCNTDQ alone would not do: BW packs, VBMI permutes bytes, VL stores 256 bits by mask.
    /// Every CPU with VPOPCNTDQ has the others too, but for the discontinued Xeon Phi line.
    pub(crate) fn detect() -> Option<Self> {
        let popcnt = Popcnt::detect()?;
        (std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512vbmi")
            && std::arch::is_x86_feature_detected!("avx512vpopcntdq"))
        .then_some(Self { popcnt })
    }

    /// See [`crate::Kernel::run`].
    #[inline]
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        // SAFETY: `self` exists, so all features were detected on this CPU.
        unsafe { run(work) }
    }

    /// See [`crate::scalar::and_counts`].
    #[inline]
    pub(crate) fn and_counts<const W: usize>(
        self,
        a: &[u64; W],
        rows: &[[u64; W]],
        out: &mut [u32],
    ) {
        if rows.as_flattened().len() <= FEW_WORDS {
            return self.popcnt.and_counts(a, rows, out);
        }
        // SAFETY: `self` exists, so all features were detected on this CPU.
        unsafe { and_counts(a, rows, out) }
    }
}

impl Tile for Avx512 {
    #[inline]
    fn tile<const W: usize, const A: usize>(
        self,
        a: &[[u64; W]; A],
        b: &[[u64; W]],
        a_shares: &[u64; A],
        b_shares: &Shares,
    ) -> [Mask; A] {
        // SAFETY: `self` exists, so all features were detected on this CPU.
        unsafe { tile(a, b, a_shares, b_shares) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq,popcnt")]
fn run<W: Work>(work: W) -> W::Output {
    work.run()
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn and_counts<const W: usize>(a: &[u64; W], rows: &[[u64; W]], out: &mut [u32]) {
    let a = [pattern(a)];
    let (eights, tail) = rows.as_chunks::<ROWS>();
    let (out_eights, out_tail) = out.as_chunks_mut::<ROWS>();
    for (eight, out) in eights.iter().zip(out_eights) {
        let [counts] = counts_of_eight::<W, 1>(&a, eight.as_flattened());
        store(counts, out);
    }
    if !tail.is_empty() {
        let [counts] = counts_of_eight::<W, 1>(&a, tail.as_flattened());
        store(counts, out_tail);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn tile<const W: usize, const A: usize>(
    a: &[[u64; W]; A],
    b: &[[u64; W]],
    a_shares: &[u64; A],
    b_shares: &Shares,
) -> [Mask; A] {
    let a: [_; A] = from_fn(|i| pattern(&a[i]));
    let (eights, tail) = b.as_chunks::<ROWS>();
    let tail = (!tail.is_empty()).then(|| padded(tail));
    let (b_shares, _) = b_shares.as_chunks::<ROWS>();
    let mut masks = [[0_u8; PANEL_ROWS / ROWS]; A];
    for (eighth, (eight, b_shares)) in eights.iter().chain(&tail).zip(b_shares).enumerate() {
        let counts = counts_of_eight::<W, A>(&a, eight.as_flattened());
        for i in 0..A {
            masks[i][eighth] = reached(counts[i], a_shares[i], b_shares);
        }
    }
    masks.map(Mask::from_le_bytes)
}

/// Eight rows, of which the last are zero.
#[inline]
fn padded<const W: usize>(tail: &[[u64; W]]) -> [[u64; W]; ROWS] {
    let mut rows = [[0; W]; ROWS];
    rows[..tail.len()].copy_from_slice(tail);
    rows
}

/// Bit `j` says whether `2000 * counts[j] >= a_share + b_shares[j]`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn reached(counts: __m512i, a_share: u64, b_shares: &[u64; ROWS]) -> u8 {
    let needed = _mm512_add_epi64(_mm512_set1_epi64(a_share.cast_signed()), load(b_shares));
    let doubled = _mm512_mul_epu32(counts, _mm512_set1_epi64(2000));
    _mm512_cmpge_epu64_mask(doubled, needed)
}

/// The words to hold against vector `v` of eight rows, at `v % 2`: halves of a 16-word row, else
/// twice the row, repeated until it fills a vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn pattern<const W: usize>(row: &[u64; W]) -> [__m512i; 2] {
    let repeated: [u64; 16] = from_fn(|i| row[i % W]);
    [load(&repeated[..8]), load(&repeated[8..])]
}

/// For each of `a`, the counts of bits shared with eight rows, one in each lane.
///
/// `rows` holds at most `8 * W` words; rows that are not there count 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn counts_of_eight<const W: usize, const A: usize>(
    a: &[[__m512i; 2]; A],
    rows: &[u64],
) -> [__m512i; A] {
    let counts = |v: usize| -> [__m512i; A] {
        // Past the end, a slice that ends where `rows` ends: a masked load from a page that is
        // not there is harmless but takes 100 ns.
        let words = load(&rows[(v * 8).min(rows.len())..]);
        from_fn(|i| _mm512_popcnt_epi64(_mm512_and_si512(a[i][v % 2], words)))
    };
    match W {
        1 => counts(0),
        2 => {
            let all = each(counts(0), counts(1), |x, y| add_neighbours(x, y));
            // Lanes are rows 0 4 1 5 2 6 3 7.
            let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
            all.map(|x| _mm512_permutexvar_epi64(order, x))
        }
        4 => {
            let low = each(counts(0), counts(1), |x, y| add_neighbours(x, y));
            let high = each(counts(2), counts(3), |x, y| add_neighbours(x, y));
            // Lanes are rows 0 2, 0 2, 1 3, 1 3; then the same with 4 added.
            let all = each(low, high, |x, y| {
                _mm512_add_epi64(
                    _mm512_shuffle_i64x2::<0b10_00_10_00>(x, y),
                    _mm512_shuffle_i64x2::<0b11_01_11_01>(x, y),
                )
            });
            // Lanes are rows 0 2 1 3 4 6 5 7.
            let order = _mm512_setr_epi64(0, 2, 1, 3, 4, 6, 5, 7);
            all.map(|x| _mm512_permutexvar_epi64(order, x))
        }
        8 => sum_rows(counts),
        _ => sum_rows(|row: usize| {
            each(counts(2 * row), counts(2 * row + 1), |x, y| _mm512_add_epi64(x, y))
        }),
    }
}

/// Sums the eight lanes of each of eight vectors: lane `k` of the result is the sum of `row(k)`.
///
/// Each lane is at most 128, so three rounds of packing bring all 64 lanes into the bytes of one
/// vector. Halves of the lanes are zero, which is why 64-bit lanes may be packed as 32-bit ones.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn sum_rows<const A: usize>(row: impl Fn(usize) -> [__m512i; A]) -> [__m512i; A] {
    let two = |k: usize| each(row(k), row(k + 1), |x, y| _mm512_packus_epi32(x, y));
    let four = |k: usize| each(two(k), two(k + 2), |x, y| _mm512_packus_epi32(x, y));
    let bytes = each(four(0), four(4), |x, y| _mm512_packus_epi16(x, y));
    // Each 128-bit lane now holds two bytes of row 0, two of row 1, and so on.
    let order = load(&GATHER_ROWS);
    bytes
        .map(|bytes| _mm512_sad_epu8(_mm512_permutexvar_epi8(order, bytes), _mm512_setzero_si512()))
}

/// Byte `8 * row + 2 * lane + half` comes from byte `16 * lane + 2 * row + half`.
const GATHER_ROWS: [u64; ROWS] = {
    let first_row = 0x31_30_21_20_11_10_01_00;
    let to_next_row = 0x02_02_02_02_02_02_02_02;
    let mut order = [first_row; ROWS];
    let mut row = 1;
    while row < ROWS {
        order[row] = order[row - 1] + to_next_row;
        row += 1;
    }
    order
};

/// In each 128-bit lane, the sum of the two lanes of `x`, then that of `y`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn add_neighbours(x: __m512i, y: __m512i) -> __m512i {
    _mm512_add_epi64(_mm512_unpacklo_epi64(x, y), _mm512_unpackhi_epi64(x, y))
}

#[inline(always)]
fn each<const A: usize>(
    x: [__m512i; A],
    y: [__m512i; A],
    f: impl Fn(__m512i, __m512i) -> __m512i,
) -> [__m512i; A] {
    from_fn(|i| f(x[i], y[i]))
}

/// Masks of the first 0 to 8 lanes.
const FIRST_LANES: [__mmask8; 9] = [0, 1, 3, 7, 15, 31, 63, 127, 255];

/// The first eight words; zero where there are fewer.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn load(words: &[u64]) -> __m512i {
    let mask = FIRST_LANES[words.len().min(8)];
    // SAFETY: lane `i` is read only when the mask has bit `i`, that is when `i < words.len()`;
    // a lane that is masked out is not accessed. No alignment is required.
    unsafe { _mm512_maskz_loadu_epi64(mask, words.as_ptr().cast()) }
}

/// Writes the first `out.len()` lanes, at most eight, as `u32`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq")]
fn store(counts: __m512i, out: &mut [u32]) {
    let mask = FIRST_LANES[out.len().min(8)];
    let counts = _mm512_cvtepi64_epi32(counts);
    // SAFETY: lane `i` is written only when the mask has bit `i`, that is when `i < out.len()`;
    // a lane that is masked out is not accessed. No alignment is required.
    unsafe { _mm256_mask_storeu_epi32(out.as_mut_ptr().cast(), mask, counts) }
}
