//! The agency's tool: from an export to a submission.
//!
//! Everything here runs on the agency's own machine. What leaves it is the submission file alone.

pub mod check;
#[cfg(feature = "program")]
pub mod cli;
pub mod encode;
pub mod export;
pub mod files;
pub mod keys;
#[cfg(feature = "program")]
pub mod lookup;
pub mod sniff;
#[cfg(feature = "program")]
pub mod upload;
#[cfg(feature = "program")]
pub mod watch;
