//! Every kernel against the scalar oracle, and the oracle against counting bit by bit.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tallystick_kernels::{Kernel, KernelName, WORDS_PER_ROW, Work, dice_permille};

#[path = "shared/expected.rs"]
mod expected;

/// One more than a group of `a`, a panel of `b` and some over.
const ROWS_MAX: usize = 70;

fn scalar() -> Kernel {
    Kernel::by_name(KernelName::Scalar).expect("scalar runs everywhere")
}

fn popcounts(kernel: Kernel, words: usize, rows: &[u64]) -> Vec<u32> {
    let mut out = vec![u32::MAX; rows.len() / words];
    kernel.popcounts(words, rows, &mut out);
    out
}

fn and_counts(kernel: Kernel, words: usize, a: &[u64], rows: &[u64]) -> Vec<u32> {
    let mut out = vec![u32::MAX; rows.len() / words];
    kernel.and_counts(words, a, rows, &mut out);
    out
}

fn dice_matches(
    kernel: Kernel,
    words: usize,
    a: &[u64],
    b: &[u64],
    permille_min: u32,
) -> Vec<(u32, u32)> {
    let a_popcounts = popcounts(scalar(), words, a);
    let b_popcounts = popcounts(scalar(), words, b);
    let mut out = Vec::new();
    kernel.dice_matches(words, a, &a_popcounts, b, &b_popcounts, permille_min, &mut out);
    out
}

/// Counts the bits two slices share, as whatever a kernel compiles it to.
struct SharedBits<'a>(&'a [u64], &'a [u64]);

impl Work for SharedBits<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        self.0.iter().zip(self.1).map(|(a, b)| (a & b).count_ones()).sum()
    }
}

/// Counts without `count_ones`, one bit after the other.
fn shared_bits(a: &[u64], b: &[u64]) -> u32 {
    let shared = |a: u64, b: u64| (0..64).filter(|bit| (a >> bit) & (b >> bit) & 1 == 1).count();
    let count: usize = a.iter().zip(b).map(|(a, b)| shared(*a, *b)).sum();
    u32::try_from(count).expect("at most 1024 bits")
}

/// A word that is empty, full, a single bit, sparse or dense.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(u64::MAX),
        (0..64_u32).prop_map(|bit| 1 << bit),
        (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(x, y, z)| x & y & z),
        any::<u64>(),
        (any::<u64>(), any::<u64>()).prop_map(|(x, y)| x | y),
    ]
}

/// Up to [`ROWS_MAX`] rows; some are repeated, wholly empty or wholly full.
fn rows(words: usize) -> impl Strategy<Value = Vec<u64>> {
    let row = prop_oneof![
        1 => Just(vec![0; words]),
        1 => Just(vec![u64::MAX; words]),
        6 => prop::collection::vec(word(), words),
    ];
    prop::collection::vec(row, 0..=ROWS_MAX).prop_map(|rows| rows.concat())
}

fn words() -> impl Strategy<Value = usize> {
    prop::sample::select(&WORDS_PER_ROW[..])
}

fn two_sides() -> impl Strategy<Value = (usize, Vec<u64>, Vec<u64>)> {
    words().prop_flat_map(|words| (Just(words), rows(words), rows(words)))
}

fn same_counts(words: usize, a: &[u64], rows: &[u64]) -> TestCaseResult {
    let counts = and_counts(scalar(), words, a, rows);
    let own = popcounts(scalar(), words, rows);
    for (i, row) in rows.chunks(words).enumerate() {
        prop_assert_eq!(counts[i], shared_bits(a, row));
        prop_assert_eq!(own[i], shared_bits(row, row));
    }
    for kernel in Kernel::available() {
        prop_assert_eq!(&and_counts(kernel, words, a, rows), &counts, "{}", kernel.name());
        prop_assert_eq!(&popcounts(kernel, words, rows), &own, "{}", kernel.name());
    }
    Ok(())
}

fn same_matches(words: usize, a: &[u64], b: &[u64], permille_min: u32) -> TestCaseResult {
    let matches = dice_matches(scalar(), words, a, b, permille_min);
    prop_assert!(matches.is_sorted_by(|x, y| x < y));
    let matched: BTreeSet<_> = matches.iter().copied().collect();
    for (i, a) in (0..).zip(a.chunks(words)) {
        for (j, b) in (0..).zip(b.chunks(words)) {
            let dice = dice_permille(shared_bits(a, b), shared_bits(a, a), shared_bits(b, b));
            prop_assert_eq!(matched.contains(&(i, j)), dice >= Some(permille_min));
        }
    }
    for kernel in Kernel::available() {
        let found = dice_matches(kernel, words, a, b, permille_min);
        prop_assert_eq!(&found, &matches, "{}", kernel.name());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn kernels_count_what_the_oracle_counts(
        (words, a, rows) in words().prop_flat_map(|words| {
            (Just(words), prop::collection::vec(word(), words), rows(words))
        }),
    ) {
        same_counts(words, &a, &rows)?;
    }

    #[test]
    fn work_comes_to_the_same_with_every_kernel(
        (a, b) in (1..40_usize).prop_flat_map(|length| {
            (prop::collection::vec(word(), length), prop::collection::vec(word(), length))
        }),
    ) {
        for kernel in Kernel::available() {
            prop_assert_eq!(kernel.run(SharedBits(&a, &b)), shared_bits(&a, &b));
        }
    }

    #[test]
    fn kernels_match_what_the_oracle_matches(
        (words, a, b) in two_sides(),
        permille_min in 0..=1001_u32,
    ) {
        same_matches(words, &a, &b, permille_min)?;
    }

    /// Takes the threshold from a pair, so that pair meets it exactly or is just below.
    #[test]
    fn a_pair_on_the_threshold_is_in_and_one_below_is_out(
        (words, a, b) in two_sides(),
        pick in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        prop_assume!(!a.is_empty() && !b.is_empty());
        let (i, j) = (pick.0.index(a.len() / words), pick.1.index(b.len() / words));
        let (row_a, row_b) = (&a[i * words..][..words], &b[j * words..][..words]);
        let total = shared_bits(row_a, row_a) + shared_bits(row_b, row_b);
        let dice = dice_permille(
            shared_bits(row_a, row_b),
            shared_bits(row_a, row_a),
            shared_bits(row_b, row_b),
        );
        prop_assert_eq!(dice.is_none(), total == 0);
        if let Some(dice) = dice {
            same_matches(words, &a, &b, dice)?;
            same_matches(words, &a, &b, dice + 1)?;
        }
    }

    #[test]
    fn dice_permille_agrees_with_multiplying_out(
        (a, b) in (0..=1024_u32, 0..=1024_u32),
        shared in any::<prop::sample::Index>(),
        threshold in 0..=1001_u32,
    ) {
        let and_count = u32::try_from(shared.index(a.min(b) as usize + 1)).expect("at most 1024");
        let reached = a + b > 0 && 2000 * and_count >= threshold * (a + b);
        prop_assert_eq!(dice_permille(and_count, a, b) >= Some(threshold), reached);
    }
}

/// Every width and row count, with each bit of the row in turn the only one set.
#[test]
#[cfg_attr(miri, ignore = "too many rows for an interpreter")]
fn single_bits_are_counted_in_the_row_they_are_in() {
    for words in WORDS_PER_ROW {
        let full = vec![u64::MAX; words];
        for row_count in 0..=ROWS_MAX {
            for bit in 0..64 * words {
                let mut rows = vec![0; words * row_count];
                let row = bit % row_count.max(1);
                if row_count > 0 {
                    rows[row * words + bit / 64] = 1 << (bit % 64);
                }
                let mut expected = vec![0; row_count];
                expected.iter_mut().skip(row).take(1).for_each(|count| *count = 1);
                for kernel in Kernel::available() {
                    let name = kernel.name();
                    let counts = and_counts(kernel, words, &full, &rows);
                    assert_eq!(counts, expected, "{name}, {words} words, bit {bit}");
                }
            }
        }
    }
}

/// All bits set is where a count kept in too few bits would overflow.
#[test]
fn full_rows_count_every_bit() {
    for words in WORDS_PER_ROW {
        let bits = u32::try_from(64 * words).expect("at most 1024");
        for row_count in [0, 1, 7, 8, 9, 64, 65] {
            let rows = vec![u64::MAX; words * row_count];
            for kernel in Kernel::available() {
                assert_eq!(popcounts(kernel, words, &rows), vec![bits; row_count]);
                let pairs = dice_matches(kernel, words, &rows, &rows, 1000);
                assert_eq!(pairs.len(), row_count * row_count, "{}", kernel.name());
            }
        }
    }
}

/// 4 and 6 bits set, 4 shared: 8 / 10, exactly 800 thousandths.
#[test]
fn equality_with_the_threshold_is_a_match() {
    for kernel in Kernel::available() {
        for words in WORDS_PER_ROW {
            let (mut a, mut b) = (vec![0; words], vec![0; words]);
            (a[words - 1], b[words - 1]) = (0b00_1111 << 58, 0b11_1111 << 58);
            assert_eq!(dice_matches(kernel, words, &a, &b, 800), [(0, 0)]);
            assert_eq!(dice_matches(kernel, words, &a, &b, 801), []);
        }
    }
}

/// A threshold of 0 lets disjoint filters through, yet not two empty ones.
#[test]
fn two_empty_filters_never_match() {
    for kernel in Kernel::available() {
        let a = [[0; 4], [1; 4]].concat();
        let b = [[2; 4], [0; 4]].concat();
        assert_eq!(dice_matches(kernel, 4, &a, &b, 0), [(0, 0), (1, 0), (1, 1)]);
        assert_eq!(dice_matches(kernel, 4, &a, &b, 1), []);
    }
}

/// More rows than one panel's masks hold on the stack: the path with scratch on the heap.
#[test]
#[cfg_attr(miri, ignore = "too many rows for an interpreter")]
fn long_sides_match_as_the_oracle_matches() {
    let row = |i: u64| [i.wrapping_mul(0x9e37_79b9_7f4a_7c15), i % 5];
    let a: Vec<u64> = (0..101).flat_map(row).collect();
    let b: Vec<u64> = (50..1377).flat_map(row).collect();
    for permille_min in [0, 500, 600, 1000] {
        let expected = dice_matches(scalar(), 2, &a, &b, permille_min);
        assert!(!expected.is_empty());
        for kernel in Kernel::available() {
            assert_eq!(dice_matches(kernel, 2, &a, &b, permille_min), expected);
        }
    }
}

#[test]
fn matches_are_appended() {
    for kernel in Kernel::available() {
        let mut out = vec![(7, 7)];
        kernel.dice_matches(1, &[1], &[1], &[1], &[1], 1000, &mut out);
        assert_eq!(out, [(7, 7), (0, 0)]);
    }
}

#[test]
#[should_panic(expected = "words_per_row must be 1, 2, 4, 8 or 16")]
fn other_widths_are_refused() {
    Kernel::detect().and_counts(3, &[0; 3], &[0; 3], &mut [0]);
}

#[test]
#[should_panic(expected = "words are not the stated number of rows")]
fn rows_that_do_not_fill_the_counts_are_refused() {
    Kernel::detect().and_counts(2, &[0; 2], &[0; 4], &mut [0]);
}

#[test]
#[should_panic(expected = "shared bits exceed a filter's popcount")]
fn impossible_counts_have_no_dice() {
    let _ = dice_permille(3, 2, 5);
}

#[test]
fn names_are_read_as_they_are_written() {
    for name in KernelName::ALL {
        assert_eq!(name.to_string().parse(), Ok(name));
        assert_eq!(Kernel::by_name(name).map(Kernel::name).unwrap_or(name), name);
    }
    assert!("AVX2".parse::<KernelName>().is_err());
    assert!("".parse::<KernelName>().is_err());
}

#[test]
fn the_detected_kernel_is_the_last_available() {
    let last = Kernel::available().last().map(|kernel| kernel.name());
    assert_eq!(Some(Kernel::detect().name()), last);
    assert_eq!(Kernel::available()[0].name(), KernelName::Scalar);
}

/// A kernel that silently does not run is not tested: what is expected here comes from outside
/// the crate, so broken detection fails.
#[test]
#[cfg_attr(miri, ignore = "an interpreter has no vector kernels")]
fn no_expected_kernel_is_missing() {
    let expected = expected::kernels();
    assert!(expected.contains(&KernelName::Scalar));
    for name in expected {
        assert!(Kernel::by_name(name).is_some(), "kernel {name} is expected here, but missing");
    }
}
