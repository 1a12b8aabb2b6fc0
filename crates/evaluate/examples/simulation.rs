//! Bias and coverage of the main estimate over invented studies of which the truth is known; docs/evaluation.md has its table:
//! `cargo run -p tallystick-evaluate --example simulation`, minutes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example")]

#[path = "../tests/evaluate/study/simulated.rs"]
mod simulated;

use simulated::{CLIENTS, Found, POOL, Truth, simulate};

/// Studies of each kind.
const STUDIES: u32 = 500;

fn main() {
    println!("{STUDIES} studies of {CLIENTS} clients and {POOL} others");
    println!(
        "| linkage | true ratio | estimate | bias of the logarithm | its error | coverage | findings |"
    );
    println!("|---|---|---|---|---|---|---|");
    let clean = ([0.0; 2], [0.0; 2]);
    let alike = ([0.15; 2], [0.03; 2]);
    let unlike = ([0.30, 0.05], [0.02, 0.06]);
    let turned = ([0.05, 0.30], [0.06, 0.02]);
    for (name, (missed, wrong), ratio) in [
        ("clean", clean, 0.7),
        ("clean", clean, 1.0),
        ("15 % missed, 3 % of others in both", alike, 0.7),
        ("pool misses 30 %, clients 5 %", unlike, 0.7),
        ("pool misses 30 %, clients 5 %", unlike, 1.0),
        ("pool misses 5 %, clients 30 %", turned, 0.7),
        ("pool misses 5 %, clients 30 %", turned, 1.0),
    ] {
        let [naive, corrected] = simulate(&Truth { ratio, missed, wrong }, STUDIES, 100_000);
        line(name, ratio, "as linked", &naive);
        line(name, ratio, "corrected", &corrected);
    }
}

fn line(name: &str, ratio: f64, way: &str, found: &Found) {
    let percent = |share: f64| share * 100.0;
    println!(
        "| {name} | {ratio:.1} | {way} | {:+.4} | {:.4} | {:.1} % | {:.1} % |",
        found.bias,
        found.bias_error,
        percent(found.coverage),
        percent(found.findings)
    );
}
