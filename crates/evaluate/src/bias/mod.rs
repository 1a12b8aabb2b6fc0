//! How strong a hidden cause must be to undo an estimate, and how many estimates were looked at.
//!
//! Takes ratios, matched pairs or p values, gives E-values, Rosenbaum's bounds and Holm's adjusted p values, refuses
//! ratios that are not above 0 and pairs that all tie.

mod e_value;
mod holm;
mod rosenbaum;

pub use e_value::{EValue, Measure, e_value};
pub use holm::holm;
pub use rosenbaum::{Bounds, McNemar, SignedRank};
