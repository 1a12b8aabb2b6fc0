//! Bits of each nibble by table look-up, the table held in a register (Mula's method).
#![expect(unsafe_code, reason = "vector loads, and code the baseline cannot run")]

use std::arch::x86_64::*;
use std::array::from_fn;

use crate::blocked::{Mask, Shares, Tile};
use crate::kernel::Work;
use crate::scalar;

/// Rows counted together; as many as a vector has 64-bit lanes.
const ROWS: usize = 4;

/// Proof that this CPU has AVX2 and POPCNT. Only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// Returns the proof if the CPU has AVX2, and POPCNT for the rows left over. No CPU is known
    /// to have the first without the second.
    pub(crate) fn detect() -> Option<Self> {
        (std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("popcnt"))
        .then_some(Self(()))
    }

    /// See [`crate::Kernel::run`].
    #[inline]
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        // SAFETY: `self` exists, so both features were detected on this CPU.
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
        // SAFETY: `self` exists, so both features were detected on this CPU.
        unsafe { and_counts(a, rows, out) }
    }
}

impl Tile for Avx2 {
    #[inline]
    fn tile<const W: usize, const A: usize>(
        self,
        a: &[[u64; W]; A],
        b: &[[u64; W]],
        a_shares: &[u64; A],
        b_shares: &Shares,
    ) -> [Mask; A] {
        // SAFETY: `self` exists, so both features were detected on this CPU.
        unsafe { tile(a, b, a_shares, b_shares) }
    }
}

#[target_feature(enable = "avx2,popcnt")]
fn run<W: Work>(work: W) -> W::Output {
    work.run()
}

#[target_feature(enable = "avx2,popcnt")]
fn and_counts<const W: usize>(row: &[u64; W], rows: &[[u64; W]], out: &mut [u32]) {
    let a = pattern(row);
    let (fours, tail) = rows.as_chunks::<ROWS>();
    let (out_fours, out_tail) = out.as_chunks_mut::<ROWS>();
    for (four, out) in fours.iter().zip(out_fours) {
        *out = lanes(counts_of_four(&a, four));
    }
    scalar::and_counts(row, tail, out_tail);
}

#[target_feature(enable = "avx2,popcnt")]
fn tile<const W: usize, const A: usize>(
    a: &[[u64; W]; A],
    b: &[[u64; W]],
    a_shares: &[u64; A],
    b_shares: &Shares,
) -> [Mask; A] {
    let (fours, tail) = b.as_chunks::<ROWS>();
    let tail = (!tail.is_empty()).then(|| padded(tail));
    let (b_shares, _) = b_shares.as_chunks::<ROWS>();
    from_fn(|i| {
        let a = pattern(&a[i]);
        let mut mask = 0;
        let mut shift = 0;
        for (four, b_shares) in fours.iter().chain(&tail).zip(b_shares) {
            mask |= Mask::from(reached(counts_of_four(&a, four), a_shares[i], b_shares)) << shift;
            shift += ROWS;
        }
        mask
    })
}

/// Bit `j` says whether `2000 * counts[j] >= a_share + b_shares[j]`.
///
/// Both sides stay below 2^63, so the signed comparison, the only one AVX2 has, is right.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn reached(counts: __m256i, a_share: u64, b_shares: &[u64; ROWS]) -> u64 {
    let needed = _mm256_add_epi64(_mm256_set1_epi64x(a_share.cast_signed()), load(b_shares));
    let doubled = _mm256_mul_epu32(counts, _mm256_set1_epi64x(2000));
    let short = _mm256_castsi256_pd(_mm256_cmpgt_epi64(needed, doubled));
    u64::from(!_mm256_movemask_pd(short).cast_unsigned() & 0b1111)
}

/// Four rows, of which the last are zero.
#[inline]
fn padded<const W: usize>(tail: &[[u64; W]]) -> [[u64; W]; ROWS] {
    let mut rows = [[0; W]; ROWS];
    rows[..tail.len()].copy_from_slice(tail);
    rows
}

/// The words to hold against vector `v` of four rows, at `v % 4`: quarters of a 16-word row, halves
/// of an 8-word row twice, else the row, repeated until it fills a vector.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn pattern<const W: usize>(row: &[u64; W]) -> [__m256i; 4] {
    let repeated: [[u64; 4]; 4] = from_fn(|v| from_fn(|i| row[(4 * v + i) % W]));
    from_fn(|v| load(&repeated[v]))
}

/// The counts of bits shared with four rows, one in each 64-bit lane.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn counts_of_four<const W: usize>(a: &[__m256i; 4], rows: &[[u64; W]; ROWS]) -> __m256i {
    let (vectors, _) = rows.as_flattened().as_chunks::<4>();
    let bytes = |v: usize| byte_counts(_mm256_and_si256(a[v % 4], load(&vectors[v])));
    // Sums of eight bytes in each 64-bit lane.
    let words = |bytes: __m256i| _mm256_sad_epu8(bytes, _mm256_setzero_si256());
    match W {
        1 => words(bytes(0)),
        2 => {
            let sums = add_neighbours(words(bytes(0)), words(bytes(1)));
            // Lanes are rows 0 2 1 3.
            _mm256_permute4x64_epi64::<0b11_01_10_00>(sums)
        }
        _ => {
            // A byte counts at most 8, and at most four vectors make a row: no byte overflows.
            let per_row = W / 4;
            let row = |k: usize| {
                let first = bytes(k * per_row);
                words(
                    (1..per_row).fold(first, |sum, v| _mm256_add_epi8(sum, bytes(k * per_row + v))),
                )
            };
            let low = add_neighbours(row(0), row(1));
            let high = add_neighbours(row(2), row(3));
            _mm256_add_epi64(
                _mm256_permute2x128_si256::<0x20>(low, high),
                _mm256_permute2x128_si256::<0x31>(low, high),
            )
        }
    }
}

/// Set bits of each byte.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn byte_counts(x: __m256i) -> __m256i {
    let table =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    let nibble = _mm256_set1_epi8(0b1111);
    let low = _mm256_and_si256(x, nibble);
    let high = _mm256_and_si256(_mm256_srli_epi16::<4>(x), nibble);
    _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high))
}

/// In each 128-bit lane, the sum of the two lanes of `x`, then that of `y`.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn add_neighbours(x: __m256i, y: __m256i) -> __m256i {
    _mm256_add_epi64(_mm256_unpacklo_epi64(x, y), _mm256_unpackhi_epi64(x, y))
}

#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn load(words: &[u64; 4]) -> __m256i {
    // SAFETY: `words` is 32 readable bytes; no alignment is required.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

/// The low 32 bits of each 64-bit lane.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn lanes(x: __m256i) -> [u32; ROWS] {
    let packed = _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 2, 4, 6, 0, 0, 0, 0));
    let packed = _mm256_castsi256_si128(packed);
    [
        _mm_extract_epi32::<0>(packed).cast_unsigned(),
        _mm_extract_epi32::<1>(packed).cast_unsigned(),
        _mm_extract_epi32::<2>(packed).cast_unsigned(),
        _mm_extract_epi32::<3>(packed).cast_unsigned(),
    ]
}
