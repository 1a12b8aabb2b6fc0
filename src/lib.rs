//! The linkage unit.
//!
//! Takes submissions of agencies, gives persons, de-identified tables and an account of their
//! quality. No raw value can be named here: this package depends on `wire`, never on the encoder.

pub mod accounts;
pub mod admin;
pub mod agreements;
pub mod audit;
pub mod clerical;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod ids;
pub mod intake;
pub mod keys;
pub mod link;
pub mod operate;
pub mod persons;
pub mod release;
pub mod report;
pub mod runs;
pub mod seal;
pub mod store;
pub mod unit;
pub mod web;
