//! Statistics of a programme's evaluation.
//!
//! Takes columns of persons: who is in the programme, covariates from before, outcomes from after; gives estimates
//! with their uncertainty: propensity scores and matched sets, differences, ratios, survival, and how much hidden
//! bias or linkage error would undo them. Refuses what has no answer (an empty arm, no overlap, separation, no
//! event) by an [`Error`] with a code and help, never by a number that is not a number.
//!
//! No disk, clock or network. The same columns give the same bytes on every machine: sums run in the order of rows,
//! logarithms are `libm`'s, random numbers come from a seed. Callers sort persons by their ids.

pub mod bias;
pub mod bundle;
pub mod covariate;
mod distribution;
mod error;
pub mod linkage;
mod matrix;
pub mod outcome;
pub mod propensity;
pub mod regression;
pub mod report;
pub mod study;
mod sum;
pub mod survival;

pub use covariate::{Covariate, Design, Part, Term, Values};
pub use error::{Arm, Error, Separation};
pub use matrix::Matrix;
