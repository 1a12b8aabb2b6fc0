//! A release of 1,000,000 persons with six quasi-identifiers and about as many events, from finished tables to
//! checked ones, on one core. Budget: 30 seconds.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tallystick_disclosure::check;

#[path = "../tests/disclosure/release.rs"]
mod release;

const PERSONS: usize = 1_000_000;

fn persons(criterion: &mut Criterion) {
    let tables = release::release(1, PERSONS);
    let policy = release::policy();
    let mut group = criterion.benchmark_group("disclosure");
    group.sample_size(10).measurement_time(Duration::from_secs(100));
    group.bench_function("check 1,000,000 persons", |bencher| {
        bencher.iter_batched(
            || tables.clone(),
            |tables| check(black_box(tables), &policy).expect("the invented release passes"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, persons);
criterion_main!(benches);
