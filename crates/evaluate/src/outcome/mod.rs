//! What became of persons of both arms.
//!
//! Takes who is in the programme, an outcome, weights and clusters from matching; gives differences, odds ratios, rate
//! ratios, differences in differences and event studies with intervals. Refuses empty arms and outcomes that have
//! nothing to compare.

mod bootstrap;
mod changes;
mod costs;
mod months;
mod sample;

pub use bootstrap::{BootstrapInterval, BootstrapSettings, bootstrap};
pub use changes::Changes;
pub use costs::{UnitCost, costs};
pub use months::{EventStudy, MonthEffect, PersonMonths, event_study};
pub use sample::{CountModel, Means, Sample, paired_difference};
