//! The statistics against established software, and their laws.
//!
//! Values in `tests/reference/*.json` come from the scripts beside them, with the versions of R and Python packages
//! inside. The tests need neither.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod degenerate;
mod linkage;
mod outcome;
mod propensity;
mod reference;
mod regression;
mod study;
mod survival;
mod truth;
