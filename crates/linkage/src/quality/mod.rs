//! How good a linkage is.

pub mod truth;
