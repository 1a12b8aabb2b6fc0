//! The linkage unit.

pub mod release;
