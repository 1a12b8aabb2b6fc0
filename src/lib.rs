//! The linkage unit.

pub mod report;
