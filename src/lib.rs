//! The linkage unit.
