//! An evaluation from the tables of a release.
//!
//! Takes a plan (TOML) and the tables of a bundle, gives the estimates that the plan asks for. Refuses a plan that
//! contradicts itself or names what the tables do not have.

pub mod cell;
mod error;
pub mod estimates;
mod evaluation;
mod frame;
pub mod linkage;
pub mod matched;
pub mod nested;
pub mod people;
pub mod plan;
pub mod process;
mod release;
pub mod robust;
pub mod scripts;
pub mod spending;
pub mod timing;
mod wanted;

pub use error::StudyError;
pub use evaluation::{Evaluation, IMPUTED};
pub use frame::Frame;
pub use people::People;
pub use plan::Plan;
pub use release::Release;
