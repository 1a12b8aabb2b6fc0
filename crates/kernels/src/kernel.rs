//! The kernel a caller holds: one of those this CPU can run.

use crate::KernelName;
use crate::scalar;

#[cfg(target_arch = "x86_64")]
use crate::{avx2::Avx2, avx512::Avx512, blocked, popcnt::Popcnt};
#[cfg(target_arch = "aarch64")]
use crate::{blocked, neon::Neon};

/// A kernel this CPU can run. Small, `Copy`, free to make again.
///
/// All methods take `words_per_row`, one of [`WORDS_PER_ROW`](crate::WORDS_PER_ROW), and filters as
/// whole rows of that many words, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Kernel(Path);

/// One variant a kernel; what it holds is the proof that the CPU can run it.
#[derive(Clone, Copy, Debug)]
enum Path {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Popcnt(Popcnt),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
}

/// Work that is compiled once for the instructions of each kernel, see [`Kernel::run`].
pub trait Work {
    /// What the work comes to.
    type Output;

    /// Does the work. Mark it and the functions it spends its time in `#[inline(always)]`: what is
    /// not inlined is compiled for the baseline, and is right but slower.
    fn run(self) -> Self::Output;
}

/// One side of a many-to-many comparison: as many popcounts as rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a, const W: usize> {
    pub(crate) rows: &'a [[u64; W]],
    pub(crate) popcounts: &'a [u32],
}

/// Compiles `$body` once for each row width, with `$W` as a constant, and runs the one asked for.
macro_rules! for_width {
    ($words:expr, $W:ident => $body:expr) => {
        for_width!(@arms $words, $W => $body, 1 2 4 8 16)
    };
    (@arms $words:expr, $W:ident => $body:expr, $($width:literal)*) => {
        match $words {
            $($width => {
                const $W: usize = $width;
                $body
            })*
            _ => panic!("words_per_row must be 1, 2, 4, 8 or 16"),
        }
    };
}

impl Kernel {
    /// The fastest kernel this CPU can run.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().pop().expect("the scalar kernel runs everywhere")
    }

    /// All kernels this CPU can run, slowest first; the first is always the scalar one.
    #[must_use]
    pub fn available() -> Vec<Self> {
        KernelName::ALL.into_iter().filter_map(Self::by_name).collect()
    }

    /// The kernel of this name, or `None` when this CPU cannot run it.
    #[must_use]
    pub fn by_name(name: KernelName) -> Option<Self> {
        let path = match name {
            KernelName::Scalar => Some(Path::Scalar),
            #[cfg(target_arch = "x86_64")]
            KernelName::Popcnt => Popcnt::detect().map(Path::Popcnt),
            #[cfg(target_arch = "x86_64")]
            KernelName::Avx2 => Avx2::detect().map(Path::Avx2),
            #[cfg(target_arch = "x86_64")]
            KernelName::Avx512 => Avx512::detect().map(Path::Avx512),
            #[cfg(target_arch = "aarch64")]
            KernelName::Neon => Neon::detect().map(Path::Neon),
            _ => None,
        };
        path.map(Self)
    }

    /// This kernel's name, for logs and a run's record.
    #[must_use]
    pub fn name(self) -> KernelName {
        match self.0 {
            Path::Scalar => KernelName::Scalar,
            #[cfg(target_arch = "x86_64")]
            Path::Popcnt(_) => KernelName::Popcnt,
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(_) => KernelName::Avx2,
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(_) => KernelName::Avx512,
            #[cfg(target_arch = "aarch64")]
            Path::Neon(_) => KernelName::Neon,
        }
    }

    /// Does some work with this kernel's instructions, so that `count_ones` in it is one of them
    /// where there is one. For pairs of rows that come one by one, where a call for each would
    /// cost more than the counting. The answer is the same with every kernel: it is one code.
    #[inline]
    pub fn run<W: Work>(self, work: W) -> W::Output {
        match self.0 {
            Path::Scalar => work.run(),
            #[cfg(target_arch = "x86_64")]
            Path::Popcnt(popcnt) => popcnt.run(work),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(avx2) => avx2.run(work),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(avx512) => avx512.run(work),
            #[cfg(target_arch = "aarch64")]
            Path::Neon(_) => work.run(),
        }
    }

    /// Counts the set bits of each row: `out[i] = popcount(rows[i])`.
    ///
    /// # Panics
    ///
    /// If `words_per_row` is none of the widths, or `rows` is not `out.len()` whole rows.
    pub fn popcounts(self, words_per_row: usize, rows: &[u64], out: &mut [u32]) {
        for_width!(words_per_row, W => self.and_counts_of(&[u64::MAX; W], rows, out));
    }

    /// Counts the bits one row shares with each of many: `out[i] = popcount(a & rows[i])`.
    ///
    /// Does not allocate; made for blocks of a few rows as much as for long lists.
    ///
    /// # Panics
    ///
    /// If `words_per_row` is none of the widths, `a` is not one row, or `rows` is not `out.len()`
    /// whole rows.
    #[inline]
    pub fn and_counts(self, words_per_row: usize, a: &[u64], rows: &[u64], out: &mut [u32]) {
        for_width!(words_per_row, W => {
            self.and_counts_of::<W>(a.try_into().expect("a is one row"), rows, out);
        });
    }

    /// Compares each row of `a` with each row of `b` and appends to `out` the indices `(i, j)` of
    /// those whose Dice coefficient is at least `permille_min` thousandths:
    /// `2000 * popcount(a[i] & b[j]) >= permille_min * (a_popcounts[i] + b_popcounts[j])`.
    ///
    /// Two empty filters never match. No pair of filters reaches more than 1000. Pairs are
    /// appended in ascending order of `(i, j)`, the same for every kernel. `a_popcounts` and
    /// `b_popcounts` are those [`Kernel::popcounts`] gives for the same rows.
    ///
    /// # Panics
    ///
    /// If `words_per_row` is none of the widths, a side is not as many whole rows as it has
    /// popcounts, or a side has more than `u32::MAX` rows.
    #[expect(
        clippy::too_many_arguments,
        reason = "two sides of rows and popcounts, and slices \
        of words are what callers hold"
    )]
    pub fn dice_matches(
        self,
        words_per_row: usize,
        a_rows: &[u64],
        a_popcounts: &[u32],
        b_rows: &[u64],
        b_popcounts: &[u32],
        permille_min: u32,
        out: &mut Vec<(u32, u32)>,
    ) {
        for_width!(words_per_row, W => {
            let a = Side::<W>::new(a_rows, a_popcounts);
            let b = Side::<W>::new(b_rows, b_popcounts);
            if permille_min <= 1000 {
                self.dice_matches_of(a, b, u64::from(permille_min), out);
            }
        });
    }

    #[inline]
    fn and_counts_of<const W: usize>(self, a: &[u64; W], rows: &[u64], out: &mut [u32]) {
        let rows = whole_rows(rows, out.len());
        match self.0 {
            Path::Scalar => scalar::and_counts(a, rows, out),
            #[cfg(target_arch = "x86_64")]
            Path::Popcnt(popcnt) => popcnt.and_counts(a, rows, out),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(avx2) => avx2.and_counts(a, rows, out),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(avx512) => avx512.and_counts(a, rows, out),
            #[cfg(target_arch = "aarch64")]
            Path::Neon(neon) => neon.and_counts(a, rows, out),
        }
    }

    fn dice_matches_of<const W: usize>(
        self,
        a: Side<'_, W>,
        b: Side<'_, W>,
        permille_min: u64,
        out: &mut Vec<(u32, u32)>,
    ) {
        match self.0 {
            Path::Scalar => scalar::dice_matches(a, b, permille_min, out),
            #[cfg(target_arch = "x86_64")]
            Path::Popcnt(popcnt) => popcnt.dice_matches(a, b, permille_min, out),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(avx2) => blocked::dice_matches(avx2, a, b, permille_min, out),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(avx512) => blocked::dice_matches(avx512, a, b, permille_min, out),
            #[cfg(target_arch = "aarch64")]
            Path::Neon(neon) => blocked::dice_matches(neon, a, b, permille_min, out),
        }
    }
}

impl<'a, const W: usize> Side<'a, W> {
    fn new(rows: &'a [u64], popcounts: &'a [u32]) -> Self {
        assert!(u32::try_from(popcounts.len()).is_ok(), "row indices are u32");
        Self { rows: whole_rows(rows, popcounts.len()), popcounts }
    }
}

/// The words as `row_count` rows, which they must be exactly.
#[inline]
fn whole_rows<const W: usize>(words: &[u64], row_count: usize) -> &[[u64; W]] {
    let (rows, rest) = words.as_chunks();
    assert!(rows.len() == row_count && rest.is_empty(), "words are not the stated number of rows");
    rows
}
