//! Prints, for every kernel this CPU can run, the rate at 1024 bits and two ratios: to the `popcnt`
//! kernel on the same data, and to the kernel's own rate on data
//! in L1, the better of the first two sizes. Rates are by CPU time where the system states it
//! (Linux), so that waiting for a busy machine does not count.
//!
//! `cargo run --release -p tallystick-kernels --example ratios`

#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::hint::black_box;
use std::time::Instant;

use tallystick_kernels::{Kernel, KernelName};

#[path = "shared/filters.rs"]
mod filters;
use filters::FilterSet;

const WORDS: usize = 16;
const PERMILLE_MIN: u32 = 800;
const REPEATS: usize = 12;

fn main() {
    let sizes = [(16, 32), (64, 128), (1024, 2048), (256, 65_536)];
    let sets: Vec<(FilterSet, FilterSet)> = sizes
        .into_iter()
        .map(|(a, b)| (FilterSet::random(WORDS, a, 1), FilterSet::random(WORDS, b, 2)))
        .collect();
    let kernels = Kernel::available();
    // Rounds go over all kernels and sizes, so that a busy neighbour slows all of them alike.
    let mut rates = vec![[0; 4]; kernels.len()];
    for _ in 0..REPEATS {
        for (kernel, rates) in kernels.iter().zip(&mut rates) {
            for ((a, b), rate) in sets.iter().zip(rates) {
                *rate = pairs_per_microsecond(*kernel, a, b).max(*rate);
            }
        }
    }

    println!(
        "{:8} {:>12} {:>12} {:>12} {:>12}",
        "kernel", "pairs", "M pairs/s", "% popcnt", "% L1"
    );
    let popcnt = kernels.iter().position(|kernel| kernel.name() == KernelName::Popcnt);
    for (kernel, own) in kernels.iter().zip(&rates) {
        for (i, (a, b)) in sizes.into_iter().enumerate() {
            let of_popcnt =
                popcnt.map_or_else(String::new, |p| (100 * own[i] / rates[p][i]).to_string());
            let of_l1 = 100 * own[i] / own[0].max(own[1]);
            let (name, pairs) = (kernel.name(), format!("{a}x{b}"));
            println!("{name:8} {pairs:>12} {:>12} {of_popcnt:>12} {of_l1:>12}", own[i]);
        }
    }
}

/// The rate over at least eight million pairs.
fn pairs_per_microsecond(kernel: Kernel, a: &FilterSet, b: &FilterSet) -> u64 {
    let pairs = a.popcounts.len() * b.popcounts.len();
    let rounds = (8_usize << 20).div_ceil(pairs);
    let mut matches = Vec::new();
    let (wall_start, cpu_start) = (Instant::now(), cpu_nanoseconds());
    for _ in 0..rounds {
        matches.clear();
        black_box(a).dice_matches(kernel, black_box(b), PERMILLE_MIN, &mut matches);
    }
    let cpu = cpu_nanoseconds().zip(cpu_start).map(|(end, start)| end - start);
    let wall = || u64::try_from(wall_start.elapsed().as_nanos()).expect("a run takes seconds");
    (pairs * rounds) as u64 * 1000 / cpu.unwrap_or_else(wall)
}

/// CPU time of this thread: the first number of `schedstat` (Linux, Documentation/scheduler/
/// sched-stats). The kernel brings it up to date when the thread yields.
fn cpu_nanoseconds() -> Option<u64> {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
