//! The linkage as SQL, run by DuckDB, against the linkage itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod duckdb;
mod local;
mod made;
mod plan;
