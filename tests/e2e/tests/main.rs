//! Both sides together: what leaves the agencies, what comes out of the linkage, and how good it is.

mod accuracy;
#[path = "../../service/agreed.rs"]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod agreed;
mod bad_input;
mod canary;
mod clear_twin;
mod crash;
mod delivery;
mod determinism;
#[path = "../../../crates/engine/tests/engine/duckdb.rs"]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod duckdb;
mod engine;
mod failures;
mod forecast;
mod known_truth;
#[path = "../../../crates/engine/tests/engine/local.rs"]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[allow(dead_code, reason = "the engine's own tests use more of it")]
mod local;
mod mapped;
mod numbers;
mod planted;
mod program;
mod releases;
mod runs;
mod sniffed;
mod tutorial;
