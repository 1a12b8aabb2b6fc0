//! Pairs per second of every kernel this CPU can run.
//!
//! Budget, on one Zen 4 core at 1024 bits: `avx512` at least 3 times `popcnt`, and at least 70 % of
//! its own rate on data in L1. `cargo run --release --example ratios` prints those two ratios.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tallystick_kernels::Kernel;

#[path = "../examples/shared/filters.rs"]
mod filters;
use filters::FilterSet;

const WORDS_1024_BITS: usize = 16;
const WORDS_256_BITS: usize = 4;
const PERMILLE_MIN: u32 = 800;

/// Many-to-many at 1024 bits: rows that fit L1 (the ceiling), L2, and neither.
fn many_to_many(c: &mut Criterion) {
    let mut group = c.benchmark_group("dice_1024_bits");
    for (a_count, b_count) in [(16, 32), (1024, 2048), (256, 65_536)] {
        let a = FilterSet::random(WORDS_1024_BITS, a_count, 1);
        let b = FilterSet::random(WORDS_1024_BITS, b_count, 2);
        group.throughput(Throughput::Elements((a_count * b_count) as u64));
        group.sample_size(if a_count * b_count > 10_000 { 10 } else { 100 });
        for kernel in Kernel::available() {
            let id = BenchmarkId::new(kernel.name().as_str(), format!("{a_count}x{b_count}"));
            let mut matches = Vec::new();
            group.bench_function(id, |bench| {
                bench.iter(|| {
                    matches.clear();
                    black_box(&a).dice_matches(kernel, black_box(&b), PERMILLE_MIN, &mut matches);
                    matches.len()
                });
            });
        }
    }
    group.finish();
}

/// One field of one block in linkage: one record against 3, 6 and 16, at 256 bits.
fn one_to_block(c: &mut Criterion) {
    let mut group = c.benchmark_group("and_counts_256_bits");
    let a = FilterSet::random(WORDS_256_BITS, 1, 1);
    for rows_count in [3_usize, 6, 16] {
        let block = FilterSet::random(WORDS_256_BITS, rows_count, 2);
        let mut counts = vec![0; rows_count];
        group.throughput(Throughput::Elements(rows_count as u64));
        for kernel in Kernel::available() {
            let id = BenchmarkId::new(kernel.name().as_str(), format!("{rows_count}_rows"));
            group.bench_function(id, |bench| {
                bench.iter(|| {
                    let (a, rows) = (black_box(&a.rows), black_box(&block.rows));
                    kernel.and_counts(WORDS_256_BITS, a, rows, black_box(&mut counts));
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, many_to_many, one_to_block);
criterion_main!(benches);
