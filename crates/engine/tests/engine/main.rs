//! The linkage as SQL, run by DuckDB, against the linkage itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocks;
mod cases;
mod duckdb;
mod levels;
mod local;
mod made;
mod plan;
mod submission;
mod written;
