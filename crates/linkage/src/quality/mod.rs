//! How good a linkage is.

pub mod estimate;
pub mod truth;
