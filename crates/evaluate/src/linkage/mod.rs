//! Linkage error carried through to estimates.
//!
//! Takes estimates, and how often links of each arm are wrong or missing; gives estimates pooled over imputed linkages,
//! estimates corrected for both errors, and the error rates that would undo a finding. Refuses rates under which
//! nothing is left to correct.
//!
//! What corrections assume is told by [`ASSUMPTIONS`], to be printed beside every corrected figure.

mod correct;
mod pool;
mod tipping;

pub use correct::{
    ASSUMPTIONS, LinkQuality, LogRatio, Rate, Share, corrected_rate_ratio,
    corrected_risk_difference,
};
pub use pool::{Pooled, pool};
pub use tipping::{TippingCell, TippingPoint, tipping_grid, tipping_point};
