//! The linkage unit.
//!
//! Takes submissions of agencies, gives persons, de-identified tables and an account of their
//! quality. No raw value can be named here: this package depends on `wire`, never on the encoder.

pub mod cli;
pub mod config;
pub mod keys;
pub mod link;
pub mod release;
pub mod report;
