//! Blocking, comparison, training, scoring, clustering and quality.

pub mod cluster;
pub mod quality;
